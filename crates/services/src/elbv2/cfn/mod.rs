//! CloudFormation's `AWS::ElasticLoadBalancingV2::*` types, as operations of the service; a file a type.

mod listener;
mod listener_certificate;
mod load_balancer;
mod rule;
mod target_group;

use tierra_core::{Call, Registry, Tags, Tx};

use super::ops::tag;
use crate::ec2::cfn::Type;

/// Declares every type.
pub(super) fn register(registry: &mut Registry) {
    registry
        .resource_type(Type::<load_balancer::LoadBalancerType>::default())
        .resource_type(Type::<target_group::TargetGroupType>::default())
        .resource_type(Type::<listener::ListenerType>::default())
        .resource_type(Type::<rule::RuleType>::default())
        .resource_type(Type::<listener_certificate::ListenerCertificateType>::default());
}

/// Puts tags on what an ARN names, in place of what was there.
fn set_tags(tx: &mut Tx, call: &Call, arn: &str, tags: Tags) {
    // What is gone has no tags.
    let _ = tag::change(tx, call, arn, |own| {
        *own = tags;
        Ok(())
    });
}
