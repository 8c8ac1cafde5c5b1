//! Certificate Manager's operations.

pub(super) mod delete;
pub(super) mod describe;
pub(super) mod import;
pub(super) mod list;
pub(super) mod renew;
pub(super) mod request;
pub(super) mod tag;

use tierra_core::{Arn, Registry};

/// Declares every operation.
pub(super) fn register(registry: &mut Registry) {
    delete::register(registry);
    describe::register(registry);
    import::register(registry);
    list::register(registry);
    renew::register(registry);
    request::register(registry);
    tag::register(registry);
}

/// What IAM decides on: the certificate of this ARN.
fn on(arn: &str) -> Vec<Arn> {
    arn.parse().into_iter().collect()
}
