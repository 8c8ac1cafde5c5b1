//! Attributes of load balancers, target groups and listeners: told and changed.

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use crate::balancer::check_bucket;
use crate::declare::operations;
use crate::elbv2::api::{AttributesOutput, on};
use crate::elbv2::attribute::{Attribute, LISTENER, LOAD_BALANCER, TARGET_GROUP};
use crate::elbv2::errors::{Elbv2Error, configuration};
use crate::elbv2::model::{Listener, LoadBalancer, TargetGroup};

operations! { "elbv2", AwsError;
    read DescribeLoadBalancerAttributes(OfLoadBalancer) -> AttributesOutput = of_load_balancer, on |_, input, _| on([&input.load_balancer_arn]);
    write ModifyLoadBalancerAttributes(ChangeLoadBalancer) -> AttributesOutput = change_load_balancer,
        on |_, input, _| on([&input.load_balancer_arn]);
    read DescribeTargetGroupAttributes(OfTargetGroup) -> AttributesOutput = of_target_group, on |_, input, _| on([&input.target_group_arn]);
    write ModifyTargetGroupAttributes(ChangeTargetGroup) -> AttributesOutput = change_target_group,
        on |_, input, _| on([&input.target_group_arn]);
    read DescribeListenerAttributes(OfListener) -> AttributesOutput = of_listener, on |_, input, _| on([&input.listener_arn]);
    write ModifyListenerAttributes(ChangeListener) -> AttributesOutput = change_listener, on |_, input, _| on([&input.listener_arn]);
}

/// Input of [`DescribeLoadBalancerAttributes`].
#[derive(Default, Shape)]
pub struct OfLoadBalancer {
    pub(crate) load_balancer_arn: String,
}

/// Input of [`ModifyLoadBalancerAttributes`].
#[derive(Default, Shape)]
pub struct ChangeLoadBalancer {
    pub(crate) load_balancer_arn: String,
    pub(crate) attributes: Vec<Attribute>,
}

/// Input of [`DescribeTargetGroupAttributes`].
#[derive(Default, Shape)]
pub struct OfTargetGroup {
    pub(crate) target_group_arn: String,
}

/// Input of [`ModifyTargetGroupAttributes`].
#[derive(Default, Shape)]
pub struct ChangeTargetGroup {
    pub(crate) target_group_arn: String,
    pub(crate) attributes: Vec<Attribute>,
}

/// Input of [`DescribeListenerAttributes`].
#[derive(Default, Shape)]
pub struct OfListener {
    pub(crate) listener_arn: String,
}

/// Input of [`ModifyListenerAttributes`].
#[derive(Default, Shape)]
pub struct ChangeListener {
    pub(crate) listener_arn: String,
    pub(crate) attributes: Vec<Attribute>,
}

fn of_load_balancer(tx: &mut Tx, call: &Call, input: OfLoadBalancer) -> Result<AttributesOutput, AwsError> {
    let row = LoadBalancer::require(tx, &call.place, &input.load_balancer_arn)?;
    Ok(AttributesOutput {
        attributes: row.attributes.list(LOAD_BALANCER),
    })
}

fn change_load_balancer(tx: &mut Tx, call: &Call, input: ChangeLoadBalancer) -> Result<AttributesOutput, AwsError> {
    let mut row = LoadBalancer::require(tx, &call.place, &input.load_balancer_arn)?;
    row.attributes.change(LOAD_BALANCER, &input.attributes)?;
    if row.attributes.on(LOAD_BALANCER, "access_logs.s3.enabled") {
        check_logs(tx, call, &row)?;
    }
    let attributes = row.attributes.list(LOAD_BALANCER);
    tx.save(row);
    Ok(AttributesOutput { attributes })
}

/// Where access logs go must be there.
fn check_logs(tx: &Tx, call: &Call, row: &LoadBalancer) -> Result<(), Elbv2Error> {
    let bucket = row.attributes.text(LOAD_BALANCER, "access_logs.s3.bucket");
    if bucket.is_empty() {
        return Err(configuration("The value of 'access_logs.s3.bucket' cannot be empty"));
    }
    check_bucket(tx, &call.place, &bucket).map_err(configuration)
}

fn of_target_group(tx: &mut Tx, call: &Call, input: OfTargetGroup) -> Result<AttributesOutput, AwsError> {
    let row = TargetGroup::require(tx, &call.place, &input.target_group_arn)?;
    Ok(AttributesOutput {
        attributes: row.attributes.list(TARGET_GROUP),
    })
}

fn change_target_group(tx: &mut Tx, call: &Call, input: ChangeTargetGroup) -> Result<AttributesOutput, AwsError> {
    let mut row = TargetGroup::require(tx, &call.place, &input.target_group_arn)?;
    row.attributes.change(TARGET_GROUP, &input.attributes)?;
    let own = |key: &str| row.attributes.text(TARGET_GROUP, key);
    let by_app = own("stickiness.enabled") == "true" && own("stickiness.type") == "app_cookie";
    let cookie = own("stickiness.app_cookie.cookie_name");
    if by_app && (cookie.is_empty() || cookie.starts_with("AWSALB")) {
        return Err(configuration("An application cookie name must be specified, and it cannot begin with 'AWSALB'").into());
    }
    let slow = row.attributes.number(TARGET_GROUP, "slow_start.duration_seconds");
    if (1..30).contains(&slow) {
        return Err(configuration("Slow start duration must be between 30 and 900 seconds, or 0 to turn it off").into());
    }
    let attributes = row.attributes.list(TARGET_GROUP);
    tx.save(row);
    Ok(AttributesOutput { attributes })
}

fn of_listener(tx: &mut Tx, call: &Call, input: OfListener) -> Result<AttributesOutput, AwsError> {
    let row = Listener::require(tx, &call.place, &input.listener_arn)?;
    Ok(AttributesOutput {
        attributes: row.attributes.list(LISTENER),
    })
}

fn change_listener(tx: &mut Tx, call: &Call, input: ChangeListener) -> Result<AttributesOutput, AwsError> {
    let mut row = Listener::require(tx, &call.place, &input.listener_arn)?;
    row.attributes.change(LISTENER, &input.attributes)?;
    let attributes = row.attributes.list(LISTENER);
    tx.save(row);
    Ok(AttributesOutput { attributes })
}
