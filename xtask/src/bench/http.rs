//! The loopback host's calls, over a connection each: enough of HTTP for answers of known length.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longest answer.
const LIMIT: Duration = Duration::from_secs(30);

/// A loopback host and its token.
pub struct Host {
    address: String,
    token: String,
}

impl Host {
    /// From what the host printed: `http://127.0.0.1:PORT/#token=HEX`.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn from_url(url: &str) -> Result<Self> {
        let parts = url.strip_prefix("http://").and_then(|rest| rest.split_once("/#token="));
        let (address, token) = parts.with_context(|| format!("no address and token in {url:?}"))?;
        Ok(Self { address: address.to_owned(), token: token.to_owned() })
    }

    /// Calls a command with a JSON request.
    ///
    /// # Errors
    /// When it is refused or cannot be reached.
    pub fn call(&self, command: &str, request: &Value) -> Result<Value> {
        self.post(command, "application/json", request.to_string().as_bytes())
    }

    /// Calls a command with raw bytes.
    ///
    /// # Errors
    /// When it is refused or cannot be reached.
    pub fn call_raw(&self, command: &str, bytes: &[u8]) -> Result<Value> {
        self.post(command, "application/octet-stream", bytes)
    }

    fn post(&self, command: &str, content_type: &str, body: &[u8]) -> Result<Value> {
        let mut stream = TcpStream::connect(&self.address).context("could not reach the host")?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_nodelay(true)?;
        write!(
            stream,
            "POST /ipc/{command} HTTP/1.1\r\nhost: {}\r\nx-sanbu-token: {}\r\n\
             content-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            self.address,
            self.token,
            body.len()
        )?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let text = String::from_utf8(answer).context("the answer is not text")?;
        let (head, body) = text.split_once("\r\n\r\n").context("the answer has no body")?;
        if !head.starts_with("HTTP/1.1 200") {
            bail!("{command} was refused: {} {body}", head.lines().next().unwrap_or_default());
        }
        serde_json::from_str(body).with_context(|| format!("{command} answered no JSON"))
    }
}
