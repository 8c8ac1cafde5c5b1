//! The guest helper.
