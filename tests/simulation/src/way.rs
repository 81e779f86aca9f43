//! The simulated way between a device and its bank: HTTP/1.1 over turmoil's TCP.

use axum::serve::Listener;
use bytes::Bytes;
use client::transport::{Carried, NoAnswer, Transport};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use turmoil::net::{TcpListener, TcpStream};

/// Name of the bank's host in the simulation.
pub const BANK: &str = "bank";
/// Its port.
pub const PORT: u16 = 8700;
/// Longest wait for an answer, of simulated time. The app's own is 30 s; nothing hangs on the number
/// but how long a simulation takes.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(8);

/// What somebody on the way does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meddling {
    None,
    /// Brings it twice; the answer is the second one.
    Twice,
    /// Brings it, and loses the answer.
    LoseAnswer,
    /// Answers itself: a sign-in page.
    Portal,
    /// Answers itself: busy.
    Busy,
}

/// Carries requests to the simulated bank, with seeded faults while there are any.
pub struct SimulatedWay {
    dice: Mutex<SmallRng>,
    has_faults: Arc<AtomicBool>,
}

impl SimulatedWay {
    /// A way with faults drawn from `seed` while `has_faults`.
    pub fn new(seed: u64, has_faults: Arc<AtomicBool>) -> Self {
        Self { dice: Mutex::new(SmallRng::seed_from_u64(seed)), has_faults }
    }

    /// One request in ten meets somebody.
    fn meddling(&self) -> Meddling {
        let drawn = self.dice.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..40);
        match drawn {
            _ if !self.has_faults.load(Ordering::Relaxed) => Meddling::None,
            0 => Meddling::Twice,
            1 => Meddling::LoseAnswer,
            2 => Meddling::Portal,
            3 => Meddling::Busy,
            _ => Meddling::None,
        }
    }

    async fn bring(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        let html = || Response::builder().header("content-type", "text/html");
        let said = |answer: http::response::Builder| {
            answer.body(Bytes::from_static(b"<h1>Welcome</h1>")).map_err(|_| NoAnswer::Nobody)
        };
        match self.meddling() {
            Meddling::None => ask(request).await,
            Meddling::Twice => {
                ask(request.clone()).await?;
                ask(request).await
            }
            Meddling::LoseAnswer => {
                ask(request).await?;
                Err(NoAnswer::Nobody)
            }
            Meddling::Portal => said(html()),
            Meddling::Busy => said(html().status(503)),
        }
    }
}

impl Transport for SimulatedWay {
    fn carry(&self, request: Request<Bytes>) -> Carried<'_> {
        Box::pin(async move {
            tokio::time::timeout(ANSWER_TIMEOUT, self.bring(request))
                .await
                .unwrap_or(Err(NoAnswer::Nobody))
        })
    }
}

/// One request over a connection of its own.
async fn ask(request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
    let nobody = |_| NoAnswer::Nobody;
    let stream = TcpStream::connect((BANK, PORT)).await.map_err(|_| NoAnswer::Nobody)?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(nobody)?;
    let running = tokio::spawn(connection);
    let (mut parts, body) = request.into_parts();
    let authority = parts.uri.authority().map(ToString::to_string).unwrap_or_default();
    parts.headers.insert("host", authority.parse().map_err(|_| NoAnswer::Nobody)?);
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = path.parse().map_err(|_| NoAnswer::Nobody)?;
    let answer = sender.send_request(Request::from_parts(parts, Full::new(body))).await;
    let (parts, body) = answer.map_err(nobody)?.into_parts();
    let body = body.collect().await.map_err(nobody)?.to_bytes();
    running.abort();
    Ok(Response::from_parts(parts, body))
}

/// The bank's door in the simulation.
pub struct SimulatedDoor(pub TcpListener);

impl Listener for SimulatedDoor {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            if let Ok(accepted) = self.0.accept().await {
                return accepted;
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
