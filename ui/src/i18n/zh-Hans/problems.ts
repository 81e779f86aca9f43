import type { ProblemCode } from '../../bindings/ipc';

/** What happened, and what to do about it. */
export type ProblemWords = { readonly what: string; readonly act: string };

/** Words of every problem. */
export const problems: Record<ProblemCode, ProblemWords> = {
  code_not_found: {
    what: '这张图里没找到码',
    act: '换一张清楚、完整、不反光的照片，或者手动输入。',
  },
  code_is_payment: {
    what: '这是收款码，不是网点码',
    act: '别付钱。请扫银行贴在墙上或柜台上的网点码。',
  },
  code_is_wechat: {
    what: '这是微信的码，不是网点码',
    act: '请扫银行贴的网点码。分不清就打页面下方的电话问。',
  },
  code_is_alipay: {
    what: '这是支付宝的码，不是网点码',
    act: '我们没有打开它。请扫银行贴的网点码。',
  },
  code_is_licence: {
    what: '这是营业执照上的码',
    act: '先扫网点码。填表时再扫它，代码会自动填好。',
  },
  code_is_link: {
    what: '这是一个网址，不是网点码',
    act: '我们没有打开它。请扫银行贴的网点码。',
  },
  code_is_consent: {
    what: '这是您存的授权书上的码',
    act: '到首页“我的授权”里看这一条，随时撤回。',
  },
  code_is_consent_elsewhere: {
    what: '这是授权书上的码，这台设备上没有这一条',
    act: '用当时点同意的那台设备扫。不是本人点的，或想撤回，打页面下方的电话，报授权书上的记录编号。',
  },
  code_in_pieces: {
    what: '这组码还没扫全',
    act: '镜头对着别动，扫全了自动往下走。用照片的，接着选下一张。',
  },
  code_pieces_damaged: {
    what: '这组码拼不起来',
    act: '请对着同一块屏幕，从头再扫一遍。',
  },
  code_is_request: {
    what: '这是请客户授权的码，不是应答码',
    act: '请扫客户手机上的应答码。',
  },
  code_is_answer: {
    what: '这是授权应答码，这里用不上',
    act: '在平板上打开那份申请，点“让客户扫码”，再扫这个码。',
  },
  request_other_bank: {
    what: '这是别家银行的授权请求码',
    act: '这里只办本行的贷款。请客户经理换本行的应用再出一次码。',
  },
  request_other_words: {
    what: '两台设备上的授权书不一样',
    act: '其中一台的资料旧了。手机和平板都连一次网，再出码、再扫。',
  },
  request_place_unknown: {
    what: '手机上查不到要办的网点或产品',
    act: '手机和平板都连一次网，再出码、再扫。',
  },
  request_ticket_invalid: {
    what: '这份申请用的网点码不对，或者过期了',
    act: '先别点同意。请客户经理重新扫网点码，再出一次码。',
  },
  request_own_device: {
    what: '这是本机自己出的码',
    act: '请用客户自己的手机扫。',
  },
  answer_other_request: {
    what: '这个应答码不是答这份申请的',
    act: '再出一次请求码，让客户重新扫、重新出应答码。',
  },
  answer_invalid: {
    what: '这个应答码里的授权核对不上',
    act: '没有收下。请客户用自己的手机重新扫码授权；还不行，就把平板交给客户点。',
  },
  code_is_other: {
    what: '这个码不是网点码',
    act: '旁边要是还有别的码，遮住它们，只对着网点码扫。',
  },
  ticket_other_bank: {
    what: '这是别家银行的码',
    act: '这里只办本行的贷款。请扫本行的网点码。',
  },
  ticket_forged: {
    what: '这个码不是银行发的，或者坏了',
    act: '银行的签名对不上，可能被人换过。别打码旁边写的电话，打页面下方这个。',
  },
  ticket_stale_directory: {
    what: '这个码比本机的资料新',
    act: '连上网更新一下，再扫一次。',
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
    act: '连上网再扫一次。还是不行，打页面下方的电话。',
  },
  licence_unreadable: {
    what: '这张码里没有信用代码',
    act: '请照着执照手工填。',
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
    act: '可能已经提交，也可能删掉了。到待发箱看看，或者重新扫码。',
  },
  draft_unreadable: {
    what: '这份草稿打不开',
    act: '存它用的钥匙没了，内容找不回来。请重新扫码开始。',
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
  officer_may_not_consent: {
    what: '客户经理不能替客户同意',
    act: '请让客户自己定：用客户自己的手机，或者把平板交给客户。',
  },
  own_phone_needed: {
    what: '这一项只能在您自己的手机上同意',
    act: '想同意，把平板交还客户经理，用自己的手机接着办；不同意，在这里选就行。',
  },
  owner_mode: {
    what: '平板现在在客户手里',
    act: '客户经理先输 PIN，才能用别的。',
  },
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
  disk_low: {
    what: '这台设备快没空间了，不到 200 MB，先不拍照',
    act: '已经存的都在，也会照常发。删掉些不用的东西，再拍。',
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
  outbox_damaged: {
    what: '本机的待发箱文件坏了',
    act: '我们没有动它，什么都没删。按下面的按钮，把还读得出来的找回来。',
  },
  store_in_use: {
    what: '应用已经在另一个窗口开着',
    act: '请到那个窗口里办；或者把它关掉，再试一次。',
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
  part_unknown: {
    what: '银行那边没有这张照片或文件',
    act: '不用守着，会自动重新传。',
  },
  part_offset: {
    what: '照片或文件传断了',
    act: '不用守着，会从断的地方接着传。',
  },
  part_checksum: {
    what: '照片或文件在路上传坏了',
    act: '不用守着，会自动重传。总是不行，打页面下方的电话。',
  },
  part_too_large: {
    what: '照片或文件太大，银行收不下',
    act: '换一张小一点的再试。',
  },
  part_quota: {
    what: '还没办完的照片和文件太多了',
    act: '先把待发箱里的申请送出去，再接着传。',
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
