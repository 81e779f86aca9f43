//! What the bank has published: its key directory and its catalogues, and how an edited catalogue
//! comes into force.

use crate::folder::{Folder, FolderError};
use lending::{
    Locale,
    catalogue::{Catalogue, CatalogueError},
    consent::ConsentRecord,
    notice::Notice,
};
use seal::{Digest, KeyDirectory, PublicKey, Timestamp, cbor, sign::SignatureError};
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;
use std::fs;
use wire::{
    bank::CatalogueBundle,
    trust::{Trust, TrustError},
};

/// The public words of the bank, read from its folder and verified as a client would.
#[derive(Debug)]
pub struct Published {
    /// The root key that the directory rests on.
    pub root: PublicKey,
    /// The key directory in force.
    pub directory: KeyDirectory,
    /// Directory and catalogue in force, as `GET /v1/catalogue` sends them.
    pub bundle: Vec<u8>,
    /// A strong entity tag of the bundle, with its quotes.
    pub etag: String,
    catalogue: Catalogue,
    earlier: BTreeMap<u32, Catalogue>,
}

/// What is in the folder cannot be published.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file could not be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// `trust.json` cannot be used.
    #[error("trust.json cannot be used")]
    Trust(#[source] TrustError),
    /// `directory.cose` is not signed by the root key of `trust.json`.
    #[error("directory.cose is not signed by the root key of trust.json")]
    Directory(#[source] SignatureError),
    /// `catalogue.cose` does not hold.
    #[error("catalogue.cose cannot be used")]
    Catalogue(#[source] CatalogueError),
}

impl Published {
    /// Reads and verifies what is in force.
    ///
    /// An earlier catalogue that no longer verifies, because its key was revoked, is left out.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn load(folder: &Folder) -> Result<Self, LoadError> {
        let trust = Trust::from_json(&folder.read("trust.json")?).map_err(LoadError::Trust)?;
        let root =
            PublicKey::from_hex(&trust.root_key).ok_or(LoadError::Trust(TrustError::RootKey))?;
        let signed_directory = folder.read("directory.cose")?;
        let directory =
            KeyDirectory::verify(&signed_directory, &root).map_err(LoadError::Directory)?;
        let signed_catalogue = folder.read("catalogue.cose")?;
        let catalogue =
            Catalogue::verify(&signed_catalogue, &directory).map_err(LoadError::Catalogue)?;
        let earlier = earlier_catalogues(folder, &directory)?;
        let bundle = cbor::encode(&CatalogueBundle {
            directory: ByteBuf::from(signed_directory),
            catalogue: ByteBuf::from(signed_catalogue),
        });
        let etag = format!("\"{}\"", Digest::of(&bundle).to_hex());
        Ok(Self { root, directory, bundle, etag, catalogue, earlier })
    }

    /// The catalogue in force.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The catalogue an application was made with; the one in force when that version is unknown.
    ///
    /// A person who agreed to the words of an earlier version agreed to those: an envelope may
    /// have waited in a village while the bank changed its words.
    pub fn catalogue_of(&self, version: u32) -> &Catalogue {
        self.earlier.get(&version).unwrap_or(&self.catalogue)
    }

    /// A notice in one version, if it was ever asked.
    pub fn notice(&self, id: &str, version: u32) -> Option<&Notice> {
        std::iter::once(&self.catalogue)
            .chain(self.earlier.values())
            .filter_map(|catalogue| catalogue.notice(id))
            .find(|notice| notice.version == version)
    }

    /// The newest catalogue whose notice says what a consent record says.
    pub fn catalogue_of_record(&self, record: &ConsentRecord) -> Option<&Catalogue> {
        let says_it = |catalogue: &&Catalogue| {
            let notice = catalogue.notice(&record.notice.id);
            notice.is_some_and(|notice| record.is_of(notice, &catalogue.bank))
        };
        std::iter::once(&self.catalogue).chain(self.earlier.values().rev()).find(says_it)
    }
}

fn earlier_catalogues(
    folder: &Folder,
    directory: &KeyDirectory,
) -> Result<BTreeMap<u32, Catalogue>, FolderError> {
    let path = folder.file("catalogues");
    let io = |source| FolderError::Io { path: path.clone(), source };
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(&path).map_err(io)? {
        let file = entry.map_err(io)?.path();
        if file.extension().is_none_or(|extension| extension != "cose") {
            continue;
        }
        match Catalogue::verify(&fs::read(&file).map_err(io)?, directory) {
            Ok(catalogue) => {
                found.insert(catalogue.version, catalogue);
            }
            Err(error) => tracing::warn!(
                file = %file.display(), %error, "left out an earlier catalogue that does not hold"
            ),
        }
    }
    Ok(found)
}

/// An edited catalogue that cannot be signed.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// `catalogue.json` is not JSON of a catalogue; the source names the line.
    #[error("catalogue.json cannot be understood: {0}")]
    Shape(#[source] serde_json::Error),
    /// It breaks a rule.
    #[error("catalogue.json breaks a rule: {0}")]
    Rule(String),
    /// Something changed, the version did not.
    #[error("catalogue.json was changed: set its version to {0} or more")]
    Version(u32),
    /// The words of a notice changed, the notice's version did not.
    #[error("the words of notice {id} were changed: set its version to {version} or more")]
    NoticeVersion {
        /// The notice.
        id: String,
        /// The least version it needs.
        version: u32,
    },
    /// The bank's folder cannot be read or written.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl From<FolderError> for SourceError {
    fn from(error: FolderError) -> Self {
        Self::Load(error.into())
    }
}

/// What `bank catalogue sign` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signing {
    /// This version is in force now.
    Signed(u32),
    /// The source is the one already in force.
    Unchanged(u32),
}

/// Reads a catalogue as the bank edits it. Its rules are checked when it is signed.
///
/// # Errors
/// [`SourceError::Shape`].
pub fn read_source(json: &[u8]) -> Result<Catalogue, SourceError> {
    serde_json::from_slice(json).map_err(SourceError::Shape)
}

/// Checks the edited catalogue and brings it into force, dated `now`. A running server takes it up
/// with [`crate::Bank::reload`] or its next start.
///
/// # Errors
/// [`SourceError`]; what was in force stays.
pub fn sign_catalogue(folder: &Folder, now: Timestamp) -> Result<Signing, SourceError> {
    let published = Published::load(folder)?;
    let source = read_source(&folder.read("catalogue.json")?)?;
    let current = published.catalogue();
    let edited = Catalogue { issued_at: now, ..source };
    if (Catalogue { issued_at: current.issued_at, ..edited.clone() }) == *current {
        return Ok(Signing::Unchanged(current.version));
    }
    if let Some(fault) = edited.fault(&published.directory.bank) {
        return Err(SourceError::Rule(fault));
    }
    if edited.version <= current.version {
        return Err(SourceError::Version(current.version + 1));
    }
    check_notice_versions(current, &edited)?;
    put_in_force(folder, &edited)?;
    Ok(Signing::Signed(edited.version))
}

/// A consent names a notice by id, version and digest; the same version must mean the same words.
fn check_notice_versions(current: &Catalogue, edited: &Catalogue) -> Result<(), SourceError> {
    for notice in &edited.notices {
        let Some(before) = current.notice(&notice.id) else { continue };
        let same_words = Locale::ALL.iter().all(|locale| {
            before.digest(*locale) == {
                let version = before.version;
                lending::notice::Notice { version, ..notice.clone() }.digest(*locale)
            }
        });
        if !same_words && notice.version <= before.version {
            let (id, version) = (notice.id.clone(), before.version + 1);
            return Err(SourceError::NoticeVersion { id, version });
        }
    }
    Ok(())
}

/// Signs a checked catalogue and puts it in its two places, the one in force last.
pub(crate) fn put_in_force(folder: &Folder, catalogue: &Catalogue) -> Result<(), FolderError> {
    let signed = catalogue.sign(&folder.signing_key("catalogue")?);
    folder.write(&format!("catalogues/{}.cose", catalogue.version), &signed)?;
    folder.write("catalogue.cose", &signed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, TestBank};

    fn edit(bank: &TestBank, change: impl FnOnce(String) -> String) {
        let text = String::from_utf8(bank.folder().read("catalogue.json").unwrap()).unwrap();
        bank.folder().write("catalogue.json", change(text).as_bytes()).unwrap();
    }

    #[test]
    fn a_catalogue_that_was_not_edited_is_not_signed_again() {
        let bank = TestBank::new();
        assert_eq!(sign_catalogue(&bank.folder(), NOW).unwrap(), Signing::Unchanged(1));
    }

    #[test]
    fn a_change_needs_a_new_version() {
        let bank = TestBank::new();
        edit(&bank, |text| text.replace("0576-0000-0101", "0576-0000-0109"));
        let error = sign_catalogue(&bank.folder(), NOW).unwrap_err();
        assert!(matches!(error, SourceError::Version(2)), "{error}");
        edit(&bank, |text| text.replacen("\"version\": 1", "\"version\": 2", 1));
        assert_eq!(sign_catalogue(&bank.folder(), NOW).unwrap(), Signing::Signed(2));
        let published = Published::load(&bank.folder()).unwrap();
        assert_eq!(published.catalogue().branches[0].phone, "0576-0000-0109");
        assert_eq!(published.catalogue_of(1).branches[0].phone, "0576-0000-0101");
        assert_eq!(published.catalogue_of(9).version, 2);
    }

    #[test]
    fn changed_words_of_a_notice_need_a_new_version_of_the_notice() {
        let bank = TestBank::new();
        edit(&bank, |text| {
            text.replacen("\"version\": 1", "\"version\": 2", 1).replace("近24个月", "近12个月")
        });
        let error = sign_catalogue(&bank.folder(), NOW).unwrap_err();
        assert!(matches!(error, SourceError::NoticeVersion { version: 2, .. }), "{error}");
    }

    #[test]
    fn a_catalogue_that_breaks_a_rule_leaves_the_old_one_in_force() {
        let bank = TestBank::new();
        let before = bank.folder().read("catalogue.cose").unwrap();
        edit(&bank, |text| text.replace("first_repayment", "upfront"));
        assert!(matches!(sign_catalogue(&bank.folder(), NOW), Err(SourceError::Rule(_))));
        edit(&bank, |text| text.replacen('{', "", 1));
        assert!(matches!(sign_catalogue(&bank.folder(), NOW), Err(SourceError::Shape(_))));
        assert_eq!(bank.folder().read("catalogue.cose").unwrap(), before);
    }
}
