//! The words of a copy that are not the bank's own, in the two languages.

use crate::{
    Locale,
    consent::{Day, Event, Fetch, Retained},
    notice::{Line, RetentionBasis},
};
use jiff::{civil::Date, tz};
use seal::Timestamp;

/// The labels of a copy in one language, and how it says what varies.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub locale: Locale,
    pub title: &'static str,
    pub comma: &'static str,
    pub buttons: &'static str,
    pub enterprise: &'static str,
    pub recipient: &'static str,
    pub items: &'static str,
    pub months: &'static str,
    pub often: &'static str,
    pub until: &'static str,
    pub scope: &'static str,
    pub scope_refused: &'static str,
    pub kept: &'static str,
    pub page: &'static str,
    pub words_digest: &'static str,
    pub record_id: &'static str,
    pub record_digest: &'static str,
    pub code: &'static str,
    pub undo_title: &'static str,
    /// Names what stands on the screen: the place on the first page and the button in it. A
    /// browser test goes this way.
    pub undo_path: &'static str,
    pub compare: &'static str,
}

const ZH: Words = Words {
    locale: Locale::ZhHans,
    title: "授权书副本",
    comma: "、",
    buttons: "可以选",
    enterprise: "哪家店",
    recipient: "交给谁",
    items: "数据项",
    months: "哪段时间",
    often: "查几次",
    until: "查到哪天",
    scope: "同意的范围",
    scope_refused: "问到的范围。没同意，这些都不查。",
    kept: "查到的留多久",
    page: "公布在",
    words_digest: "授权书指纹",
    record_id: "记录编号",
    record_digest: "凭证指纹",
    code: "用三步贷扫这个码，就到这一条授权。用别的软件扫，看到银行公布的这份授权书。",
    undo_title: "不是我点的，想撤回",
    undo_path: "打开三步贷，点首页的“我的授权”，找到这一条，点“撤回”。没网也能点，连上网自动送到银行。",
    compare: "授权书指纹和银行网页上公布的一样，这些字就没人改过。凭证指纹和银行留的那份一样，这条记录就没人改过。",
};

const EN: Words = Words {
    locale: Locale::En,
    title: "Copy of consents",
    comma: ", ",
    buttons: "To choose from",
    enterprise: "Which shop",
    recipient: "Who gets it",
    items: "Data items",
    months: "Which months",
    often: "How often",
    until: "Read until",
    scope: "What was agreed to",
    scope_refused: "What was asked for. Not agreed to, so none of it is read.",
    kept: "How long kept",
    page: "Published at",
    words_digest: "Fingerprint of the words",
    record_id: "Number of the record",
    record_digest: "Fingerprint of the record",
    code: "Scanned with this app, the code leads to this consent. Any other app shows these words as \
           the bank has published them.",
    undo_title: "It was not me, or I want to withdraw",
    undo_path: "Open this app, press “My consents” on the first page, find the consent, press \
                “Withdraw”. It works offline too, and goes to the bank with the next connection.",
    compare: "If the fingerprint of the words is the one on the bank's page, nobody changed these \
              words. If that of the record is the one that the bank keeps, nobody changed the record.",
};

impl Words {
    pub const fn of(locale: Locale) -> Self {
        match locale {
            Locale::ZhHans => ZH,
            Locale::En => EN,
        }
    }

    pub fn bank_and_count(self, bank: &str, count: usize) -> String {
        match (self.locale, count) {
            (Locale::ZhHans, _) => format!("{bank}，{count} 条授权"),
            (Locale::En, 1) => format!("{bank}, 1 consent"),
            (Locale::En, _) => format!("{bank}, {count} consents"),
        }
    }

    pub fn version(self, version: u32) -> String {
        match self.locale {
            Locale::ZhHans => format!("授权书第 {version} 版"),
            Locale::En => format!("Consent notice, version {version}"),
        }
    }

    pub fn answer(self, event: Event, at: Timestamp) -> String {
        let at = self.minute(at);
        match (self.locale, event) {
            (Locale::ZhHans, Event::Given) => format!("已同意，{at}"),
            (Locale::ZhHans, Event::Refused) => format!("没同意，{at}"),
            (Locale::ZhHans, Event::Withdrawn) => format!("已撤回，{at}"),
            (Locale::ZhHans, Event::Expired) => format!("已到期，{at}"),
            (Locale::ZhHans, Event::Superseded) => format!("已重新问过，{at}"),
            (Locale::En, Event::Given) => format!("Agreed, {at}"),
            (Locale::En, Event::Refused) => format!("Not agreed, {at}"),
            (Locale::En, Event::Withdrawn) => format!("Withdrawn, {at}"),
            (Locale::En, Event::Expired) => format!("Ended by its last day, {at}"),
            (Locale::En, Event::Superseded) => format!("Asked anew, {at}"),
        }
    }

    /// The labels of the consent page.
    pub const fn line(self, line: Line) -> &'static str {
        match (self.locale, line) {
            (Locale::ZhHans, Line::Who) => "谁来查",
            (Locale::ZhHans, Line::What) => "查什么",
            (Locale::ZhHans, Line::Why) => "做什么",
            (Locale::ZhHans, Line::Kept) => "留多久",
            (Locale::ZhHans, Line::Withdraw) => "想撤回",
            (Locale::En, Line::Who) => "Who",
            (Locale::En, Line::What) => "What",
            (Locale::En, Line::Why) => "Why",
            (Locale::En, Line::Kept) => "Kept",
            (Locale::En, Line::Withdraw) => "Change your mind",
        }
    }

    pub fn both(self, agree: &str, refuse: &str) -> String {
        match self.locale {
            Locale::ZhHans => format!("“{agree}”，或“{refuse}”"),
            Locale::En => format!("“{agree}” or “{refuse}”"),
        }
    }

    pub fn named(self, name: &str, phone: &str) -> String {
        match self.locale {
            Locale::ZhHans => format!("{name}，电话 {phone}"),
            Locale::En => format!("{name}, phone {phone}"),
        }
    }

    pub fn item(self, code: &str, source: &str) -> String {
        match self.locale {
            Locale::ZhHans => format!("{code}（来自 {source}）"),
            Locale::En => format!("{code} (from {source})"),
        }
    }

    /// A calendar day as people write it.
    fn day(self, day: Day) -> String {
        let date: Date = day.text().parse().unwrap_or_default();
        match self.locale {
            Locale::ZhHans => date.strftime("%Y年%-m月%-d日").to_string(),
            Locale::En => date.strftime("%-d %B %Y").to_string(),
        }
    }

    pub fn days(self, from: Day, to: Day) -> String {
        let (from, to) = (self.day(from), self.day(to));
        match self.locale {
            Locale::ZhHans => format!("{from}到{to}"),
            Locale::En => format!("{from} to {to}"),
        }
    }

    pub fn times(self, fetch: Fetch) -> String {
        let count = fetch.max_count;
        match (self.locale, fetch.every_days) {
            (Locale::ZhHans, None) => format!("{count} 次"),
            (Locale::En, None) if count == 1 => "once".to_owned(),
            (Locale::En, None) => format!("{count} times"),
            (Locale::ZhHans, Some(days)) => format!("最多 {count} 次，隔 {days} 天以上"),
            (Locale::En, Some(days)) => format!("at most {count} times, {days} days apart or more"),
        }
    }

    pub fn retention(self, kept: &Retained) -> String {
        let days = kept.days;
        match (self.locale, kept.basis) {
            (Locale::ZhHans, RetentionBasis::Declined) => {
                format!("没批：从那天起留 {days} 天，到期删除")
            }
            (Locale::ZhHans, RetentionBasis::LoanEnded) => {
                format!("贷款还清那天起留 {days} 天，到期删除")
            }
            (Locale::En, RetentionBasis::Declined) => {
                format!("{days} days from the day the loan is declined, then deleted")
            }
            (Locale::En, RetentionBasis::LoanEnded) => {
                format!("{days} days from the day the loan is repaid, then deleted")
            }
        }
    }

    pub fn undo_call(self, bank: &str, phone: &str) -> String {
        match self.locale {
            Locale::ZhHans => format!("手机不在身边，打{bank}电话 {phone}，报记录编号。"),
            Locale::En => {
                format!(
                    "Without the phone, call {bank}, {phone}, and say the number of the record."
                )
            }
        }
    }

    pub fn undo_branch(self, branch: &str, phone: &str) -> String {
        match self.locale {
            Locale::ZhHans => format!("也可以打{branch}电话 {phone}。"),
            Locale::En => format!("Or call {branch}, {phone}."),
        }
    }

    /// A moment in Beijing time, to the minute, as people write it.
    pub fn minute(self, at: Timestamp) -> String {
        let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
        let moment = jiff::Timestamp::from_millisecond(millis)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            .to_zoned(tz::TimeZone::fixed(tz::offset(8)));
        match self.locale {
            Locale::ZhHans => moment.strftime("%Y年%-m月%-d日 %H:%M（北京时间）").to_string(),
            Locale::En => moment.strftime("%-d %B %Y, %H:%M (Beijing time)").to_string(),
        }
    }
}
