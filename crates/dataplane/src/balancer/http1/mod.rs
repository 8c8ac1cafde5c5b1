//! HTTP/1.1 between clients and targets, without a library between the sockets: a client's task reads a head into a buffer that it
//! keeps, [`request`] parses it in place, the rooms that all versions share decide and edit, and the same task writes it on a kept
//! connection ([`target`]) and carries the answer back. Two reads, two writes, no other task, no timer of a request's own.
//!
//! [`wire`] is a connection with its buffers, [`fields`] the lines of a head, [`framing`] where a body ends, [`body`] its bytes,
//! [`pump`] their way from one wire to another, [`relay`] a request's way to a target and back, [`bell`] how a task that waits for a
//! target is told to stop, [`serve`] a client's connection from its first request to its last.
//!
//! **Invariant**: what goes on is written anew from what was understood: one framing, CRLF, no line folded, so that no target can
//! read it differently. Where a body ends is never guessed.

mod bell;
mod body;
mod fields;
pub mod framing;
mod pump;
mod relay;
mod request;
mod response;
mod serve;
mod session;
mod target;
mod wire;

pub use bell::Bell;
pub use serve::serve;
pub use target::Connection;
