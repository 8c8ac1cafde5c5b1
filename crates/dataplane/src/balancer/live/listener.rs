//! A listener made ready.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::{HeaderName, HeaderValue};

use crate::balancer::config::{self, ListenerProtocol};
use crate::balancer::route::Routes;
use crate::balancer::tls::{ServerTls, TlsError};

/// A socket's address and what is spoken on it: a listener whose protocol changed is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// Where.
    pub socket: SocketAddr,
    /// What.
    pub protocol: ListenerProtocol,
}

impl Address {
    /// The socket of a listener on one of the node's addresses.
    pub fn new(ip: IpAddr, listener: &Listener) -> Self {
        Self {
            socket: SocketAddr::new(ip, listener.port),
            protocol: listener.protocol,
        }
    }
}

/// A listener.
#[derive(Debug)]
pub struct Listener {
    /// Its port.
    pub port: u16,
    /// The same, as headers say it.
    pub port_text: String,
    /// What is spoken.
    pub protocol: ListenerProtocol,
    /// How TLS is spoken, where it is.
    pub tls: Option<Arc<ServerTls>>,
    /// Its rules.
    pub routes: Routes,
    /// Headers that every response gets.
    pub response_headers: Vec<(HeaderName, HeaderValue)>,
    /// Whether its own responses say who they are from.
    pub server_header: bool,
}

/// A listener that cannot be.
#[derive(Debug, thiserror::Error)]
pub enum ListenerError {
    /// No certificate, where one is needed.
    #[error("a listener that speaks TLS has no certificate")]
    NoCertificate,
    /// A certificate that is none.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Listener {
    /// Makes a listener ready.
    pub(super) fn new(listener: config::Listener, http2: bool) -> Result<Self, ListenerError> {
        let protocol = listener.protocol;
        let tls = match (protocol, &listener.tls) {
            (ListenerProtocol::Http | ListenerProtocol::Tcp, _) => None,
            (_, None) => return Err(ListenerError::NoCertificate),
            (_, Some(tls)) => Some(Arc::new(ServerTls::new(tls, protocol == ListenerProtocol::Https, http2)?)),
        };
        let headers = listener.response_headers.iter();
        Ok(Self {
            port: listener.port,
            port_text: listener.port.to_string(),
            protocol,
            tls,
            routes: Routes::new(&listener),
            response_headers: headers
                .filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
                .collect(),
            server_header: listener.server_header,
        })
    }

    /// The scheme of its addresses.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}
