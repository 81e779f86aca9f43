//! A device: its outbox on disk, and a courier that may fail anywhere.

use crate::cases::{Case, Known};
use anyhow::{Context, Result, bail};
use bank::{
    Bank,
    intake::Taken,
    parts::{Appended, Created, PartKey},
};
use lending::{
    acknowledgement::{Pong, VerifiedAck},
    part::MissingParts,
    reconciliation::Reconciliation,
};
use outbox::{
    EntryId, Epoch, EpochChange, Lane, NewEntry, NewPart, Outbox, Outcome, PartDigest, Timestamp,
};
use seal::{Digest, SigningKey};
use std::path::PathBuf;
use wire::reconciliation::{Listed, MAX_LISTED, ReconciliationRequest};

/// A device.
pub(crate) struct Device {
    pub(crate) key: SigningKey,
    pub(crate) outbox: Outbox,
    path: PathBuf,
    pub(crate) next_seq: u64,
    /// Proofs that came, and are not settled yet.
    late: Vec<(EntryId, Vec<u8>, u64)>,
    reconciles: bool,
}

/// What one contact with the bank led to.
#[derive(Default)]
pub(crate) struct Contact {
    /// Envelopes that the bank signed for, seen or not seen by the device.
    pub(crate) acknowledged: Vec<EntryId>,
    /// Envelopes queued anew.
    pub(crate) resent: u64,
}

impl Device {
    pub(crate) fn new(seed: u8, path: PathBuf, reconciles: bool) -> Result<Self> {
        let key = SigningKey::from_seed([seed; 32]);
        let outbox = Outbox::open(&path)?;
        Ok(Self { key, outbox, path, next_seq: 1, late: Vec::new(), reconciles })
    }

    /// The process ends and starts again: what was in memory is gone.
    pub(crate) fn restart(self) -> Result<Self> {
        let Self { key, outbox, path, next_seq, reconciles, .. } = self;
        drop(outbox);
        let outbox = Outbox::open(&path)?;
        Ok(Self { key, outbox, path, next_seq, late: Vec::new(), reconciles })
    }

    pub(crate) fn save(&mut self, case: &Case, now: Timestamp) -> Result<()> {
        let digest_of = |bytes: &[u8]| PartDigest(*Digest::of(bytes).as_bytes());
        for part in &case.parts {
            let (digest, bytes) = (digest_of(part), part.clone());
            self.outbox.add_part(&NewPart { digest, bytes, saved_at: now })?;
        }
        let parts: Vec<_> = case.parts.iter().map(|part| digest_of(part)).collect();
        let entry = NewEntry {
            id: EntryId(case.id),
            lane: Lane::Normal,
            note: Vec::new(),
            body: case.body.clone(),
            digest: *Digest::of(&case.body).as_bytes(),
            saved_at: now,
        };
        self.outbox.post_with_parts(&entry, &parts, &[])?;
        self.next_seq += 1;
        Ok(())
    }

    /// Asks the bank who it is, reconciles if that is owed, and delivers up to `most` entries. Each
    /// step may be the last one.
    pub(crate) async fn meet(
        &mut self,
        bank: &Bank,
        known: &Known,
        most: usize,
        dice: &mut fastrand::Rng,
    ) -> Result<Contact> {
        let mut contact = Contact::default();
        let nonce = dice.u128(..).to_be_bytes();
        let pong = Pong::verify(&bank.pong(nonce), nonce, known.directory())?;
        if self.is_owed(pong.server_epoch)? && dice.u8(..8) > 0 {
            contact.resent = self.reconcile(bank, known, dice).await?;
        }
        self.settle_late(bank)?;
        let now = time(bank);
        self.outbox.retry_now()?;
        for id in self.outbox.next_steps(now, most)?.send {
            self.deliver(id, bank, known, dice, &mut contact).await?;
        }
        Ok(contact)
    }

    fn is_owed(&self, epoch: u64) -> Result<bool> {
        let is_owed = self.outbox.note_epoch(Epoch(epoch))? == EpochChange::Owed;
        Ok(self.reconciles && is_owed)
    }

    /// The list of what was delivered, in pieces; what is missing is queued anew.
    pub(crate) async fn reconcile(
        &mut self,
        bank: &Bank,
        known: &Known,
        dice: &mut fastrand::Rng,
    ) -> Result<u64> {
        let delivered = self.outbox.delivered_since(Timestamp::from(0))?;
        let (mut confirmed, mut resent, mut last) = (Vec::new(), 0, None);
        // Pieces are as small as they may be large.
        let piece = 1 + dice.usize(..MAX_LISTED);
        let pieces: Vec<_> = match delivered.is_empty() {
            true => vec![&[][..]],
            false => delivered.chunks(piece).collect(),
        };
        for piece in pieces {
            let request = ReconciliationRequest {
                delivered: piece
                    .iter()
                    .map(|(id, digest)| Listed { id: id.0.into_bytes(), digest: *digest })
                    .collect(),
            };
            let listed: Vec<_> = piece
                .iter()
                .map(|(id, digest)| (id.0.into_bytes(), Digest::from_bytes(*digest)))
                .collect();
            let body = request.encode();
            let signed = bank.reconcile(self.key.public(), &body).await?;
            let answer = Reconciliation::verify(&signed, &body, &listed, known.directory())?;
            for (id, _) in piece {
                if !answer.missing.contains(id.0.as_bytes()) {
                    confirmed.push(*id);
                    continue;
                }
                // A body that was purged is the bank's to answer for: it is counted at the end.
                resent += u64::from(self.outbox.resend(*id).is_ok());
                if dice.u8(..40) == 0 {
                    return Ok(resent);
                }
            }
            last = Some((Epoch(answer.server_epoch), Timestamp::from(answer.at.as_millis())));
        }
        if let Some((epoch, at)) = last
            && dice.u8(..10) > 0
        {
            self.outbox.reconciled(epoch, &confirmed, at)?;
        }
        Ok(resent)
    }

    async fn deliver(
        &mut self,
        id: EntryId,
        bank: &Bank,
        known: &Known,
        dice: &mut fastrand::Rng,
        contact: &mut Contact,
    ) -> Result<()> {
        let Some(delivery) = self.outbox.begin(id)? else { return Ok(()) };
        let named: Vec<Digest> =
            delivery.parts().iter().map(|part| Digest::from_bytes(part.digest.0)).collect();
        for part in delivery.parts() {
            if !part.is_done && !self.upload(part.digest, part.size_bytes, bank, dice).await? {
                return Ok(());
            }
        }
        let digest = Digest::from_bytes(delivery.head.digest);
        let signed = match bank.admit(id.0, delivery.body.clone()).await? {
            Taken::Recorded(ack) | Taken::Replayed(ack) => ack,
            Taken::Incomplete(list) => {
                let id = id.0.into_bytes();
                let list = MissingParts::verify(&list, id, digest, &named, known.directory())?;
                for missing in list.missing {
                    self.outbox.part_progress(PartDigest(*missing.as_bytes()), 0)?;
                }
                return Ok(());
            }
        };
        let ack = VerifiedAck::verify(&signed, id.0.into_bytes(), digest, known.directory())?;
        if let Some(refused) = &ack.refused {
            bail!("a case of the harness was refused: {refused}");
        }
        contact.acknowledged.push(id);
        match dice.u8(..10) {
            // The answer got lost.
            0 => {}
            // It is read later, or never.
            1 => self.late.push((id, signed, ack.server_epoch)),
            _ => self.settle(id, signed, ack.server_epoch, bank)?,
        }
        Ok(())
    }

    fn settle(&self, id: EntryId, proof: Vec<u8>, epoch: u64, bank: &Bank) -> Result<()> {
        // An old epoch in a late proof makes a reconciliation owed again.
        self.outbox.note_epoch(Epoch(epoch))?;
        let at = time(bank);
        self.outbox.settle(id, &Outcome::Delivered { proof, at }, at, 0)?;
        Ok(())
    }

    fn settle_late(&mut self, bank: &Bank) -> Result<()> {
        for (id, proof, epoch) in std::mem::take(&mut self.late) {
            self.settle(id, proof, epoch, bank)?;
        }
        Ok(())
    }

    /// Goes on wherever the bank is; false when the link broke.
    async fn upload(
        &self,
        digest: PartDigest,
        size_bytes: u64,
        bank: &Bank,
        dice: &mut fastrand::Rng,
    ) -> Result<bool> {
        let key = PartKey { device: self.key.public(), digest: Digest::from_bytes(digest.0) };
        let (Created::New(mut part) | Created::Known(mut part)) =
            bank.create_part(key, size_bytes).await?;
        while !part.is_complete() {
            let offset = part.received_bytes;
            self.outbox.part_progress(digest, offset)?;
            if dice.u8(..12) == 0 {
                return Ok(false);
            }
            let most = dice.usize(1..400_000);
            let bytes = self.outbox.part_bytes(digest, offset, most)?;
            let is_end = offset + bytes.len() as u64 == size_bytes;
            let body = Box::pin(tokio_stream::iter([Ok(bytes)]));
            part = match bank.append_part(key, offset, is_end, body).await? {
                Appended::Taken(part) | Appended::Interrupted(part) => part,
            };
        }
        self.outbox.part_done(digest)?;
        Ok(true)
    }

    /// Whether everything was delivered and reconciled in this epoch.
    pub(crate) fn is_at_rest(&self, epoch: u64) -> Result<bool> {
        let counts = self.outbox.counts()?;
        let (noted, reconciled) = self.outbox.last_reconciled()?.context("has met the bank")?;
        let is_known = noted == Epoch(epoch) && (reconciled.is_some() || !self.reconciles);
        Ok(counts.delivered == counts.posted() && self.late.is_empty() && is_known)
    }
}

pub(crate) fn time(bank: &Bank) -> Timestamp {
    Timestamp::from(bank.now().as_millis())
}
