//! The IAM decision: policies are read once into a typed form, and [`decide`] sums them up for one request.
//!
//! **Invariant**: pure. A policy that could be read can never fail to be decided on; an explicit deny always wins.
//! Follows the IAM pages "Grammar of the IAM JSON policy language" and "Policy evaluation logic".

mod condition;
mod context;
mod decide;
mod document;
mod malformed;
mod pattern;
mod principal;
mod statement;

#[cfg(test)]
mod tests;

pub use context::Context;
pub use decide::{Decision, PolicyKind, PolicySet, Request, decide};
pub use document::{Grammar, Policy};
pub use malformed::Malformed;
pub use pattern::Pattern;
pub use principal::Principal;
