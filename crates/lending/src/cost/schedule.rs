//! How principal and interest are split month by month.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::{CostError, RepaymentMethod, Terms};
use crate::money::Fen;

/// Hundredths of a percent of a yearly rate in the whole of a month: 10,000 times 12.
const BPS_MONTHS: u32 = 120_000;

/// Principal and interest of one repayment.
pub(super) struct Split {
    pub(super) number: u16,
    pub(super) principal: Fen,
    pub(super) interest: Fen,
}

/// Splits every repayment, in order; never none, since a term has at least a month.
pub(super) fn splits(terms: &Terms) -> Result<Vec<Split>, CostError> {
    let months = terms.months.get();
    let level = match terms.method {
        RepaymentMethod::EqualInstalments => level_payment(terms)?,
        RepaymentMethod::EqualPrincipal => fraction(terms.principal, 1, u32::from(months))?,
        RepaymentMethod::InterestOnly => Fen::ZERO,
    };
    let mut left = terms.principal;
    let mut splits = Vec::with_capacity(usize::from(months));
    for number in 1..=months {
        let interest = fraction(left, terms.annual_rate.get(), BPS_MONTHS)?;
        let planned = match terms.method {
            // Interest on no more than the principal is never above the level payment.
            RepaymentMethod::EqualInstalments => level.checked_sub(interest).unwrap_or(Fen::ZERO),
            RepaymentMethod::EqualPrincipal | RepaymentMethod::InterestOnly => level,
        };
        // A level rounded up can run ahead of a tiny principal.
        let principal = if number == months { left } else { planned.min(left) };
        left = left.checked_sub(principal).unwrap_or(Fen::ZERO);
        splits.push(Split { number, principal, interest });
    }
    Ok(splits)
}

/// The fraction `part / whole` of an amount, rounded half up to the fen.
///
/// Whole numbers throughout, so that a true half is never lost in a periodic decimal.
pub(super) fn fraction(amount: Fen, part: u32, whole: u32) -> Result<Fen, CostError> {
    let (part, whole) = (u128::from(part), u128::from(whole));
    let rounded = (u128::from(amount.get()) * part * 2 + whole) / (whole * 2);
    u64::try_from(rounded).ok().and_then(|fen| Fen::new(fen).ok()).ok_or(CostError::TooLarge)
}

/// The equal instalment A = P i q / (q - 1) with q = (1 + i)^n, rounded half up to the fen.
fn level_payment(terms: &Terms) -> Result<Fen, CostError> {
    let months = terms.months.get();
    let rate = Decimal::from(terms.annual_rate.get()) / Decimal::from(BPS_MONTHS);
    if rate.is_zero() {
        return fraction(terms.principal, 1, u32::from(months));
    }
    let growth = (0..months).fold(Decimal::ONE, |growth, _| growth * (Decimal::ONE + rate));
    let exact = Decimal::from(terms.principal) * rate * growth / (growth - Decimal::ONE);
    exact
        .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        .to_u64()
        .and_then(|fen| Fen::new(fen).ok())
        .ok_or(CostError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_fen_is_rounded_up() {
        let fen = |amount| Fen::new(amount).unwrap();
        // 1,200 fen at 0.50 % for a month: exactly half a fen.
        assert_eq!(fraction(fen(1_200), 50, BPS_MONTHS), Ok(fen(1)));
        assert_eq!(fraction(fen(1_199), 50, BPS_MONTHS), Ok(fen(0)));
        // 60,000 fen at 3.85 %, 192.5 fen, though a twelfth of 3.85 % never ends.
        assert_eq!(fraction(fen(60_000), 385, BPS_MONTHS), Ok(fen(193)));
        assert_eq!(fraction(Fen::MAX, 3, 2), Err(CostError::TooLarge));
    }
}
