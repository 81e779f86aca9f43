//! The bank's folder: which file holds what, read and written so that a power cut leaves the old
//! file or the new one.
//!
//! ```text
//! bank.json                   format, code, epoch; written last, so it says the bank is complete
//! keys/*.key                  32-byte seeds in hex, 0600; sealing*.key: every one still opens
//! directory.cose              the key directory, signed by the root key
//! catalogue.json              the catalogue as the bank edits it
//! catalogue.cose              the catalogue in force, signed
//! catalogues/<version>.cose   every version ever in force: what earlier applications agreed to
//! trust.json                  what the app pins
//! ledger.sqlite               envelopes, applications, consents, jobs, how far parts are
//! ledger.sqlite.lock          who has the ledger; empty
//! ledger.sqlite.before-*      a ledger that a restore replaced; people delete it
//! objects/                    the bytes of parts, unless they are kept elsewhere
//! ```

use crate::failpoint;
use data_encoding::HEXLOWER;
use seal::{Entropy, SigningKey, random_bytes, sealed::SealingKey};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Version of the folder's layout.
pub const FORMAT: u32 = 1;

/// A bank's folder.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// `bank.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Version of the folder's layout.
    pub format: u32,
    /// The bank's code.
    pub code: String,
    /// Changes when the ledger was restored from a backup and may have lost what came after.
    pub server_epoch: u64,
}

/// A file of the folder could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is no complete bank in the folder.
    #[error("no bank in {0}; make one with `bank init`")]
    NoBank(PathBuf),
    /// The file system refused.
    #[error("could not reach {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A key file is not 64 hex digits.
    #[error("{0} is not a key of 64 hex digits")]
    Key(PathBuf),
    /// A JSON file of the folder cannot be understood.
    #[error("{path} cannot be understood")]
    Json {
        /// The file.
        path: PathBuf,
        /// Where it went wrong.
        source: serde_json::Error,
    },
    /// A newer version of this program wrote the folder.
    #[error("the folder has format {0}, this program knows {FORMAT}")]
    TooNew(u32),
}

impl Folder {
    /// The folder at `path`, whatever is in it.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The ledger's file.
    pub fn ledger(&self) -> PathBuf {
        self.file("ledger.sqlite")
    }

    /// Where the bytes of parts are kept unless another place is named.
    pub fn objects(&self) -> PathBuf {
        self.file("objects")
    }

    /// Makes the folder and those below it, for the owner's eyes only.
    pub(crate) fn create(&self) -> Result<(), FolderError> {
        for path in [self.path.clone(), self.file("keys"), self.file("catalogues")] {
            fs::create_dir_all(&path)
                .and_then(|()| restrict(&path, 0o700))
                .map_err(|source| FolderError::Io { path, source })?;
        }
        Ok(())
    }

    /// Whether `init` was finished here.
    pub fn is_complete(&self) -> bool {
        self.file("bank.json").exists()
    }

    /// Reads `bank.json`.
    ///
    /// # Errors
    /// [`FolderError`]; [`FolderError::NoBank`] when there is none.
    pub fn identity(&self) -> Result<Identity, FolderError> {
        if !self.is_complete() {
            return Err(FolderError::NoBank(self.path.clone()));
        }
        let bytes = self.read("bank.json")?;
        let identity: Identity = serde_json::from_slice(&bytes)
            .map_err(|source| FolderError::Json { path: self.file("bank.json"), source })?;
        if identity.format > FORMAT {
            Err(FolderError::TooNew(identity.format))
        } else {
            Ok(identity)
        }
    }

    pub(crate) fn write_identity(&self, identity: &Identity) -> Result<(), FolderError> {
        self.write("bank.json", &pretty(identity))
    }

    /// A signing key of the bank: `root`, `ticket`, `catalogue` or `acknowledgement`.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn signing_key(&self, name: &str) -> Result<SigningKey, FolderError> {
        self.seed(&self.key_path(name)).map(SigningKey::from_seed)
    }

    /// Every key that envelopes may be sealed to, the one in use first.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn sealing_keys(&self) -> Result<Vec<SealingKey>, FolderError> {
        let folder = self.file("keys");
        let listed = fs::read_dir(&folder).and_then(|entries| {
            entries.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>()
        });
        let mut retired: Vec<PathBuf> = listed
            .map_err(|source| FolderError::Io { path: folder, source })?
            .into_iter()
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with("sealing-") && name.ends_with(".key")
            })
            .collect();
        retired.sort();
        std::iter::once(self.key_path("sealing"))
            .chain(retired)
            .map(|path| self.seed(&path).map(SealingKey::from_seed))
            .collect()
    }

    /// Makes the key unless it is there: a key, once made, is never overwritten.
    pub(crate) fn ensure_key(
        &self,
        name: &str,
        entropy: &(impl Entropy + ?Sized),
    ) -> Result<(), FolderError> {
        if self.key_path(name).exists() {
            return Ok(());
        }
        self.write_key(name, &random_bytes(entropy))
    }

    pub(crate) fn write_key(&self, name: &str, seed: &[u8; 32]) -> Result<(), FolderError> {
        self.write(&format!("keys/{name}.key"), format!("{}\n", HEXLOWER.encode(seed)).as_bytes())
    }

    pub(crate) fn key_path(&self, name: &str) -> PathBuf {
        self.file("keys").join(format!("{name}.key"))
    }

    fn seed(&self, path: &Path) -> Result<[u8; 32], FolderError> {
        let text = fs::read_to_string(path)
            .map_err(|source| FolderError::Io { path: path.into(), source })?;
        HEXLOWER
            .decode(text.trim().as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| FolderError::Key(path.into()))
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn read(&self, name: &str) -> Result<Vec<u8>, FolderError> {
        let path = self.file(name);
        fs::read(&path).map_err(|source| FolderError::Io { path, source })
    }

    /// Writes a file in whole or not at all; readable by the owner only.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let path = self.file(name);
        write_whole(&path, bytes, 0o600).map_err(|source| FolderError::Io { path, source })
    }
}

/// Writes a file beside its place, syncs it, and moves it there.
pub(crate) fn write_whole(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    failpoint::pass("file", "begin")?;
    let mut file = create(&beside, mode)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    failpoint::pass("file", "commit")?;
    fs::rename(&beside, path)?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))?;
    failpoint::pass("file", "committed")
}

/// Writes a file that anybody may read, such as a poster, in whole or not at all.
///
/// # Errors
/// What the file system says.
pub fn write_public(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_whole(path, bytes, 0o644)
}

/// JSON for people: indented, with a line end.
pub(crate) fn pretty(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("plain fields always encode");
    bytes.push(b'\n');
    bytes
}

#[cfg(unix)]
fn create(path: &Path, mode: u32) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    // A left-over of a killed run may have other rights.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path, _mode: u32) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

/// Makes a rename durable. Windows has no such call and keeps its own journal.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path)?.sync_all()
}
