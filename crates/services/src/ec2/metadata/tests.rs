//! Metadata as an instance reads it.
