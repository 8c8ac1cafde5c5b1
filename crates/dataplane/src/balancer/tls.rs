//! TLS: with clients by the certificate that SNI chooses, with targets without verification ("the load balancer does not
//! validate these certificates").

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, ServerConfig, SignatureScheme, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::config::{Certificate, Tls, TlsVersion};

/// HTTP/2's name in ALPN.
pub const H2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// A certificate that is none.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The PEM cannot be read.
    #[error("the certificate {0} cannot be read")]
    Certificate(String),
    /// The key cannot be read, or is of another certificate.
    #[error("the private key of {0} cannot be used")]
    Key(String),
    /// No certificate at all, or no version.
    #[error("{0}")]
    Setting(#[from] rustls::Error),
}

/// TLS of a listener.
#[derive(Debug)]
pub struct ServerTls {
    config: Arc<ServerConfig>,
    certificates: Arc<Certificates>,
}

impl ServerTls {
    /// Makes a listener's TLS ready; `http` where HTTP is spoken inside.
    ///
    /// # Errors
    /// A certificate or key that is none.
    pub fn new(tls: &Tls, http: bool, http2: bool) -> Result<Self, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let certificates = tls.certificates.iter().map(|certificate| named(certificate, &provider));
        let certificates = Arc::new(Certificates(certificates.collect::<Result<_, _>>()?));
        if certificates.0.is_empty() {
            return Err(rustls::Error::NoCertificatesPresented.into());
        }
        let versions: Vec<&'static SupportedProtocolVersion> = tls.versions.iter().map(version).collect();
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificates) as Arc<dyn ResolvesServerCert>);
        if http {
            let h2 = http2.then(|| H2.to_vec());
            config.alpn_protocols = h2.into_iter().chain([HTTP1.to_vec()]).collect();
        }
        Ok(Self {
            config: Arc::new(config),
            certificates,
        })
    }

    /// What takes connections.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }

    /// The ARN of the certificate that a client with this SNI is given.
    pub fn chosen(&self, name: Option<&str>) -> &str {
        &self.certificates.choose(name).arn
    }
}

fn version(version: &TlsVersion) -> &'static SupportedProtocolVersion {
    match version {
        TlsVersion::V1_2 => &rustls::version::TLS12,
        TlsVersion::V1_3 => &rustls::version::TLS13,
    }
}

/// The default certificate, then the others.
#[derive(Debug)]
struct Certificates(Vec<Named>);

#[derive(Debug)]
struct Named {
    arn: String,
    names: Vec<String>,
    key: Arc<CertifiedKey>,
}

fn named(certificate: &Certificate, provider: &CryptoProvider) -> Result<Named, TlsError> {
    let arn = &certificate.arn;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate.chain_pem.as_bytes()).collect();
    let chain = chain
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| TlsError::Certificate(arn.clone()))?;
    let key = PrivateKeyDer::from_pem_slice(certificate.key_pem.as_bytes()).map_err(|_| TlsError::Key(arn.clone()))?;
    let key = CertifiedKey::from_der(chain, key, provider).map_err(|_| TlsError::Key(arn.clone()))?;
    Ok(Named {
        arn: arn.clone(),
        names: certificate.names.iter().map(|name| name.to_ascii_lowercase()).collect(),
        key: Arc::new(key),
    })
}

impl Certificates {
    fn choose(&self, name: Option<&str>) -> &Named {
        let name = name.map(str::to_ascii_lowercase);
        let exact = self
            .0
            .iter()
            .find(|known| name.as_ref().is_some_and(|name| known.names.contains(name)));
        let wild = || {
            let (_, rest) = name.as_ref()?.split_once('.')?;
            let wanted = format!("*.{rest}");
            self.0.iter().find(|known| known.names.contains(&wanted))
        };
        exact.or_else(wild).unwrap_or(&self.0[0]) // `ServerTls::new` refuses none at all.
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.choose(hello.server_name()).key))
    }
}

/// TLS with targets.
#[derive(Clone, Debug)]
pub struct ClientTls {
    http1: Arc<ClientConfig>,
    http2: Arc<ClientConfig>,
}

impl ClientTls {
    /// Speaks with whoever answers.
    pub fn new() -> Self {
        let config = || {
            let provider = Arc::new(ring::default_provider());
            let verifier = Anyone(provider.signature_verification_algorithms);
            ClientConfig::builder_with_provider(provider)
                .with_protocol_versions(rustls::ALL_VERSIONS)
                // The provider has suites for both versions.
                .expect("versions of the provider")
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth()
        };
        let mut http2 = config();
        http2.alpn_protocols = vec![H2.to_vec()];
        Self {
            http1: Arc::new(config()),
            http2: Arc::new(http2),
        }
    }

    /// TLS over a connection to a target.
    ///
    /// # Errors
    /// The handshake's.
    pub async fn connect<S>(&self, tcp: S, address: SocketAddr, http2: bool) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let config = if http2 { &self.http2 } else { &self.http1 };
        let name = ServerName::IpAddress(address.ip().into());
        TlsConnector::from(Arc::clone(config)).connect(name, tcp).await
    }
}

/// Takes every certificate; the handshake's signatures still have to be its own.
#[derive(Debug)]
struct Anyone(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
