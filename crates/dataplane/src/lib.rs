//! What carries tenant bytes. Each plane is fed one immutable configuration, swapped whole.
//!
//! **Invariant**: nothing here knows an AWS API, the store or the machine; sockets and configuration are handed in.

pub mod balancer;
pub mod dns;
pub mod object;
