//! Shapes that several of RDS's operations speak; a file a noun.

pub mod instance;
pub mod parameter_group;
pub mod snapshot;
pub mod subnet_group;

use tierra_core::{Arn, Call};

use super::model;

/// The ARN that IAM decides on: `db`, `snapshot`, `subgrp`, `pg` and a name.
pub(super) fn arns(call: &Call, kind: &str, name: &str) -> Vec<Arn> {
    vec![model::arn(&call.place, kind, &name.to_ascii_lowercase())]
}
