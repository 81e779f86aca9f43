import type {
  COMMANDS,
  CaseRequest,
  CaseView,
  CodePiecesView,
  CodesView,
  ConsentsView,
  CopyRequest,
  CopyView,
  DecideConsentRequest,
  DraftRequest,
  DraftView,
  EnterBranchRequest,
  EnterOwnerModeRequest,
  EntryView,
  ExportView,
  FillLicenceRequest,
  HomeView,
  LeaveOwnerModeRequest,
  OpenCodesRequest,
  OutboxRequest,
  OutboxView,
  PassphraseRequest,
  Problem,
  ReadAnswerRequest,
  RepairView,
  SayUpstreamRequest,
  SaveCopyRequest,
  SetFieldRequest,
  SetOfficerRequest,
  SetPreferencesRequest,
  WithdrawConsentRequest,
} from '../bindings/ipc';
import type { Lens } from './lens';
import type { Frame } from './frame';

/** What a command answers: never a throw, so that no screen can forget the way it fails. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** The only door to Rust: one method per command, in the order of `COMMANDS`, and one event. */
export interface Host {
  home(): Promise<Result<HomeView>>;
  readPicture(picture: Blob): Promise<Result<CodesView>>;
  readFrame(frame: Frame): Promise<Result<CodesView>>;
  openCodes(request: OpenCodesRequest): Promise<Result<DraftView>>;
  openLink(): Promise<Result<DraftView>>;
  enterBranch(request: EnterBranchRequest): Promise<Result<DraftView>>;
  draft(request: DraftRequest): Promise<Result<DraftView>>;
  decideConsent(request: DecideConsentRequest): Promise<Result<DraftView>>;
  enterOwnerMode(request: EnterOwnerModeRequest): Promise<Result<DraftView>>;
  leaveOwnerMode(request: LeaveOwnerModeRequest): Promise<Result<HomeView>>;
  setField(request: SetFieldRequest): Promise<Result<DraftView>>;
  fillLicence(request: FillLicenceRequest): Promise<Result<DraftView>>;
  forgetShop(request: DraftRequest): Promise<Result<DraftView>>;
  requestCode(request: DraftRequest): Promise<Result<CodePiecesView>>;
  readAnswer(request: ReadAnswerRequest): Promise<Result<DraftView>>;
  answerCode(request: DraftRequest): Promise<Result<CodePiecesView>>;
  submit(request: DraftRequest): Promise<Result<CaseView>>;
  discardDraft(request: DraftRequest): Promise<Result<HomeView>>;
  case(request: CaseRequest): Promise<Result<CaseView>>;
  outbox(request: OutboxRequest): Promise<Result<OutboxView>>;
  sendNow(request: OutboxRequest): Promise<Result<OutboxView>>;
  sendAgain(request: CaseRequest): Promise<Result<EntryView>>;
  askAgain(request: CaseRequest): Promise<Result<DraftView>>;
  takeBack(request: CaseRequest): Promise<Result<EntryView>>;
  exportCase(request: CaseRequest): Promise<Result<ExportView>>;
  exportEvidence(request: CaseRequest): Promise<Result<ExportView>>;
  forgetLost(request: CaseRequest): Promise<Result<HomeView>>;
  consents(): Promise<Result<ConsentsView>>;
  withdrawConsent(request: WithdrawConsentRequest): Promise<Result<ConsentsView>>;
  sayUpstream(request: SayUpstreamRequest): Promise<Result<ConsentsView>>;
  consentCopy(request: CopyRequest): Promise<Result<CopyView>>;
  saveCopy(request: SaveCopyRequest): Promise<Result<ExportView>>;
  setPreferences(request: SetPreferencesRequest): Promise<Result<HomeView>>;
  setOfficer(request: SetOfficerRequest): Promise<Result<HomeView>>;
  setPassphrase(request: PassphraseRequest): Promise<Result<HomeView>>;
  unlock(request: PassphraseRequest): Promise<Result<HomeView>>;
  repair(): Promise<Result<RepairView>>;

  /**
   * Calls `listener` once it is sure to hear the next event, and after each `changed`. The event carries
   * nothing, so the listener looks again; what happened before it listened is not missed.
   */
  onChanged(listener: () => void): () => void;
}

/** A command by its name in Rust. */
export type Command = (typeof COMMANDS)[number];

/** A door of any kind: sends a command down and brings its answer back. */
export type Call = <T>(command: Command, payload?: object) => Promise<Result<T>>;

/** The commands over any door; hosts differ only in how a call travels, where codes are read and how the event arrives. */
export function hostOver(call: Call, lens: Lens, onChanged: Host['onChanged']): Host {
  return {
    home: () => call('home'),
    ...lens,
    openCodes: (request) => call('open_codes', request),
    openLink: () => call('open_link'),
    enterBranch: (request) => call('enter_branch', request),
    draft: (request) => call('draft', request),
    decideConsent: (request) => call('decide_consent', request),
    enterOwnerMode: (request) => call('enter_owner_mode', request),
    leaveOwnerMode: (request) => call('leave_owner_mode', request),
    setField: (request) => call('set_field', request),
    fillLicence: (request) => call('fill_licence', request),
    forgetShop: (request) => call('forget_shop', request),
    requestCode: (request) => call('request_code', request),
    readAnswer: (request) => call('read_answer', request),
    answerCode: (request) => call('answer_code', request),
    submit: (request) => call('submit', request),
    discardDraft: (request) => call('discard_draft', request),
    case: (request) => call('case', request),
    outbox: (request) => call('outbox', request),
    sendNow: (request) => call('send_now', request),
    sendAgain: (request) => call('send_again', request),
    askAgain: (request) => call('ask_again', request),
    takeBack: (request) => call('take_back', request),
    exportCase: (request) => call('export_case', request),
    exportEvidence: (request) => call('export_evidence', request),
    forgetLost: (request) => call('forget_lost', request),
    consents: () => call('consents'),
    withdrawConsent: (request) => call('withdraw_consent', request),
    sayUpstream: (request) => call('say_upstream', request),
    consentCopy: (request) => call('consent_copy', request),
    saveCopy: (request) => call('save_copy', request),
    setPreferences: (request) => call('set_preferences', request),
    setOfficer: (request) => call('set_officer', request),
    setPassphrase: (request) => call('set_passphrase', request),
    unlock: (request) => call('unlock', request),
    repair: () => call('repair'),
    onChanged,
  };
}

/** A fault on the way to Rust, in the shape of a problem. */
export function fault(message: string): Problem {
  return { code: 'internal', message, retryAfterS: null, violations: [], progress: null };
}

/** Whether something that came back as an error is a problem of ours. */
export function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Record<string, unknown>)['code'] === 'string' &&
    Array.isArray((value as Record<string, unknown>)['violations'])
  );
}
