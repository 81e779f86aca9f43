//! From a draft to an application: every broken rule at once, each at its field.

use crate::{
    asked::{Asked, By},
    catalogue::{Catalogue, Product},
    check::BranchCode,
    consent::{Event, VerifiedRecord},
    money::{AmountError, Fen, Months},
    part::Part,
    status::Status,
    subject::{EnterpriseCode, EnterpriseCodeError, Mobile, MobileError},
    ticket::{TicketError, VerifiedTicket},
};
use seal::{
    KeyDirectory, KeyId, Namespace, PublicKey, SigningKey, Timestamp, cbor, sign,
    sign::SignatureError, sign::Unverified,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Version of the application's shape.
pub const SCHEMA_VERSION: u8 = 1;

/// Longest time an envelope may wait on a device before intake calls its ticket stale: 400 days,
/// the time the bank remembers envelope ids. Source: docs/adr/0002.
pub const MAX_WAIT_MS: u64 = 400 * 24 * 3600 * 1000;

/// How far ahead of the bank a device's clock may run before its times are not believed: 10 min.
pub const MAX_CLOCK_AHEAD_MS: u64 = 10 * 60 * 1000;

/// The form as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// 统一社会信用代码.
    pub enterprise_code: String,
    /// Mobile number.
    pub mobile: String,
    /// Amount in 万元.
    pub amount: String,
    /// Term in months; the product's usual one unless changed.
    pub term: Option<u16>,
    /// Purpose code; optional until an offer is taken.
    pub purpose: Option<String>,
}

/// The form, parsed and within the product's limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The enterprise.
    pub enterprise_code: EnterpriseCode,
    /// Where the officer calls.
    pub mobile: Mobile,
    /// How much.
    pub amount: Fen,
    /// For how long, in the illustration.
    pub term: Months,
    /// What for.
    pub purpose: Option<String>,
}

/// A rule of the form that a value breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleViolation {
    /// The enterprise code.
    #[error("enterprise code: {0}")]
    EnterpriseCode(EnterpriseCodeError),
    /// The mobile number.
    #[error("mobile number: {0}")]
    Mobile(MobileError),
    /// The amount's text.
    #[error("amount: {0}")]
    Amount(AmountError),
    /// The amount is below the product's least.
    #[error("amount below {min:?}")]
    AmountTooSmall {
        /// Least amount.
        min: Fen,
        /// Largest amount.
        max: Fen,
    },
    /// The amount is above the product's largest.
    #[error("amount above {max:?}")]
    AmountTooLarge {
        /// Least amount.
        min: Fen,
        /// Largest amount.
        max: Fen,
    },
    /// The amount is not a multiple of the product's step.
    #[error("amount not a multiple of {step:?}")]
    AmountStep {
        /// The step.
        step: Fen,
    },
    /// The product does not offer the term.
    #[error("term not offered")]
    TermNotOffered,
    /// The product does not know the purpose.
    #[error("purpose unknown")]
    PurposeUnknown,
    /// A consent page was left undecided.
    #[error("a consent is undecided")]
    ConsentUndecided,
    /// A consent that the application cannot be decided without was refused.
    #[error("a necessary consent was refused")]
    NecessaryRefused,
}

impl Form {
    /// Parses the form against a product.
    ///
    /// # Errors
    /// Every broken rule, in the order of the fields.
    pub fn check(&self, product: &Product) -> Result<Wish, Vec<RuleViolation>> {
        let mut broken = Vec::new();
        let enterprise_code = EnterpriseCode::parse(&self.enterprise_code)
            .map_err(|e| broken.push(RuleViolation::EnterpriseCode(e)));
        let mobile = Mobile::parse(&self.mobile).map_err(|e| broken.push(RuleViolation::Mobile(e)));
        let amount = check_amount(&self.amount, product).map_err(|e| broken.push(e));
        let term = self.check_term(product).map_err(|e| broken.push(e));
        let purpose = self.check_purpose(product).map_err(|e| broken.push(e));
        match (enterprise_code, mobile, amount, term, purpose) {
            (Ok(enterprise_code), Ok(mobile), Ok(amount), Ok(term), Ok(purpose)) => {
                Ok(Wish { enterprise_code, mobile, amount, term, purpose })
            }
            _ => Err(broken),
        }
    }

    /// The term: the one chosen, else the product's usual one.
    ///
    /// # Errors
    /// [`RuleViolation::TermNotOffered`].
    pub fn check_term(&self, product: &Product) -> Result<Months, RuleViolation> {
        let Some(term) = self.term else { return Ok(product.usual_term) };
        product
            .terms
            .iter()
            .find(|offered| offered.get() == term)
            .copied()
            .ok_or(RuleViolation::TermNotOffered)
    }

    fn check_purpose(&self, product: &Product) -> Result<Option<String>, RuleViolation> {
        let Some(purpose) = self.purpose.as_ref().filter(|code| !code.is_empty()) else {
            return Ok(None);
        };
        let known = product.purposes.iter().any(|offered| offered.code == *purpose);
        if known { Ok(Some(purpose.clone())) } else { Err(RuleViolation::PurposeUnknown) }
    }
}

/// Parses an amount in 万元 and holds it against the product's limits.
///
/// # Errors
/// The one rule it breaks.
pub fn check_amount(text: &str, product: &Product) -> Result<Fen, RuleViolation> {
    let (min, max, step) = (product.min, product.max, product.step);
    let amount = Fen::parse_wan(text).map_err(RuleViolation::Amount)?;
    if amount < min {
        return Err(RuleViolation::AmountTooSmall { min, max });
    }
    if amount > max {
        return Err(RuleViolation::AmountTooLarge { min, max });
    }
    if amount.get() % step.get() != 0 {
        return Err(RuleViolation::AmountStep { step });
    }
    Ok(amount)
}

/// How the applicant came to the branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A scanned ticket: its signed bytes.
    Ticket(ByteBuf),
    /// A branch number typed by hand.
    Typed,
}

/// An application: what is signed by the device key and sealed to the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Version of the shape.
    pub schema_version: u8,
    /// The envelope's id, so that content and outside cannot be mixed.
    #[serde(with = "serde_bytes")]
    pub envelope_id: [u8; 16],
    /// The device's public key; it signed this.
    pub device: PublicKey,
    /// Dense per device, from 1: the bank sees a gap.
    pub device_seq: u64,
    /// When it was saved, by the device.
    pub saved_at: Timestamp,
    /// How the applicant came.
    pub entry: Entry,
    /// The branch.
    pub branch: BranchCode,
    /// The grid.
    pub grid: Option<String>,
    /// The product.
    pub product: String,
    /// The officer named by the ticket or the grid.
    pub officer: Option<String>,
    /// The enterprise.
    pub enterprise_code: EnterpriseCode,
    /// The mobile number.
    pub mobile: Mobile,
    /// The amount.
    pub amount: Fen,
    /// The term of the illustration.
    pub term: Months,
    /// The purpose.
    pub purpose: Option<String>,
    /// The catalogue it was made with.
    pub catalogue_version: u32,
    /// All-in annualised rate that was shown, percent with two decimals.
    pub annual_percent_shown: String,
    /// Signed consent records, one per notice, in order.
    pub consents: Vec<ByteBuf>,
    /// Photos and files that travel apart, in the order in which the envelope names them. Absent
    /// when there are none, so that such an application has the bytes it had before there were
    /// parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// The key of the owner's own phone, when it signed the consent records in a visit. Absent when
    /// `device` did, so that such an application has the bytes it had before there were visits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_device: Option<PublicKey>,
}

/// Why intake cannot accept an application's content (不予受理).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The ticket does not hold.
    #[error("ticket: {0}")]
    Ticket(TicketError),
    /// The branch or product is not in the catalogue.
    #[error("branch or product unknown")]
    Place,
    /// A consent record does not hold, is missing, is about other words, or is not by the device
    /// that had to sign it.
    #[error("consent records do not hold")]
    Consents,
    /// A consent that the application cannot be decided without was refused.
    #[error("a necessary consent was refused")]
    Necessary,
    /// It is less sure who pressed than a notice needs.
    #[error("it is not sure enough who gave a consent")]
    Assurance,
    /// A consent that the application cannot be decided without is not valid now: its last day has
    /// passed, it was withdrawn, or it begins later.
    #[error("a necessary consent is not valid")]
    NotAlive,
    /// A rule of the form is broken.
    #[error("{} rules not met", .0.len())]
    Rules(Vec<RuleViolation>),
}

impl Refusal {
    /// The code for the acknowledgement and the ledger.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Ticket(TicketError::Expired { .. }) => "ticket_expired",
            Self::Ticket(TicketError::Revoked) => "ticket_revoked",
            Self::Ticket(_) => "ticket_forged",
            Self::Place => "place_unknown",
            Self::Consents => "consents_invalid",
            Self::Necessary => "necessary_consent_refused",
            Self::Assurance => "consent_not_sure_enough",
            Self::NotAlive => "necessary_consent_not_valid",
            Self::Rules(_) => "rules_not_met",
        }
    }

    /// The status it leads to.
    pub const fn status(&self) -> Status {
        Status::Refused
    }
}

impl Application {
    /// The key that signed its consent records.
    pub fn consents_by(&self) -> PublicKey {
        self.consent_device.unwrap_or(self.device)
    }

    /// Signs the application with the device key.
    pub fn sign(&self, device: &SigningKey) -> Vec<u8> {
        sign::sign(Namespace::Application, &cbor::encode(self), device)
    }

    /// Reads an application that the device it names signed, as opened from `envelope_id`.
    ///
    /// # Errors
    /// [`SignatureError`]; another shape, envelope or outside device counts as
    /// [`SignatureError::Shape`].
    pub fn verify(
        signed: &[u8],
        envelope_id: [u8; 16],
        outside_device: KeyId,
    ) -> Result<Self, SignatureError> {
        let unverified = Unverified::parse(signed)?;
        let claimed: Self =
            cbor::decode(unverified.claimed_payload()).map_err(|_| SignatureError::Shape)?;
        unverified.verify(Namespace::Application, &claimed.device)?;
        let fits = claimed.schema_version == SCHEMA_VERSION
            && claimed.envelope_id == envelope_id
            && claimed.device.id() == outside_device;
        if fits { Ok(claimed) } else { Err(SignatureError::Shape) }
    }

    /// Judges the content anew, as the bank does: ticket, place, consents, form.
    ///
    /// The ticket is judged at the moment the device saved the application, since it may have
    /// waited in a village; a saving time after `now` or longer ago than [`MAX_WAIT_MS`] is not
    /// believed, and `now` counts instead. Whether a necessary consent is valid is judged at `now`:
    /// one that ended on the way is of no use. The caller adds what it alone knows: whether a consent
    /// was withdrawn before, and whether a record's id was used before.
    ///
    /// # Errors
    /// The first [`Refusal`]; the envelope itself is still acknowledged.
    pub fn judge(
        &self,
        catalogue: &Catalogue,
        directory: &KeyDirectory,
        now: Timestamp,
    ) -> Result<Vec<VerifiedRecord>, Refusal> {
        let product = self.place(catalogue, directory, self.believed_time(now))?;
        let records = self.check_consents(catalogue, product, now)?;
        let form = Form {
            enterprise_code: self.enterprise_code.as_str().to_owned(),
            mobile: self.mobile.as_str().to_owned(),
            amount: self.amount.to_wan_text(),
            term: Some(self.term.get()),
            purpose: self.purpose.clone(),
        };
        form.check(product).map_err(Refusal::Rules)?;
        Ok(records)
    }

    fn believed_time(&self, now: Timestamp) -> Timestamp {
        let ahead = self.saved_at.millis_since(now) > MAX_CLOCK_AHEAD_MS;
        let too_old = now.millis_since(self.saved_at) > MAX_WAIT_MS;
        if ahead || too_old { now } else { self.saved_at }
    }

    fn place<'c>(
        &self,
        catalogue: &'c Catalogue,
        directory: &KeyDirectory,
        at: Timestamp,
    ) -> Result<&'c Product, Refusal> {
        if let Entry::Ticket(signed) = &self.entry {
            let ticket =
                VerifiedTicket::from_signed(signed, directory, at, at).map_err(Refusal::Ticket)?;
            if ticket.branch != self.branch || ticket.product != self.product {
                return Err(Refusal::Place);
            }
        }
        catalogue
            .place(&self.branch, &self.product, self.grid.as_deref())
            .map(|place| place.product)
            .ok_or(Refusal::Place)
    }

    fn check_consents(
        &self,
        catalogue: &Catalogue,
        product: &Product,
        now: Timestamp,
    ) -> Result<Vec<VerifiedRecord>, Refusal> {
        let notices = catalogue.notices_of(product);
        if notices.len() != self.consents.len() {
            return Err(Refusal::Consents);
        }
        let mut records: Vec<VerifiedRecord> = Vec::with_capacity(notices.len());
        let asked = Asked {
            bank: &catalogue.bank,
            envelope_id: self.envelope_id,
            enterprise_code: &self.enterprise_code,
            by: self.consent_device.map_or(By::Sender(self.device), |phone| By::OwnPhone {
                phone,
                asker: self.device.id(),
            }),
        };
        for (notice, signed) in notices.into_iter().zip(&self.consents) {
            let record = asked.answer(notice, signed, records.last())?;
            if record.is_necessary() && record.event() == Event::Refused {
                return Err(Refusal::Necessary);
            }
            if record.is_necessary() && !record.is_alive(now) {
                return Err(Refusal::NotAlive);
            }
            records.push(record);
        }
        Ok(records)
    }
}

/// The withdrawal of a consent, as it travels: a signed record and the device's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Version of the shape.
    pub schema_version: u8,
    /// The device's public key; it signed the record.
    pub device: PublicKey,
    /// The signed record with event `withdrawn`.
    pub record: ByteBuf,
}

impl Withdrawal {
    /// Reads a withdrawal and verifies its record; returns it with the key of its device.
    ///
    /// # Errors
    /// [`SignatureError`]; a record of another event or device counts as
    /// [`SignatureError::Shape`].
    pub fn verify(
        bytes: &[u8],
        outside_device: KeyId,
    ) -> Result<(PublicKey, VerifiedRecord), SignatureError> {
        let withdrawal: Self = cbor::decode(bytes).map_err(|_| SignatureError::Shape)?;
        let record = VerifiedRecord::verify(&withdrawal.record, &withdrawal.device)?;
        let fits = withdrawal.schema_version == SCHEMA_VERSION
            && withdrawal.device.id() == outside_device
            && record.event() == Event::Withdrawn;
        if fits { Ok((withdrawal.device, record)) } else { Err(SignatureError::Shape) }
    }
}

#[cfg(test)]
#[path = "application_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "needed_consents_tests.rs"]
mod needed_consents_tests;
