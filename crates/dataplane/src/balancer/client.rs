//! A client's connection: who it is, and what is spoken with it.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use super::config::ListenerProtocol;
use super::http;
use super::http1::{self, Bell};
use super::io::{Meter, Metered};
use super::live::{Address, Listener};
use super::local::Local;
use super::tcp;
use super::tls::{H2, ServerTls};
use super::worker::Worker;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Bytes of an HTTP/2 request's header, as AWS allows them.
const HEAD_BYTES: u32 = 64 * 1024;
/// Requests of one HTTP/2 connection at once, as AWS has it.
const STREAMS: u32 = 128;
/// "If the number of requests served through one connection exceeds 10,000, the load balancer sends a GOAWAY frame."
const REQUESTS: u32 = 10_000;

/// A client's connection.
#[derive(Debug)]
pub struct Client {
    /// The thread that serves it.
    pub worker: Rc<Worker>,
    /// Where it comes from.
    pub peer: SocketAddr,
    /// The balancer's address that it came to.
    pub local: SocketAddr,
    /// How TLS is spoken with it, where it is.
    pub tls: Option<TlsFacts>,
    /// Names it in access logs.
    pub id: u64,
    /// When it was used last.
    pub meter: Arc<Meter>,
    /// HTTP/2: requests that wait for a target.
    pub waiting: Cell<u32>,
    /// HTTP/1.1: what it is doing.
    pub turn: Turn,
}

/// What a connection of HTTP/1.1 is doing, for whoever watches over it.
#[derive(Debug, Default)]
pub struct Turn {
    /// How far it is with a request.
    pub phase: Cell<Phase>,
    /// Whether the request is to be the last.
    pub last: Cell<bool>,
    /// Rings when the client has not gone on with a request's head for too long.
    pub late: Bell,
    /// The target was silent for too long.
    pub overdue: Cell<bool>,
    /// What ends the connection to the target that was asked.
    pub asked: RefCell<Option<Rc<Bell>>>,
}

/// How far a connection of HTTP/1.1 is with a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// None is under way.
    #[default]
    Resting,
    /// Its head is coming.
    Reading,
    /// It goes to a target, which has not answered.
    Asking,
    /// The answer goes to the client.
    Answering,
}

/// What a handshake agreed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFacts {
    /// The name that the client asked for.
    pub name: Option<String>,
    /// `TLSv1.3`.
    pub version: &'static str,
    /// The suite, by OpenSSL's name.
    pub cipher: &'static str,
    /// The ARN of the certificate.
    pub certificate: String,
    /// Whether HTTP/2 is spoken.
    pub http2: bool,
}

impl Client {
    /// Serves a connection to its end.
    pub async fn serve(worker: &Rc<Worker>, tcp: TcpStream, peer: SocketAddr, address: Address, closed: watch::Receiver<bool>) {
        let live = worker.live();
        let Some(listener) = live
            .listener(address.socket.port())
            .filter(|listener| listener.protocol == address.protocol)
        else {
            return; // Its listener went while it came.
        };
        let (Ok(()), Ok(local)) = (tcp.set_nodelay(true), tcp.local_addr()) else {
            return; // Gone already.
        };
        let mut client = Self {
            worker: Rc::clone(worker),
            peer,
            local,
            tls: None,
            id: worker.chance.next(),
            meter: Meter::new(&worker.sums, worker.thread),
            waiting: Cell::new(0),
            turn: Turn::default(),
        };
        let stream = Metered::new(tcp, Arc::clone(&client.meter));
        match &listener.tls {
            None => client.speak(stream, listener, closed).await,
            Some(tls) => match timeout(HANDSHAKE, tls.acceptor().accept(stream)).await {
                Ok(Ok(stream)) => {
                    client.tls = Some(facts(tls, stream.get_ref().1));
                    client.speak(stream, listener, closed).await;
                }
                _ => worker.counts().client_tls_errors.one(),
            },
        }
    }

    async fn speak<S>(self, stream: S, listener: &Listener, closed: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let client = Rc::new(self);
        match listener.protocol {
            ListenerProtocol::Tcp | ListenerProtocol::Tls => tcp::relay(&client, stream, listener, closed).await,
            _ if client.tls.as_ref().is_some_and(|tls| tls.http2) => client.speak_http2(stream, closed).await,
            _ => http1::serve(&client, stream, closed).await,
        }
    }

    async fn speak_http2<S>(self: &Rc<Self>, stream: S, closed: watch::Receiver<bool>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (served, worn) = (Cell::new(0), Notify::new());
        let service = service_fn(|request| {
            served.set(served.get() + 1);
            if served.get() > REQUESTS {
                worn.notify_one();
            }
            http::answer(Rc::clone(self), request)
        });
        let mut builder = http2::Builder::new(Local);
        builder.max_header_list_size(HEAD_BYTES).max_concurrent_streams(STREAMS);
        builder.auto_date_header(false); // A target's answer has the date that the target gave it.
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let end = async {
            tokio::select! { () = self.end(closed) => {}, () = worn.notified() => {} }
        };
        self.drive(connection, http2::Connection::graceful_shutdown, end).await;
    }

    /// Serves until it ends, or is idle too long; asked to end, it answers what is under way.
    async fn drive<C>(&self, connection: C, shut_down: fn(Pin<&mut C>), end: impl Future<Output = ()>)
    where
        C: Future<Output = hyper::Result<()>>,
    {
        let (mut connection, mut idle, mut end) = (pin!(connection), pin!(self.idle()), pin!(end));
        tokio::select! {
            _ = connection.as_mut() => {}
            () = idle.as_mut() => {}
            () = end.as_mut() => {
                shut_down(connection.as_mut());
                tokio::select! { _ = connection => {}, () = idle => {} }
            }
        }
    }

    async fn idle(&self) {
        let limit = self.worker.live().attributes.idle_timeout.duration();
        self.meter.idle(limit, &self.waiting).await;
    }

    /// When the connection is to take no more requests: its listener is gone, or it is too old.
    pub async fn end(&self, mut closed: watch::Receiver<bool>) {
        let age = self.worker.live().attributes.client_keep_alive.duration();
        tokio::select! {
            _ = closed.wait_for(|closed| *closed) => {}
            () = sleep(age) => {}
        }
    }
}

fn facts(tls: &ServerTls, session: &rustls::ServerConnection) -> TlsFacts {
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3",
        _ => "TLSv1.2",
    };
    TlsFacts {
        name: session.server_name().map(str::to_owned),
        version,
        cipher: session.negotiated_cipher_suite().map_or("-", |suite| cipher(suite.suite())),
        certificate: tls.chosen(session.server_name()).to_owned(),
        http2: session.alpn_protocol() == Some(H2),
    }
}

/// The name that OpenSSL, and so AWS, has for a suite.
fn cipher(suite: rustls::CipherSuite) -> &'static str {
    use rustls::CipherSuite as Suite;
    match suite {
        Suite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
        Suite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
        Suite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
        Suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => "ECDHE-ECDSA-AES128-GCM-SHA256",
        Suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => "ECDHE-ECDSA-AES256-GCM-SHA384",
        Suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => "ECDHE-RSA-AES128-GCM-SHA256",
        Suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => "ECDHE-RSA-AES256-GCM-SHA384",
        Suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-ECDSA-CHACHA20-POLY1305",
        Suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-RSA-CHACHA20-POLY1305",
        _ => "-",
    }
}
