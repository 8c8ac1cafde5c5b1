//! What AWS says: the catalogue of services, operations and shapes, and the [`Shape`] trait by which codecs
//! read and write typed values. No I/O, no async, nothing of ours below it.

pub mod catalogue;
pub mod json;
pub mod pattern;
pub mod shape;
pub mod time;
pub mod value;

pub use catalogue::Catalogue;
pub use shape::{Declared, DeclaredMember, Fields, Invalid, Scalar, Shape, View};
pub use tierra_model_derive::Shape;
pub use time::Timestamp;
pub use value::Value;

// The derive names this crate from outside; this lets it be used inside, by tests.
#[cfg(test)]
extern crate self as tierra_model;
