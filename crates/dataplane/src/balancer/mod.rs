//! The balancer: one engine for Application and Classic Load Balancers.
//!
//! [`config`] is what it is told, [`control`] how it is told and asked, [`counters`] what it counts.
//! **Invariant**: the configuration is one immutable value, swapped whole; each thread has its own listeners, connections and
//! counters, and shares nothing on the path of a request.

pub mod config;
pub mod control;
pub mod counters;
