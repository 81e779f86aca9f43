//! What comes down: requests.

use super::*;
use crate::problem::Field;
use serde::{Deserialize, Serialize};

shapes! {
    /// The texts of the codes in view, or a pasted text.
    struct OpenCodesRequest {
        /// As read; untrusted. Empty when no code was found in a picture.
        pub texts: Vec<String>,
    }

    /// The codes in view while a business licence is held up.
    struct FillLicenceRequest {
        /// The draft whose enterprise code is to be filled.
        pub draft_id: String,
        /// As read; untrusted. Empty when no code was found in a picture.
        pub texts: Vec<String>,
    }

    /// Codes in view while a phone's answer code is held before the device that asked.
    struct ReadAnswerRequest {
        /// The draft that asked.
        pub draft_id: String,
        /// As read; untrusted. Empty when no code was found in a picture.
        pub texts: Vec<String>,
    }

    /// A branch number typed by hand.
    struct EnterBranchRequest {
        /// As typed.
        pub number: String,
    }

    /// Names a draft.
    struct DraftRequest {
        /// The draft.
        pub draft_id: String,
    }

    /// A press on a consent page.
    struct DecideConsentRequest {
        /// The draft.
        pub draft_id: String,
        /// The notice shown.
        pub notice_id: String,
        /// Its version as shown.
        pub version: u32,
        /// The language it was shown in.
        pub locale: Locale,
        /// Which button.
        pub answer: ConsentAnswer,
        /// Milliseconds between the page being drawn and the press, by the page's monotonic clock.
        pub dwell_ms: u64,
        /// How it was pressed.
        pub pressed_with: PressedWith,
        /// Whether the whole page had been on the screen.
        pub scrolled_to_end: bool,
        /// Whether the full text was opened.
        pub full_text_opened: bool,
        /// Width of the page, CSS pixels.
        pub screen_width: u32,
        /// Height of the page, CSS pixels.
        pub screen_height: u32,
        /// How the page was adapted to the person.
        pub adapted: Vec<Adapted>,
    }

    /// The officer hands the tablet to the owner.
    struct EnterOwnerModeRequest {
        /// The draft whose consents are asked.
        pub draft_id: String,
        /// 4 to 6 digits, chosen by the officer for this time.
        pub pin: Pin,
    }

    /// The tablet is back in the officer's hands.
    struct LeaveOwnerModeRequest {
        /// The PIN; where the store has a passphrase, that one will do as well.
        pub pin: Pin,
    }

    /// Whose device this is.
    struct SetOfficerRequest {
        /// Staff number as typed; none for a device of an owner.
        pub staff_number: Option<String>,
    }

    /// A value as typed.
    struct SetFieldRequest {
        /// The draft.
        pub draft_id: String,
        /// Which field.
        pub field: Field,
        /// The value; empty clears it.
        pub value: String,
    }

    /// A page of the outbox.
    struct OutboxRequest {
        /// How many rows are passed over.
        pub offset: u32,
        /// Most rows to show; more than 100 is read as 100.
        pub limit: u32,
    }

    /// Names a case.
    struct CaseRequest {
        /// The case.
        pub case_id: String,
    }

    /// Names a consent record.
    struct WithdrawConsentRequest {
        /// The record.
        pub record_id: String,
    }

    /// Whether the person says that the authorisation at the source is given.
    struct SayUpstreamRequest {
        /// The consent record.
        pub record_id: String,
        /// False takes it back.
        pub done: bool,
    }

    /// What a person sets for this device.
    struct SetPreferencesRequest {
        /// Language.
        pub locale: Locale,
        /// Large type.
        pub large_type: bool,
    }
}

/// A PIN; its `Debug` hides it, so that it cannot be logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Pin(pub String);

impl std::fmt::Debug for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pin")
    }
}

/// A passphrase; its `Debug` hides it, so that it cannot be logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PassphraseRequest {
    /// The passphrase.
    pub passphrase: String,
}

impl std::fmt::Debug for PassphraseRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PassphraseRequest")
    }
}
