//! The agent: the only process that touches the machine. It serves the `linux` twins over a socket; the control plane holds
//! [`Remote`], which is the same traits by the same names.
//!
//! **Invariant**: every request is checked ([`check`]) before a driver sees it, since the asker has fewer rights than the agent.

mod check;
mod frame;
mod protocol;
mod remote;
mod server;

#[cfg(test)]
mod tests;

pub use remote::Remote;
pub use server::{Machine, serve};
