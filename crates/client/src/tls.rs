//! TLS to the bank's server: whose certificate is good, and which keys it may show.
//!
//! A connection is good if the certificate has a chain to an authority of the trust file (or a
//! public one when it names none), this host's name and a date that holds, *and* its own key is
//! pinned. The authorities of the device and its user are never asked: a person can be talked into
//! adding one. See docs/adr/0015.

use crate::ports::Clock;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        Resumption, WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
    time_provider::TimeProvider,
    version::{TLS12, TLS13},
};
use seal::{Digest, KeyDirectory, Timestamp, keys::KeyError};
use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use wire::trust::{Trust, TrustError};

/// Why a trust file gives no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// It cannot be used at all.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// An authority is not a certificate in PEM.
    #[error("an authority in tls_authorities is not a certificate")]
    Authority,
}

/// Judges the certificates of servers.
#[derive(Debug)]
pub struct Pinned {
    chain: Arc<WebPkiServerVerifier>,
    pins: Vec<Digest>,
    directory: RwLock<Option<KeyDirectory>>,
}

impl Pinned {
    /// With the pins of the trust file alone. One for plain HTTP on loopback has none, and then no
    /// certificate is good.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn new(trust: &Trust) -> Result<Self, TlsError> {
        trust.check()?;
        let pins = trust.pins()?.into_iter().map(Digest::from_bytes).collect();
        let roots = Arc::new(authorities(&trust.tls_authorities)?);
        let chain = WebPkiServerVerifier::builder_with_provider(roots, provider())
            .build()
            .map_err(|_| TlsError::Authority)?;
        Ok(Self { chain, pins, directory: RwLock::default() })
    }

    /// Takes up what a verified directory says of the server's keys, in place of the one before.
    /// Connections that stand are not cut; they end when they rest.
    pub fn believe(&self, directory: &KeyDirectory) {
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = Some(directory.clone());
    }

    /// Whether the server may show this key: the directory names it, or the trust file does and the
    /// directory has not revoked it.
    fn may_show(&self, key: Digest, at: Timestamp) -> bool {
        let directory = self.directory.read().unwrap_or_else(PoisonError::into_inner);
        match directory.as_ref().map(|directory| directory.tls_key(key, at)) {
            Some(Ok(())) => true,
            Some(Err(KeyError::Revoked(_))) => false,
            Some(Err(_)) | None => self.pins.contains(&key),
        }
    }

    /// Whether this is a key of the bank's server, in whichever window.
    fn knows(&self, key: Digest, at: Timestamp) -> bool {
        let directory = self.directory.read().unwrap_or_else(PoisonError::into_inner);
        match directory.as_ref().map(|directory| directory.tls_key(key, at)) {
            Some(Ok(()) | Err(KeyError::OutsideWindow(_))) => true,
            Some(Err(KeyError::Revoked(_))) => false,
            Some(Err(_)) | None => self.pins.contains(&key),
        }
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        // The server's own key only. The rest of what it sends proves nothing: it may add the
        // certificate of any authority.
        let key = Digest::of(&ParsedCertificate::try_from(certificate)?.subject_public_key_info());
        let at = Timestamp::from_millis(now.as_secs().saturating_mul(1000));
        match self.chain.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Ok(verified) if self.may_show(key, at) => Ok(verified),
            // Of a key that is the bank's at some time, it is worth saying that the time is at fault.
            Err(error) if !is_about_time(&error) || self.knows(key, at) => Err(error),
            Ok(_) | Err(_) => Err(CertificateError::ApplicationVerificationFailure.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// TLS 1.3 or 1.2 with nothing but `pinned` to judge the server, by `clock`. Nothing is resumed: a
/// resumed session shows no certificate, so that a revoked pin would hold on.
pub fn config(pinned: Arc<Pinned>, clock: Arc<dyn Clock>) -> ClientConfig {
    let mut config = ClientConfig::builder_with_details(provider(), Arc::new(Time(clock)))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .expect("ring has ciphers of both versions")
        .dangerous()
        .with_custom_certificate_verifier(pinned)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config
}

/// Whether a certificate was refused for its window alone.
pub(crate) const fn is_about_time(error: &Error) -> bool {
    use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    matches!(
        error,
        Error::InvalidCertificate(
            Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. }
        )
    )
}

/// Why the server was not believed, if a request failed because of that.
pub(crate) fn refusal<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        match error.downcast_ref() {
            Some(fault @ (Error::InvalidCertificate(_) | Error::NoCertificatesPresented)) => {
                return Some(fault);
            }
            _ => next = inner(error),
        }
    }
    None
}

/// What an error wraps. An I/O error keeps that out of its chain of sources.
fn inner<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> Option<&'e (dyn std::error::Error + 'static)> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn authorities(pem: &[String]) -> Result<RootCertStore, TlsError> {
    if pem.is_empty() {
        return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
    }
    let mut roots = RootCertStore::empty();
    for text in pem {
        let certificate = CertificateDer::from_pem_slice(text.as_bytes());
        roots
            .add(certificate.map_err(|_| TlsError::Authority)?)
            .map_err(|_| TlsError::Authority)?;
    }
    Ok(roots)
}

struct Time(Arc<dyn Clock>);

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        let since_1970 = Duration::from_millis(self.0.now().as_millis());
        Some(UnixTime::since_unix_epoch(since_1970))
    }
}

impl std::fmt::Debug for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Time")
    }
}
