//! A request's way: [`exchange`] is one request and what became of it, [`respond`] who answers, [`forward`] to a target and
//! back, [`upstream`] the connections to targets, [`headers`] what goes on changed, [`stick`] cookies, [`page`] the
//! balancer's own words, [`body`] bytes on their way, [`tunnel`] WebSockets.
//!
//! **Invariant**: bodies are streamed; a request goes to a second target only where the first was not sent a byte of it.

mod body;
mod exchange;
mod forward;
mod headers;
mod page;
mod respond;
mod stick;
mod tunnel;
mod upstream;

pub use exchange::answer;
pub use upstream::{CONNECT_TIME, Upstreams};
