//! What the bank does after a withdrawal, and its signed word of it (撤回处理证明).
//!
//! [`treat`] is the rule: from what rested on a consent to what is deleted, cancelled and kept, each
//! kept thing with the law that asks for it. A certificate never says more than the bank had: where
//! there was nothing, it says so.

use crate::{
    acknowledgement::AckError,
    consent::{ConsentRecord, Day, Event, Retained, VerifiedRecord},
    countersignature::verify,
    numbered::numbered,
    status::Status,
};
use seal::{Digest, KeyDirectory, Namespace, SigningKey, Timestamp, cbor};
use serde_indexed::{DeserializeIndexed, SerializeIndexed};

/// Version of the certificate's shape.
pub const SCHEMA_VERSION: u8 = 1;

/// Longest time from the withdrawal's arrival to the stop: 60 s. Source: docs/consent.md.
pub const STOP_WITHIN_MS: u64 = 60_000;

/// How long proof of what was done with personal information is kept: three years, in months.
/// Source: 个人信息保护法 56.
const PROOF_MONTHS: u16 = 36;

numbered! {
    /// What rested on a consent.
    What {
        /// The consent record, and the bank's signature under it.
        Consent = 1, "consent";
        /// The withdrawal's own record.
        Withdrawal = 2, "withdrawal";
        /// Reads that were waiting.
        Reads = 3, "reads";
        /// What was read.
        Data = 4, "data";
        /// The application.
        Application = 5, "application";
    }

    /// What was done with it.
    Done {
        /// Deleted.
        Deleted = 1, "deleted";
        /// Cancelled: it is not gone on with.
        Cancelled = 2, "cancelled";
        /// Kept as it is.
        Kept = 3, "kept";
        /// There was none.
        NoneThere = 4, "none_there";
    }

    /// Why something is kept, by the law that asks for it or lets the bank.
    Why {
        /// Proof of what was agreed, taken back and done: at least three years. 个人信息保护法 56.
        Proof = 1, "proof";
        /// A decision was made with it, which stands; kept as the consent itself said.
        /// 个人信息保护法 15, 19.
        Decided = 2, "decided";
        /// A contract was made: records of customers and of their business. 反洗钱法 34.
        Contract = 3, "contract";
        /// The applicant asked for the loan and has not taken that back. 个人信息保护法 13.
        Asked = 4, "asked";
    }
}

/// Why something is kept, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Kept {
    /// Why.
    pub why: Why,
    /// The last day, where it is known today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// The consent's own terms (its field 18), where they count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<Retained>,
}

/// One thing that rested on a consent, and what was done with it.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Treated {
    /// What.
    pub what: What,
    /// What was done.
    pub done: Done,
    /// Why it, or what proves it, is kept; none when nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
}

/// What the bank signs.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct WithdrawalCertificate {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u8,
    /// The envelope that brought the withdrawal.
    #[serde(with = "serde_bytes")]
    pub envelope_id: [u8; 16],
    /// The id of the withdrawal's record.
    #[serde(with = "serde_bytes")]
    pub record_id: [u8; 16],
    /// SHA-256 of the withdrawal's signed record.
    pub record: Digest,
    /// The record that it ends.
    #[serde(with = "serde_bytes")]
    pub ends: [u8; 16],
    /// The bank's time when the withdrawal came.
    pub received_at: Timestamp,
    /// The bank's time since which nothing is read under the consent.
    pub stopped_at: Timestamp,
    /// As in [`Acknowledgement`](crate::acknowledgement::Acknowledgement).
    pub server_epoch: u64,
    /// What rested on the consent, each kind once, in the order of [`What::ALL`].
    pub treated: Vec<Treated>,
}

/// A certificate that was verified for one withdrawal, with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCertificate {
    certificate: WithdrawalCertificate,
    signed: Vec<u8>,
}

/// What rests on a consent at the bank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnFile {
    /// Where the application stands; none when it never came.
    pub case: Option<Status>,
    /// Whether reads are waiting.
    pub reads_wait: bool,
    /// Whether something was read.
    pub was_read: bool,
}

/// Whether a withdrawal of `consent` ends the application: it cannot be decided without this
/// consent, and nothing was accepted yet.
pub fn ends_case(consent: &ConsentRecord, case: Status) -> bool {
    consent.impact.necessity.is_some() && case.go(Status::Withdrawn).is_ok()
}

/// What is done with all that rests on a consent, when its withdrawal counts from `stopped_at`.
/// `consent` is none when only the withdrawal came: then nothing can rest on it.
pub fn treat(
    consent: Option<&ConsentRecord>,
    on_file: OnFile,
    stopped_at: Timestamp,
) -> Vec<Treated> {
    let proof =
        Kept { why: Why::Proof, until: Some(Day::after(stopped_at, PROOF_MONTHS)), terms: None };
    let of = |what, (done, kept)| Treated { what, done, kept };
    let nothing = (Done::NoneThere, None);
    let Some(consent) = consent else {
        let treatment = |what| match what {
            What::Withdrawal => of(what, (Done::Kept, Some(proof.clone()))),
            _ => of(what, nothing.clone()),
        };
        return What::ALL.iter().copied().map(treatment).collect();
    };
    let open = |why| Kept { why, until: None, terms: None };
    let treatment = |what| match what {
        What::Consent | What::Withdrawal => (Done::Kept, Some(proof.clone())),
        What::Reads if on_file.reads_wait => (Done::Cancelled, None),
        What::Data if on_file.was_read => match on_file.case.map(Standing::of) {
            Some(Standing::Contract) => (Done::Kept, Some(open(Why::Contract))),
            Some(Standing::Decided) => {
                let terms = Some(consent.retention.clone());
                (Done::Kept, Some(Kept { why: Why::Decided, until: None, terms }))
            }
            Some(Standing::Undecided | Standing::Closed) | None => (Done::Deleted, None),
        },
        What::Reads | What::Data => nothing.clone(),
        What::Application => match on_file.case {
            None => nothing.clone(),
            Some(case) if ends_case(consent, case) => (Done::Cancelled, Some(proof.clone())),
            Some(case) => (
                Done::Kept,
                Some(match Standing::of(case) {
                    Standing::Contract => open(Why::Contract),
                    Standing::Undecided => open(Why::Asked),
                    Standing::Decided if !case.next().is_empty() => open(Why::Asked),
                    Standing::Decided | Standing::Closed => proof.clone(),
                }),
            ),
        },
    };
    What::ALL.iter().map(|what| of(*what, treatment(*what))).collect()
}

/// What was made of an application so far, as far as it matters for what may be deleted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Undecided,
    Decided,
    Contract,
    /// Ended without a decision.
    Closed,
}

impl Standing {
    const fn of(status: Status) -> Self {
        match status {
            Status::Received | Status::UnderReview | Status::Referred | Status::MoreWanted => {
                Self::Undecided
            }
            Status::Approved | Status::Declined | Status::Offered | Status::Lapsed => Self::Decided,
            Status::Accepted | Status::Signed | Status::Drawn => Self::Contract,
            Status::Refused | Status::Withdrawn => Self::Closed,
        }
    }
}

impl WithdrawalCertificate {
    /// Whether the bank stopped in the time that it promises: [`STOP_WITHIN_MS`].
    pub const fn is_in_time(&self) -> bool {
        self.stopped_at.millis_since(self.received_at) <= STOP_WITHIN_MS
    }

    /// Signs the certificate.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        seal::sign::sign(Namespace::WithdrawalCertificate, &cbor::encode(self), key)
    }
}

impl VerifiedCertificate {
    /// Verifies that `signed` is the bank's certificate about exactly this withdrawal, which came
    /// in the envelope `envelope_id`.
    ///
    /// The key must have been in its window at the time of the stop and not be revoked.
    ///
    /// # Errors
    /// [`AckError::Forged`] also for another shape, [`AckError::OtherEnvelope`] when it is about
    /// another withdrawal.
    pub fn verify(
        signed: &[u8],
        envelope_id: [u8; 16],
        withdrawal: &VerifiedRecord,
        directory: &KeyDirectory,
    ) -> Result<Self, AckError> {
        let found: WithdrawalCertificate = verify(
            Namespace::WithdrawalCertificate,
            signed,
            directory,
            |claimed: &WithdrawalCertificate| claimed.stopped_at,
        )?;
        let kinds = found.treated.iter().map(|treated| treated.what);
        let is_whole = found.schema_version == SCHEMA_VERSION
            && found.received_at <= found.stopped_at
            && kinds.eq(What::ALL.iter().copied());
        if !is_whole {
            return Err(AckError::Forged);
        }
        let is_about_it = found.envelope_id == envelope_id
            && withdrawal.event() == Event::Withdrawn
            && found.record_id == withdrawal.record_id
            && found.record == withdrawal.digest()
            && withdrawal.happened.ends.is_some_and(|ends| *ends == found.ends);
        if !is_about_it {
            return Err(AckError::OtherEnvelope);
        }
        Ok(Self { certificate: found, signed: signed.to_vec() })
    }

    /// The signed bytes, to keep as proof.
    pub fn signed(&self) -> &[u8] {
        &self.signed
    }
}

impl std::ops::Deref for VerifiedCertificate {
    type Target = WithdrawalCertificate;

    fn deref(&self) -> &WithdrawalCertificate {
        &self.certificate
    }
}

#[cfg(test)]
#[path = "certificate_tests.rs"]
mod tests;
