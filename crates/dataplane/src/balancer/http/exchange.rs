//! One request and what became of it.
//!
//! **Invariant**: however it ends (answered, refused, the client gone, the task dropped), it is counted and logged once.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use http::{Response, StatusCode, Version};
use hyper::body::Bytes;

use super::received::Received;
use super::refusal::Refusal;
use super::upstream::{Failure, Lease, Load, Upstream};
use super::{headers, page};
use crate::balancer::access_log::{self, Entry};
use crate::balancer::client::Client;
use crate::balancer::config::Kind;
use crate::balancer::counters::GroupSums;
use crate::balancer::desync::{self, Class, Verdict};
use crate::balancer::head::{Edit, Fields, Head};
use crate::balancer::live::{Held, HeldGroup, Listener, Target};
use crate::balancer::route::without_port;

/// One request.
#[derive(Debug)]
pub struct Exchange {
    /// Whose it is.
    pub client: Rc<Client>,
    /// What is served while it lasts.
    pub live: Rc<Held>,
    /// When it came.
    pub came: SystemTime,
    /// How far its body has come.
    pub received: Rc<Received>,
    /// What rules say of it.
    pub ruling: Ruling,
    /// Told to access logs alone: nobody else looks at the clock for it.
    began: Option<Instant>,
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
    pub group: Option<Rc<HeldGroup>>,
}

/// A target that was asked.
#[derive(Debug)]
struct Asked {
    load: Load,
    at: Instant,
    outcome: Outcome,
    lease: Option<Lease>,
}

/// What became of a request at the target that was asked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Nothing yet.
    Waiting,
    /// It could not be sent.
    Unsent,
    /// The client never sent all of it: "the load balancer can't dispatch the request to a target".
    Partial,
    /// The target ended the connection.
    Ended(Instant),
    /// The target answered.
    Answered(Instant, u16),
}

/// What only a line in the access log needs.
#[derive(Debug)]
struct Line {
    request: String,
    user_agent: String,
    trace: String,
    kind: &'static str,
}

/// A request of HTTP/2 that waits for a target: its connection is not idle.
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
        let line = live.access_log.then(|| Box::new(Line::new(client, head)));
        let head_received = if live.access_log { head.bytes() } else { 0 };
        Self::begin(client, live, line, head_received)
    }

    /// What has come is no request; `head` is what there is of it.
    pub fn malformed(client: &Rc<Client>, head: &[u8]) -> Self {
        let live = client.worker.live();
        let line = live.access_log.then(|| Box::new(Line::malformed(client, live.kind)));
        let mut exchange = Self::begin(client, live, line, 0);
        exchange.judge(desync::classify_text(head));
        exchange
    }

    fn begin(client: &Rc<Client>, live: Rc<Held>, line: Option<Box<Line>>, head_received: u64) -> Self {
        Self {
            began: line.is_some().then(Instant::now),
            line,
            head_received,
            client: Rc::clone(client),
            live,
            came: (client.worker.clock)(),
            received: Rc::default(),
            ruling: Ruling::default(),
            asked: None,
            status: 0,
            sent: 0,
            complete: false,
        }
    }

    /// Its desync class is known. "If a request does not comply with RFC 7230, the load balancer increments the
    /// `DesyncMitigationMode_NonCompliant_Request_Count` metric."
    pub fn judge(&mut self, verdict: Option<Verdict>) {
        self.ruling.verdict = verdict;
        if verdict.is_some_and(|verdict| verdict.class > Class::Compliant) {
            self.client.worker.counts().non_compliant_requests.one();
        }
    }

    /// The group's counters of this thread.
    pub fn group_counts(&self) -> Option<&GroupSums> {
        let group = self.ruling.group.as_ref()?;
        Some(group.sums.of(self.client.worker.thread))
    }

    /// A target is asked now.
    pub fn ask(&mut self, upstream: &Rc<Upstream>) {
        self.asked = Some(Asked {
            load: Load::new(upstream, self.client.worker.thread),
            at: Instant::now(),
            outcome: Outcome::Waiting,
            lease: None,
        });
    }

    /// The target that was asked last.
    pub fn target(&self) -> Option<&Target> {
        self.asked.as_ref().map(|asked| asked.load.target())
    }

    /// The target answered.
    pub fn answered(&mut self, status: u16, lease: Option<Lease>) {
        let Some(asked) = &mut self.asked else { return };
        let now = Instant::now();
        let took = now - asked.at;
        asked.outcome = Outcome::Answered(now, status);
        asked.lease = lease;
        if let Some(counts) = self.group_counts() {
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

    /// The target did not answer.
    pub fn failed(&mut self, failure: Failure) {
        let Some(asked) = &mut self.asked else { return };
        asked.outcome = match failure {
            Failure::Refused | Failure::Unreachable | Failure::Tls | Failure::TlsSilent => Outcome::Unsent,
            Failure::Truncated | Failure::ClientSilent | Failure::Malformed => Outcome::Partial,
            Failure::Broken => Outcome::Ended(Instant::now()),
            Failure::Silent | Failure::ClientGone => Outcome::Waiting,
        };
        let Some(counts) = self.group_counts() else { return };
        match failure {
            Failure::Refused | Failure::Unreachable => counts.connection_errors.one(),
            Failure::Tls | Failure::TlsSilent => counts.tls_errors.one(),
            _ => {}
        }
    }

    /// The id that the request would go on with: it has one, whoever answers.
    pub fn begin_trace(&mut self, headers: &impl Fields) {
        if let Some(line) = &mut self.line {
            line.trace = headers::trace(headers, self.came, &self.client.worker.chance);
        }
    }

    /// The trace id as it went on.
    pub fn note_trace(&mut self, headers: &impl Fields) {
        if let Some(line) = &mut self.line {
            headers::trace_id(headers).unwrap_or_default().clone_into(&mut line.trace);
        }
    }

    /// Bytes of the response.
    pub fn count_sent(&mut self, bytes: u64) {
        self.sent += bytes;
    }

    /// The response was sent whole: its connection may serve another.
    pub fn complete(&mut self) {
        self.complete = true;
    }

    /// The balancer's own answer, as its kind words it.
    pub fn own(&self, answer: Result<Response<Bytes>, Refusal>) -> Response<Bytes> {
        let mut response = answer.unwrap_or_else(|refusal| page::refusal(refusal, self.live.kind));
        let signs = self.listener().is_none_or(|listener| listener.server_header);
        if signs && self.live.kind == Kind::Application {
            page::sign(&mut response);
        }
        page::finish(&mut response, (self.client.worker.clock)());
        response
    }

    /// Makes the head of a response, `ours` or a target's, the one that the client gets.
    pub fn conclude(&mut self, status: StatusCode, fields: &mut impl Edit, ours: bool) {
        for (name, value) in self.listener().iter().flat_map(|listener| &listener.response_headers) {
            fields.set(name.as_str(), value.as_bytes());
        }
        self.status = status.as_u16();
        // Here and not when all is sent: who has the answer finds it counted.
        self.count();
        if ours {
            self.count_own();
        }
    }

    /// "RequestCount: only incremented for requests where the load balancer node was able to choose a target."
    fn count(&self) {
        if self.asked.is_some() {
            self.client.worker.counts().requests.one();
            if let Some(group) = self.group_counts() {
                group.requests.one();
            }
        }
    }

    fn listener(&self) -> Option<&Arc<Listener>> {
        self.live.listener(self.client.local.port())
    }

    /// "Defensive": the connections of an ambiguous request are not used again.
    pub fn closes(&self) -> bool {
        let closes = |verdict: Verdict| self.live.attributes.desync.closes(verdict.class);
        self.ruling.verdict.is_some_and(closes)
    }

    /// Counts a response of the balancer's own.
    fn count_own(&self) {
        let counts = self.client.worker.counts();
        match (self.ruling.action, self.status) {
            ("fixed-response", _) => counts.fixed_responses.one(),
            ("redirect", 300..=399) => {
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
        let asked = self.asked.as_ref().filter(|asked| asked.outcome != Outcome::Partial);
        let entry = Entry {
            kind: line.kind,
            ended: (self.client.worker.clock)(),
            came: self.came,
            balancer: &self.live.name,
            client: self.client.peer,
            target: asked.map(|asked| asked.load.target().address),
            times: asked.zip(self.began).map(|(asked, began)| asked.times(began)).unwrap_or_default(),
            status: self.status,
            target_status: asked.and_then(|asked| asked.outcome.status()),
            received: self.received.bytes() + self.head_received,
            sent: self.sent,
            request: &line.request,
            user_agent: &line.user_agent,
            tls: self.client.tls.as_ref(),
            group: self.ruling.group.as_ref().map(|group| group.spec.id.0.as_str()),
            trace: &line.trace,
            priority: self.ruling.priority,
            action: self.ruling.action,
            redirect: self.ruling.redirect.as_deref().unwrap_or("-"),
            class: self.ruling.verdict.and_then(Verdict::words),
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
            let gone = if self.received.is_whole() {
                Refusal::ClientGone
            } else {
                self.failed(Failure::Truncated);
                Refusal::Truncated
            };
            self.status = gone.status(self.live.kind).as_u16();
            self.count();
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

impl Asked {
    /// Until the request was sent, until the response began, until it was sent: as far as it came.
    fn times(&self, began: Instant) -> [Option<Duration>; 3] {
        let waited = self.at - began;
        match self.outcome {
            Outcome::Unsent | Outcome::Partial => [None; 3],
            Outcome::Waiting => [Some(waited), None, None],
            Outcome::Ended(at) => [Some(waited), Some(at - self.at), None],
            Outcome::Answered(at, _) => [Some(waited), Some(at - self.at), Some(at.elapsed())],
        }
    }
}

impl Outcome {
    fn status(self) -> Option<u16> {
        match self {
            Self::Answered(_, status) => Some(status),
            _ => None,
        }
    }
}

impl Line {
    /// Of what is no request: AWS writes the balancer, and a dash for each part that cannot be known.
    fn malformed(client: &Client, kind: Kind) -> Self {
        let scheme = if client.tls.is_some() { "https" } else { "http" };
        Self {
            request: match kind {
                Kind::Application => format!("- {scheme}://{}:{}- -", client.local.ip(), client.local.port()),
                Kind::Classic => "- - - ".to_owned(),
            },
            user_agent: String::new(),
            trace: String::new(),
            kind: scheme,
        }
    }

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
