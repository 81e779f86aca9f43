//! The bank's signed catalogue (产品目录): branches, officers, products and notices.
//!
//! A new product is a new entry here and no new code. One version is pinned per draft, so that
//! nothing changes under a person's hands; the stale guard compares before sending.

use crate::{
    Text,
    check::BranchCode,
    cost::{self, CostError, RepaymentMethod, Terms},
    money::{Fen, Months, RateBps},
    notice::Notice,
    ticket::VerifiedTicket,
    upstream::UpstreamGuide,
};
use rust_decimal::Decimal;
use seal::{
    KeyDirectory, KeyUse, Namespace, SigningKey, Timestamp, cbor, sign, sign::SignatureError,
    sign::Unverified,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bank {
    /// Its short code, as in tickets and the key directory.
    pub code: String,
    /// The host in its printed codes.
    pub host: String,
    /// Its name.
    pub name: Text,
    /// Its 统一社会信用代码.
    pub enterprise_code: String,
    /// The help line, shown on each page.
    pub phone: String,
    /// Salt of pseudonyms: HMAC keys that make a subject's identifier unreadable in receipts.
    #[serde(with = "serde_bytes")]
    pub pseudonym_salt: [u8; 32],
}

/// A branch (网点).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// Its code; printed and typed with a check character.
    pub code: BranchCode,
    /// Its name.
    pub name: Text,
    /// Its address.
    pub address: Text,
    /// Its telephone.
    pub phone: String,
    /// Its grids (网格).
    pub grids: Vec<Grid>,
    /// The product a typed branch number leads to.
    pub usual_product: String,
}

/// A grid (网格): the streets one officer looks after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Text,
    /// Staff number of its officer.
    pub officer: String,
}

/// An officer (客户经理).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// Staff number (工号).
    pub staff_number: String,
    /// Name.
    pub name: String,
    /// Branch.
    pub branch: BranchCode,
    /// Telephone.
    pub phone: String,
}

/// A purpose that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// Its code.
    pub code: String,
    /// Its word.
    pub name: Text,
}

/// A fee of a product: its line of the cost sheet (贷款明白纸).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductFee {
    /// What it is called.
    pub name: Text,
    /// Who is paid.
    pub payee: Text,
    /// How much and when.
    pub fee: cost::Fee,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Text,
    /// What it is for, in a line fit for a poster.
    pub headline: Text,
    /// Least amount.
    pub min: Fen,
    /// Largest amount.
    pub max: Fen,
    /// Amounts are multiples of this.
    pub step: Fen,
    /// Amounts offered as chips; they only fill the box.
    pub chips: Vec<Fen>,
    /// Terms offered, shortest first.
    pub terms: Vec<Months>,
    /// The term that illustrations use until one is chosen.
    pub usual_term: Months,
    /// Nominal annual rate of the illustration: the product's usual one.
    pub rate: RateBps,
    /// The highest nominal annual rate of the product.
    pub rate_to: RateBps,
    /// How it is repaid.
    pub method: RepaymentMethod,
    /// Fees; a fee before payout is refused by [`Catalogue::verify`].
    pub fees: Vec<ProductFee>,
    /// Purposes offered as chips.
    pub purposes: Vec<Purpose>,
    /// The consents asked with an application, in order, by notice id.
    pub notices: Vec<String>,
    /// The consents asked when an offer is taken, in order, by notice id.
    pub offer_notices: Vec<String>,
    /// What happens after submission, in order.
    pub next_steps: Vec<Text>,
}

/// The catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Grows by one with each change.
    pub version: u32,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// The bank.
    pub bank: Bank,
    /// Its branches.
    pub branches: Vec<Branch>,
    /// Its officers.
    pub officers: Vec<Officer>,
    /// Its products.
    pub products: Vec<Product>,
    /// Its consent notices, one version each.
    pub notices: Vec<Notice>,
    /// How to authorise at the source: a guide for each system that a notice names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upstream_guides: Vec<UpstreamGuide>,
}

/// Why a catalogue is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// Not signed by the bank for catalogues, or of another shape.
    #[error("the catalogue's signature does not hold")]
    Signature(#[source] SignatureError),
    /// Signed, but breaks a rule.
    #[error("the catalogue breaks a rule: {0}")]
    Rule(String),
}

/// Where an application goes: a branch and product of one catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Place<'c> {
    /// The branch.
    pub branch: &'c Branch,
    /// The product.
    pub product: &'c Product,
    /// The grid, when the ticket names one.
    pub grid: Option<&'c Grid>,
    /// The officer: of the ticket, else of the grid.
    pub officer: Option<&'c Officer>,
}

impl Product {
    /// The terms of an illustration with the product's usual rate.
    pub fn terms_for(&self, principal: Fen, months: Months) -> Terms {
        Terms {
            principal,
            annual_rate: self.rate,
            months,
            method: self.method,
            fees: self.fees.iter().map(|fee| fee.fee.clone()).collect(),
        }
    }

    /// The least all-in annualised rate of an illustration, simple method, percent: the largest
    /// amount over each term.
    ///
    /// # Errors
    /// [`CostError`] for figures that no loan can have; [`Catalogue::verify`] rules them out.
    pub fn least_annual_percent(&self) -> Result<Decimal, CostError> {
        self.annual_percents()?.into_iter().min().ok_or(CostError::NothingPaidOut)
    }

    /// The all-in annualised rate over each term, in the order of the terms.
    fn annual_percents(&self) -> Result<Vec<Decimal>, CostError> {
        let percent = |months: &Months| {
            cost::cost_sheet(&self.terms_for(self.max, *months))
                .map(|sheet| sheet.simple_annual_percent)
        };
        self.terms.iter().map(percent).collect()
    }
}

impl Catalogue {
    /// Signs the catalogue.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        sign::sign(Namespace::Catalogue, &cbor::encode(self), key)
    }

    /// Reads a catalogue that the bank signed and that keeps all rules.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn verify(signed: &[u8], directory: &KeyDirectory) -> Result<Self, CatalogueError> {
        let shape = || CatalogueError::Signature(SignatureError::Shape);
        let unverified = Unverified::parse(signed).map_err(CatalogueError::Signature)?;
        let claimed: Self = cbor::decode(unverified.claimed_payload()).map_err(|_| shape())?;
        let key = directory
            .key(unverified.kid(), KeyUse::Catalogue, claimed.issued_at)
            .map_err(|_| CatalogueError::Signature(SignatureError::OtherKey))?;
        unverified.verify(Namespace::Catalogue, key).map_err(CatalogueError::Signature)?;
        match claimed.fault(&directory.bank) {
            Some(fault) => Err(CatalogueError::Rule(fault)),
            None => Ok(claimed),
        }
    }

    /// The first rule the catalogue breaks, in English; none when it may be used.
    pub fn fault(&self, bank: &str) -> Option<String> {
        if self.bank.code != bank {
            return Some(format!("it is of bank {}", self.bank.code));
        }
        for notice in &self.notices {
            if let Some(fault) = notice.fault() {
                return Some(format!("notice {}: {fault}", notice.id));
            }
        }
        for guide in &self.upstream_guides {
            if let Some(fault) = guide.fault() {
                return Some(format!("guide {}: {fault}", guide.system));
            }
        }
        for system in self.notices.iter().filter_map(|notice| notice.upstream.as_ref()) {
            if self.upstream_guide(system).is_none() {
                return Some(format!("no guide says how to authorise at {system}"));
            }
        }
        for product in &self.products {
            if let Some(fault) = self.product_fault(product) {
                return Some(format!("product {}: {fault}", product.code));
            }
        }
        for branch in &self.branches {
            if let Some(fault) = self.branch_fault(branch) {
                return Some(format!("branch {}: {fault}", branch.code.as_str()));
            }
        }
        repeated(self.branches.iter().map(|b| b.code.as_str()))
            .or_else(|| repeated(self.products.iter().map(|p| p.code.as_str())))
            .or_else(|| repeated(self.notices.iter().map(|n| n.id.as_str())))
            .or_else(|| repeated(self.upstream_guides.iter().map(|g| g.system.as_str())))
            .or_else(|| repeated(self.officers.iter().map(|o| o.staff_number.as_str())))
            .map(|code| format!("{code} stands twice"))
    }

    /// How to authorise at a system.
    pub fn upstream_guide(&self, system: &str) -> Option<&UpstreamGuide> {
        self.upstream_guides.iter().find(|guide| guide.system == system)
    }

    fn product_fault(&self, product: &Product) -> Option<String> {
        if product.min == Fen::ZERO || product.min > product.max || product.step == Fen::ZERO {
            return Some("its amounts are not a range".into());
        }
        if !product.terms.contains(&product.usual_term) {
            return Some("its usual term is not offered".into());
        }
        if product.rate > product.rate_to {
            return Some("its rates are not a range".into());
        }
        if product.fees.iter().any(|fee| fee.fee.timing == cost::FeeTiming::Upfront) {
            return Some("it takes a fee before payout".into());
        }
        for (ids, is_with_offer) in [(&product.notices, false), (&product.offer_notices, true)] {
            for id in ids {
                let Some(notice) = self.notice(id) else {
                    return Some(format!("notice {id} is missing"));
                };
                if notice.kind.is_with_offer() && !is_with_offer {
                    return Some(format!("notice {id} is asked before there is an offer"));
                }
            }
        }
        let kinds =
            product.notices.iter().filter_map(|id| self.notice(id)).map(|n| n.kind.as_str());
        if let Some(kind) = repeated(kinds) {
            return Some(format!("it asks for {kind} twice"));
        }
        let texts = [&product.name, &product.headline].into_iter().chain(&product.next_steps);
        if !texts.chain(product.purposes.iter().map(|p| &p.name)).all(Text::is_complete) {
            return Some("a text is missing in a language".into());
        }
        product.least_annual_percent().err().map(|e| e.to_string())
    }

    fn branch_fault(&self, branch: &Branch) -> Option<String> {
        if self.product(&branch.usual_product).is_none() {
            return Some(format!("product {} is missing", branch.usual_product));
        }
        if let Some(grid) = branch.grids.iter().find(|grid| self.officer(&grid.officer).is_none()) {
            return Some(format!("officer {} is missing", grid.officer));
        }
        let complete = branch.name.is_complete() && branch.address.is_complete();
        (!complete).then(|| "a text is missing in a language".into())
    }

    /// The branch with this code.
    pub fn branch(&self, code: &BranchCode) -> Option<&Branch> {
        self.branches.iter().find(|branch| branch.code == *code)
    }

    /// The product with this code.
    pub fn product(&self, code: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.code == code)
    }

    /// The notice with this id.
    pub fn notice(&self, id: &str) -> Option<&Notice> {
        self.notices.iter().find(|notice| notice.id == id)
    }

    /// The officer with this staff number.
    pub fn officer(&self, staff_number: &str) -> Option<&Officer> {
        self.officers.iter().find(|officer| officer.staff_number == staff_number)
    }

    /// The notices a product asks, in order.
    pub fn notices_of(&self, product: &Product) -> Vec<&Notice> {
        product.notices.iter().filter_map(|id| self.notice(id)).collect()
    }

    /// Where a verified ticket leads; none when the catalogue does not hold its branch or product.
    pub fn place_of_ticket(&self, ticket: &VerifiedTicket) -> Option<Place<'_>> {
        let grid = ticket.grid.as_deref();
        let mut place = self.place(&ticket.branch, &ticket.product, grid)?;
        if let Some(officer) = &ticket.officer {
            place.officer = self.officer(officer);
        }
        Some(place)
    }

    /// Where a branch, a product and perhaps a grid lead.
    pub fn place(
        &self,
        branch: &BranchCode,
        product: &str,
        grid: Option<&str>,
    ) -> Option<Place<'_>> {
        let branch = self.branch(branch)?;
        let product = self.product(product)?;
        let grid = grid.and_then(|code| branch.grids.iter().find(|grid| grid.code == code));
        let officer = grid.and_then(|grid| self.officer(&grid.officer));
        Some(Place { branch, product, grid, officer })
    }
}

fn repeated<'t>(mut codes: impl Iterator<Item = &'t str>) -> Option<String> {
    let mut seen = BTreeSet::new();
    codes.find(|code| !seen.insert(*code)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::{DataKind, MAX_HAN_ON_PAGE, Repeat};
    use crate::sample;
    use seal::keys::DirectoryKey;

    #[test]
    fn every_rule_of_the_catalogue_is_kept_or_named() {
        assert_eq!(sample::catalogue().fault("B"), None);
        type Edit = fn(&mut Catalogue);
        let cases: [(&str, Edit); 23] = [
            ("of bank", |c| c.bank.code = "C".into()),
            ("not a range", |c| c.products[0].min = Fen::MAX),
            ("not a range", |c| c.products[0].min = Fen::ZERO),
            ("usual term", |c| c.products[0].terms.truncate(1)),
            ("rates", |c| c.products[0].rate_to = RateBps::MIN),
            ("fee before payout", |c| c.products[0].fees[0].fee.timing = cost::FeeTiming::Upfront),
            ("notice gone is missing", |c| c.products[0].notices[0] = "gone".into()),
            ("missing in a language", |c| c.products[0].name.en.clear()),
            ("product gone is missing", |c| c.branches[0].usual_product = "gone".into()),
            ("officer 1 is missing", |c| c.branches[0].grids[0].officer = "1".into()),
            ("before there is an offer", |c| {
                c.notices[0].kind = DataKind::CreditQuery;
                c.notices[0].adverse_effect = Some(c.notices[0].agree.clone());
            }),
            ("for tax twice", |c| c.notices[1].kind = DataKind::Tax),
            ("adverse effects belong", |c| {
                c.notices[0].adverse_effect = Some(c.notices[0].agree.clone());
            }),
            ("does not say to whom", |c| c.notices[0].kind = DataKind::PassingOn),
            ("is not repeated", |c| {
                c.notices[0].repeat = Some(Repeat { every_days: 0, max_count: 2 });
            }),
            ("full text has not", |c| c.notices[0].full_text.swap(0, 1)),
            ("list of data", |c| c.notices[0].items.clear()),
            ("missing in a language", |c| {
                c.notices[0].necessary_because = Some(Text::new("因为", ""));
            }),
            ("no guide says", |c| c.notices[0].upstream = Some("e-tax".into())),
            ("stands twice", |c| c.products.push(c.products[0].clone())),
            ("two buttons say the same", |c| c.notices[0].agree = c.notices[0].refuse.clone()),
            ("the lines are not", |c| c.notices[0].lines.swap(0, 1)),
            ("Han characters", |c| {
                c.notices[0].question.zh_hans = "字".repeat(MAX_HAN_ON_PAGE + 1);
            }),
        ];
        for (expected, edit) in cases {
            let mut catalogue = sample::catalogue();
            edit(&mut catalogue);
            let fault = catalogue.fault("B").unwrap_or_default();
            assert!(fault.contains(expected), "{expected}: {fault}");
        }
    }

    #[test]
    fn a_catalogue_is_believed_only_by_a_catalogue_key() {
        let key = SigningKey::from_seed([3; 32]);
        let entry = |key_use| DirectoryKey {
            public: key.public(),
            key_use,
            branches: Vec::new(),
            suite: 1,
            not_before: Timestamp::default(),
            not_after: Timestamp::from_millis(u64::MAX),
            revoked_at: None,
        };
        let signed = sample::catalogue().sign(&key);
        let with = |key_use| KeyDirectory { keys: vec![entry(key_use)], ..sample::directory() };
        assert!(Catalogue::verify(&signed, &with(KeyUse::Catalogue)).is_ok());
        assert!(Catalogue::verify(&signed, &with(KeyUse::Ticket)).is_err());
        assert!(Catalogue::verify(&signed, &sample::directory()).is_err());
    }

    #[test]
    fn a_changed_word_changes_the_digest_of_its_language_only() {
        let notice = sample::catalogue().notices.remove(0);
        let mut changed = notice.clone();
        changed.if_refused.en = "other".into();
        let digest = |n: &Notice, locale| n.digest(locale);
        use crate::Locale::{En, ZhHans};
        assert_eq!(digest(&notice, ZhHans), digest(&changed, ZhHans));
        assert_ne!(digest(&notice, En), digest(&changed, En));
        assert_ne!(digest(&notice, En), digest(&notice, ZhHans));
    }
}
