//! Secrets Manager's operations.

pub(crate) mod delete;
pub(crate) mod describe;
pub(crate) mod managed;
pub(crate) mod policy;
pub(crate) mod random;
pub(crate) mod secret;
pub(crate) mod stage;
pub(crate) mod tag;
pub(crate) mod value;

use tierra_core::Registry;
use tierra_model::Shape;

use super::model::Secret;

/// Declares every operation.
pub(super) fn register(registry: &mut Registry) {
    delete::register(registry);
    describe::register(registry);
    policy::register(registry);
    random::register(registry);
    secret::register(registry);
    stage::register(registry);
    tag::register(registry);
    value::register(registry);
}

/// Which secret.
#[derive(Default, Shape)]
pub struct SecretIdInput {
    pub(crate) secret_id: String,
}

/// The secret that something was done to.
#[derive(Default, Shape)]
pub struct SecretOutput {
    #[shape("ARN")]
    pub(crate) arn: String,
    pub(crate) name: String,
}

impl From<&Secret> for SecretOutput {
    fn from(secret: &Secret) -> Self {
        Self {
            arn: secret.arn().to_string(),
            name: secret.name.clone(),
        }
    }
}
