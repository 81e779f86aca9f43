//! Cases as a device seals them: an application with its consents, and photos beside it.

use crate::world::SeededEntropy;
use anyhow::{Context, Result};
use bank::{folder::Folder, publishing::Published};
use lending::{
    Locale,
    application::{Application, Entry},
    catalogue::Catalogue,
    check::BranchCode,
    consent::{
        Actor, Answer, App, Assurance, ConsentRecord, Control, Event, Level, Link, Manner, Pressed,
        Principal, Role, Times, UpstreamStatus,
    },
    money::{Fen, Months},
    notice::Notice,
    part::Part,
    subject::{EnterpriseCode, Mobile},
};
use seal::{
    Digest, SigningKey, Timestamp, random_bytes,
    sealed::{Address, seal, seal_with_parts},
};
use serde_bytes::{ByteArray, ByteBuf};
use std::path::Path;
use uuid::Uuid;
use wire::bank::schema;

#[path = "../../support/builders.rs"]
#[allow(dead_code, reason = "the one builder of made-up identities, for all tests")]
mod builders;

/// The branch that cases go to.
const BRANCH: &str = "LQ01";

/// A sealed case.
pub(crate) struct Case {
    pub(crate) id: Uuid,
    pub(crate) body: Vec<u8>,
    /// Sealed bytes of its parts, in its order.
    pub(crate) parts: Vec<Vec<u8>>,
}

/// What the device knows of the bank.
pub(crate) struct Known(Published);

impl Known {
    pub(crate) fn read(data: &Path) -> Result<Self> {
        Ok(Self(Published::load(&Folder::at(data))?))
    }

    pub(crate) fn directory(&self) -> &seal::KeyDirectory {
        &self.0.directory
    }

    /// Seals case number `seq` of a device, with photos of these contents.
    pub(crate) fn case(
        &self,
        device: &SigningKey,
        seq: u64,
        photos: &[Vec<u8>],
        now: Timestamp,
        entropy: &SeededEntropy,
    ) -> Result<Case> {
        let id = uuid::Builder::from_unix_timestamp_millis(now.as_millis(), &random_bytes(entropy))
            .into_uuid();
        let recipient = self.directory().sealing_key(now).context("no sealing key")?;
        let mut named = Vec::new();
        let mut parts = Vec::new();
        for photo in photos {
            let part_id = random_bytes(entropy);
            let address =
                Address { envelope_id: part_id, device: device.id(), schema: schema::PART };
            let sealed = seal(photo, recipient, &address, entropy)?;
            named.push(Part {
                id: part_id,
                digest: Digest::of(&sealed),
                kind: "licence".into(),
                media_type: "image/jpeg".into(),
                size_bytes: sealed.len() as u64,
            });
            parts.push(sealed);
        }
        let outside: Vec<Digest> = named.iter().map(|part| part.digest).collect();
        let application = self.application(device, id, seq, named, now)?;
        let content = application.sign(device);
        let address = Address {
            envelope_id: id.into_bytes(),
            device: device.id(),
            schema: schema::APPLICATION,
        };
        let body = seal_with_parts(&content, recipient, &address, &outside, entropy)?;
        Ok(Case { id, body, parts })
    }

    fn application(
        &self,
        device: &SigningKey,
        id: Uuid,
        seq: u64,
        parts: Vec<Part>,
        now: Timestamp,
    ) -> Result<Application> {
        let catalogue = self.0.catalogue();
        let branch = BranchCode::new(BRANCH).ok().context("a branch")?;
        let place = catalogue.place(&branch, "FLOW", None).context("a place")?;
        let product = place.product;
        let shop = u32::try_from(seq)?;
        let code = builders::enterprise_code(shop);
        let mut consents: Vec<ByteBuf> = Vec::new();
        for (notice, n) in catalogue.notices_of(product).into_iter().zip(1..) {
            let prev = consents.last().map(|before| Digest::of(before));
            let record = consent(catalogue, notice, device, id, (n, prev), &code, now);
            consents.push(ByteBuf::from(record.sign(device)));
        }
        Ok(Application {
            schema_version: lending::application::SCHEMA_VERSION,
            envelope_id: id.into_bytes(),
            device: device.public(),
            device_seq: seq,
            saved_at: now,
            entry: Entry::Typed,
            branch,
            grid: None,
            product: product.code.clone(),
            officer: None,
            enterprise_code: EnterpriseCode::parse(&code).ok().context("a code")?,
            mobile: Mobile::parse(&builders::mobile(shop)).ok().context("a number")?,
            amount: Fen::from_yuan(100_000),
            term: Months::new(12).ok().context("a term")?,
            purpose: None,
            catalogue_version: catalogue.version,
            annual_percent_shown: "4.35".into(),
            consents,
            parts,
            consent_device: None,
        })
    }
}

fn consent(
    catalogue: &Catalogue,
    notice: &Notice,
    device: &SigningKey,
    case: Uuid,
    (n, prev): (u64, Option<Digest>),
    code: &str,
    now: Timestamp,
) -> ConsentRecord {
    let mut record_id = case.into_bytes();
    record_id[15] ^= u8::try_from(n).unwrap_or_default();
    let answer = Answer {
        envelope_id: case.into_bytes(),
        principal: Principal {
            pseudonym: Digest::keyed(&catalogue.bank.pseudonym_salt, code.as_bytes()),
            role: Role::Owner,
            enterprise_code: code.into(),
            delegated: Vec::new(),
        },
        locale: Locale::ZhHans,
        branch: BRANCH.into(),
        event: Event::Given,
        manner: Manner {
            control: Control::Pointer,
            default_off: true,
            dwell_ms: 5_000,
            scrolled_to_end: true,
            full_text_opened: false,
            screen: (360, 640),
            adapted: Vec::new(),
        },
        times: Times {
            wall: now,
            monotonic_ms: 60_000,
            run: ByteArray::new([9; 8]),
            last_server_time: None,
        },
        pressed: Pressed { actor: Actor::Myself, officer: None },
        assurance: Assurance { level: Level::OwnDevice, evidence: Vec::new() },
        ticket: None,
        upstream: UpstreamStatus::Needed,
        app: App { version: "test".into(), build: None },
    };
    let link = Link { record_id, prev, device_seq: n };
    ConsentRecord::of(notice, &catalogue.bank, answer, device.id(), link)
}
