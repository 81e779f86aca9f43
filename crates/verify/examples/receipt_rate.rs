//! How many consent records a second one core judges as intake does, beside bare signatures.
//!
//! Started by `cargo xtask bench verify`, in a release build. What is judged is the application of a
//! kept envelope, with its two records: frame, signature, decoding, the notice made anew, the rules,
//! the chain; the rest of the application is in the time as well. The peer is the same library's
//! check of the same signatures over the same bytes, and nothing else. Both in turns, by the CPU time
//! of the thread, so that other programs on the machine slow both alike; medians over the rounds.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use anyhow::{Context, Result, ensure};
use lending::{application::Application, catalogue::Catalogue, evidence::Bundle};
use rustix::time::{ClockId, clock_gettime};
use seal::{
    KeyDirectory, PublicKey, Timestamp, cbor,
    sealed::{Sealed, SealingKey},
};
use serde_bytes::{ByteBuf, Bytes};
use std::collections::BTreeMap;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

/// The key and the id of the kept envelope: `evidence_tests.rs` of crates/lending.
const SEED: [u8; 32] = [7; 32];
const ENVELOPE_ID: [u8; 16] = [1; 16];

/// A round of some 50 ms for each; one is enough to see that it works.
const APPLICATIONS: u32 = 500;
const ROUNDS: usize = 60;

fn main() -> Result<()> {
    let rounds = if std::env::args().any(|argument| argument == "--check") { 1 } else { ROUNDS };
    let kept = Kept::read()?;
    let signatures = kept.signatures()?;
    let records = kept.application.consents.len();
    ensure!(kept.judge()? == records && records > 0, "the kept application is not accepted");
    let (mut judging, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        judging.push(rate(records, || kept.judge().map(drop))?);
        bare.push(rate(signatures.len(), || signatures.iter().try_for_each(Signature::check))?);
    }
    let ratios = judging.iter().zip(&bare).map(|(ours, bare)| ours / bare).collect();
    println!("verify.receipts_per_s={:.0}", median(judging));
    println!("verify.bare_signatures_per_s={:.0}", median(bare));
    println!("verify.vs_bare_signatures={:.2}", median(ratios));
    Ok(())
}

struct Kept {
    application: Application,
    catalogue: Catalogue,
    directory: KeyDirectory,
    now: Timestamp,
}

impl Kept {
    fn read() -> Result<Self> {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        let bundle: Bundle = cbor::decode(&fs::read(golden.join("withdrawn.snap.bundle"))?)?;
        let directory = KeyDirectory::verify(&bundle.directory, &bundle.root)?;
        let catalogue = bundle.catalogues.first().context("a bundle has a catalogue")?;
        let catalogue = Catalogue::verify(catalogue, &directory)?;
        let sealed = Sealed::parse(&fs::read(golden.join("envelope.snap.sealed"))?)?;
        let content = sealed.open(ENVELOPE_ID, &SealingKey::from_seed(SEED))?;
        let application = Application::verify(&content, ENVELOPE_ID, sealed.device)?;
        let now = application.saved_at;
        Ok(Self { application, catalogue, directory, now })
    }

    /// How many records it judged.
    fn judge(&self) -> Result<usize> {
        Ok(black_box(&self.application).judge(&self.catalogue, &self.directory, self.now)?.len())
    }

    /// The signatures of the records, with what they sign (RFC 9052, section 4.4).
    fn signatures(&self) -> Result<Vec<Signature>> {
        type Frame = (ByteBuf, BTreeMap<u8, u8>, ByteBuf, ByteBuf);
        let signature = |signed: &ByteBuf| {
            let (protected, _, payload, signature): Frame = cbor::decode(signed)?;
            let namespace = Bytes::new(b"sanbu/consent/1");
            let message = cbor::encode(&("Signature1", protected, namespace, payload));
            Ok(Signature { key: self.application.device, message, signature: signature.into_vec() })
        };
        self.application.consents.iter().map(signature).collect()
    }
}

struct Signature {
    key: PublicKey,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Signature {
    fn check(&self) -> Result<()> {
        let holds = black_box(self).key.verify_raw(&self.message, &self.signature);
        holds.ok().context("a kept signature does not hold")
    }
}

/// How many a second, when `work` does `count` of them.
fn rate(count: usize, work: impl Fn() -> Result<()>) -> Result<f64> {
    let begun = cpu_time();
    for _ in 0..APPLICATIONS {
        work()?;
    }
    let all = f64::from(APPLICATIONS) * f64::from(u32::try_from(count)?);
    Ok(all / (cpu_time() - begun).as_secs_f64())
}

fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
