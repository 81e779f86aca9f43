//! An evidence bundle (证据包): everything that is needed to judge consent records without a
//! network and without trusting whoever hands them over, except for the bank's root key.

use crate::{
    catalogue::Catalogue,
    consent::{Event, Level, VerifiedRecord},
    countersignature::{Countersignature, LogHead},
};
use seal::{Digest, KeyDirectory, PublicKey, Timestamp, cbor};
use serde_bytes::ByteBuf;
use serde_indexed::{DeserializeIndexed, SerializeIndexed};

/// Version of the bundle's shape.
pub const VERSION: u8 = 1;

/// Largest bundle that is read, bytes: a catalogue with all its words, and some hundred records.
pub const MAX_BYTES: usize = 4 << 20;

/// Records and what they rest on.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Bundle {
    /// Version of the shape.
    pub version: u8,
    /// The bank's root key. It proves nothing by itself: a verifier compares it with one it knows.
    pub root: PublicKey,
    /// The bank's signed key directory.
    pub directory: ByteBuf,
    /// The signed catalogues whose notices were shown.
    pub catalogues: Vec<ByteBuf>,
    /// The key of the device that signed the records.
    pub device: PublicKey,
    /// The records, by their number on the device.
    pub records: Vec<Exhibit>,
    /// The signed head of the bank's log; none before the bank had the records.
    pub head: Option<ByteBuf>,
}

/// One record with the bank's word for it.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Exhibit {
    /// The record, signed by the device.
    pub signed: ByteBuf,
    /// The bank's countersignature and its place in the log; none before the bank had it.
    pub logged: Option<Logged>,
}

/// A countersignature and where it stands in the bank's log.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Logged {
    /// The countersignature, signed by the bank.
    pub countersignature: ByteBuf,
    /// Its number in the log, from 0.
    pub index: u64,
    /// From its leaf to the root of the bundle's head.
    pub path: Vec<Digest>,
}

/// What a bundle that holds proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The root key that everything of the bank rests on.
    pub root: PublicKey,
    /// The bank's name, in Chinese.
    pub bank: String,
    /// The key of the device that signed every record.
    pub device: PublicKey,
    /// The records.
    pub records: Vec<ProvedRecord>,
}

/// What one record proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvedRecord {
    /// The record.
    pub record: VerifiedRecord,
    /// Every string that was shown, in the language it was shown in, from top to bottom.
    pub words: Vec<String>,
    /// The bank's time of countersignature, when the bank had it.
    pub received_at: Option<Timestamp>,
}

impl ProvedRecord {
    /// What happened.
    pub fn event(&self) -> Event {
        self.record.event()
    }

    /// How sure it is that the right person pressed.
    pub fn level(&self) -> Level {
        self.record.assurance.level
    }
}

/// Why a bundle proves nothing. `at` counts its records from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// Not a bundle of this version, or not in its one encoding.
    #[error("not an evidence bundle of version {VERSION}")]
    Shape,
    /// It holds no record.
    #[error("there is no record in it")]
    Empty,
    /// It rests on another root key than the one that was asked for.
    #[error("it rests on another root key")]
    OtherRoot,
    /// The root key did not sign the key directory.
    #[error("the key directory is not signed by the root key")]
    Directory,
    /// A catalogue is not signed by the bank, or no record needs it.
    #[error("a catalogue is not signed by the bank, or is not needed")]
    Catalogue,
    /// The log's head is not signed by the bank, or no countersignature needs it.
    #[error("the head of the log is not signed by the bank, or is not needed")]
    Head,
    /// The device did not sign the record.
    #[error("record {at}: not signed by the device")]
    Record {
        /// Which.
        at: usize,
    },
    /// The words it names are not in the catalogue, or say something else than the record.
    #[error("record {at}: the words shown are not those of the bank's notice")]
    Words {
        /// Which.
        at: usize,
    },
    /// Who pressed may not consent to this.
    #[error("record {at}: the person may not consent to this")]
    Entitled {
        /// Which.
        at: usize,
    },
    /// It is less sure who pressed than the notice needs.
    #[error("record {at}: it is not sure enough who pressed")]
    Assurance {
        /// Which.
        at: usize,
    },
    /// The page was not there to be read, or a choice was made beforehand.
    #[error("record {at}: it was not pressed with care")]
    Pressed {
        /// Which.
        at: usize,
    },
    /// The records are out of order, or one does not follow the one before it.
    #[error("record {at}: it does not follow the one before")]
    Chain {
        /// Which.
        at: usize,
    },
    /// It ends a record that is not in the bundle, or one of other words.
    #[error("record {at}: it ends a record that is not here")]
    Ends {
        /// Which.
        at: usize,
    },
    /// The countersignature is not the bank's, or of another record.
    #[error("record {at}: the countersignature is not the bank's")]
    Countersignature {
        /// Which.
        at: usize,
    },
    /// The countersignature is not in the log.
    #[error("record {at}: the countersignature is not in the bank's log")]
    Log {
        /// Which.
        at: usize,
    },
}

impl Invalid {
    /// The code for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Empty => "empty",
            Self::OtherRoot => "other_root",
            Self::Directory => "directory",
            Self::Catalogue => "catalogue",
            Self::Head => "head",
            Self::Record { .. } => "record",
            Self::Words { .. } => "words",
            Self::Entitled { .. } => "entitled",
            Self::Assurance { .. } => "assurance",
            Self::Pressed { .. } => "pressed",
            Self::Chain { .. } => "chain",
            Self::Ends { .. } => "ends",
            Self::Countersignature { .. } => "countersignature",
            Self::Log { .. } => "log",
        }
    }
}

impl Bundle {
    /// The bytes of the file.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Judges a bundle. With `root`, only one that rests on that key.
    ///
    /// # Errors
    /// The first thing that does not hold, the ground before what stands on it.
    pub fn verify(bytes: &[u8], root: Option<&PublicKey>) -> Result<Proved, Invalid> {
        if bytes.len() > MAX_BYTES {
            return Err(Invalid::Shape);
        }
        let bundle: Self = cbor::decode_canonical(bytes).map_err(|_| Invalid::Shape)?;
        if bundle.version != VERSION {
            return Err(Invalid::Shape);
        }
        if bundle.records.is_empty() {
            return Err(Invalid::Empty);
        }
        if root.is_some_and(|root| *root != bundle.root) {
            return Err(Invalid::OtherRoot);
        }
        let directory = KeyDirectory::verify(&bundle.directory, &bundle.root)
            .map_err(|_| Invalid::Directory)?;
        let catalogues = bundle
            .catalogues
            .iter()
            .map(|signed| Catalogue::verify(signed, &directory))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| Invalid::Catalogue)?;
        let head = match &bundle.head {
            Some(signed) => Some(LogHead::verify(signed, &directory).map_err(|_| Invalid::Head)?),
            None => None,
        };
        let ground = Ground { directory, catalogues, head };
        let mut records: Vec<ProvedRecord> = Vec::with_capacity(bundle.records.len());
        for exhibit in &bundle.records {
            let proved = ground.judge(exhibit, &bundle.device, &records)?;
            records.push(proved);
        }
        ground.is_needed(&records)?;
        let bank = &ground.catalogues[0].bank;
        let bank = bank.name.zh_hans.clone();
        Ok(Proved { root: bundle.root, bank, device: bundle.device, records })
    }
}

/// What the records of a bundle stand on, verified.
struct Ground {
    directory: KeyDirectory,
    catalogues: Vec<Catalogue>,
    head: Option<LogHead>,
}

impl Ground {
    fn judge(
        &self,
        exhibit: &Exhibit,
        device: &PublicKey,
        before: &[ProvedRecord],
    ) -> Result<ProvedRecord, Invalid> {
        let at = before.len();
        let record =
            VerifiedRecord::verify(&exhibit.signed, device).map_err(|_| Invalid::Record { at })?;
        let words = self.catalogues.iter().find_map(|catalogue| {
            let notice = catalogue.notice(&record.notice.id)?;
            (notice.version == record.notice.version).then_some((catalogue, notice))
        });
        let Some((catalogue, notice)) = words else { return Err(Invalid::Words { at }) };
        if !record.follows(before.last().map(|proved| &proved.record)) {
            return Err(Invalid::Chain { at });
        }
        match record.happened.ends {
            None => {
                if !record.is_of(notice, &catalogue.bank) {
                    return Err(Invalid::Words { at });
                }
                if !record.is_pressed_with_care() {
                    return Err(Invalid::Pressed { at });
                }
            }
            // The end of a record says again what that one said; its own press is not about words.
            Some(ended) => {
                let ended = before.iter().find(|proved| proved.record.record_id == *ended);
                let says_the_same = ended.is_some_and(|ended| {
                    ended.event() == Event::Given && is_same_consent(&ended.record, &record)
                });
                if !says_the_same {
                    return Err(Invalid::Ends { at });
                }
            }
        }
        if !record.is_by_entitled(notice) {
            return Err(Invalid::Entitled { at });
        }
        if !record.is_sure_enough(notice) {
            return Err(Invalid::Assurance { at });
        }
        let received_at = match &exhibit.logged {
            None => None,
            Some(logged) => Some(self.received_at(&record, logged, at)?),
        };
        let words = notice.words(record.notice.locale).into_iter().map(Into::into).collect();
        Ok(ProvedRecord { record, words, received_at })
    }

    fn received_at(
        &self,
        record: &VerifiedRecord,
        logged: &Logged,
        at: usize,
    ) -> Result<Timestamp, Invalid> {
        let countersignature =
            Countersignature::verify(&logged.countersignature, record.digest(), &self.directory)
                .map_err(|_| Invalid::Countersignature { at })?;
        let head = self.head.as_ref().ok_or(Invalid::Log { at })?;
        let is_in = head.includes(&logged.countersignature, logged.index, &logged.path);
        if is_in { Ok(countersignature.received_at) } else { Err(Invalid::Log { at }) }
    }

    /// Nothing may lie in a bundle that proves nothing: a reader would take it for proved.
    fn is_needed(&self, records: &[ProvedRecord]) -> Result<(), Invalid> {
        let is_named = |catalogue: &Catalogue| {
            records.iter().any(|proved| {
                let shown = &proved.record.notice;
                catalogue.notice(&shown.id).is_some_and(|notice| notice.version == shown.version)
            })
        };
        if !self.catalogues.iter().all(is_named) {
            return Err(Invalid::Catalogue);
        }
        let is_logged = records.iter().any(|proved| proved.received_at.is_some());
        if self.head.is_some() && !is_logged { Err(Invalid::Head) } else { Ok(()) }
    }
}

/// Whether two records are about one consent: all that a notice fixes, and who gave it.
fn is_same_consent(given: &VerifiedRecord, end: &VerifiedRecord) -> bool {
    let link = crate::consent::Link {
        record_id: end.record_id,
        prev: end.prev,
        device_seq: end.device_seq,
    };
    given.ended(end.event(), link, end.manner.clone(), end.times) == **end
}

#[cfg(test)]
#[path = "evidence_tests.rs"]
mod tests;
