//! A link with a long round trip: bytes arrive as they were sent, half a round trip later.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Bytes on their way in one direction of one connection: at most this many pieces.
const PIECES: usize = 1_024;

/// Listens on loopback and brings everything to `to` and back, `one_way` later. Gives where it
/// listens.
pub async fn listen(to: SocketAddr, one_way: Duration) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            tokio::spawn(join(near, to, one_way));
        }
    });
    Ok(address)
}

async fn join(near: TcpStream, to: SocketAddr, one_way: Duration) -> std::io::Result<()> {
    // A handshake takes a round trip too.
    sleep_until(Instant::now() + 2 * one_way).await;
    let far = TcpStream::connect(to).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    tokio::spawn(carry(near_read, far_write, one_way));
    tokio::spawn(carry(far_read, near_write, one_way));
    Ok(())
}

/// Ends with the first error or the end of what is read: the connection is over then.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, one_way: Duration) {
    let (send, mut on_the_way) = mpsc::channel::<(Instant, Vec<u8>)>(PIECES);
    tokio::spawn(async move {
        while let Some((due, bytes)) = on_the_way.recv().await {
            sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read) = from.read(&mut buffer).await {
        let piece = buffer[..read].to_vec();
        if read == 0 || send.send((Instant::now() + one_way, piece)).await.is_err() {
            return;
        }
    }
}
