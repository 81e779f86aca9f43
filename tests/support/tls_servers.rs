//! TLS servers, good and bad, in the place of the bank's: authorities and certificates made here,
//! and handshakes that go wrong.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
};
use std::{
    io::Cursor,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// An authority of certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    /// Its certificate in PEM.
    pub pem: String,
}

/// What a certificate says. [`Leaf::good`] is one for `localhost` from 2026 to 2027.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// For which host.
    pub host: &'static str,
    /// The year in whose January it begins.
    pub from_year: i32,
    /// The year in whose January it ends.
    pub to_year: i32,
    /// What its key is for.
    pub purpose: ExtendedKeyUsagePurpose,
}

impl Leaf {
    /// One with nothing wrong.
    pub fn good() -> Self {
        Self {
            host: "localhost",
            from_year: 2026,
            to_year: 2028,
            purpose: ExtendedKeyUsagePurpose::ServerAuth,
        }
    }

    fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::new(vec![self.host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(self.from_year, 1, 1);
        params.not_after = date_time_ymd(self.to_year, 1, 1);
        params.extended_key_usages = vec![self.purpose.clone()];
        params
    }
}

impl Authority {
    /// A fresh one, good from 2020 to 2060.
    pub fn new(name: &str) -> Self {
        Self::with_key(name, KeyPair::generate().unwrap())
    }

    /// The one of this key.
    pub fn with_key(name: &str, key: KeyPair) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2060, 1, 1);
        let certificate = params.self_signed(&key).unwrap();
        let pem = certificate.pem();
        Self { certificate: certificate.der().clone(), issuer: Issuer::new(params, key), pem }
    }

    /// A server of this authority. It sends the authority's certificate along, as many do.
    pub fn server(&self, leaf: &Leaf, key: &KeyPair) -> Arc<ServerConfig> {
        let certificate = leaf.params().signed_by(key, &self.issuer).unwrap();
        let chain = vec![certificate.der().clone(), self.certificate.clone()];
        config(chain, key, None)
    }

    /// A good server that demands a certificate of its clients.
    pub fn server_for_known_clients(&self, key: &KeyPair) -> Arc<ServerConfig> {
        let certificate = Leaf::good().params().signed_by(key, &self.issuer).unwrap();
        config(vec![certificate.der().clone()], key, Some(self.certificate.clone()))
    }

    /// A server that shows the authority's own certificate as its own.
    pub fn server_as_itself(&self) -> Arc<ServerConfig> {
        config(vec![self.certificate.clone()], self.issuer.key(), None)
    }
}

/// A server that vouches for itself.
pub fn self_signed(key: &KeyPair) -> Arc<ServerConfig> {
    let certificate = Leaf::good().params().self_signed(key).unwrap();
    config(vec![certificate.der().clone()], key, None)
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: &KeyPair,
    clients: Option<CertificateDer<'static>>,
) -> Arc<ServerConfig> {
    let provider = Arc::new(default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    Arc::new(builder.with_single_cert(chain, key).unwrap())
}

/// What stands in the place of the bank's server.
#[derive(Clone)]
pub enum Server {
    /// A TLS server with the bank behind it.
    Tls(Arc<ServerConfig>),
    /// A TLS server that answers every request with these bytes.
    Says(Arc<ServerConfig>, Vec<u8>),
    /// A TLS server whose first flight is cut in the middle.
    CutFlight(Arc<ServerConfig>),
    /// Answers the first bytes of the client with these, then ends.
    Raw(Vec<u8>, End),
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In order.
    Close,
    /// It sends no more and still listens.
    HalfClose,
    /// It is reset.
    Reset,
}

/// A start of a handshake with this version, and with these last bytes of the server's random.
pub fn server_hello(version: [u8; 2], random_end: [u8; 8]) -> Vec<u8> {
    let mut hello = version.to_vec();
    hello.extend([7; 24]);
    hello.extend(random_end);
    // No session; a cipher that the client offers; no compression; no extensions.
    hello.extend([0, 0xc0, 0x2f, 0]);
    let length = u8::try_from(hello.len()).unwrap();
    let mut record = vec![22, version[0], version[1], 0, length + 4, 2, 0, 0, length];
    record.extend(hello);
    record
}

#[derive(Default)]
struct State {
    server: Option<Server>,
    connections: usize,
    inside: Vec<u8>,
    outside: Vec<u8>,
    up: CancellationToken,
    tasks: TaskTracker,
}

/// One address on loopback, with changing servers behind it.
#[derive(Clone)]
pub struct Front {
    state: Arc<Mutex<State>>,
    bank: SocketAddr,
    port: u16,
}

impl Front {
    /// Listens; nobody is there before the first [`Front::put`].
    pub async fn before(bank: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let front = Self { state: Arc::default(), bank, port };
        let serving = front.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut state = serving.lock();
                state.connections += 1;
                let (serving, Some(server)) = (serving.clone(), state.server.clone()) else {
                    continue;
                };
                let up = state.up.clone();
                state.tasks.spawn(up.run_until_cancelled_owned(async move {
                    serving.serve(stream, server).await.ok();
                }));
            }
        });
        front
    }

    /// Its address for a trust file.
    pub fn address(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Puts another server there, after the connections to the one before have ended.
    pub async fn put(&self, server: Server) {
        let next = State { server: Some(server), ..State::default() };
        let before = std::mem::replace(&mut *self.lock(), next);
        before.up.cancel();
        before.tasks.close();
        before.tasks.wait().await;
    }

    /// How many connections the server in place has had.
    pub fn connections(&self) -> usize {
        self.lock().connections
    }

    /// What its application has read: everything that came out of TLS.
    pub fn inside(&self) -> Vec<u8> {
        self.lock().inside.clone()
    }

    /// What it has read of connections that are none of TLS.
    pub fn outside(&self) -> Vec<u8> {
        self.lock().outside.clone()
    }

    async fn serve(&self, mut stream: TcpStream, server: Server) -> std::io::Result<()> {
        match server {
            Server::Tls(config) => {
                let (mut from, mut to) =
                    tokio::io::split(TlsAcceptor::from(config).accept(stream).await?);
                let (mut bank_from, mut bank_to) =
                    TcpStream::connect(self.bank).await?.into_split();
                let up = async {
                    let mut some = Vec::new();
                    while from.read_buf(&mut some).await? > 0 {
                        bank_to.write_all(&some).await?;
                        self.lock().inside.append(&mut some);
                    }
                    bank_to.shutdown().await
                };
                let down = tokio::io::copy(&mut bank_from, &mut to);
                tokio::try_join!(up, down).map(|_| ())
            }
            Server::Says(config, answer) => {
                let mut stream = TlsAcceptor::from(config).accept(stream).await?;
                let mut some = Vec::new();
                while stream.read_buf(&mut some).await? > 0 {
                    self.lock().inside.append(&mut some);
                    stream.write_all(&answer).await?;
                }
                Ok(())
            }
            Server::CutFlight(config) => {
                let hello = self.first_bytes(&mut stream).await?;
                let mut connection = ServerConnection::new(config).unwrap();
                connection.read_tls(&mut Cursor::new(hello))?;
                connection.process_new_packets().unwrap();
                let mut flight = Vec::new();
                connection.write_tls(&mut flight)?;
                stream.write_all(&flight[..flight.len() / 2]).await?;
                self.drain(stream).await
            }
            Server::Raw(bytes, end) => {
                self.first_bytes(&mut stream).await?;
                stream.write_all(&bytes).await?;
                match end {
                    End::Close => Ok(()),
                    End::HalfClose => self.drain(stream).await,
                    End::Reset => stream.set_zero_linger(),
                }
            }
        }
    }

    async fn first_bytes(&self, stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(4096);
        stream.read_buf(&mut bytes).await?;
        self.lock().outside.extend(&bytes);
        Ok(bytes)
    }

    /// Sends no more, and reads what still comes.
    async fn drain(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.shutdown().await?;
        let mut rest = Vec::new();
        let read = stream.read_to_end(&mut rest).await;
        self.lock().outside.extend(rest);
        read.map(|_| ())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
