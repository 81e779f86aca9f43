//! The sandbox: a bank that does not exist, so that everything can be tried in one command.
//!
//! Names, numbers, addresses and staff are made up; the enterprise code keeps its check digits
//! only so that it passes the rules.

/// The sandbox's catalogue as JSON, as `bank init` writes it for editing. Its pseudonym salt is
/// [`SALT_PLACEHOLDER`].
pub const CATALOGUE: &str = include_str!("../sandbox/catalogue.json");

/// Stands in a catalogue where `bank init` puts a salt of its own.
pub const SALT_PLACEHOLDER: &str = "replaced-by-32-random-characters";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publishing::read_source;
    use lending::{cost::FeeTiming, notice::MAX_HAN_ON_PAGE, subject::EnterpriseCode};

    #[test]
    fn the_sandbox_catalogue_has_no_fault() {
        let catalogue = read_source(CATALOGUE.as_bytes()).unwrap();
        assert_eq!(catalogue.fault("SANBU"), None);
        assert_eq!((catalogue.branches.len(), catalogue.products.len()), (3, 3));
        EnterpriseCode::parse(&catalogue.bank.enterprise_code).unwrap();
    }

    #[test]
    fn both_consent_pages_are_short_enough_to_read() {
        for notice in read_source(CATALOGUE.as_bytes()).unwrap().notices {
            assert!(notice.han_on_page() <= MAX_HAN_ON_PAGE, "{}", notice.id);
            assert!(notice.full_text.len() >= 8, "{}", notice.id);
        }
    }

    #[test]
    fn no_product_takes_money_before_payout_and_every_chip_can_be_asked_for() {
        for product in read_source(CATALOGUE.as_bytes()).unwrap().products {
            assert!(product.fees.iter().all(|fee| fee.fee.timing != FeeTiming::Upfront));
            for chip in &product.chips {
                let fits = (product.min..=product.max).contains(chip)
                    && chip.get() % product.step.get() == 0;
                assert!(fits, "{} {chip:?}", product.code);
            }
        }
    }

    #[test]
    fn every_officer_looks_after_a_grid_of_the_own_branch() {
        let catalogue = read_source(CATALOGUE.as_bytes()).unwrap();
        for branch in &catalogue.branches {
            assert!((2..=3).contains(&branch.grids.len()));
            for grid in &branch.grids {
                assert_eq!(catalogue.officer(&grid.officer).unwrap().branch, branch.code);
            }
        }
    }
}
