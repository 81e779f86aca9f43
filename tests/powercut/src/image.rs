//! What is on the disk after the power went: built from the log, by seed.
//!
//! Everything that was flushed is there. Each write and each change of length since the last
//! flush of its file has a fate of its own, and so has each name since the last flush of the
//! folder.

use std::collections::{BTreeMap, BTreeSet};

use crate::dice::Dice;
use crate::disk::{NodeId, Op, put};

/// Files by name, as they are found when the power is back.
pub(crate) type Image = BTreeMap<String, Vec<u8>>;

/// What became of the operations that were not flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// All gone: a cache that wrote nothing early.
    Lost,
    /// All there: a cache that had just written everything.
    Kept,
    /// The first few, the last of them torn: a cache that writes in order.
    Prefix,
    /// Each is lost, kept or torn by itself, and they came in any order.
    Scattered,
    /// All but one, which is lost or torn.
    AllButOne,
    /// Only the newest: the worst of orders.
    OnlyLast,
}

/// One in four images loses everything: it finds a missing flush for certain.
const FATES: [Fate; 8] = [
    Fate::Lost,
    Fate::Lost,
    Fate::Kept,
    Fate::Prefix,
    Fate::Prefix,
    Fate::Scattered,
    Fate::AllButOne,
    Fate::OnlyLast,
];

/// The disk at some point of the log: what is flushed, and what is not yet.
#[derive(Debug)]
pub(crate) struct Cut<'l> {
    log: &'l [Op],
    at: usize,
    flushed: BTreeMap<NodeId, Vec<u8>>,
    names: BTreeMap<String, NodeId>,
    pending: BTreeMap<NodeId, Vec<usize>>,
    pending_names: Vec<usize>,
}

impl<'l> Cut<'l> {
    /// Before the first operation, on a disk that held `base`.
    pub(crate) fn before(log: &'l [Op], base: &Image) -> Cut<'l> {
        Cut {
            log,
            at: 0,
            flushed: base.values().cloned().enumerate().collect(),
            names: base.keys().cloned().zip(0..).collect(),
            pending: BTreeMap::new(),
            pending_names: Vec::new(),
        }
    }

    /// Goes on to just before operation `at`, counted from 0; never back.
    pub(crate) fn go_to(&mut self, at: usize) {
        for number in self.at..at {
            match &self.log[number] {
                Op::Create { .. } => self.pending_names.push(number),
                Op::Write { node, .. } | Op::Truncate { node, .. } => {
                    self.pending.entry(*node).or_default().push(number);
                }
                Op::Sync { node, names } => {
                    let content = self.flushed.entry(*node).or_default();
                    for done in self.pending.remove(node).unwrap_or_default() {
                        apply(content, &self.log[done]);
                    }
                    if *names {
                        self.flush_names();
                    }
                }
                Op::SyncDropped { node } => drop(self.pending.remove(node)),
                Op::Delete { synced, .. } => {
                    self.pending_names.push(number);
                    if *synced {
                        self.flush_names();
                    }
                }
            }
        }
        self.at = self.at.max(at);
    }

    fn flush_names(&mut self) {
        for number in std::mem::take(&mut self.pending_names) {
            rename(&mut self.names, &self.log[number]);
        }
    }

    /// What is found if the power goes here.
    pub(crate) fn image(&self, dice: &mut Dice) -> (Image, Fate) {
        let fate = *dice.pick(&FATES);
        let names = self.names_after(fate, dice);
        let mut image = Image::new();
        for (name, node) in names {
            let mut content = self.flushed.get(&node).cloned().unwrap_or_default();
            let pending = self.pending.get(&node).map(Vec::as_slice).unwrap_or_default();
            self.decide(&mut content, pending, fate, dice);
            image.insert(name, content);
        }
        (image, fate)
    }

    /// What is found if the power goes here and everything is gone that was not flushed.
    pub(crate) fn lost(&self) -> Image {
        let content = |node| self.flushed.get(node).cloned().unwrap_or_default();
        self.names.iter().map(|(name, node)| (name.clone(), content(node))).collect()
    }

    /// The newest state that the log knows: no power cut, only everything flushed.
    #[cfg(test)]
    pub(crate) fn whole(&self) -> Image {
        let mut names = self.names.clone();
        for number in &self.pending_names {
            rename(&mut names, &self.log[*number]);
        }
        let mut image = Image::new();
        for (name, node) in names {
            let mut content = self.flushed.get(&node).cloned().unwrap_or_default();
            for number in self.pending.get(&node).into_iter().flatten() {
                apply(&mut content, &self.log[*number]);
            }
            image.insert(name, content);
        }
        image
    }

    /// Each name goes through its changes in order and stops somewhere, whatever the others do.
    fn names_after(&self, fate: Fate, dice: &mut Dice) -> BTreeMap<String, NodeId> {
        let mut names = self.names.clone();
        let mut stopped = BTreeSet::new();
        for number in &self.pending_names {
            let (Op::Create { name, .. } | Op::Delete { name, .. }) = &self.log[*number] else {
                continue;
            };
            let stops = match fate {
                Fate::Lost => true,
                Fate::Kept => false,
                _ => dice.one_in(2),
            };
            if stops || stopped.contains(name) {
                stopped.insert(name);
            } else {
                rename(&mut names, &self.log[*number]);
            }
        }
        names
    }

    fn decide(&self, content: &mut Vec<u8>, pending: &[usize], fate: Fate, dice: &mut Dice) {
        let mut surface = Surface::new(content, dice);
        let Some((last, earlier)) = pending.split_last() else { return };
        match fate {
            Fate::Lost => {}
            Fate::Kept => surface.keep_all(self.log, pending),
            Fate::Prefix => {
                let kept = surface.dice.below(pending.len());
                surface.keep_all(self.log, &pending[..kept]);
                surface.tear(&self.log[pending[kept]]);
            }
            Fate::Scattered => {
                let mut order = pending.to_vec();
                if surface.dice.one_in(2) {
                    surface.dice.shuffle(&mut order);
                }
                for number in order {
                    match surface.dice.below(3) {
                        0 => {}
                        1 => surface.keep(&self.log[number]),
                        _ => surface.tear(&self.log[number]),
                    }
                }
            }
            Fate::AllButOne => {
                let lost = surface.dice.below(pending.len());
                surface.keep_all(self.log, &pending[..lost]);
                if surface.dice.one_in(2) {
                    surface.tear(&self.log[pending[lost]]);
                }
                surface.keep_all(self.log, &pending[lost + 1..]);
            }
            Fate::OnlyLast => {
                if !earlier.is_empty() && surface.dice.one_in(4) {
                    surface.tear(&self.log[earlier[earlier.len() - 1]]);
                }
                surface.keep(&self.log[*last]);
            }
        }
    }
}

fn apply(content: &mut Vec<u8>, op: &Op) {
    match op {
        Op::Write { offset, bytes, .. } => put(content, *offset, bytes),
        Op::Truncate { size_bytes, .. } => content.resize(*size_bytes, 0),
        _ => {}
    }
}

fn rename(names: &mut BTreeMap<String, NodeId>, op: &Op) {
    match op {
        Op::Create { name, node } => drop(names.insert(name.clone(), *node)),
        Op::Delete { name, .. } => drop(names.remove(name)),
        _ => {}
    }
}

/// A file on its way to the disk, in sectors.
struct Surface<'c, 'd> {
    content: &'c mut Vec<u8>,
    dice: &'d mut Dice,
    sector_bytes: usize,
    /// A file that grew over bytes that never came shows noughts there, or what was there before.
    has_stale_bytes: bool,
}

impl<'c, 'd> Surface<'c, 'd> {
    fn new(content: &'c mut Vec<u8>, dice: &'d mut Dice) -> Surface<'c, 'd> {
        let sector_bytes = *dice.pick(&[512, 4096]);
        let has_stale_bytes = dice.one_in(3);
        Surface { content, dice, sector_bytes, has_stale_bytes }
    }

    fn keep_all(&mut self, log: &[Op], numbers: &[usize]) {
        for number in numbers {
            self.keep(&log[*number]);
        }
    }

    fn keep(&mut self, op: &Op) {
        if let Op::Write { offset, .. } = op {
            self.grow_to(*offset);
        }
        apply(self.content, op);
    }

    /// Some sectors come, some do not. A change of length comes or does not.
    fn tear(&mut self, op: &Op) {
        let Op::Write { offset, bytes, .. } = op else {
            if self.dice.one_in(2) {
                self.keep(op);
            }
            return;
        };
        let end = offset + bytes.len();
        let mut start = *offset;
        while start < end {
            let stop = ((start / self.sector_bytes + 1) * self.sector_bytes).min(end);
            if self.dice.one_in(2) {
                self.grow_to(start);
                put(self.content, start, &bytes[start - offset..stop - offset]);
            }
            start = stop;
        }
        // The length may come without the bytes.
        if self.dice.one_in(2) {
            self.grow_to(end);
        }
    }

    fn grow_to(&mut self, size_bytes: usize) {
        let missing = size_bytes.saturating_sub(self.content.len());
        if self.has_stale_bytes {
            let stale = self.dice.bytes(missing);
            self.content.extend_from_slice(&stale);
        } else {
            self.content.resize(self.content.len() + missing, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(offset: usize, bytes: &[u8]) -> Op {
        Op::Write { node: 0, offset, bytes: bytes.into() }
    }

    fn images(log: &[Op], at: usize) -> BTreeSet<Option<Vec<u8>>> {
        let mut cut = Cut::before(log, &Image::new());
        cut.go_to(at);
        let image = |seed| cut.image(&mut Dice::of(&[seed])).0.remove("a");
        (0..400).map(image).collect()
    }

    #[test]
    fn what_was_flushed_is_always_there_and_what_was_not_may_be() {
        let log = [
            Op::Create { name: "a".to_owned(), node: 0 },
            write(0, b"one"),
            Op::Sync { node: 0, names: true },
            write(3, b"two"),
            write(6, b"six"),
        ];
        assert_eq!(images(&log, 3), BTreeSet::from([Some(b"one".to_vec())]));
        let seen = images(&log, 5);
        for expected in [&b"one"[..], b"onetwo", b"onetwosix", b"one\0\0\0six"] {
            assert!(seen.contains(&Some(expected.to_vec())), "{expected:?}");
        }
        assert!(seen.iter().flatten().all(|content| content.starts_with(b"one")));
    }

    #[test]
    fn a_name_comes_and_goes_with_its_folder() {
        let log = [
            Op::Create { name: "a".to_owned(), node: 0 },
            Op::Sync { node: 0, names: false },
            Op::Sync { node: 0, names: true },
            Op::Delete { name: "a".to_owned(), synced: false },
            Op::Delete { name: "b".to_owned(), synced: true },
        ];
        assert_eq!(images(&log, 2).len(), 2);
        assert_eq!(images(&log, 3), BTreeSet::from([Some(Vec::new())]));
        assert_eq!(images(&log, 4).len(), 2);
        assert_eq!(images(&log, 5), BTreeSet::from([None]));
    }

    #[test]
    fn a_dropped_flush_is_not_made_good_by_the_next() {
        let log = [
            Op::Create { name: "a".to_owned(), node: 0 },
            Op::Sync { node: 0, names: true },
            write(0, b"one"),
            Op::SyncDropped { node: 0 },
            Op::Sync { node: 0, names: false },
        ];
        assert_eq!(images(&log, 5), BTreeSet::from([Some(Vec::new())]));
    }

    #[test]
    fn a_write_is_torn_at_its_sectors() {
        let log = [
            Op::Create { name: "a".to_owned(), node: 0 },
            Op::Sync { node: 0, names: true },
            write(0, &[7; 1024]),
        ];
        let torn = [[0; 512], [7; 512]].concat();
        assert!(images(&log, 3).contains(&Some(torn)));
    }

    #[test]
    fn without_a_cut_every_operation_counts() {
        let log = [Op::Create { name: "a".to_owned(), node: 0 }, write(0, b"one")];
        let mut cut = Cut::before(&log, &Image::new());
        cut.go_to(2);
        assert_eq!(cut.whole()["a"], b"one");
    }
}
