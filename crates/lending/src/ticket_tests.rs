use super::*;
use proptest::prelude::*;
use seal::keys::DirectoryKey;

const HOST: &str = "demo.sanbu.example";

fn key() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

fn directory_with(edit: impl FnOnce(&mut DirectoryKey)) -> KeyDirectory {
    let mut entry = DirectoryKey {
        public: key().public(),
        key_use: KeyUse::Ticket,
        branches: Vec::new(),
        suite: 1,
        not_before: Timestamp::from_millis(0),
        not_after: Timestamp::from_millis(u64::MAX),
        revoked_at: None,
    };
    edit(&mut entry);
    KeyDirectory {
        bank: "DEMO".into(),
        version: 1,
        issued_at: Timestamp::from_millis(0),
        keys: vec![entry],
    }
}

fn ticket() -> Ticket {
    Ticket {
        bank: "DEMO".into(),
        serial: 42,
        branch: BranchCode::new("LQ01").unwrap(),
        product: "FLOW".into(),
        not_before_s: 100,
        not_after_s: 200,
        grid: Some("LQ01-03".into()),
        officer: None,
        campaign: None,
    }
}

fn code(signed: &[u8]) -> String {
    let (address, digits) = code_parts(HOST, signed);
    address + &digits
}

fn verify(code: &str, now_s: u64) -> Result<VerifiedTicket, TicketError> {
    let directory = directory_with(|_| ());
    let now = Timestamp::from_millis(now_s * 1000);
    VerifiedTicket::verify(code, HOST, &directory, now, now)
}

#[test]
fn a_printed_code_verifies_and_says_where_it_hangs() {
    let verified = verify(&code(&ticket().sign(&key())), 150).unwrap();
    assert_eq!(*verified, ticket());
}

#[test]
fn a_code_of_a_key_taken_after_the_directory_was_fetched_is_told_from_a_forged_one() {
    let newer = code(&ticket().sign(&SigningKey::from_seed([9; 32])));
    let directory = directory_with(|_| ());
    let at = |seconds: u64| Timestamp::from_millis(seconds * 1000);
    let verify =
        |known_at_s| VerifiedTicket::verify(&newer, HOST, &directory, at(known_at_s), at(150));
    assert_eq!(verify(99), Err(TicketError::StaleDirectory));
    assert_eq!(verify(100), Err(TicketError::Forged));
    assert_eq!(verify(150), Err(TicketError::Forged));
}

#[test]
fn a_link_handed_over_by_the_system_is_the_same_ticket() {
    let link = code(&ticket().sign(&key())).replacen("HTTPS", "sanbu", 1);
    assert_eq!(*verify(&link, 150).unwrap(), ticket());
    for scheme in ["http", "sanbus", "javascript", "sanbu://https"] {
        let link = code(&ticket().sign(&key())).replacen("HTTPS", scheme, 1);
        assert_eq!(verify(&link, 150), Err(TicketError::NotATicket), "{scheme}");
    }
}

#[test]
fn a_code_fits_version_12_at_level_q() {
    // ISO/IEC 18004 table 7: version 12-Q holds 489 digits, 296 alphanumeric characters; in bits 1,644.
    let (address, digits) = code_parts(HOST, &ticket().sign(&key()));
    let bits = 4 + 11 + address.len().div_ceil(2) * 11 + 4 + 12 + (digits.len() * 10).div_ceil(3);
    assert!(bits <= 1_644, "{bits} bits for {} + {} characters", address.len(), digits.len());
}

#[test]
fn every_bit_flip_of_a_ticket_is_refused() {
    let signed = ticket().sign(&key());
    for bit in 0..signed.len() * 8 {
        let mut flipped = signed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&code(&flipped), 150).is_err(), "bit {bit}");
    }
}

#[test]
fn every_changed_digit_and_every_truncation_is_refused() {
    let code = code(&ticket().sign(&key()));
    let start = code.find("/T/").unwrap() + 3;
    for at in start..code.len() {
        for digit in b'0'..=b'9' {
            let mut changed = code.clone().into_bytes();
            if changed[at] == digit {
                continue;
            }
            changed[at] = digit;
            assert!(verify(std::str::from_utf8(&changed).unwrap(), 150).is_err());
        }
        assert!(verify(&code[..at], 150).is_err());
    }
}

#[test]
fn a_ticket_of_a_foreign_namespace_is_refused() {
    for namespace in Namespace::ALL.into_iter().filter(|n| *n != Namespace::Ticket) {
        let signed = sign::sign(namespace, &cbor::encode(&ticket()), &key());
        assert_eq!(verify(&code(&signed), 150), Err(TicketError::Forged), "{namespace:?}");
    }
}

#[test]
fn a_ticket_is_valid_from_its_first_second_to_before_its_last() {
    let code = code(&ticket().sign(&key()));
    let at = |s: u64| Timestamp::from_millis(s * 1000);
    assert_eq!(verify(&code, 99), Err(TicketError::NotYetValid { from: at(100) }));
    assert!(verify(&code, 100).is_ok());
    assert!(verify(&code, 199).is_ok());
    assert_eq!(verify(&code, 200), Err(TicketError::Expired { at: at(200) }));
}

#[test]
fn a_key_of_the_wrong_use_scope_or_window_does_not_sign_tickets() {
    let signed = ticket().sign(&key());
    let now = Timestamp::from_millis(150_000);
    type Edit = fn(&mut DirectoryKey);
    let cases: [(&str, Edit, TicketError); 5] = [
        ("use", |k| k.key_use = KeyUse::Catalogue, TicketError::Forged),
        ("scope", |k| k.branches = vec!["HY02".into()], TicketError::Forged),
        ("window", |k| k.not_after = Timestamp::from_millis(50_000), TicketError::Forged),
        ("revoked", |k| k.revoked_at = Some(Timestamp::from_millis(1)), TicketError::Revoked),
        ("unknown", |k| k.public = SigningKey::from_seed([9; 32]).public(), TicketError::Forged),
    ];
    for (name, edit, expected) in cases {
        let result = VerifiedTicket::verify(&code(&signed), HOST, &directory_with(edit), now, now);
        assert_eq!(result, Err(expected), "{name}");
    }
    let scoped = directory_with(|k| k.branches = vec!["LQ01".into()]);
    assert!(VerifiedTicket::verify(&code(&signed), HOST, &scoped, now, now).is_ok());
}

#[test]
fn a_ticket_of_another_bank_is_told_apart() {
    let (_, digits) = code_parts(HOST, &ticket().sign(&key()));
    let other_host = format!("HTTPS://OTHER.EXAMPLE/T/{digits}");
    assert_eq!(verify(&other_host, 150), Err(TicketError::OtherBank));
    let other_bank = Ticket { bank: "OTHER".into(), ..ticket() };
    assert_eq!(verify(&code(&other_bank.sign(&key())), 150), Err(TicketError::OtherBank));
}

#[test]
fn a_link_in_any_case_is_the_same_code() {
    let code = code(&ticket().sign(&key()));
    assert!(verify(&format!("  {}\n", code.to_ascii_lowercase()), 150).is_ok());
}

#[test]
fn look_alike_addresses_are_not_ours() {
    let (_, digits) = code_parts(HOST, &ticket().sign(&key()));
    for host in [
        "demo.sanbu.example.evil.example",
        "demo.sanbu.example@evil.example",
        "demo.sanbu.example:444",
        "demo.ѕanbu.example",
        "evil.example/demo.sanbu.example",
    ] {
        assert!(verify(&format!("https://{host}/T/{digits}"), 150).is_err(), "{host}");
    }
}

proptest! {
    #[test]
    fn digits_bring_back_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let (_, digits) = code_parts(HOST, &bytes);
        prop_assert_eq!(bytes_of(&digits), Some(bytes));
    }

    #[test]
    fn hostile_text_is_refused_without_a_panic(text in ".{0,400}") {
        prop_assert!(verify(&text, 150).is_err());
    }

    #[test]
    fn hostile_digits_are_refused_without_a_panic(digits in "[0-9]{0,400}") {
        let code = format!("HTTPS://{HOST}/T/{digits}");
        prop_assert!(verify(&code, 150).is_err());
    }
}

/// A poster hangs for a year: what was printed by version 1 must verify for ever.
#[test]
fn a_code_printed_by_version_1_still_verifies() {
    const PRINTED: &str = "HTTPS://DEMO.SANBU.EXAMPLE/T/3724005512518151271636670381009740649155450927189481921649675\
        666026600954703872536836282247912336274162815420117597575622852460883227480181563165426824\
        391211471062140373239594381996277975475401321681403312148091504341267315466280580067222195\
        14600788209891327248849836792583325445105433495248896";
    assert_eq!(code(&ticket().sign(&key())), PRINTED);
    assert_eq!(*verify(PRINTED, 150).unwrap(), ticket());
}
