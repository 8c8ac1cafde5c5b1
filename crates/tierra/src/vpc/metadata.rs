//! The instance metadata service's HTTP. What it answers is EC2's; who asks is known by the address that the VPC's network has
//! checked.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tierra_core::{Key, StoreError, Tx};
use tierra_services::Rooms;
use tierra_services::ec2::metadata::{Answer, Ask, answer, instance_at};
use tierra_services::ec2::network::Network;
use tierra_services::ec2::vpc::VpcId;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Connections that are served at once in one VPC.
const CONNECTIONS: usize = 1024;
/// How long a client may take for a request's head.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// Serves until the task is aborted.
pub async fn serve_metadata(listener: TcpListener, rooms: Rooms, key: Key<Network>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.len() >= CONNECTIONS {
            connections.join_next().await;
        }
        let accepted = tokio::select! {
            biased;
            Some(_) = connections.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of descriptors, or a connection that died in the backlog.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (rooms, key) = (rooms.clone(), key.clone());
        connections.spawn(async move {
            let service = service_fn(|request| {
                let answered = respond(&rooms, &key, peer.ip(), &request);
                async move { Ok::<_, Infallible>(answered) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIME)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = served.await {
                tracing::debug!(%peer, %error, "metadata");
            }
        });
    }
}

fn respond(rooms: &Rooms, key: &Key<Network>, peer: IpAddr, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let IpAddr::V4(from) = peer else {
        return empty(StatusCode::NOT_FOUND);
    };
    match rooms.store.read(|tx| Ok::<_, StoreError>(answered(tx, rooms, key, from, request))) {
        Ok(Some(answer)) => response(answer),
        Ok(None) => empty(StatusCode::NOT_FOUND),
        Err(error) => {
            tracing::error!(%error, "metadata");
            empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// `None` where no instance has the address.
fn answered(tx: &Tx, rooms: &Rooms, key: &Key<Network>, from: Ipv4Addr, request: &Request<Incoming>) -> Option<Answer> {
    let vpc: VpcId = key.id.parse().ok()?;
    let instance = instance_at(tx, &key.place, &vpc, from)?;
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let ask = Ask {
        method: request.method().as_str(),
        path: request.uri().path(),
        token: header("x-aws-ec2-metadata-token"),
        ttl: header("x-aws-ec2-metadata-token-ttl-seconds"),
        forwarded: request.headers().contains_key("x-forwarded-for"),
    };
    Some(answer(tx, &instance, &ask, rooms.clock.now()))
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::SERVER, HeaderValue::from_static("EC2ws"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    if let Some(ttl) = answer.ttl {
        headers.insert("x-aws-ec2-metadata-token-ttl-seconds", HeaderValue::from(ttl));
    }
    response
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = status;
    response
}
