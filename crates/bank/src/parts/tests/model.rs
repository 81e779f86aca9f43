//! Random requests of three phones, with cuts, repeats, restarts and months between them, answered
//! as a map would.

use super::*;
use object_store::{ObjectStore, memory::InMemory};
use std::collections::BTreeMap;
use std::sync::Arc;

const STEPS: u32 = 700;
const DAY_MS: u64 = 24 * 3600 * 1000;

/// Few sizes, around the edges of chunks and bodies.
const SIZES: [usize; 5] = [1, 300, CHUNK, CHUNK + 1, 2 * CHUNK + 77];

/// Xorshift64 (Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (limit as u64)).unwrap()
    }
}

#[derive(Clone)]
struct Known {
    bytes: Vec<u8>,
    /// Whether a byte came that is not the part's.
    is_damaged: bool,
    received: usize,
    is_complete: bool,
    expires_ms: u64,
}

/// What a map knows of parts: by phone and content.
type Model = BTreeMap<(usize, usize), Known>;

#[tokio::test]
async fn random_requests_are_answered_as_a_map_would() {
    for seed in [1, 0x5eed, 0x0261_1220] {
        run(seed).await;
    }
}

async fn run(seed: u64) {
    let mut dice = Dice(seed | 1);
    let test = TestBank::new();
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let mut bank = test.open_with_objects(Arc::clone(&store));
    let mut model = Model::new();
    for step in 0..STEPS {
        let told = format!("seed {seed}, step {step}");
        let (who, what) = (dice.up_to(3), dice.up_to(SIZES.len()));
        let phone = Phone::new(u8::try_from(who + 1).unwrap()).at(test.now_ms());
        let bytes = content(what, SIZES[what]);
        let (router, key) = (bank.router(), (who, what));
        match dice.up_to(40) {
            0..=7 => {
                let seen = phone.create(&router, &bytes).await;
                let expected = if model.contains_key(&key) { 200 } else { 201 };
                assert_eq!(seen.status.as_u16(), expected, "{told}");
                let known = model.entry(key).or_insert_with(|| Known {
                    bytes: bytes.clone(),
                    is_damaged: false,
                    received: 0,
                    is_complete: false,
                    expires_ms: test.now_ms() + 30 * DAY_MS,
                });
                assert_eq!(seen.state(), (known.received as u64, known.is_complete), "{told}");
            }
            8..=27 => append(&mut dice, &mut model, &test, &phone, &router, key, &told).await,
            28..=31 => compare(&model, &phone, &router, key, &told).await,
            32 => {
                let seen = phone.cancel(&router, Digest::of(&bytes)).await;
                let expected = if model.remove(&key).is_some() { 204 } else { 404 };
                assert_eq!(seen.status.as_u16(), expected, "{told}");
            }
            33 | 34 => test.pass(dice.up_to(9) as u64 * DAY_MS),
            35 => {
                let now_ms = test.now_ms();
                let before = model.len();
                model.retain(|_, known| known.expires_ms > now_ms);
                let swept = bank.sweep_parts().await.unwrap();
                assert_eq!(swept.expired, (before - model.len()) as u64, "{told}");
            }
            _ => {
                drop((bank, router));
                bank = test.open_with_objects(Arc::clone(&store));
            }
        }
    }
    for ((who, _), known) in &model {
        let phone = Phone::new(u8::try_from(who + 1).unwrap());
        let key = PartKey { device: phone.key.public(), digest: Digest::of(&known.bytes) };
        let part = bank.part(key).await.unwrap();
        assert_eq!(part.is_complete(), known.is_complete, "seed {seed}");
        if known.is_complete {
            assert_eq!(bank.part_bytes(key).await.unwrap(), known.bytes, "seed {seed}");
        }
    }
}

async fn compare(
    model: &Model,
    phone: &Phone,
    router: &axum::Router,
    key: (usize, usize),
    told: &str,
) {
    let digest = Digest::of(&content(key.1, SIZES[key.1]));
    let seen = phone.head(router, digest).await;
    match model.get(&key) {
        Some(known) => {
            assert_eq!(seen.state(), (known.received as u64, known.is_complete), "{told}");
        }
        None => assert_eq!(seen.problem_of_head(), 404, "{told}"),
    }
}

/// An append at the right or a wrong offset, in whole or cut, sometimes with a byte turned, and
/// sometimes sent twice.
async fn append(
    dice: &mut Dice,
    model: &mut Model,
    test: &TestBank,
    phone: &Phone,
    router: &axum::Router,
    key: (usize, usize),
    told: &str,
) {
    let bytes = content(key.1, SIZES[key.1]);
    let digest = Digest::of(&bytes);
    let at = model.get(&key).map_or(0, |known| known.received);
    let offset = if dice.up_to(6) == 0 { dice.up_to(bytes.len() + 2) } else { at };
    let from = offset.min(bytes.len());
    let end = from + dice.up_to(bytes.len() - from + 1);
    let end = if dice.up_to(2) == 0 { bytes.len() } else { end };
    let is_end = end == bytes.len();
    let mut body = bytes[from..end].to_vec();
    let is_damaged = !body.is_empty() && dice.up_to(25) == 0;
    if is_damaged {
        body[0] ^= 1;
    }
    let cut = if dice.up_to(3) == 0 { dice.up_to(body.len() + 1) } else { body.len() };
    let seen = phone.append_cut(router, digest, offset as u64, is_end, &body, cut).await;
    let Some(known) = model.get_mut(&key) else {
        assert_eq!(seen.problem(), (404, ProblemCode::PartUnknown), "{told}");
        return;
    };
    if offset != known.received {
        assert_eq!(seen.problem(), (409, ProblemCode::PartOffset), "{told}");
        assert_eq!(seen.state(), (known.received as u64, known.is_complete), "{told}");
        return;
    }
    let was_complete = known.is_complete;
    known.received += cut;
    known.is_damaged |= is_damaged && cut > 0;
    if cut > 0 {
        known.expires_ms = test.now_ms() + 30 * DAY_MS;
    }
    if cut < body.len() {
        assert_eq!(seen.problem(), (408, ProblemCode::Busy), "{told}");
        assert_eq!(seen.state(), (known.received as u64, false), "{told}");
    } else if is_end && known.is_damaged {
        assert_eq!(seen.problem(), (422, ProblemCode::PartChecksum), "{told}");
        model.remove(&key);
    } else {
        known.is_complete |= is_end;
        if known.is_complete && !was_complete {
            known.expires_ms = test.now_ms() + 60 * DAY_MS;
        }
        assert_eq!(seen.status.as_u16(), 204, "{told}");
        assert_eq!(seen.state(), (known.received as u64, known.is_complete), "{told}");
        if !body.is_empty() && dice.up_to(4) == 0 {
            // Delivered a second time by the network: it changes nothing.
            let again = phone.append(router, digest, offset as u64, is_end, &body).await;
            assert_eq!(again.problem(), (409, ProblemCode::PartOffset), "{told}");
        }
    }
}
