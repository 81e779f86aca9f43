//! Whether an image is a sound queue that lost nothing.

use std::collections::BTreeMap;

use outbox::{EntryId, EntryState, Lane, Timestamp};
use rusqlite::Connection;

use crate::dice::Dice;
use crate::disk::Flush;
use crate::image::{Cut, Image};
use crate::queue::{Queue, Shows, told};
use crate::trace::{Bench, Seen};
use crate::workload::{Act, Posting, Workload};

/// The number of an entry that no workload posts.
const AFTERWARDS: u32 = 1_000_000;

/// An image, and what it may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<'c> {
    pub(crate) image: &'c Image,
    pub(crate) allowed: &'c [&'c Shows],
    /// The step under way is several commits: some of them may be done.
    pub(crate) is_piecewise: bool,
    pub(crate) workload: &'c Workload,
    pub(crate) seen: Seen,
}

/// Opens the image as a queue and compares; now and then cuts the power a second time while that
/// goes on, or goes on working with it.
///
/// # Errors
///
/// What was lost, and that it could not be opened.
pub(crate) fn check<Q: Queue>(
    bench: &mut Bench,
    case: Case<'_>,
    dice: &mut Dice,
) -> Result<(), String> {
    let site = bench.site(case.image, Flush::Honest, case.seen);
    let shows = compare::<Q>(&site.file(), case)?;
    let log = site.mounted.disk().take_log();
    match dice.below(8) {
        0 => {
            let mut cut = Cut::before(&log, case.image);
            cut.go_to(dice.below(log.len() + 1));
            let (image, fate) = cut.image(dice);
            let again = bench.site(&image, Flush::Honest, case.seen);
            let case = Case { image: &image, allowed: &[&shows], is_piecewise: false, ..case };
            let compared = compare::<Q>(&again.file(), case);
            compared.map(drop).map_err(|why| format!("second cut, {fate:?}: {why}"))
        }
        1 => work_on::<Q>(&site.file(), case.workload, shows)
            .map_err(|why| format!("working on: {why}")),
        _ => Ok(()),
    }
}

/// Opens, compares everything, and closes.
fn compare<Q: Queue>(file: &std::path::Path, case: Case<'_>) -> Result<Shows, String> {
    let queue = Q::open(file).map_err(|why| format!("not opened: {why}"))?;
    let shows = queue.shows().map_err(|why| format!("not read: {why}"))?;
    let is_between = match case.allowed {
        [before, after] => case.is_piecewise && shows.is_between(before, after),
        _ => false,
    };
    if !is_between && !case.allowed.contains(&&shows) {
        return Err(difference(case.allowed, &shows));
    }
    for part in shows.parts.values().filter(|part| part.purged_at.is_none()) {
        if Some(queue.part(part.digest)?.as_slice()) != case.workload.part_named(part.digest) {
            return Err(format!("part {} has other bytes", part.digest));
        }
    }
    let (queued, others): (Vec<_>, Vec<_>) = shows
        .entries
        .iter()
        .partition(|(_, shown)| matches!(shown.head.state, EntryState::Queued { .. }));
    for (id, _) in queued {
        is_body(*id, &queue.queued_body(*id)?, case.workload)?;
    }
    drop(queue);
    if !others.is_empty() {
        // The queue hands out no body of an entry that is not queued; the tables have them.
        let bodies = bodies(file).map_err(|error| told(&error))?;
        for (id, _) in others.into_iter().filter(|(_, shown)| !shown.is_purged) {
            let body = bodies.get(id).ok_or_else(|| format!("entry {id} has no body"))?;
            is_body(*id, body, case.workload)?;
        }
    }
    Ok(shows)
}

fn work_on<Q: Queue>(
    file: &std::path::Path,
    workload: &Workload,
    before: Shows,
) -> Result<(), String> {
    let mut workload = workload.clone();
    workload.add_body(AFTERWARDS, vec![7; 5_000]);
    let posting = Posting {
        number: AFTERWARDS,
        lane: Lane::Urgent,
        at: Timestamp::from(1),
        cancel: Vec::new(),
        parts: Vec::new(),
    };
    let mut queue = Q::open(file)?;
    queue.act(&Act::Post(posting), &workload)?;
    drop(queue);
    let shows = Q::open(file)?.shows()?;
    let kept = before.entries.iter().all(|(id, shown)| shows.entries.get(id) == Some(shown));
    if !kept || shows.entries.len() != before.entries.len() + 1 || shows.parts != before.parts {
        return Err(difference(&[&before], &shows));
    }
    Ok(())
}

fn bodies(file: &std::path::Path) -> rusqlite::Result<BTreeMap<EntryId, Vec<u8>>> {
    let connection = Connection::open(file)?;
    connection.execute_batch("pragma locking_mode = exclusive")?;
    let mut query = connection.prepare("select entry_id, bytes from entry_body")?;
    let rows = query.query_map([], |row| {
        let id = uuid::Uuid::from_bytes(row.get(0)?);
        Ok((EntryId(id), row.get(1)?))
    })?;
    rows.collect()
}

fn is_body(id: EntryId, body: &[u8], workload: &Workload) -> Result<(), String> {
    let number = u32::try_from(id.0.as_u128()).unwrap_or(u32::MAX);
    if body == workload.body(number) {
        return Ok(());
    }
    Err(format!("entry {id} has another body, {} bytes", body.len()))
}

/// How what is shown differs from what was acknowledged, the step under way done if possible.
fn difference(allowed: &[&Shows], shows: &Shows) -> String {
    let Some(expected) = allowed.last() else { return "nothing is allowed".to_owned() };
    let (parts, reconciled) = (expected.parts != shows.parts, expected.reconciled);
    let (expected, shows, heard) = (&expected.entries, &shows.entries, shows.reconciled);
    let missing = expected.keys().filter(|id| !shows.contains_key(id)).count();
    let unposted = shows.keys().filter(|id| !expected.contains_key(id)).count();
    let moved = expected
        .iter()
        .filter_map(|(id, shown)| shows.get(id).filter(|found| *found != shown))
        .count();
    let parts = if parts { ", other parts" } else { "" };
    let heard = if heard == reconciled { "" } else { ", another epoch" };
    let entries = expected.len();
    format!(
        "of {entries} entries {missing} missing, {moved} other, {unposted} too many{parts}{heard}"
    )
}
