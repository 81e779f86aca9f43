//! The second host: the same client and the same pages over loopback HTTP, for browser tests,
//! pictures, and machines without a display.
//!
//! Listens on loopback only. Every call needs the random token that it prints; the page takes it
//! from the address's fragment, which no server and no log sees.
#![allow(clippy::print_stdout, reason = "it prints the address to open")]

mod dispatch;

use anyhow::Context;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use clap::Parser;
use client::{Config, Ports, Problem, Start, Trust};
use sanbu_tests::{key_stores::FolderKeyStore, many::fill_outbox};
use std::{path::PathBuf, sync::Arc};
use tokio_util::sync::CancellationToken;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};
use wire::problem::ProblemCode;

/// The content security policy of the pages; the shell's is the same but for its IPC address.
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
                      worker-src 'self'; img-src 'self' data: blob:; object-src 'none'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Largest request: a picture of 32 MiB and a little more.
const MAX_REQUEST_BYTES: usize = 33 * 1024 * 1024;

#[derive(Parser)]
#[command(about = "Sanbu's pages and client on a loopback address")]
struct Arguments {
    /// The bank's trust file.
    #[arg(long)]
    trust: PathBuf,
    /// Folder of the client's files.
    #[arg(long)]
    data: PathBuf,
    /// Folder of the built pages.
    #[arg(long)]
    ui: PathBuf,
    /// Address to listen on; loopback only.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: std::net::SocketAddr,
    /// For tests only: keep the store's key as a plain file in this folder.
    #[arg(long)]
    test_key_folder: Option<PathBuf>,
    /// For tests only: so many made-up entries in the outbox before the client opens it.
    #[arg(long, default_value_t = 0)]
    test_entries: u32,
}

#[derive(Clone)]
struct Host {
    start: Arc<Start>,
    token: Arc<str>,
    stop: CancellationToken,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    let arguments = Arguments::parse();
    anyhow::ensure!(arguments.listen.ip().is_loopback(), "only loopback addresses are served");
    let trust = std::fs::read(&arguments.trust)
        .with_context(|| format!("no trust file at {}", arguments.trust.display()))?;
    let config = Config {
        data: arguments.data,
        trust: Trust::from_json(&trust)?,
        app_version: env!("CARGO_PKG_VERSION").into(),
        program: std::env::current_exe().ok(),
    };
    if arguments.test_entries > 0 {
        std::fs::create_dir_all(&config.data)?;
        fill_outbox(&config.data.join("outbox.db"), arguments.test_entries);
    }
    let mut ports = Ports::system();
    if let Some(folder) = arguments.test_key_folder {
        ports.key_store = Arc::new(FolderKeyStore::new(folder));
    }
    let start = tokio::task::spawn_blocking(move || Start::open(config, ports)).await?;
    let start = Arc::new(start);
    tokio::spawn(run_client(Arc::clone(&start)));

    let mut token = [0u8; 16];
    getrandom::fill(&mut token)?;
    let token: String = token.iter().map(|byte| format!("{byte:02x}")).collect();
    let stop = CancellationToken::new();
    let host = Host { start: Arc::clone(&start), token: token.as_str().into(), stop: stop.clone() };

    let listener = tokio::net::TcpListener::bind(arguments.listen).await?;
    println!("open http://{}/#token={token}", listener.local_addr()?);
    axum::serve(listener, router(host, &arguments.ui))
        .with_graceful_shutdown(async move {
            interrupted().await;
            stop.cancel();
        })
        .await?;
    if let Ok(client) = start.client() {
        client.stop().await;
    }
    Ok(())
}

/// Starts the courier once there is a client: at once, or after a repair.
async fn run_client(start: Arc<Start>) {
    if let Some(client) = start.started().await {
        client.start();
    }
}

fn router(host: Host, ui: &std::path::Path) -> Router {
    let calls = Router::new()
        .route("/ipc/{command}", post(call))
        .route("/changed", get(changed))
        .layer(axum::middleware::from_fn_with_state(host.clone(), with_token))
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .with_state(host);
    calls.fallback_service(ServeDir::new(ui)).layer(SetResponseHeaderLayer::overriding(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    ))
}

/// Lets only the page through that knows the token.
async fn with_token(
    State(host): State<Host>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let known = headers.get("x-sanbu-token").is_some_and(|token| token == &*host.token);
    if known {
        next.run(request).await
    } else {
        refused(&Problem::new(ProblemCode::Unauthorised, "the token is missing"))
    }
}

async fn call(State(host): State<Host>, Path(command): Path<String>, body: Bytes) -> Response {
    match dispatch::dispatch(&host.start, &command, &body).await {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(problem) => refused(&problem),
    }
}

fn refused(problem: &Problem) -> Response {
    let status = match problem.code {
        ProblemCode::Unauthorised => StatusCode::UNAUTHORIZED,
        ProblemCode::NotFound => StatusCode::NOT_FOUND,
        ProblemCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let body = serde_json::to_vec(problem).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
}

/// The event: a line each time the screen should look again, until the page leaves.
async fn changed(State(host): State<Host>) -> Response {
    let stop = host.stop;
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    tokio::spawn(async move {
        let started = tokio::select! {
            started = host.start.started() => started,
            () = stop.cancelled() => None,
            () = sender.closed() => None,
        };
        let Some(client) = started else { return };
        let mut changes = client.changes();
        loop {
            // The first line tells the page that it is connected.
            if sender.send(Ok(Bytes::from_static(b"\n"))).await.is_err() {
                return;
            }
            tokio::select! {
                moved = changes.changed() => if moved.is_err() { return },
                () = stop.cancelled() => return,
                () = sender.closed() => return,
            }
        }
    });
    let lines = tokio_stream::wrappers::ReceiverStream::new(receiver);
    ([(header::CONTENT_TYPE, "text/plain")], Body::from_stream(lines)).into_response()
}

async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
