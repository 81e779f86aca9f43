import type {
  CaseView,
  CodesView,
  ConsentRecordView,
  ConsentView,
  CostView,
  DraftView,
  EntryView,
  Field,
  HomeView,
  LostCaseView,
  OutboxView,
  TextView,
  Violation,
} from '../bindings/ipc';

/** Views as Rust would send them; a test changes the one thing it is about. */

export function text(zhHans: string, en = zhHans): TextView {
  return { zhHans, en };
}

export const BRANCH = {
  number: 'LQ07-31K',
  name: text('路桥支行', 'Luqiao branch'),
  phone: '0576-82550731',
  address: text('银座街 188 号'),
};

export function home(change: Partial<HomeView> = {}): HomeView {
  return {
    bank: { name: text('海门银行', 'Haimen Bank'), phone: '0576-82550000' },
    drafts: [],
    pending: 0,
    parked: 0,
    cataloguePresent: true,
    connection: 'online',
    key: { rung: 'os_store', state: 'open' },
    preferences: { locale: 'zh-Hans', largeType: false },
    linkWaiting: false,
    uncheckedDays: null,
    unreadableDrafts: 0,
    upstreamDue: 0,
    officer: null,
    officerBranch: null,
    ownerMode: null,
    appVersion: '0.1.0',
    ...change,
  };
}

/** What a lens read. */
export function codes(...texts: string[]): CodesView {
  const corners = [10, 110].flatMap((y) => [10, 110].map((x) => ({ x, y })));
  return { codes: texts.map((text) => ({ text, corners })), hint: null };
}

export function consent(kind: 'tax' | 'transactions', change: Partial<ConsentView> = {}): ConsentView {
  const name = kind === 'tax' ? '税务记录' : '收款流水';
  return {
    noticeId: kind,
    version: 3,
    kind,
    adverseEffect: null,
    question: text(`同意银行查店里的${name}吗`, `May the bank look at ${kind}`),
    lines: [{ line: 'who', text: BRANCH.name }],
    fullText: [text('全文第一段')],
    agree: text(`同意查${name}`, `Agree: ${kind}`),
    refuse: text('不同意', 'I do not agree'),
    ifRefused: text('不同意也能申请'),
    necessaryBecause: null,
    decision: 'undecided',
    ownPhoneNeeded: false,
    ...change,
  };
}

export function fields(values: Partial<Record<Field, string>> = {}): DraftView['fields'] {
  const all: readonly Field[] = ['enterprise_code', 'mobile', 'amount', 'term', 'purpose'];
  return all.map((field) => ({ field, value: values[field] ?? (field === 'term' ? '12' : '') }));
}

export function draft(change: Partial<DraftView> = {}): DraftView {
  return {
    draftId: 'd1',
    step: 'consent',
    consentAt: 0,
    branch: BRANCH,
    officer: { name: '王敏', staffNumber: '0731' },
    product: {
      code: 'P1',
      name: text('小店周转贷'),
      minFen: 1_000_000,
      maxFen: 50_000_000,
      termsMonths: [6, 12, 24],
      amountChipsFen: [5_000_000, 10_000_000],
      purposes: [
        { code: 'stock', name: text('进货') },
        { code: 'rent', name: text('房租') },
      ],
    },
    shop: null,
    consents: [consent('tax'), consent('transactions')],
    fields: fields(),
    violations: [],
    annualPercentFrom: '4.35',
    cost: null,
    parts: [],
    insteadOf: null,
    askedBy: null,
    answeredElsewhere: false,
    savedAtMs: 0,
    ...change,
  };
}

/** A draft that stands on the form. */
export function formDraft(change: Partial<DraftView> = {}): DraftView {
  return draft({
    step: 'form',
    consents: [consent('tax', { decision: 'given' }), consent('transactions', { decision: 'refused' })],
    ...change,
  });
}

export function cost(change: Partial<CostView> = {}): CostView {
  return {
    principalFen: 10_000_000,
    termMonths: 12,
    annualPercent: '4.35',
    instalmentFen: 853_099,
    lastInstalmentFen: 853_099,
    interestFen: 237_188,
    feesFen: 0,
    totalFen: 10_237_188,
    fees: [],
    schedule: [{ number: 1, principalFen: 816_849, interestFen: 36_250, paymentFen: 853_099 }],
    ...change,
  };
}

export function violation(field: Field, code: Violation['code'], params: Violation['params'] = {}): Violation {
  return { field, code, params };
}

export function caseView(change: Partial<CaseView> = {}): CaseView {
  return {
    caseId: 'c1',
    deviceNumber: 'L-7F3K',
    reference: null,
    state: 'queued',
    parkedReason: null,
    savedAtMs: 0,
    receivedAtMs: null,
    amountFen: 10_000_000,
    termMonths: 12,
    purpose: null,
    annualPercent: '4.35',
    branch: BRANCH,
    officer: null,
    productName: text('小店周转贷'),
    consents: [{ kind: 'tax', decision: 'given' }],
    nextSteps: [text('送到银行')],
    parts: 0,
    insteadOf: null,
    acts: ['open', 'take_back'],
    ...change,
  };
}

export function entry(change: Partial<EntryView> = {}): EntryView {
  return {
    caseId: 'c1',
    deviceNumber: 'L-7F3K',
    kind: 'application',
    branch: BRANCH.name,
    amountFen: 10_000_000,
    state: 'queued',
    sending: false,
    parkedReason: null,
    attempts: 0,
    nextTryAtMs: null,
    savedAtMs: 0,
    receivedAtMs: null,
    reference: null,
    parts: 0,
    confirmedBytes: 0,
    totalBytes: 12_400,
    acts: ['open', 'take_back'],
    ...change,
  };
}

/** The page of these entries alone, unless the change says where it lies in a longer list. */
export function outbox(entries: EntryView[], change: Partial<OutboxView> = {}): OutboxView {
  const count = (state: EntryView['state']): number => entries.filter((entry) => entry.state === state).length;
  const [queued, parked] = [count('queued'), count('parked')];
  return {
    entries,
    offset: 0,
    total: entries.length,
    counts: { queued, parked, delivered: count('delivered'), cancelled: count('cancelled') },
    pending: queued + parked,
    lastDeliveredAtMs: null,
    connection: 'online',
    lost: [],
    ...change,
  };
}

export function lost(change: Partial<LostCaseView> = {}): LostCaseView {
  return {
    caseId: 'l1',
    deviceNumber: 'L-9Q2M',
    kind: 'application',
    branch: BRANCH.name,
    amountFen: 5_000_000,
    savedAtMs: 0,
    acts: ['ask_again'],
    ...change,
  };
}

export function record(change: Partial<ConsentRecordView> = {}): ConsentRecordView {
  return {
    recordId: 'r1',
    caseId: 'c1',
    kind: 'tax',
    question: text('同意银行查店里的税务记录吗'),
    lines: [{ line: 'who', text: BRANCH.name }],
    version: 3,
    branch: BRANCH.name,
    decision: 'given',
    decidedAtMs: 0,
    withdrawnAtMs: null,
    withdrawalDelivered: false,
    upstream: null,
    stop: null,
    digest: '9f2c',
    ...change,
  };
}
