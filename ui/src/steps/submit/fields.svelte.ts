import type { DraftView, Field, Problem, Violation } from '../../bindings/ipc';
import type { Host, Result } from '../../host/host';

/** Pause after a keystroke before a field goes to the store; ui.md section 7. */
export const SAVE_AFTER_MS = 150;

/**
 * The fields of one draft: what stands in the boxes, and its way into the store.
 *
 * The text in the box always wins over a reply, however late. It outlives the page, so that going
 * back and coming again finds every character, saved or not.
 */
export class DraftFields {
  draft: DraftView;
  /** Why the last save failed; the text is kept and sent again with the next one. */
  problem: Problem | null = $state.raw(null);

  readonly #host: Host;
  readonly #texts: Record<Field, string>;
  readonly #typed = new Set<Field>();
  readonly #unsaved = new Map<Field, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saving: Promise<void> | undefined;

  constructor(host: Host, draft: DraftView) {
    this.#host = host;
    this.draft = $state.raw(draft);
    this.#texts = $state({ enterprise_code: '', mobile: '', amount: '', term: '', purpose: '', consents: '' });
    this.adopt(draft);
  }

  text(field: Field): string {
    return this.#texts[field];
  }

  /** Rules that the saved value of a field breaks. */
  violations(field: Field): readonly Violation[] {
    return this.draft.violations.filter((violation) => violation.field === field);
  }

  /** Takes a keystroke; it is saved shortly after the last one. */
  type(field: Field, value: string): void {
    this.#texts[field] = value;
    this.#typed.add(field);
    this.#unsaved.set(field, value);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void this.flush();
    }, SAVE_AFTER_MS);
  }

  /** Saves what is not saved yet; true when nothing is left. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    // One after the other: two replies for one field must not overtake each other.
    this.#saving ??= this.#drain().finally(() => {
      this.#saving = undefined;
    });
    await this.#saving;
    return this.#unsaved.size === 0;
  }

  /** Sends everything at once and waits for nothing: the page is going away. */
  flushNow(): void {
    clearTimeout(this.#timer);
    for (const [field, value] of this.#unsaved) {
      void this.#host.setField({ draftId: this.draft.draftId, field, value });
    }
  }

  /** Takes a newer view of the same draft; fields typed here keep their text. */
  adopt(draft: DraftView): void {
    this.draft = draft;
    for (const { field, value } of draft.fields) {
      if (!this.#typed.has(field)) this.#texts[field] = value;
    }
  }

  /** Takes the enterprise code from the codes of a business licence; it wins over what was typed. */
  async fillLicence(texts: readonly string[]): Promise<Result<DraftView>> {
    await this.flush();
    return this.#host.fillLicence({ draftId: this.draft.draftId, texts: [...texts] });
  }

  /** Shows what a licence filled in. */
  filled(draft: DraftView): void {
    this.#typed.delete('enterprise_code');
    this.#unsaved.delete('enterprise_code');
    this.adopt(draft);
  }

  /** Forgets the shop known from before: its two fields are typed anew. */
  async forgetShop(): Promise<boolean> {
    const result = await this.#host.forgetShop({ draftId: this.draft.draftId });
    if (result.ok) {
      this.problem = null;
      this.adopt(result.value);
    } else this.problem = result.problem;
    return result.ok;
  }

  async #drain(): Promise<void> {
    for (let next = this.#first(); next !== undefined; next = this.#first()) {
      const [field, value] = next;
      const result = await this.#host.setField({ draftId: this.draft.draftId, field, value });
      if (!result.ok) {
        this.problem = result.problem;
        return;
      }
      this.problem = null;
      // A newer keystroke of the same field stays in line.
      if (this.#unsaved.get(field) === value) this.#unsaved.delete(field);
      this.adopt(result.value);
    }
  }

  #first(): [Field, string] | undefined {
    for (const entry of this.#unsaved) return entry;
    return undefined;
  }
}
