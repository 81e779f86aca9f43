import type { Locale, ProblemCode, TextView } from '../bindings/ipc';
import * as format from './format';
import type { zh } from './zh-Hans';
import type { later } from './zh-Hans/later';
import type { ProblemWords } from './zh-Hans/problems';

/** Words of the first pages in one language. */
export type Words = typeof zh;
/** Words of all pages in one language. */
export type AllWords = Words & typeof later;

/** The language on the screen. Words only: it knows no step and no host. */
class Language {
  #locale: Locale = $state('zh-Hans');
  #words: Words | undefined = $state.raw();
  #later: typeof later | undefined = $state.raw();

  get locale(): Locale {
    return this.#locale;
  }

  /** The dictionary; one is chosen before anything is drawn. */
  get words(): Words {
    if (this.#words === undefined) throw new Error('no language was chosen yet');
    return this.#words;
  }

  /** The dictionary for pages that are loaded later, with `loaded`. */
  get allWords(): AllWords {
    if (this.#later === undefined) throw new Error('the words of later pages are not loaded');
    return { ...this.words, ...this.#later };
  }

  /** Fetches a dictionary and turns the screen to it; only the language in use is ever loaded. */
  async choose(locale: Locale): Promise<void> {
    const [words, later] = await Promise.all([firstWords(locale), this.#later && laterWords(locale)]);
    this.#words = words;
    this.#later = later;
    this.#locale = locale;
  }

  /** A page that is loaded later, once its words are here too. */
  async loaded<T>(page: Promise<T>): Promise<T> {
    const locale = this.#locale;
    const words = await laterWords(locale);
    // Another language may have been chosen meanwhile; then its words are fetched.
    if (locale !== this.#locale) return this.loaded(page);
    this.#later ??= words;
    return page;
  }

  /** What is said of a problem. */
  problem(code: ProblemCode): ProblemWords {
    const { problems } = this.words;
    const words: Partial<Record<ProblemCode, ProblemWords>> = { ...problems, ...this.#later?.laterProblems };
    return words[code] ?? problems.internal;
  }

  /** A text of the bank's catalogue. */
  text(view: TextView): string {
    return this.#locale === 'en' ? view.en : view.zhHans;
  }

  money(fen: number): string {
    return format.money(fen, this.locale);
  }

  roundMoney(fen: number): string {
    return format.roundMoney(fen, this.locale);
  }

  /** An amount as it is spoken: `10万元` or `¥100,000`. */
  amount(fen: number): string {
    return this.locale === 'en' ? this.roundMoney(fen) : `${format.wan(fen)}万元`;
  }

  moment(ms: number): string {
    return format.moment(ms, this.locale, this.words.today, new Date());
  }

  wholeMoment(ms: number): string {
    return format.wholeMoment(ms, this.locale);
  }

  size(bytes: number): string {
    return format.size(bytes, this.locale);
  }
}

async function firstWords(locale: Locale): Promise<Words> {
  return locale === 'en' ? (await import('./en')).en : (await import('./zh-Hans')).zh;
}

async function laterWords(locale: Locale): Promise<typeof later> {
  return (locale === 'en' ? await import('./en/later') : await import('./zh-Hans/later')).later;
}

export const language = new Language();

/** The language of its users, until a person chooses another one. */
export const FIRST_LOCALE: Locale = 'zh-Hans';
