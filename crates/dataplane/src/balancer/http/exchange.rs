//! One request and what became of it.
//!
//! **Invariant**: however it ends (answered, refused, the client gone, the task dropped), it is counted and logged once.

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use http::header::{HOST, USER_AGENT};
use http::{HeaderMap, Request, Response, StatusCode, Version};
use hyper::body::{Bytes, Incoming};

use super::body::Outgoing;
use super::respond::{Answer, respond};
use super::upstream::Lease;
use super::{headers, page};
use crate::balancer::access_log::{self, Entry};
use crate::balancer::client::Client;
use crate::balancer::config::Kind;
use crate::balancer::counters::GroupSums;
use crate::balancer::desync::Verdict;
use crate::balancer::live::{Group, Live, Load, Target};

/// "HTTP 460": the client closed the connection before it was answered.
const CLIENT_GONE: u16 = 460;

/// One request.
#[derive(Debug)]
pub struct Exchange {
    /// Whose it is.
    pub client: Rc<Client>,
    /// What is served while it lasts.
    pub live: Arc<Live>,
    /// When it came.
    pub came: SystemTime,
    /// Bytes of its body that went to the target.
    pub body_bytes: Rc<Cell<u64>>,
    /// What rules say of it.
    pub ruling: Ruling,
    began: Instant,
    asked: Option<Asked>,
    line: Option<Box<Line>>,
    status: u16,
    head_received: u64,
    sent: u64,
    complete: bool,
}

/// What was decided.
#[derive(Debug, Default)]
pub struct Ruling {
    /// The rule's priority.
    pub priority: Option<u32>,
    /// What it does.
    pub action: &'static str,
    /// Where a redirect leads.
    pub redirect: Option<String>,
    /// The desync verdict.
    pub verdict: Option<Verdict>,
    /// The group that is to serve.
    pub group: Option<Arc<Group>>,
}

/// A target that was asked.
#[derive(Debug)]
struct Asked {
    target: Arc<Target>,
    at: Instant,
    answered: Option<(Instant, u16)>,
    lease: Option<Lease>,
    _load: Load,
}

/// What only a line in the access log needs.
#[derive(Debug)]
struct Line {
    request: String,
    user_agent: String,
    trace: String,
    kind: &'static str,
}

/// Answers a request of a client's connection.
///
/// # Errors
/// Never.
pub async fn answer(client: Rc<Client>, request: Request<Incoming>) -> Result<Response<Outgoing>, Infallible> {
    let mut exchange = Exchange::new(&client, &request);
    let waits = Waits::new(&client);
    let answer = respond(&mut exchange, request).await;
    drop(waits);
    Ok(exchange.deliver(answer))
}

/// A request that waits for a target: its connection is not idle.
struct Waits(Rc<Client>);

impl Waits {
    fn new(client: &Rc<Client>) -> Self {
        client.waiting.set(client.waiting.get() + 1);
        Self(Rc::clone(client))
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.waiting.set(self.0.waiting.get() - 1);
    }
}

impl Exchange {
    fn new(client: &Rc<Client>, request: &Request<Incoming>) -> Self {
        let live = client.worker.live();
        Self {
            line: live.access_log.then(|| Box::new(Line::new(client, request))),
            head_received: if live.access_log { request_head(request) } else { 0 },
            client: Rc::clone(client),
            live,
            came: (client.worker.clock)(),
            body_bytes: Rc::default(),
            ruling: Ruling::default(),
            began: Instant::now(),
            asked: None,
            status: 0,
            sent: 0,
            complete: false,
        }
    }

    /// The group's counters of this thread.
    pub fn group_counts(&self) -> Option<&GroupSums> {
        let group = self.ruling.group.as_ref()?;
        Some(group.sums.of(self.client.worker.thread))
    }

    /// A target is asked now.
    pub fn ask(&mut self, target: &Arc<Target>) {
        self.asked = Some(Asked {
            target: Arc::clone(target),
            at: Instant::now(),
            answered: None,
            lease: None,
            _load: target.load(self.client.worker.thread),
        });
    }

    /// The target answered.
    pub fn answered(&mut self, status: StatusCode, lease: Option<Lease>) {
        let Some(asked) = &mut self.asked else { return };
        let now = Instant::now();
        let took = now - asked.at;
        asked.answered = Some((now, status.as_u16()));
        asked.lease = lease;
        if let Some(counts) = self.group_counts() {
            counts.requests.one();
            counts.response_time_sum.add(took.as_micros() as u64);
            counts.response_time_count.one();
            match status.as_u16() / 100 {
                2 => counts.target_2xx.one(),
                3 => counts.target_3xx.one(),
                4 => counts.target_4xx.one(),
                5 => counts.target_5xx.one(),
                _ => {}
            }
        }
    }

    /// The trace id as it went on.
    pub fn note_trace(&mut self, headers: &HeaderMap) {
        if let Some(line) = &mut self.line {
            headers::trace_id(headers).unwrap_or_default().clone_into(&mut line.trace);
        }
    }

    /// A connection to a target could not be made.
    pub fn note_connection_error(&self, tls: bool) {
        if let Some(counts) = self.group_counts() {
            if tls {
                counts.tls_errors.one()
            } else {
                counts.connection_errors.one()
            }
        }
    }

    /// Bytes of the response's body.
    pub fn count_sent(&mut self, bytes: u64) {
        self.sent += bytes;
    }

    /// The response was sent whole: its connection may serve another.
    pub fn complete(&mut self) {
        self.complete = true;
    }

    /// A tunnel has closed.
    pub fn end_tunnel(mut self) {
        self.complete = true;
    }

    /// Makes the response that the client gets.
    fn deliver(mut self, answer: Answer) -> Response<Outgoing> {
        let listener = self.live.listener(self.client.local.port()).cloned();
        let ours = !matches!(answer, Answer::Target(_));
        let (mut parts, body) = match answer {
            Answer::Refused(refusal) => split(
                refusal.page(self.live.kind),
                listener.as_ref().is_none_or(|l| l.server_header),
                self.live.kind,
            ),
            Answer::Own(response) => split(response, listener.as_ref().is_none_or(|l| l.server_header), self.live.kind),
            Answer::Target(response) => {
                let (parts, body) = response.into_parts();
                (parts, Body::Target(body))
            }
            Answer::Tunnel(response, from, to) => {
                let (parts, ()) = response.into_parts();
                self.status = parts.status.as_u16();
                let client = Rc::clone(&self.client);
                let seen = Self::silent(&self);
                super::tunnel::open(&client, from, to, self);
                return Response::from_parts(parts, Outgoing::own(Bytes::new(), seen));
            }
        };
        for (name, value) in listener.iter().flat_map(|listener| &listener.response_headers) {
            parts.headers.insert(name.clone(), value.clone());
        }
        self.close_where_ambiguous(&mut parts);
        self.status = parts.status.as_u16();
        if ours {
            self.count_own();
        }
        if self.line.is_some() {
            self.sent += response_head(&parts.headers, parts.status);
        }
        match body {
            Body::Own(bytes) => Response::from_parts(parts, Outgoing::own(bytes, self)),
            Body::Target(body) => Response::from_parts(parts, Outgoing::target(body, self)),
        }
    }

    /// An exchange that is neither counted nor logged: what a tunnel leaves behind as its response's body.
    fn silent(&self) -> Self {
        Self {
            client: Rc::clone(&self.client),
            live: Arc::new(Live::empty()),
            came: self.came,
            body_bytes: Rc::default(),
            ruling: Ruling::default(),
            began: self.began,
            asked: None,
            line: None,
            status: 0,
            head_received: 0,
            sent: 0,
            complete: true,
        }
    }

    /// "Defensive": the connection of an ambiguous request is not used again.
    fn close_where_ambiguous(&self, parts: &mut http::response::Parts) {
        let Some((class, _)) = self.ruling.verdict else { return };
        if self.live.attributes.desync.closes(class) && self.client.tls.as_ref().is_none_or(|tls| !tls.http2) {
            parts
                .headers
                .insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
        }
    }

    /// Counts a response of the balancer's own.
    fn count_own(&self) {
        let counts = self.client.worker.counts();
        match (self.ruling.action, self.status) {
            ("fixed-response", _) => counts.fixed_responses.one(),
            ("redirect", _) => {
                counts.redirects.one();
                counts.elb_3xx.one();
            }
            (_, 400..=499) => counts.elb_4xx.one(),
            (_, status) => {
                counts.elb_5xx.one();
                match status {
                    500 => counts.elb_500.one(),
                    502 => counts.elb_502.one(),
                    503 => counts.elb_503.one(),
                    504 => counts.elb_504.one(),
                    _ => {}
                }
            }
        }
    }

    fn log(&self, line: &Line) {
        let now = Instant::now();
        let times = self.asked.as_ref().and_then(|asked| {
            let (answered, _) = asked.answered?;
            Some([asked.at - self.began, answered - asked.at, now - answered])
        });
        let entry = Entry {
            kind: line.kind,
            ended: (self.client.worker.clock)(),
            came: self.came,
            balancer: &self.live.name,
            client: self.client.peer,
            target: self.asked.as_ref().map(|asked| asked.target.address),
            times,
            status: if self.status == 0 { CLIENT_GONE } else { self.status },
            target_status: self.asked.as_ref().and_then(|asked| asked.answered).map(|(_, status)| status),
            received: self.body_bytes.get() + self.head_received,
            sent: self.sent,
            request: &line.request,
            user_agent: &line.user_agent,
            tls: self.client.tls.as_ref(),
            group: self.ruling.group.as_ref().map(|group| group.spec.id.0.as_str()),
            trace: &line.trace,
            priority: self.ruling.priority,
            action: self.ruling.action,
            redirect: self.ruling.redirect.as_deref().unwrap_or("-"),
            class: self.ruling.verdict.and_then(|(class, reason)| Some((class.word(), reason?))),
            connection: self.client.id,
        };
        self.client.worker.logs.push(match self.live.kind {
            Kind::Application => access_log::application(&entry),
            Kind::Classic => access_log::classic(&entry),
        });
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.live.revision == 0 {
            return; // The silent one.
        }
        self.client.worker.counts().requests.one();
        if self.status == 0 {
            self.client.worker.counts().elb_4xx.one();
        }
        if let Some(line) = self.line.take() {
            self.log(&line);
        }
        let lease = self.asked.as_mut().and_then(|asked| asked.lease.take());
        if let Some(lease) = lease.filter(|_| self.complete) {
            lease.give_back();
        }
    }
}

/// A response's body before it is on its way.
enum Body {
    Own(Bytes),
    Target(Incoming),
}

fn split(mut response: Response<Bytes>, sign: bool, kind: Kind) -> (http::response::Parts, Body) {
    if sign && kind == Kind::Application {
        page::sign(&mut response);
    }
    let (parts, body) = response.into_parts();
    (parts, Body::Own(body))
}

impl Line {
    fn new(client: &Client, request: &Request<Incoming>) -> Self {
        let headers = request.headers();
        let text = |name| {
            headers
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let authority = request.uri().authority().map(|authority| authority.as_str().to_owned());
        let host = text(HOST).or(authority).unwrap_or_else(|| client.local.ip().to_string());
        let host = super::super::route::without_port(&host);
        let (scheme, port) = (if client.tls.is_some() { "https" } else { "http" }, client.local.port());
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let version = match request.version() {
            Version::HTTP_10 => "HTTP/1.0",
            Version::HTTP_2 => "HTTP/2.0",
            _ => "HTTP/1.1",
        };
        let web_socket = headers::upgrade(headers).is_some();
        Self {
            request: format!("{} {scheme}://{host}:{port}{path} {version}", request.method()),
            user_agent: text(USER_AGENT).unwrap_or_default(),
            trace: String::new(),
            kind: match (client.tls.as_ref(), web_socket) {
                (Some(_), true) => "wss",
                (None, true) => "ws",
                (Some(tls), false) if tls.http2 => "h2",
                (Some(_), false) => "https",
                (None, false) => "http",
            },
        }
    }
}

/// Bytes of a head's lines.
fn lines(headers: &HeaderMap) -> u64 {
    let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| name.as_str().len() + value.len() + 4;
    headers.iter().map(line).sum::<usize>() as u64
}

fn request_head(request: &Request<Incoming>) -> u64 {
    let target = request.uri().path_and_query().map_or(1, |path| path.as_str().len());
    (request.method().as_str().len() + target) as u64 + 14 + lines(request.headers())
}

fn response_head(headers: &HeaderMap, status: StatusCode) -> u64 {
    let reason = status.canonical_reason().unwrap_or_default().len() as u64;
    17 + reason + lines(headers)
}

/// How long a connection may be without a byte.
pub fn idle_timeout(exchange: &Exchange) -> Duration {
    exchange.live.attributes.idle_timeout.duration()
}
