//! What goes up: views.

use super::*;
use crate::problem::{Field, Violation};
use serde::{Deserialize, Serialize};

shapes! {
    /// A text of the catalogue in every language.
    struct TextView {
        /// Simplified Chinese.
        pub zh_hans: String,
        /// English.
        pub en: String,
    }

    /// The bank this app belongs to.
    struct BankView {
        /// Its name.
        pub name: TextView,
        /// The help line, the same on each page.
        pub phone: String,
    }

    /// What a person set for this device.
    struct PreferencesView {
        /// Language; none until chosen: the screen is then Chinese.
        pub locale: Option<Locale>,
        /// Large type (大字).
        pub large_type: bool,
    }

    /// What keeps the store's key and whether it is open.
    struct KeyView {
        /// The rung in use.
        pub rung: KeyRung,
        /// Open, locked or lost.
        pub state: KeyState,
    }

    /// A draft in the list of the first screen.
    struct DraftHeadView {
        /// The draft.
        pub draft_id: String,
        /// Its branch.
        pub branch: TextView,
        /// Its product.
        pub product: TextView,
        /// When it was last saved.
        pub saved_at_ms: u64,
    }

    /// The first screen.
    struct HomeView {
        /// The bank.
        pub bank: BankView,
        /// Drafts to go on with, newest first.
        pub drafts: Vec<DraftHeadView>,
        /// Entries not yet delivered.
        pub pending: u32,
        /// Of these, entries that need a person.
        pub parked: u32,
        /// Whether the catalogue is on this device.
        pub catalogue_present: bool,
        /// Days since the bank's keys and words were fetched, once that is too long ago: a code
        /// that was withdrawn since may still seem good.
        pub unchecked_days: Option<u32>,
        /// The way to the bank.
        pub connection: Connection,
        /// The key of the store.
        pub key: KeyView,
        /// What the person set.
        pub preferences: PreferencesView,
        /// Authorisations that are still to be given where the data lies.
        pub upstream_due: u32,
        /// A link was handed over by the system, and `open_link` can open it now.
        pub link_waiting: bool,
        /// Drafts that cannot be read because their key is gone.
        pub unreadable_drafts: u32,
        /// The officer whose device this is; none on a device of an owner. The name is empty when
        /// the catalogue does not know the staff number any more.
        pub officer: Option<OfficerView>,
        /// The officer's branch, by the catalogue.
        pub officer_branch: Option<TextView>,
        /// The tablet is in an owner's hands: nothing else of this device is told then.
        pub owner_mode: Option<OwnerModeView>,
        /// Version of the app.
        pub app_version: String,
    }

    /// A tablet that was handed to an owner.
    struct OwnerModeView {
        /// The one draft that can be reached.
        pub draft_id: String,
        /// Wrong PINs that are left before a pause; 0 while there is one.
        pub tries_left: u32,
    }

    /// A point of a frame, in its pixels from the top left; may lie outside.
    struct PointView {
        /// To the right.
        pub x: i32,
        /// Down.
        pub y: i32,
    }

    /// A code that was read. Untrusted: to be handed down again, never shown or opened.
    struct CodeView {
        /// Its text.
        pub text: String,
        /// Its corners: top left, top right, bottom right, bottom left of the code.
        pub corners: Vec<PointView>,
    }

    /// What was read in a picture or frame.
    struct CodesView {
        /// The codes, each text once.
        pub codes: Vec<CodeView>,
        /// Why there may be none.
        pub hint: Option<ScanHint>,
    }

    /// A branch.
    struct BranchView {
        /// Its code with check character, as typed by hand.
        pub number: String,
        /// Its name.
        pub name: TextView,
        /// Its telephone.
        pub phone: String,
        /// Its address.
        pub address: TextView,
    }

    /// The officer who will call.
    struct OfficerView {
        /// Name.
        pub name: String,
        /// Staff number (工号).
        pub staff_number: String,
    }

    /// A chip with a code and a word.
    struct ChoiceView {
        /// The value to set.
        pub code: String,
        /// The word.
        pub name: TextView,
    }

    /// A product as far as the screen shows it.
    struct ProductView {
        /// Its code.
        pub code: String,
        /// Its name.
        pub name: TextView,
        /// Least amount.
        pub min_fen: u64,
        /// Largest amount.
        pub max_fen: u64,
        /// Terms offered, in months.
        pub terms_months: Vec<u32>,
        /// Amounts offered as chips; they only fill the box.
        pub amount_chips_fen: Vec<u64>,
        /// Purposes offered as chips.
        pub purposes: Vec<ChoiceView>,
    }

    /// A line of a consent page.
    struct NoticeLineView {
        /// Which line.
        pub line: NoticeLine,
        /// Its words.
        pub text: TextView,
    }

    /// A consent page.
    struct ConsentView {
        /// The notice.
        pub notice_id: String,
        /// Its version.
        pub version: u32,
        /// The kind of data.
        pub kind: ConsentKind,
        /// What harm it may do; first on the page.
        pub adverse_effect: Option<TextView>,
        /// The question on top.
        pub question: TextView,
        /// Short lines: who, what, why, kept, withdraw.
        pub lines: Vec<NoticeLineView>,
        /// The full text, paragraph by paragraph.
        pub full_text: Vec<TextView>,
        /// The agree button, which names the act.
        pub agree: TextView,
        /// The refuse button.
        pub refuse: TextView,
        /// What happens on refusal.
        pub if_refused: TextView,
        /// Why the application cannot be decided without it.
        pub necessary_because: Option<TextView>,
        /// What was decided.
        pub decision: ConsentDecision,
        /// On this device, as it is held now, it can only be refused: agreeing needs a phone of one's
        /// own.
        pub own_phone_needed: bool,
    }

    /// A field with the value as typed and the rule it breaks, if it was left or sent.
    struct FieldView {
        /// Which field.
        pub field: Field,
        /// The value as typed; empty for none.
        pub value: String,
    }

    /// The shop this device applied for before.
    struct ShopView {
        /// Enterprise code with its middle hidden.
        pub enterprise_code_masked: String,
        /// Mobile number with its middle hidden.
        pub mobile_masked: String,
    }

    /// One cost line besides interest.
    struct FeeView {
        /// Its name.
        pub name: TextView,
        /// Who is paid.
        pub payee: TextView,
        /// When it is due.
        pub timing: FeeTiming,
        /// How much.
        pub amount_fen: u64,
    }

    /// One repayment.
    struct InstalmentView {
        /// Its number, from 1.
        pub number: u32,
        /// Principal in it.
        pub principal_fen: u64,
        /// Interest in it.
        pub interest_fen: u64,
        /// All of it.
        pub payment_fen: u64,
    }

    /// What the loan costs, computed on this device.
    struct CostView {
        /// Principal.
        pub principal_fen: u64,
        /// Term.
        pub term_months: u32,
        /// All-in annualised rate, simple method, percent with two decimals, e.g. `4.35`.
        pub annual_percent: String,
        /// The usual repayment.
        pub instalment_fen: u64,
        /// The last repayment.
        pub last_instalment_fen: u64,
        /// Interest in total.
        pub interest_fen: u64,
        /// Fees in total.
        pub fees_fen: u64,
        /// All that is paid back.
        pub total_fen: u64,
        /// Each fee; empty for none.
        pub fees: Vec<FeeView>,
        /// Each repayment.
        pub schedule: Vec<InstalmentView>,
    }

    /// A photo or file of a draft: sealed to the bank, so that its content cannot be shown again.
    struct PartView {
        /// Names it in this draft: SHA-256 of its sealed bytes, hex.
        pub digest: String,
        /// What it shows, e.g. `licence`.
        pub kind: String,
        /// Media type of the content.
        pub media_type: String,
        /// Length of the sealed bytes.
        pub size_bytes: u64,
        /// When it was saved.
        pub saved_at_ms: u64,
    }

    /// The case that a draft takes the place of, and what changed since.
    struct InsteadOfView {
        /// The case.
        pub case_id: String,
        /// Its short number.
        pub device_number: String,
        /// Why it was not enough.
        pub reason: ParkedReason,
        /// Annualised rate it was saved with, percent.
        pub annual_percent_before: String,
        /// The same amount and term at today's terms; none when the product offers them no more.
        pub annual_percent_now: Option<String>,
        /// Notices that are new or have other words since.
        pub changed_notices: Vec<ConsentKind>,
        /// Photos and files of it that can no longer be read, and have to be taken anew.
        pub parts_lost: u32,
        /// Whether sending this draft takes the case back; the bank has it otherwise.
        pub takes_back: bool,
    }

    /// Who asked for the consents of a draft that another device's request code began.
    struct AskedByView {
        /// The officer, by this device's own catalogue.
        pub officer: Option<OfficerView>,
        /// The enterprise that applies, with the middle of its code hidden.
        pub enterprise_code_masked: String,
    }

    /// A message as codes to be shown one after the other, again and again.
    struct CodePiecesView {
        /// The codes. Each is its rows from the top, `#` for a dark module.
        pub pieces: Vec<Vec<String>>,
    }

    /// A draft, whole.
    struct DraftView {
        /// The draft.
        pub draft_id: String,
        /// Where it stands.
        pub step: DraftStep,
        /// The consent page to show while `step` is `consent`: an index into `consents`.
        pub consent_at: u32,
        /// The branch.
        pub branch: BranchView,
        /// The officer of the grid, where one is named.
        pub officer: Option<OfficerView>,
        /// The product.
        pub product: ProductView,
        /// The shop, when this device knows it: its fields need no typing.
        pub shop: Option<ShopView>,
        /// The consent pages in order.
        pub consents: Vec<ConsentView>,
        /// The fields of the form.
        pub fields: Vec<FieldView>,
        /// Rules that typed values break now; missing values are not listed before submission.
        pub violations: Vec<Violation>,
        /// The product's least annualised rate, shown before an amount is known.
        pub annual_percent_from: String,
        /// What it costs, when amount and term are good.
        pub cost: Option<CostView>,
        /// Photos and files, in the order in which they were added.
        pub parts: Vec<PartView>,
        /// The case it takes the place of.
        pub instead_of: Option<InsteadOfView>,
        /// Who asked, when the consents are for an application on another device. Such a draft has
        /// no form: it ends with the step `answer`.
        pub asked_by: Option<AskedByView>,
        /// The consents were decided on the owner's own phone, and its records are here.
        pub answered_elsewhere: bool,
        /// When it was last saved.
        pub saved_at_ms: u64,
    }

    /// A consent in a case's summary line.
    struct CaseConsentView {
        /// The kind of data.
        pub kind: ConsentKind,
        /// What was decided.
        pub decision: ConsentDecision,
    }

    /// A submitted case: saved or received.
    struct CaseView {
        /// The case: its envelope's id.
        pub case_id: String,
        /// A short number for this device, e.g. `L-7F3K`.
        pub device_number: String,
        /// The bank's number; only after a verified acknowledgement.
        pub reference: Option<String>,
        /// Where it stands.
        pub state: CaseState,
        /// Why it waits for a person.
        pub parked_reason: Option<ParkedReason>,
        /// When it was saved.
        pub saved_at_ms: u64,
        /// The bank's own time of receipt.
        pub received_at_ms: Option<u64>,
        /// Amount asked.
        pub amount_fen: u64,
        /// Term of the illustration.
        pub term_months: u32,
        /// Purpose, when one was chosen.
        pub purpose: Option<TextView>,
        /// Annualised rate of the illustration, percent.
        pub annual_percent: String,
        /// The branch.
        pub branch: BranchView,
        /// The officer who will call.
        pub officer: Option<OfficerView>,
        /// The product.
        pub product_name: TextView,
        /// What was decided on each consent page.
        pub consents: Vec<CaseConsentView>,
        /// What happens next, from the catalogue.
        pub next_steps: Vec<TextView>,
        /// How many photos and files belong to it.
        pub parts: u32,
        /// Short number of the case it takes the place of.
        pub instead_of: Option<String>,
        /// What can be done with it.
        pub acts: Vec<EntryAct>,
    }

    /// One thing that rested on a withdrawn consent, by the bank's certificate.
    struct TreatedView {
        /// What.
        pub what: StoppedThing,
        /// What was done with it.
        pub done: StopDone,
        /// Why it, or what proves it, is kept; none when nothing is.
        pub why: Option<KeptWhy>,
        /// The last day of keeping, `2029-11-22`; none when that is not known today.
        pub until: Option<String>,
        /// Days of keeping, by the consent itself.
        pub days: Option<u16>,
        /// From when they count.
        pub from: Option<KeptFrom>,
    }

    /// What the bank did after a withdrawal.
    struct StopView {
        /// How far it is.
        pub state: StopState,
        /// It took, or takes, longer than the minute that the bank promises.
        pub is_late: bool,
        /// The bank's time since which nothing is read.
        pub stopped_at_ms: Option<u64>,
        /// What it did; empty before its certificate is here.
        pub treated: Vec<TreatedView>,
    }

    /// A consent given or refused on this device.
    struct ConsentRecordView {
        /// The record.
        pub record_id: String,
        /// The case it was asked for.
        pub case_id: String,
        /// The kind of data.
        pub kind: ConsentKind,
        /// The question it answered.
        pub question: TextView,
        /// Short lines of the notice as shown.
        pub lines: Vec<NoticeLineView>,
        /// Version of the notice.
        pub version: u32,
        /// The branch.
        pub branch: TextView,
        /// What was decided.
        pub decision: ConsentDecision,
        /// When it was decided.
        pub decided_at_ms: u64,
        /// When it was taken back.
        pub withdrawn_at_ms: Option<u64>,
        /// Whether the bank has the withdrawal.
        pub withdrawal_delivered: bool,
        /// What is still to be done where the data lies; none when nothing is, or no longer.
        pub upstream: Option<UpstreamView>,
        /// What the bank did after it; none of a consent that was not taken back.
        pub stop: Option<StopView>,
        /// SHA-256 of the signed record, hex: what any copy can be compared with.
        pub digest: String,
    }

    /// How the data's own authorisation is given in the system it lies in.
    struct UpstreamView {
        /// What people call the system.
        pub name: TextView,
        /// What to do there, in order.
        pub steps: Vec<TextView>,
        /// Where it opens.
        pub address: Option<String>,
        /// When the person said that it is done there; none while it is still to be done.
        pub said_at_ms: Option<u64>,
        /// Until when it can be of use: the last day of the consent.
        pub until_ms: u64,
    }

    /// All consents of this device, newest first.
    struct ConsentsView {
        /// The records.
        pub records: Vec<ConsentRecordView>,
        /// The record that a code led to; told once.
        pub asked: Option<String>,
    }
}
