import type { ViolationCode } from '../../bindings/ipc';
import { wan } from '../format';
import type { ViolationWords } from '../zh-Hans/violations';

/** Words of every broken rule. */
export const violations: Record<ViolationCode, ViolationWords> = {
  enterprise_code_missing: () => 'Enter the unified social credit code',
  enterprise_code_length: (p) => `The credit code has 18 characters; there are ${String(p['length'] ?? '')} now`,
  enterprise_code_character: (p) =>
    `Character ${String(p['position'] ?? '')} is never used in a credit code; please check`,
  enterprise_code_check: () => 'The last character of the credit code does not fit; please check',
  mobile_missing: () => 'Enter a mobile number',
  mobile_shape: () => 'A mobile number has 11 digits and begins with 13 to 19',
  amount_missing: () => 'Enter an amount',
  amount_not_number: () => 'Enter the amount as a number, such as 10',
  amount_too_small: (p) => `Enter an amount from ${wan(p['min_fen'] ?? 0)} to ${wan(p['max_fen'] ?? 0)}`,
  amount_too_large: (p) => `Enter an amount from ${wan(p['min_fen'] ?? 0)} to ${wan(p['max_fen'] ?? 0)}`,
  amount_step: (p) => `The amount must be a whole multiple of ${wan(p['step_fen'] ?? 0)} (× 10,000 yuan)`,
  term_not_offered: () => 'Choose for how long',
  purpose_unknown: () => 'Choose again what it is for, or leave it open',
  consent_undecided: () => 'One consent is neither agreed to nor refused',
  necessary_consent_refused: () => 'A consent that is needed was refused: go on at the branch, or apply anew',
};
