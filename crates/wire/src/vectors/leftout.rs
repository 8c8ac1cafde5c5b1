//! The cases that do not concern a server, or contradict another, each with its reason.

/// Ends of case ids, and why they are left out.
pub(super) const LEFT_OUT: &[(&[&str], &str)] = &[];
