//! From and to the words of `lending`. Conversions are total or return a problem; no rule lives
//! here.

use crate::{
    ipc,
    problem::{Field, Problem, ProblemCode, Violation, ViolationCode},
};
use lending::{
    Locale, Text,
    application::RuleViolation,
    catalogue::{Branch, Catalogue, Officer, Place, Product},
    certificate::{Done, What, Why},
    check::BranchNumberError,
    consent::{Adapted, Control},
    copy::Style,
    cost::{CostSheet, FeeTiming, percent_text},
    foreign::ForeignCode,
    money::AmountError,
    notice::{DataKind, Line, Notice, RetentionBasis},
    subject::{EnterpriseCodeError, MobileError},
    ticket::TicketError,
};

impl From<&Text> for ipc::TextView {
    fn from(text: &Text) -> Self {
        Self { zh_hans: text.zh_hans.clone(), en: text.en.clone() }
    }
}

impl From<ipc::Locale> for Locale {
    fn from(locale: ipc::Locale) -> Self {
        match locale {
            ipc::Locale::ZhHans => Self::ZhHans,
            ipc::Locale::En => Self::En,
        }
    }
}

impl From<Locale> for ipc::Locale {
    fn from(locale: Locale) -> Self {
        match locale {
            Locale::ZhHans => Self::ZhHans,
            Locale::En => Self::En,
        }
    }
}

impl From<Style> for ipc::CopyStyle {
    fn from(style: Style) -> Self {
        match style {
            Style::Title => Self::Title,
            Style::Soft => Self::Soft,
            Style::Heading => Self::Heading,
            Style::Question => Self::Question,
            Style::Answer => Self::Answer,
            Style::Fact => Self::Fact,
            Style::Text => Self::Text,
            Style::Mark => Self::Mark,
            Style::Code => Self::Code,
        }
    }
}

impl From<&Branch> for ipc::BranchView {
    fn from(branch: &Branch) -> Self {
        Self {
            number: branch.code.number(),
            name: (&branch.name).into(),
            phone: branch.phone.clone(),
            address: (&branch.address).into(),
        }
    }
}

impl From<&Officer> for ipc::OfficerView {
    fn from(officer: &Officer) -> Self {
        Self { name: officer.name.clone(), staff_number: officer.staff_number.clone() }
    }
}

impl From<&Product> for ipc::ProductView {
    fn from(product: &Product) -> Self {
        let purpose = |p: &lending::catalogue::Purpose| ipc::ChoiceView {
            code: p.code.clone(),
            name: (&p.name).into(),
        };
        Self {
            code: product.code.clone(),
            name: (&product.name).into(),
            min_fen: product.min.get(),
            max_fen: product.max.get(),
            terms_months: product.terms.iter().map(|months| months.get().into()).collect(),
            amount_chips_fen: product.chips.iter().map(|fen| fen.get()).collect(),
            purposes: product.purposes.iter().map(purpose).collect(),
        }
    }
}

impl From<What> for ipc::StoppedThing {
    fn from(word: What) -> Self {
        match word {
            What::Consent => Self::Consent,
            What::Withdrawal => Self::Withdrawal,
            What::Reads => Self::Reads,
            What::Data => Self::Data,
            What::Application => Self::Application,
        }
    }
}

impl From<Done> for ipc::StopDone {
    fn from(word: Done) -> Self {
        match word {
            Done::Deleted => Self::Deleted,
            Done::Cancelled => Self::Cancelled,
            Done::Kept => Self::Kept,
            Done::NoneThere => Self::NoneThere,
        }
    }
}

impl From<Why> for ipc::KeptWhy {
    fn from(word: Why) -> Self {
        match word {
            Why::Proof => Self::Proof,
            Why::Decided => Self::Decided,
            Why::Contract => Self::Contract,
            Why::Asked => Self::Asked,
        }
    }
}

impl From<RetentionBasis> for ipc::KeptFrom {
    fn from(word: RetentionBasis) -> Self {
        match word {
            RetentionBasis::Declined => Self::Declined,
            RetentionBasis::LoanEnded => Self::LoanEnded,
        }
    }
}

impl From<DataKind> for ipc::ConsentKind {
    fn from(kind: DataKind) -> Self {
        match kind {
            DataKind::Tax => Self::Tax,
            DataKind::Transactions => Self::Transactions,
            DataKind::Invoices => Self::Invoices,
            DataKind::PublicRecords => Self::PublicRecords,
            DataKind::PlatformOrders => Self::PlatformOrders,
            DataKind::BusinessRegistry => Self::BusinessRegistry,
            DataKind::CreditQuery => Self::CreditQuery,
            DataKind::CreditReporting => Self::CreditReporting,
            DataKind::PassingOn => Self::PassingOn,
        }
    }
}

impl From<ipc::Adapted> for Adapted {
    fn from(adapted: ipc::Adapted) -> Self {
        match adapted {
            ipc::Adapted::LargeType => Self::LargeType,
            ipc::Adapted::Contrast => Self::Contrast,
            ipc::Adapted::LessMotion => Self::LessMotion,
            ipc::Adapted::Dark => Self::Dark,
        }
    }
}

impl From<ipc::PressedWith> for Control {
    fn from(pressed_with: ipc::PressedWith) -> Self {
        match pressed_with {
            ipc::PressedWith::Pointer => Self::Pointer,
            ipc::PressedWith::Keyboard => Self::Keyboard,
        }
    }
}

/// The short lines of a notice.
pub fn notice_lines(notice: &Notice) -> Vec<ipc::NoticeLineView> {
    let line = |line: &Line| match line {
        Line::Who => ipc::NoticeLine::Who,
        Line::What => ipc::NoticeLine::What,
        Line::Why => ipc::NoticeLine::Why,
        Line::Kept => ipc::NoticeLine::Kept,
        Line::Withdraw => ipc::NoticeLine::Withdraw,
    };
    let view = |(l, text): &(Line, Text)| ipc::NoticeLineView { line: line(l), text: text.into() };
    notice.lines.iter().map(view).collect()
}

/// A consent page with what was decided on it.
pub fn consent_view(notice: &Notice, decision: ipc::ConsentDecision) -> ipc::ConsentView {
    ipc::ConsentView {
        notice_id: notice.id.clone(),
        version: notice.version,
        kind: notice.kind.into(),
        adverse_effect: notice.adverse_effect.as_ref().map(Into::into),
        question: (&notice.question).into(),
        lines: notice_lines(notice),
        full_text: notice.full_text.iter().map(|(_, text)| text.into()).collect(),
        agree: (&notice.agree).into(),
        refuse: (&notice.refuse).into(),
        if_refused: (&notice.if_refused).into(),
        necessary_because: notice.necessary_because.as_ref().map(Into::into),
        decision,
        own_phone_needed: false,
    }
}

/// A cost sheet with the names of its fees.
pub fn cost_view(product: &Product, term_months: u16, sheet: &CostSheet) -> ipc::CostView {
    let fees = sheet.fee_lines.iter().filter_map(|line| {
        let named = product.fees.iter().find(|fee| fee.fee.key == line.key)?;
        Some(ipc::FeeView {
            name: (&named.name).into(),
            payee: (&named.payee).into(),
            timing: match line.timing {
                FeeTiming::Upfront => ipc::FeeTiming::Upfront,
                FeeTiming::FirstRepayment => ipc::FeeTiming::FirstRepayment,
                FeeTiming::EachRepayment => ipc::FeeTiming::EachRepayment,
                FeeTiming::End => ipc::FeeTiming::End,
            },
            amount_fen: line.amount.get(),
        })
    });
    let schedule = sheet.schedule.iter().map(|instalment| ipc::InstalmentView {
        number: instalment.number.into(),
        principal_fen: instalment.principal.get(),
        interest_fen: instalment.interest.get(),
        payment_fen: instalment.payment.get(),
    });
    ipc::CostView {
        principal_fen: sheet.total.get() - sheet.interest.get() - sheet.fees.get(),
        term_months: term_months.into(),
        annual_percent: percent_text(sheet.simple_annual_percent),
        instalment_fen: sheet.instalment.get(),
        last_instalment_fen: sheet.last_instalment.get(),
        interest_fen: sheet.interest.get(),
        fees_fen: sheet.fees.get(),
        total_fen: sheet.total.get(),
        fees: fees.collect(),
        schedule: schedule.collect(),
    }
}

/// The bank as the catalogue names it.
pub fn bank_view(catalogue: &Catalogue) -> ipc::BankView {
    ipc::BankView { name: (&catalogue.bank.name).into(), phone: catalogue.bank.phone.clone() }
}

/// The officer of a place.
pub fn officer_view(place: &Place<'_>) -> Option<ipc::OfficerView> {
    place.officer.map(Into::into)
}

impl From<&RuleViolation> for Violation {
    fn from(broken: &RuleViolation) -> Self {
        use ViolationCode as Code;
        let none: &[(&str, u64)] = &[];
        let make = |field, code, params: &[(&str, u64)]| Self {
            field,
            code,
            params: params.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
        };
        match broken {
            RuleViolation::EnterpriseCode(e) => {
                let field = Field::EnterpriseCode;
                match *e {
                    EnterpriseCodeError::Missing => make(field, Code::EnterpriseCodeMissing, none),
                    EnterpriseCodeError::Length { length } => {
                        make(field, Code::EnterpriseCodeLength, &[("length", length as u64)])
                    }
                    EnterpriseCodeError::Character { position } => {
                        make(field, Code::EnterpriseCodeCharacter, &[("position", position as u64)])
                    }
                    EnterpriseCodeError::Check => make(field, Code::EnterpriseCodeCheck, none),
                }
            }
            RuleViolation::Mobile(MobileError::Missing) => {
                make(Field::Mobile, Code::MobileMissing, none)
            }
            RuleViolation::Mobile(MobileError::Shape) => {
                make(Field::Mobile, Code::MobileShape, none)
            }
            RuleViolation::Amount(AmountError::Missing) => {
                make(Field::Amount, Code::AmountMissing, none)
            }
            RuleViolation::Amount(AmountError::NotNumber | AmountError::TooLarge) => {
                make(Field::Amount, Code::AmountNotNumber, none)
            }
            RuleViolation::AmountTooSmall { min, max } => make(
                Field::Amount,
                Code::AmountTooSmall,
                &[("min_fen", min.get()), ("max_fen", max.get())],
            ),
            RuleViolation::AmountTooLarge { min, max } => make(
                Field::Amount,
                Code::AmountTooLarge,
                &[("min_fen", min.get()), ("max_fen", max.get())],
            ),
            RuleViolation::AmountStep { step } => {
                make(Field::Amount, Code::AmountStep, &[("step_fen", step.get())])
            }
            RuleViolation::TermNotOffered => make(Field::Term, Code::TermNotOffered, none),
            RuleViolation::PurposeUnknown => make(Field::Purpose, Code::PurposeUnknown, none),
            RuleViolation::ConsentUndecided => make(Field::Consents, Code::ConsentUndecided, none),
            RuleViolation::NecessaryRefused => {
                make(Field::Consents, Code::NecessaryConsentRefused, none)
            }
        }
    }
}

impl From<TicketError> for Problem {
    fn from(error: TicketError) -> Self {
        let code = match error {
            TicketError::NotATicket => ProblemCode::CodeIsOther,
            TicketError::OtherBank => ProblemCode::TicketOtherBank,
            TicketError::Forged => ProblemCode::TicketForged,
            TicketError::StaleDirectory => ProblemCode::TicketStaleDirectory,
            TicketError::Revoked => ProblemCode::TicketRevoked,
            TicketError::NotYetValid { .. } => ProblemCode::TicketNotYetValid,
            TicketError::Expired { .. } => ProblemCode::TicketExpired,
        };
        Self::new(code, error.to_string())
    }
}

impl From<ForeignCode> for ProblemCode {
    fn from(kind: ForeignCode) -> Self {
        match kind {
            ForeignCode::Payment => Self::CodeIsPayment,
            ForeignCode::Wechat => Self::CodeIsWechat,
            ForeignCode::Alipay => Self::CodeIsAlipay,
            ForeignCode::Licence => Self::CodeIsLicence,
            ForeignCode::Link => Self::CodeIsLink,
            ForeignCode::Other => Self::CodeIsOther,
        }
    }
}

impl From<BranchNumberError> for Problem {
    fn from(error: BranchNumberError) -> Self {
        let code = match error {
            BranchNumberError::Shape => ProblemCode::BranchNumberShape,
            BranchNumberError::Check => ProblemCode::BranchNumberCheck,
        };
        Self::new(code, error.to_string())
    }
}
