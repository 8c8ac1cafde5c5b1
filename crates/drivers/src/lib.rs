//! What touches the machine. Each trait (compute, data, network, images, names) has a `linux` and a `sim` twin that pass one contract
//! suite; the agent serves the `linux` twins to the control plane over a socket.
//!
//! **Invariant**: only `*/linux` runs commands, calls the kernel or has `unsafe`. Drivers know no AWS API and no store:
//! they are told what should be, and say what is.

pub mod agent;
pub mod compute;
pub mod confine;
pub mod data;
pub mod image;
pub mod names;
pub mod network;

pub use tierra_core::DriverError;
