//! Buckets and objects: each client has its own bucket, so that what was acknowledged must be there. Small objects are rows, larger ones
//! and parts are files.

use tierra_core::Tx;

use super::{Action, Table};
use crate::client::Client;
use crate::promise::Promise;
use crate::request::{Answer, Request};

/// The length of an object that is a file.
const LARGE: usize = 20_000;
/// What is put together of parts.
const WHOLE: &str = "whole";

pub const TABLE: Table = Table {
    actions: &[
        Action::new(3, |client| Some(ask("PUT", bucket(client), String::new()))),
        Action::new(1, |client| {
            let status = *client.dice.pick(&["Enabled", "Suspended"])?;
            let body = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
            Some(ask("PUT", bucket(client) + "?versioning=", body))
        }),
        Action::new(5, |client| Some(ask("PUT", object(client), client.dice.hex(8)))).noted(note),
        Action::new(3, |client| Some(ask("PUT", object(client), client.dice.hex(20).repeat(LARGE / 20)))).noted(note),
        Action::new(2, |client| Some(ask("DELETE", object(client), String::new()))).noted(note),
        Action::new(2, |client| {
            let source = object(client);
            Some(ask("PUT", object(client), String::new()).with_header("x-amz-copy-source", source))
        })
        .noted(|client, request, answer| client.was_told(request.path.clone(), answer, None)),
        Action::new(2, |client| Some(ask("GET", object(client), String::new()))),
        Action::new(1, |client| Some(ask("GET", bucket(client) + "?list-type=2", String::new()))),
        Action::new(2, |client| {
            Some(ask("POST", bucket(client) + "/" + WHOLE + "?uploads=", String::new()))
        })
        .learns(&[("UploadId", "upload")]),
        Action::new(3, |client| on_upload(client, "PUT", "partNumber=1&", client.dice.hex(9))),
        Action::new(2, |client| on_upload(client, "GET", "", String::new())).learns(&[("ETag", "etag")]),
        Action::new(2, |client| {
            let etag = client.any("etag")?;
            let part = format!("<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>");
            let body = format!("<CompleteMultipartUpload>{part}</CompleteMultipartUpload>");
            on_upload(client, "POST", "", body)
        }),
        Action::new(1, |client| on_upload(client, "DELETE", "", String::new())),
        Action::new(1, |client| Some(ask("DELETE", bucket(client), String::new()))),
    ],
    // They stay: what was acknowledged outlives everything else.
    farewell: |_: &Tx| Vec::new(),
};

fn ask(method: &'static str, path: String, body: String) -> Request {
    Request::s3(method, path, body)
}

fn bucket(client: &Client) -> String {
    format!("/bucket-{}", client.name())
}

fn object(client: &Client) -> String {
    format!("{}/object-{}", bucket(client), client.dice.below(4))
}

fn on_upload(client: &Client, method: &'static str, query: &str, body: String) -> Option<Request> {
    let upload = client.any("upload")?;
    Some(ask(method, format!("{}/{WHOLE}?{query}uploadId={upload}", bucket(client)), body))
}

fn note(client: &mut Client, request: &Request, answer: Option<&Answer>) {
    let promise = (!request.body.is_empty()).then(|| Promise {
        ask: ask("GET", request.path.clone(), String::new()),
        value: request.body.clone(),
        shown: |answer| vec![answer.body.clone()],
    });
    client.was_told(request.path.clone(), answer, promise);
}
