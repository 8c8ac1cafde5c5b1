//! The endpoint's own pages, beside AWS's APIs: whether it serves, and what. Unsigned, so for this machine only.

use std::net::SocketAddr;

use http::{Method, StatusCode};
use serde_json::{Value, json};
use tierra_core::StoreError;
use tierra_services::names;

use super::{Answer, Edge, answer};

/// What the paths of the endpoint's own pages begin with. No AWS service uses it.
pub const PREFIX: &str = "/_tierra/";

/// Answers one of them.
pub fn page(edge: &Edge, method: &Method, path: &str, peer: SocketAddr) -> Answer {
    if !peer.ip().is_loopback() {
        return plain(
            StatusCode::FORBIDDEN,
            &json!({ "error": "these pages are for the cloud's own machine" }),
        );
    }
    if method == Method::OPTIONS {
        return answer(StatusCode::NO_CONTENT, "application/json", Vec::new());
    }
    match path {
        "health" => plain(StatusCode::OK, &json!({ "status": "serving", "pid": std::process::id() })),
        "status" => plain(StatusCode::OK, &status(edge)),
        "hosts" => match edge.rooms.store.read(|tx| Ok::<_, StoreError>(names::on_host(tx))) {
            Ok(names) => plain(StatusCode::OK, &json!(names)),
            Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "error": error.to_string() })),
        },
        _ => plain(StatusCode::NOT_FOUND, &json!({ "error": "there is no such page" })),
    }
}

fn status(edge: &Edge) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "pid": std::process::id(),
        "started": edge.started.to_string(),
        "auth": edge.auth.word(),
        "account": edge.account.0,
        "revision": edge.rooms.store.revisions().newest(),
        "operations": edge.registry.operations().count(),
    })
}

fn plain(status: StatusCode, page: &Value) -> Answer {
    answer(status, "application/json", page.to_string().into_bytes())
}
