//! CloudFormation's `AWS::RDS::*` types, as operations of RDS; a file a type.

mod instance;
mod parameter_group;
mod subnet_group;

use tierra_core::Registry;

use crate::ec2::cfn::Type;

/// Declares every type.
pub(super) fn register(registry: &mut Registry) {
    registry
        .resource_type(Type::<instance::InstanceType>::default())
        .resource_type(Type::<parameter_group::ParameterGroupType>::default())
        .resource_type(Type::<subnet_group::SubnetGroupType>::default());
}
