//! What every twin of a driver keeps, whatever it is made of: one suite, run on each.

#![allow(clippy::unwrap_used)] // a test may end where it likes

mod capture;
mod compute;
mod confine;
mod images;
mod inside;
mod names;
mod usage;
