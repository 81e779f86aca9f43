//! Parts, seen from outside: add, read in ranges, note what the receiver confirmed.

use super::{Outbox, PartError};
use crate::entry::{EntryId, EntryState};
use crate::part::{NewPart, PartDigest, PartHead, Progress};
use crate::policy::MAX_PART_BYTES;
use crate::store::{Rows, StoreError};

impl Outbox {
    /// Saves a part, before or after any entry names it. The bytes are on the disk when this
    /// returns. Adding the same digest again is fine: what is here stays as it is, and is kept as
    /// long as if it were new.
    ///
    /// # Errors
    ///
    /// [`PartError`]; nothing is saved.
    pub fn add_part(&self, part: &NewPart) -> Result<PartHead, PartError> {
        let size_bytes = part.bytes.len() as u64;
        if !(1..=MAX_PART_BYTES).contains(&size_bytes) {
            return Err(PartError::Size { size_bytes });
        }
        let head = self.store().write("add_part", |rows| {
            match rows.part(part.digest)? {
                Some(known) if known.size_bytes != size_bytes => {
                    return Err(PartError::SizeDiffers { digest: part.digest });
                }
                Some(known) if known.purged_at.is_none() => {
                    rows.renew_part(part.digest, part.saved_at)?;
                }
                Some(_) | None => rows.insert_part(part)?,
            }
            known(rows, part.digest)
        })?;
        self.tell();
        Ok(head)
    }

    /// One part.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn part(&self, digest: PartDigest) -> Result<Option<PartHead>, StoreError> {
        self.store().rows().part(digest)
    }

    /// The parts that an entry names, in the order of the post; none for an unknown entry.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn parts(&self, id: EntryId) -> Result<Vec<PartHead>, StoreError> {
        self.store().rows().parts_of(id)
    }

    /// The sealed bytes of a part from an offset on: `max_len` of them, or fewer at its end, none
    /// at the end itself. Reads only the chunks they lie in, so that a part of 20 MB is sent with
    /// as much memory as `max_len` says.
    ///
    /// # Errors
    ///
    /// [`PartError`]: `PastEnd`, `Gone` if it was purged, or the store cannot be read. That the
    /// bytes are those of the digest is for the caller to check, over the whole.
    pub fn part_bytes(
        &self,
        digest: PartDigest,
        from: u64,
        max_len: usize,
    ) -> Result<Vec<u8>, PartError> {
        let store = self.store();
        let part = known(&store.rows(), digest)?;
        if part.purged_at.is_some() {
            return Err(PartError::Gone(digest));
        }
        within(&part, from)?;
        let to = part.size_bytes.min(from.saturating_add(max_len as u64));
        Ok(store.rows().part_range(digest, from, to)?)
    }

    /// Writes down how many bytes from the start the receiver says it has. Its word counts, also
    /// when it lost bytes: then the offset goes back, and a part that was done is so no more.
    ///
    /// # Errors
    ///
    /// [`PartError`], `PastEnd` for more than the part has; nothing is changed.
    pub fn part_progress(&self, digest: PartDigest, offset: u64) -> Result<PartHead, PartError> {
        self.move_part("part_progress", digest, |part| {
            within(part, offset)?;
            Ok((offset, part.is_done && offset == part.size_bytes))
        })
    }

    /// Writes down that the receiver says it has the whole part, and has checked its digest.
    ///
    /// # Errors
    ///
    /// [`PartError`]; nothing is changed.
    pub fn part_done(&self, digest: PartDigest) -> Result<PartHead, PartError> {
        self.move_part("part_done", digest, |part| Ok((part.size_bytes, true)))
    }

    /// How much of an entry the receiver has confirmed, for the screen; `None` for an unknown
    /// entry. A delivered one is confirmed in whole.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn progress(&self, id: EntryId) -> Result<Option<Progress>, StoreError> {
        let store = self.store();
        let Some(head) = store.rows().head(id)? else { return Ok(None) };
        let (confirmed_bytes, part_bytes) = store.rows().part_bytes_of(id)?;
        let total_bytes = part_bytes.saturating_add(head.size_bytes);
        Ok(Some(match head.state {
            EntryState::Delivered { .. } => Progress { confirmed_bytes: total_bytes, total_bytes },
            _ => Progress { confirmed_bytes, total_bytes },
        }))
    }

    fn move_part(
        &self,
        name: &'static str,
        digest: PartDigest,
        step: impl FnOnce(&PartHead) -> Result<(u64, bool), PartError>,
    ) -> Result<PartHead, PartError> {
        let (part, is_moved) = self.store().write(name, |rows| {
            let part = known(rows, digest)?;
            let (confirmed_bytes, is_done) = step(&part)?;
            let moved = PartHead { confirmed_bytes, is_done, ..part };
            if moved != part {
                rows.set_progress(digest, confirmed_bytes, is_done)?;
            }
            Ok::<_, PartError>((moved, moved != part))
        })?;
        if is_moved {
            self.tell();
        }
        Ok(part)
    }
}

fn known(rows: &Rows<'_>, digest: PartDigest) -> Result<PartHead, PartError> {
    rows.part(digest)?.ok_or(PartError::Unknown(digest))
}

fn within(part: &PartHead, offset: u64) -> Result<(), PartError> {
    let PartHead { digest, size_bytes, .. } = *part;
    if offset > size_bytes {
        return Err(PartError::PastEnd { digest, offset, size_bytes });
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests;
