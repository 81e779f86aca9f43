//! What a poster says about a branch and a product, and posters for a whole list of places.

mod batch;
mod places;

pub use batch::{BatchError, BatchOrder, MAX_PIECES, Means, PrintedBatch, Stickers, print_batch};
pub use places::{
    MAX_COPIES, MAX_LIST_BYTES, MAX_PLACE_CHARACTERS, MAX_PLACES, PlaceList, PlaceRow, PlacesError,
    RowFault, read_places,
};

use crate::{
    poster::{PosterCode, PosterContent},
    reference::chinese_date,
    tickets::IssuedTicket,
};
use lending::{
    catalogue::{Catalogue, Place, Product},
    cost::{CostError, cost_sheet, percent_text},
    money::Fen,
};
use seal::Timestamp;

/// The app's name on posters.
const APP_NAME: &str = "三步贷";

/// A poster cannot be filled in.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// The ticket's branch or product is not in the catalogue.
    #[error("the catalogue does not hold the ticket's branch or product")]
    Place,
    /// No rate can be stated for the product.
    #[error("no annual rate can be stated for the product")]
    Rate(#[source] CostError),
}

/// The content of the poster for an issued ticket.
///
/// The rates are all-in annual rates, simple method, from the cheapest to the dearest loan that
/// the product allows (中国人民银行公告〔2021〕第3号).
///
/// # Errors
/// [`PrintError`].
pub fn poster_content(
    catalogue: &Catalogue,
    issued: &IssuedTicket,
) -> Result<PosterContent, PrintError> {
    let ticket = &issued.ticket;
    let Place { branch, product, .. } = catalogue
        .place(&ticket.branch, &ticket.product, ticket.grid.as_deref())
        .ok_or(PrintError::Place)?;
    let (apr_from, apr_to) = annual_percents(product).map_err(PrintError::Rate)?;
    let longest = product.terms.iter().max().map_or(0, |months| months.get());
    let last_moment = Timestamp::from_millis((ticket.not_after_s * 1000).saturating_sub(1));
    let last_day = chinese_date(last_moment);
    Ok(PosterContent {
        bank_name: catalogue.bank.name.zh_hans.clone(),
        bank_name_en: catalogue.bank.name.en.clone(),
        branch_name: branch.name.zh_hans.clone(),
        branch_phone: branch.phone.clone(),
        branch_address: branch.address.zh_hans.clone(),
        branch_number: branch.code.number(),
        headline: product.headline.zh_hans.clone(),
        headline_en: product.headline.en.clone(),
        apr_from,
        apr_to,
        amount_from: format!("{}万", product.min.to_wan_text()),
        amount_to: format!("{}万元", product.max.to_wan_text()),
        term: format!("最长{longest}个月"),
        valid_until: format!("{}年{}月{}日", last_day.year(), last_day.month(), last_day.day()),
        app_name: APP_NAME.into(),
        code: PosterCode { prefix: issued.prefix.clone(), digits: issued.digits.clone() },
    })
}

/// The least and the highest all-in rate: every term, both ends of the amount and of the rate.
fn annual_percents(product: &Product) -> Result<(String, String), CostError> {
    let mut percents = Vec::new();
    for &months in &product.terms {
        for principal in [product.min, product.max] {
            for annual_rate in [product.rate, product.rate_to] {
                let terms = product.terms_for(Fen::min(principal, product.max), months);
                let terms = lending::cost::Terms { annual_rate, ..terms };
                percents.push(cost_sheet(&terms)?.simple_annual_percent);
            }
        }
    }
    let least = percents.iter().min().ok_or(CostError::NothingPaidOut)?;
    let highest = percents.iter().max().ok_or(CostError::NothingPaidOut)?;
    Ok((percent_text(*least), percent_text(*highest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        TicketOrder, issue_ticket, testing::NOW, testing::SeededEntropy, testing::TestBank,
    };

    fn content(product: &str) -> PosterContent {
        let bank = TestBank::new();
        let published = bank.published();
        let order = TicketOrder {
            branch: "LQ01",
            product,
            grid: None,
            officer: None,
            campaign: None,
            valid_for_s: 365 * 24 * 3600,
        };
        let entropy = SeededEntropy::new(1);
        let catalogue = published.catalogue();
        let issued = issue_ticket(&bank.folder(), catalogue, &order, NOW, &entropy).unwrap();
        poster_content(catalogue, &issued).unwrap()
    }

    #[test]
    fn a_poster_says_what_the_catalogue_says() {
        let poster = content("FLOW");
        assert_eq!(poster.branch_number, "LQ01-9");
        assert_eq!((&*poster.amount_from, &*poster.amount_to), ("1万", "50万元"));
        assert_eq!((&*poster.apr_from, &*poster.apr_to), ("4.35", "5.65"));
        assert_eq!((&*poster.term, &*poster.valid_until), ("最长24个月", "2027年11月22日"));
        assert!(poster.code.text().starts_with("HTTPS://LOAN.SANBU.EXAMPLE/T/"));
    }

    #[test]
    fn the_rate_on_a_poster_holds_the_guarantee_fee() {
        let poster = content("GUARANTEED");
        assert!(&*poster.apr_from > "3.95", "{}", poster.apr_from);
        assert!(&*poster.apr_to > "4.95", "{}", poster.apr_to);
    }
}
