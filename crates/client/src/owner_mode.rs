//! Owner mode (客户模式): an officer's device in the hands of an owner, who decides on the consents of
//! one draft. Nothing else can be reached until the officer's PIN was given: [`Core::admit`] refuses
//! every command that does not ask for less. Why so: docs/adr/0022.

use crate::{
    core::Core,
    drafts::{DraftError, draft_id},
    home::HomeError,
    officer::Hands,
    store::{StoreError, put_public_value},
};
use lending::{application::RuleViolation, consent::Times, subject::EnterpriseCode};
use seal::{
    cbor,
    passphrase::{self, PassphraseError},
    pin,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::sync::PoisonError;
use uuid::Uuid;
use wire::ipc::{DraftView, HomeView, KeyRung, OwnerModeView, Pin};

const OWNER_MODE: &str = "owner-mode";

/// Wrong PINs before the first pause. Source: docs/adr/0022.
const FREE_TRIES: u32 = 5;
/// The first pause; each wrong PIN after it doubles the pause. Source: docs/adr/0022.
const FIRST_PAUSE_MS: u64 = 30_000;
/// The longest pause, one hour: a lock is never for good. Source: docs/adr/0022.
const LONGEST_PAUSE_MS: u64 = 60 * 60 * 1000;
/// After a day the PIN is not asked for any more, where no passphrase could stand in for a forgotten
/// one. Source: docs/adr/0022.
const FORGOTTEN_AFTER_MS: u64 = 24 * 60 * 60 * 1000;

/// Why owner mode was not entered or left, or what it keeps back.
#[derive(Debug, thiserror::Error)]
pub enum OwnerModeError {
    /// It is in force, and this is not one of its few commands.
    #[error("the device is in an owner's hands")]
    InForce,
    /// This is no officer's device, or its officer is not in the catalogue any more.
    #[error("the device has no officer that the catalogue knows")]
    NoOfficer,
    /// Not a PIN.
    #[error("not a PIN")]
    PinShape,
    /// Not the PIN.
    #[error("the PIN is wrong")]
    PinWrong,
    /// Too many wrong PINs.
    #[error("wrong too often, {wait_ms} ms are left")]
    Paused {
        /// Until the next try, milliseconds.
        wait_ms: u64,
    },
    /// Whose consents are asked is not known yet: the draft has no enterprise code, or a wrong one.
    #[error("the enterprise code is not there")]
    Rule(RuleViolation),
    /// The draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The first screen.
    #[error(transparent)]
    Home(#[from] HomeError),
}

/// Owner mode as it is kept. In clear, since a locked store must not end it: it names a draft and an
/// officer, and holds a PIN that only counts this once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OwnerMode {
    pub draft: Uuid,
    /// Staff number of the officer who handed the device over.
    pub officer: String,
    pin: ByteBuf,
    since: Times,
    wrong: u32,
    /// When the last PIN was tried.
    tried: Times,
}

impl OwnerMode {
    /// How long a pause still is at `now`; 0 for none.
    fn pause_ms(&self, now: &Times) -> u64 {
        let passed_ms = passed_ms(&self.tried, now).unwrap_or(u64::MAX);
        pause_after_ms(self.wrong).saturating_sub(passed_ms)
    }

    /// Wrong PINs left before a pause, at `now`.
    fn tries_left(&self, now: &Times) -> u32 {
        match self.pause_ms(now) {
            0 => FREE_TRIES.saturating_sub(self.wrong).max(1),
            _ => 0,
        }
    }
}

/// The pause that so many wrong PINs make.
fn pause_after_ms(wrong: u32) -> u64 {
    match wrong.checked_sub(FREE_TRIES) {
        None => 0,
        Some(more) => FIRST_PAUSE_MS.saturating_mul(1 << more.min(32)).min(LONGEST_PAUSE_MS),
    }
}

/// Milliseconds between two moments: by the clock that nobody can set while the app lives, by wall
/// time after a restart. None when that one was set back: a clock that ran ahead must not make a
/// pause of years.
fn passed_ms(before: &Times, now: &Times) -> Option<u64> {
    if before.run == now.run {
        return Some(now.monotonic_ms.saturating_sub(before.monotonic_ms));
    }
    (now.wall >= before.wall).then(|| now.wall.millis_since(before.wall))
}

impl Core {
    /// Owner mode, if it is in force.
    ///
    /// # Errors
    /// [`StoreError`], also when the value is damaged: it is then not known that it is not in force.
    pub(crate) fn owner_mode(&self) -> Result<Option<OwnerMode>, StoreError> {
        match self.store.public_value(OWNER_MODE)? {
            None => Ok(None),
            Some(bytes) => cbor::decode(&bytes).map_err(|_| StoreError::Damaged),
        }
    }

    fn put_owner_mode(&self, mode: Option<&OwnerMode>) -> Result<(), StoreError> {
        self.store.write("owner_mode", |tx| put_public_value(tx, OWNER_MODE, &cbor::encode(&mode)))
    }

    /// Refuses what an owner on an officer's device has no business with: everything, but for the
    /// draft that he was handed.
    pub fn admit(&self, draft: Option<&str>) -> Result<(), OwnerModeError> {
        match self.owner_mode()? {
            Some(mode) if draft.and_then(|id| draft_id(id).ok()) != Some(mode.draft) => {
                Err(OwnerModeError::InForce)
            }
            _ => Ok(()),
        }
    }

    /// The officer hands the device to the owner.
    pub fn enter_owner_mode(&self, draft: &str, pin: &Pin) -> Result<DraftView, OwnerModeError> {
        let kept = pin::keep(&pin.0, &*self.ports.entropy).ok_or(OwnerModeError::PinShape)?;
        let _posting = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        self.admit(None)?;
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let officer = self.officer()?.filter(|number| known.catalogue.officer(number).is_some());
        let officer = officer.ok_or(OwnerModeError::NoOfficer)?;
        let id = draft_id(draft)?;
        let (draft, saved_at_ms) = self.load_draft(id)?;
        if let Err(broken) = EnterpriseCode::parse(&draft.enterprise_code) {
            return Err(OwnerModeError::Rule(RuleViolation::EnterpriseCode(broken)));
        }
        let now = self.times(self.now());
        let hands = Hands::HandedOver { officer: officer.clone() };
        let view = self.draft_view(id, &draft, saved_at_ms, &known, &hands)?;
        let pin = ByteBuf::from(kept);
        let mode = OwnerMode { draft: id, officer, pin, since: now, wrong: 0, tried: now };
        self.put_owner_mode(Some(&mode))?;
        self.changed();
        Ok(view)
    }

    /// The device is back in the officer's hands; fine when it never left them.
    ///
    /// A wrong PIN is on the disk before it is looked at, so that killing the app wins no try.
    pub fn leave_owner_mode(&self, pin: &Pin) -> Result<HomeView, OwnerModeError> {
        let _posting = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mode) = self.owner_mode()? else { return Ok(self.home()?) };
        let now = self.times(self.now());
        let wait_ms = mode.pause_ms(&now);
        if wait_ms > 0 {
            return Err(OwnerModeError::Paused { wait_ms });
        }
        let tried = OwnerMode { wrong: mode.wrong.saturating_add(1), tried: now, ..mode };
        self.put_owner_mode(Some(&tried))?;
        if !self.may_leave(&tried, &pin.0)? {
            self.changed();
            return Err(OwnerModeError::PinWrong);
        }
        self.put_owner_mode(None)?;
        self.changed();
        Ok(self.home()?)
    }

    /// Whether this is the PIN, or what stands in for a forgotten one: the passphrase of the store
    /// where it has one, else a day.
    fn may_leave(&self, mode: &OwnerMode, secret: &str) -> Result<bool, OwnerModeError> {
        if pin::fits(&mode.pin, secret).map_err(|_| StoreError::Damaged)? {
            return Ok(true);
        }
        if self.vault.state().0 != KeyRung::Passphrase {
            let passed_ms = passed_ms(&mode.since, &mode.tried);
            return Ok(passed_ms.is_some_and(|passed_ms| passed_ms >= FORGOTTEN_AFTER_MS));
        }
        let header = self.store.vault_header()?;
        match header.and_then(|header| header.wrapped) {
            Some(wrapped) => match passphrase::unwrap(&wrapped, secret) {
                Ok(_) => Ok(true),
                Err(PassphraseError::Shape) => Err(StoreError::Damaged.into()),
                Err(_) => Ok(false),
            },
            None => Ok(false),
        }
    }

    /// What the screen shows of owner mode.
    pub(crate) fn owner_mode_view(&self, mode: &OwnerMode) -> OwnerModeView {
        let now = self.times(self.now());
        OwnerModeView { draft_id: mode.draft.to_string(), tries_left: mode.tries_left(&now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seal::Timestamp;
    use serde_bytes::ByteArray;

    fn at(run: u8, monotonic_ms: u64, wall_ms: u64) -> Times {
        Times {
            wall: Timestamp::from_millis(wall_ms),
            monotonic_ms,
            run: ByteArray::new([run; 8]),
            last_server_time: None,
        }
    }

    #[test]
    fn a_pause_comes_with_the_fifth_wrong_pin_doubles_and_ends_growing_at_an_hour() {
        let pauses_s: Vec<u64> = (4..9).map(|wrong| pause_after_ms(wrong) / 1000).collect();
        assert_eq!(pauses_s, [0, 30, 60, 120, 240]);
        assert_eq!(pause_after_ms(12), LONGEST_PAUSE_MS);
        assert_eq!(pause_after_ms(u32::MAX), LONGEST_PAUSE_MS);
    }

    #[test]
    fn while_the_app_lives_setting_the_clock_does_not_shorten_a_pause() {
        assert_eq!(passed_ms(&at(1, 1_000, 0), &at(1, 3_000, 86_400_000)), Some(2_000));
    }

    #[test]
    fn after_a_restart_wall_time_counts_and_a_clock_set_back_tells_nothing() {
        assert_eq!(passed_ms(&at(1, 1_000, 5_000), &at(2, 10, 35_000)), Some(30_000));
        assert_eq!(passed_ms(&at(1, 1_000, 5_000), &at(2, 10, 4_000)), None);
    }
}
