//! The resolver's sockets. They were made in the VPC's namespace by the agent; forwarded questions leave from where this
//! process is.
//!
//! **Invariant**: a question beyond the bound is dropped (the client asks again), a connection beyond it waits. When the
//! future is dropped, so is all that it was doing.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::answer::{Action, Transport, answer, failure};
use super::forward;
use super::zone::Zone;

/// Questions under way on one UDP socket; AWS's resolver takes 1,024 packets a second of an interface.
const QUESTIONS: usize = 512;
/// Connections on one TCP socket.
const CONNECTIONS: usize = 64;
/// How long a connection may be silent.
const SILENCE: Duration = Duration::from_secs(10);
/// Pause after the system was out of descriptors.
const BREATH: Duration = Duration::from_millis(100);
/// Bytes of a question in a datagram: far beyond any that is asked.
const QUESTION: usize = 4096;

/// Answers what comes in on `socket`, always from the newest zone.
///
/// # Errors
/// The socket's own, once it is of no more use.
pub async fn serve_udp(socket: UdpSocket, zone: watch::Receiver<Arc<Zone>>) -> io::Result<()> {
    let (socket, places) = (Arc::new(socket), Arc::new(Semaphore::new(QUESTIONS)));
    let mut tasks = JoinSet::new();
    let mut buffer = [0; QUESTION];
    loop {
        while tasks.try_join_next().is_some() {}
        let (length, client) = match socket.recv_from(&mut buffer).await {
            Ok(received) => received,
            // A client that has gone refused an earlier answer.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => continue,
            Err(error) => return Err(error),
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (socket, zone, question) = (socket.clone(), zone.borrow().clone(), buffer[..length].to_vec());
        tasks.spawn(async move {
            reply_to(&socket, client, &zone, &question).await;
            drop(place);
        });
    }
}

async fn reply_to(socket: &UdpSocket, client: SocketAddr, zone: &Zone, question: &[u8]) {
    if let Some(reply) = resolve(zone, question, Transport::Udp).await
        && let Err(error) = socket.send_to(&reply, client).await
    {
        tracing::debug!(%client, %error, "answer not sent");
    }
}

/// Answers the connections that come in on `listener`, always from the newest zone.
///
/// # Errors
/// None in practice: it goes on when a connection cannot be taken.
pub async fn serve_tcp(listener: TcpListener, zone: watch::Receiver<Arc<Zone>>) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut tasks = JoinSet::new();
    loop {
        while tasks.try_join_next().is_some() {}
        let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
        match listener.accept().await {
            Ok((stream, _)) => {
                let zone = zone.clone();
                tasks.spawn(async move {
                    converse(stream, &zone).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::debug!(%error, "connection not taken");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

async fn converse(mut stream: TcpStream, zone: &watch::Receiver<Arc<Zone>>) {
    while let Ok(Ok(question)) = timeout(SILENCE, forward::read_message(&mut stream)).await {
        let zone = zone.borrow().clone();
        let Some(reply) = resolve(&zone, &question, Transport::Tcp).await else {
            return;
        };
        if !matches!(timeout(SILENCE, forward::write_message(&mut stream, &reply)).await, Ok(Ok(()))) {
            return;
        }
    }
}

async fn resolve(zone: &Zone, question: &[u8], transport: Transport) -> Option<Vec<u8>> {
    match answer(zone, question, transport) {
        Action::Reply(reply) => Some(reply),
        Action::Ignore => None,
        Action::Forward => match forward::ask(&zone.upstreams, question, transport).await {
            Some(reply) => Some(reply),
            None => failure(question),
        },
    }
}
