import type { ConsentDecision, ConsentKind, NoticeLine, OfficerView, ScanHint } from '../bindings/ipc';

const consentKinds: Record<ConsentKind, string> = {
  tax: '税务',
  transactions: '流水',
  invoices: '发票',
  public_records: '水电和公共记录',
  platform_orders: '平台订单',
  business_registry: '工商登记',
  credit_query: '查征信',
  credit_reporting: '报送征信',
  passing_on: '转给担保公司',
};

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

const hints: Record<ScanHint, string> = {
  too_dark: '太暗了。开灯，或换个亮的地方。',
  too_far: '太远了。再靠近一点。',
  blurred: '看不清。拿稳一点，或擦擦镜头。',
};

/** Why there is no picture of the camera, and what to do. */
const refusals = {
  denied: '没有允许用相机',
  absent: '没找到相机',
  taken: '相机正被别的软件用',
  gone: '相机断开了',
  unable: '这里扫不了码',
};

const remedies = {
  absent: '接上相机，再试一次。',
  taken: '关掉那个软件，再试一次。',
  gone: '接好相机，再试一次。',
  unable: '这台设备认不了码。',
};

/** Where the camera is allowed. */
const allow = {
  android: '到手机的“设置、应用、三步贷、权限”里允许相机，再试一次。',
  apple: '到“设置、三步贷”里打开相机，再试一次。',
  mac: '到“系统设置、隐私与安全性、相机”里允许，再试一次。',
  windows: '到“设置、隐私和安全性、相机”里允许，再试一次。',
  other: '在系统或浏览器的设置里允许相机，再试一次。',
};

/** Words of the first pages; those of later ones are in `zh-Hans/later.ts`. */
export const zh = {
  appName: '三步贷',
  today: '今天',
  skip: '跳到正文',
  back: '返回',
  retry: '再试一次',
  loading: '正在打开',
  colon: '：',
  officer: '客户经理',
  consentKinds,
  decisions,
  noticeLines,
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
    title: '扫网点的码',
    intro: '墙上、柜台上、客户经理手里的码都行。',
    camera: '打开相机扫码',
    guide: '对准二维码，自动识别',
    otherWays: '也可以从相册选，或者手动输网点号。',
    privacy: '用相机只为扫码，不存照片。图片只在本机认码，不上传。',
    pick: '从相册选',
    drop: '也可以把图片拖进来，或按 Ctrl+V 粘贴',
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
      '扫网点码，知道是哪家网点、谁来办',
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
    upstreamDue: '还差一步：有一项还要去那边授权。',
    upstreamSee: '看怎么办',
    unchecked: (days: number) => `网点资料 ${String(days)} 天没更新了。`,
    uncheckedAct: '连一次网就会自动更新，停用的码才认得出来。',
    offline: '现在没网，照样能办。',
    offlineAct: '填好会存在本机，连上网自动发给银行。',
    portal: '连着的网要先登录，比如酒店、商场的 Wi-Fi。',
    portalAct: '在浏览器里登录后就会自动再试。没登录也能先填好。',
    clock: '本机的日期或时间不对，连不上银行。',
    clockAct: '在系统设置里改对，最好选“自动”，改好会自动再试。现在也能先填好。',
    memory: '关掉应用，填的内容就没了。',
    memoryAct: '这台设备没有地方保管钥匙。设一个口令，就能留住草稿。已存好的申请照样会发。',
    memoryGo: '设口令',
    lost: '以前存的内容打不开了。',
    lostAct: '保管它的钥匙已经不在这台设备上。设一个口令就能重新开始。存好待发的和送到银行的都不受影响。',
    unreadable: (n: number) => `有 ${String(n)} 份草稿打不开`,
    unreadableAct: '存它们用的钥匙没了，内容找不回来。请重新扫码开始。',
  },
  camera: {
    label: '相机画面',
    starting: '正在打开相机',
    accepted: '认到了',
    close: '关掉相机',
    without: '不用相机',
    choice: '用哪个相机',
    nth: (n: number) => `相机 ${String(n)}`,
    torch: '手电筒',
    zoom: '拉近',
    hints,
    refusals,
    remedies,
    allow,
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
    adverse: '先看这一条',
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
    asked: (officer: OfficerView | null, code: string) =>
      `${officer ? `客户经理${officer.name}（工号 ${officer.staffNumber}）` : '银行'}请您来定。店铺代码 ${code}`,
    version: (n: number) => `授权书第 ${String(n)} 版`,
  },
};
