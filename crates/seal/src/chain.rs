//! A chain of signed records: each names the digest of the one before, so that none can be
//! dropped, added or moved without it showing.

use crate::Digest;

/// Where a chain is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {at} does not follow the one before it")]
pub struct BrokenChain {
    /// Index of the first record that does not fit, from 0.
    pub at: usize,
}

/// Checks that every record names the digest of its predecessor, oldest first.
///
/// A record comes as the `prev` digest it names (`None` for the first of a device) and its signed
/// bytes. Returns the digest of the last record: what the next one must name.
///
/// # Errors
/// [`BrokenChain`] at the first record that does not fit.
pub fn check<'r>(
    records: impl IntoIterator<Item = (Option<Digest>, &'r [u8])>,
) -> Result<Option<Digest>, BrokenChain> {
    let mut last = None;
    for (at, (prev, bytes)) in records.into_iter().enumerate() {
        if prev != last {
            return Err(BrokenChain { at });
        }
        last = Some(Digest::of(bytes));
    }
    Ok(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_or_swapped_record_breaks_the_chain() {
        let (a, b, c) = (b"a".as_slice(), b"b".as_slice(), b"c".as_slice());
        let (da, db) = (Some(Digest::of(a)), Some(Digest::of(b)));
        assert_eq!(check([(None, a), (da, b), (db, c)]), Ok(Some(Digest::of(c))));
        assert_eq!(check([(None, a), (db, c)]), Err(BrokenChain { at: 1 }));
        assert_eq!(check([(None, a), (db, c), (da, b)]), Err(BrokenChain { at: 1 }));
        assert_eq!(check([(da, b)]), Err(BrokenChain { at: 0 }));
    }
}
