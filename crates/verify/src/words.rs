//! The answer in words.

use crate::Language;
use jiff::{Timestamp, tz};
use lending::consent::{Event, Level};
use lending::evidence::{Invalid, Proved, ProvedRecord};
use std::fmt::Write;

/// What a person reads.
pub fn text(
    verdict: &Result<Proved, Invalid>,
    is_pinned: bool,
    with_words: bool,
    lang: Language,
) -> String {
    match (verdict, lang) {
        (Ok(proved), _) => valid(proved, is_pinned, with_words, lang),
        (Err(invalid), Language::Zh) => format!("无效：{}", reason(*invalid)),
        (Err(invalid), Language::En) => format!("invalid: {invalid}"),
    }
}

fn valid(proved: &Proved, is_pinned: bool, with_words: bool, lang: Language) -> String {
    let (bank, root, count) = (&proved.bank, proved.root.to_hex(), proved.records.len());
    let mut text = match lang {
        Language::Zh => format!("有效：{count} 条授权记录，{bank}\n银行根公钥 {root}"),
        Language::En => {
            format!("valid: {count} consent records, {bank}\nroot key of the bank {root}")
        }
    };
    text.push_str(match (is_pinned, lang) {
        (true, Language::Zh) => "（与您给的一致）",
        (true, Language::En) => " (the one you gave)",
        (false, Language::Zh) => "\n请与银行公布的根公钥核对：不一致，就不是这家银行的证据",
        (false, Language::En) => {
            "\ncompare it with the key that the bank publishes: another key is another bank"
        }
    });
    for proved in &proved.records {
        let _ = write!(text, "\n{}", line(proved, lang));
        if with_words {
            for words in &proved.words {
                let _ = write!(text, "\n    {words}");
            }
        }
    }
    text
}

fn line(proved: &ProvedRecord, lang: Language) -> String {
    let record = &proved.record;
    let (notice, version) = (&record.notice.id, record.notice.version);
    let at = minute(record.times.wall);
    let event = event(proved.event(), lang);
    let level = level(proved.level(), lang);
    let received = proved.received_at.map(minute);
    match (lang, received) {
        (Language::Zh, Some(received)) => {
            format!("{at} {event} {notice} 第{version}版，{level}，银行收到 {received}，已存证")
        }
        (Language::Zh, None) => {
            format!("{at} {event} {notice} 第{version}版，{level}，银行还没收到")
        }
        (Language::En, Some(received)) => format!(
            "{at} {event} {notice} version {version}, {level}, at the bank {received}, logged"
        ),
        (Language::En, None) => {
            format!("{at} {event} {notice} version {version}, {level}, not at the bank yet")
        }
    }
}

const fn event(event: Event, lang: Language) -> &'static str {
    match (event, lang) {
        (Event::Given, Language::Zh) => "同意",
        (Event::Refused, Language::Zh) => "不同意",
        (Event::Withdrawn, Language::Zh) => "撤回",
        (Event::Expired, Language::Zh) => "到期",
        (Event::Superseded, Language::Zh) => "重新问过",
        (event, Language::En) => event.as_str(),
    }
}

const fn level(level: Level, lang: Language) -> &'static str {
    match (level, lang) {
        (Level::OfficersTablet, Language::Zh) => "在客户经理平板上",
        (Level::OneTimeCode, Language::Zh) => "在客户经理平板上，本人手机验证码",
        (Level::OwnDevice, Language::Zh) => "本人设备",
        (Level::Certificate, Language::Zh) => "本人数字证书",
        (Level::OfficersTablet, Language::En) => "on an officer's tablet",
        (Level::OneTimeCode, Language::En) => "on an officer's tablet with a one-time code",
        (Level::OwnDevice, Language::En) => "on the person's own device",
        (Level::Certificate, Language::En) => "with the person's certificate",
    }
}

/// The reason in Chinese; the English one is the error's own.
fn reason(invalid: Invalid) -> String {
    let of = |at: usize, words: &str| format!("第 {} 条，{words}", at + 1);
    match invalid {
        Invalid::Shape => "不是证据包，或者被改过".into(),
        Invalid::Empty => "里面没有授权记录".into(),
        Invalid::OtherRoot => "不是您给的根公钥".into(),
        Invalid::Directory => "公钥目录不是银行根公钥签的".into(),
        Invalid::Catalogue => "授权书目录不是银行签的，或者用不上".into(),
        Invalid::Head => "存证日志的树头不是银行签的，或者用不上".into(),
        Invalid::Record { at } => of(at, "不是这台设备签的"),
        Invalid::Words { at } => of(at, "和银行公布的授权书不一致"),
        Invalid::Entitled { at } => of(at, "点的人无权给这项授权"),
        Invalid::Assurance { at } => of(at, "不能确定是本人点的，级别不够"),
        Invalid::Pressed { at } => of(at, "没有给人看清的时间，或者事先选好了"),
        Invalid::Chain { at } => of(at, "和前一条接不上"),
        Invalid::Ends { at } => of(at, "它所结束的那条不在里面"),
        Invalid::Countersignature { at } => of(at, "回执不是银行签的"),
        Invalid::Log { at } => of(at, "不在银行的存证日志里"),
    }
}

/// A moment in Chinese time, to the minute.
fn minute(at: seal::Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    let moment = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.to_zoned(tz::TimeZone::fixed(tz::offset(8))).strftime("%Y-%m-%d %H:%M").to_string()
}
