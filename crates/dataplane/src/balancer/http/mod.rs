//! A request's way: [`exchange`] is one request and what became of it, [`decide`] what is done with it, [`ask`] which targets are
//! asked, [`upstream`] the connections to targets, [`headers`] what goes on changed, [`stick`] cookies, [`received`] how far a body
//! has come, [`refusal`] why the balancer answers itself, [`page`] in which words. These are the same for all. For clients that speak
//! HTTP/2, [`respond`], [`forward`] and [`body`] do the rest with hyper; for those that speak HTTP/1.1 it is done in
//! [`http1`](super::http1).
//!
//! **Invariant**: bodies are streamed; a request goes to a second target only where the first was not sent a byte of it.

pub mod ask;
mod body;
pub mod decide;
pub mod exchange;
mod forward;
pub mod headers;
pub mod page;
mod pool;
mod received;
pub mod refusal;
mod respond;
pub mod stick;
mod stream;
mod upstream;

pub use respond::answer;
pub use stream::Stream;
pub use upstream::{CONNECT_TIME, Failure, Load, Upstream, Upstreams};
