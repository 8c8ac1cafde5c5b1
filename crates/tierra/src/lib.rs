//! The binary's rooms: the edge (the only place where HTTP is known), the command line, and the assembly of the house.
//!
//! **Invariant**: nothing below this crate knows HTTP; nothing in `edge` knows a service by name beside IAM, which answers who
//! calls and what they may.

pub mod agent;
pub mod assembly;
pub mod cli;
pub mod edge;
pub mod home;
mod operator;
pub mod root_key;
pub mod vpc;
