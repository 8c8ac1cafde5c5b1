//! One request and what became of it.
//!
//! **Invariant**: however it ends (answered, refused, the client gone, the task dropped), it is counted and logged once.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use http::{Response, StatusCode, Version};
use hyper::body::Bytes;

use super::page::Refusal;
use super::upstream::Lease;
use super::{headers, page};
use crate::balancer::access_log::{self, Entry};
use crate::balancer::client::Client;
use crate::balancer::config::Kind;
use crate::balancer::counters::GroupSums;
use crate::balancer::desync::Verdict;
use crate::balancer::head::{Edit, Fields, Head};
use crate::balancer::live::{Group, Held, Listener, Load, Target};
use crate::balancer::route::without_port;

/// "HTTP 460": the client closed the connection before it was answered.
const CLIENT_GONE: u16 = 460;

/// One request.
#[derive(Debug)]
pub struct Exchange {
    /// Whose it is.
    pub client: Rc<Client>,
    /// What is served while it lasts.
    pub live: Rc<Held>,
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
    load: Load,
    at: Instant,
    answered: Option<(Instant, u16)>,
    lease: Option<Lease>,
}

/// What only a line in the access log needs.
#[derive(Debug)]
struct Line {
    request: String,
    user_agent: String,
    trace: String,
    kind: &'static str,
}

/// A request that waits for a target: its connection is not idle.
#[derive(Debug)]
pub struct Waits(Rc<Client>);

impl Waits {
    /// It waits for as long as the answer lives.
    pub fn new(client: &Rc<Client>) -> Self {
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
    /// A request that has come.
    pub fn new<F: Fields>(client: &Rc<Client>, head: &Head<'_, F>) -> Self {
        let live = client.worker.live();
        Self {
            line: live.access_log.then(|| Box::new(Line::new(client, head))),
            head_received: if live.access_log { head.bytes() } else { 0 },
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
            load: target.load(self.client.worker.thread),
            at: Instant::now(),
            answered: None,
            lease: None,
        });
    }

    /// The target that was asked last.
    pub fn target(&self) -> Option<&Target> {
        self.asked.as_ref().map(|asked| &*asked.load.target)
    }

    /// The target answered.
    pub fn answered(&mut self, status: u16, lease: Option<Lease>) {
        let Some(asked) = &mut self.asked else { return };
        let now = Instant::now();
        let took = now - asked.at;
        asked.answered = Some((now, status));
        asked.lease = lease;
        if let Some(counts) = self.group_counts() {
            counts.requests.one();
            counts.response_time_sum.add(took.as_micros() as u64);
            counts.response_time_count.one();
            match status / 100 {
                2 => counts.target_2xx.one(),
                3 => counts.target_3xx.one(),
                4 => counts.target_4xx.one(),
                5 => counts.target_5xx.one(),
                _ => {}
            }
        }
    }

    /// The trace id as it went on.
    pub fn note_trace(&mut self, headers: &impl Fields) {
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

    /// How much of the request's body went to the target.
    pub fn note_received(&mut self, bytes: u64) {
        self.body_bytes.set(bytes);
    }

    /// The response was sent whole: its connection may serve another.
    pub fn complete(&mut self) {
        self.complete = true;
    }

    /// The balancer's own answer, as its kind words it.
    pub fn own(&self, answer: Result<Response<Bytes>, Refusal>) -> Response<Bytes> {
        let mut response = answer.unwrap_or_else(|refusal| refusal.page(self.live.kind));
        let signs = self.listener().is_none_or(|listener| listener.server_header);
        if signs && self.live.kind == Kind::Application {
            page::sign(&mut response);
        }
        response
    }

    /// Makes the head of a response, `ours` or a target's, the one that the client gets.
    pub fn conclude(&mut self, status: StatusCode, fields: &mut impl Edit, ours: bool) {
        for (name, value) in self.listener().iter().flat_map(|listener| &listener.response_headers) {
            fields.set(name.as_str(), value.as_bytes());
        }
        self.status = status.as_u16();
        // Here and not when all is sent: who has the answer finds it counted.
        self.client.worker.counts().requests.one();
        if ours {
            self.count_own();
        }
        if self.line.is_some() {
            let reason = status.canonical_reason().unwrap_or_default().len() as u64;
            self.sent += 17 + reason + fields.bytes();
        }
    }

    fn listener(&self) -> Option<&Arc<Listener>> {
        self.live.listener(self.client.local.port())
    }

    /// "Defensive": the connections of an ambiguous request are not used again.
    pub fn closes(&self) -> bool {
        let closes = |(class, _)| self.live.attributes.desync.closes(class);
        self.ruling.verdict.is_some_and(closes)
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
            target: self.asked.as_ref().map(|asked| asked.load.target.address),
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
        if self.status == 0 {
            self.client.worker.counts().requests.one();
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

impl Line {
    fn new<F: Fields>(client: &Client, head: &Head<'_, F>) -> Self {
        let local = client.local.ip().to_string();
        let host = without_port(head.host().unwrap_or(&local));
        let (scheme, port) = (if client.tls.is_some() { "https" } else { "http" }, client.local.port());
        let query = head.query.map(|query| format!("?{query}")).unwrap_or_default();
        let version = match head.version {
            Version::HTTP_10 => "HTTP/1.0",
            Version::HTTP_2 => "HTTP/2.0",
            _ => "HTTP/1.1",
        };
        let agent = head.fields.values("user-agent").next().unwrap_or_default();
        let web_socket = headers::upgrade(head.fields).is_some();
        Self {
            request: format!("{} {scheme}://{host}:{port}{}{query} {version}", head.method, head.path),
            user_agent: String::from_utf8_lossy(agent).into_owned(),
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

/// How long a connection may be without a byte.
pub fn idle_timeout(exchange: &Exchange) -> Duration {
    exchange.live.attributes.idle_timeout.duration()
}
