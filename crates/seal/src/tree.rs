//! An append-only log's Merkle tree (RFC 9162, section 2.1): one root for all entries so far, and
//! short proofs that an entry is in it and that a later root only added to an earlier one.
//!
//! Pure: the nodes of whole subtrees are kept by the caller, who reads them by [`Place`]. A log of
//! n entries has fewer than 2 n of them; a proof reads fewer than 2 log2 n.

use crate::Digest;

/// Where the root of a whole subtree stands: `level` 0 are the leaves, and `ordinal` counts the
/// subtrees of that level from the left. It covers leaves `ordinal << level ..` of number
/// `1 << level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Height above the leaves.
    pub level: u8,
    /// From the left, from 0.
    pub ordinal: u64,
}

/// Largest log: what fits an `i64`, the integer of every database.
pub const MAX_LEAVES: u64 = i64::MAX as u64;

/// Where kept nodes are read.
pub trait Nodes {
    /// Why one cannot be read.
    type Error;

    /// The root of a whole subtree that was kept when its last leaf was appended.
    ///
    /// # Errors
    /// Of the storage.
    fn node(&self, place: Place) -> Result<Digest, Self::Error>;
}

/// The hash of an entry: SHA-256 of 0x00 and its bytes.
pub fn leaf(entry: &[u8]) -> Digest {
    Digest::of(&[&[0], entry].concat())
}

/// The hash of two subtrees: SHA-256 of 0x01 and both.
fn parent(left: Digest, right: Digest) -> Digest {
    Digest::of(&[&[1], left.as_bytes().as_slice(), right.as_bytes()].concat())
}

/// The nodes to keep when `leaf` becomes entry number `size` (from 0) of a log.
///
/// # Errors
/// Of the storage.
pub fn append<N: Nodes>(
    nodes: &N,
    size: u64,
    leaf: Digest,
) -> Result<Vec<(Place, Digest)>, N::Error> {
    let mut place = Place { level: 0, ordinal: size };
    let mut digest = leaf;
    let mut kept = vec![(place, digest)];
    while place.ordinal % 2 == 1 {
        let left = nodes.node(Place { ordinal: place.ordinal - 1, ..place })?;
        digest = parent(left, digest);
        place = Place { level: place.level + 1, ordinal: place.ordinal / 2 };
        kept.push((place, digest));
    }
    Ok(kept)
}

/// The root of the first `size` entries; of none, SHA-256 of nothing.
///
/// # Errors
/// Of the storage.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Result<Digest, N::Error> {
    if size == 0 { Ok(Digest::of(&[])) } else { root_of(nodes, 0, size) }
}

/// The path from entry `index` to the root of `size` entries: PATH of section 2.1.3.1. Empty when
/// there is no such entry.
///
/// # Errors
/// Of the storage.
pub fn inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Digest>, N::Error> {
    let (mut begin, mut end) = (0, size);
    let mut path = Vec::new();
    while index < size && end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            path.push(root_of(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(root_of(nodes, begin, middle)?);
            begin = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// What leads from the root of `earlier` entries to that of `size`: PROOF of section 2.1.4.1.
/// Empty when both are the same or there is no such earlier log.
///
/// # Errors
/// Of the storage.
pub fn consistency<N: Nodes>(nodes: &N, earlier: u64, size: u64) -> Result<Vec<Digest>, N::Error> {
    if earlier == 0 || earlier >= size {
        return Ok(Vec::new());
    }
    let (mut begin, mut end) = (0, size);
    let mut proof = Vec::new();
    while end != earlier {
        let middle = begin + split(end - begin);
        if earlier <= middle {
            proof.push(root_of(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(root_of(nodes, begin, middle)?);
            begin = middle;
        }
    }
    // The verifier knows the root of the earlier log, unless only a part of it is a whole subtree.
    if begin > 0 {
        proof.push(root_of(nodes, begin, end)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether `leaf` is entry `index` of the log of `size` entries with this root (2.1.3.2).
pub fn includes(leaf: Digest, index: u64, size: u64, path: &[Digest], root: Digest) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut digest = leaf;
    for step in path {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            digest = parent(*step, digest);
            while at.is_multiple_of(2) && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            digest = parent(digest, *step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && digest == root
}

/// Whether the log of `size` entries with root `root` begins with all entries of the `earlier`
/// one (2.1.4.2). A log of no entries begins every other.
pub fn extends(
    earlier: u64,
    earlier_root: Digest,
    size: u64,
    root: Digest,
    proof: &[Digest],
) -> bool {
    if earlier > size {
        return false;
    }
    if earlier == size {
        return proof.is_empty() && earlier_root == root;
    }
    if earlier == 0 {
        return proof.is_empty() && earlier_root == Digest::of(&[]);
    }
    let whole = earlier.is_power_of_two().then_some(earlier_root);
    let mut steps = whole.iter().chain(proof);
    let Some(first) = steps.next() else { return false };
    let (mut at, mut last) = (earlier - 1, size - 1);
    while at % 2 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut before, mut now) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            before = parent(*step, before);
            now = parent(*step, now);
            while at.is_multiple_of(2) && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            now = parent(now, *step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && before == earlier_root && now == root
}

/// The largest power of two below `leaves`, which is at least 2.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// The root of leaves `begin..end`, as the tree is split: whole subtrees are read.
fn root_of<N: Nodes>(nodes: &N, begin: u64, end: u64) -> Result<Digest, N::Error> {
    let leaves = end - begin;
    if leaves.is_power_of_two() {
        let level = leaves.ilog2();
        return nodes.node(Place { level: level as u8, ordinal: begin >> level });
    }
    let middle = begin + split(leaves);
    Ok(parent(root_of(nodes, begin, middle)?, root_of(nodes, middle, end)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ct_merkle::{HashableLeaf, mem_backed_tree::MemoryBackedTree};
    use proptest::prelude::*;
    use std::collections::HashMap;
    use std::convert::Infallible;

    #[derive(Default)]
    struct Kept(HashMap<Place, Digest>, u64);

    impl Nodes for Kept {
        type Error = Infallible;

        fn node(&self, place: Place) -> Result<Digest, Infallible> {
            Ok(self.0[&place])
        }
    }

    impl Kept {
        fn push(&mut self, entry: &[u8]) {
            let Ok(nodes) = append(self, self.1, leaf(entry));
            self.0.extend(nodes);
            self.1 += 1;
        }

        fn of(entries: u64) -> Self {
            let mut log = Self::default();
            (0..entries).for_each(|number| log.push(&number.to_be_bytes()));
            log
        }

        fn root(&self, size: u64) -> Digest {
            let Ok(digest) = root(self, size);
            digest
        }
    }

    /// The entries of the test vectors that Certificate Transparency logs are tested with.
    const ENTRIES: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];

    #[test]
    fn roots_are_those_that_certificate_transparency_publishes() {
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut log = Kept::default();
        assert_eq!(log.root(0), Digest::of(b""));
        for (entry, expected) in ENTRIES.iter().zip(roots) {
            log.push(entry);
            assert_eq!(log.root(log.1).to_hex(), expected);
        }
    }

    #[derive(Clone)]
    struct Entry(u64);

    impl HashableLeaf for Entry {
        fn hash<H: sha2::digest::Update>(&self, hasher: &mut H) {
            hasher.update(&self.0.to_be_bytes());
        }
    }

    /// An implementation of its own agrees with ours in every proof of every small log.
    #[test]
    fn proofs_are_those_of_another_implementation() {
        let mut peer = MemoryBackedTree::<sha2::Sha256, Entry>::new();
        let log = Kept::of(65);
        for size in 1..=65 {
            peer.push(Entry(size - 1));
            assert_eq!(peer.root().as_bytes().as_slice(), log.root(size).as_bytes());
            for index in 0..size {
                let Ok(path) = inclusion(&log, index, size);
                let theirs = peer.prove_inclusion(index as usize);
                assert_eq!(theirs.as_bytes(), joined(&path), "{index} of {size}");
                assert!(includes(leaf(&index.to_be_bytes()), index, size, &path, log.root(size)));
            }
            for earlier in 1..size {
                let Ok(proof) = consistency(&log, earlier, size);
                let theirs = peer.prove_consistency((size - earlier) as usize);
                assert_eq!(theirs.as_bytes(), joined(&proof), "{earlier} of {size}");
            }
        }
    }

    fn joined(path: &[Digest]) -> Vec<u8> {
        path.iter().flat_map(|digest| *digest.as_bytes()).collect()
    }

    proptest! {
        #[test]
        fn an_entry_is_where_it_is_and_nowhere_else(
            size in 1u64..300,
            index in 0u64..300,
            other in 0u64..300,
        ) {
            let log = Kept::of(size);
            let Ok(path) = inclusion(&log, index, size);
            let holds = |leaf_of: u64, at, size, path: &[Digest]| {
                includes(leaf(&leaf_of.to_be_bytes()), at, size, path, log.root(size))
            };
            prop_assert_eq!(holds(index, index, size, &path), index < size);
            prop_assert!(index == other || !holds(other, index, size, &path));
            prop_assert!(index == other || !holds(index, other, size, &path));
            for cut in 0..path.len() {
                prop_assert!(!holds(index, index, size, &path[..cut]));
                let mut bent = path.clone();
                bent[cut] = Digest::of(b"bent");
                prop_assert!(!holds(index, index, size, &bent));
            }
        }

        #[test]
        fn a_longer_log_is_proved_to_begin_with_the_shorter(
            earlier in 0u64..300,
            size in 0u64..300,
        ) {
            let log = Kept::of(earlier.max(size));
            let Ok(proof) = consistency(&log, earlier, size);
            let (before, now) = (log.root(earlier), log.root(size));
            prop_assert_eq!(extends(earlier, before, size, now, &proof), earlier <= size);
            let other = Digest::of(b"another log");
            prop_assert!(!extends(earlier, other, size, now, &proof));
            prop_assert!(earlier == 0 || !extends(earlier, before, size, other, &proof));
            for cut in 0..proof.len() {
                prop_assert!(!extends(earlier, before, size, now, &proof[..cut]));
                let mut bent = proof.clone();
                bent[cut] = other;
                prop_assert!(!extends(earlier, before, size, now, &bent));
            }
        }
    }
}
