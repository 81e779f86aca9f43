//! A bank, a network and devices in one process, under one clock.

use crate::{
    builders,
    clock::{DAY_MS, FakeClock, START},
    key_stores::MemoryKeyStore,
    network::Network,
};
use bank::{
    Bank, IssuedTicket, SystemEntropy, TicketOrder,
    folder::Folder,
    issue_ticket,
    poster::{PosterFormat, render},
    printing::poster_content,
    publishing::{read_source, sign_catalogue},
    setup,
};
use client::{
    Client, Config, Ports, Problem,
    ipc::*,
    ports::{Clock, SilentNetwork},
};
use lending::{catalogue::Catalogue, consent::VerifiedRecord};
use rusqlite::Connection;
use seal::{PublicKey, Timestamp};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use wire::problem::Field;

/// The branch that journeys go to.
pub const BRANCH: &str = "LQ01";

/// A bank behind a network, and a place for devices.
pub struct World {
    folder: PathBuf,
    /// Goes with the world, unless it lives in a folder of somebody else's.
    _temporary: Option<tempfile::TempDir>,
    /// The clock of everything.
    pub clock: FakeClock,
    /// The way between device and bank.
    pub network: Network,
    trust: client::Trust,
}

/// A device: its folder and its key store outlive the client that runs on it.
#[derive(Clone)]
pub struct Device {
    config: Config,
    ports: Ports,
}

impl World {
    /// A fresh bank that answers.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = Self::in_folder(folder.path(), START).await;
        world.start_bank();
        Self { _temporary: Some(folder), ..world }
    }

    /// A world in a folder as it was left there, or a fresh one, whose clock shows `now`. Its bank
    /// is not started.
    pub async fn in_folder(folder: &Path, now: Timestamp) -> Self {
        let network = Network::listen().await;
        let bank = Folder::at(folder.join("bank"));
        let mut trust = match bank.is_complete() {
            true => serde_json::from_slice(&bank.read("trust.json").unwrap()).unwrap(),
            false => setup::init(bank.path(), &Default::default(), now, &SystemEntropy).unwrap(),
        };
        network.address().clone_into(&mut trust.address);
        let folder = folder.to_owned();
        Self { folder, _temporary: None, clock: FakeClock::at(now), network, trust }
    }

    /// Starts the bank, or starts it again after [`Network::disconnect`].
    pub fn start_bank(&self) {
        self.network.connect(self.bank().router());
    }

    /// The bank, opened: the one behind the network must be gone.
    pub fn bank(&self) -> Bank {
        self.open_bank().unwrap()
    }

    /// Opens the bank under the clock of everything.
    ///
    /// # Errors
    /// [`bank::OpenError`].
    pub fn open_bank(&self) -> Result<Bank, bank::OpenError> {
        let clock = self.clock.clone();
        Bank::open(&self.bank_folder(), Arc::new(move || clock.now()))
    }

    /// Edits the bank's catalogue, signs it as the next version, and starts the bank with it.
    pub fn republish(&self, edit: impl FnOnce(&mut Catalogue)) {
        let folder = Folder::at(self.bank_folder());
        let mut catalogue = self.catalogue();
        edit(&mut catalogue);
        catalogue.version += 1;
        let source = serde_json::to_vec(&catalogue).unwrap();
        std::fs::write(self.bank_folder().join("catalogue.json"), source).unwrap();
        sign_catalogue(&folder, self.clock.now()).unwrap();
        self.start_bank();
    }

    /// The bank withdraws the key that signed its tickets, makes another, and starts anew.
    pub fn revoke_ticket_key(&self) {
        setup::rotate_ticket_key(&self.bank_folder(), true, self.clock.now(), &SystemEntropy)
            .unwrap();
        self.start_bank();
    }

    /// What the bank gives its app.
    pub fn trust(&self) -> &client::Trust {
        &self.trust
    }

    /// Folder of the bank.
    pub fn bank_folder(&self) -> PathBuf {
        self.folder.join("bank")
    }

    /// A device with a key store that keeps keys.
    pub fn device(&self, name: &str) -> Device {
        Device {
            config: Config {
                data: self.folder.join(name),
                trust: self.trust.clone(),
                app_version: "0.1.0-test".into(),
                program: None,
            },
            ports: Ports {
                clock: Arc::new(self.clock.clone()),
                entropy: Arc::new(client::ports::SystemEntropy),
                key_store: Arc::new(MemoryKeyStore::default()),
                network: Arc::new(SilentNetwork::default()),
                disk: Arc::new(client::ports::SystemDisk),
            },
        }
    }

    /// The text of a fresh code for the branch and its usual product.
    pub fn code(&self) -> String {
        self.code_for_days(365)
    }

    /// The text of a fresh code that ends after some days.
    pub fn code_for_days(&self, days: u64) -> String {
        self.ticket(days).code()
    }

    fn ticket(&self, days: u64) -> IssuedTicket {
        let folder = Folder::at(self.bank_folder());
        let catalogue = self.catalogue();
        let branch = catalogue.branches.iter().find(|b| b.code.as_str() == BRANCH).unwrap();
        let order = TicketOrder {
            branch: BRANCH,
            product: &branch.usual_product,
            grid: None,
            officer: None,
            campaign: None,
            valid_for_s: days * DAY_MS / 1000,
        };
        issue_ticket(&folder, &catalogue, &order, self.clock.now(), &SystemEntropy).unwrap()
    }

    /// A printed poster of the branch: a PNG.
    pub fn poster(&self) -> Vec<u8> {
        let content = poster_content(&self.catalogue(), &self.ticket(365)).unwrap();
        render(&content, PosterFormat::Png).unwrap()
    }

    /// The bank's catalogue as it stands in its folder.
    pub fn catalogue(&self) -> Catalogue {
        let source = std::fs::read(self.bank_folder().join("catalogue.json")).unwrap();
        read_source(&source).unwrap()
    }

    /// The consent records the bank holds, verified, in the order of the device.
    pub fn consent_records(&self) -> Vec<VerifiedRecord> {
        let ledger = self.open_ledger();
        let mut statement = ledger.prepare("select device, signed from consent_record").unwrap();
        let mut records: Vec<VerifiedRecord> = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(|row| {
                let (device, signed): ([u8; 32], Vec<u8>) = row.unwrap();
                VerifiedRecord::verify(&signed, &PublicKey::from_bytes(device)).unwrap()
            })
            .collect();
        records.sort_by_key(|record| record.device_seq);
        records
    }

    fn open_ledger(&self) -> Connection {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        Connection::open_with_flags(Folder::at(self.bank_folder()).ledger(), flags).unwrap()
    }

    /// A number from the bank's own database.
    pub fn bank_number(&self, sql: &str) -> i64 {
        let ledger = self.open_ledger();
        ledger.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Does to the bank's ledger what no code path does.
    pub fn bank_sql(&self, sql: &str) {
        let ledger = Folder::at(self.bank_folder()).ledger();
        Connection::open(ledger).unwrap().execute_batch(sql).unwrap();
    }

    /// How many applications the bank holds.
    pub fn applications(&self) -> i64 {
        self.bank_number("select count(*) from application")
    }
}

impl Device {
    /// Starts the client on this device, without its background task: journeys deliver by hand.
    pub fn start(&self) -> Client {
        self.try_start().unwrap()
    }

    /// Starts the client, if it can be.
    pub fn try_start(&self) -> Result<Client, client::StartError> {
        Client::open(self.config.clone(), self.ports.clone())
    }

    /// The same device with another key store.
    pub fn with_key_store(mut self, key_store: impl client::ports::KeyStore + 'static) -> Self {
        self.ports.key_store = Arc::new(key_store);
        self
    }

    /// The same device over another transport, for simulations.
    ///
    /// # Errors
    /// As [`Client::open_over`].
    pub fn start_over(
        &self,
        transport: Arc<dyn client::transport::Transport>,
    ) -> Result<Client, client::StartError> {
        Client::open_over(self.config.clone(), self.ports.clone(), transport)
    }

    /// A copy of this device whose files lie in another folder.
    pub fn in_folder(mut self, data: PathBuf) -> Self {
        self.config.data = data;
        self
    }

    /// The same device, which finds its bank elsewhere.
    pub fn with_trust(mut self, trust: client::Trust) -> Self {
        self.config.trust = trust;
        self
    }

    /// The same device with a clock of its own.
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.ports.clock = Arc::new(clock);
        self
    }

    /// The same device with a disk that has so much room left.
    pub fn with_free_bytes(mut self, free_bytes: u64) -> Self {
        self.ports.disk = Arc::new(Room(free_bytes));
        self
    }

    /// Starts the client, or says why it cannot start and mends it on request, as hosts do.
    pub fn host(&self) -> client::Start {
        client::Start::open(self.config.clone(), self.ports.clone())
    }

    /// Folder of the client's files.
    pub fn folder(&self) -> &std::path::Path {
        &self.config.data
    }
}

struct Room(u64);

impl client::ports::Disk for Room {
    fn free_bytes(&self, _: &std::path::Path) -> Option<u64> {
        Some(self.0)
    }
}

/// The first page of an outbox.
pub const FIRST_PAGE: OutboxRequest = OutboxRequest { offset: 0, limit: 100 };

/// A person at the screen: does with a client what the pages do.
pub struct Person<'c> {
    /// The client of the device.
    pub client: &'c Client,
    /// Which made-up shop.
    pub shop: u32,
}

impl Person<'_> {
    /// Opens a code.
    pub async fn scan(&self, code: &str) -> Result<DraftView, Problem> {
        self.client.open_codes(OpenCodesRequest { texts: vec![code.into()] }).await
    }

    /// Scans a picture: what is read in it is handed down again, as the pages do.
    pub async fn scan_picture(&self, picture: Vec<u8>) -> Result<DraftView, Problem> {
        let view = self.client.read_picture(picture).await?;
        let texts = view.codes.into_iter().map(|code| code.text).collect();
        self.client.open_codes(OpenCodesRequest { texts }).await
    }

    /// Presses one button on every consent page left.
    pub async fn decide_all(&self, draft: DraftView, answer: ConsentAnswer) -> DraftView {
        let mut draft = draft;
        while draft.step == DraftStep::Consent {
            draft = self.decide(&draft, answer, 2_000).await.unwrap();
        }
        draft
    }

    /// Presses a button on the consent page that is shown.
    pub async fn decide(
        &self,
        draft: &DraftView,
        answer: ConsentAnswer,
        dwell_ms: u64,
    ) -> Result<DraftView, Problem> {
        let page = &draft.consents[draft.consent_at as usize];
        let request = DecideConsentRequest {
            draft_id: draft.draft_id.clone(),
            notice_id: page.notice_id.clone(),
            version: page.version,
            locale: Locale::ZhHans,
            answer,
            dwell_ms,
            pressed_with: PressedWith::Pointer,
            scrolled_to_end: true,
            full_text_opened: false,
            screen_width: 360,
            screen_height: 740,
            adapted: Vec::new(),
        };
        self.client.decide_consent(request).await
    }

    /// Types a value.
    pub async fn set(&self, draft: &DraftView, field: Field, value: &str) -> DraftView {
        let request =
            SetFieldRequest { draft_id: draft.draft_id.clone(), field, value: value.into() };
        self.client.set_field(request).await.unwrap()
    }

    /// Fills the three fields of a stranger.
    pub async fn fill(&self, draft: &DraftView) -> DraftView {
        self.set(draft, Field::EnterpriseCode, &builders::enterprise_code(self.shop)).await;
        self.set(draft, Field::Mobile, &builders::mobile(self.shop)).await;
        self.set(draft, Field::Amount, "10").await
    }

    /// Submits.
    pub async fn submit(&self, draft: &DraftView) -> Result<CaseView, Problem> {
        self.client.submit(DraftRequest { draft_id: draft.draft_id.clone() }).await
    }

    /// The whole road of a stranger up to "saved".
    pub async fn apply(&self, code: &str, answer: ConsentAnswer) -> CaseView {
        let draft = self.scan(code).await.unwrap();
        let draft = self.decide_all(draft, answer).await;
        let draft = self.fill(&draft).await;
        self.submit(&draft).await.unwrap()
    }

    /// The road of a shop that this device knows.
    pub async fn apply_again(&self, code: &str) -> CaseView {
        let draft = self.scan(code).await.unwrap();
        let draft = self.decide_all(draft, ConsentAnswer::Give).await;
        let draft = self.set(&draft, Field::Amount, "5").await;
        self.submit(&draft).await.unwrap()
    }

    /// The case as it stands now.
    pub async fn case(&self, case: &CaseView) -> CaseView {
        self.client.case(CaseRequest { case_id: case.case_id.clone() }).await.unwrap()
    }
}
