//! Evidence: the log of countersignatures as anybody may check it, and the bundle of one case.

use crate::{
    Bank,
    ledger::{
        LedgerError,
        log::{Countersignatures, Extension, LogEntry},
    },
};
use lending::{
    consent::VerifiedRecord,
    countersignature::LogHead,
    evidence::{Bundle, Exhibit, Logged, VERSION},
};
use seal::{Digest, sign::SignatureError};
use serde_bytes::ByteBuf;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Why there is no bundle of a case.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// No consent record of this case is here.
    #[error("the bank has no consent record of this case")]
    Unknown,
    /// A record on file does not hold: the file was changed.
    #[error("a consent record on file does not hold")]
    Record(#[source] SignatureError),
    /// The words of a record are in no catalogue that still verifies.
    #[error("no catalogue has notice {id} in version {version}")]
    Words {
        /// The notice.
        id: String,
        /// Its version.
        version: u32,
    },
    /// The signed files of the bank could not be read.
    #[error(transparent)]
    Folder(#[from] crate::folder::FolderError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Bank {
    /// A signed head of the log, and what leads to it from a log of `earlier` countersignatures.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub async fn log_since(&self, earlier: u64) -> Result<(Vec<u8>, Vec<Digest>), LedgerError> {
        let Extension { size, root, proof } = self.ledger().log(earlier).await?;
        Ok((self.head(size, root), proof))
    }

    /// Everything about the consents of one case, each with its countersignature in today's log.
    ///
    /// # Errors
    /// [`EvidenceError`].
    pub async fn evidence(&self, case: Uuid) -> Result<Bundle, EvidenceError> {
        let rows = self.ledger().records_of_case(case).await?;
        // Of the answers, or of what a stranger sent about a case that never came.
        let device = rows.first().ok_or(EvidenceError::Unknown)?.device;
        let mut records = rows
            .iter()
            .filter(|row| row.device == device)
            .map(|row| VerifiedRecord::verify(&row.signed, &device))
            .collect::<Result<Vec<_>, _>>()
            .map_err(EvidenceError::Record)?;
        records.sort_by_key(|record| record.device_seq);
        let digests = records.iter().map(|record| record.digest()).collect();
        let Countersignatures { size, root, found } =
            self.ledger().countersignatures(digests).await?;
        let head = found.iter().any(Option::is_some).then(|| self.head(size, root));
        let exhibits = records.iter().zip(found).map(|(record, found)| Exhibit {
            signed: ByteBuf::from(record.signed()),
            logged: found.map(|LogEntry { countersignature, index, path }| Logged {
                countersignature: ByteBuf::from(countersignature),
                index,
                path,
            }),
        });
        Ok(Bundle {
            version: VERSION,
            root: self.desk().published.root,
            directory: ByteBuf::from(self.folder().read("directory.cose")?),
            catalogues: self.catalogues_of(&records)?,
            device,
            records: exhibits.collect(),
            head: head.map(ByteBuf::from),
        })
    }

    fn head(&self, size: u64, root: Digest) -> Vec<u8> {
        LogHead { size, root, at: self.now(), server_epoch: self.server_epoch() }
            .sign(self.acknowledgement_key())
    }

    /// The signed catalogues with the words of these records, each once. The end of a record says
    /// what that one said.
    fn catalogues_of(&self, records: &[VerifiedRecord]) -> Result<Vec<ByteBuf>, EvidenceError> {
        let desk = self.desk();
        let mut versions = BTreeSet::new();
        for record in records.iter().filter(|record| record.event().is_answer()) {
            let shown = &record.notice;
            let catalogue = desk.published.catalogue_of_record(record).ok_or_else(|| {
                EvidenceError::Words { id: shown.id.clone(), version: shown.version }
            })?;
            versions.insert(catalogue.version);
        }
        let signed = |version| self.folder().read(&format!("catalogues/{version}.cose"));
        Ok(versions
            .into_iter()
            .map(signed)
            .map(|read| read.map(ByteBuf::from))
            .collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests;
