//! Taking bytes: chunk by chunk onto the disk, whatever becomes of the connection.
//!
//! Any byte counts, not only whole chunks: over a link that breaks every few seconds a phone would
//! otherwise never get past its first chunk. A full chunk of 256 KiB is written, then counted, as
//! soon as it has come; what is left of a body that ends or is cut is written as the first bytes of
//! its chunk. The next append reads those back, so that chunks are full again.

use super::{
    Litter, PartChange, PartChanged, PartError, PartKey, StoredPart, Turn, unfinished_until,
    unnamed_until,
};
use crate::{Bank, parts::ObjectsError};
use seal::Digest;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tokio_stream::{Stream, StreamExt};
use wire::parts::{CHUNK_BYTES, MAX_APPEND_BYTES};

/// Longest time in which a body is read: 10 s. The gateway ends a request after 15 s; what came
/// until then must be on the disk before, or a slow link would never get anywhere.
pub(crate) const LONGEST_BODY: Duration = Duration::from_secs(10);

/// Checks of a digest at once: 4, each with the whole part in memory, 80 MiB in all.
pub(crate) const CHECKS_AT_ONCE: usize = 4;

/// The body of an append. An error is a connection that broke.
pub type Body = Pin<Box<dyn Stream<Item = Result<Vec<u8>, Cut>> + Send>>;

/// The connection broke before the body's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection broke")]
pub struct Cut;

/// What an append led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// The body was taken to its end; the part is complete if it was said to be its end.
    Taken(StoredPart),
    /// The body broke, took too long, or a newer request wants the part. What came is kept.
    Interrupted(StoredPart),
}

impl Bank {
    /// Appends a body to a part from `offset_bytes` on. With `is_end` the part is complete after
    /// it: then its bytes are checked against its digest, once, over the whole.
    ///
    /// Runs to its end even if the future is dropped, since a connection that breaks drops it. What
    /// the answer counts is durable.
    ///
    /// # Errors
    /// [`PartError::Unknown`]; [`PartError::Offset`] for any other offset than the one reached;
    /// [`PartError::Length`] for more bytes than declared, or an end that is none;
    /// [`PartError::BodyTooLarge`]; [`PartError::Checksum`]; else the stores'. Bytes that came
    /// before an error of a store are kept as far as the part's offset says.
    pub async fn append_part(
        &self,
        key: PartKey,
        offset_bytes: u64,
        is_end: bool,
        body: Body,
    ) -> Result<Appended, PartError> {
        let (bank, deadline) = (self.clone(), Instant::now() + LONGEST_BODY);
        let task = tokio::spawn(async move {
            let mut turn = bank.turns().take(key).await;
            let part = bank.known_part(key).await?;
            if part.received_bytes != offset_bytes {
                return Err(PartError::Offset(part));
            }
            let mut append = Append { bank: &bank, key, part, chunk: Vec::new() };
            let done = append.run(&mut turn, deadline, is_end, body).await;
            match done {
                Err(PartError::Objects(ObjectsError::Missing)) => Err(append.lost().await),
                done => done,
            }
        });
        task.await.map_err(|_| PartError::Ledger(crate::ledger::LedgerError::Closed))?
    }
}

/// How reading a body ended.
enum End {
    Whole,
    Early,
    Surplus,
    TooLarge,
}

struct Append<'b> {
    bank: &'b Bank,
    key: PartKey,
    part: StoredPart,
    /// The bytes of the chunk that is being filled, from its start.
    chunk: Vec<u8>,
}

impl Append<'_> {
    async fn run(
        &mut self,
        turn: &mut Turn,
        deadline: Instant,
        is_end: bool,
        body: Body,
    ) -> Result<Appended, PartError> {
        let ended = if self.part.is_complete() {
            // Said again after a lost answer; a body would be surplus.
            self.expect_nothing(turn, deadline, body).await
        } else {
            self.take(turn, deadline, body).await?
        };
        match ended {
            End::Early => Ok(Appended::Interrupted(self.part)),
            End::Surplus => Err(PartError::Length(self.part)),
            End::TooLarge => Err(PartError::BodyTooLarge(self.part)),
            End::Whole if !is_end || self.part.is_complete() => Ok(Appended::Taken(self.part)),
            End::Whole if self.part.received_bytes < self.part.size_bytes => {
                Err(PartError::Length(self.part))
            }
            End::Whole => self.complete().await,
        }
    }

    async fn expect_nothing(&self, turn: &mut Turn, deadline: Instant, mut body: Body) -> End {
        while let Some(next) = next_bytes(turn, deadline, &mut body).await {
            match next {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(_) => return End::Surplus,
                Err(Cut) => return End::Early,
            }
        }
        End::Whole
    }

    /// Takes the body until it ends in any way, and leaves everything that came on the disk.
    async fn take(
        &mut self,
        turn: &mut Turn,
        deadline: Instant,
        mut body: Body,
    ) -> Result<End, PartError> {
        let mut room = MAX_APPEND_BYTES;
        let held = self.part.received_bytes % CHUNK_BYTES;
        if held > 0 {
            let index = self.part.received_bytes / CHUNK_BYTES;
            self.chunk = self.bank.objects().get_piece(self.part.upload, index, held).await?;
        }
        let end = loop {
            let Some(next) = next_bytes(turn, deadline, &mut body).await else { break End::Whole };
            let Ok(bytes) = next else { break End::Early };
            let left = self.part.size_bytes - self.held_bytes();
            let fits = usize::try_from(left.min(room)).unwrap_or(usize::MAX).min(bytes.len());
            let (wanted, surplus) = bytes.split_at(fits);
            room -= fits as u64;
            self.fill(wanted).await?;
            if !surplus.is_empty() {
                break if room == 0 { End::TooLarge } else { End::Surplus };
            }
        };
        if self.held_bytes() > self.part.received_bytes {
            self.write().await?;
        }
        Ok(end)
    }

    /// Bytes from the start that are here, on the disk or in memory.
    fn held_bytes(&self) -> u64 {
        self.part.received_bytes / CHUNK_BYTES * CHUNK_BYTES + self.chunk.len() as u64
    }

    async fn fill(&mut self, mut bytes: &[u8]) -> Result<(), PartError> {
        let full = usize::try_from(CHUNK_BYTES).unwrap_or(usize::MAX);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at((full - self.chunk.len()).min(bytes.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
            if self.chunk.len() == full {
                self.write().await?;
            }
        }
        Ok(())
    }

    /// Writes the chunk that is being filled, then counts it.
    async fn write(&mut self) -> Result<(), PartError> {
        let (upload, before) = (self.part.upload, self.part.received_bytes);
        let after = self.held_bytes();
        let index = before / CHUNK_BYTES;
        let bytes = match after % CHUNK_BYTES {
            0 => std::mem::take(&mut self.chunk),
            _ => self.chunk.clone(),
        };
        self.bank.objects().put_piece(upload, index, bytes).await?;
        let at = self.bank.now();
        let expires_at = unfinished_until(at);
        let advance =
            PartChange::Advance { upload, from_bytes: before, to_bytes: after, at, expires_at };
        if self.bank.ledger().change_part(advance).await? != PartChanged::Done {
            // Another gateway was faster.
            return Err(self.as_it_is().await);
        }
        self.part.received_bytes = after;
        self.part.expires_at = Some(expires_at);
        let superseded = before % CHUNK_BYTES;
        if superseded > 0 {
            // Not worth an error: completing or dropping the part deletes it.
            let _ = self.bank.objects().delete_piece(upload, index, superseded).await;
        }
        Ok(())
    }

    /// Checks the digest over the whole, keeps the whole as one object, and says so.
    async fn complete(&mut self) -> Result<Appended, PartError> {
        let _place = self.bank.checks().acquire().await;
        let upload = self.part.upload;
        let bytes = self.all_bytes().await?;
        let checked = tokio::task::spawn_blocking(move || (Digest::of(&bytes), bytes)).await;
        let (found, bytes) = checked
            .map_err(|error| ObjectsError::Storage(error.into()))
            .map_err(PartError::from)?;
        if found != self.key.digest {
            tracing::warn!(?upload, ?found, "a part does not have its digest");
            self.bank.lose(upload).await?;
            return Err(PartError::Checksum);
        }
        self.bank.objects().put_whole(upload, bytes).await?;
        let at = self.bank.now();
        let expires_at = unnamed_until(at);
        let complete = PartChange::Complete { upload, at, expires_at };
        if self.bank.ledger().change_part(complete).await? != PartChanged::Done {
            return Err(self.as_it_is().await);
        }
        self.bank.clear_soon(Litter::Pieces(upload)).await;
        self.part = self.bank.known_part(self.key).await?;
        Ok(Appended::Taken(self.part))
    }

    async fn all_bytes(&self) -> Result<Vec<u8>, PartError> {
        let size = self.part.size_bytes;
        let mut all = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
        for index in 0..size.div_ceil(CHUNK_BYTES) {
            let length = CHUNK_BYTES.min(size - index * CHUNK_BYTES);
            let piece = self.bank.objects().get_piece(self.part.upload, index, length).await?;
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    /// An object that counts was not found. Either another gateway has gone on meanwhile, or the
    /// bytes are lost, as after a restore from a backup: then the part begins anew.
    async fn lost(&self) -> PartError {
        match self.bank.known_part(self.key).await {
            Ok(part) if part != self.part => PartError::Offset(part),
            Ok(part) => {
                tracing::error!(upload = ?part.upload, "objects of a part are gone");
                self.bank.lose(part.upload).await.err().unwrap_or(PartError::Unknown)
            }
            Err(error) => error,
        }
    }

    /// Why a change did not fit: the part is gone or further than was thought.
    async fn as_it_is(&self) -> PartError {
        match self.bank.known_part(self.key).await {
            Ok(part) => PartError::Offset(part),
            Err(error) => error,
        }
    }
}

/// The next bytes of a body, or [`Cut`] when there was no time for them.
async fn next_bytes(
    turn: &mut Turn,
    deadline: Instant,
    body: &mut Body,
) -> Option<Result<Vec<u8>, Cut>> {
    tokio::select! {
        biased;
        () = turn.is_wanted() => Some(Err(Cut)),
        next = timeout_at(deadline, body.next()) => next.unwrap_or(Some(Err(Cut))),
    }
}
