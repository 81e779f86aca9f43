// Generated from crates/wire by `cargo xtask bindings`. Do not edit.

/** Every command of the shell, in the order of the road. */
export const COMMANDS = [
  "home",
  "read_picture",
  "read_frame",
  "open_codes",
  "open_link",
  "enter_branch",
  "draft",
  "decide_consent",
  "enter_owner_mode",
  "leave_owner_mode",
  "set_field",
  "fill_licence",
  "forget_shop",
  "request_code",
  "read_answer",
  "answer_code",
  "submit",
  "discard_draft",
  "case",
  "outbox",
  "send_now",
  "send_again",
  "ask_again",
  "take_back",
  "export_case",
  "export_evidence",
  "forget_lost",
  "consents",
  "withdraw_consent",
  "say_upstream",
  "consent_copy",
  "save_copy",
  "set_preferences",
  "set_officer",
  "set_passphrase",
  "unlock",
  "repair",
] as const;

/** The one event that goes up; it carries nothing. */
export const CHANGED_EVENT = "changed";

export type ProblemCode = "code_not_found" | "code_is_payment" | "code_is_wechat" | "code_is_alipay" | "code_is_licence" | "code_is_link" | "code_is_consent" | "code_is_consent_elsewhere" | "code_in_pieces" | "code_pieces_damaged" | "code_is_request" | "code_is_answer" | "request_other_bank" | "request_other_words" | "request_place_unknown" | "request_ticket_invalid" | "request_own_device" | "answer_other_request" | "answer_invalid" | "code_is_other" | "ticket_other_bank" | "ticket_forged" | "ticket_stale_directory" | "ticket_expired" | "ticket_not_yet_valid" | "ticket_revoked" | "ticket_unknown_place" | "licence_unreadable" | "picture_unreadable" | "picture_too_large" | "branch_number_shape" | "branch_number_check" | "branch_number_unknown" | "catalogue_missing" | "draft_unknown" | "draft_unreadable" | "notice_changed" | "consent_too_fast" | "consent_already_decided" | "officer_may_not_consent" | "own_phone_needed" | "owner_mode" | "pin_shape" | "pin_wrong" | "pin_paused" | "officer_unknown" | "consent_unknown" | "copy_unproved" | "form_rules" | "case_unknown" | "case_already_delivered" | "case_not_held" | "evidence_invalid" | "part_too_many" | "part_lost" | "disk_low" | "passphrase_wrong" | "passphrase_too_short" | "vault_locked" | "disk_full" | "store_unreadable" | "outbox_damaged" | "store_in_use" | "store_too_new" | "offline" | "malformed" | "content_type" | "too_large" | "not_found" | "method_not_allowed" | "unauthorised" | "envelope_conflict" | "seal_unknown" | "envelope_content" | "part_unknown" | "part_offset" | "part_checksum" | "part_too_large" | "part_quota" | "busy" | "internal";

export type ViolationCode = "enterprise_code_missing" | "enterprise_code_length" | "enterprise_code_character" | "enterprise_code_check" | "mobile_missing" | "mobile_shape" | "amount_missing" | "amount_not_number" | "amount_too_small" | "amount_too_large" | "amount_step" | "term_not_offered" | "purpose_unknown" | "consent_undecided" | "necessary_consent_refused";

export type Field = "enterprise_code" | "mobile" | "amount" | "term" | "purpose" | "consents";

export type Violation = { 
/**
 * The field that breaks the rule.
 */
field: Field, 
/**
 * The rule.
 */
code: ViolationCode, 
/**
 * Numbers for the words, by name: `length`, `position`, `min_fen`, `max_fen`, `step_fen`.
 */
params: { [key in string]: number }, };

export type ProgressView = { 
/**
 * Codes that are here, in the measure of `of`.
 */
done: number, 
/**
 * How many are needed.
 */
of: number, };

export type Problem = { 
/**
 * The closed code that the screen switches on.
 */
code: ProblemCode, 
/**
 * English, for logs; never shown, never personal.
 */
message: string, 
/**
 * Seconds after which a new try makes sense.
 */
retryAfterS: number | null, 
/**
 * Every broken rule of the form at once; empty unless `code` is `form_rules`.
 */
violations: Array<Violation>, 
/**
 * How far it is, when `code` is `code_in_pieces`.
 */
progress: ProgressView | null, };

export type Locale = "zh-Hans" | "en";

export type CopyOf = "case" | "record";

export type CopyFile = "picture" | "pages";

export type CopyStyle = "title" | "soft" | "heading" | "question" | "answer" | "fact" | "text" | "mark" | "code";

export type ScanHint = "too_dark" | "too_far" | "blurred";

export type DraftStep = "consent" | "hand_over" | "form" | "answer";

export type ConsentKind = "tax" | "transactions" | "invoices" | "public_records" | "platform_orders" | "business_registry" | "credit_query" | "credit_reporting" | "passing_on";

export type ConsentDecision = "undecided" | "given" | "refused" | "withdrawn";

export type NoticeLine = "who" | "what" | "why" | "kept" | "withdraw";

export type StopState = "queued" | "asked" | "stopped";

export type StoppedThing = "consent" | "withdrawal" | "reads" | "data" | "application";

export type StopDone = "deleted" | "cancelled" | "kept" | "none_there";

export type KeptWhy = "proof" | "decided" | "contract" | "asked";

export type KeptFrom = "declined" | "loan_ended";

export type ConsentAnswer = "give" | "refuse";

export type PressedWith = "pointer" | "keyboard";

export type Adapted = "large_type" | "contrast" | "less_motion" | "dark";

export type EntryKind = "application" | "withdrawal";

export type CaseState = "queued" | "delivered" | "parked" | "cancelled";

export type ParkedReason = "conflict" | "refused" | "stale" | "expired" | "damaged";

export type EntryAct = "open" | "send_again" | "ask_again" | "take_back" | "export";

export type Connection = "unknown" | "online" | "offline" | "portal" | "clock";

export type KeyRung = "os_store" | "passphrase" | "credential" | "memory";

export type KeyState = "open" | "locked" | "lost";

export type FeeTiming = "upfront" | "first_repayment" | "each_repayment" | "end";

export type TextView = { 
/**
 * Simplified Chinese.
 */
zhHans: string, 
/**
 * English.
 */
en: string, };

export type BankView = { 
/**
 * Its name.
 */
name: TextView, 
/**
 * The help line, the same on each page.
 */
phone: string, };

export type PreferencesView = { 
/**
 * Language; none until chosen: the screen is then Chinese.
 */
locale: Locale | null, 
/**
 * Large type (大字).
 */
largeType: boolean, };

export type KeyView = { 
/**
 * The rung in use.
 */
rung: KeyRung, 
/**
 * Open, locked or lost.
 */
state: KeyState, };

export type DraftHeadView = { 
/**
 * The draft.
 */
draftId: string, 
/**
 * Its branch.
 */
branch: TextView, 
/**
 * Its product.
 */
product: TextView, 
/**
 * When it was last saved.
 */
savedAtMs: number, };

export type HomeView = { 
/**
 * The bank.
 */
bank: BankView, 
/**
 * Drafts to go on with, newest first.
 */
drafts: Array<DraftHeadView>, 
/**
 * Entries not yet delivered.
 */
pending: number, 
/**
 * Of these, entries that need a person.
 */
parked: number, 
/**
 * Whether the catalogue is on this device.
 */
cataloguePresent: boolean, 
/**
 * Days since the bank's keys and words were fetched, once that is too long ago: a code
 * that was withdrawn since may still seem good.
 */
uncheckedDays: number | null, 
/**
 * The way to the bank.
 */
connection: Connection, 
/**
 * The key of the store.
 */
key: KeyView, 
/**
 * What the person set.
 */
preferences: PreferencesView, 
/**
 * Authorisations that are still to be given where the data lies.
 */
upstreamDue: number, 
/**
 * A link was handed over by the system, and `open_link` can open it now.
 */
linkWaiting: boolean, 
/**
 * Drafts that cannot be read because their key is gone.
 */
unreadableDrafts: number, 
/**
 * The officer whose device this is; none on a device of an owner. The name is empty when
 * the catalogue does not know the staff number any more.
 */
officer: OfficerView | null, 
/**
 * The officer's branch, by the catalogue.
 */
officerBranch: TextView | null, 
/**
 * The tablet is in an owner's hands: nothing else of this device is told then.
 */
ownerMode: OwnerModeView | null, 
/**
 * Version of the app.
 */
appVersion: string, };

export type OwnerModeView = { 
/**
 * The one draft that can be reached.
 */
draftId: string, 
/**
 * Wrong PINs that are left before a pause; 0 while there is one.
 */
triesLeft: number, };

export type PointView = { 
/**
 * To the right.
 */
x: number, 
/**
 * Down.
 */
y: number, };

export type CodeView = { 
/**
 * Its text.
 */
text: string, 
/**
 * Its corners: top left, top right, bottom right, bottom left of the code.
 */
corners: Array<PointView>, };

export type CodesView = { 
/**
 * The codes, each text once.
 */
codes: Array<CodeView>, 
/**
 * Why there may be none.
 */
hint: ScanHint | null, };

export type BranchView = { 
/**
 * Its code with check character, as typed by hand.
 */
number: string, 
/**
 * Its name.
 */
name: TextView, 
/**
 * Its telephone.
 */
phone: string, 
/**
 * Its address.
 */
address: TextView, };

export type OfficerView = { 
/**
 * Name.
 */
name: string, 
/**
 * Staff number (工号).
 */
staffNumber: string, };

export type ChoiceView = { 
/**
 * The value to set.
 */
code: string, 
/**
 * The word.
 */
name: TextView, };

export type ProductView = { 
/**
 * Its code.
 */
code: string, 
/**
 * Its name.
 */
name: TextView, 
/**
 * Least amount.
 */
minFen: number, 
/**
 * Largest amount.
 */
maxFen: number, 
/**
 * Terms offered, in months.
 */
termsMonths: Array<number>, 
/**
 * Amounts offered as chips; they only fill the box.
 */
amountChipsFen: Array<number>, 
/**
 * Purposes offered as chips.
 */
purposes: Array<ChoiceView>, };

export type NoticeLineView = { 
/**
 * Which line.
 */
line: NoticeLine, 
/**
 * Its words.
 */
text: TextView, };

export type ConsentView = { 
/**
 * The notice.
 */
noticeId: string, 
/**
 * Its version.
 */
version: number, 
/**
 * The kind of data.
 */
kind: ConsentKind, 
/**
 * What harm it may do; first on the page.
 */
adverseEffect: TextView | null, 
/**
 * The question on top.
 */
question: TextView, 
/**
 * Short lines: who, what, why, kept, withdraw.
 */
lines: Array<NoticeLineView>, 
/**
 * The full text, paragraph by paragraph.
 */
fullText: Array<TextView>, 
/**
 * The agree button, which names the act.
 */
agree: TextView, 
/**
 * The refuse button.
 */
refuse: TextView, 
/**
 * What happens on refusal.
 */
ifRefused: TextView, 
/**
 * Why the application cannot be decided without it.
 */
necessaryBecause: TextView | null, 
/**
 * What was decided.
 */
decision: ConsentDecision, 
/**
 * On this device, as it is held now, it can only be refused: agreeing needs a phone of one's
 * own.
 */
ownPhoneNeeded: boolean, };

export type FieldView = { 
/**
 * Which field.
 */
field: Field, 
/**
 * The value as typed; empty for none.
 */
value: string, };

export type ShopView = { 
/**
 * Enterprise code with its middle hidden.
 */
enterpriseCodeMasked: string, 
/**
 * Mobile number with its middle hidden.
 */
mobileMasked: string, };

export type FeeView = { 
/**
 * Its name.
 */
name: TextView, 
/**
 * Who is paid.
 */
payee: TextView, 
/**
 * When it is due.
 */
timing: FeeTiming, 
/**
 * How much.
 */
amountFen: number, };

export type InstalmentView = { 
/**
 * Its number, from 1.
 */
number: number, 
/**
 * Principal in it.
 */
principalFen: number, 
/**
 * Interest in it.
 */
interestFen: number, 
/**
 * All of it.
 */
paymentFen: number, };

export type CostView = { 
/**
 * Principal.
 */
principalFen: number, 
/**
 * Term.
 */
termMonths: number, 
/**
 * All-in annualised rate, simple method, percent with two decimals, e.g. `4.35`.
 */
annualPercent: string, 
/**
 * The usual repayment.
 */
instalmentFen: number, 
/**
 * The last repayment.
 */
lastInstalmentFen: number, 
/**
 * Interest in total.
 */
interestFen: number, 
/**
 * Fees in total.
 */
feesFen: number, 
/**
 * All that is paid back.
 */
totalFen: number, 
/**
 * Each fee; empty for none.
 */
fees: Array<FeeView>, 
/**
 * Each repayment.
 */
schedule: Array<InstalmentView>, };

export type PartView = { 
/**
 * Names it in this draft: SHA-256 of its sealed bytes, hex.
 */
digest: string, 
/**
 * What it shows, e.g. `licence`.
 */
kind: string, 
/**
 * Media type of the content.
 */
mediaType: string, 
/**
 * Length of the sealed bytes.
 */
sizeBytes: number, 
/**
 * When it was saved.
 */
savedAtMs: number, };

export type InsteadOfView = { 
/**
 * The case.
 */
caseId: string, 
/**
 * Its short number.
 */
deviceNumber: string, 
/**
 * Why it was not enough.
 */
reason: ParkedReason, 
/**
 * Annualised rate it was saved with, percent.
 */
annualPercentBefore: string, 
/**
 * The same amount and term at today's terms; none when the product offers them no more.
 */
annualPercentNow: string | null, 
/**
 * Notices that are new or have other words since.
 */
changedNotices: Array<ConsentKind>, 
/**
 * Photos and files of it that can no longer be read, and have to be taken anew.
 */
partsLost: number, 
/**
 * Whether sending this draft takes the case back; the bank has it otherwise.
 */
takesBack: boolean, };

export type AskedByView = { 
/**
 * The officer, by this device's own catalogue.
 */
officer: OfficerView | null, 
/**
 * The enterprise that applies, with the middle of its code hidden.
 */
enterpriseCodeMasked: string, };

export type CodePiecesView = { 
/**
 * The codes. Each is its rows from the top, `#` for a dark module.
 */
pieces: Array<Array<string>>, };

export type DraftView = { 
/**
 * The draft.
 */
draftId: string, 
/**
 * Where it stands.
 */
step: DraftStep, 
/**
 * The consent page to show while `step` is `consent`: an index into `consents`.
 */
consentAt: number, 
/**
 * The branch.
 */
branch: BranchView, 
/**
 * The officer of the grid, where one is named.
 */
officer: OfficerView | null, 
/**
 * The product.
 */
product: ProductView, 
/**
 * The shop, when this device knows it: its fields need no typing.
 */
shop: ShopView | null, 
/**
 * The consent pages in order.
 */
consents: Array<ConsentView>, 
/**
 * The fields of the form.
 */
fields: Array<FieldView>, 
/**
 * Rules that typed values break now; missing values are not listed before submission.
 */
violations: Array<Violation>, 
/**
 * The product's least annualised rate, shown before an amount is known.
 */
annualPercentFrom: string, 
/**
 * What it costs, when amount and term are good.
 */
cost: CostView | null, 
/**
 * Photos and files, in the order in which they were added.
 */
parts: Array<PartView>, 
/**
 * The case it takes the place of.
 */
insteadOf: InsteadOfView | null, 
/**
 * Who asked, when the consents are for an application on another device. Such a draft has
 * no form: it ends with the step `answer`.
 */
askedBy: AskedByView | null, 
/**
 * The consents were decided on the owner's own phone, and its records are here.
 */
answeredElsewhere: boolean, 
/**
 * When it was last saved.
 */
savedAtMs: number, };

export type CaseConsentView = { 
/**
 * The kind of data.
 */
kind: ConsentKind, 
/**
 * What was decided.
 */
decision: ConsentDecision, };

export type CaseView = { 
/**
 * The case: its envelope's id.
 */
caseId: string, 
/**
 * A short number for this device, e.g. `L-7F3K`.
 */
deviceNumber: string, 
/**
 * The bank's number; only after a verified acknowledgement.
 */
reference: string | null, 
/**
 * Where it stands.
 */
state: CaseState, 
/**
 * Why it waits for a person.
 */
parkedReason: ParkedReason | null, 
/**
 * When it was saved.
 */
savedAtMs: number, 
/**
 * The bank's own time of receipt.
 */
receivedAtMs: number | null, 
/**
 * Amount asked.
 */
amountFen: number, 
/**
 * Term of the illustration.
 */
termMonths: number, 
/**
 * Purpose, when one was chosen.
 */
purpose: TextView | null, 
/**
 * Annualised rate of the illustration, percent.
 */
annualPercent: string, 
/**
 * The branch.
 */
branch: BranchView, 
/**
 * The officer who will call.
 */
officer: OfficerView | null, 
/**
 * The product.
 */
productName: TextView, 
/**
 * What was decided on each consent page.
 */
consents: Array<CaseConsentView>, 
/**
 * What happens next, from the catalogue.
 */
nextSteps: Array<TextView>, 
/**
 * How many photos and files belong to it.
 */
parts: number, 
/**
 * Short number of the case it takes the place of.
 */
insteadOf: string | null, 
/**
 * What can be done with it.
 */
acts: Array<EntryAct>, };

export type EntryView = { 
/**
 * The entry: its envelope's id.
 */
caseId: string, 
/**
 * A short number for this device.
 */
deviceNumber: string, 
/**
 * Application or withdrawal.
 */
kind: EntryKind, 
/**
 * The branch it goes to.
 */
branch: TextView, 
/**
 * Amount, for an application.
 */
amountFen: number | null, 
/**
 * Where it stands.
 */
state: CaseState, 
/**
 * Whether it is on its way this moment.
 */
sending: boolean, 
/**
 * Why it waits for a person.
 */
parkedReason: ParkedReason | null, 
/**
 * Tries so far.
 */
attempts: number, 
/**
 * When the next try is due.
 */
nextTryAtMs: number | null, 
/**
 * When it was saved.
 */
savedAtMs: number, 
/**
 * When the bank received it.
 */
receivedAtMs: number | null, 
/**
 * The bank's number.
 */
reference: string | null, 
/**
 * Photos and files that belong to it.
 */
parts: number, 
/**
 * Sealed bytes that the bank has confirmed, photos and files included.
 */
confirmedBytes: number, 
/**
 * All its sealed bytes.
 */
totalBytes: number, 
/**
 * What can be done with it, in the order to show.
 */
acts: Array<EntryAct>, };

export type OutboxCountsView = { 
/**
 * To be sent.
 */
queued: number, 
/**
 * Waiting for a person.
 */
parked: number, 
/**
 * The bank has them.
 */
delivered: number, 
/**
 * Taken back.
 */
cancelled: number, };

export type LostCaseView = { 
/**
 * The case.
 */
caseId: string, 
/**
 * Its short number.
 */
deviceNumber: string, 
/**
 * Application or withdrawal.
 */
kind: EntryKind, 
/**
 * The branch it was for.
 */
branch: TextView, 
/**
 * Amount, for an application.
 */
amountFen: number | null, 
/**
 * When it was saved.
 */
savedAtMs: number, 
/**
 * What can be done about it; forgetting it is always possible.
 */
acts: Array<EntryAct>, };

export type OutboxView = { 
/**
 * Rows of this page: what is not delivered first, newest first in each part.
 */
entries: Array<EntryView>, 
/**
 * How many rows come before this page.
 */
offset: number, 
/**
 * Rows of all pages.
 */
total: number, 
/**
 * Rows by state.
 */
counts: OutboxCountsView, 
/**
 * Entries not yet delivered.
 */
pending: number, 
/**
 * When the last one was delivered.
 */
lastDeliveredAtMs: number | null, 
/**
 * The way to the bank.
 */
connection: Connection, 
/**
 * Cases that are gone from the outbox.
 */
lost: Array<LostCaseView>, };

export type ExportView = { 
/**
 * Its name.
 */
fileName: string, 
/**
 * Where it lies on this device.
 */
path: string, 
/**
 * Its length.
 */
sizeBytes: number, };

export type RepairView = { 
/**
 * Cases that are in the outbox again, as they were.
 */
recovered: number, 
/**
 * Short numbers of cases whose content cannot be read: they need a person.
 */
damaged: Array<string>, 
/**
 * Cases that cannot be read at all, at least.
 */
unreadable: number, 
/**
 * Photos and files that are here again.
 */
parts: number, 
/**
 * Photos and files that cannot be read, at least.
 */
partsUnreadable: number, 
/**
 * Where the old file lies.
 */
oldFile: string, };

export type UpstreamView = { 
/**
 * What people call the system.
 */
name: TextView, 
/**
 * What to do there, in order.
 */
steps: Array<TextView>, 
/**
 * Where it opens.
 */
address: string | null, 
/**
 * When the person said that it is done there; none while it is still to be done.
 */
saidAtMs: number | null, 
/**
 * Until when it can be of use: the last day of the consent.
 */
untilMs: number, };

export type TreatedView = { 
/**
 * What.
 */
what: StoppedThing, 
/**
 * What was done with it.
 */
done: StopDone, 
/**
 * Why it, or what proves it, is kept; none when nothing is.
 */
why: KeptWhy | null, 
/**
 * The last day of keeping, `2029-11-22`; none when that is not known today.
 */
until: string | null, 
/**
 * Days of keeping, by the consent itself.
 */
days: number | null, 
/**
 * From when they count.
 */
from: KeptFrom | null, };

export type StopView = { 
/**
 * How far it is.
 */
state: StopState, 
/**
 * It took, or takes, longer than the minute that the bank promises.
 */
isLate: boolean, 
/**
 * The bank's time since which nothing is read.
 */
stoppedAtMs: number | null, 
/**
 * What it did; empty before its certificate is here.
 */
treated: Array<TreatedView>, };

export type ConsentRecordView = { 
/**
 * The record.
 */
recordId: string, 
/**
 * The case it was asked for.
 */
caseId: string, 
/**
 * The kind of data.
 */
kind: ConsentKind, 
/**
 * The question it answered.
 */
question: TextView, 
/**
 * Short lines of the notice as shown.
 */
lines: Array<NoticeLineView>, 
/**
 * Version of the notice.
 */
version: number, 
/**
 * The branch.
 */
branch: TextView, 
/**
 * What was decided.
 */
decision: ConsentDecision, 
/**
 * When it was decided.
 */
decidedAtMs: number, 
/**
 * When it was taken back.
 */
withdrawnAtMs: number | null, 
/**
 * Whether the bank has the withdrawal.
 */
withdrawalDelivered: boolean, 
/**
 * What is still to be done where the data lies; none when nothing is, or no longer.
 */
upstream: UpstreamView | null, 
/**
 * What the bank did after it; none of a consent that was not taken back.
 */
stop: StopView | null, 
/**
 * SHA-256 of the signed record, hex: what any copy can be compared with.
 */
digest: string, };

export type ConsentsView = { 
/**
 * The records.
 */
records: Array<ConsentRecordView>, 
/**
 * The record that a code led to; told once.
 */
asked: string | null, };

export type CopyRequest = { 
/**
 * Whether `id` is of a case or of one record.
 */
of: CopyOf, 
/**
 * The case or the record.
 */
id: string, };

export type CopyBlockView = { 
/**
 * How it is set.
 */
style: CopyStyle, 
/**
 * What stands in front of it.
 */
label: string | null, 
/**
 * The words; of a code, its text, which is not drawn in letters.
 */
text: string, 
/**
 * The rows of a code from the top, `#` for a dark module; empty for what is no code.
 */
modules: Array<string>, };

export type CopyView = { 
/**
 * The language it is in.
 */
locale: Locale, 
/**
 * Its pieces.
 */
blocks: Array<CopyBlockView>, };

export type CopyLineRequest = { 
/**
 * The words.
 */
text: string, 
/**
 * Left end.
 */
x: number, 
/**
 * Its base line, from the top.
 */
y: number, 
/**
 * Its width.
 */
width: number, 
/**
 * Height of its type.
 */
size: number, };

export type CopySheetRequest = { 
/**
 * The picture in base 64: PNG for a picture, JPEG for a page.
 */
image: string, 
/**
 * Its width, pixels.
 */
width: number, 
/**
 * Its height, pixels.
 */
height: number, 
/**
 * Every line of words on it, from top to bottom.
 */
lines: Array<CopyLineRequest>, };

export type SaveCopyRequest = { 
/**
 * What it is a copy of.
 */
copy: CopyRequest, 
/**
 * As a picture, which has one sheet, or as pages.
 */
file: CopyFile, 
/**
 * The sheets, in order.
 */
sheets: Array<CopySheetRequest>, };

export type OpenCodesRequest = { 
/**
 * As read; untrusted. Empty when no code was found in a picture.
 */
texts: Array<string>, };

export type ReadAnswerRequest = { 
/**
 * The draft that asked.
 */
draftId: string, 
/**
 * As read; untrusted. Empty when no code was found in a picture.
 */
texts: Array<string>, };

export type FillLicenceRequest = { 
/**
 * The draft whose enterprise code is to be filled.
 */
draftId: string, 
/**
 * As read; untrusted. Empty when no code was found in a picture.
 */
texts: Array<string>, };

export type EnterBranchRequest = { 
/**
 * As typed.
 */
number: string, };

export type DraftRequest = { 
/**
 * The draft.
 */
draftId: string, };

export type Pin = string;

export type DecideConsentRequest = { 
/**
 * The draft.
 */
draftId: string, 
/**
 * The notice shown.
 */
noticeId: string, 
/**
 * Its version as shown.
 */
version: number, 
/**
 * The language it was shown in.
 */
locale: Locale, 
/**
 * Which button.
 */
answer: ConsentAnswer, 
/**
 * Milliseconds between the page being drawn and the press, by the page's monotonic clock.
 */
dwellMs: number, 
/**
 * How it was pressed.
 */
pressedWith: PressedWith, 
/**
 * Whether the whole page had been on the screen.
 */
scrolledToEnd: boolean, 
/**
 * Whether the full text was opened.
 */
fullTextOpened: boolean, 
/**
 * Width of the page, CSS pixels.
 */
screenWidth: number, 
/**
 * Height of the page, CSS pixels.
 */
screenHeight: number, 
/**
 * How the page was adapted to the person.
 */
adapted: Array<Adapted>, };

export type EnterOwnerModeRequest = { 
/**
 * The draft whose consents are asked.
 */
draftId: string, 
/**
 * 4 to 6 digits, chosen by the officer for this time.
 */
pin: Pin, };

export type LeaveOwnerModeRequest = { 
/**
 * The PIN; where the store has a passphrase, that one will do as well.
 */
pin: Pin, };

export type SetOfficerRequest = { 
/**
 * Staff number as typed; none for a device of an owner.
 */
staffNumber: string | null, };

export type SetFieldRequest = { 
/**
 * The draft.
 */
draftId: string, 
/**
 * Which field.
 */
field: Field, 
/**
 * The value; empty clears it.
 */
value: string, };

export type OutboxRequest = { 
/**
 * How many rows are passed over.
 */
offset: number, 
/**
 * Most rows to show; more than 100 is read as 100.
 */
limit: number, };

export type CaseRequest = { 
/**
 * The case.
 */
caseId: string, };

export type WithdrawConsentRequest = { 
/**
 * The record.
 */
recordId: string, };

export type SayUpstreamRequest = { 
/**
 * The consent record.
 */
recordId: string, 
/**
 * False takes it back.
 */
done: boolean, };

export type SetPreferencesRequest = { 
/**
 * Language.
 */
locale: Locale, 
/**
 * Large type.
 */
largeType: boolean, };

export type PassphraseRequest = { 
/**
 * The passphrase.
 */
passphrase: string, };
