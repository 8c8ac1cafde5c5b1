//! The balancer: one engine for Application and Classic Load Balancers.
//!
//! [`config`] is what it is told, [`control`] how it is told and asked, [`node`] the process, [`worker`] one of its threads,
//! [`client`] a client's connection, [`http`] a request's way, [`http1`] HTTP/1.1 and [`tcp`] plain bytes; [`live`] is the configuration made
//! ready, [`health`] the checks, [`counters`] what is counted, [`access_log`] what is written down. Pure: [`head`], [`route`],
//! [`redirect`], [`choose`], [`cookie`], [`trace`], [`desync`].
//!
//! **Invariant**: the configuration is one immutable value, swapped whole; each thread has its own listeners, connections and
//! counters, and shares only relaxed numbers on the path of a request.

mod access_log;
mod chance;
mod choose;
mod client;
pub mod config;
pub mod control;
mod cookie;
pub mod counters;
mod desync;
mod head;
mod health;
mod http;
mod http1;
mod io;
mod live;
mod local;
mod logs;
pub mod node;
mod pattern;
mod redirect;
mod route;
mod tcp;
mod tls;
mod trace;
mod worker;
