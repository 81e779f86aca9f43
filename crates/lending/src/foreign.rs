//! Codes that are not ours: what they are, told from their text alone. Nothing is opened or
//! fetched, and nothing of the text is shown.

use crate::subject::EnterpriseCode;

/// What a code is that is not a ticket, told from its text alone. Nothing is opened or fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignCode {
    /// A payment code: WeChat Pay, Alipay, UnionPay.
    Payment,
    /// A WeChat contact, group or mini program.
    Wechat,
    /// An Alipay page or mini program.
    Alipay,
    /// A business licence (营业执照), or a page of the register that it points to.
    Licence,
    /// Some web page.
    Link,
    /// Anything else.
    Other,
}

impl ForeignCode {
    /// Tells a foreign code by how it begins.
    ///
    /// Beginnings as printed on merchants' codes: WeChat Pay `wxp://`, Alipay `qr.alipay.com`,
    /// UnionPay `qr.95516.com`, EMVCo merchant codes (which begin with `000201`). A licence is
    /// known by the register's hosts (`gsxt.gov.cn`) or by the code in it.
    pub fn of(text: &str) -> Self {
        let lower = text.trim().to_ascii_lowercase();
        let bare = lower
            .strip_prefix("https://")
            .or_else(|| lower.strip_prefix("http://"))
            .unwrap_or(&lower);
        let begins = |prefixes: &[&str]| prefixes.iter().any(|p| bare.starts_with(p));
        if begins(&[
            "wxp://",
            "weixin://wxpay/",
            "alipayqr://",
            "qr.alipay.com/",
            "render.alipay.com/",
            "qr.95516.com/",
            "000201",
            "upwrp://",
        ]) {
            Self::Payment
        } else if begins(&["u.wechat.com/", "weixin.qq.com/", "mp.weixin.qq.com/", "weixin://"]) {
            Self::Wechat
        } else if begins(&["alipays://", "ds.alipay.com/", "m.alipay.com/"]) {
            Self::Alipay
        } else if of_register(bare) || licence_code(text).is_some() {
            Self::Licence
        } else if lower.len() != bare.len() || bare.starts_with("www.") {
            Self::Link
        } else {
            Self::Other
        }
    }
}

/// Whether a link leads to the register of enterprises (国家企业信用信息公示系统).
fn of_register(bare: &str) -> bool {
    let host = bare.split(['/', '?', '#', ':']).next().unwrap_or_default();
    host == "gsxt.gov.cn" || host.ends_with(".gsxt.gov.cn")
}

/// The enterprise code in the text of a business licence's code.
///
/// Licences say it in a link (`...?uniscid=91...`) or in words (`统一社会信用代码:91...`), and some
/// newer ones not at all. Taken is a run of 18 capitals and digits that stands by itself and whose
/// check character fits (GB 32100-2015); `None` when there is none, or two different ones.
pub fn licence_code(text: &str) -> Option<EnterpriseCode> {
    let mut runs = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|run| run.len() == 18)
        .filter_map(|run| EnterpriseCode::parse(run).ok());
    let code = runs.next()?;
    runs.all(|other| other == code).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_others_are_told_apart() {
        for (text, kind) in [
            ("wxp://f2f0abc", ForeignCode::Payment),
            ("https://qr.alipay.com/fkx1", ForeignCode::Payment),
            ("HTTPS://QR.95516.COM/0001", ForeignCode::Payment),
            ("00020101021226", ForeignCode::Payment),
            ("https://u.wechat.com/abc", ForeignCode::Wechat),
            ("http://weixin.qq.com/r/abc", ForeignCode::Wechat),
            ("https://ds.alipay.com/?scheme=x", ForeignCode::Alipay),
            ("alipays://platformapi/startapp?appId=2018", ForeignCode::Alipay),
            ("http://www.gsxt.gov.cn/index.html?x=4D2F", ForeignCode::Licence),
            ("统一社会信用代码:91990000MA0000001B;名称:某店", ForeignCode::Licence),
            ("https://gsxt.gov.cn.example.com/a", ForeignCode::Link),
            ("https://example.com", ForeignCode::Link),
            ("www.example.com", ForeignCode::Link),
            ("BEGIN:VCARD", ForeignCode::Other),
            ("", ForeignCode::Other),
        ] {
            assert_eq!(ForeignCode::of(text), kind, "{text}");
        }
    }

    #[test]
    fn a_licence_gives_its_code_only_when_there_is_one_and_it_fits() {
        let code = |text| licence_code(text).map(|code| code.as_str().to_owned());
        let whole = Some("91990000MA0000001B".to_owned());
        for (text, expected) in [
            ("91990000MA0000001B", whole.clone()),
            ("http://zj.gsxt.gov.cn/show?uniscid=91990000MA0000001B&t=1", whole.clone()),
            ("统一社会信用代码：91990000MA0000001B", whole.clone()),
            ("91990000MA0000001B 91990000MA0000001B", whole),
            // A digit off, a longer run around it, nothing, another one beside it.
            ("91990000MA0000001C", None),
            ("X91990000MA0000001B", None),
            ("http://www.gsxt.gov.cn/index.html?x=4D2F", None),
            ("91990000MA0000001B 91990000100000001K", None),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }
}
