//! What every twin of a driver keeps, whatever it is made of: one suite, run on each.

mod compute;
mod images;
