//! A file for the help line: what this device has of an entry, without anything that could be read
//! without the bank's key.

use crate::{
    cases::{CaseError, device_number},
    core::Core,
};
use outbox::{EntryHead, EntryId, EntryState, Export, PartHead};
use seal::{Digest, cbor};
use serde::Serialize;
use serde_bytes::ByteBuf;
use std::{
    fs::{self, File},
    io::Write,
};
use uuid::Uuid;
use wire::ipc::ExportView;

/// Version of the file's shape.
const VERSION: u8 = 1;
/// The folder below the client's own in which the files lie.
const FOLDER: &str = "exports";

/// The file: a CBOR map. The note is left out: only this device could read it.
#[derive(Serialize)]
struct ExportFile<'a> {
    version: u8,
    app_version: &'a str,
    id: Uuid,
    state: &'static str,
    park_reason: Option<&'a str>,
    attempts: Option<u32>,
    saved_at_ms: u64,
    digest: Digest,
    size_bytes: u64,
    /// The sealed envelope; none when it was purged or cannot be read.
    envelope: Option<ByteBuf>,
    /// The bank's signed acknowledgement.
    proof: Option<ByteBuf>,
    parts: Vec<ExportPart>,
}

#[derive(Serialize)]
struct ExportPart {
    digest: Digest,
    size_bytes: u64,
    confirmed_bytes: u64,
    is_done: bool,
    is_here: bool,
}

impl Core {
    /// Writes the file of an entry into `exports/`; on the disk when this returns. A file of the
    /// same entry is written over.
    pub fn export_case(&self, id: Uuid) -> Result<ExportView, CaseError> {
        let export = self.readable_export(EntryId(id))?.ok_or(CaseError::Unknown)?;
        let bytes = cbor::encode(&export_file(&export, &self.app_version));
        let view = self.write_export(format!("sanbu-{}.cbor", device_number(id)), &bytes)?;
        tracing::info!(envelope.id = %id, "wrote a file for the help line");
        Ok(view)
    }

    /// Writes a file that a person asked for; on the disk when this returns.
    pub fn write_export(&self, file_name: String, bytes: &[u8]) -> std::io::Result<ExportView> {
        let folder = self.data.join(FOLDER);
        fs::create_dir_all(&folder)?;
        let path = folder.join(&file_name);
        let mut file = File::create(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        Ok(ExportView {
            file_name,
            path: path.display().to_string(),
            size_bytes: bytes.len() as u64,
        })
    }

    /// The entry, without its body when that is what is damaged.
    fn readable_export(&self, id: EntryId) -> Result<Option<Export>, CaseError> {
        match self.outbox.export(id) {
            Err(outbox::StoreError::Damaged(_)) => {
                let Some(head) = self.outbox.entry(id)? else { return Ok(None) };
                let (parts, proof) = (self.outbox.parts(id)?, self.outbox.proof(id)?);
                Ok(Some(Export { head, body: None, parts, proof }))
            }
            export => Ok(export?),
        }
    }
}

fn export_file<'a>(export: &'a Export, app_version: &'a str) -> ExportFile<'a> {
    let EntryHead { id, digest, size_bytes, saved_at, ref state, .. } = export.head;
    let (park_reason, attempts) = match state {
        EntryState::Parked { reason } => (Some(reason.code()), None),
        EntryState::Queued { attempts, .. } => (None, Some(*attempts)),
        EntryState::Delivered { .. } | EntryState::Cancelled { .. } => (None, None),
    };
    ExportFile {
        version: VERSION,
        app_version,
        id: id.0,
        state: state.name(),
        park_reason,
        attempts,
        saved_at_ms: saved_at.as_ms(),
        digest: Digest::from_bytes(digest),
        size_bytes,
        envelope: export.body.clone().map(ByteBuf::from),
        proof: export.proof.clone().map(ByteBuf::from),
        parts: export.parts.iter().map(part).collect(),
    }
}

fn part(head: &PartHead) -> ExportPart {
    ExportPart {
        digest: Digest::from_bytes(head.digest.0),
        size_bytes: head.size_bytes,
        confirmed_bytes: head.confirmed_bytes,
        is_done: head.is_done,
        is_here: head.purged_at.is_none(),
    }
}
