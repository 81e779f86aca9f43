//! What the harness and a device say to each other: one JSON value a line.

use crate::road::Photos;
use serde::{Deserialize, Serialize};
use std::io::Write;
use uuid::Uuid;

/// What the harness asks of a device, on its standard input. Carried out one after the other, but
/// for [`Order::SendNow`], which is carried out at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Go the whole road of an application, from the code to "saved", so many times.
    Apply {
        /// How many applications.
        count: u32,
        /// The photos of each.
        photos: Photos,
    },
    /// Go the road up to the last field, and stop there.
    Fill {
        /// The photos of the draft.
        photos: Photos,
    },
    /// Take back one of the applications that wait, if any does.
    TakeBack {
        /// Which, counted over and over.
        pick: usize,
    },
    /// Take back one of the consents that were given, if there is one.
    Withdraw {
        /// Which, counted over and over.
        pick: usize,
    },
    /// Press "send now".
    SendNow,
    /// Say [`Said::Dry`] once nothing waits any more.
    Dry,
    /// End as when a person closes the app.
    Stop,
}

/// What a device says, on its standard output. A promise is said after the client has made it, so
/// whatever was said must be true after any crash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// The client is open.
    Ready,
    /// A draft is filled in: each of its values was kept.
    Filled(Uuid),
    /// `submit` returned: this case is saved.
    Saved(Uuid),
    /// `take_back` is about to be called. No promise: it says who may be found taken back.
    TakingBack(Uuid),
    /// `take_back` returned: this case was taken back.
    TakenBack(Uuid),
    /// `withdraw_consent` returned: the consent of this record is withdrawn.
    Withdrawn(Uuid),
    /// The bank has this envelope: its acknowledgement was verified.
    Delivered(Uuid),
    /// Nothing waits.
    Dry {
        /// The drafts that are still open.
        drafts: Vec<Uuid>,
    },
    /// A command was refused, which no order should bring about.
    Refused(String),
}

impl Order {
    /// The order as a line.
    pub fn line(&self) -> String {
        line(self)
    }
}

impl Said {
    /// Says it, and returns when the pipe has it.
    ///
    /// # Panics
    /// When nobody listens any more: a device without its harness ends.
    pub fn say(&self) {
        let mut out = std::io::stdout().lock();
        out.write_all(line(self).as_bytes()).and_then(|()| out.flush()).expect("somebody listens");
    }
}

fn line(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).expect("plain values always encode");
    text.push('\n');
    text
}
