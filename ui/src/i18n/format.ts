import type { Locale } from '../bindings/ipc';

const FEN_PER_YUAN = 100;
const FEN_PER_WAN = 1_000_000;

/** The tag for `Intl` and for `lang`: without it Han glyphs may come in Japanese shapes. */
export function tag(locale: Locale): string {
  return locale === 'zh-Hans' ? 'zh-CN' : 'en';
}

/** Money to the fen, e.g. `¥8,530.99`. */
export function money(fen: number, locale: Locale): string {
  return new Intl.NumberFormat(tag(locale), {
    style: 'currency',
    currency: 'CNY',
    currencyDisplay: 'narrowSymbol',
  }).format(fen / FEN_PER_YUAN);
}

/** Whole yuan without decimals where there are none, e.g. `¥100,000`. */
export function roundMoney(fen: number, locale: Locale): string {
  return new Intl.NumberFormat(tag(locale), {
    style: 'currency',
    currency: 'CNY',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: fen % FEN_PER_YUAN === 0 ? 0 : 2,
  }).format(fen / FEN_PER_YUAN);
}

/** Units of 10,000 yuan without grouping, as a person types them, e.g. `10` or `0.5`. */
export function wan(fen: number): string {
  return new Intl.NumberFormat('en', { useGrouping: false, maximumFractionDigits: 6 }).format(fen / FEN_PER_WAN);
}

/** A moment, e.g. `今天 09:12` or `11月22日 10:01`; the year only where it is not this one. */
export function moment(ms: number, locale: Locale, today: string, now: Date): string {
  const date = new Date(ms);
  const time = new Intl.DateTimeFormat(tag(locale), { hour: '2-digit', minute: '2-digit', hour12: false }).format(date);
  if (date.toDateString() === now.toDateString()) return `${today} ${time}`;
  const sameYear = date.getFullYear() === now.getFullYear();
  const day = new Intl.DateTimeFormat(tag(locale), {
    month: 'short',
    day: 'numeric',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(date);
  return `${day} ${time}`;
}

/** A moment with its whole date, for what is printed or kept. */
export function wholeMoment(ms: number, locale: Locale): string {
  return new Intl.DateTimeFormat(tag(locale), {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  }).format(new Date(ms));
}

/** A size on disk or on the way, e.g. `12 kB` or `3.4 MB`. */
export function size(bytes: number, locale: Locale): string {
  const isLarge = bytes >= 1_000_000;
  return new Intl.NumberFormat(tag(locale), {
    style: 'unit',
    unit: isLarge ? 'megabyte' : 'kilobyte',
    maximumFractionDigits: 1,
  }).format(bytes / (isLarge ? 1_000_000 : 1_000));
}
