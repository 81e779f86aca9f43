//! The first screen, what a person set, and the key of the store.

use crate::{
    core::Core, drafts::DraftError, known::Known, officer, store::StoreError, vault::VaultError,
};
use seal::cbor;
use wire::{
    convert::bank_view,
    ipc::{BankView, HomeView, KeyView, PreferencesView, SetPreferencesRequest, TextView},
};

const PREFERENCES: &str = "preferences";

/// Why the first screen could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The drafts.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The outbox.
    #[error(transparent)]
    Outbox(#[from] outbox::StoreError),
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<HomeError> for wire::problem::Problem {
    fn from(error: HomeError) -> Self {
        match error {
            HomeError::Draft(e) => e.into(),
            HomeError::Outbox(e) => crate::cases::CaseError::from(e).into(),
            HomeError::Store(e) => e.into(),
            HomeError::Vault(e) => e.into(),
        }
    }
}

impl Core {
    /// The first screen.
    pub fn home(&self) -> Result<HomeView, HomeError> {
        let known = self.known();
        if let Some(mode) = self.owner_mode()? {
            let owner_mode = Some(self.owner_mode_view(&mode));
            return Ok(HomeView { owner_mode, ..self.bare_home(known.as_deref())? });
        }
        let (drafts, unreadable_drafts) = self.draft_heads(known.as_deref())?;
        let counts = self.outbox.counts()?;
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        // A case that is gone from the outbox needs a person like one that is parked.
        let parked = counts.parked + self.lost_count() as u64;
        Ok(HomeView {
            drafts,
            pending: small(counts.queued + parked),
            parked: small(parked),
            unchecked_days: known.as_ref().and_then(|_| self.unchecked_days()),
            upstream_due: self.upstream_due()?,
            link_waiting: self.link_waiting(),
            unreadable_drafts,
            ..self.bare_home(known.as_deref())?
        })
    }

    /// What stands on the first screen whoever holds the device, and nothing else.
    fn bare_home(&self, known: Option<&Known>) -> Result<HomeView, StoreError> {
        let (rung, state) = self.vault.state();
        let officer = self.officer()?.map(|number| officer::view(number, known));
        let (officer, officer_branch) = officer.unzip();
        Ok(HomeView {
            bank: known.map_or_else(|| self.pinned_bank(), |known| bank_view(&known.catalogue)),
            drafts: Vec::new(),
            pending: 0,
            parked: 0,
            catalogue_present: known.is_some(),
            unchecked_days: None,
            connection: self.connection(),
            key: KeyView { rung, state },
            preferences: self.preferences()?,
            upstream_due: 0,
            link_waiting: false,
            unreadable_drafts: 0,
            officer,
            officer_branch: officer_branch.flatten(),
            owner_mode: None,
            app_version: self.app_version.clone(),
        })
    }

    /// The bank by its trust file, before the first catalogue.
    fn pinned_bank(&self) -> BankView {
        BankView {
            name: TextView {
                zh_hans: self.trust.name_zh_hans.clone(),
                en: self.trust.name_en.clone(),
            },
            phone: self.trust.phone.clone(),
        }
    }

    fn preferences(&self) -> Result<PreferencesView, StoreError> {
        let bytes = self.store.public_value(PREFERENCES)?;
        let none = PreferencesView { locale: None, large_type: false };
        Ok(bytes.and_then(|bytes| cbor::decode(&bytes).ok()).unwrap_or(none))
    }

    /// Keeps what a person set.
    pub fn set_preferences(&self, request: &SetPreferencesRequest) -> Result<HomeView, HomeError> {
        let preferences =
            PreferencesView { locale: Some(request.locale), large_type: request.large_type };
        self.store.set_public_value(PREFERENCES, &cbor::encode(&preferences))?;
        self.home()
    }

    /// Puts the store's key behind a passphrase.
    pub fn set_passphrase(&self, phrase: &str) -> Result<HomeView, HomeError> {
        self.vault.set_passphrase(phrase, &self.store, &self.ports)?;
        self.home()
    }

    /// Opens a vault that waits for its passphrase.
    pub fn unlock(&self, phrase: &str) -> Result<HomeView, HomeError> {
        self.vault.unlock(phrase)?;
        self.changed();
        self.home()
    }
}
