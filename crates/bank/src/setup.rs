//! Making a bank (`bank init`), and the two changes that need its keys: a new sealing key, a new
//! epoch.

use crate::{
    folder::{FORMAT, Folder, FolderError, Identity, pretty},
    publishing::{LoadError, Published, SourceError, put_in_force, read_source},
    sandbox,
    server_keys::{NoKey, pin},
};
use lending::catalogue::Catalogue;
use seal::{
    Entropy, KeyDirectory, KeyUse, PublicKey, SigningKey, Timestamp, keys::DirectoryKey,
    random_bytes, sealed::SealingKey,
};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use wire::trust::{Trust, TrustError};

/// Where the app looks for the bank unless told otherwise.
pub const DEFAULT_ADDRESS: &str = "http://127.0.0.1:8700";

const DAY_MS: u64 = 24 * 3600 * 1000;
/// Keys serve ten years: a poster may hang for one, an envelope may wait for 400 days.
const KEY_LIFE_MS: u64 = 3652 * DAY_MS;
/// Keys begin a day early, for devices whose clock is behind.
const KEY_HEAD_START_MS: u64 = DAY_MS;

/// What a new bank is made of.
#[derive(Clone, Debug)]
pub struct InitOptions {
    /// Where its gateway answers: https, or http on loopback.
    pub address: String,
    /// Its catalogue as JSON.
    pub catalogue: String,
    /// Keys its server may show over https, each as [`pin`] reads it: one at least for https.
    pub server_keys: Vec<String>,
    /// Authorities whose certificates are good for its server, in PEM; none for public ones.
    pub authorities: Vec<String>,
}

impl Default for InitOptions {
    /// The sandbox on this machine.
    fn default() -> Self {
        Self {
            address: DEFAULT_ADDRESS.into(),
            catalogue: sandbox::CATALOGUE.into(),
            server_keys: Vec::new(),
            authorities: Vec::new(),
        }
    }
}

/// No bank was made.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// There is one already; nothing was changed.
    #[error("there is a bank in {0} already; nothing was changed")]
    AlreadyThere(PathBuf),
    /// The folder holds something that is not a half-made bank; nothing was changed.
    #[error("{folder} holds {file}, which is not of a new bank; choose an empty folder")]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// The file that does not belong.
        file: String,
    },
    /// The address cannot stand in a trust file.
    #[error(transparent)]
    Address(TrustError),
    /// A key of the server is none.
    #[error(transparent)]
    ServerKey(#[from] NoKey),
    /// The catalogue cannot be signed.
    #[error(transparent)]
    Catalogue(#[from] SourceError),
    /// A file could not be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// Makes a bank in `dir` and returns what its app must trust.
///
/// Every file is written whole or not at all, `bank.json` last. Killed half-way, it leaves a
/// folder that a second `init` completes with the keys already made.
///
/// # Errors
/// [`InitError`].
pub fn init(
    dir: &Path,
    options: &InitOptions,
    now: Timestamp,
    entropy: &(impl Entropy + ?Sized),
) -> Result<Trust, InitError> {
    let folder = Folder::at(dir);
    if folder.is_complete() {
        return Err(InitError::AlreadyThere(dir.into()));
    }
    refuse_foreign_files(dir)?;
    let salt = data_encoding::HEXLOWER.encode(&random_bytes::<16>(entropy));
    let source = options.catalogue.replace(sandbox::SALT_PLACEHOLDER, &salt);
    let catalogue = Catalogue { issued_at: now, ..read_source(source.as_bytes())? };
    if let Some(fault) = catalogue.fault(&catalogue.bank.code) {
        return Err(SourceError::Rule(fault).into());
    }

    folder.create()?;
    for name in ["root", "ticket", "catalogue", "acknowledgement", "sealing"] {
        folder.ensure_key(name, entropy)?;
    }
    let trust = trust(&folder, &catalogue, options)?;
    let directory = first_directory(&folder, &catalogue.bank.code, now)?;
    folder.write("directory.cose", &directory.sign(&folder.signing_key("root")?))?;
    folder.write("catalogue.json", source.as_bytes())?;
    put_in_force(&folder, &catalogue)?;
    folder.write("trust.json", &pretty(&trust))?;
    folder.write_identity(&Identity {
        format: FORMAT,
        code: catalogue.bank.code,
        server_epoch: now.as_millis(),
    })?;
    Ok(trust)
}

/// What `init` itself may have left behind; a ledger without `bank.json` is not among it.
fn refuse_foreign_files(dir: &Path) -> Result<(), InitError> {
    const OURS: [&str; 6] =
        ["keys", "directory.cose", "catalogue.json", "catalogue.cose", "catalogues", "trust.json"];
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(FolderError::Io { path: dir.into(), source }.into()),
    };
    for entry in entries {
        let entry = entry.map_err(|source| FolderError::Io { path: dir.into(), source })?;
        let file = entry.file_name().to_string_lossy().into_owned();
        let whole = file.strip_suffix(".part").unwrap_or(&file);
        if !OURS.contains(&whole) && whole != "bank.json" && file != "lost+found" {
            return Err(InitError::Foreign { folder: dir.into(), file });
        }
    }
    Ok(())
}

fn trust(
    folder: &Folder,
    catalogue: &Catalogue,
    options: &InitOptions,
) -> Result<Trust, InitError> {
    let pins = options.server_keys.iter().map(|pem| pin(pem.as_bytes()).map(|pin| pin.to_hex()));
    let trust = Trust {
        bank: catalogue.bank.code.clone(),
        host: catalogue.bank.host.clone(),
        address: options.address.clone(),
        root_key: folder.signing_key("root")?.public().to_hex(),
        name_zh_hans: catalogue.bank.name.zh_hans.clone(),
        name_en: catalogue.bank.name.en.clone(),
        phone: catalogue.bank.phone.clone(),
        tls_pins: pins.collect::<Result<_, _>>()?,
        tls_authorities: options.authorities.clone(),
    };
    trust.check().map_err(InitError::Address)?;
    Ok(trust)
}

fn first_directory(
    folder: &Folder,
    code: &str,
    now: Timestamp,
) -> Result<KeyDirectory, FolderError> {
    let from = now.as_millis().saturating_sub(KEY_HEAD_START_MS);
    let entry = |public, key_use| entry(public, key_use, Timestamp::from_millis(from));
    let mut keys = vec![
        entry(folder.signing_key("ticket")?.public(), KeyUse::Ticket),
        entry(folder.signing_key("catalogue")?.public(), KeyUse::Catalogue),
        entry(folder.signing_key("acknowledgement")?.public(), KeyUse::Acknowledgement),
    ];
    for key in folder.sealing_keys()? {
        keys.push(entry(key.public(), KeyUse::Sealing));
    }
    Ok(KeyDirectory { bank: code.into(), version: 1, issued_at: now, keys })
}

pub(crate) fn entry(public: PublicKey, key_use: KeyUse, from: Timestamp) -> DirectoryKey {
    DirectoryKey {
        public,
        key_use,
        branches: Vec::new(),
        suite: seal::sealed::SUITE,
        not_before: from,
        not_after: from.plus_millis(KEY_HEAD_START_MS + KEY_LIFE_MS),
        revoked_at: None,
    }
}

/// Makes a new sealing key and a directory that names it first. Envelopes sealed to the earlier
/// keys are still opened.
///
/// # Errors
/// [`LoadError`].
pub fn rotate_sealing_key(
    dir: &Path,
    now: Timestamp,
    entropy: &(impl Entropy + ?Sized),
) -> Result<PublicKey, LoadError> {
    let folder = Folder::at(dir);
    let mut directory = Published::load(&folder)?.directory;
    let public = SealingKey::from_seed(random_bytes(entropy));
    let name = format!("sealing-{}", public.public().id().to_hex());
    folder.write_key(&name, public.seed())?;
    directory.version += 1;
    directory.issued_at = now;
    directory.keys.push(entry(public.public(), KeyUse::Sealing, now));
    folder.write("directory.cose", &directory.sign(&folder.signing_key("root")?))?;
    Ok(public.public())
}

/// Makes a new key for tickets, after the directory names it. Tickets of the old key stay good
/// until they end, unless it is revoked, which refuses every poster it signed.
///
/// Killed half-way, the directory names a key that signs nothing; run it again.
///
/// # Errors
/// [`LoadError`].
pub fn rotate_ticket_key(
    dir: &Path,
    revoke_old: bool,
    now: Timestamp,
    entropy: &(impl Entropy + ?Sized),
) -> Result<PublicKey, LoadError> {
    let folder = Folder::at(dir);
    let mut directory = Published::load(&folder)?.directory;
    let old = folder.signing_key("ticket")?.public();
    let seed = random_bytes(entropy);
    let public = SigningKey::from_seed(seed).public();
    directory.version += 1;
    directory.issued_at = now;
    if revoke_old {
        for key in directory.keys.iter_mut().filter(|key| key.public == old) {
            key.revoked_at = Some(now);
        }
    }
    directory.keys.push(entry(public, KeyUse::Ticket, now));
    folder.write("directory.cose", &directory.sign(&folder.signing_key("root")?))?;
    folder.write_key("ticket", &seed)?;
    Ok(public)
}

/// Says that the ledger was restored from a backup: devices then send again what may be missing.
///
/// # Errors
/// [`FolderError`].
pub fn renew_epoch(dir: &Path, now: Timestamp) -> Result<u64, FolderError> {
    let folder = Folder::at(dir);
    let mut identity = folder.identity()?;
    identity.server_epoch = now.as_millis().max(identity.server_epoch + 1);
    folder.write_identity(&identity)?;
    Ok(identity.server_epoch)
}

#[cfg(test)]
mod tests;
