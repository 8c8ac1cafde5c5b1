//! A listener with TLS, and clients that speak either version of HTTP over it.

use std::net::Ipv4Addr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tierra_dataplane::balancer::config::{Certificate, Listener, ListenerProtocol, Tls, TlsVersion};
use tokio::net::TcpStream;
use tokio::task::spawn_local;
use tokio_rustls::TlsConnector;

use crate::machine::{Machine, listener};

/// The name that the certificate is for.
pub const NAME: &str = "balancer.test";

/// A certificate, and who trusts it.
pub struct Secure {
    tls: Tls,
    roots: RootCertStore,
}

impl Secure {
    /// A new certificate.
    pub fn new() -> Self {
        let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).expect("certificate");
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).expect("root");
        let certificate = Certificate {
            arn: "arn".to_owned(),
            chain_pem: made.cert.pem(),
            key_pem: made.signing_key.serialize_pem(),
            names: vec![NAME.to_owned()],
        };
        let tls = Tls {
            certificates: vec![certificate],
            versions: vec![TlsVersion::V1_2, TlsVersion::V1_3],
        };
        Self { tls, roots }
    }

    /// A listener that has it.
    pub fn listener(&self, machine: &Machine) -> Listener {
        Listener {
            tls: Some(self.tls.clone()),
            ..listener(machine.free_port(), ListenerProtocol::Https)
        }
    }

    /// A client's connection.
    pub async fn connect(&self, port: u16, version: Version) -> Sender {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let mut config = config
            .expect("versions")
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        let two = version == Version::HTTP_2;
        config.alpn_protocols = vec![if two { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
        let tcp = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("connect");
        let name = ServerName::try_from(NAME).expect("name");
        let tls = TokioIo::new(TlsConnector::from(Arc::new(config)).connect(name, tcp).await.expect("handshake"));
        if two {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), tls).await.expect("HTTP/2");
            tokio::spawn(connection);
            return Sender::Two(sender);
        }
        let (sender, connection) = http1::handshake(tls).await.expect("HTTP/1.1");
        spawn_local(connection);
        Sender::One(sender)
    }
}

/// What sends requests.
pub enum Sender {
    /// HTTP/1.1.
    One(http1::SendRequest<Said>),
    /// HTTP/2.
    Two(http2::SendRequest<Said>),
}

impl Sender {
    /// Asks; the address and the host are said as the version says them.
    pub async fn ask(&mut self, method: &str, path: &str, lines: &[(&str, &str)], body: Said) -> hyper::Result<Response<Incoming>> {
        let mut request = Request::builder().method(method);
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        match self {
            Self::One(sender) => {
                let request = request.uri(path).header("host", NAME).body(body).expect("request");
                sender.ready().await?;
                sender.send_request(request).await
            }
            Self::Two(sender) => {
                let request = request.uri(format!("https://{NAME}{path}")).body(body).expect("request");
                sender.ready().await?;
                sender.send_request(request).await
            }
        }
    }
}

/// A request's body.
pub enum Said {
    /// All of it.
    Whole(Option<Bytes>),
    /// A beginning: the rest never comes.
    Begun(Option<Bytes>),
}

impl Said {
    /// A text, or none.
    pub fn whole(text: &'static str) -> Self {
        Self::Whole(Some(Bytes::from(text)).filter(|text| !text.is_empty()))
    }
}

impl Body for Said {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut *self {
            Self::Whole(text) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
            Self::Begun(text) => text.take().map_or(Poll::Pending, |text| Poll::Ready(Some(Ok(Frame::data(text))))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }
}
