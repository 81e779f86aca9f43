//! Closed lists whose members have a word for people and files, and a number in signed objects.

/// Declares them: a word in JSON and in storage, a number in CBOR. A number is never given anew.
macro_rules! numbered {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$member_doc:meta])* $member:ident = $number:literal, $word:literal;)+
    })+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            #[repr(u8)]
            pub enum $name {
                $($(#[$member_doc])* $member = $number,)+
            }

            impl $name {
                /// Every member.
                pub const ALL: &[Self] = &[$(Self::$member),+];

                /// The word for files and storage.
                pub const fn as_str(self) -> &'static str {
                    match self { $(Self::$member => $word,)+ }
                }
            }

            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                    if s.is_human_readable() {
                        s.serialize_str(self.as_str())
                    } else {
                        s.serialize_u8(*self as u8)
                    }
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                    let found = if d.is_human_readable() {
                        let word = String::deserialize(d)?;
                        Self::ALL.iter().find(|member| member.as_str() == word)
                    } else {
                        let number = u8::deserialize(d)?;
                        Self::ALL.iter().find(|member| **member as u8 == number)
                    };
                    found.copied().ok_or_else(|| {
                        serde::de::Error::custom(concat!("not one of ", stringify!($name)))
                    })
                }
            }
        )+
    };
}

pub(crate) use numbered;
