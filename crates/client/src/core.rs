//! What all operations of the client share.

use crate::{
    bank_api::BankApi,
    known::Known,
    ports::{Clock, Ports},
    store::{Store, StoreError},
    tls::TlsError,
    transport::{Https, Transport},
    vault::{Vault, VaultError},
    wall_time::WallTime,
};
use lending::consent::App;
use outbox::{OpenError, Outbox};
use seal::{Digest, PublicKey, SigningKey, Timestamp, digest::Digester, random_bytes};
use serde_bytes::ByteArray;
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};
use tokio::sync::{Notify, watch};
use uuid::Uuid;
use wire::{ipc, pieces::Collector, trust::Trust};

/// Where a client lives and whom it trusts.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of its files; made when absent.
    pub data: PathBuf,
    /// The pinned bank.
    pub trust: Trust,
    /// Version of the app, for records and the screen.
    pub app_version: String,
    /// The app's program, whose digest stands in records; none where the platform hides it.
    pub program: Option<PathBuf>,
}

/// Why a client could not start. Its files were left as they are.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The trust file names no key.
    #[error("the pinned root key is not a key")]
    RootKey,
    /// The trust file cannot be used for TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The client's own file.
    #[error("the client's store: {0}")]
    Store(#[from] StoreError),
    /// The outbox.
    #[error("the outbox: {0}")]
    Outbox(#[from] OpenError),
    /// The vault.
    #[error("the vault: {0}")]
    Vault(#[from] VaultError),
    /// A saved case could not be handed to the outbox.
    #[error("a saved case could not be handed to the outbox: {0}")]
    Post(#[from] crate::post::PostError),
}

/// The parts of a client. Everything is behind `&self` and safe to share.
pub(crate) struct Core {
    pub data: PathBuf,
    pub trust: Trust,
    pub root: PublicKey,
    pub app_version: String,
    program: Option<PathBuf>,
    build: OnceLock<Option<ByteArray<8>>>,
    /// When this start of the app was, by a clock that nobody can set.
    pub started: Instant,
    /// This start of the app, drawn at random.
    pub run: [u8; 8],
    pub ports: Ports,
    pub store: Store,
    pub vault: Vault,
    pub outbox: Outbox,
    pub api: BankApi,
    time: Arc<WallTime>,
    known: RwLock<Option<Arc<Known>>>,
    pub connection: watch::Sender<ipc::Connection>,
    changed: watch::Sender<u64>,
    pub wake: Notify,
    /// The bank's words are wanted, whatever version it says it has.
    words_wanted: AtomicBool,
    /// A link from outside that the screen has not asked for yet.
    pub link: Mutex<Option<String>>,
    /// A consent that a code led to, until the list of consents is looked at.
    pub asked: Mutex<Option<Uuid>>,
    /// Codes of a message that were read so far.
    pub pieces: Mutex<Collector>,
    /// Held by operations that post or change a draft: at most one handover stands, and no draft
    /// is changed by two at once.
    pub posting: Mutex<()>,
    /// Held while the list of what was taken back is changed.
    pub watching: Mutex<()>,
    /// Cases that were posted once and are in the outbox no more.
    pub lost: Mutex<Vec<Uuid>>,
}

impl Core {
    pub fn open(
        config: Config,
        ports: Ports,
        transport: Option<Arc<dyn Transport>>,
    ) -> Result<Self, StartError> {
        let root = PublicKey::from_hex(&config.trust.root_key).ok_or(StartError::RootKey)?;
        let store = Store::open(&config.data.join("client.db"))?;
        let outbox = Outbox::open(&config.data.join(OUTBOX_FILE))?;
        protect(&config.data);
        let vault = Vault::open(&store, &ports)?;
        let known = Known::load(&store, &config.trust.bank, &root)?;
        let heard = kept_time(&store, SERVER_TIME);
        let time = Arc::new(WallTime::new(Arc::clone(&ports.clock), heard));
        let transport = match transport {
            Some(transport) => transport,
            None => {
                let clock = Arc::clone(&time) as Arc<dyn Clock>;
                Arc::new(Https::new(&config.trust, clock, &config.app_version)?)
            }
        };
        let api = BankApi::new(&config.trust.address, transport);
        if let Some(known) = &known {
            api.believe(&known.directory);
        }
        let core = Self {
            api,
            time,
            data: config.data,
            trust: config.trust,
            root,
            app_version: config.app_version,
            program: config.program,
            build: OnceLock::new(),
            started: Instant::now(),
            run: random_bytes(&*ports.entropy),
            ports,
            store,
            vault,
            outbox,
            known: RwLock::new(known.map(Arc::new)),
            connection: watch::Sender::new(ipc::Connection::Unknown),
            changed: watch::Sender::new(0),
            wake: Notify::new(),
            words_wanted: AtomicBool::new(false),
            link: Mutex::new(None),
            asked: Mutex::new(None),
            pieces: Mutex::default(),
            posting: Mutex::new(()),
            watching: Mutex::new(()),
            lost: Mutex::new(Vec::new()),
        };
        core.post_what_was_saved()?;
        core.look_for_lost();
        Ok(core)
    }

    /// The app, as it stands in records. The digest of its program is taken once.
    pub fn app(&self) -> App {
        let build = *self.build.get_or_init(|| {
            let digest = digest_of(self.program.as_deref()?).ok()?;
            digest.as_bytes()[..8].try_into().ok().map(ByteArray::new)
        });
        App { version: self.app_version.clone(), build }
    }

    /// The best-known wall time.
    pub fn now(&self) -> Timestamp {
        self.time.now()
    }

    /// The time by the bank's clock, as far as it is known.
    pub fn bank_now(&self) -> Timestamp {
        self.time.at_the_bank()
    }

    pub fn last_server_time(&self) -> Option<Timestamp> {
        kept_time(&self.store, SERVER_TIME)
    }

    /// Notes the bank's time, from an answer that it signed just now.
    pub fn heard_bank(&self, at: Timestamp) {
        self.time.heard(at);
        if self.last_server_time().is_some_and(|known| known >= at) {
            return;
        }
        if let Err(e) = self.store.set_public_value(SERVER_TIME, &at.as_millis().to_be_bytes()) {
            tracing::warn!("the bank's time is not kept: {e}");
        }
    }

    pub fn known(&self) -> Option<Arc<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When the bank's words were last fetched; 1970 when that is not known.
    pub fn known_at(&self) -> Timestamp {
        kept_time(&self.store, KNOWN_AT).unwrap_or_default()
    }

    pub fn set_known(&self, known: Known) {
        self.api.believe(&known.directory);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(known));
        if let Err(e) = self.store.set_public_value(KNOWN_AT, &self.now().as_millis().to_be_bytes())
        {
            tracing::warn!("when the catalogue was fetched is not kept: {e}");
        }
        self.changed();
    }

    /// Has the courier fetch the bank's words with its next greeting, which is now.
    pub fn fetch_words(&self) {
        self.words_wanted.store(true, Ordering::Relaxed);
        self.wake.notify_one();
    }

    /// Somebody asked for the bank's words since they were last fetched.
    pub fn words_are_wanted(&self) -> bool {
        self.words_wanted.load(Ordering::Relaxed)
    }

    /// Whether the bank's words are to be fetched: because somebody asked (told once), or because
    /// a day has passed. A revoked key is learnt no other way.
    pub fn words_due(&self) -> bool {
        let asked = self.words_wanted.swap(false, Ordering::Relaxed);
        asked || self.now().millis_since(self.known_at()) > WORDS_FETCHED_EVERY_MS
    }

    /// Days since the bank's words were fetched, once these are too many to rely on.
    pub fn unchecked_days(&self) -> Option<u32> {
        let days = self.now().millis_since(self.known_at()) / DAY_MS;
        (days > UNCHECKED_AFTER_DAYS).then(|| u32::try_from(days).unwrap_or(u32::MAX))
    }

    pub fn device_key(&self) -> Result<SigningKey, VaultError> {
        self.vault.device_key(&self.store, &self.ports)
    }

    /// A fresh UUIDv7.
    pub fn new_id(&self) -> Uuid {
        let random: [u8; 10] = random_bytes(&*self.ports.entropy);
        uuid::Builder::from_unix_timestamp_millis(self.now().as_millis(), &random).into_uuid()
    }

    pub fn jitter(&self) -> u64 {
        u64::from_le_bytes(random_bytes(&*self.ports.entropy))
    }

    /// Tells the screen to look again.
    pub fn changed(&self) {
        self.changed.send_modify(|n| *n += 1);
    }

    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub fn set_connection(&self, connection: ipc::Connection) {
        let moved = self.connection.send_if_modified(|known| {
            let moved = *known != connection;
            *known = connection;
            moved
        });
        if moved {
            self.changed();
        }
    }

    pub fn connection(&self) -> ipc::Connection {
        *self.connection.borrow()
    }
}

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// The bank's keys and words are fetched once a day, whatever version it says it has. Source: own
/// judgement; a stolen ticket key is then refused the day after by all who have signal.
const WORDS_FETCHED_EVERY_MS: u64 = DAY_MS;
/// After 30 days without news, a person is told that a code may have been withdrawn meanwhile.
/// Source: own judgement; an officer's tablet is back in signal within days.
const UNCHECKED_AFTER_DAYS: u64 = 30;

/// The outbox, below the data folder.
pub(crate) const OUTBOX_FILE: &str = "outbox.db";

const SERVER_TIME: &str = "server-time";
const KNOWN_AT: &str = "catalogue-fetched-at";

fn kept_time(store: &Store, name: &str) -> Option<Timestamp> {
    let bytes = store.public_value(name).ok().flatten()?;
    Some(Timestamp::from_millis(u64::from_be_bytes(bytes.try_into().ok()?)))
}

/// Time for the outbox.
pub(crate) fn outbox_time(at: Timestamp) -> outbox::Timestamp {
    outbox::Timestamp::from(at.as_millis())
}

/// Keeps other users of the computer out of the folder.
fn protect(folder: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if let Err(e) = std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)) {
            tracing::warn!("the data folder stays readable by others: {e}");
        }
    }
    #[cfg(not(unix))]
    let _ = folder;
}

/// The digest of a file, read in pieces.
fn digest_of(path: &Path) -> io::Result<Digest> {
    let (mut file, mut digest) = (File::open(path)?, Digester::default());
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(digest.finish()),
            read => digest.take(&piece[..read]),
        }
    }
}
