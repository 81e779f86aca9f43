//! The events of a run, and what each is answered with.

use proptest::prelude::*;

/// One event. Entries and parts are named by small numbers, so that events meet each other.
#[derive(Debug, Clone)]
pub enum Act {
    Post {
        entry: u8,
        digest: u8,
        urgent: bool,
        cancel: Vec<u8>,
        parts: Vec<u8>,
    },
    Begin(u8),
    Settle {
        entry: u8,
        end: End,
        jitter: u64,
    },
    SettleAll(Vec<(u8, End, u64)>),
    DropDelivery(u8),
    Release(u8),
    Cancel(u8),
    RetryNow,
    AddPart(u8),
    Progress {
        part: u8,
        offset: u64,
    },
    PartDone(u8),
    /// The receiver says its epoch. Another one than before: it was restored.
    Hear(u64),
    /// It confirmed everything that is delivered, or every second entry only.
    Reconciled {
        epoch: u64,
        everything: bool,
    },
    Resend(u8),
    Purge {
        drafts: Vec<u8>,
    },
    /// Closed in order and opened again.
    Reopen,
    /// Closed, given to an older app, which refuses it, and opened again.
    OlderApp,
    /// The process vanishes: only what is in the files is left.
    Kill,
    /// The device's clock jumps; true time stands still.
    Clock(i64),
    /// Days go by, on every clock.
    Days(u64),
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy)]
pub enum End {
    Delivered,
    Later(Option<u64>),
    Parked,
    NotTried,
}

/// What an event is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Done,
    Refused(&'static str),
    Cancelled(Vec<u8>),
    Begun(bool),
    Each(Vec<Answer>),
    Count(usize),
    Owed(bool),
    Purged { entries: u64, parts: u64, bytes: u64 },
}

/// Any event, whether it makes sense at this moment or not: what is refused is checked too.
pub fn any_act() -> BoxedStrategy<Act> {
    let entry = || 0..6u8;
    let part = || 0..4u8;
    let parts = || prop::collection::vec(0..4u8, 0..3);
    let end = || {
        prop_oneof![
            3 => Just(End::Delivered),
            4 => prop::option::of(0..10_000u64).prop_map(End::Later),
            2 => Just(End::Parked),
            1 => Just(End::NotTried),
        ]
    };
    let jump = prop_oneof![
        4 => 0..2_000_000i64,
        1 => Just(-300_000_000_000i64),
        1 => Just(300_000_000_000i64),
        1 => -5_000_000..0i64,
    ];
    let post = (
        entry(),
        prop::bool::weighted(0.1),
        any::<bool>(),
        prop::collection::vec(entry(), 0..3),
        parts(),
    );
    prop_oneof![
        8 => post.prop_map(|(entry, other, urgent, cancel, parts)| Act::Post {
            entry, digest: entry + 100 * u8::from(other), urgent, cancel, parts,
        }),
        5 => entry().prop_map(Act::Begin),
        6 => (entry(), end(), any::<u64>())
            .prop_map(|(entry, end, jitter)| Act::Settle { entry, end, jitter }),
        3 => prop::collection::vec((entry(), end(), any::<u64>()), 0..6).prop_map(Act::SettleAll),
        3 => entry().prop_map(Act::DropDelivery),
        3 => entry().prop_map(Act::Release),
        2 => entry().prop_map(Act::Cancel),
        1 => Just(Act::RetryNow),
        6 => part().prop_map(Act::AddPart),
        3 => (part(), 0..270_000u64).prop_map(|(part, offset)| Act::Progress { part, offset }),
        2 => part().prop_map(Act::PartDone),
        3 => (1..3u64).prop_map(Act::Hear),
        5 => (1..3u64, any::<bool>())
            .prop_map(|(epoch, everything)| Act::Reconciled { epoch, everything }),
        3 => entry().prop_map(Act::Resend),
        4 => parts().prop_map(|drafts| Act::Purge { drafts }),
        1 => Just(Act::Reopen),
        1 => Just(Act::OlderApp),
        2 => Just(Act::Kill),
        3 => jump.prop_map(Act::Clock),
        3 => prop_oneof![Just(1u64), Just(8), Just(31)].prop_map(Act::Days),
    ]
    .boxed()
}
