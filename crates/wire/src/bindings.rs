//! The TypeScript side of [`crate::ipc`] and [`crate::problem`]: one file, committed as
//! `ui/src/bindings/ipc.ts` and held up to date by tidy.

use crate::{ipc, problem};
use ts_rs::{Config, TS};

/// Declares each type; 64-bit integers are `number`, since `Fen` ends at 2^53 - 1.
macro_rules! declare {
    ($config:expr; $($ty:ty),+ $(,)?) => {
        [$(format!("export {}\n", <$ty>::decl($config))),+].join("\n")
    };
}

/// The text of `ui/src/bindings/ipc.ts`.
pub fn typescript() -> String {
    let config = &Config::new().with_large_int("number");
    let types = declare!(config;
        problem::ProblemCode, problem::ViolationCode, problem::Field, problem::Violation,
        problem::ProgressView, problem::Problem,
        ipc::Locale, ipc::CopyOf, ipc::CopyFile, ipc::CopyStyle, ipc::ScanHint, ipc::DraftStep, ipc::ConsentKind, ipc::ConsentDecision, ipc::NoticeLine,
        ipc::StopState, ipc::StoppedThing, ipc::StopDone, ipc::KeptWhy, ipc::KeptFrom,
        ipc::ConsentAnswer, ipc::PressedWith, ipc::Adapted, ipc::EntryKind, ipc::CaseState, ipc::ParkedReason,
        ipc::EntryAct,
        ipc::Connection, ipc::KeyRung, ipc::KeyState, ipc::FeeTiming,
        ipc::TextView, ipc::BankView, ipc::PreferencesView, ipc::KeyView, ipc::DraftHeadView,
        ipc::HomeView, ipc::OwnerModeView, ipc::PointView, ipc::CodeView, ipc::CodesView, ipc::BranchView, ipc::OfficerView, ipc::ChoiceView, ipc::ProductView,
        ipc::NoticeLineView, ipc::ConsentView, ipc::FieldView, ipc::ShopView, ipc::FeeView,
        ipc::InstalmentView, ipc::CostView, ipc::PartView, ipc::InsteadOfView, ipc::AskedByView, ipc::CodePiecesView, ipc::DraftView, ipc::CaseConsentView, ipc::CaseView,
        ipc::EntryView, ipc::OutboxCountsView, ipc::LostCaseView, ipc::OutboxView,
        ipc::ExportView, ipc::RepairView, ipc::UpstreamView, ipc::TreatedView, ipc::StopView, ipc::ConsentRecordView, ipc::ConsentsView,
        ipc::CopyRequest, ipc::CopyBlockView, ipc::CopyView, ipc::CopyLineRequest,
        ipc::CopySheetRequest, ipc::SaveCopyRequest,
        ipc::OpenCodesRequest, ipc::ReadAnswerRequest, ipc::FillLicenceRequest, ipc::EnterBranchRequest, ipc::DraftRequest,
        ipc::Pin, ipc::DecideConsentRequest, ipc::EnterOwnerModeRequest, ipc::LeaveOwnerModeRequest,
        ipc::SetOfficerRequest, ipc::SetFieldRequest, ipc::OutboxRequest, ipc::CaseRequest,
        ipc::WithdrawConsentRequest, ipc::SayUpstreamRequest, ipc::SetPreferencesRequest, ipc::PassphraseRequest,
    );
    let commands: Vec<String> =
        ipc::COMMANDS.iter().map(|command| format!("  {command:?},\n")).collect();
    format!(
        "// Generated from crates/wire by `cargo xtask bindings`. Do not edit.\n\n\
         /** Every command of the shell, in the order of the road. */\n\
         export const COMMANDS = [\n{}] as const;\n\n\
         /** The one event that goes up; it carries nothing. */\n\
         export const CHANGED_EVENT = {:?};\n\n{types}",
        commands.concat(),
        ipc::CHANGED_EVENT,
    )
}
