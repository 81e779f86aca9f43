//! Listening, and stopping without losing an answer.

use crate::{Bank, parts::SWEEP_EVERY, stopping::LOOK_EVERY};
use axum::serve::ListenerExt;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Longest wait for requests in progress after a stop was asked for. Longer than a request may
/// take, so that only a connection that hangs is cut.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// Serves the bank's gateway until `shutdown` is cancelled, then finishes what has begun.
///
/// Every answer that was sent is on disk; what was accepted and not answered is committed when the
/// last [`Bank`] is dropped. Beside it, every hour, what has expired of the parts is dropped, and
/// every 10 s what is left to do after a withdrawal is done.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    bank: Bank,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    // Without it HTTP/2 was 2.5 to 11 times slower in the gateway measurements.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "could not set TCP_NODELAY");
        }
    });
    let stop = shutdown.clone();
    let router = bank.router();
    let sweeping = tokio::spawn(sweep(bank.clone(), shutdown.clone()));
    let served =
        axum::serve(listener, router).with_graceful_shutdown(async move { stop.cancelled().await });
    let stopping = tokio::spawn(stop_what_waits(bank, shutdown.clone()));
    let too_long = async {
        shutdown.cancelled().await;
        tokio::time::sleep(STOP_WITHIN).await;
    };
    let ended = tokio::select! {
        ended = served => ended,
        () = too_long => {
            tracing::warn!("cut connections that did not end");
            Ok(())
        }
    };
    sweeping.abort();
    stopping.abort();
    ended
}

/// Drops expired parts now and then, first at the start. Ended at any point, the next pass goes on.
async fn sweep(bank: Bank, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(SWEEP_EVERY);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match bank.sweep_parts().await {
            Ok(swept) => tracing::debug!(?swept, "looked for expired parts"),
            Err(error) => tracing::error!(%error, "expired parts are left for the next pass"),
        }
    }
}

/// Does what is left to do after withdrawals, first at the start: the bank may have died before.
async fn stop_what_waits(bank: Bank, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = bank.stop_what_waits().await {
            tracing::error!(%error, "withdrawals are left for the next pass");
        }
    }
}
