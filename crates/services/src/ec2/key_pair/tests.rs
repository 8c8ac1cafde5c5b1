//! Key pairs over a store in memory, and their keys by known answers.
