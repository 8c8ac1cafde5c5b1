//! Bodies on their way, counted.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};

use super::exchange::Exchange;
use super::received::Received;

/// A request's body on its way to a target.
#[derive(Debug)]
pub struct Sent {
    body: Incoming,
    received: Rc<Received>,
}

impl Sent {
    /// Notes in `received` what goes through.
    pub fn new(body: Incoming, received: Rc<Received>) -> Self {
        received.note(0, body.is_end_stream());
        Self { body, received }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        let ended = matches!(polled, Poll::Ready(None)) || self.body.is_end_stream();
        self.received.note(self.received.bytes() + data(&polled), ended);
        self.received.wait(polled.is_pending());
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn data<E>(polled: &Poll<Option<Result<Frame<Bytes>, E>>>) -> u64 {
    match polled {
        Poll::Ready(Some(Ok(frame))) => frame.data_ref().map_or(0, |data| data.len() as u64),
        _ => 0,
    }
}

/// A response's body on its way to the client. The exchange ends with it.
#[derive(Debug)]
pub struct Outgoing {
    source: Source,
    exchange: Exchange,
}

#[derive(Debug)]
enum Source {
    Own(Option<Bytes>),
    Target(Incoming),
}

impl Outgoing {
    /// The balancer's own.
    pub fn own(bytes: Bytes, exchange: Exchange) -> Self {
        Self {
            source: Source::Own(Some(bytes).filter(|bytes| !bytes.is_empty())),
            exchange,
        }
    }

    /// A target's.
    pub fn target(body: Incoming, exchange: Exchange) -> Self {
        Self {
            source: Source::Target(body),
            exchange,
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = match &mut self.source {
            Source::Own(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Source::Target(body) => Pin::new(body).poll_frame(cx),
        };
        self.exchange.count_sent(data(&polled));
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Own(bytes) => bytes.is_none(),
            Source::Target(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Own(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Source::Target(body) => body.size_hint(),
        }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        if self.is_end_stream() {
            self.exchange.complete();
        }
    }
}
