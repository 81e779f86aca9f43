//! Reed-Solomon correction of errors and of erasures: codewords known to be bad cost half as much.
//!
//! The decoder library corrects errors only; a lamp's reflection or a logo hides more codewords
//! than that, but it is seen where they are.

/// The field of QR codes: 256 elements, polynomial 0x11D (ISO/IEC 18004).
struct Field {
    powers: [u8; 255],
    logs: [u8; 256],
}

const FIELD: Field = {
    let (mut powers, mut logs) = ([0; 255], [0; 256]);
    let (mut value, mut at) = (1_u16, 0);
    while at < 255 {
        powers[at] = value as u8;
        logs[value as usize] = at as u8;
        value <<= 1;
        if value > 255 {
            value ^= 0x11D;
        }
        at += 1;
    }
    Field { powers, logs }
};

fn power(exponent: usize) -> u8 {
    FIELD.powers[exponent % 255]
}

fn times(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    power(usize::from(FIELD.logs[usize::from(a)]) + usize::from(FIELD.logs[usize::from(b)]))
}

/// One over `a`, which is not 0.
fn inverse(a: u8) -> u8 {
    power(255 - usize::from(FIELD.logs[usize::from(a)]))
}

/// The value of a polynomial, lowest coefficient first.
fn value(polynomial: &[u8], at: u8) -> u8 {
    polynomial.iter().rev().fold(0, |sum, &coefficient| times(sum, at) ^ coefficient)
}

/// Corrects a block in place; the last `checks` bytes are its check bytes, `erased` are places
/// known to be bad. Gives the number of errors found besides, `None` when there are too many.
///
/// Berlekamp-Massey begun with the erasures, then Forney's formula, as in Blahut, Theory and
/// Practice of Error Control Codes, 1983.
pub(super) fn correct(block: &mut [u8], checks: usize, erased: &[usize]) -> Option<usize> {
    if erased.len() > checks || block.len() > 255 {
        return None;
    }
    let syndromes: Vec<u8> =
        (0..checks).map(|at| block.iter().fold(0, |sum, &b| times(sum, power(at)) ^ b)).collect();
    if syndromes.iter().all(|&syndrome| syndrome == 0) {
        return Some(0);
    }
    let locator = locator(&syndromes, block.len(), erased);
    let degree = locator.iter().rposition(|&coefficient| coefficient != 0)?;
    // Place `at` from the end is bad where the locator is zero at one over its power.
    let bad: Vec<usize> =
        (0..block.len()).filter(|&at| value(&locator, power(255 - at)) == 0).collect();
    if bad.len() != degree || degree > checks {
        return None;
    }
    let evaluator: Vec<u8> = (0..checks)
        .map(|at| (0..=at).fold(0, |sum, of| sum ^ times(locator[of], syndromes[at - of])))
        .collect();
    // The derivative keeps the odd terms.
    let slope: Vec<u8> = (1..=degree).map(|at| if at % 2 == 1 { locator[at] } else { 0 }).collect();
    for &at in &bad {
        let here = power(255 - at);
        let slope = value(&slope, here);
        if slope == 0 {
            return None;
        }
        let error = times(power(at), times(value(&evaluator, here), inverse(slope)));
        let place = block.len() - 1 - at;
        block[place] ^= error;
    }
    let clean =
        (0..checks).all(|at| block.iter().fold(0, |sum, &b| times(sum, power(at)) ^ b) == 0);
    clean.then(|| degree.saturating_sub(erased.len()))
}

/// The polynomial whose zeros are the bad places, lowest coefficient first; `checks + 1` long.
fn locator(syndromes: &[u8], length: usize, erased: &[usize]) -> Vec<u8> {
    let checks = syndromes.len();
    let mut locator = vec![0; checks + 1];
    locator[0] = 1;
    for &place in erased {
        let root = power(length - 1 - place);
        for at in (1..=checks).rev() {
            locator[at] ^= times(locator[at - 1], root);
        }
    }
    let mut other = locator.clone();
    let mut count = erased.len();
    for step in erased.len()..checks {
        let gap = (0..=step).fold(0, |sum, at| sum ^ times(locator[at], syndromes[step - at]));
        other.rotate_right(1);
        other[0] = 0;
        if gap == 0 {
            continue;
        }
        let next: Vec<u8> = locator.iter().zip(&other).map(|(&a, &b)| a ^ times(gap, b)).collect();
        if 2 * count <= step + erased.len() {
            count = step + 1 + erased.len() - count;
            let scale = inverse(gap);
            other = locator.iter().map(|&coefficient| times(coefficient, scale)).collect();
        }
        locator = next;
    }
    locator
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `data` followed by its check bytes.
    fn encoded(data: &[u8], checks: usize) -> Vec<u8> {
        let mut generator = vec![1];
        for at in 0..checks {
            generator.push(0);
            for of in (1..generator.len()).rev() {
                generator[of] ^= times(generator[of - 1], power(at));
            }
        }
        let mut rest = [data, &vec![0; checks]].concat();
        for at in 0..data.len() {
            let lead = rest[at];
            for (of, &coefficient) in generator.iter().enumerate() {
                rest[at + of] ^= times(lead, coefficient);
            }
        }
        [data, &rest[data.len()..]].concat()
    }

    #[test]
    fn the_example_of_the_standard_checks_out() {
        // ISO/IEC 18004, annex I: 01234567 as version 1-M.
        let block = [
            0x10, 0x20, 0x0C, 0x56, 0x61, 0x80, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11,
            0xEC, 0x11, 0xA5, 0x24, 0xD4, 0xC1, 0xED, 0x36, 0xC7, 0x87, 0x2C, 0x55,
        ];
        assert_eq!(encoded(&block[..16], 10), block);
        assert_eq!(correct(&mut block.clone(), 10, &[]), Some(0));
    }

    proptest! {
        #[test]
        fn errors_and_erasures_within_the_checks_are_undone(
            data in prop::collection::vec(any::<u8>(), 1..120),
            checks in 7_usize..31,
            places in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 0..30),
            erased_share in 0.0..1.0,
        ) {
            let whole = encoded(&data, checks);
            let mut block = whole.clone();
            let mut bad = Vec::new();
            for (place, mask) in places {
                let place = place.index(block.len());
                if !bad.contains(&place) {
                    block[place] ^= mask;
                    bad.push(place);
                }
            }
            let erased = (bad.len() as f64 * erased_share) as usize;
            let errors = bad.len() - erased;
            prop_assume!(erased + 2 * errors <= checks);
            prop_assert_eq!(correct(&mut block, checks, &bad[..erased]), Some(errors));
            prop_assert_eq!(block, whole);
        }

        #[test]
        fn no_block_makes_it_panic(
            mut block in prop::collection::vec(any::<u8>(), 31..200),
            checks in 0_usize..31,
            erased in prop::collection::vec(0_usize..31, 0..31),
        ) {
            correct(&mut block, checks, &erased);
        }
    }
}
