//! What a loan costs: the repayments, every fee, and one yearly rate that holds them all.
//!
//! Both sides compute the same sheet from the same [`Terms`]: the bank to make an offer, the
//! app to check it. People's Bank of China Notice 2021 No. 3 (中国人民银行公告〔2021〕第3号)
//! asks for a yearly rate of all loan-related charges on the principal truly in use. The simple
//! method must be called simple where it is shown; the compound one is the internal rate of
//! return.

mod annualised;
mod schedule;

pub use annualised::{Annualised, MAX_PAYMENTS, annualised};

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::money::{Fen, Months, RateBps, ShareBps};
use schedule::Split;

/// How principal and interest are spread over the months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepaymentMethod {
    /// 等额本息: the same sum each month, ever more of it principal.
    EqualInstalments,
    /// 等额本金: the same principal each month, and interest on the rest.
    EqualPrincipal,
    /// 先息后本: interest each month, the principal with the last.
    InterestOnly,
}

/// When a fee falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeTiming {
    /// At or before payout, so that less money is in use.
    Upfront,
    /// Once, with the first repayment.
    FirstRepayment,
    /// In full with each repayment.
    EachRepayment,
    /// Once, with the last repayment.
    End,
}

/// How large a fee is, each time it falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeSize {
    /// So much.
    Amount(Fen),
    /// So much of the principal first lent, rounded half up to the fen.
    ShareOfPrincipal(ShareBps),
}

/// A charge besides interest, whoever is paid: bank, guarantor, appraiser.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// Names the fee in the catalogue, which has its words and payee; opaque here.
    pub key: String,
    /// How large.
    pub size: FeeSize,
    /// When it falls due.
    pub timing: FeeTiming,
}

/// All that the cost of a loan follows from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The amount lent, before fees.
    pub principal: Fen,
    /// Nominal rate for a year; a month is a twelfth of it, however many days it has.
    pub annual_rate: RateBps,
    /// Number of monthly repayments, the first a month after payout.
    pub months: Months,
    /// How it is paid back.
    pub method: RepaymentMethod,
    /// Every charge besides interest.
    pub fees: Vec<Fee>,
}

/// One repayment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instalment {
    /// Its number, from 1.
    pub number: u16,
    /// Principal in it.
    pub principal: Fen,
    /// Interest in it.
    pub interest: Fen,
    /// Fees due with it.
    pub fee: Fen,
    /// What is paid: principal, interest and fees.
    pub payment: Fen,
}

/// One fee over the whole term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeLine {
    /// Names the fee in the catalogue.
    pub key: String,
    /// When it falls due.
    pub timing: FeeTiming,
    /// All of it: a fee of each repayment is counted for every one.
    pub amount: Fen,
}

/// The cost sheet (贷款明白纸): every repayment, every charge, the yearly rate of them all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostSheet {
    /// The repayments in order.
    pub schedule: Vec<Instalment>,
    /// The usual repayment: the first, without the fees that are due only once.
    ///
    /// With equal principal it is the largest, with interest only it is the interest.
    pub instalment: Fen,
    /// The last repayment, as it will be paid.
    pub last_instalment: Fen,
    /// Interest over the whole term.
    pub interest: Fen,
    /// Fees over the whole term, those before payout included.
    pub fees: Fen,
    /// The fees one by one, in the order of the terms.
    pub fee_lines: Vec<FeeLine>,
    /// All that is paid for the loan and to pay it back: principal, interest and fees.
    pub total: Fen,
    /// All-in yearly rate, simple method (单利): twelve monthly rates, percent, 4 decimals.
    pub simple_annual_percent: Decimal,
    /// All-in yearly rate, compound method (复利, IRR), percent, 4 decimals.
    pub compound_annual_percent: Decimal,
}

/// Why a cost sheet cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    /// An amount or a sum is above [`Fen::MAX`].
    #[error("an amount of the cost sheet is too large")]
    TooLarge,
    /// No principal, or the fees before payout leave nothing of it.
    #[error("nothing is paid out")]
    NothingPaidOut,
    /// Less is paid back than was paid out, so there is no rate of zero or more.
    #[error("less is paid back than paid out")]
    PaidBackLess,
    /// The all-in rate is 100 % a month or more: a mistake in the terms.
    #[error("annualised cost out of reason")]
    RateTooHigh,
    /// More payments than [`MAX_PAYMENTS`].
    #[error("{count} payments are too many")]
    TooManyPayments {
        /// Payments given.
        count: usize,
    },
}

/// Computes what a loan costs.
///
/// Interest of each month is rounded half up to the fen and the last repayment takes the rest
/// of the principal, so the parts always add up.
///
/// # Errors
///
/// [`CostError`] for terms that no loan can have.
pub fn cost_sheet(terms: &Terms) -> Result<CostSheet, CostError> {
    let count = u64::from(terms.months.get());
    let mut fee_lines = Vec::with_capacity(terms.fees.len());
    let (mut upfront, mut first, mut each, mut end) = (Fen::ZERO, Fen::ZERO, Fen::ZERO, Fen::ZERO);
    for fee in &terms.fees {
        let amount = fee.size.of(terms.principal)?;
        let (due, times) = match fee.timing {
            FeeTiming::Upfront => (&mut upfront, 1),
            FeeTiming::FirstRepayment => (&mut first, 1),
            FeeTiming::EachRepayment => (&mut each, count),
            FeeTiming::End => (&mut end, 1),
        };
        *due = add(*due, amount)?;
        let amount = amount.checked_mul(times).ok_or(CostError::TooLarge)?;
        fee_lines.push(FeeLine { key: fee.key.clone(), timing: fee.timing, amount });
    }

    let mut instalments = Vec::with_capacity(usize::from(terms.months.get()));
    for Split { number, principal, interest } in schedule::splits(terms)? {
        let mut fee = each;
        if number == 1 {
            fee = add(fee, first)?;
        }
        if number == terms.months.get() {
            fee = add(fee, end)?;
        }
        let payment = add(add(principal, interest)?, fee)?;
        instalments.push(Instalment { number, principal, interest, fee, payment });
    }

    let net_payout = terms.principal.checked_sub(upfront).ok_or(CostError::NothingPaidOut)?;
    let payments: Vec<Fen> = instalments.iter().map(|instalment| instalment.payment).collect();
    let annualised = annualised(net_payout, &payments)?;
    let opening = &instalments[0];
    Ok(CostSheet {
        instalment: add(add(opening.principal, opening.interest)?, each)?,
        last_instalment: payments[payments.len() - 1],
        interest: sum(instalments.iter().map(|instalment| instalment.interest))?,
        fees: sum(fee_lines.iter().map(|line| line.amount))?,
        total: add(upfront, sum(payments)?)?,
        simple_annual_percent: annualised.simple_percent,
        compound_annual_percent: annualised.compound_percent,
        fee_lines,
        schedule: instalments,
    })
}

/// Writes a percentage with two decimals, half up: `4.35`.
#[must_use]
pub fn percent_text(percent: Decimal) -> String {
    format!("{:.2}", percent.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}

impl FeeSize {
    /// The fee for a principal, each time it falls due.
    fn of(self, principal: Fen) -> Result<Fen, CostError> {
        match self {
            Self::Amount(amount) => Ok(amount),
            Self::ShareOfPrincipal(share) => {
                schedule::fraction(principal, share.get(), u32::from(ShareBps::MAX))
            }
        }
    }
}

fn add(left: Fen, right: Fen) -> Result<Fen, CostError> {
    left.checked_add(right).ok_or(CostError::TooLarge)
}

fn sum(amounts: impl IntoIterator<Item = Fen>) -> Result<Fen, CostError> {
    Fen::checked_sum(amounts).ok_or(CostError::TooLarge)
}

#[cfg(test)]
mod tests;
