//! A network with faults at the level of bytes: a real TCP proxy that understands just as much of
//! HTTP/1.1 as tells it where a request and a reply end.
//!
//! Each request of the client is read whole, meets at most one fault, and goes to the bank over a
//! connection of its own. What was asked and what the bank said is written down.

use std::{
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What happens to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// None: the request and its reply pass.
    Pass,
    /// The bank gets this many bytes of the request, then both connections end.
    CutRequest(usize),
    /// The bank gets this many bytes of the request and then its end; the client gets what the bank
    /// says to that.
    HalfRequest(usize),
    /// The client gets this many bytes of the reply, then the connection ends in order.
    CutReply(usize),
    /// The same, but the connection is reset.
    ResetReply(usize),
    /// The client gets this many bytes of the reply, then the proxy stops sending and still listens.
    HalfClose(usize),
    /// The bank gets the request byte by byte, with this pause between two.
    DripRequest(Duration),
    /// The reply comes byte by byte, with this pause between two.
    Drip(Duration),
    /// The reply comes after this pause.
    Delay(Duration),
    /// The request reaches the bank twice; the client gets the second reply.
    Replay,
    /// The bank never sees the request; somebody else answers, with these bytes.
    Answer(Vec<u8>),
    /// The bank's own reply, with another status.
    Status(u16),
}

/// A request that went through the proxy, and what the bank said to it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Its method.
    pub method: String,
    /// Its path, with the query.
    pub path: String,
    /// Head and body, as sent.
    pub request: Vec<u8>,
    /// Head and body, as the bank replied; empty when it did not.
    pub reply: Vec<u8>,
    /// What happened to it.
    pub fault: Option<Fault>,
}

impl Exchange {
    /// How many bytes of its body the bank got.
    pub fn brought(&self) -> usize {
        let whole = self.request.len();
        let brought = match self.fault {
            Some(Fault::CutRequest(length) | Fault::HalfRequest(length)) => length.min(whole),
            Some(Fault::Answer(_)) => 0,
            _ => whole,
        };
        brought.saturating_sub(head_length(&self.request).unwrap_or(whole))
    }
}

/// Lets this much time pass.
pub type Pace = fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>>;

struct Rule {
    method: &'static str,
    path: String,
    times: usize,
    fault: Fault,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    weather: Option<Dice>,
    pace: Option<Pace>,
    log: Vec<Exchange>,
}

/// The proxy. Clones share it.
#[derive(Clone)]
pub struct Proxy {
    state: Arc<Mutex<State>>,
    bank: SocketAddr,
    address: SocketAddr,
}

impl Proxy {
    /// A proxy on loopback, in front of the bank that listens at `bank`.
    pub async fn before(bank: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = Self { state: Arc::default(), bank, address };
        let serving = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let proxy = serving.clone();
                // A connection that breaks is what this is for.
                tokio::spawn(async move { proxy.serve(client).await.ok() });
            }
        });
        proxy
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next `times` requests of this method, to a path that begins like this, meet the fault.
    /// Rules are asked in the order in which they were set.
    pub fn set(&self, method: &'static str, path: impl Into<String>, times: usize, fault: Fault) {
        self.lock().rules.push(Rule { method, path: path.into(), times, fault });
    }

    /// No faults from now on.
    pub fn clear(&self) {
        let mut state = self.lock();
        state.rules.clear();
        state.weather = None;
    }

    /// From now on, every third request meets a fault that the seed decides.
    pub fn weather(&self, seed: u64) {
        self.lock().weather = Some(Dice(seed));
    }

    /// How pauses are made; without it, there are none.
    pub fn set_pace(&self, pace: Pace) {
        self.lock().pace = Some(pace);
    }

    /// What went through since this was last asked.
    pub fn take_log(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.lock().log)
    }

    /// Brings a request to the bank, as the client once sent it, and returns the reply.
    pub async fn bring(&self, request: &[u8]) -> std::io::Result<Vec<u8>> {
        self.bring_slowly(request, None).await
    }

    async fn bring_slowly(
        &self,
        request: &[u8],
        pause: Option<Duration>,
    ) -> std::io::Result<Vec<u8>> {
        let mut bank = TcpStream::connect(self.bank).await?;
        match pause {
            None => bank.write_all(request).await?,
            Some(pause) => self.drip(&mut bank, request, pause).await?,
        }
        let mut unread = Vec::new();
        let reply = message(&mut bank, &mut unread, request.starts_with(b"HEAD ")).await?;
        reply.ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }

    async fn serve(&self, mut client: TcpStream) -> std::io::Result<()> {
        client.set_nodelay(true)?;
        let mut unread = Vec::new();
        while let Some(request) = message(&mut client, &mut unread, false).await? {
            let (method, path) = request_line(&request);
            let fault = self.lock().fault(&method, &path);
            let told = Exchange { method, path, request, reply: Vec::new(), fault };
            if !self.exchange(&mut client, told).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether the connection goes on.
    async fn exchange(&self, client: &mut TcpStream, mut told: Exchange) -> std::io::Result<bool> {
        let fault = told.fault.clone();
        match &fault {
            Some(Fault::CutRequest(length) | Fault::HalfRequest(length)) => {
                let mut bank = TcpStream::connect(self.bank).await?;
                bank.write_all(&told.request[..(*length).min(told.request.len())]).await?;
                bank.shutdown().await?;
                // Until the bank has let go as well, so that what it did of it is done.
                bank.read_to_end(&mut told.reply).await.ok();
                if matches!(fault, Some(Fault::HalfRequest(_))) {
                    client.write_all(&told.reply).await?;
                }
                self.lock().log.push(told);
                return Ok(false);
            }
            Some(Fault::Answer(answer)) => {
                client.write_all(answer).await?;
                self.lock().log.push(told);
                return Ok(true);
            }
            Some(Fault::Replay) => drop(self.bring(&told.request).await?),
            _ => {}
        }
        let pause = match fault {
            Some(Fault::DripRequest(pause)) => Some(pause),
            _ => None,
        };
        let mut reply = self.bring_slowly(&told.request, pause).await?;
        told.reply = reply.clone();
        self.lock().log.push(told);
        let whole = reply.len();
        match fault {
            Some(Fault::CutReply(length)) => {
                client.write_all(&reply[..length.min(whole)]).await?;
                return Ok(false);
            }
            Some(Fault::ResetReply(length)) => {
                client.write_all(&reply[..length.min(whole)]).await?;
                client.set_zero_linger()?;
                return Ok(false);
            }
            Some(Fault::HalfClose(length)) => {
                client.write_all(&reply[..length.min(whole)]).await?;
                client.shutdown().await?;
                client.read_to_end(&mut Vec::new()).await?;
                return Ok(false);
            }
            Some(Fault::Drip(pause)) => {
                self.drip(client, &reply, pause).await?;
                return Ok(true);
            }
            Some(Fault::Delay(pause)) => self.pause(pause).await,
            Some(Fault::Status(status)) => reply = with_status(&reply, status),
            _ => {}
        }
        client.write_all(&reply).await?;
        Ok(true)
    }

    async fn drip(&self, to: &mut TcpStream, bytes: &[u8], each: Duration) -> std::io::Result<()> {
        for byte in bytes.chunks(1) {
            to.write_all(byte).await?;
            self.pause(each).await;
        }
        Ok(())
    }

    async fn pause(&self, time: Duration) {
        let pace = self.lock().pace;
        if let Some(pace) = pace {
            pace(time).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fault(&mut self, method: &str, path: &str) -> Option<Fault> {
        let rule = self
            .rules
            .iter_mut()
            .find(|rule| rule.times > 0 && rule.method == method && path.starts_with(&rule.path));
        if let Some(rule) = rule {
            rule.times -= 1;
            return Some(rule.fault.clone());
        }
        self.weather.as_mut().and_then(Dice::fault)
    }
}

/// Numbers that a seed decides (splitmix64).
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn fault(&mut self) -> Option<Fault> {
        let at = usize::try_from(self.below(1_500)).unwrap();
        let html = answer(200, "text/html", b"<h1>Welcome to the hotel</h1>");
        let faults = [
            Fault::CutRequest(at),
            Fault::CutReply(at),
            Fault::ResetReply(at),
            Fault::Replay,
            Fault::CutReply(0),
            Fault::Answer(html),
            Fault::Status(503),
            Fault::Status(200),
        ];
        let chosen = usize::try_from(self.below(3 * faults.len() as u64)).unwrap();
        faults.get(chosen).cloned()
    }
}

/// An answer as a stranger writes it.
pub fn answer(status: u16, content_type: &str, body: &[u8]) -> Vec<u8> {
    answer_with(status, &[("content-type", content_type)], body)
}

/// An answer with headers of its own.
pub fn answer_with(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// The body of a message.
pub fn body(message: &[u8]) -> &[u8] {
    head_length(message).map_or(&[], |length| &message[length..])
}

/// Length of the head, with the empty line, when it is whole.
pub fn head_length(message: &[u8]) -> Option<usize> {
    message.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

/// The next message of a connection; none when it ended between two.
async fn message(
    stream: &mut TcpStream,
    unread: &mut Vec<u8>,
    is_bodiless: bool,
) -> std::io::Result<Option<Vec<u8>>> {
    loop {
        if let Some(head) = head_length(unread) {
            let body = if is_bodiless { 0 } else { content_length(&unread[..head]) };
            if unread.len() >= head + body {
                let rest = unread.split_off(head + body);
                return Ok(Some(std::mem::replace(unread, rest)));
            }
        }
        if stream.read_buf(unread).await? == 0 {
            return if unread.is_empty() {
                Ok(None)
            } else {
                Err(std::io::ErrorKind::UnexpectedEof.into())
            };
        }
    }
}

/// What the head says of the body's length; a message without that has no body. Nobody here sends
/// in chunks.
fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    assert!(!head.contains("transfer-encoding"), "the proxy knows no chunks: {head}");
    let value = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    value.map_or(0, |value| value.trim().parse().unwrap())
}

fn request_line(request: &[u8]) -> (String, String) {
    let head = String::from_utf8_lossy(request);
    let mut words = head.split(' ').map(str::to_owned);
    (words.next().unwrap_or_default(), words.next().unwrap_or_default())
}

fn with_status(reply: &[u8], status: u16) -> Vec<u8> {
    let line = reply.windows(2).position(|window| window == b"\r\n").unwrap();
    [format!("HTTP/1.1 {status} Said").as_bytes(), &reply[line..]].concat()
}
