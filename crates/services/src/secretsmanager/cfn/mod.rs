//! CloudFormation's `AWS::SecretsManager::*` types, as operations of Secrets Manager; a file a type.

mod resource_policy;
mod secret;
mod target_attachment;

use tierra_core::Registry;

use crate::ec2::cfn::Type;

/// Declares every type.
pub(super) fn register(registry: &mut Registry) {
    registry
        .resource_type(Type::<secret::SecretType>::default())
        .resource_type(Type::<resource_policy::ResourcePolicyType>::default())
        .resource_type(Type::<target_attachment::TargetAttachmentType>::default());
}
