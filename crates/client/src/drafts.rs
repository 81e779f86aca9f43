//! Drafts: every decision and every field is on the disk before the screen moves on.

use crate::{
    again::InsteadOf,
    core::Core,
    known::Known,
    officer::Hands,
    parts::DraftPart,
    records::valid_until,
    store::{self, Row},
    vault::{Moment, VaultError},
    visit::Answered,
};
use lending::{
    application::{Entry, Form, RuleViolation, check_amount},
    catalogue::Place,
    check::BranchCode,
    consent::{Event, Manner, Times, VerifiedRecord},
    cost::{cost_sheet, percent_text},
    money::AmountError,
    notice::Notice,
    subject::{EnterpriseCode, EnterpriseCodeError, Mobile, MobileError},
    visit::Request,
};
use seal::{Digest, Timestamp};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::sync::PoisonError;
use uuid::Uuid;
use wire::{
    convert::{consent_view, cost_view, officer_view},
    ipc::{
        AskedByView, ConsentDecision, ConsentView, DraftHeadView, DraftStep, DraftView, FieldView,
        Locale, SetFieldRequest, ShopView,
    },
    problem::Field,
};

pub(crate) const DRAFT: &str = "draft";
const SHOP: &str = "shop";
const SHOP_ID: &[u8] = b"own";
/// Longest value of a field that is kept: enough for any code with blanks, and for a pasted line.
const MAX_FIELD_CHARACTERS: usize = 200;

/// Why a draft was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// Sent, discarded, or never there.
    #[error("no such draft")]
    Unknown,
    /// No catalogue on this device.
    #[error("no catalogue on this device")]
    NoCatalogue,
    /// Its branch or product is no longer in the catalogue.
    #[error("the branch or product is gone from the catalogue")]
    PlaceGone,
    /// A field's value is longer than any real one.
    #[error("the value is too long")]
    TooLong,
    /// The vault or the file.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<store::StoreError> for DraftError {
    fn from(error: store::StoreError) -> Self {
        Self::Vault(error.into())
    }
}

/// A draft as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub entry: Entry,
    pub branch: BranchCode,
    pub product: String,
    pub grid: Option<String>,
    pub officer: Option<String>,
    pub decisions: Vec<Decision>,
    pub enterprise_code: String,
    pub mobile: String,
    pub amount: String,
    pub term: Option<u16>,
    pub purpose: Option<String>,
    /// Enterprise code and mobile number come from the shop this device knows.
    pub known_shop: bool,
    /// Photos and files, sealed, in the order in which they were added.
    #[serde(default)]
    pub parts: Vec<DraftPart>,
    /// The case that it takes the place of.
    #[serde(default)]
    pub instead_of: Option<InsteadOf>,
    /// What another device asked, when this draft only answers for it.
    #[serde(default)]
    pub asked: Option<Request>,
    /// The answer of an owner's own phone, as it came. It counts as long as it fits: see
    /// [`Core::answers`].
    #[serde(default)]
    pub answer: Option<ByteBuf>,
}

/// A press on a consent page, with all that its record needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Decision {
    pub notice_id: String,
    pub digest: Digest,
    pub locale: Locale,
    pub given: bool,
    pub times: Times,
    pub manner: Manner,
    /// Staff number of the officer on whose device the owner pressed; none on a device of one's own.
    #[serde(default)]
    pub officer: Option<String>,
}

/// What was decided on a notice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decided {
    pub given: bool,
    /// Until when the bank may read what was agreed to.
    pub until: Timestamp,
}

/// The shop this device applied for before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Shop {
    pub enterprise_code: EnterpriseCode,
    pub mobile: Mobile,
}

impl Draft {
    pub fn form(&self) -> Form {
        Form {
            enterprise_code: self.enterprise_code.clone(),
            mobile: self.mobile.clone(),
            amount: self.amount.clone(),
            term: self.term,
            purpose: self.purpose.clone(),
        }
    }

    /// The decision on a notice, if it was about exactly these words.
    pub fn decision(&self, notice: &Notice) -> Option<&Decision> {
        self.decisions.iter().find(|decision| {
            decision.notice_id == notice.id
                && decision.digest == notice.digest(decision.locale.into())
        })
    }

    /// What was decided on each notice: by the answers of an own phone, else by the presses here.
    pub fn decided(&self, notices: &[&Notice], answers: Option<&Answered>) -> Vec<Option<Decided>> {
        let by_record = |record: &VerifiedRecord| Decided {
            given: record.event() == Event::Given,
            until: record.valid.until,
        };
        let by_press = |notice: &&Notice| {
            let decision = self.decision(notice)?;
            Some(Decided { given: decision.given, until: valid_until(notice, decision) })
        };
        match answers {
            Some(answers) => answers.records.iter().map(|record| Some(by_record(record))).collect(),
            None => notices.iter().map(by_press).collect(),
        }
    }

    /// Nothing, if the draft is an application of this device and no answer to another one.
    pub fn is_own(&self) -> Result<(), DraftError> {
        if self.asked.is_none() { Ok(()) } else { Err(DraftError::Unknown) }
    }

    pub fn place<'k>(&self, known: &'k Known) -> Result<Place<'k>, DraftError> {
        let catalogue = &known.catalogue;
        let mut place = catalogue
            .place(&self.branch, &self.product, self.grid.as_deref())
            .ok_or(DraftError::PlaceGone)?;
        if self.officer.is_some() || self.asked.is_some() {
            place.officer = self.officer.as_deref().and_then(|number| catalogue.officer(number));
        }
        Ok(place)
    }

    /// Whether nothing was decided, typed or added yet.
    fn is_empty(&self) -> bool {
        let typed = [&self.enterprise_code, &self.mobile, &self.amount];
        self.decisions.is_empty() && self.parts.is_empty() && typed.iter().all(|t| t.is_empty())
    }

    fn set(&mut self, field: Field, value: String) {
        match field {
            Field::EnterpriseCode => {
                // What an owner agreed to on an officer's device was about one enterprise.
                let before = EnterpriseCode::parse(&self.enterprise_code);
                if before.is_ok() && before != EnterpriseCode::parse(&value) {
                    self.decisions.retain(|decision| decision.officer.is_none());
                }
                self.enterprise_code = value;
            }
            Field::Mobile => self.mobile = value,
            Field::Amount => self.amount = value,
            // A chip sends digits; anything else is kept as a term that no product offers.
            Field::Term => {
                self.term = (!value.is_empty()).then(|| value.parse().unwrap_or(0));
            }
            Field::Purpose => self.purpose = (!value.is_empty()).then_some(value),
            // Decided on their own pages.
            Field::Consents => {}
        }
    }
}

/// The id of a draft from the screen's text.
pub(crate) fn draft_id(text: &str) -> Result<Uuid, DraftError> {
    Uuid::try_parse(text).map_err(|_| DraftError::Unknown)
}

impl Core {
    /// A draft, whole.
    pub fn draft(&self, draft_id_text: &str) -> Result<DraftView, DraftError> {
        let id = draft_id(draft_id_text)?;
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let (draft, saved_at_ms) = self.load_draft(id)?;
        self.draft_view(id, &draft, saved_at_ms, &known, &self.hands()?)
    }

    /// Keeps a value as typed. Right or wrong, it is on the disk when this returns.
    pub fn set_field(&self, request: SetFieldRequest) -> Result<DraftView, DraftError> {
        if request.value.chars().count() > MAX_FIELD_CHARACTERS {
            return Err(DraftError::TooLong);
        }
        self.change_draft(draft_id(&request.draft_id)?, |draft| {
            draft.is_own()?;
            draft.set(request.field, request.value);
            Ok(())
        })
    }

    /// "Not your shop?": forgets the shop on this device and empties its fields.
    pub fn forget_shop(&self, draft_id_text: &str) -> Result<DraftView, DraftError> {
        self.store.write("forget_shop", |tx| store::delete_row(tx, SHOP, SHOP_ID))?;
        self.change_draft(draft_id(draft_id_text)?, |draft| {
            draft.is_own()?;
            draft.known_shop = false;
            draft.set(Field::EnterpriseCode, String::new());
            draft.mobile.clear();
            Ok(())
        })
    }

    /// Deletes a draft; fine when there is none.
    pub fn discard_draft(&self, draft_id_text: &str) -> Result<(), DraftError> {
        let id = draft_id(draft_id_text)?;
        self.store.write("discard", |tx| store::delete_row(tx, DRAFT, id.as_bytes()))?;
        self.changed();
        Ok(())
    }

    /// Drafts that can be read, newest first, and how many cannot.
    pub fn draft_heads(
        &self,
        known: Option<&Known>,
    ) -> Result<(Vec<DraftHeadView>, u32), DraftError> {
        let mut heads = Vec::new();
        let mut unreadable = 0;
        for row in self.store.rows(DRAFT)? {
            let draft: Draft = match self.vault.read(DRAFT, &row) {
                Ok(draft) => draft,
                Err(VaultError::NotOpen) => continue,
                Err(_) => {
                    unreadable += 1;
                    continue;
                }
            };
            let Some(Ok(place)) = known.map(|known| draft.place(known)) else { continue };
            heads.push(DraftHeadView {
                draft_id: uuid_of(&row).to_string(),
                branch: (&place.branch.name).into(),
                product: (&place.product.name).into(),
                saved_at_ms: row.saved_at_ms,
            });
        }
        heads.sort_by_key(|head| std::cmp::Reverse(head.saved_at_ms));
        Ok((heads, unreadable))
    }

    /// Begins a draft for a place, or goes on with the one that is open for it. An officer visits many
    /// shops of one place: on his device, only with one that is still empty, and with no shop filled in.
    pub fn begin_draft(
        &self,
        known: &Known,
        place: Place<'_>,
        entry: Entry,
    ) -> Result<DraftView, DraftError> {
        let _posting = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        let is_own = self.hands()? == Hands::Own;
        for row in self.store.rows(DRAFT)? {
            let Ok(mut draft) = self.vault.read::<Draft>(DRAFT, &row) else { continue };
            let is_here = draft.branch == place.branch.code && draft.product == place.product.code;
            let is_open = is_here && draft.asked.is_none();
            if is_open && (is_own || draft.is_empty()) {
                draft.entry = entry;
                draft.grid = place.grid.map(|grid| grid.code.clone());
                draft.officer = place.officer.map(|officer| officer.staff_number.clone());
                return self.save_draft(uuid_of(&row), &draft, known);
            }
        }
        let shop = if is_own { self.shop()? } else { None };
        let draft = Draft {
            entry,
            branch: place.branch.code.clone(),
            product: place.product.code.clone(),
            grid: place.grid.map(|grid| grid.code.clone()),
            officer: place.officer.map(|officer| officer.staff_number.clone()),
            decisions: Vec::new(),
            known_shop: shop.is_some(),
            enterprise_code: shop
                .as_ref()
                .map_or_else(String::new, |s| s.enterprise_code.as_str().into()),
            mobile: shop.as_ref().map_or_else(String::new, |s| s.mobile.as_str().into()),
            amount: String::new(),
            term: None,
            purpose: None,
            parts: Vec::new(),
            instead_of: None,
            asked: None,
            answer: None,
        };
        self.save_draft(self.new_id(), &draft, known)
    }

    /// Changes a draft; the change is on the disk when this returns. One change at a time, so that
    /// a photo and a typed value do not undo each other, and none after the draft was submitted.
    pub fn change_draft<E: From<DraftError>>(
        &self,
        id: Uuid,
        change: impl FnOnce(&mut Draft) -> Result<(), E>,
    ) -> Result<DraftView, E> {
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let _posting = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut draft, _) = self.load_draft(id)?;
        change(&mut draft)?;
        Ok(self.save_draft(id, &draft, &known)?)
    }

    pub fn load_draft(&self, id: Uuid) -> Result<(Draft, u64), DraftError> {
        let row = self.store.row(DRAFT, id.as_bytes())?.ok_or(DraftError::Unknown)?;
        Ok((self.vault.read(DRAFT, &row)?, row.saved_at_ms))
    }

    pub fn save_draft(
        &self,
        id: Uuid,
        draft: &Draft,
        known: &Known,
    ) -> Result<DraftView, DraftError> {
        let at = Moment::of(&self.ports);
        let hands = self.hands()?;
        self.store.write("draft", |tx| self.vault.put(tx, DRAFT, id.as_bytes(), draft, at))?;
        self.draft_view(id, draft, at.now_ms, known, &hands)
    }

    /// What the screen shows of a draft, in whose hands the device is.
    pub(crate) fn draft_view(
        &self,
        id: Uuid,
        draft: &Draft,
        saved_at_ms: u64,
        known: &Known,
        hands: &Hands,
    ) -> Result<DraftView, DraftError> {
        let answers = self.answers(id, draft, known)?;
        let place = draft.place(known)?;
        let product = place.product;
        let notices = known.catalogue.notices_of(product);
        let decided: Vec<_> = draft
            .decided(&notices, answers.as_ref())
            .into_iter()
            .map(|decided| match decided {
                None => ConsentDecision::Undecided,
                Some(Decided { given: true, .. }) => ConsentDecision::Given,
                Some(_) => ConsentDecision::Refused,
            })
            .collect();
        let next = decided.iter().position(|decided| *decided == ConsentDecision::Undecided);
        let is_handed_over = matches!(hands, Hands::HandedOver { .. });
        let consent = |(notice, decided): (&&Notice, ConsentDecision)| ConsentView {
            own_phone_needed: is_handed_over && notice.needs_own_phone(),
            ..consent_view(notice, decided)
        };
        let form = draft.form();
        let cost = match (check_amount(&form.amount, product), form.check_term(product)) {
            (Ok(amount), Ok(term)) => cost_sheet(&product.terms_for(amount, term))
                .ok()
                .map(|sheet| cost_view(product, term.get(), &sheet)),
            _ => None,
        };
        let broken = form.check(product).err().unwrap_or_default();
        let officer = officer_view(&place);
        Ok(DraftView {
            draft_id: id.to_string(),
            step: match (next, hands) {
                (Some(_), Hands::Officers) => DraftStep::HandOver,
                (Some(_), Hands::Own | Hands::HandedOver { .. }) => DraftStep::Consent,
                (None, _) if draft.asked.is_some() => DraftStep::Answer,
                (None, _) => DraftStep::Form,
            },
            consent_at: next.unwrap_or_default().try_into().unwrap_or_default(),
            branch: place.branch.into(),
            asked_by: draft.asked.as_ref().map(|request| AskedByView {
                officer: officer.clone(),
                enterprise_code_masked: request.enterprise_code.masked(),
            }),
            officer,
            product: product.into(),
            shop: draft.known_shop.then(|| masked(&form)),
            consents: notices.iter().zip(decided).map(consent).collect(),
            fields: fields(draft, product.usual_term.get()),
            violations: broken.iter().filter(|rule| !is_missing(rule)).map(Into::into).collect(),
            annual_percent_from: product
                .least_annual_percent()
                .map(percent_text)
                .unwrap_or_default(),
            cost,
            parts: draft.parts.iter().map(DraftPart::view).collect(),
            instead_of: draft.instead_of.as_ref().map(|before| before.view(known, product)),
            answered_elsewhere: draft.asked.is_none() && answers.is_some(),
            saved_at_ms,
        })
    }

    /// The shop this device knows; one written with a lost key counts as none.
    pub fn shop(&self) -> Result<Option<Shop>, VaultError> {
        let Some(row) = self.store.row(SHOP, SHOP_ID)? else { return Ok(None) };
        match self.vault.read(SHOP, &row) {
            Ok(shop) => Ok(Some(shop)),
            Err(VaultError::Unreadable(_)) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Remembers the shop, within the transaction of a submission.
    pub fn put_shop(
        &self,
        tx: &rusqlite::Transaction<'_>,
        shop: &Shop,
        at: Moment<'_>,
    ) -> Result<(), VaultError> {
        self.vault.put(tx, SHOP, SHOP_ID, shop, at)
    }
}

pub(crate) fn uuid_of(row: &Row) -> Uuid {
    Uuid::from_slice(&row.id).unwrap_or_default()
}

/// The fields as typed; those of a known shop are not repeated in clear.
fn fields(draft: &Draft, usual_term: u16) -> Vec<FieldView> {
    let own = |value: &String| if draft.known_shop { String::new() } else { value.clone() };
    let term = draft.term.unwrap_or(usual_term).to_string();
    [
        (Field::EnterpriseCode, own(&draft.enterprise_code)),
        (Field::Mobile, own(&draft.mobile)),
        (Field::Amount, draft.amount.clone()),
        (Field::Term, term),
        (Field::Purpose, draft.purpose.clone().unwrap_or_default()),
    ]
    .map(|(field, value)| FieldView { field, value })
    .into()
}

fn masked(form: &Form) -> ShopView {
    ShopView {
        enterprise_code_masked: EnterpriseCode::parse(&form.enterprise_code)
            .map(|code| code.masked())
            .unwrap_or_default(),
        mobile_masked: Mobile::parse(&form.mobile).map(|m| m.masked()).unwrap_or_default(),
    }
}

/// A value that is not there yet is no mistake before submission.
fn is_missing(rule: &RuleViolation) -> bool {
    matches!(
        rule,
        RuleViolation::EnterpriseCode(EnterpriseCodeError::Missing)
            | RuleViolation::Mobile(MobileError::Missing)
            | RuleViolation::Amount(AmountError::Missing)
    )
}
