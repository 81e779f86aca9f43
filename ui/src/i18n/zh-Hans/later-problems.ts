import type { ProblemWords } from './problems';

/** Problems that only pages loaded later can meet: their words come with them. */
export type LaterProblem =
  | 'pin_shape'
  | 'pin_wrong'
  | 'pin_paused'
  | 'officer_unknown'
  | 'copy_unproved'
  | 'form_rules'
  | 'case_already_delivered'
  | 'case_not_held'
  | 'evidence_invalid'
  | 'part_too_many'
  | 'part_lost'
  | 'passphrase_too_short';

/** Words of these. */
export const laterProblems: Record<LaterProblem, ProblemWords> = {
  pin_shape: { what: 'PIN 是 4 到 6 位数字', act: '请只输数字。' },
  pin_wrong: { what: 'PIN 不对', act: '请输交平板时设的那个。' },
  pin_paused: { what: '输错次数太多', act: '请等一会儿再输。' },
  officer_unknown: {
    what: '银行名册里没有这个工号',
    act: '请对照工牌再输。新来的，连一次网更新名册。',
  },
  copy_unproved: {
    what: '这份授权书没法存',
    act: '当时那一版的字已经不在这台设备上。要一份，打页面下方的电话。',
  },
  form_rules: {
    what: '还有要改的地方',
    act: '改好标出来的地方，再提交。',
  },
  case_already_delivered: {
    what: '银行已经收到，这里撤不回了',
    act: '要撤回，打页面下方的电话给网点。',
  },
  case_not_held: {
    what: '这一份现在不用这样办',
    act: '到待发箱看看它到哪一步了。',
  },
  evidence_invalid: {
    what: '银行发来的证据包对不上，没有存',
    act: '请打网点电话，说“证据包校验不过”。',
  },
  part_too_many: {
    what: '照片和文件太多了，一份申请最多 40 张',
    act: '先去掉几张，再加。',
  },
  part_lost: {
    what: '有照片或文件在本机读不出来了',
    act: '去掉它，重新拍一张，再提交。',
  },
  passphrase_too_short: {
    what: '口令太短',
    act: '至少 8 个字。几个不相干的词连起来，好记又难猜。',
  },
};
