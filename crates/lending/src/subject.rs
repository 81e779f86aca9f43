//! Whom an application is about: a person and an enterprise, as different types.
//!
//! Every value here was checked when it was made, so a function that takes an
//! [`EnterpriseCode`] need not check again. None of them can be displayed, and `Debug` shows
//! them masked, so that no log line gives anyone away; `as_str` is the one way to the text.

mod enterprise_code;
mod mobile;
mod name;
mod resident_id;

pub use enterprise_code::{EnterpriseCode, EnterpriseCodeError};
pub use mobile::{Mobile, MobileError};
pub use name::{EnterpriseName, NameError, PersonName};
pub use resident_id::{ResidentId, ResidentIdError};

/// Check characters of the codes in this module.
pub mod checksum {
    pub use super::enterprise_code::check_character as enterprise_code;
    pub use super::resident_id::check_character as resident_id;
}

use serde::{Deserialize, Serialize};

/// A natural person, such as the owner (企业主).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name as on the identity card.
    pub name: PersonName,
    /// The number of the identity card.
    pub id: ResidentId,
}

/// A firm or a one-person business (个体工商户).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enterprise {
    /// The registered name, where it is known: applying asks for the code alone.
    pub name: Option<EnterpriseName>,
    /// The code on the business licence.
    pub code: EnterpriseCode,
}

/// A record holds a text that the type's `parse` would not give back unchanged.
///
/// Typed text is folded by `parse`; signed records are not, or two different records would
/// read as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} is invalid or not in its one form")]
pub struct NotCanonical {
    kind: &'static str,
}

/// Gives a checked text its masked `Debug`, `as_str`, and serde in the one form only.
macro_rules! checked_text {
    ($name:ident, $kind:literal) => {
        impl $name {
            /// The whole text, for records and messages to the bank; never for a log.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.masked())
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::subject::NotCanonical;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                match Self::parse(&text) {
                    Ok(value) if value.0 == text => Ok(value),
                    _ => Err($crate::subject::NotCanonical { kind: $kind }),
                }
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}
use checked_text;

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error as ValueError, MapDeserializer, StrDeserializer};

    fn person() -> Person {
        Person {
            name: PersonName::parse("王小明").unwrap(),
            id: ResidentId::parse("11010519491231002X").unwrap(),
        }
    }

    #[test]
    fn debug_gives_nobody_away() {
        let enterprise = Enterprise {
            name: Some(EnterpriseName::parse("李记面馆").unwrap()),
            code: EnterpriseCode::parse("91350100M000100Y43").unwrap(),
        };
        assert_eq!(
            format!("{enterprise:?}"),
            "Enterprise { name: Some(EnterpriseName(李****)), \
             code: EnterpriseCode(9135****Y43) }"
        );
        assert_eq!(
            format!("{:?}", person()),
            "Person { name: PersonName(王**), id: ResidentId(1101****002X) }"
        );
        let mobile = Mobile::parse("13812345678").unwrap();
        assert_eq!(format!("{mobile:?}"), "Mobile(138****5678)");
    }

    #[test]
    fn a_record_holds_each_text_only_in_its_one_form() {
        fn holds<'a, T: Deserialize<'a>>(text: &'a str) -> bool {
            let input: StrDeserializer<'a, ValueError> = text.into_deserializer();
            T::deserialize(input).is_ok()
        }
        assert!(holds::<EnterpriseCode>("91350100M000100Y43"));
        assert!(!holds::<EnterpriseCode>("91350100m000100y43"));
        assert!(!holds::<EnterpriseCode>("91350100M000100Y44"));
        assert!(holds::<ResidentId>("11010519491231002X"));
        assert!(!holds::<ResidentId>("11010519491231002x"));
        assert!(holds::<Mobile>("13812345678"));
        assert!(!holds::<Mobile>("+8613812345678"));
        assert!(holds::<PersonName>("王小明"));
        assert!(!holds::<PersonName>("王 小明"));
        assert!(holds::<EnterpriseName>("李记面馆"));
        assert!(!holds::<EnterpriseName>(" 李记面馆"));
    }

    #[test]
    fn a_person_is_read_from_a_record_without_surplus_fields() {
        let read = |fields: &[(&'static str, &'static str)]| {
            let fields = fields.iter().copied();
            Person::deserialize(MapDeserializer::<_, ValueError>::new(fields))
        };
        let name = ("name", "王小明");
        let id = ("id", "11010519491231002X");
        assert_eq!(read(&[name, id]), Ok(person()));
        assert!(read(&[name]).is_err());
        assert!(read(&[name, id, ("age", "40")]).is_err());
    }
}
