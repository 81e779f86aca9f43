//! The way between tablets and a bank, on which some requests come to harm.
//!
//! It carries bytes and reads none of them. A tablet that speaks after it was answered makes a new
//! request (there is no pipelining), and for each request the dice are thrown anew.

use anyhow::Result;
use fastrand::Rng;
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What is carried at a time.
const PIECE_BYTES: usize = 16 * 1024;
/// Longest a request is held up: 500 ms, as on a loaded cell.
const LONGEST_DELAY_MS: u64 = 500;
/// Cuts are drawn up to here: beyond the heads of a request and well into an envelope.
const CUT_WITHIN_BYTES: usize = 6_000;
const BUSY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// The connection breaks before anything is carried.
    Drop,
    /// It breaks after so many bytes of the request.
    CutRequest(usize),
    /// The whole request arrives, and so many bytes of the answer come back.
    CutAnswer(usize),
    /// It is held up.
    Delay(Duration),
    /// Something in between is busy.
    Busy,
}

/// The way. Clones share it.
#[derive(Clone)]
pub struct Way {
    /// Where tablets find the bank.
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    bank: SocketAddr,
    percent: AtomicUsize,
    dice: Mutex<Rng>,
    requests: AtomicUsize,
    faults: AtomicUsize,
    answers: Mutex<Vec<Duration>>,
}

impl Way {
    /// A way to `bank` on which nothing happens yet.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn open(bank: SocketAddr, seed: u64) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            bank,
            percent: AtomicUsize::new(0),
            dice: Mutex::new(Rng::with_seed(seed)),
            requests: AtomicUsize::new(0),
            faults: AtomicUsize::new(0),
            answers: Mutex::default(),
        });
        let way = Self { address, shared: Arc::clone(&shared) };
        tokio::spawn(async move {
            while let Ok((tablet, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                // An error is a connection that broke, which is what this is for.
                tokio::spawn(async move { carry(tablet, &shared).await });
            }
        });
        Ok(way)
    }

    /// From now on, so many of a hundred requests come to harm.
    pub fn harm(&self, percent: usize) {
        self.shared.percent.store(percent, Ordering::SeqCst);
    }

    /// Requests so far, and how many of them came to harm.
    pub fn count(&self) -> (usize, usize) {
        let count = |number: &AtomicUsize| number.load(Ordering::SeqCst);
        (count(&self.shared.requests), count(&self.shared.faults))
    }

    /// How long the bank took to begin each answer, in no order.
    pub fn answers(&self) -> Vec<Duration> {
        lock(&self.shared.answers).clone()
    }
}

impl Shared {
    fn draw(&self) -> Fault {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let mut dice = lock(&self.dice);
        if dice.usize(0..100) >= self.percent.load(Ordering::SeqCst) {
            return Fault::None;
        }
        self.faults.fetch_add(1, Ordering::SeqCst);
        match dice.u8(0..5) {
            0 => Fault::Drop,
            1 => Fault::CutRequest(dice.usize(0..CUT_WITHIN_BYTES)),
            2 => Fault::CutAnswer(dice.usize(0..600)),
            3 => Fault::Delay(Duration::from_millis(dice.u64(0..LONGEST_DELAY_MS))),
            _ => Fault::Busy,
        }
    }
}

async fn carry(mut tablet: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut bank = TcpStream::connect(shared.bank).await?;
    tablet.set_nodelay(true)?;
    bank.set_nodelay(true)?;
    let (mut up, mut down) = (vec![0; PIECE_BYTES], vec![0; PIECE_BYTES]);
    let mut fault = Fault::None;
    // Since when an answer is waited for.
    let mut asked: Option<Instant> = None;
    let mut between_requests = true;
    loop {
        tokio::select! {
            read = tablet.read(&mut up) => {
                let length = read?;
                if length == 0 {
                    return Ok(());
                }
                if between_requests {
                    between_requests = false;
                    fault = shared.draw();
                    match fault {
                        Fault::Drop => return Ok(()),
                        Fault::Busy => return refuse(tablet).await,
                        Fault::Delay(pause) => pass(pause).await,
                        Fault::None | Fault::CutRequest(_) | Fault::CutAnswer(_) => {}
                    }
                }
                asked = Some(Instant::now());
                if let Fault::CutRequest(left) = &mut fault {
                    if *left < length {
                        return bank.write_all(&up[..*left]).await;
                    }
                    *left -= length;
                }
                bank.write_all(&up[..length]).await?;
            }
            read = bank.read(&mut down) => {
                let length = read?;
                if length == 0 {
                    return Ok(());
                }
                between_requests = true;
                if let Some(asked) = asked.take() {
                    lock(&shared.answers).push(asked.elapsed());
                }
                if let Fault::CutAnswer(left) = &mut fault {
                    if *left < length {
                        return tablet.write_all(&down[..*left]).await;
                    }
                    *left -= length;
                }
                tablet.write_all(&down[..length]).await?;
            }
        }
    }
}

/// Says that something is busy, and takes what still comes, or the answer would be lost.
async fn refuse(mut tablet: TcpStream) -> std::io::Result<()> {
    tablet.write_all(BUSY).await?;
    tablet.shutdown().await?;
    tokio::io::copy(&mut tablet, &mut tokio::io::sink()).await?;
    Ok(())
}

async fn pass(pause: Duration) {
    let _ = tokio::time::timeout(pause, std::future::pending::<()>()).await;
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bank that answers every line with itself.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.into_split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        address
    }

    /// What a tablet gets back for a request of `length` bytes.
    async fn ask(way: &Way, length: usize) -> Vec<u8> {
        let mut tablet = TcpStream::connect(way.address).await.unwrap();
        let sent = tablet.write_all(&vec![b'x'; length]).await;
        let mut answer = vec![0; length];
        let mut got = 0;
        while sent.is_ok() && got < length {
            match tablet.read(&mut answer[got..]).await {
                Ok(read) if read > 0 => got += read,
                _ => break,
            }
        }
        answer.truncate(got);
        answer
    }

    #[tokio::test]
    async fn without_harm_everything_arrives() {
        let way = Way::open(echo().await, 1).await.unwrap();
        for length in [1, 5_000, 100_000] {
            assert_eq!(ask(&way, length).await.len(), length);
        }
        assert_eq!(way.count(), (3, 0));
        assert!(!way.answers().is_empty());
    }

    #[tokio::test]
    async fn harm_comes_in_every_kind_and_as_often_as_asked() {
        let way = Way::open(echo().await, 1).await.unwrap();
        way.harm(50);
        let (mut whole, mut cut, mut none, mut busy) = (0, 0, 0, 0);
        let mut asking = tokio::task::JoinSet::new();
        for _ in 0..400 {
            let way = way.clone();
            asking.spawn(async move { ask(&way, 8_000).await });
        }
        while let Some(answer) = asking.join_next().await {
            match answer.unwrap() {
                answer if answer.len() == 8_000 => whole += 1,
                answer if answer.is_empty() => none += 1,
                answer if answer.starts_with(b"HTTP/1.1 503") => busy += 1,
                _ => cut += 1,
            }
        }
        let (requests, faults) = way.count();
        assert_eq!(requests, 400);
        assert!((150..250).contains(&faults), "{faults} of 400");
        assert!(whole > 150 && cut > 20 && none > 20 && busy > 20, "{whole} {cut} {none} {busy}");
    }
}
