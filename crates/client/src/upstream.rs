//! The step that follows some consents: the data's own authorisation, given in the system it lies in
//! (电子税务局, 资金流平台). The bank learns of it there; this device shows the way, keeps what the
//! person says of it, and reminds until then.

use crate::{
    consent::{ConsentError, KeptRecord},
    core::Core,
    store,
    vault::{Moment, VaultError},
};
use lending::consent::{Event, VerifiedRecord};
use rusqlite::Transaction;
use seal::PublicKey;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wire::ipc::{ConsentsView, UpstreamView};

/// Rows by record id, as long as the consent is given and not taken back.
const UPSTREAM: &str = "upstream";

/// How far an authorisation is, as far as this device knows.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Awaited {
    /// The consent's last moment: after it nobody is reminded.
    until_ms: u64,
    /// When the person said that it is given.
    said_at_ms: Option<u64>,
}

impl Core {
    /// Keeps that a record awaits its authorisation, or no longer does. Called with every write of a
    /// record.
    pub(crate) fn put_upstream(
        &self,
        tx: &Transaction<'_>,
        id: &[u8],
        kept: &KeptRecord,
        device: &PublicKey,
        at: Moment<'_>,
    ) -> Result<(), VaultError> {
        let record = VerifiedRecord::verify(&kept.signed, device).ok();
        let is_over = kept.withdrawn.is_some() || kept.ended;
        match record.filter(|record| record.event() == Event::Given && record.upstream.is_some()) {
            Some(_) if is_over => Ok(store::delete_row(tx, UPSTREAM, id)?),
            Some(record) => {
                let until_ms = record.valid.until.as_millis();
                self.vault.put(tx, UPSTREAM, id, &Awaited { until_ms, said_at_ms: None }, at)
            }
            None => Ok(()),
        }
    }

    /// How many authorisations are still to be given. None can be told while the vault is locked.
    pub(crate) fn upstream_due(&self) -> Result<u32, VaultError> {
        let now = self.now().as_millis();
        let mut due = 0;
        for row in self.store.rows(UPSTREAM)? {
            let Ok(awaited) = self.vault.read::<Awaited>(UPSTREAM, &row) else { continue };
            due += u32::from(awaited.said_at_ms.is_none() && now <= awaited.until_ms);
        }
        Ok(due)
    }

    /// What the screen says of a record's authorisation; none without one, or when it is of no use any
    /// more.
    pub(crate) fn upstream_view(&self, id: &[u8], record: &VerifiedRecord) -> Option<UpstreamView> {
        let system = &record.upstream.as_ref()?.system;
        let row = self.store.row(UPSTREAM, id).ok()??;
        let awaited: Awaited = self.vault.read(UPSTREAM, &row).ok()?;
        let known = self.known()?;
        let guide = known.catalogue.upstream_guide(system)?;
        (self.now().as_millis() <= awaited.until_ms).then(|| UpstreamView {
            name: (&guide.name).into(),
            steps: guide.steps.iter().map(Into::into).collect(),
            address: guide.address.clone(),
            said_at_ms: awaited.said_at_ms,
            until_ms: awaited.until_ms,
        })
    }

    /// Keeps what the person says of an authorisation: given there, or not yet after all.
    pub fn say_upstream(&self, record_id: &str, done: bool) -> Result<ConsentsView, ConsentError> {
        let id = Uuid::try_parse(record_id).map_err(|_| ConsentError::Unknown)?;
        let row = self.store.row(UPSTREAM, id.as_bytes())?.ok_or(ConsentError::Unknown)?;
        let before: Awaited = self.vault.read(UPSTREAM, &row)?;
        let said_at_ms = done.then(|| before.said_at_ms.unwrap_or(self.now().as_millis()));
        let at = Moment::of(&self.ports);
        self.store.write("say_upstream", |tx| {
            let awaited = Awaited { said_at_ms, ..before };
            self.vault.put(tx, UPSTREAM, id.as_bytes(), &awaited, at)
        })?;
        self.changed();
        self.consents()
    }
}
