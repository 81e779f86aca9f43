//! Issuing branch tickets (网点码).

use crate::{
    folder::{Folder, FolderError},
    publishing::{LoadError, Published},
};
use lending::{catalogue::Catalogue, ticket::Ticket, ticket::code_parts};
use seal::{Entropy, Timestamp, random_bytes};

/// A ticket begins an hour early, for phones whose clock is behind.
const HEAD_START_S: u64 = 3600;

/// The ticket that is wanted.
#[derive(Clone, Copy, Debug)]
pub struct TicketOrder<'o> {
    /// Code of the branch.
    pub branch: &'o str,
    /// Code of the product.
    pub product: &'o str,
    /// Code of a grid of the branch.
    pub grid: Option<&'o str>,
    /// Staff number, for an officer's own code; posters carry none.
    pub officer: Option<&'o str>,
    /// Campaign, for counting.
    pub campaign: Option<&'o str>,
    /// Seconds from now until it ends.
    pub valid_for_s: u64,
}

/// A signed ticket and the two parts of its printed code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedTicket {
    /// What it says.
    pub ticket: Ticket,
    /// The signed bytes.
    pub signed: Vec<u8>,
    /// The address, in capitals.
    pub prefix: String,
    /// The decimal digits.
    pub digits: String,
}

impl IssuedTicket {
    /// The text that a scanner reads.
    pub fn code(&self) -> String {
        format!("{}{}", self.prefix, self.digits)
    }
}

/// The order names something the catalogue does not hold.
#[derive(Debug, thiserror::Error)]
pub enum TicketOrderError {
    /// No such branch.
    #[error("no branch {asked}; there are: {known}")]
    Branch {
        /// The code asked for.
        asked: String,
        /// The codes there are.
        known: String,
    },
    /// No such product.
    #[error("no product {asked}; there are: {known}")]
    Product {
        /// The code asked for.
        asked: String,
        /// The codes there are.
        known: String,
    },
    /// The branch has no such grid.
    #[error("no grid {asked} at this branch; there are: {known}")]
    Grid {
        /// The code asked for.
        asked: String,
        /// The codes there are.
        known: String,
    },
    /// No such officer.
    #[error("no officer {asked}; there are: {known}")]
    Officer {
        /// The staff number asked for.
        asked: String,
        /// The staff numbers there are.
        known: String,
    },
    /// The ticket key cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The key directory cannot be used.
    #[error(transparent)]
    Directory(#[from] LoadError),
}

/// Signs a ticket with the bank's ticket key.
///
/// # Errors
/// [`TicketOrderError`]; the message of an unknown code lists the known ones.
pub fn issue_ticket(
    folder: &Folder,
    catalogue: &Catalogue,
    order: &TicketOrder<'_>,
    now: Timestamp,
    entropy: &(impl Entropy + ?Sized),
) -> Result<IssuedTicket, TicketOrderError> {
    use TicketOrderError as E;
    let branch =
        catalogue.branches.iter().find(|b| b.code.as_str() == order.branch).ok_or_else(|| {
            E::Branch {
                asked: order.branch.into(),
                known: list(catalogue.branches.iter().map(|b| b.code.as_str())),
            }
        })?;
    let product = catalogue.product(order.product).ok_or_else(|| E::Product {
        asked: order.product.into(),
        known: list(catalogue.products.iter().map(|p| p.code.as_str())),
    })?;
    if let Some(grid) = order.grid.filter(|grid| branch.grids.iter().all(|g| g.code != *grid)) {
        let known = list(branch.grids.iter().map(|g| g.code.as_str()));
        return Err(E::Grid { asked: grid.into(), known });
    }
    if let Some(officer) = order.officer.filter(|number| catalogue.officer(number).is_none()) {
        let known = list(catalogue.officers.iter().map(|o| o.staff_number.as_str()));
        return Err(E::Officer { asked: officer.into(), known });
    }
    let now_s = now.as_millis() / 1000;
    let key = folder.signing_key("ticket")?;
    // Never before its key: a ticket is judged by the keys in force when it began.
    let directory = Published::load(folder)?.directory;
    let key_from = directory.keys.iter().find(|known| known.public == key.public());
    let key_from_s = key_from.map_or(0, |known| known.not_before.as_millis().div_ceil(1000));
    let ticket = Ticket {
        bank: catalogue.bank.code.clone(),
        // 53 bits, so that every reader of a JSON report keeps it exact.
        serial: u64::from_be_bytes(random_bytes(entropy)) >> 11,
        branch: branch.code.clone(),
        product: product.code.clone(),
        not_before_s: now_s.saturating_sub(HEAD_START_S).max(key_from_s),
        not_after_s: now_s.saturating_add(order.valid_for_s),
        grid: order.grid.map(Into::into),
        officer: order.officer.map(Into::into),
        campaign: order.campaign.map(Into::into),
    };
    let signed = ticket.sign(&key);
    let (prefix, digits) = code_parts(&catalogue.bank.host, &signed);
    Ok(IssuedTicket { ticket, signed, prefix, digits })
}

fn list<'c>(codes: impl Iterator<Item = &'c str>) -> String {
    codes.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{testing::NOW, testing::SeededEntropy, testing::TestBank};
    use lending::ticket::VerifiedTicket;

    const ORDER: TicketOrder<'_> = TicketOrder {
        branch: "LQ01",
        product: "FLOW",
        grid: Some("LQ01-02"),
        officer: None,
        campaign: Some("AUTUMN"),
        valid_for_s: 3600,
    };

    fn issue(bank: &TestBank, order: &TicketOrder<'_>) -> Result<IssuedTicket, TicketOrderError> {
        let published = Published::load(&bank.folder()).unwrap();
        let entropy = SeededEntropy::new(3);
        issue_ticket(&bank.folder(), published.catalogue(), order, NOW, &entropy)
    }

    #[test]
    fn an_issued_ticket_verifies_and_leads_to_its_grid() {
        let bank = TestBank::new();
        let published = Published::load(&bank.folder()).unwrap();
        let code = issue(&bank, &ORDER).unwrap().code();
        let host = &published.catalogue().bank.host;
        let ticket = VerifiedTicket::verify(&code, host, &published.directory, NOW, NOW).unwrap();
        let place = published.catalogue().place_of_ticket(&ticket).unwrap();
        assert_eq!(place.officer.unwrap().staff_number, "0742");
        let ended = NOW.plus_millis(3_600_000);
        assert!(VerifiedTicket::verify(&code, host, &published.directory, NOW, ended).is_err());
    }

    #[test]
    fn an_unknown_code_is_answered_with_the_known_ones() {
        let bank = TestBank::new();
        for (order, known) in [
            (TicketOrder { branch: "XX99", ..ORDER }, "LQ01, HY02, JJ03"),
            (TicketOrder { product: "GOLD", ..ORDER }, "FLOW, QUICK, GUARANTEED"),
            (TicketOrder { grid: Some("HY02-01"), ..ORDER }, "LQ01-01, LQ01-02, LQ01-03"),
            (TicketOrder { officer: Some("1"), ..ORDER }, "0731, 0742"),
        ] {
            let message = issue(&bank, &order).unwrap_err().to_string();
            assert!(message.contains(known), "{message}");
        }
    }
}
