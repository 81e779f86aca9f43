//! "Is this the bank?": a signed nonce, and what follows from the answer.

use super::{asking::ask_about_taken_back, blocking, reconciliation::reconcile};
use crate::{
    bank_api::answer::Answer,
    core::Core,
    known::{BundleError, Known},
};
use data_encoding::HEXLOWER;
use lending::acknowledgement::Pong;
use seal::random_bytes;
use std::sync::Arc;
use wire::ipc::Connection;

/// Finds out who answers. When it is the bank: its time is noted, its words are fetched if there
/// are newer ones, what it lost in a restore is queued anew, and it is asked about what was taken
/// back.
pub(super) async fn greet(core: &Arc<Core>) -> Result<(), Connection> {
    let pong = probe(core).await?;
    let is_newer = core.known().is_none_or(|k| pong.catalogue_version != k.catalogue.version);
    if core.words_due() || is_newer {
        // Without newer words the old ones serve.
        let _ = fetch_words(core).await;
    }
    reconcile(core, &pong).await;
    ask_about_taken_back(core).await;
    Ok(())
}

/// Asks the bank to sign a nonce.
pub(crate) async fn probe(core: &Arc<Core>) -> Result<Pong, Connection> {
    if core.known().is_none() {
        fetch_words(core).await?;
    }
    let nonce: [u8; 16] = random_bytes(&*core.ports.entropy);
    let body = match core.api.ping(&HEXLOWER.encode(&nonce)).await {
        Answer::Body(body) => body,
        answer => return Err(way(&answer)),
    };
    let verify = |known: &Known| Pong::verify(&body, nonce, &known.directory).ok();
    let mut pong = core.known().and_then(|known| verify(&known));
    if pong.is_none() {
        // A key this device does not know yet, perhaps: the bank's words tell.
        fetch_words(core).await.map_err(|why| match why {
            Connection::Clock => why,
            _ => Connection::Portal,
        })?;
        pong = core.known().and_then(|known| verify(&known));
    }
    let pong = pong.ok_or(Connection::Portal)?;
    core.heard_bank(pong.at);
    Ok(pong)
}

/// Fetches and verifies the bank's words; says what was learnt about the way.
pub(super) async fn fetch_words(core: &Arc<Core>) -> Result<(), Connection> {
    let body = match core.api.catalogue().await {
        Answer::Body(body) => body,
        answer => return Err(way(&answer)),
    };
    let accepted = blocking(core, move |core| {
        let before = core.known();
        Known::accept(&body, before.as_deref(), &core.store, &core.trust.bank, &core.root)
    })
    .await;
    match accepted {
        Ok(known) => {
            tracing::info!(catalogue.version = known.catalogue.version, "have the catalogue");
            core.set_known(known);
            Ok(())
        }
        Err(BundleError::Store(e)) => {
            tracing::error!("the catalogue is not kept: {e}");
            Err(Connection::Offline)
        }
        Err(e) => {
            tracing::warn!("what came is not the bank's catalogue: {e}");
            Err(Connection::Portal)
        }
    }
}

fn way(answer: &Answer) -> Connection {
    match answer {
        Answer::Nobody | Answer::Later { .. } => Connection::Offline,
        Answer::Clock => Connection::Clock,
        Answer::NotTheBank | Answer::Refused(_) | Answer::Body(_) | Answer::Incomplete(_) => {
            Connection::Portal
        }
    }
}
