import type {
  CaseState,
  Connection,
  ConsentDecision,
  ConsentKind,
  FeeTiming,
  KeyRung,
  NoticeLine,
  ParkedReason,
  ProblemCode,
  Violation,
  ViolationCode,
} from '../bindings/ipc';
import { wan } from './format';

/** What happened, and what to do about it. */
export type ProblemWords = { readonly what: string; readonly act: string };

/** Words of a broken rule, from the numbers that Rust sends along. */
export type ViolationWords = (params: Violation['params']) => string;

const problems: Record<ProblemCode, ProblemWords> = {
  code_not_found: {
    what: '这张图里没找到码',
    act: '换一张清楚、完整、不反光的照片，或者手动输网点号。',
  },
  code_is_payment: {
    what: '这是收付款码，不是网点码',
    act: '没有付任何钱。请选银行贴在墙上或柜台上的网点码。',
  },
  code_is_wechat: {
    what: '这是微信的码，不是网点码',
    act: '请选银行贴的网点码。分不清就打页面下方的电话问。',
  },
  code_is_link: {
    what: '这是一个网址，不是网点码',
    act: '我们没有打开它。请选银行贴的网点码。',
  },
  code_is_other: {
    what: '这个码不是网点码',
    act: '图里要是有几个码，截一张只有网点码的图再选。',
  },
  ticket_other_bank: {
    what: '这是别家银行的码',
    act: '这里只办本行的贷款。请选本行的网点码。',
  },
  ticket_forged: {
    what: '这个码不是银行发的，或者坏了',
    act: '银行的签名对不上，可能被人换过。别打码旁边写的电话，打页面下方这个。',
  },
  ticket_expired: {
    what: '这个码过期了',
    act: '向网点要一张新的，或者手动输网点号。',
  },
  ticket_not_yet_valid: {
    what: '这个码还没到启用的日子',
    act: '先看看本机的日期对不对。日期没错的话，手动输网点号。',
  },
  ticket_revoked: {
    what: '银行停用了这个码',
    act: '向网点要一张新的，或者手动输网点号。',
  },
  ticket_unknown_place: {
    what: '查不到码上的网点或产品',
    act: '连上网再选一次。还是不行，打页面下方的电话。',
  },
  picture_unreadable: {
    what: '这个文件不是能打开的图片',
    act: '请选一张照片或截图。',
  },
  picture_too_large: {
    what: '这张图太大了',
    act: '截一张只有码的图，再选一次。',
  },
  branch_number_shape: {
    what: '网点号多了、少了或有写不进的字',
    act: '照着码下面印的，再输一遍。',
  },
  branch_number_check: {
    what: '网点号有一个字对不上',
    act: '多半是看错了一个字，请对着再看一眼。',
  },
  branch_number_unknown: {
    what: '没有这个网点号',
    act: '再核对一遍。还是不行，打页面下方的电话。',
  },
  catalogue_missing: {
    what: '还没有银行的网点和产品资料',
    act: '连一次网就好，之后没网也能办。',
  },
  draft_unknown: {
    what: '这份申请不在草稿里了',
    act: '可能已经提交，也可能删掉了。到待发箱看看，或者重新选码。',
  },
  draft_unreadable: {
    what: '这份草稿打不开',
    act: '存它用的钥匙没了，内容找不回来。请重新选码开始。',
  },
  notice_changed: {
    what: '这份授权书的内容变了',
    act: '请看一遍新的，再决定。',
  },
  consent_too_fast: {
    what: '按得太快了',
    act: '请先看一眼上面写的，再按一次。',
  },
  consent_already_decided: {
    what: '这一项您已经定过了',
    act: '不用再按。想撤回，到“我的授权”。',
  },
  consent_unknown: {
    what: '找不到这份授权',
    act: '回到“我的授权”再看一次。',
  },
  form_rules: {
    what: '还有要改的地方',
    act: '改好标出来的地方，再提交。',
  },
  case_unknown: {
    what: '找不到这份申请',
    act: '到待发箱看看。',
  },
  case_already_delivered: {
    what: '银行已经收到，这里撤不回了',
    act: '要撤回，打页面下方的电话给网点。',
  },
  passphrase_wrong: {
    what: '口令不对',
    act: '看看大小写和输入法，再输一次。',
  },
  passphrase_too_short: {
    what: '口令太短',
    act: '至少 8 个字。几个不相干的词连起来，好记又难猜。',
  },
  vault_locked: {
    what: '要先输口令',
    act: '输对口令，才能看到和填写。',
  },
  disk_full: {
    what: '这台设备没空间了，刚才那一步没存上',
    act: '以前存的都在。删掉些不用的东西，再试一次。',
  },
  store_unreadable: {
    what: '本机存的记录读不出来',
    act: '我们没有动它。关掉重开试试，还是不行就打页面下方的电话。',
  },
  store_too_new: {
    what: '本机的记录是更新的版本写的',
    act: '请先更新应用，记录都在。',
  },
  offline: {
    what: '现在连不上银行',
    act: '填过的都在。连上网会自动再试。',
  },
  malformed: {
    what: '这一步没办成，是我们的错',
    act: '填过的都在。更新应用再试，还是不行就打页面下方的电话。',
  },
  content_type: {
    what: '这一步没办成，是我们的错',
    act: '填过的都在。更新应用再试，还是不行就打页面下方的电话。',
  },
  too_large: {
    what: '要送的东西太大了',
    act: '换一张小一点的图再试。',
  },
  not_found: {
    what: '银行那边没有这个地方',
    act: '应用可能太旧了。请更新再试。',
  },
  method_not_allowed: {
    what: '银行那边不认这个请求',
    act: '应用可能太旧了。请更新再试。',
  },
  unauthorised: {
    what: '银行没认出这台设备',
    act: '关掉重开试试。还是不行，打页面下方的电话。',
  },
  envelope_conflict: {
    what: '银行那边，同一个编号下是另一份内容',
    act: '先别重复提交。打页面下方的电话核对。',
  },
  seal_unknown: {
    what: '银行打不开这份申请的封口',
    act: '更新应用，再重新填一份。',
  },
  envelope_content: {
    what: '银行读不懂这份申请',
    act: '更新应用，再重新填一份。',
  },
  busy: {
    what: '银行这会儿忙不过来',
    act: '不用守着，过一会儿自动再试。',
  },
  internal: {
    what: '出了点问题，是我们的错',
    act: '填过的都在。再试一次，还是不行就打页面下方的电话。',
  },
};

const violations: Record<ViolationCode, ViolationWords> = {
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
};

const consentKinds: Record<ConsentKind, string> = { tax: '税务', transactions: '流水' };

const decisions: Record<ConsentDecision, string> = {
  undecided: '还没选',
  given: '已同意',
  refused: '没同意',
  withdrawn: '已撤回',
};

const noticeLines: Record<NoticeLine, string> = {
  who: '谁来查',
  what: '查什么',
  why: '做什么',
  kept: '留多久',
  withdraw: '想撤回',
};

const caseStates: Record<CaseState, string> = {
  queued: '已存本机',
  delivered: '已送达',
  parked: '要您处理',
  cancelled: '已撤回',
};

const parkedReasons: Record<ParkedReason, ProblemWords> = {
  conflict: {
    what: '银行那边，同一个编号下是另一份内容',
    act: '先别重复提交，打电话给网点核对。',
  },
  refused: {
    what: '银行没能受理这一份',
    act: '更新应用重新填一份，或打电话给网点。',
  },
  stale: {
    what: '等网络的时候，价格、条款或网点码变了',
    act: '撤回这一份，重新选码，看过新的再提交。',
  },
};

const connections: Record<Connection, string> = {
  unknown: '还没连过银行',
  online: '已连上银行',
  offline: '现在没网',
  portal: '连着的网要先登录',
};

const keyRungs: Record<KeyRung, string> = {
  os_store: '本机系统的钥匙库保管',
  passphrase: '您的口令保管',
  credential: '由设备管理员交来的钥匙保管',
  memory: '没有保管：关掉应用就清空',
};

const feeTimings: Record<FeeTiming, string> = {
  upfront: '放款前',
  first_repayment: '第一次还款时',
  each_repayment: '每次还款时',
  end: '最后一次还款时',
};

export const zh = {
  appName: '三步贷',
  today: '今天',
  skip: '跳到正文',
  back: '返回',
  retry: '再试一次',
  loading: '正在打开',
  colon: '：',
  problems,
  violations,
  consentKinds,
  decisions,
  noticeLines,
  caseStates,
  parkedReasons,
  connections,
  keyRungs,
  feeTimings,

  bar: {
    label: '设置与待发箱',
    large: '大字',
    otherLanguage: 'English',
    otherLanguageTag: 'en',
    outbox: '待发箱',
    outboxPending: (n: number) => `待发箱，${String(n)} 项没发出`,
  },
  help: {
    ask: (whose: string) => `有事打${whose}`,
    label: '咨询电话',
  },
  step: {
    of: (at: number, all: number) => `第 ${String(at)} 步，共 ${String(all)} 步`,
  },

  scan: {
    title: '选一张网点码的照片',
    intro: '墙上、柜台上、客户经理手里的码都行。',
    privacy: '照片只在本机认码，不保存，也不上传。',
    pick: '选图片',
    drop: '也可以把图片拖进来，或按 Ctrl+V 粘贴',
    phone: '从相册选，或当场拍一张',
    reading: '正在认码',
    number: '手动输网点号',
    numberHint: '印在网点码下面',
    numberGo: '就是这个网点',
    drafts: '没办完的申请',
    savedAt: (at: string) => `${at} 存`,
    resume: '接着办',
    discard: '删掉',
    discardAsk: '删掉后，填过的内容找不回来。',
    discardYes: '删掉这份',
    discardNo: '留着',
    places: '我的',
    road: '一共三步',
    roadSteps: [
      '选网点码，知道是哪家网点、谁来办',
      '银行要查税务和流水，分开问您；不同意也能申请',
      '填金额，看清一共要还多少，再提交',
    ],
    roadCredit: '这三步都不查征信，不留查询记录。',
    consents: '我的授权',
    consentsHint: '看看同意过什么，随时撤回',
    outbox: '待发箱',
    outboxNone: '没有要发的',
    outboxSome: (n: number) => `${String(n)} 项没发出`,
    outboxParked: (n: number) => `${String(n)} 项要您处理`,
    settings: '设置',
    settingsHint: '语言、大字、口令',
    catalogueMissing: '第一次用，要连一次网拿到网点和产品资料。',
    catalogueMissingAct: '连上网就会自动去拿，之后没网也能办。',
    offline: '现在没网，照样能办。',
    offlineAct: '填好会存在本机，连上网自动发给银行。',
    portal: '连着的网要先登录，比如酒店、商场的 Wi-Fi。',
    portalAct: '在浏览器里登录后就会自动再试。没登录也能先填好。',
    memory: '关掉应用，填的内容就没了。',
    memoryAct: '这台设备没有地方保管钥匙。设一个口令，就能留住草稿和待发的申请。',
    memoryGo: '设口令',
    lost: '以前存的内容打不开了。',
    lostAct: '保管它的钥匙已经不在这台设备上。可以重新开始;已经送到银行的不受影响。',
    unreadable: (n: number) => `有 ${String(n)} 份草稿打不开`,
    unreadableAct: '存它们用的钥匙没了，内容找不回来。请重新选码开始。',
  },
  unlock: {
    title: '先输口令',
    intro: '草稿和申请都用您的口令锁着。',
    passphrase: '口令',
    go: '打开',
    forgot: '忘了口令，本机存的内容就打不开了，谁也没有备用钥匙。已经送到银行的不受影响。',
  },

  consent: {
    full: '看全文',
    choose: '请选一个',
    deciding: '正在保存',
    youGave: '您已经同意',
    youGaveHint: '随时可以撤回，银行收到就停用。',
    youRefused: '您没有同意',
    youRefusedHint: '照样能申请，这次不再问。',
    youWithdrew: '您已经撤回',
    youWithdrewHint: '银行收到就停用。',
    toConsents: '去“我的授权”',
    onward: '继续',
    version: (n: number) => `授权书第 ${String(n)} 版`,
  },

  form: {
    title: '要借多少？',
    shop: '您的店',
    notMine: '不是您的店？',
    enterpriseCode: '统一社会信用代码',
    enterpriseCodeHint: '营业执照上那 18 位',
    mobile: '手机号',
    mobileHint: '客户经理打这个号找您',
    amount: '借款金额',
    amountUnit: '万元',
    amountHint: (min: string, max: string) => `可借 ${min} 到 ${max} 万元`,
    amountChips: '常用金额',
    amountIs: (yuan: string) => `，现在填的是 ${yuan}`,
    term: '借多久',
    months: (n: number) => `${String(n)} 个月`,
    termHint: '先按这个算，报价时再定',
    purpose: '做什么用',
    purposeHint: '可以不选。说一下，算得更准',
    purposeClear: '不选了',
    consents: '授权',
    change: '改',
    look: '看',
    submit: '提交申请',
    submitting: '正在保存',
    submitHint: '没发给银行之前，都可以自己撤回。',
    errorTitle: (n: number) => `有 ${String(n)} 处要改`,
    errorsDone: '都改好了，可以提交',
    errorDone: '已改好',
  },
  cost: {
    title: '要花多少钱',
    rate: '年化利率（单利）',
    from: '起',
    perMonth: '每月约还',
    times: (n: number) => `共 ${String(n)} 次`,
    last: '最后一次还',
    interest: '利息合计',
    interestShort: '利息',
    fees: '其他费用',
    none: '无',
    total: '一共要还',
    principal: '本金',
    fee: '费用',
    empty: '填好金额和期限，就能看到每月还多少。',
    schedule: '每期明细',
    number: '期',
    payment: '还款',
    payee: (name: string, when: string) => `${when}付给${name}`,
    noUpfront: '放款前不收任何钱。谁要您先交钱，请打页面下方的电话。',
    bar: (principal: string, interest: string, fees: string) => `本金 ${principal}，利息 ${interest}，费用 ${fees}`,
  },

  receipt: {
    receivedTitle: '银行收到了',
    received: (at: string) => `收到时间 ${at}`,
    queuedTitle: '存好了，还没发出',
    queued: '连上网自动发，不用守着。',
    parkedTitle: '这份申请要您处理',
    cancelledTitle: '已经撤回',
    cancelled: '这份申请没有发给银行。',
    reference: '受理号',
    deviceNumber: '本机编号',
    deviceNumberHint: '银行收到后才有受理号',
    asked: '申请内容',
    product: '产品',
    amount: '金额',
    term: '期限',
    purpose: '用途',
    rate: '年化利率（单利）',
    consents: '授权',
    branch: '网点',
    officer: '客户经理',
    staffNumber: (n: string) => `工号 ${n}`,
    saved: '存入本机',
    next: '接下来',
    outbox: '看进度',
    print: '打印或存下来',
    takeBack: '撤回申请',
    takeBackAsk: '撤回后这份申请就不发了，要再办得重新填。',
    takeBackYes: '撤回这份',
    takeBackNo: '不撤回',
    newOne: '重新选码',
  },

  outbox: {
    title: '待发箱',
    pending: (n: number) => `${String(n)} 项没发出`,
    nonePending: '都发出去了',
    empty: '没有要发的',
    emptyHint: '提交的申请会先存在这里，连上网自动发给银行。',
    last: (at: string) => `上次送达 ${at}`,
    sendNow: '现在重试',
    sending: '发送中',
    offlineHint: '连上网会自动发，不用守着。',
    portalHint: '在浏览器里登录网络后，会自动发。',
    saved: (at: string) => `${at} 存`,
    received: (at: string) => `${at} 送达`,
    nextTry: (at: string) => `下次 ${at} 再试`,
    attempts: (n: number) => `试过 ${String(n)} 次`,
    withdrawal: '撤回授权',
    application: '贷款申请',
    open: '看',
    openLabel: (n: string) => `看 ${n}`,
    more: (n: number) => `再看 ${String(n)} 项`,
    list: '待发箱清单',
  },

  consents: {
    title: '我的授权',
    intro: '您同意过、没同意过的，都在这里。',
    empty: '还没给过授权',
    emptyHint: '申请时每一项都会单独问您，定了就记在这里。',
    decidedAt: (at: string) => `${at} 定的`,
    withdrawnAt: (at: string) => `${at} 撤回`,
    version: (n: number) => `第 ${String(n)} 版`,
    withdraw: '撤回',
    withdrawing: '正在撤回',
    withdrawLabel: (kind: string) => `撤回${kind}授权`,
    withdrawn: '已撤回，银行会停用',
    withdrawnLocal: '已记在本机，连上网自动送到银行。',
    withdrawnDelivered: '银行已经收到您的撤回。',
    withdrawnMeans: '银行收到后就不再查这一项。不影响您申请，客户经理可能来收材料。',
    withdrawHint: '按一下就撤回，不影响您申请贷款。',
    details: '当时看到的内容',
    digest: '凭证指纹',
    digestHint: '和银行留的那份对得上，就没人改过。',
  },

  settings: {
    title: '设置',
    language: '语言',
    chinese: '中文',
    english: 'English',
    type: '字的大小',
    normal: '标准',
    large: '大字',
    key: '谁保管钥匙',
    keyHint: '草稿和申请都锁着存在本机。',
    passphraseTitle: '设一个口令',
    passphraseChange: '换一个口令',
    passphraseHint: '至少 8 个字。忘了就打不开，谁也没有备用钥匙。',
    passphrase: '新口令',
    show: '显示口令',
    save: '存下口令',
    saved: '口令设好了。下次打开要先输它。',
    about: '关于',
    version: '版本',
    bank: '银行',
    connection: '网络',
  },
};
