//! What one client may use of the edge. Every bound has its name here.

use std::time::Duration;

/// Bytes of a request's body. Control-plane requests are far smaller; the largest is a template or a function's archive.
pub const BODY_BYTES: usize = 16 << 20;
/// Bytes of a request's head, over HTTP/1.1 (request line and headers) and over h2 (the header list).
pub const HEAD_BYTES: usize = 64 << 10;
/// Headers of one request.
pub const HEADERS: usize = 128;
/// Connections that are served at once; further ones wait in the listener's backlog.
pub const CONNECTIONS: usize = 1024;
/// Requests at once on one h2 connection.
pub const STREAMS: u32 = 128;
/// From the connection's opening to its first byte, and through the TLS handshake.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// From the moment that a connection waits for a request until the head is complete: bounds slow heads and idle connections alike.
pub const IDLE_TIME: Duration = Duration::from_secs(120);
/// How often an idle h2 connection is asked whether it is still there.
pub const PING_TIME: Duration = Duration::from_secs(30);
/// From the head's end to the body's.
pub const BODY_TIME: Duration = Duration::from_secs(30);
/// From the complete request to the answer.
pub const REQUEST_TIME: Duration = Duration::from_secs(60);
/// How long a stop waits for requests that are being answered.
pub const DRAIN_TIME: Duration = Duration::from_secs(5);
/// Server names for which certificates are kept.
pub const CERTIFICATES: usize = 512;
