//! Made-up subjects with valid check digits. The only source of identities in tests: no real
//! person or firm stands in this repository.

use lending::subject::checksum;

/// A made-up enterprise code: valid by GB 32100, in a region code (990000) that no registry uses.
pub fn enterprise_code(number: u32) -> String {
    let first = format!("91990000MA{:0>7}", base31(number));
    let check = checksum::enterprise_code(&first).expect("17 characters of the alphabet");
    format!("{first}{check}")
}

/// A made-up mobile number, in a range that no operator was given.
pub fn mobile(number: u32) -> String {
    format!("1990000{:0>4}", number % 10_000)
}

fn base31(mut number: u32) -> String {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(ALPHABET[(number % 31) as usize]);
        number /= 31;
    }
    digits.reverse();
    String::from_utf8(digits).expect("the alphabet is ASCII")
}
