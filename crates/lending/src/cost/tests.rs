//! Golden cost sheets, and what must hold for every sheet.

use super::*;
use proptest::prelude::*;

fn fen(amount_fen: u64) -> Fen {
    Fen::new(amount_fen).unwrap()
}

fn terms(amount_yuan: u32, rate_bps: u32, months: u16, method: RepaymentMethod) -> Terms {
    Terms {
        principal: Fen::from_yuan(amount_yuan),
        annual_rate: RateBps::new(rate_bps).unwrap(),
        months: Months::new(months).unwrap(),
        method,
        fees: Vec::new(),
    }
}

fn fee(size: FeeSize, timing: FeeTiming) -> Fee {
    Fee { key: "guarantee".to_owned(), size, timing }
}

fn share(share_bps: u32) -> FeeSize {
    FeeSize::ShareOfPrincipal(ShareBps::new(share_bps).unwrap())
}

/// A row of bank.md 5.2: instalment, last, interest and fees in fen; simple, compound.
type Row = (u64, u64, u64, &'static str, &'static str);

fn assert_row(terms: &Terms, (instalment, last, charges, simple, compound): Row) {
    let sheet = cost_sheet(terms).unwrap();
    assert_eq!(sheet.instalment, fen(instalment));
    assert_eq!(sheet.last_instalment, fen(last));
    assert_eq!(sheet.interest.checked_add(sheet.fees), Some(fen(charges)));
    assert_eq!(sheet.total, terms.principal.checked_add(fen(charges)).unwrap());
    assert_eq!(sheet.simple_annual_percent.to_string(), simple);
    assert_eq!(sheet.compound_annual_percent.to_string(), compound);
}

#[test]
fn equal_instalments_over_a_year_match_the_golden_row() {
    let terms = terms(100_000, 385, 12, RepaymentMethod::EqualInstalments);
    assert_row(&terms, (850_814, 850_813, 209_767, "3.8500", "3.9187"));
}

#[test]
fn equal_instalments_over_three_years_match_the_golden_row() {
    let terms = terms(300_000, 435, 36, RepaymentMethod::EqualInstalments);
    assert_row(&terms, (890_398, 890_401, 2_054_331, "4.3500", "4.4378"));
}

#[test]
fn interest_only_over_a_year_matches_the_golden_row() {
    let terms = terms(100_000, 385, 12, RepaymentMethod::InterestOnly);
    assert_row(&terms, (32_083, 10_032_083, 384_996, "3.8500", "3.9186"));
}

#[test]
fn a_guarantee_fee_up_front_matches_the_golden_row() {
    let mut terms = terms(100_000, 385, 12, RepaymentMethod::EqualInstalments);
    terms.fees = vec![fee(share(100), FeeTiming::Upfront)];
    assert_row(&terms, (850_814, 850_813, 309_767, "5.7266", "5.8793"));
    assert_eq!(
        cost_sheet(&terms).unwrap().fee_lines,
        [FeeLine {
            key: "guarantee".to_owned(),
            timing: FeeTiming::Upfront,
            amount: Fen::from_yuan(1_000),
        }]
    );
}

#[test]
fn equal_principal_pays_ever_less_interest() {
    let sheet = cost_sheet(&terms(120_000, 600, 12, RepaymentMethod::EqualPrincipal)).unwrap();
    assert_eq!(sheet.instalment, Fen::from_yuan(10_600));
    assert_eq!(sheet.last_instalment, Fen::from_yuan(10_050));
    assert_eq!(sheet.interest, Fen::from_yuan(3_900));
    assert_eq!(sheet.simple_annual_percent.to_string(), "6.0000");
}

#[test]
fn each_fee_falls_due_at_its_time() {
    let mut terms = terms(1_200, 0, 3, RepaymentMethod::EqualPrincipal);
    let amount = |yuan| FeeSize::Amount(Fen::from_yuan(yuan));
    terms.fees = vec![
        fee(amount(1), FeeTiming::Upfront),
        fee(amount(2), FeeTiming::FirstRepayment),
        fee(share(25), FeeTiming::EachRepayment),
        fee(amount(5), FeeTiming::End),
    ];
    let sheet = cost_sheet(&terms).unwrap();
    let due: Vec<u64> = sheet.schedule.iter().map(|instalment| instalment.fee.get()).collect();
    assert_eq!(due, [500, 300, 800]);
    let lines: Vec<u64> = sheet.fee_lines.iter().map(|line| line.amount.get()).collect();
    assert_eq!(lines, [100, 200, 900, 500]);
    assert_eq!(sheet.instalment, Fen::from_yuan(403));
    assert_eq!(sheet.last_instalment, Fen::from_yuan(408));
    assert_eq!(sheet.fees, Fen::from_yuan(17));
    assert_eq!(sheet.total, Fen::from_yuan(1_217));
}

#[test]
fn a_monthly_fee_in_place_of_interest_hides_nothing() {
    // 0.35 % a month on the first principal, as a fee: the flat row of bank.md 5.2 but for the
    // last instalment's fen of rounding.
    let mut terms = terms(100_000, 0, 12, RepaymentMethod::EqualInstalments);
    terms.fees = vec![fee(share(35), FeeTiming::EachRepayment)];
    let sheet = cost_sheet(&terms).unwrap();
    assert_eq!(sheet.instalment, fen(868_333));
    assert_eq!(percent_text(sheet.simple_annual_percent), "7.66");
}

#[test]
fn impossible_terms_are_refused_with_their_reason() {
    let of = |amount_yuan, size, timing| {
        let mut terms = terms(amount_yuan, 385, 12, RepaymentMethod::EqualInstalments);
        terms.fees = vec![fee(size, timing)];
        cost_sheet(&terms).err()
    };
    let whole = share(10_000);
    assert_eq!(of(0, share(0), FeeTiming::End), Some(CostError::NothingPaidOut));
    assert_eq!(of(100, whole, FeeTiming::Upfront), Some(CostError::NothingPaidOut));
    let more = FeeSize::Amount(Fen::from_yuan(101));
    assert_eq!(of(100, more, FeeTiming::Upfront), Some(CostError::NothingPaidOut));
    assert_eq!(of(100, whole, FeeTiming::EachRepayment), Some(CostError::RateTooHigh));
    let all = FeeSize::Amount(Fen::MAX);
    assert_eq!(of(100, all, FeeTiming::EachRepayment), Some(CostError::TooLarge));
}

#[test]
fn a_percentage_is_written_with_two_decimals() {
    let cases = [
        (0, 0, "0.00"),
        (435, 2, "4.35"),
        (43_500, 4, "4.35"),
        (4, 0, "4.00"),
        (43_449, 4, "4.34"),
        (43_450, 4, "4.35"),
        (57_266, 4, "5.73"),
        (99_995, 4, "10.00"),
    ];
    for (digits, scale, text) in cases {
        assert_eq!(percent_text(Decimal::new(digits, scale)), text);
    }
}

fn any_method() -> impl Strategy<Value = RepaymentMethod> {
    prop_oneof![
        Just(RepaymentMethod::EqualInstalments),
        Just(RepaymentMethod::EqualPrincipal),
        Just(RepaymentMethod::InterestOnly),
    ]
}

fn any_timing() -> impl Strategy<Value = FeeTiming> {
    prop_oneof![
        Just(FeeTiming::Upfront),
        Just(FeeTiming::FirstRepayment),
        Just(FeeTiming::EachRepayment),
        Just(FeeTiming::End),
    ]
}

/// Loans of at least 10,000 yuan, at 0 to 36 %, with up to three fees of at most 5 %.
fn any_terms() -> impl Strategy<Value = Terms> {
    let any_fee = (0_u32..=500, any_timing()).prop_map(|(bps, timing)| fee(share(bps), timing));
    let fees = prop::collection::vec(any_fee, 0..=3);
    (1_000_000_u64..=5_000_000_000, 0_u32..=3600, 1_u16..=360, any_method(), fees).prop_map(
        |(principal, rate_bps, months, method, fees)| Terms {
            principal: fen(principal),
            fees,
            ..terms(0, rate_bps, months, method)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_parts_of_a_sheet_add_up(terms in any_terms()) {
        let sheet = cost_sheet(&terms).unwrap();
        let total_of = |part: fn(&Instalment) -> Fen| {
            Fen::checked_sum(sheet.schedule.iter().map(part)).unwrap()
        };
        prop_assert_eq!(sheet.schedule.len(), usize::from(terms.months.get()));
        prop_assert_eq!(total_of(|row| row.principal), terms.principal);
        prop_assert_eq!(total_of(|row| row.interest), sheet.interest);
        for (at, row) in sheet.schedule.iter().enumerate() {
            prop_assert_eq!(usize::from(row.number), at + 1);
            let parts = Fen::checked_sum([row.principal, row.interest, row.fee]).unwrap();
            prop_assert_eq!(row.payment, parts);
        }
        let whole = Fen::checked_sum([terms.principal, sheet.interest, sheet.fees]).unwrap();
        prop_assert_eq!(sheet.total, whole);
        let lines = Fen::checked_sum(sheet.fee_lines.iter().map(|line| line.amount));
        prop_assert_eq!(lines, Some(sheet.fees));
    }

    #[test]
    fn without_fees_the_simple_rate_is_the_nominal_one(mut terms in any_terms()) {
        terms.fees.clear();
        let sheet = cost_sheet(&terms).unwrap();
        // Half a fen a month on at least a million fen: 0.0012 % a year at the very most.
        let gap = sheet.simple_annual_percent - terms.annual_rate.percent();
        prop_assert!(gap.abs() <= Decimal::new(13, 4), "{gap}");
        prop_assert!(sheet.compound_annual_percent >= sheet.simple_annual_percent);
    }

    #[test]
    fn without_interest_and_fees_a_loan_costs_nothing(mut terms in any_terms()) {
        terms.fees.clear();
        terms.annual_rate = RateBps::MIN;
        let sheet = cost_sheet(&terms).unwrap();
        prop_assert_eq!(sheet.total, terms.principal);
        prop_assert_eq!(sheet.compound_annual_percent, Decimal::ZERO);
    }

    #[test]
    fn a_further_fee_never_lowers_the_rate(terms in any_terms(), timing in any_timing()) {
        let before = cost_sheet(&terms).unwrap();
        let mut dearer = terms;
        dearer.fees.push(fee(share(10), timing));
        let after = cost_sheet(&dearer).unwrap();
        prop_assert!(after.simple_annual_percent >= before.simple_annual_percent);
        prop_assert!(after.compound_annual_percent >= before.compound_annual_percent);
    }

    #[test]
    fn tiny_loans_add_up_too(
        principal in 1_u64..2_000,
        rate_bps in 0_u32..=3600,
        months in 1_u16..=360,
        method in any_method(),
    ) {
        let terms = Terms { principal: fen(principal), ..terms(0, rate_bps, months, method) };
        let sheet = cost_sheet(&terms).unwrap();
        let principals = sheet.schedule.iter().map(|row| row.principal);
        prop_assert_eq!(Fen::checked_sum(principals), Some(terms.principal));
    }
}
