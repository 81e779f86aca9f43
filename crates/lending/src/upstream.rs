//! The authorisation that a source asks for itself, beside the consent given to the bank.

use crate::Text;
use serde::{Deserialize, Serialize};

/// How to give the data's own authorisation in the system it lies in (电子税务局, 资金流平台): a consent
/// lets the bank ask there, and only the system's own yes lets it answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpstreamGuide {
    /// The system, as notices name it.
    pub system: String,
    /// What people call it.
    pub name: Text,
    /// What to do there, in order: one to five steps.
    pub steps: Vec<Text>,
    /// Where it opens, with `https://`; none when it is only an app.
    pub address: Option<String>,
}

/// Most steps of a guide: 5, what fits one screen of a phone. Source: own judgement.
const MAX_GUIDE_STEPS: usize = 5;

impl UpstreamGuide {
    /// The first rule that it breaks, in English.
    pub fn fault(&self) -> Option<&'static str> {
        if self.steps.is_empty() || self.steps.len() > MAX_GUIDE_STEPS {
            return Some("it has no step, or more than five");
        }
        let is_web = |address: &String| address.starts_with("https://") && address.is_ascii();
        if !self.address.iter().all(is_web) {
            return Some("its address is not one of the web over TLS");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guide_has_a_few_steps_and_an_address_of_the_web_or_none() {
        let step = || Text::new("登录", "Sign in");
        let guide = |steps: usize, address: Option<&str>| UpstreamGuide {
            system: "e-tax".into(),
            name: Text::new("电子税务局", "the e-tax platform"),
            steps: vec![step(); steps],
            address: address.map(Into::into),
        };
        let web = Some("https://etax.example/");
        assert_eq!([guide(1, None).fault(), guide(5, web).fault()], [None, None]);
        for (steps, address, fault) in [
            (0, web, "no step"),
            (6, web, "more than five"),
            (1, Some("http://etax.example/"), "over TLS"),
            (1, Some("javascript:alert(1)"), "over TLS"),
            (1, Some("https://éta.example/"), "over TLS"),
        ] {
            assert!(guide(steps, address).fault().unwrap().contains(fault), "{address:?}");
        }
    }
}
