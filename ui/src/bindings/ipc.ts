// Written from crates/wire; the exporter replaces this file. Do not edit.

export type Locale = "zh-Hans" | "en";

export type DraftStep = "consent" | "form";

export type ConsentKind = "tax" | "transactions";

export type ConsentDecision = "undecided" | "given" | "refused" | "withdrawn";

export type NoticeLine = "who" | "what" | "why" | "kept" | "withdraw";

export type ConsentAnswer = "give" | "refuse";

export type PressedWith = "pointer" | "keyboard";

export type EntryKind = "application" | "withdrawal";

export type CaseState = "queued" | "delivered" | "parked" | "cancelled";

export type ParkedReason = "conflict" | "refused" | "stale";

export type Connection = "unknown" | "online" | "offline" | "portal";

export type KeyRung = "os_store" | "passphrase" | "credential" | "memory";

export type KeyState = "open" | "locked" | "lost";

export type FeeTiming = "upfront" | "first_repayment" | "each_repayment" | "end";

export type TextView = { zhHans: string, en: string, };

export type BankView = { name: TextView, phone: string, };

export type PreferencesView = { locale: Locale | null, largeType: boolean, };

export type KeyView = { rung: KeyRung, state: KeyState, };

export type DraftHeadView = { draftId: string, branch: TextView, product: TextView, savedAtMs: number, };

export type HomeView = { bank: BankView, drafts: Array<DraftHeadView>, pending: number, parked: number, cataloguePresent: boolean, connection: Connection, key: KeyView, preferences: PreferencesView, unreadableDrafts: number, appVersion: string, };

export type BranchView = { number: string, name: TextView, phone: string, address: TextView, };

export type OfficerView = { name: string, staffNumber: string, };

export type ChoiceView = { code: string, name: TextView, };

export type ProductView = { code: string, name: TextView, minFen: number, maxFen: number, termsMonths: Array<number>, amountChipsFen: Array<number>, purposes: Array<ChoiceView>, };

export type NoticeLineView = { line: NoticeLine, text: TextView, };

export type ConsentView = { noticeId: string, version: number, kind: ConsentKind, question: TextView, lines: Array<NoticeLineView>, fullText: Array<TextView>, agree: TextView, refuse: TextView, ifRefused: TextView, decision: ConsentDecision, };

export type FieldView = { field: Field, value: string, };

export type ShopView = { enterpriseCodeMasked: string, mobileMasked: string, };

export type FeeView = { name: TextView, payee: TextView, timing: FeeTiming, amountFen: number, };

export type InstalmentView = { number: number, principalFen: number, interestFen: number, paymentFen: number, };

export type CostView = { principalFen: number, termMonths: number, annualPercent: string, instalmentFen: number, lastInstalmentFen: number, interestFen: number, feesFen: number, totalFen: number, fees: Array<FeeView>, schedule: Array<InstalmentView>, };

export type DraftView = { draftId: string, step: DraftStep, consentAt: number, branch: BranchView, officer: OfficerView | null, product: ProductView, shop: ShopView | null, consents: Array<ConsentView>, fields: Array<FieldView>, violations: Array<Violation>, annualPercentFrom: string, cost: CostView | null, savedAtMs: number, };

export type CaseConsentView = { kind: ConsentKind, decision: ConsentDecision, };

export type CaseView = { caseId: string, deviceNumber: string, reference: string | null, state: CaseState, parkedReason: ParkedReason | null, savedAtMs: number, receivedAtMs: number | null, amountFen: number, termMonths: number, purpose: TextView | null, annualPercent: string, branch: BranchView, officer: OfficerView | null, productName: TextView, consents: Array<CaseConsentView>, nextSteps: Array<TextView>, canTakeBack: boolean, };

export type EntryView = { caseId: string, deviceNumber: string, kind: EntryKind, branch: TextView, amountFen: number | null, state: CaseState, sending: boolean, parkedReason: ParkedReason | null, attempts: number, nextTryAtMs: number | null, savedAtMs: number, receivedAtMs: number | null, reference: string | null, sizeBytes: number, };

export type OutboxView = { entries: Array<EntryView>, pending: number, lastDeliveredAtMs: number | null, connection: Connection, };

export type ConsentRecordView = { recordId: string, kind: ConsentKind, question: TextView, lines: Array<NoticeLineView>, version: number, branch: TextView, decision: ConsentDecision, decidedAtMs: number, withdrawnAtMs: number | null, withdrawalDelivered: boolean, digest: string, };

export type ConsentsView = { records: Array<ConsentRecordView>, };

export type OpenCodeRequest = { text: string, };

export type EnterBranchRequest = { number: string, };

export type DraftRequest = { draftId: string, };

export type DecideConsentRequest = { draftId: string, noticeId: string, version: number, locale: Locale, answer: ConsentAnswer, dwellMs: number, pressedWith: PressedWith, fullTextOpened: boolean, screenWidth: number, screenHeight: number, largeType: boolean, };

export type SetFieldRequest = { draftId: string, field: Field, value: string, };

export type CaseRequest = { caseId: string, };

export type WithdrawConsentRequest = { recordId: string, };

export type SetPreferencesRequest = { locale: Locale, largeType: boolean, };

export type PassphraseRequest = { passphrase: string, };

export type ProblemCode = "code_not_found" | "code_is_payment" | "code_is_wechat" | "code_is_link" | "code_is_other" | "ticket_other_bank" | "ticket_forged" | "ticket_expired" | "ticket_not_yet_valid" | "ticket_revoked" | "ticket_unknown_place" | "picture_unreadable" | "picture_too_large" | "branch_number_shape" | "branch_number_check" | "branch_number_unknown" | "catalogue_missing" | "draft_unknown" | "draft_unreadable" | "notice_changed" | "consent_too_fast" | "consent_already_decided" | "consent_unknown" | "form_rules" | "case_unknown" | "case_already_delivered" | "passphrase_wrong" | "passphrase_too_short" | "vault_locked" | "disk_full" | "store_unreadable" | "store_too_new" | "offline" | "malformed" | "content_type" | "too_large" | "not_found" | "method_not_allowed" | "unauthorised" | "envelope_conflict" | "seal_unknown" | "envelope_content" | "busy" | "internal";

export type ViolationCode = "enterprise_code_missing" | "enterprise_code_length" | "enterprise_code_character" | "enterprise_code_check" | "mobile_missing" | "mobile_shape" | "amount_missing" | "amount_not_number" | "amount_too_small" | "amount_too_large" | "amount_step" | "term_not_offered" | "purpose_unknown" | "consent_undecided";

export type Field = "enterprise_code" | "mobile" | "amount" | "term" | "purpose" | "consents";

export type Violation = { field: Field, code: ViolationCode, params: { [key in string]: number }, };

export type Problem = { code: ProblemCode, message: string, retryAfterS: number | null, violations: Array<Violation>, };
