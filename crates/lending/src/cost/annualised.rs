//! The yearly rate of a payout and what is paid back for it.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{CostError, sum};
use crate::money::{Fen, Months};

/// Most monthly payments that are annualised: those of the longest term.
pub const MAX_PAYMENTS: usize = Months::MAX.get() as usize;

/// Decimals of a yearly rate in percent.
const PERCENT_DECIMALS: u32 = 4;
/// Newton's steps end when they move a discount factor by no more than this.
const PRECISION: Decimal = Decimal::from_parts(1, 0, 0, false, 20);
/// The discount factor of 100 % a month.
const LEAST_DISCOUNT: Decimal = Decimal::from_parts(5, 0, 0, false, 1);
/// Far above the steps any series of [`MAX_PAYMENTS`] takes; see the tests.
const MAX_STEPS: usize = 1_000;

/// A yearly rate by both methods of PBoC Notice 2021 No. 3, rounded half up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Annualised {
    /// Simple method (单利): twelve times the monthly internal rate of return, percent,
    /// 4 decimals.
    pub simple_percent: Decimal,
    /// Compound method (复利): (1 + the monthly rate)^12 - 1, percent, 4 decimals.
    pub compound_percent: Decimal,
}

/// Annualises a payout and the payments of each month after it, the first a month later.
///
/// `net_payout` is what the borrower can use: the principal less all fees before payout. Put
/// every charge into the payments, whatever it is called. The result for `0.35 %` a month on
/// the first principal shows why: it is not 4.2 % a year but 7.66 %.
///
/// # Errors
///
/// [`CostError::NothingPaidOut`], [`CostError::PaidBackLess`], [`CostError::RateTooHigh`],
/// [`CostError::TooManyPayments`], and [`CostError::TooLarge`] for a sum above [`Fen::MAX`].
pub fn annualised(net_payout: Fen, payments: &[Fen]) -> Result<Annualised, CostError> {
    if net_payout == Fen::ZERO {
        return Err(CostError::NothingPaidOut);
    }
    if payments.len() > MAX_PAYMENTS {
        return Err(CostError::TooManyPayments { count: payments.len() });
    }
    if sum(payments.iter().copied())? < net_payout {
        return Err(CostError::PaidBackLess);
    }
    let net = Decimal::from(net_payout);
    let ratios: Vec<Decimal> =
        payments.iter().map(|payment| Decimal::from(*payment) / net).collect();
    if excess(&ratios, LEAST_DISCOUNT).value >= Decimal::ZERO {
        return Err(CostError::RateTooHigh);
    }

    let discount = break_even_discount(&ratios);
    let growth = Decimal::ONE / discount;
    let yearly_growth = (0..12).fold(Decimal::ONE, |product, _| product * growth);
    Ok(Annualised {
        simple_percent: percent((growth - Decimal::ONE) * Decimal::from(12)),
        compound_percent: percent(yearly_growth - Decimal::ONE),
    })
}

/// Finds the discount factor v = 1 / (1 + monthly rate) at which the payments are worth the
/// payout.
///
/// The worth is a polynomial in v without negative coefficients, so it rises and is convex.
/// Newton's steps from v = 1, where it is no less than the payout, therefore only ever go down
/// and never pass the root: no bracket is needed.
fn break_even_discount(ratios: &[Decimal]) -> Decimal {
    let mut discount = Decimal::ONE;
    for _ in 0..MAX_STEPS {
        let Excess { value, slope } = excess(ratios, discount);
        let step = value / slope;
        discount -= step;
        if step <= PRECISION {
            break;
        }
    }
    discount
}

/// By how much the payments, discounted, are worth more than the payout of 1.
struct Excess {
    value: Decimal,
    slope: Decimal,
}

/// Evaluates by Horner's rule, both the polynomial and its slope.
fn excess(ratios: &[Decimal], discount: Decimal) -> Excess {
    let (mut value, mut slope) = (Decimal::ZERO, Decimal::ZERO);
    for ratio in ratios.iter().rev().chain([&Decimal::NEGATIVE_ONE]) {
        slope = slope * discount + value;
        value = value * discount + ratio;
    }
    Excess { value, slope }
}

fn percent(rate: Decimal) -> Decimal {
    let percent = rate * Decimal::ONE_HUNDRED;
    percent.round_dp_with_strategy(PERCENT_DECIMALS, RoundingStrategy::MidpointAwayFromZero)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fen(amount_fen: u64) -> Fen {
        Fen::new(amount_fen).unwrap()
    }

    #[test]
    fn a_flat_monthly_charge_costs_nearly_twice_its_label() {
        // bank.md 5.2, row D: 0.35 % a month on the first principal of 100,000 for 12 months.
        let found = annualised(fen(10_000_000), &[fen(868_333); 12]).unwrap();
        assert_eq!(found.simple_percent.to_string(), "7.6643");
        assert_eq!(found.compound_percent.to_string(), "7.9394");
        assert_eq!(12 * 868_333 - 10_000_000, 419_996);
    }

    #[test]
    fn one_payment_a_month_later_is_the_monthly_rate() {
        let found = annualised(fen(100), &[fen(101)]).unwrap();
        assert_eq!(found.simple_percent, Decimal::from(12));
        assert_eq!(found.compound_percent.to_string(), "12.6825");
    }

    #[test]
    fn paying_back_the_payout_costs_nothing() {
        let found = annualised(fen(300), &[fen(100); 3]).unwrap();
        assert_eq!(found.simple_percent, Decimal::ZERO);
        assert_eq!(found.compound_percent, Decimal::ZERO);
    }

    #[test]
    fn impossible_series_are_refused_with_their_reason() {
        let cases: [(u64, &[Fen], CostError); 7] = [
            (0, &[fen(1)], CostError::NothingPaidOut),
            (100, &[], CostError::PaidBackLess),
            (100, &[fen(99)], CostError::PaidBackLess),
            (100, &[fen(200)], CostError::RateTooHigh),
            (1, &[Fen::MAX], CostError::RateTooHigh),
            (1, &[Fen::MAX, Fen::MAX], CostError::TooLarge),
            (1, &[fen(1); 361], CostError::TooManyPayments { count: 361 }),
        ];
        for (net_payout, payments, error) in cases {
            assert_eq!(annualised(fen(net_payout), payments), Err(error));
        }
    }

    #[test]
    fn the_hardest_series_settle_within_few_steps() {
        // Just below 100 % a month for thirty years, and one late payment of all there is.
        let steep = vec![Decimal::new(999_999, 6); MAX_PAYMENTS];
        let mut late = vec![Decimal::ZERO; MAX_PAYMENTS];
        late[MAX_PAYMENTS - 1] = Decimal::from(Fen::MAX);
        for ratios in [steep, late] {
            let discount = break_even_discount(&ratios);
            let left = excess(&ratios, discount);
            assert!(left.value.abs() < Decimal::new(1, 15), "{}", left.value);
        }
    }
}
