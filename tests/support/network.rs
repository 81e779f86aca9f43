//! A network with faults: a listener between client and bank that drops, doubles, loses replies,
//! forges, or turns out to be a hotel's sign-in page.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};
use tokio_stream::StreamExt;
use tower::ServiceExt;

/// What the network does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Brings it there and back.
    None,
    /// Nobody answers.
    Down,
    /// So many requests get through, then nobody answers.
    DownAfter(usize),
    /// A sign-in page answers 200 to everything.
    Portal,
    /// A sign-in page redirects everything.
    Redirect,
    /// The next delivery of an envelope reaches the bank, but its reply is lost.
    LoseOneReply,
    /// Deliveries of envelopes reach the bank, but no reply comes back.
    LoseReplies,
    /// The next delivery reaches the bank, and its reply is cut after this many bytes.
    CutOneReply(usize),
    /// Each delivery reaches the bank twice.
    Double,
    /// Each acknowledgement is replaced by another one, signed by a stranger.
    ForgeAck,
    /// Each delivery is answered with 503.
    Busy,
    /// Bytes of parts are changed on the way.
    ChangeParts,
}

struct Shared {
    bank: Mutex<Option<Router>>,
    fault: Mutex<Fault>,
    deliveries: AtomicUsize,
    uploaded_bytes: AtomicUsize,
    order: Mutex<Vec<String>>,
    forged: Mutex<Vec<u8>>,
}

/// The network. Clones share it.
#[derive(Clone)]
pub struct Network {
    shared: Arc<Shared>,
    address: String,
}

impl Network {
    /// Listens on loopback; [`Network::connect`] puts a bank behind it.
    pub async fn listen() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            bank: Mutex::new(None),
            fault: Mutex::new(Fault::None),
            deliveries: AtomicUsize::new(0),
            uploaded_bytes: AtomicUsize::new(0),
            order: Mutex::default(),
            forged: Mutex::default(),
        });
        let app = Router::new().fallback(pass).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { shared, address }
    }

    /// Where the client finds the bank.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The same, for a proxy in front of it.
    pub fn socket(&self) -> std::net::SocketAddr {
        self.address.trim_start_matches("http://").parse().unwrap()
    }

    /// Puts a bank, or another one, behind the network.
    pub fn connect(&self, bank: Router) {
        *lock(&self.shared.bank) = Some(bank);
    }

    /// Takes the bank away.
    pub fn disconnect(&self) {
        *lock(&self.shared.bank) = None;
    }

    /// Sets what happens from now on.
    pub fn set(&self, fault: Fault) {
        *lock(&self.shared.fault) = fault;
    }

    /// What [`Fault::ForgeAck`] answers with.
    pub fn forge_with(&self, ack: Vec<u8>) {
        *lock(&self.shared.forged) = ack;
    }

    /// How many deliveries of envelopes reached the bank.
    pub fn deliveries(&self) -> usize {
        self.shared.deliveries.load(Ordering::SeqCst)
    }

    /// How many bytes of parts reached the bank.
    pub fn uploaded_bytes(&self) -> usize {
        self.shared.uploaded_bytes.load(Ordering::SeqCst)
    }

    /// The ids of the envelopes that reached the bank, in order.
    pub fn order(&self) -> Vec<String> {
        lock(&self.shared.order).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn pass(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let fault = *lock(&shared.fault);
    let delivery = request.method() == Method::PUT;
    match fault {
        Fault::Down => cut(b""),
        Fault::DownAfter(left) => {
            let next = left.checked_sub(1).map_or(Fault::Down, Fault::DownAfter);
            *lock(&shared.fault) = next;
            if left == 0 { cut(b"") } else { bring(&shared, request).await }
        }
        Fault::Portal => {
            ([(header::CONTENT_TYPE, "text/html")], "<h1>Welcome to the hotel</h1>").into_response()
        }
        Fault::Redirect => {
            (StatusCode::FOUND, [(header::LOCATION, "http://127.0.0.1:9/login")]).into_response()
        }
        Fault::Busy if delivery => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Fault::LoseOneReply if delivery => {
            bring(&shared, request).await;
            *lock(&shared.fault) = Fault::None;
            cut(b"")
        }
        Fault::LoseReplies if delivery => {
            bring(&shared, request).await;
            cut(b"")
        }
        Fault::CutOneReply(length) if delivery => {
            let (_, body) = taken_apart(bring(&shared, request).await).await;
            *lock(&shared.fault) = Fault::None;
            cut(&body[..length.min(body.len())])
        }
        Fault::Double if delivery => {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let copy = |parts: axum::http::request::Parts| {
                Request::from_parts(parts, Body::from(body.clone()))
            };
            bring(&shared, copy(parts.clone())).await;
            bring(&shared, copy(parts)).await
        }
        Fault::ForgeAck if delivery => {
            let (parts, _) = taken_apart(bring(&shared, request).await).await;
            let forged = lock(&shared.forged).clone();
            Response::from_parts(parts, Body::from(forged))
        }
        _ => bring(&shared, request).await,
    }
}

async fn bring(shared: &Arc<Shared>, request: Request) -> Response {
    let Some(bank) = lock(&shared.bank).clone() else { return cut(b"") };
    if request.method() == Method::PUT {
        shared.deliveries.fetch_add(1, Ordering::SeqCst);
        let id = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
        lock(&shared.order).push(id);
    }
    let request = match *request.method() {
        Method::PATCH => {
            let is_changed = *lock(&shared.fault) == Fault::ChangeParts;
            request.map(|body| counted(body, Arc::clone(shared), is_changed))
        }
        _ => request,
    };
    match bank.oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// A body whose bytes are counted as they pass, also when it breaks off.
fn counted(body: Body, shared: Arc<Shared>, is_changed: bool) -> Body {
    Body::from_stream(body.into_data_stream().map(move |bytes| {
        let bytes = bytes?;
        shared.uploaded_bytes.fetch_add(bytes.len(), Ordering::SeqCst);
        let turned = || bytes.iter().map(|byte| byte ^ 1).collect();
        Ok::<Bytes, axum::Error>(if is_changed { turned() } else { bytes })
    }))
}

async fn taken_apart(response: Response) -> (axum::http::response::Parts, Bytes) {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    (parts, axum::body::to_bytes(body, usize::MAX).await.unwrap())
}

/// An answer that breaks off after `begun`: to the client, the connection is lost.
fn cut(begun: &[u8]) -> Response {
    let begun = Bytes::copy_from_slice(begun);
    let lost = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let body = tokio_stream::iter([Ok(begun), Err(lost)]);
    let kind = "application/cose; cose-type=\"cose-sign1\"";
    ([(header::CONTENT_TYPE, kind)], Body::from_stream(body)).into_response()
}
