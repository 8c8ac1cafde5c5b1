//! How it is said: six codecs, SigV4 (and what is left of SigV2), and routing a request to an operation. Knows the catalogue, not the services.
//!
//! A request goes through [`route`], [`sigv4::verify`] and [`decode`]; its answer through [`encode`] or [`encode_error`].

mod decode;
mod encode;
mod error;
mod message;
mod route;
pub mod sigv2;
pub mod sigv4;
mod text;

pub use decode::{DecodeError, Decoded, Limit, Place, Violation, decode};
pub use encode::{encode, encode_error};
pub use error::WireError;
pub use message::{Answer, Request, plain_body};
pub use route::{RouteError, Routed, route, s3_path};

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
