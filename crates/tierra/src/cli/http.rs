//! The tool's own HTTP: one request on one connection to this machine's endpoint.

use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a cloud may take to say that it serves.
const HEALTH_TIME: Duration = Duration::from_millis(500);

/// Sends one request and reads the whole answer.
///
/// # Errors
/// Where nobody answers on the port, or not in HTTP.
pub async fn send(port: u16, request: Request<Full<Bytes>>) -> anyhow::Result<Response<Bytes>> {
    let stream = TcpStream::connect(("127.0.0.1", port))
        .await
        .with_context(|| format!("nobody answers on 127.0.0.1:{port}"))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    driver.abort();
    Ok(Response::from_parts(head, body))
}

/// Reads one of the endpoint's own pages.
///
/// # Errors
/// Where it is not answered with JSON.
pub async fn get(port: u16, path: &str) -> anyhow::Result<Value> {
    let request = Request::get(path)
        .header("host", format!("127.0.0.1:{port}"))
        .body(Full::default())?;
    let answer = send(port, request).await?;
    if !answer.status().is_success() {
        bail!("{path} answered {}", answer.status());
    }
    Ok(serde_json::from_slice(answer.body())?)
}

/// The process that answers on this port, where it is a cloud that serves.
pub async fn health(port: u16) -> Option<u32> {
    // Whoever else listens there may never answer.
    let health = timeout(HEALTH_TIME, get(port, "/_tierra/health")).await.ok()?.ok()?;
    u32::try_from(health.get("pid")?.as_u64()?).ok()
}
