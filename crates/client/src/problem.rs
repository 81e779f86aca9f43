//! The one converter from the client's errors to what crosses IPC.
//!
//! A fault that a person can do nothing about becomes `internal`, and its chain is logged here,
//! where it stops.

use crate::{
    again::AgainError,
    cases::{CaseError, count},
    consent::ConsentError,
    copy::CopyError,
    core::StartError,
    drafts::DraftError,
    evidence::EvidenceError,
    officer::OfficerError,
    owner_mode::OwnerModeError,
    parts::{PartError, PurgeError},
    post::PostError,
    repair::RepairError,
    scan::ScanError,
    status::StatusError,
    store::StoreError,
    submit::SubmitError,
    vault::VaultError,
    visit::VisitError,
};
use lending::{
    ticket::TicketError,
    visit::{AnswerError, RequestError},
};
use lens::PhotoError;
use outbox::{MoveError, OpenError, QuarantineError};
use seal::passphrase::PassphraseError;
use std::error::Error;
use wire::{
    pieces::Message,
    problem::{Problem, ProblemCode as Code, ProgressView},
};

fn told(code: Code, error: &dyn Error) -> Problem {
    if code == Code::Internal {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            chain = format!("{chain}: {cause}");
            source = cause.source();
        }
        tracing::error!("{chain}");
    }
    Problem::new(code, error.to_string())
}

fn store_code(error: &StoreError) -> Code {
    match error {
        StoreError::DiskFull(_) => Code::DiskFull,
        StoreError::TooNew { .. } => Code::StoreTooNew,
        StoreError::InUse => Code::StoreInUse,
        StoreError::Unreadable(_) | StoreError::Damaged | StoreError::Folder(_) => {
            Code::StoreUnreadable
        }
    }
}

fn outbox_code(error: &outbox::StoreError) -> Code {
    match error {
        outbox::StoreError::DiskFull(_) => Code::DiskFull,
        outbox::StoreError::Damaged(_) | outbox::StoreError::Sqlite(_) => Code::StoreUnreadable,
    }
}

fn vault_code(error: &VaultError) -> Code {
    match error {
        VaultError::NotOpen => Code::VaultLocked,
        VaultError::Passphrase(PassphraseError::TooShort) => Code::PassphraseTooShort,
        VaultError::Passphrase(PassphraseError::Wrong) => Code::PassphraseWrong,
        VaultError::Passphrase(PassphraseError::Shape) => Code::StoreUnreadable,
        VaultError::Unreadable(_) | VaultError::Shape(_) => Code::DraftUnreadable,
        VaultError::Store(e) => store_code(e),
    }
}

fn post_code(error: &PostError) -> Code {
    match error {
        PostError::Store(e) => store_code(e),
        PostError::Outbox(outbox::PostError::DiskFull(_)) => Code::DiskFull,
        PostError::Outbox(_) | PostError::Shape(_) => Code::Internal,
    }
}

fn draft_code(error: &DraftError) -> Code {
    match error {
        DraftError::Unknown => Code::DraftUnknown,
        DraftError::NoCatalogue => Code::CatalogueMissing,
        DraftError::PlaceGone => Code::TicketUnknownPlace,
        DraftError::TooLong => Code::TooLarge,
        DraftError::Vault(e) => vault_code(e),
    }
}

fn consent_code(error: &ConsentError) -> Code {
    match error {
        ConsentError::TooFast { .. } => Code::ConsentTooFast,
        ConsentError::Officer => Code::OfficerMayNotConsent,
        ConsentError::OwnPhoneNeeded => Code::OwnPhoneNeeded,
        ConsentError::AlreadyDecided => Code::ConsentAlreadyDecided,
        ConsentError::NoticeChanged => Code::NoticeChanged,
        ConsentError::Unknown => Code::ConsentUnknown,
        ConsentError::Draft(e) => draft_code(e),
        ConsentError::NoSealingKey | ConsentError::Seal(_) => Code::Internal,
        ConsentError::Post(e) => post_code(e),
        ConsentError::Vault(e) => vault_code(e),
    }
}

fn copy_code(error: &CopyError) -> Code {
    match error {
        CopyError::Unknown => Code::ConsentUnknown,
        CopyError::Unproved(_) => Code::CopyUnproved,
        CopyError::Sheets(_) => Code::Malformed,
        CopyError::Code => Code::Internal,
        CopyError::Draft(e) => draft_code(e),
        CopyError::File(e) => file_code(e),
        CopyError::Vault(e) => vault_code(e),
    }
}

fn file_code(error: &std::io::Error) -> Code {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Code::DiskFull,
        _ => Code::Internal,
    }
}

fn again_code(error: &AgainError) -> Code {
    match error {
        AgainError::NotHeld => Code::CaseNotHeld,
        AgainError::Case(e) => case_code(e),
        AgainError::Draft(e) => draft_code(e),
    }
}

fn part_code(error: &PartError) -> Code {
    match error {
        PartError::Shape => Code::Malformed,
        PartError::TooLarge { .. } => Code::PartTooLarge,
        PartError::TooMany => Code::PartTooMany,
        PartError::DiskLow { .. } => Code::DiskLow,
        PartError::Draft(e) => draft_code(e),
        PartError::Seal(e) => consent_code(e),
        PartError::Outbox(outbox::PartError::DiskFull(_)) => Code::DiskFull,
        PartError::Outbox(outbox::PartError::Store(e)) => outbox_code(e),
        PartError::Outbox(_) => Code::Internal,
        PartError::Vault(e) => vault_code(e),
    }
}

fn open_code(error: &OpenError) -> Code {
    match error {
        OpenError::TooNew { .. } => Code::StoreTooNew,
        OpenError::Unreadable(_) => Code::OutboxDamaged,
        OpenError::InUse => Code::StoreInUse,
        OpenError::DiskFull(_) => Code::DiskFull,
        OpenError::Io(e) => file_code(e),
        OpenError::Sqlite(_) => Code::StoreUnreadable,
    }
}

fn start_code(error: &StartError) -> Code {
    match error {
        StartError::RootKey | StartError::Tls(_) => Code::Internal,
        StartError::Store(e) => store_code(e),
        StartError::Outbox(e) => open_code(e),
        StartError::Vault(e) => vault_code(e),
        StartError::Post(e) => post_code(e),
    }
}

fn repair_code(error: &RepairError) -> Code {
    match error {
        RepairError::NotDamaged => Code::NotFound,
        RepairError::Quarantine(QuarantineError::InUse) => Code::StoreInUse,
        RepairError::Quarantine(QuarantineError::TooNew) => Code::StoreTooNew,
        RepairError::Quarantine(QuarantineError::Io(e)) | RepairError::Folder(e) => file_code(e),
        RepairError::Quarantine(QuarantineError::Missing) => Code::Internal,
        RepairError::Salvage(outbox::SalvageError::Store(e)) => outbox_code(e),
        RepairError::Open(e) | RepairError::Salvage(outbox::SalvageError::Unreadable(e)) => {
            open_code(e)
        }
        RepairError::Start(e) => start_code(e),
    }
}

fn purge_code(error: &PurgeError) -> Code {
    match error {
        PurgeError::Vault(e) => vault_code(e),
        PurgeError::Post(e) => post_code(e),
        PurgeError::Outbox(e) => outbox_code(e),
    }
}

fn case_code(error: &CaseError) -> Code {
    match error {
        CaseError::Unknown => Code::CaseUnknown,
        CaseError::Delivered => Code::CaseAlreadyDelivered,
        CaseError::NotHeld => Code::CaseNotHeld,
        CaseError::Withdrawal(e) => consent_code(e),
        CaseError::File(e) => file_code(e),
        CaseError::Outbox(e) => outbox_code(e),
        CaseError::Move(MoveError::DiskFull(_)) => Code::DiskFull,
        CaseError::Move(_) => Code::Internal,
        CaseError::Vault(e) => vault_code(e),
    }
}

/// Implements `From<Error> for Problem` by a function to the code.
macro_rules! problems {
    ($($error:ty => $code:expr;)+) => {
        $(impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                #[allow(clippy::redundant_closure_call, reason = "a function or a closure")]
                let code = ($code)(&error);
                told(code, &error)
            }
        })+
    };
}

problems! {
    StoreError => store_code;
    VaultError => vault_code;
    DraftError => draft_code;
    ConsentError => consent_code;
    CaseError => case_code;
    CopyError => copy_code;
    AgainError => again_code;
    PartError => part_code;
    PurgeError => purge_code;
    RepairError => repair_code;
    StartError => start_code;
}

impl From<OfficerError> for Problem {
    fn from(error: OfficerError) -> Self {
        match error {
            OfficerError::Unknown => told(Code::OfficerUnknown, &error),
            OfficerError::NoCatalogue => told(Code::CatalogueMissing, &error),
            OfficerError::Store(e) => e.into(),
            OfficerError::Home(e) => e.into(),
        }
    }
}

impl From<OwnerModeError> for Problem {
    fn from(error: OwnerModeError) -> Self {
        match error {
            OwnerModeError::InForce => told(Code::OwnerMode, &error),
            OwnerModeError::NoOfficer => told(Code::OfficerUnknown, &error),
            OwnerModeError::PinShape => told(Code::PinShape, &error),
            OwnerModeError::PinWrong => told(Code::PinWrong, &error),
            OwnerModeError::Paused { wait_ms } => {
                let wait_s = u32::try_from(wait_ms.div_ceil(1000)).unwrap_or(u32::MAX);
                told(Code::PinPaused, &error).retry_after(wait_s)
            }
            OwnerModeError::Rule(broken) => SubmitError::Rules(vec![broken]).into(),
            OwnerModeError::Draft(e) => e.into(),
            OwnerModeError::Store(e) => e.into(),
            OwnerModeError::Home(e) => e.into(),
        }
    }
}

impl From<ScanError> for Problem {
    fn from(error: ScanError) -> Self {
        let code = match error {
            ScanError::Picture(PhotoError::TooLarge) => Code::PictureTooLarge,
            ScanError::Picture(_) => Code::PictureUnreadable,
            ScanError::Bytes(_) | ScanError::Frame(_) => Code::Malformed,
            ScanError::NoCode | ScanError::NoLink => Code::CodeNotFound,
            ScanError::NoLicence => Code::LicenceUnreadable,
            ScanError::Foreign(kind) => kind.into(),
            ScanError::Consent { is_here: true } => Code::CodeIsConsent,
            ScanError::Consent { is_here: false } => Code::CodeIsConsentElsewhere,
            ScanError::Ticket(e) => return e.into(),
            ScanError::Number(e) => return e.into(),
            ScanError::NumberUnknown => Code::BranchNumberUnknown,
            ScanError::PlaceUnknown => Code::TicketUnknownPlace,
            ScanError::Visit(e) => return e.into(),
            ScanError::Draft(e) => return e.into(),
        };
        told(code, &error)
    }
}

impl From<VisitError> for Problem {
    fn from(error: VisitError) -> Self {
        let code = match error {
            VisitError::NoCode => Code::CodeNotFound,
            VisitError::InPieces { done, of } => {
                let progress = Some(ProgressView { done: count(done), of: count(of) });
                return Self { progress, ..Self::new(Code::CodeInPieces, error.to_string()) };
            }
            VisitError::Damaged
            | VisitError::Request(RequestError::Shape)
            | VisitError::Answer(AnswerError::Shape) => Code::CodePiecesDamaged,
            VisitError::Officer => Code::OfficerMayNotConsent,
            VisitError::OtherKind(Message::Request) => Code::CodeIsRequest,
            VisitError::OtherKind(Message::Answer) => Code::CodeIsAnswer,
            VisitError::Rule(rule) => return SubmitError::Rules(vec![rule]).into(),
            VisitError::Ticket(e) => return e.into(),
            VisitError::Request(RequestError::OtherBank) => Code::RequestOtherBank,
            VisitError::Request(RequestError::OwnDevice) => Code::RequestOwnDevice,
            VisitError::Request(RequestError::Place) => Code::RequestPlaceUnknown,
            VisitError::Request(
                RequestError::Words | RequestError::Ticket(TicketError::StaleDirectory),
            ) => Code::RequestOtherWords,
            VisitError::Request(RequestError::Ticket(_)) => Code::RequestTicketInvalid,
            VisitError::Answer(AnswerError::Other) => Code::AnswerOtherRequest,
            VisitError::Answer(AnswerError::Records(_)) => Code::AnswerInvalid,
            VisitError::Draft(e) => return e.into(),
            VisitError::Vault(e) => return e.into(),
        };
        told(code, &error)
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Rules(broken) => Self {
                violations: broken.iter().map(Into::into).collect(),
                ..Self::new(Code::FormRules, format!("{} rules not met", broken.len()))
            },
            SubmitError::Cost(e) => told(Code::Internal, &e),
            SubmitError::Draft(e) => e.into(),
            SubmitError::Consent(e) => e.into(),
            SubmitError::Ticket(e) => e.into(),
            SubmitError::PartsLost(_) => told(Code::PartLost, &error),
            SubmitError::Post(e) => told(post_code(&e), &e),
            SubmitError::Case(e) => e.into(),
            SubmitError::Vault(e) => e.into(),
        }
    }
}

impl From<EvidenceError> for Problem {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::Bank(e) => e.into(),
            EvidenceError::Invalid(_) | EvidenceError::OtherCase => {
                tracing::error!(%error, "evidence from the bank was not kept");
                told(Code::EvidenceInvalid, &error)
            }
            EvidenceError::File(ref e) => told(file_code(e), &error),
        }
    }
}

impl From<StatusError> for Problem {
    fn from(error: StatusError) -> Self {
        match error {
            StatusError::NotReached => Self::new(Code::Offline, error.to_string()),
            StatusError::Refused(problem) => problem,
            StatusError::Vault(e) => e.into(),
        }
    }
}
