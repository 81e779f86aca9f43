//! Where an application stands at the bank, and which moves are legal.
//!
//! ```text
//! received ─► under_review ─► approved ─► offered ─► accepted ─► signed ─► drawn
//!    │             ├────────► declined       └─────► lapsed
//!    │             └────────► referred ─► approved | declined | more_wanted ─► referred
//!    └─► refused (intake could not accept the content)
//! withdrawn from any state before accepted
//! ```

use serde::{Deserialize, Serialize};

/// Where an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Recorded; nobody has looked yet.
    Received,
    /// Intake could not accept the content (不予受理); a person asks for what is missing.
    Refused,
    /// Being decided.
    UnderReview,
    /// Handed to a person (转人工).
    Referred,
    /// The person wants more papers (补件).
    MoreWanted,
    /// The credit decision is yes.
    Approved,
    /// The credit decision is no (拒贷).
    Declined,
    /// An offer is on the table.
    Offered,
    /// The offer ran out.
    Lapsed,
    /// The applicant accepted the offer.
    Accepted,
    /// The contract is signed.
    Signed,
    /// Money was drawn.
    Drawn,
    /// Taken back by the applicant.
    Withdrawn,
}

/// A move that the drawing does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an application cannot go from {from:?} to {to:?}")]
pub struct IllegalMove {
    /// Where it stands.
    pub from: Status,
    /// Where it was to go.
    pub to: Status,
}

impl Status {
    /// Every state.
    pub const ALL: [Self; 13] = [
        Self::Received,
        Self::Refused,
        Self::UnderReview,
        Self::Referred,
        Self::MoreWanted,
        Self::Approved,
        Self::Declined,
        Self::Offered,
        Self::Lapsed,
        Self::Accepted,
        Self::Signed,
        Self::Drawn,
        Self::Withdrawn,
    ];

    /// The word for storage and the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Refused => "refused",
            Self::UnderReview => "under_review",
            Self::Referred => "referred",
            Self::MoreWanted => "more_wanted",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Offered => "offered",
            Self::Lapsed => "lapsed",
            Self::Accepted => "accepted",
            Self::Signed => "signed",
            Self::Drawn => "drawn",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The state of a stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// The states that may follow.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Received => &[Self::UnderReview, Self::Refused, Self::Withdrawn],
            Self::UnderReview => &[Self::Approved, Self::Referred, Self::Declined, Self::Withdrawn],
            Self::Referred => &[Self::Approved, Self::Declined, Self::MoreWanted, Self::Withdrawn],
            Self::MoreWanted => &[Self::Referred, Self::Withdrawn],
            Self::Approved => &[Self::Offered, Self::Withdrawn],
            Self::Offered => &[Self::Accepted, Self::Lapsed, Self::Withdrawn],
            Self::Accepted => &[Self::Signed],
            Self::Signed => &[Self::Drawn],
            Self::Refused | Self::Declined | Self::Lapsed | Self::Drawn | Self::Withdrawn => &[],
        }
    }

    /// Moves to another state.
    ///
    /// # Errors
    /// [`IllegalMove`] when the drawing has no such arrow.
    pub fn go(self, to: Self) -> Result<Self, IllegalMove> {
        if self.next().contains(&to) { Ok(to) } else { Err(IllegalMove { from: self, to }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_states_are_one_to_one() {
        for status in Status::ALL {
            assert_eq!(Status::from_word(status.as_str()), Some(status));
        }
        assert_eq!(Status::from_word("sent"), None);
    }

    #[test]
    fn an_application_is_withdrawn_from_any_open_state_before_acceptance_and_from_none_after() {
        for status in Status::ALL {
            let open = !status.next().is_empty();
            let after = matches!(status, Status::Accepted | Status::Signed);
            assert_eq!(status.go(Status::Withdrawn).is_ok(), open && !after, "{status:?}");
        }
    }

    #[test]
    fn a_decision_needs_a_review_and_money_needs_a_signature() {
        assert!(Status::Received.go(Status::Approved).is_err());
        assert!(Status::Accepted.go(Status::Drawn).is_err());
        assert!(Status::Declined.go(Status::Approved).is_err());
        assert_eq!(Status::UnderReview.go(Status::Referred), Ok(Status::Referred));
    }
}
