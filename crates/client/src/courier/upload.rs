//! One part to the bank, from wherever it got to, be it before this process began.
//!
//! The bank is asked first; what the outbox noted is for the screen. A request that broke off is
//! followed by the same question, because the bank keeps every byte that came.

use super::{blocking, delivery::Verdict, pace::Stride};
use crate::{
    bank_api::{
        Append,
        answer::{UploadAnswer, UploadState},
    },
    core::Core,
};
use outbox::{DAMAGED, Outcome, PartError, PartHead};
use seal::Digest;
use std::sync::Arc;
use tokio::time::Instant;
use wire::{
    ipc::Connection,
    parts::{CHUNK_BYTES, part_path},
    problem::ProblemCode,
};

/// Steps in a row that bring nothing, before the way is doubted: 3.
const MAX_VAIN: u32 = 3;
/// Times that all bytes of a part came and were not those of its digest, before they are looked at
/// here: 3. Source: docs/adr/0002 (response table).
const MAX_CHECKSUM_FAULTS: u32 = 3;

/// Uploads a part to its end.
pub(super) async fn bring(core: &Arc<Core>, part: &PartHead) -> Result<(), Verdict> {
    let mut upload =
        Upload { core, part, stride: Stride::default(), reached: 0, vain: 0, checksum_faults: 0 };
    let mut state = None;
    while let Some(step) = upload.step(state).await? {
        state = step;
    }
    Ok(())
}

struct Upload<'u> {
    core: &'u Arc<Core>,
    part: &'u PartHead,
    stride: Stride,
    /// How far the bank was, as last heard.
    reached: u64,
    /// Steps in a row after which it had no more than before.
    vain: u32,
    checksum_faults: u32,
}

impl Upload<'_> {
    /// One request. `None` once the bank has the whole; the inner `None` when it has to be asked
    /// how far it is.
    async fn step(
        &mut self,
        state: Option<UploadState>,
    ) -> Result<Option<Option<UploadState>>, Verdict> {
        let asked = Instant::now();
        let answer = match state {
            None => self.ask().await?,
            Some(state) => self.append(state).await?,
        };
        match answer {
            UploadAnswer::State(now) => {
                self.note(now).await?;
                if now.is_complete {
                    return Ok(None);
                }
                let went_on = now.offset > self.reached;
                self.reached = now.offset;
                if went_on {
                    self.vain = 0;
                }
                match state {
                    Some(_) if went_on && !now.is_cut => self.stride.brought(asked.elapsed()),
                    Some(_) if went_on => self.stride.broke(),
                    Some(_) => self.in_vain(Verdict::later())?,
                    None => {}
                }
                Ok(Some(Some(now)))
            }
            // The answer may have been lost, not the bytes.
            UploadAnswer::Nobody => {
                self.in_vain(Connection::Offline.into())?;
                Ok(Some(None))
            }
            UploadAnswer::NotTheBank => {
                self.in_vain(Connection::Portal.into())?;
                Ok(Some(None))
            }
            UploadAnswer::Begin { is_checksum } => {
                if is_checksum {
                    self.checksum_fault().await?;
                }
                self.reached = 0;
                self.in_vain(Verdict::later())?;
                Ok(Some(None))
            }
            UploadAnswer::Later { retry_after } => Err(Outcome::Later { retry_after }.into()),
            UploadAnswer::Refused(problem) => Err(self.refused(problem.code).into()),
        }
    }

    async fn ask(&self) -> Result<UploadAnswer, Verdict> {
        let proof = self.core.part_proof("POST", "/v1/parts").map_err(|e| locked(&e))?;
        Ok(self.core.api.begin_part(&self.part.digest.0, self.part.size_bytes, proof).await)
    }

    async fn append(&self, state: UploadState) -> Result<UploadAnswer, Verdict> {
        let (digest, offset) = (self.part.digest, state.offset);
        let max_len = self.stride.bytes(state.max_append);
        let read = blocking(self.core, move |core| core.outbox.part_bytes(digest, offset, max_len));
        let bytes = read.await.map_err(|error| self.unreadable(&error))?;
        let is_end = offset + bytes.len() as u64 == self.part.size_bytes;
        let path = part_path(&digest.0);
        let proof = self.core.part_proof("PATCH", &path).map_err(|e| locked(&e))?;
        let append = Append { digest: digest.0, offset, bytes, is_end };
        Ok(self.core.api.append_part(append, proof).await)
    }

    /// For the screen, and for the next start.
    async fn note(&self, state: UploadState) -> Result<(), Verdict> {
        let digest = self.part.digest;
        let noted = blocking(self.core, move |core| match state.is_complete {
            true => core.outbox.part_done(digest),
            false => core.outbox.part_progress(digest, state.offset),
        })
        .await;
        match noted {
            Ok(_) => Ok(()),
            // More than there is: whoever says so is not the bank.
            Err(PartError::PastEnd { .. }) => Err(Connection::Portal.into()),
            Err(error) => Err(self.unreadable(&error)),
        }
    }

    /// A step brought nothing. After some in a row the upload is given up, with this verdict.
    fn in_vain(&mut self, verdict: Verdict) -> Result<(), Verdict> {
        self.vain += 1;
        self.stride.broke();
        if self.vain < MAX_VAIN { Ok(()) } else { Err(verdict) }
    }

    async fn checksum_fault(&mut self) -> Result<(), Verdict> {
        self.checksum_faults += 1;
        if self.checksum_faults < MAX_CHECKSUM_FAULTS {
            // Nothing was in vain: all of it came.
            self.vain = 0;
            return Ok(());
        }
        let part = *self.part;
        let is_whole = blocking(self.core, move |core| is_whole(core, &part)).await;
        tracing::error!(part = %part.digest, is_whole, "a part does not get to the bank as it is");
        Err(match is_whole {
            true => Outcome::Later { retry_after: None },
            false => Outcome::Parked { reason: DAMAGED },
        }
        .into())
    }

    fn refused(&self, code: ProblemCode) -> Outcome {
        tracing::error!(part = %self.part.digest, problem = %code, "the bank refused a part");
        match code {
            // Not about this part: a gateway of another version, or this device's clock.
            ProblemCode::NotFound | ProblemCode::MethodNotAllowed | ProblemCode::Unauthorised => {
                self.core.fetch_words();
                Outcome::Later { retry_after: None }
            }
            _ => Outcome::Parked { reason: crate::cases::park::REFUSED },
        }
    }

    fn unreadable(&self, error: &PartError) -> Verdict {
        tracing::error!(part = %self.part.digest, "a part cannot be read or moved on: {error}");
        match error {
            PartError::Store(_) | PartError::DiskFull(_) => Verdict::later(),
            _ => Outcome::Parked { reason: DAMAGED }.into(),
        }
    }
}

fn locked(error: &crate::vault::VaultError) -> Verdict {
    tracing::warn!("a part is not uploaded: {error}");
    Verdict::later()
}

/// Whether the bytes here are those of the digest.
fn is_whole(core: &Core, part: &PartHead) -> bool {
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < part.size_bytes {
        let chunk = usize::try_from(CHUNK_BYTES).unwrap_or(usize::MAX);
        match core.outbox.part_bytes(part.digest, bytes.len() as u64, chunk) {
            Ok(piece) if !piece.is_empty() => bytes.extend_from_slice(&piece),
            _ => return false,
        }
    }
    *Digest::of(&bytes).as_bytes() == part.digest.0
}
