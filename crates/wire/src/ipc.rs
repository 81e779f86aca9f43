//! The shapes between the screen and the client: commands down, views back.
//!
//! Every struct here is exported to `ui/src/bindings/ipc.ts`. Times are milliseconds since
//! 1970-01-01T00:00Z, money is whole fen (at most 2^53 - 1), rates are percent as decimal text.

/// Every command of the shell, in the order of the road. `tidy` holds this list, the handlers,
/// the capabilities and the methods of `Host` equal.
pub const COMMANDS: &[&str] = &[
    "home",
    "read_picture",
    "read_frame",
    "open_codes",
    "open_link",
    "enter_branch",
    "draft",
    "decide_consent",
    "enter_owner_mode",
    "leave_owner_mode",
    "set_field",
    "fill_licence",
    "forget_shop",
    "request_code",
    "read_answer",
    "answer_code",
    "submit",
    "discard_draft",
    "case",
    "outbox",
    "send_now",
    "send_again",
    "ask_again",
    "take_back",
    "export_case",
    "export_evidence",
    "forget_lost",
    "consents",
    "withdraw_consent",
    "say_upstream",
    "consent_copy",
    "save_copy",
    "set_preferences",
    "set_officer",
    "set_passphrase",
    "unlock",
    "repair",
];

/// The one event that goes up. It carries nothing: the screen looks again.
pub const CHANGED_EVENT: &str = "changed";

/// Declares views and requests: camelCase on the wire, exported to TypeScript.
macro_rules! shapes {
    ($($(#[$doc:meta])* $kind:ident $name:ident $body:tt)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(rename_all = "camelCase")]
            #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
            pub $kind $name $body
        )+
    };
}

mod copy;
mod frame;
mod outbox;
mod requests;
mod views;
mod words;

pub use copy::*;
pub use frame::*;
pub use outbox::*;
pub use requests::*;
pub use views::*;
pub use words::*;
