//! The bytes of parts, in a folder or in anything that speaks S3.
//!
//! ```text
//! parts/<upload>/pieces/00000        bytes 0 to 256 KiB, always all of them
//! parts/<upload>/pieces/00001-4711   the first 4,711 bytes of the next 256 KiB
//! parts/<upload>/whole               everything, once its digest was checked
//! ```
//!
//! The names follow from the offset, so the ledger's row says which objects count and nothing has
//! to be listed. An object is written in whole under its last name or not at all; it is durable
//! when the call returns. Neither back-end is asked for more than put, get, head, list and
//! delete.

use super::audit::{Held, Inventory};
use crate::ledger::parts::UploadId;
use object_store::{
    Error, ObjectStore, ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path as Name,
};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_stream::StreamExt;
use wire::parts::CHUNK_BYTES;

/// The object store of one bank. Clones share it.
#[derive(Clone, Debug)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    root: Name,
    /// Where the store is a folder of this machine.
    folder: Option<PathBuf>,
}

/// The object store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ObjectsError {
    /// The address of `--objects` is none that this program knows.
    #[error("objects are kept in s3://bucket/prefix, not in {0}")]
    Address(String),
    /// This program was built without the part that speaks S3.
    #[error("this program was built without the feature s3")]
    NotBuilt,
    /// No room left; nothing was written.
    #[error("no room in the object store")]
    Full,
    /// An object is gone that the ledger counts on.
    #[error("an object is missing")]
    Missing,
    /// The store reported something else; whether the object was written is open.
    #[error("the object store failed")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Objects {
    /// Objects in a folder of this machine, made if it is not there, for its owner only. A write is
    /// synced, file and folders, before it is answered; Windows has no call for folders and keeps
    /// its own journal.
    ///
    /// # Errors
    /// [`ObjectsError::Storage`].
    pub fn in_folder(folder: &Path) -> Result<Self, ObjectsError> {
        make_private(folder).map_err(|error| ObjectsError::Storage(error.into()))?;
        // The library does not sync unless told to.
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        let folder = Some(folder.to_owned());
        Ok(Self { store: Arc::new(store), root: Name::default(), folder })
    }

    /// Objects at an address: `s3://bucket/prefix`. Credentials, region and endpoint come from the
    /// environment as the `object_store` crate reads it: `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT` and so on.
    ///
    /// # Errors
    /// [`ObjectsError::Address`], [`ObjectsError::NotBuilt`], or what the library says.
    pub fn at_address(address: &str) -> Result<Self, ObjectsError> {
        let unknown = || ObjectsError::Address(address.to_owned());
        let rest = address.strip_prefix("s3://").ok_or_else(unknown)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(unknown());
        }
        let root = Name::parse(prefix).map_err(|_| unknown())?;
        Ok(Self::in_store(s3(bucket)?, root))
    }

    /// Objects below `root` in a store of one's own, whose writes must be durable when answered.
    pub fn in_store(store: Arc<dyn ObjectStore>, root: Name) -> Self {
        Self { store, root, folder: None }
    }

    /// Writes chunk `index` of an upload, or its first bytes.
    pub(super) async fn put_piece(
        &self,
        upload: UploadId,
        index: u64,
        bytes: Vec<u8>,
    ) -> Result<(), ObjectsError> {
        self.put("put_piece", self.piece(upload, index, bytes.len() as u64), bytes).await
    }

    /// The first `length` bytes of chunk `index`, as they were written.
    pub(super) async fn get_piece(
        &self,
        upload: UploadId,
        index: u64,
        length: u64,
    ) -> Result<Vec<u8>, ObjectsError> {
        let bytes = self.get(self.piece(upload, index, length)).await?;
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(ObjectsError::Missing) }
    }

    /// Deletes the first bytes of a chunk that were written apart.
    pub(super) async fn delete_piece(
        &self,
        upload: UploadId,
        index: u64,
        length: u64,
    ) -> Result<(), ObjectsError> {
        pass("delete_piece", "begin")?;
        self.store.delete(&self.piece(upload, index, length)).await?;
        pass("delete_piece", "committed")
    }

    /// Writes the whole of an upload.
    pub(super) async fn put_whole(
        &self,
        upload: UploadId,
        bytes: Vec<u8>,
    ) -> Result<(), ObjectsError> {
        self.put("put_whole", self.of(upload).join("whole"), bytes).await
    }

    /// The whole of an upload.
    pub(super) async fn whole(&self, upload: UploadId) -> Result<Vec<u8>, ObjectsError> {
        self.get(self.of(upload).join("whole")).await
    }

    /// Whether the whole of an upload is there, by its length.
    pub(super) async fn has_whole(
        &self,
        upload: UploadId,
        size_bytes: u64,
    ) -> Result<bool, ObjectsError> {
        match self.store.head(&self.of(upload).join("whole")).await {
            Ok(found) => Ok(found.size == size_bytes),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes the pieces of an upload, counted or not.
    pub(super) async fn delete_pieces(&self, upload: UploadId) -> Result<(), ObjectsError> {
        self.delete_below("delete_pieces", self.of(upload).join("pieces")).await
    }

    /// Deletes every object of an upload.
    pub(super) async fn delete_everything(&self, upload: UploadId) -> Result<(), ObjectsError> {
        self.delete_below("delete_everything", self.of(upload)).await
    }

    /// Every object, by upload: the one place where the store is searched.
    pub(super) async fn inventory(&self) -> Result<Inventory, ObjectsError> {
        let parts = self.root.clone().join("parts");
        let mut objects = self.store.list(Some(&parts));
        let mut inventory = Inventory::new();
        while let Some(object) = objects.next().await {
            let object = object?;
            let Some(names) = object.location.prefix_match(&parts) else { continue };
            let names: Vec<String> = names.map(|name| name.as_ref().to_owned()).collect();
            let Some(upload) = names.first().and_then(|name| UploadId::from_hex(name)) else {
                continue;
            };
            let held: &mut Held = inventory.entry(upload).or_default();
            match &names[1..] {
                [whole] if whole == "whole" => held.whole_bytes = Some(object.size),
                [pieces, piece] if pieces == "pieces" => {
                    held.pieces.insert((piece.clone(), object.size));
                }
                _ => {}
            }
        }
        Ok(inventory)
    }

    /// What the first `length` bytes of chunk `index` are called.
    pub(super) fn piece_name(index: u64, length: u64) -> String {
        match length {
            CHUNK_BYTES => format!("{index:05}"),
            _ => format!("{index:05}-{length}"),
        }
    }

    fn of(&self, upload: UploadId) -> Name {
        self.root.clone().join("parts").join(upload.to_hex())
    }

    fn piece(&self, upload: UploadId, index: u64, length: u64) -> Name {
        self.of(upload).join("pieces").join(Self::piece_name(index, length))
    }

    async fn put(&self, act: &'static str, name: Name, bytes: Vec<u8>) -> Result<(), ObjectsError> {
        pass(act, "begin")?;
        self.store.put(&name, PutPayload::from(bytes)).await?;
        pass(act, "committed")
    }

    async fn get(&self, name: Name) -> Result<Vec<u8>, ObjectsError> {
        Ok(self.store.get(&name).await?.bytes().await?.into())
    }

    async fn delete_below(&self, act: &'static str, name: Name) -> Result<(), ObjectsError> {
        pass(act, "begin")?;
        let mut found = self.store.list(Some(&name));
        let mut names = Vec::new();
        while let Some(object) = found.next().await {
            names.push(object?.location);
        }
        drop(found);
        for object in names {
            match self.store.delete(&object).await {
                Err(Error::NotFound { .. }) | Ok(()) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let Some(folder) = &self.folder else { return pass(act, "committed") };
        // What a crash left half written is not listed, and a folder is no object.
        let folder = folder.join(name.as_ref());
        let removed = tokio::task::spawn_blocking(move || fs::remove_dir_all(folder)).await;
        match removed {
            Ok(Err(error)) if error.kind() != io::ErrorKind::NotFound => {
                Err(ObjectsError::Storage(error.into()))
            }
            Err(error) => Err(ObjectsError::Storage(error.into())),
            Ok(_) => pass(act, "committed"),
        }
    }
}

/// [`failpoint::pass`](crate::failpoint::pass), with the error that the library would have brought.
fn pass(act: &'static str, place: &'static str) -> Result<(), ObjectsError> {
    crate::failpoint::pass(act, place)
        .map_err(|source| Error::Generic { store: "failpoint", source: source.into() }.into())
}

#[cfg(feature = "s3")]
fn s3(bucket: &str) -> Result<Arc<dyn ObjectStore>, ObjectsError> {
    // One TLS stack on every platform; a second call finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = object_store::aws::AmazonS3Builder::from_env().with_bucket_name(bucket);
    Ok(Arc::new(builder.build()?))
}

#[cfg(not(feature = "s3"))]
fn s3(_: &str) -> Result<Arc<dyn ObjectStore>, ObjectsError> {
    Err(ObjectsError::NotBuilt)
}

fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        // The folder itself must survive a power cut as well.
        fs::File::open(folder.parent().unwrap_or(Path::new("/")))?.sync_all()?;
    }
    Ok(())
}

impl From<Error> for ObjectsError {
    fn from(error: Error) -> Self {
        if let Error::NotFound { .. } = error {
            return Self::Missing;
        }
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(seen) = cause {
            let full = |error: &io::Error| error.kind() == io::ErrorKind::StorageFull;
            if seen.downcast_ref::<io::Error>().is_some_and(full) {
                return Self::Full;
            }
            cause = seen.source();
        }
        Self::Storage(error.into())
    }
}
