//! Whose device this is: an owner's, or an officer's (客户经理), who visits shops with it.
//!
//! An officer can never give a consent. On an officer's device consents wait until the owner has
//! them before him: on his own phone, or with this device in his hands ([`crate::owner_mode`]).

use crate::{
    core::Core,
    home::HomeError,
    known::Known,
    store::{StoreError, put_public_value},
};
use seal::cbor;
use wire::ipc::{HomeView, OfficerView, TextView};

const OFFICER: &str = "officer";

/// Why an officer was not set.
#[derive(Debug, thiserror::Error)]
pub enum OfficerError {
    /// The catalogue has no officer with this staff number.
    #[error("no officer has this staff number")]
    Unknown,
    /// No catalogue on this device.
    #[error("no catalogue on this device")]
    NoCatalogue,
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The first screen.
    #[error(transparent)]
    Home(#[from] HomeError),
}

/// In whose hands the device is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hands {
    /// An owner's, on a device of his own.
    Own,
    /// An officer's.
    Officers,
    /// An owner's, on the device of the officer with this staff number.
    HandedOver {
        /// Staff number.
        officer: String,
    },
}

impl Core {
    /// Keeps whose device this is; none for an owner's.
    pub fn set_officer(&self, staff_number: Option<&str>) -> Result<HomeView, OfficerError> {
        let officer = match staff_number {
            None => None,
            Some(number) => {
                let known = self.known().ok_or(OfficerError::NoCatalogue)?;
                let officer = known.catalogue.officer(number.trim());
                Some(officer.ok_or(OfficerError::Unknown)?.staff_number.clone())
            }
        };
        self.store.write("officer", |tx| put_public_value(tx, OFFICER, &cbor::encode(&officer)))?;
        self.changed();
        Ok(self.home()?)
    }

    /// Staff number of the officer whose device this is.
    ///
    /// # Errors
    /// [`StoreError`], also when the value is damaged: whose device it is may not be guessed.
    pub fn officer(&self) -> Result<Option<String>, StoreError> {
        match self.store.public_value(OFFICER)? {
            None => Ok(None),
            Some(bytes) => cbor::decode(&bytes).map_err(|_| StoreError::Damaged),
        }
    }

    /// In whose hands the device is.
    pub fn hands(&self) -> Result<Hands, StoreError> {
        Ok(match (self.officer()?, self.owner_mode()?) {
            (_, Some(mode)) => Hands::HandedOver { officer: mode.officer },
            (Some(_), None) => Hands::Officers,
            (None, None) => Hands::Own,
        })
    }
}

/// The officer and the name of the branch, as far as the catalogue knows them.
pub(crate) fn view(staff_number: String, known: Option<&Known>) -> (OfficerView, Option<TextView>) {
    let officer = known.and_then(|known| known.catalogue.officer(&staff_number));
    let branch = known.zip(officer).and_then(|(known, o)| known.catalogue.branch(&o.branch));
    let named = officer.map(OfficerView::from);
    let nameless = OfficerView { name: String::new(), staff_number };
    (named.unwrap_or(nameless), branch.map(|branch| (&branch.name).into()))
}
