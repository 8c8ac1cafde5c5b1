//! How it is said: six codecs, SigV4, and routing a request to an operation. Knows the catalogue, not the services.

pub mod sigv4;
