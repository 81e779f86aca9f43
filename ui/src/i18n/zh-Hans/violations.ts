import type { Violation, ViolationCode } from '../../bindings/ipc';
import { wan } from '../format';

/** Words of a broken rule, from the numbers that Rust sends along. */
export type ViolationWords = (params: Violation['params']) => string;

/** Words of every broken rule. */
export const violations: Record<ViolationCode, ViolationWords> = {
  enterprise_code_missing: () => '请填统一社会信用代码',
  enterprise_code_length: (p) => `信用代码是 18 位，现在有 ${String(p['length'] ?? '')} 位`,
  enterprise_code_character: (p) => `信用代码里不会有第 ${String(p['position'] ?? '')} 位那个字，请再看一眼`,
  enterprise_code_check: () => '信用代码第 18 位对不上，请再看一眼',
  mobile_missing: () => '请填手机号',
  mobile_shape: () => '手机号是 11 位数字，13 到 19 开头',
  amount_missing: () => '请填借款金额',
  amount_not_number: () => '金额请填数字，比如 10',
  amount_too_small: (p) => `金额请填 ${wan(p['min_fen'] ?? 0)} 到 ${wan(p['max_fen'] ?? 0)}`,
  amount_too_large: (p) => `金额请填 ${wan(p['min_fen'] ?? 0)} 到 ${wan(p['max_fen'] ?? 0)}`,
  amount_step: (p) => `金额要是 ${wan(p['step_fen'] ?? 0)} 万元的整倍数`,
  term_not_offered: () => '请选借多久',
  purpose_unknown: () => '请重新选做什么用，也可以不选',
  consent_undecided: () => '有一项授权还没选同意或不同意',
  necessary_consent_refused: () => '有一项必需的授权没同意，请到支行办，或者重新申请',
};
