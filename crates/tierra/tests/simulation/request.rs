//! A request as a client says it, whatever its service speaks, and an answer as the simulation reads it.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tierra_model::Catalogue;
use tierra_model::catalogue::{Metadata, Protocol};
use tierra_services::iam::RootKeys;
use tierra_wire::sigv4::{Scope, SignedRequest, sign};

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// The service, by its catalogue name.
    pub service: &'static str,
    method: &'static str,
    /// What it is asked of: a path, and a query where there is one.
    pub path: String,
    headers: Vec<(String, String)>,
    content: Option<(String, String)>,
    /// What is sent.
    pub body: String,
    /// Whether it carries a token, so that saying it again does nothing more.
    pub has_token: bool,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP's status.
    pub status: u16,
    /// What was sent back.
    pub body: String,
}

fn metadata(service: &str) -> &'static Metadata {
    let service = Catalogue::builtin().service(service);
    &service.expect("the catalogue has every service of a table").metadata
}

impl Request {
    /// A request of a service that speaks the query protocol, EC2's kind of it, or none but JSON (then without members).
    pub fn of(service: &'static str, operation: &str, parameters: &[(&str, &str)]) -> Self {
        let metadata = metadata(service);
        if metadata.protocols.iter().all(|protocol| *protocol == Protocol::Json) {
            return Self::json(service, operation, &Value::Object(Default::default()));
        }
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", operation)
            .append_pair("Version", &metadata.api_version)
            .extend_pairs(parameters);
        Self::new(service, Some((FORM.to_owned(), String::new())), form.finish())
    }

    /// A request of a service that speaks JSON.
    pub fn json(service: &'static str, operation: &str, input: &Value) -> Self {
        let metadata = metadata(service);
        let target = format!("{}.{operation}", metadata.target_prefix.as_deref().unwrap_or_default());
        let kind = format!("application/x-amz-json-{}", metadata.json_version);
        Self::new(service, Some((kind, target)), input.to_string())
    }

    /// A request that carries its own permission in its address.
    pub fn put(service: &'static str, address: &str, body: &Value) -> Self {
        let path = address.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
        Self {
            method: "PUT",
            path: path.map_or_else(String::new, |(_, path)| format!("/{path}")),
            ..Self::new(service, None, body.to_string())
        }
    }

    /// A request of S3 at this path, with a query where there is one.
    pub fn s3(method: &'static str, path: String, body: String) -> Self {
        let digest = hex::encode(Sha256::digest(&body));
        Self {
            method,
            path,
            headers: vec![("x-amz-content-sha256".to_owned(), digest)],
            ..Self::new("s3", None, body)
        }
    }

    /// The same, with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: String) -> Self {
        self.headers.push((name.to_owned(), value));
        self
    }

    fn new(service: &'static str, content: Option<(String, String)>, body: String) -> Self {
        Self {
            service,
            method: "POST",
            path: "/".to_owned(),
            headers: Vec::new(),
            content,
            body,
            has_token: false,
        }
    }

    /// The same, which carries a token.
    #[must_use]
    pub fn with_token(self) -> Self {
        Self { has_token: true, ..self }
    }

    /// As one line of the history.
    pub fn line(&self) -> String {
        let target = self.content.as_ref().map_or("", |(_, target)| target);
        let (service, method, path) = (self.service, self.method, &self.path);
        format!("{service} {method} {path} {target} {:.4000}", self.body.replace('\n', "\\n"))
    }

    /// The bytes of a signed HTTP/1.1 request. `date` is the time as SigV4 writes it.
    pub fn signed(&self, key: &RootKeys, date: &str) -> Vec<u8> {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![header("host", "localhost"), header("x-amz-date", date)];
        headers.extend_from_slice(&self.headers);
        if let Some((kind, target)) = &self.content {
            headers.push(header("content-type", kind));
            headers.extend((!target.is_empty()).then(|| header("x-amz-target", target)));
        }
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let head = SignedRequest {
            method: self.method,
            path,
            query,
            headers: &headers,
        };
        let scope = Scope {
            date: date[..8].to_owned(),
            region: "us-east-1".to_owned(),
            service: metadata(self.service).signing_name.to_string(),
        };
        let authorization = sign(&head, &key.access_key_id, &key.secret_access_key, &scope, self.body.as_bytes());
        headers.push(("authorization".to_owned(), authorization));
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let (method, path, length, body) = (self.method, &self.path, self.body.len(), &self.body);
        format!("{method} {path} HTTP/1.1\r\n{lines}connection: close\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
    }
}

impl Answer {
    /// Reads HTTP's bytes; none where the connection was cut before the end.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let whole = length.is_none_or(|length| length.trim() == body.len().to_string());
        whole.then(|| Self {
            status,
            body: body.to_owned(),
        })
    }

    /// Whether it was done.
    pub fn is_ok(&self) -> bool {
        self.status < 300
    }

    /// Whether nobody can say if it was done.
    pub fn is_unsure(&self) -> bool {
        self.status >= 500
    }

    /// Every value of an element or member of this name, in order.
    pub fn values(&self, name: &str) -> Vec<String> {
        let xml = (format!("<{name}>"), "<");
        let json = (format!("\"{name}\":\""), "\"");
        [xml, json]
            .iter()
            .flat_map(|(open, end)| self.body.split(open.as_str()).skip(1).map(move |rest| rest.split(end).next()))
            .flatten()
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }
}
