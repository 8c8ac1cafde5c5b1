//! TCP and TLS listeners: bytes both ways, with a target that is chosen once a connection.

use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

use super::access_log::{self, Entry};
use super::choose::{Asking, choose};
use super::client::Client;
use super::config::{Action, BackendProtocol, ProxyProtocol};
use super::http::{CONNECT_TIME, Load, Upstream};
use super::live::{Group, Listener, Live, Target};

/// Targets that are tried for one connection.
const TRIES: usize = 3;

/// Carries a client's bytes to a target and back until one of them closes, both are idle too long, the target leaves or the
/// listener does.
pub async fn relay<S>(client: &Rc<Client>, stream: S, listener: &Listener, closed: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let live = client.worker.live();
    let Action::Forward(to) = listener.routes.default_action() else {
        return;
    };
    let Some(group) = to.groups.first().and_then(|first| live.groups.get(&first.group)) else {
        return;
    };
    client.worker.counts().requests.one();
    let (came, began) = ((client.worker.clock)(), Instant::now());
    let Some((target, tcp)) = connect(client, &live, group).await else {
        return;
    };
    let upstream = client.worker.upstreams.of(&target, group);
    let _load = Load::new(&upstream, client.worker.thread);
    let connecting = began.elapsed();
    let carried = match group.spec.protocol {
        BackendProtocol::Tcp | BackendProtocol::Http => carry(client, &upstream, (stream, tcp), closed).await,
        BackendProtocol::Tls | BackendProtocol::Https => match client.worker.client_tls.connect(tcp, target.address, false).await {
            Ok(tls) => carry(client, &upstream, (stream, tls), closed).await,
            Err(error) => {
                group.sums.of(client.worker.thread).tls_errors.one();
                Err(error)
            }
        },
    };
    if live.access_log {
        let times = [connecting, began.elapsed().saturating_sub(connecting), Duration::ZERO];
        log(client, &live, &target, (came, times), carried.unwrap_or_default());
    }
}

/// A connection to a target; to another one where it could not be made.
async fn connect(client: &Client, live: &Live, group: &Group) -> Option<(Arc<Target>, TcpStream)> {
    let mut tried = Vec::new();
    while tried.len() < TRIES {
        let asking = Asking {
            zone: live.zone(client.local.ip()),
            sticky: None,
            tried: &tried,
        };
        let target = Arc::clone(choose(group, &asking, &client.worker.chance)?);
        tried.push(target.serial);
        if let Ok(tcp) = dial(client, group, target.address).await {
            return Some((target, tcp));
        }
        group.sums.of(client.worker.thread).connection_errors.one();
    }
    None
}

async fn dial(client: &Client, group: &Group, address: SocketAddr) -> io::Result<TcpStream> {
    let mut tcp = timeout(CONNECT_TIME, TcpStream::connect(address)).await??;
    tcp.set_nodelay(true)?;
    if group.spec.proxy_protocol == Some(ProxyProtocol::V1) {
        tcp.write_all(proxy_line(client.peer, client.local).as_bytes()).await?;
    }
    Ok(tcp)
}

/// "Proxy Protocol header" of AWS's guide: one line of text before the client's bytes.
fn proxy_line(from: SocketAddr, to: SocketAddr) -> String {
    let family = if from.is_ipv4() { "TCP4" } else { "TCP6" };
    format!("PROXY {family} {} {} {} {}\r\n", from.ip(), to.ip(), from.port(), to.port())
}

/// Bytes from the client, and to it.
async fn carry<C, T>(
    client: &Client,
    upstream: &Upstream,
    (mut from, mut to): (C, T),
    mut closed: watch::Receiver<bool>,
) -> io::Result<(u64, u64)>
where
    C: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let limit = client.worker.live().attributes.idle_timeout.duration();
    let mut gone = upstream.gone();
    tokio::select! {
        carried = copy_bidirectional(&mut from, &mut to) => carried,
        () = client.meter.idle(limit, &client.waiting) => Err(io::ErrorKind::TimedOut.into()),
        _ = gone.wait_for(|gone| *gone) => Err(io::ErrorKind::ConnectionAborted.into()),
        _ = closed.wait_for(|closed| *closed) => Err(io::ErrorKind::ConnectionAborted.into()),
    }
}

fn log(client: &Client, live: &Live, target: &Target, (came, times): (SystemTime, [Duration; 3]), (received, sent): (u64, u64)) {
    client.worker.logs.push(access_log::classic(&Entry {
        kind: "tcp",
        ended: came,
        came,
        balancer: &live.name,
        client: client.peer,
        target: Some(target.address),
        times: times.map(Some),
        status: 0,
        target_status: None,
        received,
        sent,
        request: "- - - ",
        user_agent: "-",
        tls: client.tls.as_ref(),
        group: None,
        trace: "-",
        priority: None,
        action: "-",
        redirect: "-",
        class: None,
        connection: client.id,
    }));
}

#[cfg(test)]
mod tests {
    use super::proxy_line;

    #[test]
    fn the_proxy_protocols_line() {
        let line = proxy_line("198.51.100.22:35646".parse().expect("from"), "203.0.113.7:80".parse().expect("to"));
        assert_eq!(line, "PROXY TCP4 198.51.100.22 203.0.113.7 35646 80\r\n");
    }
}
