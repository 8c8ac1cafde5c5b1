//! Bodies on their way, counted.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use http::Request;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};

use super::exchange::Exchange;
use super::received::Received;
use crate::balancer::config::HttpVersion;
use crate::balancer::head::may_repeat;

/// A request's body on its way to a target.
#[derive(Debug)]
pub struct Sent {
    /// Absent where there is none.
    body: Option<Incoming>,
    received: Rc<Received>,
}

impl Sent {
    /// Notes in `received` what goes through.
    pub fn new(body: Incoming, received: Rc<Received>) -> Self {
        let body = Some(body).filter(|body| !body.is_end_stream());
        received.note(0, body.is_none());
        Self { body, received }
    }

    /// The same request once more, for when its connection turns out to be closed: where it may be sent twice, and has no body that
    /// is on its way already.
    pub fn repeat(request: &Request<Self>) -> Option<Request<Self>> {
        if !may_repeat(request.method().as_str()) || request.body().body.is_some() {
            return None;
        }
        let mut again = Request::new(Self {
            body: None,
            received: Rc::clone(&request.body().received),
        });
        *again.method_mut() = request.method().clone();
        *again.uri_mut() = request.uri().clone();
        *again.version_mut() = request.version();
        *again.headers_mut() = request.headers().clone();
        Some(again)
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(&mut *body).poll_frame(cx);
        let ended = matches!(polled, Poll::Ready(None)) || body.is_end_stream();
        self.received.note(self.received.bytes() + data(&polled), ended);
        self.received.wait(polled.is_pending());
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
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
    /// A target's that speaks HTTP/1.1: what comes after its body does not go on, as it does not in [`http1`](super::super::http1).
    WithoutTrailers(Incoming),
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
        let two = exchange
            .ruling
            .group
            .as_ref()
            .is_some_and(|group| group.spec.version == HttpVersion::Http2);
        Self {
            source: if two { Source::Target(body) } else { Source::WithoutTrailers(body) },
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
            Source::WithoutTrailers(body) => match Pin::new(body).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) if frame.is_trailers() => Poll::Ready(None),
                polled => polled,
            },
        };
        self.exchange.count_sent(data(&polled));
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Own(bytes) => bytes.is_none(),
            Source::Target(body) | Source::WithoutTrailers(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Own(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Source::Target(body) | Source::WithoutTrailers(body) => body.size_hint(),
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
