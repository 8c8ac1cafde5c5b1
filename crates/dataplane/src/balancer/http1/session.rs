//! A client's connection, from its first request to its last; what the balancer says itself.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::Duration;

use http::Response as Answer;
use hyper::body::Bytes;
use hyper::ext::ReasonPhrase;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::fields::{Lines, title};
use super::framing::{self, Framing};
use super::pump::Pump;
use super::relay::Way;
use super::request::Request;
use super::response::{Response, write_status};
use super::wire::{Output, Wire};
use crate::balancer::client::{Client, Phase};
use crate::balancer::head::Fields;
use crate::balancer::http::decide::{Decision, decide};
use crate::balancer::http::exchange::Exchange;
use crate::balancer::http::refusal::Refusal;

/// How long a client that was answered before it had sent everything may still send: closed at once, it might not see the answer.
const LINGER: Duration = Duration::from_secs(2);
/// Bytes that are read meanwhile.
const LINGER_BYTES: usize = 1024 * 1024;

/// A connection and what is kept from one request to the next.
#[derive(Debug)]
pub struct Session<S> {
    /// Whose it is.
    pub client: Rc<Client>,
    /// The connection.
    pub wire: Wire<S>,
    /// The request's head.
    pub request: Request,
    /// The head of the target's response.
    pub response: Response,
    /// The request's head as it goes on, with the beginning of its body.
    pub outgoing: Output,
    /// The request's body.
    pub upload: Pump,
    /// Whether the client waits for a word before it sends a body.
    pub expects: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// A new connection.
    pub fn new(client: Rc<Client>, stream: S) -> Self {
        Self {
            client,
            wire: Wire::new(stream),
            request: Request::default(),
            response: Response::default(),
            outgoing: Output::default(),
            upload: Pump::new(Framing::Nothing, Framing::Nothing),
            expects: false,
        }
    }

    /// Answers requests in the order in which they come.
    pub async fn run(mut self) {
        let mut read = true;
        loop {
            match self.next().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(refusal) => {
                    self.refuse(refusal).await;
                    read = false;
                    break;
                }
            }
            let again = self.answer().await;
            read = self.upload.is_read();
            if !again || self.client.turn.last.get() {
                break;
            }
            self.client.turn.phase.set(Phase::Resting);
            self.wire.rest();
        }
        self.close(read).await;
    }

    /// Waits for a request; false where the client has closed instead.
    ///
    /// # Errors
    /// What came is none, or only a part of one: the client closed, or did not go on for too long.
    async fn next(&mut self) -> Result<bool, Refusal> {
        let (wire, request, turn) = (&mut self.wire, &mut self.request, &self.client.turn);
        poll_fn(|cx| {
            loop {
                let begun = !wire.input.unread().is_empty();
                if begun {
                    turn.phase.set(Phase::Reading);
                    if request.read(&mut wire.input)? {
                        return Poll::Ready(Ok(true));
                    }
                }
                if turn.late.has_rung(cx) {
                    return Poll::Ready(Err(Refusal::RequestTimeout));
                }
                match ready!(wire.poll_fill(cx)) {
                    Ok(1..) => {}
                    _ if begun => return Poll::Ready(Err(Refusal::Truncated)),
                    _ => return Poll::Ready(Ok(false)),
                }
            }
        })
        .await
    }

    /// Answers a request; says whether another may follow.
    async fn answer(&mut self) -> bool {
        let mut exchange = Exchange::new(&self.client, &self.request.head());
        let live = Rc::clone(&exchange.live);
        let framing = framing::of_request(&self.request.lines, self.request.minor);
        self.expects = self.request.minor > 0
            && self
                .request
                .lines
                .words("expect")
                .any(|word| word.eq_ignore_ascii_case("100-continue"));
        self.upload = Pump::new(framing.unwrap_or(Framing::UntilClose), framing.unwrap_or(Framing::UntilClose));
        let keeps = framing.is_ok() && keeps_alive(&self.request.lines, self.request.minor) && !exchange.closes();
        let listener = live.listener(self.client.local.port()).ok_or(Refusal::Unavailable);
        let decided = listener.and_then(|listener| Ok((listener, decide(&mut exchange, &live, listener, &self.request.head())?)));
        let own = match (decided, framing) {
            (Ok((listener, Decision::Forward(to, group))), Ok(framing)) => {
                let way = Way {
                    listener,
                    to,
                    group,
                    framing,
                    keeps,
                };
                match self.forward(&mut exchange, &way).await {
                    Ok(again) => return again,
                    Err(Refusal::ClientGone) => return false,
                    Err(refusal) => Err(refusal),
                }
            }
            (Ok((_, Decision::Answer(response))), _) => Ok(response),
            (Ok(_), Err(unframed)) => Err(unframed.refusal()),
            (Err(refusal), _) => Err(refusal),
        };
        self.say(exchange, own, keeps).await
    }

    /// Says the balancer's own answer.
    async fn say(&mut self, mut exchange: Exchange, own: Result<Answer<Bytes>, Refusal>, keeps: bool) -> bool {
        self.client.turn.phase.set(Phase::Answering);
        // A body that came along is passed over; one that is still to come ends the connection.
        let passed = self.upload.take(&mut self.wire.input, &mut Output::default()).is_ok();
        let keeps = keeps && passed && self.upload.is_read() && !self.client.turn.last.get();
        let keeps = keeps && !exchange.closes() && !matches!(own, Err(Refusal::BadRequest | Refusal::Truncated));
        let mut response = exchange.own(own);
        let status = response.status();
        exchange.conclude(status, response.headers_mut(), true);
        let before = self.wire.output.bytes.len();
        self.write_own(&response, keeps);
        exchange.count_sent((self.wire.output.bytes.len() - before) as u64);
        let written = poll_fn(|cx| self.wire.poll_write(cx)).await.is_ok();
        if written {
            exchange.complete();
        }
        keeps && written
    }

    fn write_own(&mut self, response: &Answer<Bytes>, keeps: bool) {
        let head = self.request.method() == "HEAD";
        let out = &mut self.wire.output.bytes;
        let status = response.status();
        let own = response.extensions().get::<ReasonPhrase>().map(ReasonPhrase::as_bytes);
        let usual = status.canonical_reason().unwrap_or_default().as_bytes();
        write_status(status.as_u16(), own.unwrap_or(usual), out);
        let mut line = |name: &str, value: &[u8]| {
            title(name, out);
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        };
        for (name, value) in response.headers() {
            line(name.as_str(), value.as_bytes());
        }
        if let Some(word) = connection_word(keeps, self.request.minor) {
            line("connection", word);
        }
        out.extend_from_slice(b"\r\n");
        if !head {
            out.extend_from_slice(response.body());
        }
    }

    /// Answers what is no request.
    async fn refuse(&mut self, refusal: Refusal) {
        self.request = Request::default();
        self.request.minor = 1;
        // Whether it can be told or not, the connection ends.
        let _ = self
            .say(Exchange::malformed(&self.client, self.wire.input.unread()), Err(refusal), false)
            .await;
    }

    async fn close(&mut self, read: bool) {
        // Nobody is left who could be told that it failed.
        drop(self.wire.stream.shutdown().await);
        if read {
            return;
        }
        let mut scratch = [0; 4096];
        let lingering = async {
            let mut left = LINGER_BYTES;
            while let Ok(count @ 1..) = self.wire.stream.read(&mut scratch).await
                && left > 0
            {
                left = left.saturating_sub(count);
            }
        };
        drop(timeout(LINGER, lingering).await);
    }
}

/// Whether the other side of a connection means to use it again.
pub fn keeps_alive(lines: &Lines, minor: u8) -> bool {
    let says = |word: &str| lines.words("connection").any(|said| said.eq_ignore_ascii_case(word));
    if minor == 0 { says("keep-alive") } else { !says("close") }
}

/// What a response says of its connection, where it is not what its version means anyway.
pub fn connection_word(keeps: bool, minor: u8) -> Option<&'static [u8]> {
    match (keeps, minor) {
        (false, _) => Some(b"close"),
        (true, 0) => Some(b"keep-alive"),
        (true, _) => None,
    }
}
