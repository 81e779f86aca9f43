//! Why something was refused, in a closed set of codes.
//!
//! A [`Problem`] is what crosses a boundary when an operation fails: over HTTP as
//! `application/problem+json` (RFC 9457), over IPC as the rejection of a command. The screen
//! decides by `code` and never reads `message`, which is English, for logs and engineers.

use serde::{Deserialize, Serialize};

/// Declares a closed enum of codes with the list of all its members and their wire names.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+
        }
        impl $name {
            /// Every code, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];
            /// The code as it stands on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

codes! {
    /// What went wrong, as a person can be told. Each code has words in every locale.
    ProblemCode {
        /// No code of any kind was found in the picture.
        CodeNotFound = "code_not_found",
        /// A payment code (WeChat Pay, Alipay, UnionPay).
        CodeIsPayment = "code_is_payment",
        /// A WeChat contact, group or mini-program code.
        CodeIsWechat = "code_is_wechat",
        /// An Alipay page or mini program.
        CodeIsAlipay = "code_is_alipay",
        /// A business licence, where a branch code is asked for.
        CodeIsLicence = "code_is_licence",
        /// A link to some web page.
        CodeIsLink = "code_is_link",
        /// The code of a copy: of a consent that stands in "my consents" here.
        CodeIsConsent = "code_is_consent",
        /// The code of a copy: of a consent that this device does not hold.
        CodeIsConsentElsewhere = "code_is_consent_elsewhere",
        /// One of several codes that make up a message was read, and more are needed; see `progress`.
        CodeInPieces = "code_in_pieces",
        /// The codes of a message were all read, but make up none.
        CodePiecesDamaged = "code_pieces_damaged",
        /// A request code, where an answer code is asked for.
        CodeIsRequest = "code_is_request",
        /// An answer code, where nothing was asked.
        CodeIsAnswer = "code_is_answer",
        /// A request code of another bank.
        RequestOtherBank = "request_other_bank",
        /// A request about words that this device does not hold: one of the two is behind.
        RequestOtherWords = "request_other_words",
        /// A request for a branch or product that the catalogue here does not hold.
        RequestPlaceUnknown = "request_place_unknown",
        /// A request whose branch code does not hold.
        RequestTicketInvalid = "request_ticket_invalid",
        /// A request of this same device: nobody can answer themselves.
        RequestOwnDevice = "request_own_device",
        /// An answer to another request, or to this one before it changed.
        AnswerOtherRequest = "answer_other_request",
        /// An answer whose records do not hold.
        AnswerInvalid = "answer_invalid",
        /// A code, but none that we know.
        CodeIsOther = "code_is_other",
        /// A branch code of another bank.
        TicketOtherBank = "ticket_other_bank",
        /// The signature does not hold: a forged or damaged code.
        TicketForged = "ticket_forged",
        /// The ticket was signed with a key that this device does not know yet.
        TicketStaleDirectory = "ticket_stale_directory",
        /// The ticket's window is over.
        TicketExpired = "ticket_expired",
        /// The ticket's window has not begun.
        TicketNotYetValid = "ticket_not_yet_valid",
        /// The key that signed the ticket was withdrawn by the bank.
        TicketRevoked = "ticket_revoked",
        /// The ticket names a branch or product that the catalogue does not hold.
        TicketUnknownPlace = "ticket_unknown_place",
        /// No enterprise code in what was scanned as a business licence.
        LicenceUnreadable = "licence_unreadable",
        /// The file is not a picture that can be read.
        PictureUnreadable = "picture_unreadable",
        /// The picture has too many bytes or pixels.
        PictureTooLarge = "picture_too_large",
        /// The typed branch number has a wrong length or character.
        BranchNumberShape = "branch_number_shape",
        /// The check character of the typed branch number does not fit.
        BranchNumberCheck = "branch_number_check",
        /// No branch has this number.
        BranchNumberUnknown = "branch_number_unknown",
        /// The catalogue has never been fetched and the bank cannot be reached.
        CatalogueMissing = "catalogue_missing",
        /// The draft is gone: sent, discarded or expired.
        DraftUnknown = "draft_unknown",
        /// The draft cannot be opened: the key it was written with is gone.
        DraftUnreadable = "draft_unreadable",
        /// The words of a consent changed since it was shown; it must be asked again.
        NoticeChanged = "notice_changed",
        /// The button was pressed before the page could be read.
        ConsentTooFast = "consent_too_fast",
        /// The consent was decided before; a second press changes nothing.
        ConsentAlreadyDecided = "consent_already_decided",
        /// An officer pressed: consents are the owner's to give or refuse.
        OfficerMayNotConsent = "officer_may_not_consent",
        /// This can only be agreed to on a phone of the owner's own.
        OwnPhoneNeeded = "own_phone_needed",
        /// The tablet is in an owner's hands; everything else waits until the PIN was given.
        OwnerMode = "owner_mode",
        /// A PIN is 4 to 6 digits.
        PinShape = "pin_shape",
        /// The PIN is wrong.
        PinWrong = "pin_wrong",
        /// Too many wrong PINs; the next try after `retry_after_s`.
        PinPaused = "pin_paused",
        /// The bank's list has no officer with this staff number, or this is no officer's device.
        OfficerUnknown = "officer_unknown",
        /// No consent has this id.
        ConsentUnknown = "consent_unknown",
        /// No copy of a consent whose words this device cannot prove.
        CopyUnproved = "copy_unproved",
        /// The form breaks one or more rules; see `violations`.
        FormRules = "form_rules",
        /// No case has this id.
        CaseUnknown = "case_unknown",
        /// The case was delivered, so it can no longer be taken back on the device.
        CaseAlreadyDelivered = "case_already_delivered",
        /// What was asked is not for a case in this state.
        CaseNotHeld = "case_not_held",
        /// The evidence that came does not hold, or is about another case: it was not kept.
        EvidenceInvalid = "evidence_invalid",
        /// More photos and files than a case may have.
        PartTooMany = "part_too_many",
        /// A photo or file of the draft can no longer be read on this device.
        PartLost = "part_lost",
        /// Too little room on the disk for a photo: make room first.
        DiskLow = "disk_low",
        /// The passphrase is wrong.
        PassphraseWrong = "passphrase_wrong",
        /// The passphrase is shorter than eight characters.
        PassphraseTooShort = "passphrase_too_short",
        /// The vault is locked: the passphrase is needed first.
        VaultLocked = "vault_locked",
        /// No room left on the disk; nothing was changed.
        DiskFull = "disk_full",
        /// The store on this device cannot be read; nothing was changed.
        StoreUnreadable = "store_unreadable",
        /// The outbox on this device is damaged: a person may have it repaired.
        OutboxDamaged = "outbox_damaged",
        /// The app is open in another window or process.
        StoreInUse = "store_in_use",
        /// The store was written by a newer version of the app.
        StoreTooNew = "store_too_new",
        /// The bank cannot be reached.
        Offline = "offline",
        /// The request's shape cannot be read.
        Malformed = "malformed",
        /// The content type is not the one expected.
        ContentType = "content_type",
        /// The body is larger than allowed.
        TooLarge = "too_large",
        /// No such path.
        NotFound = "not_found",
        /// The path exists but not with this method.
        MethodNotAllowed = "method_not_allowed",
        /// The proof of the device key is missing or does not hold.
        Unauthorised = "unauthorised",
        /// The envelope id is known with another content.
        EnvelopeConflict = "envelope_conflict",
        /// The seal cannot be opened with any of the bank's keys.
        SealUnknown = "seal_unknown",
        /// The content of the envelope is not what its schema says.
        EnvelopeContent = "envelope_content",
        /// The bank has no such part of this device: it was never begun, taken back or has expired.
        PartUnknown = "part_unknown",
        /// The part goes on at another byte: the one in the answer's `Upload-Offset`.
        PartOffset = "part_offset",
        /// The bytes that came are not those of the digest; the part was dropped.
        PartChecksum = "part_checksum",
        /// The part is larger than any that the bank takes.
        PartTooLarge = "part_too_large",
        /// The device has too much at the bank that belongs to no envelope yet.
        PartQuota = "part_quota",
        /// The bank is busy; try again after `retry_after_s`.
        Busy = "busy",
        /// A fault of ours; the reference stands in the log.
        Internal = "internal",
    }
}

codes! {
    /// A rule of the form that a value breaks. Each code has words in every locale.
    ViolationCode {
        /// No enterprise code was given.
        EnterpriseCodeMissing = "enterprise_code_missing",
        /// Not 18 characters; param `length`.
        EnterpriseCodeLength = "enterprise_code_length",
        /// A character that GB 32100 does not use; param `position`, from 1.
        EnterpriseCodeCharacter = "enterprise_code_character",
        /// The 18th character does not fit the others.
        EnterpriseCodeCheck = "enterprise_code_check",
        /// No mobile number was given.
        MobileMissing = "mobile_missing",
        /// Not a mobile number of mainland China: 11 digits from 13 to 19.
        MobileShape = "mobile_shape",
        /// No amount was given.
        AmountMissing = "amount_missing",
        /// The amount is not a number, or has parts smaller than the step.
        AmountNotNumber = "amount_not_number",
        /// Below the product's least amount; params `min_fen`, `max_fen`.
        AmountTooSmall = "amount_too_small",
        /// Above the product's largest amount; params `min_fen`, `max_fen`.
        AmountTooLarge = "amount_too_large",
        /// Not a multiple of the product's step; param `step_fen`.
        AmountStep = "amount_step",
        /// The product does not offer this term.
        TermNotOffered = "term_not_offered",
        /// The product does not know this purpose.
        PurposeUnknown = "purpose_unknown",
        /// A consent page was neither agreed to nor refused.
        ConsentUndecided = "consent_undecided",
        /// A consent that the application cannot be decided without was refused.
        NecessaryConsentRefused = "necessary_consent_refused",
    }
}

/// A field of the application form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub enum Field {
    /// 统一社会信用代码, typed.
    EnterpriseCode,
    /// Mobile number, typed.
    Mobile,
    /// Amount in 万元 (10,000 yuan), typed.
    Amount,
    /// Term in months, a chip.
    Term,
    /// Purpose code, a chip; empty for none.
    Purpose,
    /// The consents, decided on their own pages.
    Consents,
}

/// One broken rule at one field. Numbers a text needs stand in the optional fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Violation {
    /// The field that breaks the rule.
    pub field: Field,
    /// The rule.
    pub code: ViolationCode,
    /// Numbers for the words, by name: `length`, `position`, `min_fen`, `max_fen`, `step_fen`.
    pub params: std::collections::BTreeMap<String, u64>,
}

/// How much of something that comes in several codes is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ProgressView {
    /// Codes that are here, in the measure of `of`.
    pub done: u32,
    /// How many are needed.
    pub of: u32,
}

/// An error body that crosses a boundary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Problem {
    /// The closed code that the screen switches on.
    pub code: ProblemCode,
    /// English, for logs; never shown, never personal.
    pub message: String,
    /// Seconds after which a new try makes sense.
    pub retry_after_s: Option<u32>,
    /// Every broken rule of the form at once; empty unless `code` is `form_rules`.
    pub violations: Vec<Violation>,
    /// How far it is, when `code` is `code_in_pieces`.
    pub progress: Option<ProgressView>,
}

impl Problem {
    /// A problem with a code and a message for the log.
    pub fn new(code: ProblemCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_s: None,
            violations: Vec::new(),
            progress: None,
        }
    }

    /// The same with a pause to keep before the next try.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}
