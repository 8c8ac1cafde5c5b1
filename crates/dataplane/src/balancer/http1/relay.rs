//! A request's way to a target and back.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};

use super::framing::{self, Framing};
use super::pump::{Broken, Pump};
use super::request::reframe;
use super::session::{Session, connection_word, keeps_alive};
use super::target::Connection;
use crate::balancer::client::Phase;
use crate::balancer::config::Forward;
use crate::balancer::cookie::Value;
use crate::balancer::head::{Edit, may_repeat};
use crate::balancer::http::ask::ask;
use crate::balancer::http::exchange::Exchange;
use crate::balancer::http::refusal::Refusal;
use crate::balancer::http::{Failure, Upstream, headers, stick};
use crate::balancer::live::{Group, Listener};

/// "Switching Protocols".
const SWITCHING: u16 = 101;

/// What was decided.
#[derive(Debug)]
pub struct Way<'a> {
    /// The listener.
    pub listener: &'a Listener,
    /// The rule's groups.
    pub to: &'a Forward,
    /// The group that was chosen.
    pub group: &'a Group,
    /// How the request's body is framed.
    pub framing: Framing,
    /// Whether the client's connection may be used again.
    pub keeps: bool,
}

/// A connection whose target has begun to answer.
struct Answering {
    connection: Connection,
    upstream: Rc<Upstream>,
    sticky: Option<Value>,
    /// How the response's body is framed.
    framing: Framing,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Brings a request to a target and the answer to the client; says whether another request may follow.
    ///
    /// # Errors
    /// No target answers. Nothing was said to the client.
    pub async fn forward(&mut self, exchange: &mut Exchange, way: &Way<'_>) -> Result<bool, Refusal> {
        let sticky = stick::target(&self.request.lines, way.group, exchange.live.kind, exchange.came);
        let upgrades = self.request.minor > 0 && headers::upgrade(&self.request.lines).is_some();
        self.prepare(exchange, way)?;
        self.client.turn.phase.set(Phase::Asking);
        let asked = ask(exchange, way.group, sticky, async |_, upstream| self.send(upstream).await).await;
        self.client.turn.phase.set(Phase::Answering);
        exchange.received.note(self.upload.bytes, self.upload.is_read());
        let (connection, upstream) = asked?;
        let (status, head) = (self.response.status, self.request.method() == "HEAD");
        let framing = match framing::of_response(&self.response.lines, status, head) {
            Ok(framing) if upgrades || status != SWITCHING => framing,
            _ => {
                exchange.failed(Failure::Broken);
                return Err(Refusal::BadGateway);
            }
        };
        exchange.answered(status, None);
        let answering = Answering {
            connection,
            upstream,
            sticky,
            framing,
        };
        Ok(match status {
            SWITCHING => self.tunnel(exchange, way, answering).await,
            _ => self.deliver(exchange, way, answering).await,
        })
    }

    /// Makes the request what the target gets: its head, and as much of the body as is there.
    fn prepare(&mut self, exchange: &mut Exchange, way: &Way<'_>) -> Result<(), Refusal> {
        let local = self.client.local;
        self.request.settle_host(|| local.ip().to_string());
        headers::prepare(&mut self.request.lines, exchange, way.listener);
        self.outgoing.bytes.clear();
        self.request.write(way.framing, &mut self.outgoing.bytes);
        exchange.note_trace(&self.request.lines);
        let taken = self.upload.take(&mut self.wire.input, &mut self.outgoing);
        taken.map_err(|_| Refusal::BadRequest)
    }

    /// Sends the request on a connection to a target, and waits for the head of the response. The failure says whether the target
    /// was sent nothing.
    async fn send(&mut self, upstream: Rc<Upstream>) -> Result<(Connection, Rc<Upstream>), (Failure, bool)> {
        let repeatable = self.upload.is_read() && may_repeat(self.request.method());
        let mut kept = poll_fn(|cx| Poll::Ready(upstream.kept_connection(cx))).await;
        // Of an earlier request's.
        self.client.turn.asked.take();
        self.client.turn.overdue.set(false);
        loop {
            let fresh = kept.is_none();
            let mut connection = match kept.take() {
                Some(connection) => connection,
                None => upstream.connection(&self.client.worker).await.map_err(|failure| (failure, true))?,
            };
            connection.wire.output.bytes.extend_from_slice(&self.outgoing.bytes);
            self.response.begin();
            self.client.turn.asked.replace(Some(Rc::clone(connection.bell())));
            match poll_fn(|cx| self.converse(cx, &mut connection)).await {
                Ok(()) => return Ok((connection, upstream)),
                // Its target closed it while it was kept, before it said anything: once more, on a new one.
                Err(Failure::Broken) if !fresh && repeatable && connection.ended_unheard() => {}
                Err(failure) => return Err((failure, false)),
            }
        }
    }

    /// Sends what is to be sent, until the head of the response is there.
    fn converse(&mut self, cx: &mut Context<'_>, connection: &mut Connection) -> Poll<Result<(), Failure>> {
        let sent = self.poll_upload(cx, connection);
        match sent {
            Poll::Ready(Err(Broken::Sender)) => return Poll::Ready(Err(Failure::Truncated)),
            Poll::Ready(Err(Broken::Malformed)) => return Poll::Ready(Err(Failure::Malformed)),
            // A target may answer before it has all, and close: what it said comes first.
            _ => {}
        }
        loop {
            if self.response.read(&mut connection.wire.input).map_err(|_| Failure::Broken)? {
                return Poll::Ready(Ok(()));
            }
            match connection.wire.poll_fill(cx) {
                Poll::Pending => break,
                Poll::Ready(Ok(1..)) => {}
                Poll::Ready(_) if self.client.turn.overdue.take() => return Poll::Ready(Err(self.silent(connection))),
                Poll::Ready(_) => return Poll::Ready(Err(Failure::Broken)),
            }
        }
        while sent.is_ready() && self.wire.input.has_room() {
            match ready!(self.wire.poll_fill(cx)) {
                Ok(1..) => {} // The next request, before it was asked for.
                _ => return Poll::Ready(Err(Failure::ClientGone)),
            }
        }
        Poll::Pending
    }

    /// Who was silent for too long: the client, where the target has all that came of an unfinished request.
    fn silent(&self, connection: &Connection) -> Failure {
        if !self.upload.is_read() && connection.wire.output.bytes.is_empty() {
            return Failure::ClientSilent;
        }
        Failure::Silent
    }

    /// Sends what is to be sent: ready when that was all.
    fn poll_upload(&mut self, cx: &mut Context<'_>, connection: &mut Connection) -> Poll<Result<(), Broken>> {
        if !self.upload.is_read() && self.wire.input.unread().is_empty() && std::mem::take(&mut self.expects) {
            self.wire.output.bytes.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
            ready!(self.wire.poll_write(cx)).map_err(|_| Broken::Sender)?;
        }
        self.upload.poll(cx, &mut self.wire, &mut connection.wire)
    }

    /// Carries the response to the client, and meanwhile what is left of the request to the target.
    async fn deliver(&mut self, exchange: &mut Exchange, way: &Way<'_>, answering: Answering) -> bool {
        let Answering {
            mut connection,
            upstream,
            sticky,
            framing: comes,
        } = answering;
        let (response, old) = (&mut self.response, self.request.minor == 0);
        let goes = match comes {
            Framing::UntilClose if !old => Framing::Chunked,
            Framing::Chunked if old => Framing::UntilClose,
            same => same,
        };
        let reusable = comes != Framing::UntilClose && keeps_alive(&response.lines, response.minor) && !exchange.closes();
        let keeps = way.keeps && goes != Framing::UntilClose && !exchange.closes() && !self.client.turn.last.get();
        let lines = &mut response.lines;
        headers::strip(lines);
        stick::stay(lines, exchange, way.to, way.group, sticky);
        reframe(lines, goes);
        // Between 100 and 999: `Response::read`.
        exchange.conclude(StatusCode::from_u16(response.status).unwrap_or_default(), lines, false);
        if let Some(word) = connection_word(keeps, self.request.minor) {
            lines.set("connection", word);
        }
        exchange.count_sent(response.write(&mut self.wire.output.bytes));
        let carried = self.carry(exchange, &mut connection, Pump::new(comes, goes)).await;
        let sent = self.upload.is_read();
        if carried.is_ok() {
            exchange.complete();
            if reusable && sent && connection.wire.is_settled() {
                connection.wire.rest();
                upstream.keep(connection);
            }
        }
        carried.is_ok() && sent && keeps
    }

    async fn carry(&mut self, exchange: &mut Exchange, connection: &mut Connection, mut download: Pump) -> Result<(), Broken> {
        download.take(&mut connection.wire.input, &mut self.wire.output)?;
        poll_fn(|cx| {
            // Whatever becomes of the rest of the request, the response goes on.
            let _ = self.poll_upload(cx, connection);
            let before = download.bytes;
            let carried = download.poll(cx, &mut connection.wire, &mut self.wire);
            exchange.count_sent(download.bytes - before);
            exchange.received.note(self.upload.bytes, self.upload.is_read());
            carried
        })
        .await
    }

    /// WebSockets and whatever else a client and a target agree to speak: bytes both ways, until one closes.
    async fn tunnel(&mut self, exchange: &mut Exchange, way: &Way<'_>, answering: Answering) -> bool {
        let Answering {
            mut connection, sticky, ..
        } = answering;
        stick::stay(&mut self.response.lines, exchange, way.to, way.group, sticky);
        exchange.conclude(StatusCode::SWITCHING_PROTOCOLS, &mut self.response.lines, false);
        exchange.count_sent(self.response.write(&mut self.wire.output.bytes));
        let (near, far) = (&mut self.wire, &mut connection.wire);
        near.output.bytes.extend_from_slice(far.input.unread());
        far.output.bytes.extend_from_slice(near.input.unread());
        let begun = poll_fn(|cx| {
            ready!(near.poll_write(cx))?;
            far.poll_write(cx)
        });
        if begun.await.is_ok() {
            // Closed by whichever side: the other is closed by being dropped.
            drop(copy_bidirectional(&mut near.stream, &mut far.stream).await);
        }
        exchange.complete();
        false
    }
}
