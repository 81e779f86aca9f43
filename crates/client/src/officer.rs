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
use serde::{Deserialize, Serialize};
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

/// An officer as this device keeps him.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    staff_number: String,
    /// False once the device was made an owner's again.
    is_his: bool,
}

/// In whose hands the device is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hands {
    /// An owner's, on a device of his own.
    Own,
    /// An officer's.
    Officers,
    /// An owner's, on a device that is or was the one of the officer with this staff number: an officer
    /// who says that it is an owner's gains nothing by it.
    HandedOver {
        /// Staff number.
        officer: String,
    },
}

impl Core {
    /// Keeps whose device this is; none for an owner's.
    pub fn set_officer(&self, staff_number: Option<&str>) -> Result<HomeView, OfficerError> {
        let officer = match staff_number {
            None => self.kept_officer()?.map(|kept| Kept { is_his: false, ..kept }),
            Some(number) => {
                let known = self.known().ok_or(OfficerError::NoCatalogue)?;
                let officer = known.catalogue.officer(number.trim());
                let staff_number = officer.ok_or(OfficerError::Unknown)?.staff_number.clone();
                Some(Kept { staff_number, is_his: true })
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
        let kept = self.kept_officer()?.filter(|kept| kept.is_his);
        Ok(kept.map(|kept| kept.staff_number))
    }

    fn kept_officer(&self) -> Result<Option<Kept>, StoreError> {
        match self.store.public_value(OFFICER)? {
            None => Ok(None),
            Some(bytes) => cbor::decode(&bytes).map_err(|_| StoreError::Damaged),
        }
    }

    /// In whose hands the device is.
    pub fn hands(&self) -> Result<Hands, StoreError> {
        if let Some(mode) = self.owner_mode()? {
            return Ok(Hands::HandedOver { officer: mode.officer });
        }
        Ok(match self.kept_officer()? {
            None => Hands::Own,
            Some(kept) if kept.is_his => Hands::Officers,
            Some(kept) => Hands::HandedOver { officer: kept.staff_number },
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
