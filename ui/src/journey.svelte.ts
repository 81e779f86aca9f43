import type { CaseView, DraftStep, DraftView, HomeView, Locale, Problem } from './bindings/ipc';
import type { Host, Result } from './host/host';
import { FIRST_LOCALE, language } from './i18n/language.svelte';
import { looking } from './looking';
import { DraftFields } from './steps/submit/fields.svelte';

/** Where the screen stands: names and ids only, so that it survives a reload in the history. */
export type Page =
  | { readonly name: 'scan' }
  | { readonly name: 'consent'; readonly draftId: string; readonly at: number }
  | { readonly name: Exclude<DraftStep, 'consent'>; readonly draftId: string }
  | { readonly name: 'case'; readonly caseId: string }
  | { readonly name: 'outbox' }
  | { readonly name: 'consents' }
  | { readonly name: 'settings' };

type How = 'push' | 'replace' | 'stay';

/** Which page is shown and what it shows. It decides nothing: the step of a draft comes from Rust. */
export class Journey {
  page: Page = $state.raw({ name: 'scan' });
  home: HomeView | null = $state.raw(null);
  fields: DraftFields | null = $state.raw(null);
  case: CaseView | null = $state.raw(null);
  /** Why a page could not be opened or a setting not be kept. */
  problem: Problem | null = $state.raw(null);
  largeType = $state(false);

  readonly #host: Host;
  /** Drafts sent or discarded here: the history may still name them. */
  readonly #gone = new Set<string>();
  #opening = 0;
  #opensLink = false;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Starts where the history says; returns what ends it. */
  start(): () => void {
    const back = (event: PopStateEvent): void => {
      void this.open(pageOf(event.state), 'stay');
    };
    const leave = (): void => {
      if (document.visibilityState === 'hidden') this.fields?.flushNow();
    };
    window.addEventListener('popstate', back);
    window.addEventListener('pagehide', leave);
    document.addEventListener('visibilitychange', leave);
    const deaf = this.#host.onChanged(() => {
      void this.refresh();
    });
    void this.begin();
    return () => {
      window.removeEventListener('popstate', back);
      window.removeEventListener('pagehide', leave);
      document.removeEventListener('visibilitychange', leave);
      deaf();
    };
  }

  /**
   * Looks at home, then goes where the history says, unless a link from outside led elsewhere; without
   * a home there is nothing to go to.
   */
  async begin(): Promise<void> {
    this.problem = null;
    const turn = this.#opening;
    await this.refresh();
    if (this.home !== null && turn === this.#opening) await this.open(pageOf(history.state), 'stay');
  }

  /** Looks at home again; a failure shows only while there is no home to show. */
  readonly refresh = looking(async () => {
    const result = await this.#host.home();
    if (result.ok) await this.homeArrived(result.value);
    else if (this.home === null) this.problem = result.problem;
  });

  async homeArrived(home: HomeView): Promise<void> {
    if (this.home === null) {
      const locale = home.preferences.locale ?? FIRST_LOCALE;
      if (locale !== language.locale) await language.choose(locale);
      this.largeType = home.preferences.largeType;
    }
    const handedOver = this.home?.ownerMode;
    this.home = home;
    if (handedOver && home.ownerMode === null) await this.draftAgain(handedOver.draftId);
    if (home.linkWaiting) await this.#openLink();
  }

  /** Opens the link that somebody pressed outside of the app; it is asked for once. */
  async #openLink(): Promise<void> {
    if (this.#opensLink) return;
    this.#opensLink = true;
    if (this.fields !== null) await this.fields.flush();
    const result = await this.#host.openLink();
    this.#opensLink = false;
    if (result.ok) {
      this.draftArrived(result.value);
      return;
    }
    this.#opening++;
    this.#show({ name: 'scan' }, 'push');
    this.problem = result.problem;
  }

  async open(page: Page, how: How = 'push'): Promise<void> {
    const turn = ++this.#opening;
    // Rust would refuse; in owner mode the pages of this history are not shown.
    if (this.home?.key.state === 'locked' || this.home?.ownerMode) {
      this.page = page;
      return;
    }
    if (this.fields !== null) await this.fields.flush();
    if ('draftId' in page && this.#gone.has(page.draftId)) {
      this.#show({ name: 'scan' }, 'replace');
      return;
    }
    const problem = await this.#load(page);
    // A later press wins over a slower answer.
    if (turn !== this.#opening) return;
    if (problem === null) {
      this.#show(page, how);
      return;
    }
    this.#show({ name: 'scan' }, how === 'push' ? 'push' : 'replace');
    this.problem = problem;
  }

  back(): void {
    if (depthOf(history.state) > 0) history.back();
    else void this.open({ name: 'scan' }, 'replace');
  }

  /** Shows the step of a draft that Rust names. */
  draftArrived(draft: DraftView, how: How = 'push'): void {
    this.#opening++;
    this.#hold(draft);
    this.#show(pageOfDraft(draft), how);
  }

  /** Reads a draft again and shows its step in place, after its words changed under the finger. */
  async draftAgain(draftId: string): Promise<void> {
    const result = await this.#host.draft({ draftId });
    if (!result.ok) {
      this.problem = result.problem;
      return;
    }
    this.#hold(result.value);
    this.#show(pageOfDraft(result.value), 'replace');
  }

  submitted(draftId: string, view: CaseView): void {
    this.#gone.add(draftId);
    this.#opening++;
    this.fields = null;
    this.case = view;
    this.#show({ name: 'case', caseId: view.caseId }, 'replace');
  }

  discarded(draftId: string, home: HomeView): void {
    this.#gone.add(draftId);
    if (this.fields?.draft.draftId === draftId) this.fields = null;
    void this.homeArrived(home);
  }

  async prefer(locale: Locale, largeType: boolean): Promise<void> {
    this.largeType = largeType;
    if (locale !== language.locale) await language.choose(locale);
    const result = await this.#host.setPreferences({ locale, largeType });
    if (result.ok) await this.homeArrived(result.value);
    else this.problem = result.problem;
  }

  /** Reads what a page shows; the problem if it cannot be read. */
  async #load(page: Page): Promise<Problem | null> {
    if ('draftId' in page) {
      if (this.fields?.draft.draftId === page.draftId) return null;
      const result = await this.#host.draft({ draftId: page.draftId });
      if (result.ok) this.#hold(result.value);
      return problemOf(result);
    }
    if (page.name === 'case') {
      const result = await this.#host.case({ caseId: page.caseId });
      if (result.ok) this.case = result.value;
      return problemOf(result);
    }
    return null;
  }

  #hold(draft: DraftView): void {
    if (this.fields?.draft.draftId === draft.draftId) this.fields.adopt(draft);
    else this.fields = new DraftFields(this.#host, draft);
  }

  #show(page: Page, how: How): void {
    this.problem = null;
    const real = this.#standing(page);
    const depth = depthOf(history.state);
    if (how === 'push') history.pushState({ sanbu: real, depth: depth + 1 }, '');
    else history.replaceState({ sanbu: real, depth }, '');
    this.page = real;
    if (real.name === 'scan') void this.refresh();
  }

  /** Of a draft, only the step that Rust names is shown, and the consents before it. */
  #standing(page: Page): Page {
    const draft = this.fields?.draft;
    if (draft === undefined || !('draftId' in page)) return page;
    const before = draft.step === 'consent' ? draft.consentAt : draft.step === 'hand_over' ? -1 : Infinity;
    return page.name === 'consent' && page.at <= before ? page : pageOfDraft(draft);
  }
}

function pageOfDraft(draft: DraftView): Page {
  return draft.step === 'consent'
    ? { name: 'consent', draftId: draft.draftId, at: draft.consentAt }
    : { name: draft.step, draftId: draft.draftId };
}

function problemOf(result: Result<unknown>): Problem | null {
  return result.ok ? null : result.problem;
}

type Entry = { readonly sanbu?: Page; readonly depth?: number } | null;

/** Only this module writes the state of the history; what is missing means the first page. */
function pageOf(state: unknown): Page {
  return (state as Entry)?.sanbu ?? { name: 'scan' };
}

function depthOf(state: unknown): number {
  return (state as Entry)?.depth ?? 0;
}
