import type { Locale, TextView } from '../bindings/ipc';
import * as format from './format';
import type { zh } from './zh-Hans';

/** All words of the screen in one language. */
export type Words = typeof zh;

/** The language on the screen. Words only: it knows no step and no host. */
class Language {
  #locale: Locale = $state('zh-Hans');
  #words: Words | undefined = $state.raw();

  get locale(): Locale {
    return this.#locale;
  }

  /** The dictionary; one is chosen before anything is drawn. */
  get words(): Words {
    if (this.#words === undefined) throw new Error('no language was chosen yet');
    return this.#words;
  }

  /** Fetches a dictionary and turns the screen to it; only the language in use is ever loaded. */
  async choose(locale: Locale): Promise<void> {
    const words = locale === 'en' ? (await import('./en')).en : (await import('./zh-Hans')).zh;
    this.#words = words;
    this.#locale = locale;
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

export const language = new Language();

/** The language of its users, until a person chooses another one. */
export const FIRST_LOCALE: Locale = 'zh-Hans';
