//! One health check: a connection of its own, as AWS makes it.

use std::net::SocketAddr;

use http::header::{ACCEPT_ENCODING, CONNECTION, HOST, USER_AGENT};
use http::{Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Outcome;
use crate::balancer::config::{CheckProtocol, HealthCheck, HttpVersion};
use crate::balancer::local::{Local, Task};
use crate::balancer::tls::ClientTls;

/// What a check says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    /// Its `User-Agent`.
    pub user_agent: &'static str,
}

/// Asks `address` once.
pub async fn probe(address: SocketAddr, check: &HealthCheck, asker: Asker, tls: &ClientTls) -> Outcome {
    match timeout(check.timeout.duration(), ask(address, check, asker, tls)).await {
        Err(_) => Outcome::Timeout,
        Ok(None) => Outcome::Failed,
        Ok(Some(None)) => Outcome::Success,
        Ok(Some(Some(status))) if check.matcher.holds(status.as_u16()) => Outcome::Success,
        Ok(Some(Some(status))) => Outcome::Status(status.as_u16()),
    }
}

/// `None` where it could not be asked; without a status where a connection is enough.
async fn ask(address: SocketAddr, check: &HealthCheck, asker: Asker, tls: &ClientTls) -> Option<Option<StatusCode>> {
    let tcp = TcpStream::connect(address).await.ok()?;
    tcp.set_nodelay(true).ok()?;
    let request = request(address, check, asker)?;
    match check.protocol {
        CheckProtocol::Tcp => Some(None),
        CheckProtocol::Tls => tls.connect(tcp, address, false).await.ok().map(|_| None),
        CheckProtocol::Http => get(tcp, check.version, request).await.map(Some),
        CheckProtocol::Https => {
            let stream = tls.connect(tcp, address, check.version == HttpVersion::Http2).await.ok()?;
            get(stream, check.version, request).await.map(Some)
        }
    }
}

fn request(address: SocketAddr, check: &HealthCheck, asker: Asker) -> Option<Request<Empty<Bytes>>> {
    let scheme = if check.protocol == CheckProtocol::Https { "https" } else { "http" };
    let path = if check.path.is_empty() { "/" } else { &check.path };
    let request = Request::get(match check.version {
        HttpVersion::Http1 => path.parse::<Uri>().ok()?,
        HttpVersion::Http2 => format!("{scheme}://{address}{path}").parse().ok()?,
    });
    let request = request
        .header(USER_AGENT, asker.user_agent)
        .header(ACCEPT_ENCODING, "gzip, compressed");
    let request = match check.version {
        HttpVersion::Http1 => request.header(HOST, address.to_string()).header(CONNECTION, "close"),
        HttpVersion::Http2 => request,
    };
    request.body(Empty::new()).ok()
}

async fn get<S>(stream: S, version: HttpVersion, request: Request<Empty<Bytes>>) -> Option<StatusCode>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let response: http::Response<Incoming> = match version {
        HttpVersion::Http1 => {
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
            let _connection = Task::spawn(connection);
            sender.send_request(request).await.ok()?
        }
        HttpVersion::Http2 => {
            let (mut sender, connection) = http2::handshake(Local, TokioIo::new(stream)).await.ok()?;
            let _connection = Task::spawn(connection);
            sender.send_request(request).await.ok()?
        }
    };
    Some(response.status())
}
