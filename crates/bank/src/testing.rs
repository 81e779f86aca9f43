//! A sandbox bank and valid envelopes for this crate's own tests.

pub(crate) mod phone;

use crate::{
    Bank, Clock, TicketOrder,
    folder::Folder,
    issue_ticket,
    ledger::{Ledger, SqliteLedger},
    parts::Objects,
    publishing::Published,
    setup,
};
use lending::{
    Locale,
    application::{Application, Entry, Withdrawal},
    catalogue::Catalogue,
    consent::{
        Actor, Answer, App, Assurance, ConsentRecord, Control, Event, Level, Link, Manner, Pressed,
        Principal, Role, Times, UpstreamStatus,
    },
    money::{Fen, Months},
    notice::Notice,
    subject::{EnterpriseCode, Mobile},
};
use object_store::{ObjectStore, memory::InMemory};
use seal::{
    Digest, Entropy, SigningKey, Timestamp, cbor,
    sealed::{Address, seal_with_parts},
};
use serde_bytes::ByteBuf;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;
use wire::bank::schema;

/// 2026-11-22 09:00 in China.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_309_200_000);

/// Predictable bytes, different at each call.
pub(crate) struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let turn = self.0.fetch_add(0x1_0000_0001, Ordering::Relaxed);
            let digest = Digest::of(&turn.to_be_bytes());
            chunk.copy_from_slice(&digest.as_bytes()[..chunk.len()]);
        }
    }
}

/// A sandbox bank in a folder of its own, with a clock that stands until it is set.
pub(crate) struct TestBank {
    dir: tempfile::TempDir,
    clock: Arc<AtomicU64>,
}

impl TestBank {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = setup::InitOptions::default();
        setup::init(dir.path(), &options, NOW, &SeededEntropy::new(1)).unwrap();
        Self { dir, clock: Arc::new(AtomicU64::new(NOW.as_millis())) }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn folder(&self) -> Folder {
        Folder::at(self.dir.path())
    }

    pub(crate) fn clock(&self) -> Clock {
        let clock = Arc::clone(&self.clock);
        Arc::new(move || Timestamp::from_millis(clock.load(Ordering::Relaxed)))
    }

    pub(crate) fn pass(&self, millis: u64) {
        self.clock.fetch_add(millis, Ordering::Relaxed);
    }

    pub(crate) fn open(&self) -> Bank {
        Bank::open(self.dir.path(), self.clock()).unwrap()
    }

    pub(crate) fn open_with(&self, ledger: Arc<dyn Ledger>) -> Bank {
        Bank::with_ledger(self.dir.path(), self.clock(), ledger).unwrap()
    }

    /// The bank with the bytes of parts in memory: without syncs a test may do more.
    pub(crate) fn open_with_memory(&self) -> Bank {
        self.open_with_objects(Arc::new(InMemory::new()))
    }

    pub(crate) fn open_with_objects(&self, store: Arc<dyn ObjectStore>) -> Bank {
        let ledger = SqliteLedger::open(&self.folder().ledger()).unwrap();
        let objects = Objects::in_store(store, Default::default());
        Bank::with_stores(self.dir.path(), self.clock(), Arc::new(ledger), objects).unwrap()
    }

    pub(crate) fn open_with_stores(
        &self,
        ledger: Arc<dyn Ledger>,
        store: Arc<dyn ObjectStore>,
    ) -> Bank {
        let objects = Objects::in_store(store, Default::default());
        Bank::with_stores(self.dir.path(), self.clock(), ledger, objects).unwrap()
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.clock.load(Ordering::Relaxed)
    }

    pub(crate) fn published(&self) -> Published {
        Published::load(&self.folder()).unwrap()
    }
}

/// A device with a sandbox application of its own, saved at [`NOW`].
pub(crate) struct Device {
    pub(crate) key: SigningKey,
    entropy: SeededEntropy,
}

impl Device {
    pub(crate) fn new(seed: u8) -> Self {
        let entropy = SeededEntropy::new(u64::from(seed) << 40);
        Self { key: SigningKey::from_seed([seed; 32]), entropy }
    }

    /// A valid application by a ticket of branch LQ01, grid LQ01-02.
    pub(crate) fn application(&self, bank: &TestBank, id: Uuid, seq: u64) -> Application {
        let published = bank.published();
        let order = TicketOrder {
            branch: "LQ01",
            product: "FLOW",
            grid: Some("LQ01-02"),
            officer: None,
            campaign: None,
            valid_for_s: 3600,
        };
        let catalogue = published.catalogue();
        let ticket = issue_ticket(&bank.folder(), catalogue, &order, NOW, &self.entropy).unwrap();
        let product = catalogue.product("FLOW").unwrap();
        let records = self.consents(catalogue, &catalogue.notices_of(product), id);
        let consents = records.iter().map(|r| ByteBuf::from(r.sign(&self.key))).collect();
        Application {
            schema_version: lending::application::SCHEMA_VERSION,
            envelope_id: id.into_bytes(),
            device: self.key.public(),
            device_seq: seq,
            saved_at: NOW,
            entry: Entry::Ticket(ByteBuf::from(ticket.signed)),
            branch: ticket.ticket.branch,
            grid: ticket.ticket.grid,
            product: ticket.ticket.product,
            officer: Some("0742".into()),
            enterprise_code: EnterpriseCode::parse("92331004MA2RTE5T0W").unwrap(),
            mobile: Mobile::parse("13800000000").unwrap(),
            amount: Fen::from_yuan(100_000),
            term: Months::new(12).unwrap(),
            purpose: Some("stock".into()),
            catalogue_version: catalogue.version,
            annual_percent_shown: "4.35".into(),
            consents,
            parts: Vec::new(),
            consent_device: None,
        }
    }

    /// The consents to these notices, given, each naming the one before.
    pub(crate) fn consents(
        &self,
        catalogue: &Catalogue,
        notices: &[&Notice],
        case: Uuid,
    ) -> Vec<ConsentRecord> {
        let mut records: Vec<ConsentRecord> = Vec::new();
        for (notice, n) in notices.iter().zip(1..) {
            let prev = records.last().map(|before| Digest::of(&before.sign(&self.key)));
            records.push(self.consent(catalogue, notice, case, n, prev));
        }
        records
    }

    /// The consent to one notice, given: record `n` of this device.
    pub(crate) fn consent(
        &self,
        catalogue: &Catalogue,
        notice: &Notice,
        case: Uuid,
        n: u8,
        prev: Option<Digest>,
    ) -> ConsentRecord {
        let record_id = Digest::of(&[case.as_bytes().as_slice(), &[n]].concat());
        let link = Link {
            record_id: record_id.as_bytes()[..16].try_into().unwrap(),
            prev,
            device_seq: u64::from(n),
        };
        let answer = Answer {
            envelope_id: case.into_bytes(),
            principal: Principal {
                pseudonym: Digest::keyed(&catalogue.bank.pseudonym_salt, b"13800000000"),
                role: Role::Owner,
                enterprise_code: "92331004MA2RTE5T0W".into(),
                delegated: Vec::new(),
            },
            locale: Locale::ZhHans,
            branch: "LQ01".into(),
            event: Event::Given,
            manner: manner(),
            times: times(),
            pressed: Pressed { actor: Actor::Myself, officer: None },
            assurance: Assurance { level: Level::OwnDevice, evidence: Vec::new() },
            ticket: None,
            upstream: UpstreamStatus::Needed,
            app: App { version: "test".into(), build: None },
        };
        ConsentRecord::of(notice, &catalogue.bank, answer, self.key.id(), link)
    }

    /// A signed and sealed application.
    pub(crate) fn envelope(&self, bank: &TestBank, id: Uuid, seq: u64) -> Vec<u8> {
        self.seal_application(bank, id, &self.application(bank, id, seq))
    }

    pub(crate) fn seal_application(
        &self,
        bank: &TestBank,
        id: Uuid,
        application: &Application,
    ) -> Vec<u8> {
        self.seal(bank, id, schema::APPLICATION, &application.sign(&self.key))
    }

    /// The sealed withdrawal, by this device, of the first consent of case `case`.
    pub(crate) fn withdrawal(&self, bank: &TestBank, id: Uuid, case: Uuid) -> Vec<u8> {
        self.seal(bank, id, schema::WITHDRAWAL, &self.withdrawal_content(bank, id, case))
    }

    /// What such a withdrawal holds.
    pub(crate) fn withdrawal_content(&self, bank: &TestBank, id: Uuid, case: Uuid) -> Vec<u8> {
        let published = bank.published();
        let catalogue = published.catalogue();
        let product = catalogue.product("FLOW").unwrap();
        let records = self.consents(catalogue, &catalogue.notices_of(product), case);
        let prev = records.last().map(|before| Digest::of(&before.sign(&self.key)));
        let link = Link { record_id: id.into_bytes(), prev, device_seq: 3 };
        let given = &records[0];
        let withdrawal = Withdrawal {
            schema_version: lending::application::SCHEMA_VERSION,
            device: self.key.public(),
            record: ByteBuf::from(
                given.ended(Event::Withdrawn, link, manner(), times()).sign(&self.key),
            ),
        };
        cbor::encode(&withdrawal)
    }

    pub(crate) fn seal(&self, bank: &TestBank, id: Uuid, schema: u8, content: &[u8]) -> Vec<u8> {
        self.seal_as(bank, id, schema, content, &[])
    }

    /// A sealed application that names parts.
    pub(crate) fn seal_naming(
        &self,
        bank: &TestBank,
        id: Uuid,
        content: &[u8],
        parts: &[Digest],
    ) -> Vec<u8> {
        self.seal_as(bank, id, schema::APPLICATION, content, parts)
    }

    pub(crate) fn seal_as(
        &self,
        bank: &TestBank,
        id: Uuid,
        schema: u8,
        content: &[u8],
        parts: &[Digest],
    ) -> Vec<u8> {
        let published = bank.published();
        let recipient = published.directory.sealing_key(NOW).unwrap();
        let address = Address { envelope_id: id.into_bytes(), device: self.key.id(), schema };
        seal_with_parts(content, recipient, &address, parts, &self.entropy).unwrap()
    }
}

fn manner() -> Manner {
    Manner {
        control: Control::Pointer,
        default_off: true,
        dwell_ms: 5_000,
        scrolled_to_end: true,
        full_text_opened: false,
        screen: (360, 640),
        adapted: Vec::new(),
    }
}

fn times() -> Times {
    Times {
        wall: NOW,
        monotonic_ms: 60_000,
        run: serde_bytes::ByteArray::new([9; 8]),
        last_server_time: None,
    }
}
