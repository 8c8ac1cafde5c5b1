//! `CreateTargetGroup`, `DescribeTargetGroups`, `ModifyTargetGroup`, `DeleteTargetGroup`.

use tierra_core::{AwsError, Call, Key, Tag, Tx};
use tierra_model::Shape;

use crate::balancer;
use crate::declare::{anything, operations};
use crate::ec2::vpc::{Vpc, VpcId};
use crate::elbv2::api::{on, tags};
use crate::elbv2::attribute::Attributes;
use crate::elbv2::errors::{Elbv2Error, configuration, invalid};
use crate::elbv2::limits::{self, within};
use crate::elbv2::model::{HealthCheck, ID_DIGITS, LoadBalancer, ProtocolVersion, TargetGroup, TargetGroupProtocol, TargetType, arn};

/// What health checks are sent to where nobody says.
const TRAFFIC_PORT: &str = "traffic-port";

operations! { "elbv2", AwsError;
    write CreateTargetGroup(CreateInput) -> TargetGroupsOutput = create, on anything;
    read DescribeTargetGroups(DescribeInput) -> TargetGroupsOutput = describe, on anything;
    write ModifyTargetGroup(ModifyInput) -> TargetGroupsOutput = modify, on |_, input, _| on([&input.target_group_arn]);
    write DeleteTargetGroup(TargetGroupInput) -> () = delete, on |_, input, _| on([&input.target_group_arn]);
}

/// Input of [`CreateTargetGroup`].
#[derive(Default, Shape)]
pub struct CreateInput {
    pub(crate) name: String,
    pub(crate) protocol: Option<String>,
    pub(crate) protocol_version: Option<String>,
    pub(crate) port: Option<i32>,
    pub(crate) vpc_id: Option<VpcId>,
    pub(crate) health_check_protocol: Option<String>,
    pub(crate) health_check_port: Option<String>,
    pub(crate) health_check_enabled: Option<bool>,
    pub(crate) health_check_path: Option<String>,
    pub(crate) health_check_interval_seconds: Option<i32>,
    pub(crate) health_check_timeout_seconds: Option<i32>,
    pub(crate) healthy_threshold_count: Option<i32>,
    pub(crate) unhealthy_threshold_count: Option<i32>,
    pub(crate) matcher: Option<Matcher>,
    pub(crate) target_type: Option<TargetType>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) ip_address_type: Option<super::load_balancer::IpAddressType>,
}

/// Which answers are a success.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct Matcher {
    pub(crate) http_code: Option<String>,
}

/// Some target groups.
#[derive(Default, Shape)]
pub struct TargetGroupsOutput {
    pub(crate) target_groups: Vec<TargetGroupShape>,
    pub(crate) next_marker: Option<String>,
}

/// A target group as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct TargetGroupShape {
    pub(crate) target_group_arn: String,
    target_group_name: String,
    protocol: TargetGroupProtocol,
    port: i32,
    vpc_id: VpcId,
    health_check_protocol: TargetGroupProtocol,
    health_check_port: String,
    health_check_enabled: bool,
    health_check_interval_seconds: i32,
    health_check_timeout_seconds: i32,
    healthy_threshold_count: i32,
    unhealthy_threshold_count: i32,
    health_check_path: String,
    matcher: Matcher,
    pub(crate) load_balancer_arns: Vec<String>,
    target_type: TargetType,
    protocol_version: ProtocolVersion,
    ip_address_type: String,
}

/// Input of [`DescribeTargetGroups`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    pub(crate) load_balancer_arn: Option<String>,
    pub(crate) target_group_arns: Vec<String>,
    pub(crate) names: Vec<String>,
    pub(crate) marker: Option<String>,
    pub(crate) page_size: Option<i32>,
}

/// Names a target group.
#[derive(Default, Shape)]
pub struct TargetGroupInput {
    pub(crate) target_group_arn: String,
}

/// Input of [`ModifyTargetGroup`].
#[derive(Default, Shape)]
pub struct ModifyInput {
    pub(crate) target_group_arn: String,
    pub(crate) health_check_protocol: Option<String>,
    pub(crate) health_check_port: Option<String>,
    pub(crate) health_check_path: Option<String>,
    pub(crate) health_check_enabled: Option<bool>,
    pub(crate) health_check_interval_seconds: Option<i32>,
    pub(crate) health_check_timeout_seconds: Option<i32>,
    pub(crate) healthy_threshold_count: Option<i32>,
    pub(crate) unhealthy_threshold_count: Option<i32>,
    pub(crate) matcher: Option<Matcher>,
}

fn create(tx: &mut Tx, call: &Call, input: CreateInput) -> Result<TargetGroupsOutput, AwsError> {
    limits::name("target group", &input.name)?;
    let wanted = wanted(tx, call, input)?;
    let row = match tx.by_index::<TargetGroup>(&call.place, "name", &wanted.name).pop() {
        Some(earlier) if same(&earlier, &wanted) => earlier,
        Some(earlier) => return Err(Elbv2Error::DuplicateTargetGroupName { name: earlier.name }.into()),
        None if tx.list::<TargetGroup>(&call.place).len() >= limits::TARGET_GROUPS => return Err(Elbv2Error::TooManyTargetGroups.into()),
        None => wanted,
    };
    tx.save(row.clone());
    Ok(TargetGroupsOutput {
        target_groups: vec![show(tx, &row)],
        next_marker: None,
    })
}

/// Whether two are the same but for their ids, attributes and tags.
fn same(a: &TargetGroup, b: &TargetGroup) -> bool {
    let b = TargetGroup {
        arn: a.arn.clone(),
        attributes: a.attributes.clone(),
        tags: a.tags.clone(),
        ..b.clone()
    };
    *a == b
}

fn wanted(tx: &Tx, call: &Call, input: CreateInput) -> Result<TargetGroup, Elbv2Error> {
    let kind = input.target_type.unwrap_or_default();
    if !matches!(kind, TargetType::Instance | TargetType::Ip) {
        return Err(configuration(format!(
            "Target type '{kind}' is not supported here; use 'instance' or 'ip'"
        )));
    }
    if input
        .ip_address_type
        .is_some_and(|kind| kind != super::load_balancer::IpAddressType::Ipv4)
    {
        return Err(configuration(
            "IP address type 'ipv6' is not supported here: the networks have no IPv6",
        ));
    }
    let required = |what: &str| invalid(format!("A {what} must be specified"));
    let protocol = protocol(&input.protocol.ok_or_else(|| required("protocol"))?)?;
    let vpc = input.vpc_id.ok_or_else(|| required("VPC ID"))?;
    if tx.find::<Vpc>(&call.place, &vpc).is_none() {
        return Err(invalid(format!("The VPC ID '{vpc}' is not found")));
    }
    let port = limits::port(input.port.ok_or_else(|| required("port"))?)?;
    let check = ModifyInput {
        health_check_protocol: input.health_check_protocol,
        health_check_port: input.health_check_port,
        health_check_path: input.health_check_path,
        health_check_enabled: input.health_check_enabled,
        health_check_interval_seconds: input.health_check_interval_seconds,
        health_check_timeout_seconds: input.health_check_timeout_seconds,
        healthy_threshold_count: input.healthy_threshold_count,
        unhealthy_threshold_count: input.unhealthy_threshold_count,
        matcher: input.matcher,
        target_group_arn: String::new(),
    };
    Ok(TargetGroup {
        place: call.place.clone(),
        arn: arn(&call.place, format!("targetgroup/{}/{}", input.name, call.ids.hex(ID_DIGITS))),
        name: input.name,
        protocol,
        version: version(input.protocol_version.as_deref())?,
        port,
        vpc,
        kind,
        health_check: changed(default_check(), &check)?,
        attributes: Attributes::default(),
        tags: tags(&input.tags)?,
    })
}

fn protocol(text: &str) -> Result<TargetGroupProtocol, Elbv2Error> {
    text.parse()
        .map_err(|_| Elbv2Error::UnsupportedProtocol { protocol: text.to_owned() })
}

/// Terraform leaves it empty where nobody says.
fn version(text: Option<&str>) -> Result<ProtocolVersion, Elbv2Error> {
    let given = text.filter(|text| !text.is_empty());
    given.map_or(Ok(ProtocolVersion::default()), |text| {
        text.parse()
            .map_err(|_| invalid(format!("Protocol version '{text}' is not supported; use HTTP1 or HTTP2")))
    })
}

/// "Health check settings" with their defaults.
fn default_check() -> HealthCheck {
    HealthCheck {
        enabled: true,
        protocol: TargetGroupProtocol::Http,
        port: None,
        path: "/".to_owned(),
        interval: 30,
        timeout: 5,
        healthy_threshold: 5,
        unhealthy_threshold: 2,
        matcher: "200".to_owned(),
    }
}

/// The health check with what the caller changes.
fn changed(mut check: HealthCheck, input: &ModifyInput) -> Result<HealthCheck, Elbv2Error> {
    if let Some(text) = &input.health_check_protocol {
        check.protocol = protocol(text)?;
    }
    if let Some(port) = &input.health_check_port {
        check.port = check_port(port)?;
    }
    if let Some(path) = &input.health_check_path {
        check.path = check_path(path)?;
    }
    if let Some(code) = input.matcher.as_ref().and_then(|matcher| matcher.http_code.as_ref()) {
        limits::matcher(code)?;
        check.matcher.clone_from(code);
    }
    let number = |now: &mut u32, given: Option<i32>, what: &str, bounds| -> Result<(), Elbv2Error> {
        *now = given.map_or(Ok(*now), |value| within(what, value, bounds))?;
        Ok(())
    };
    number(
        &mut check.interval,
        input.health_check_interval_seconds,
        "Health check interval",
        5..=300,
    )?;
    number(
        &mut check.timeout,
        input.health_check_timeout_seconds,
        "Health check timeout",
        2..=120,
    )?;
    number(
        &mut check.healthy_threshold,
        input.healthy_threshold_count,
        "Healthy threshold count",
        2..=10,
    )?;
    number(
        &mut check.unhealthy_threshold,
        input.unhealthy_threshold_count,
        "Unhealthy threshold count",
        2..=10,
    )?;
    if check.timeout >= check.interval {
        return Err(invalid("Health check timeout must be smaller than the interval"));
    }
    match input.health_check_enabled {
        Some(false) => Err(configuration(
            "Health check enabled must be true for target groups with target type 'instance' or 'ip'",
        )),
        _ => Ok(check),
    }
}

fn check_port(text: &str) -> Result<Option<u16>, Elbv2Error> {
    if text == TRAFFIC_PORT {
        return Ok(None);
    }
    let wrong = || {
        invalid(format!(
            "Health check port '{text}' must be '{TRAFFIC_PORT}' or between '1' and '65535'"
        ))
    };
    text.parse().ok().filter(|port| *port > 0).map(Some).ok_or_else(wrong)
}

fn check_path(path: &str) -> Result<String, Elbv2Error> {
    if path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(path.to_owned());
    }
    Err(invalid(format!(
        "Health check path '{path}' must begin with a '/' character, and can only contain printable ASCII characters, without spaces"
    )))
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<TargetGroupsOutput, AwsError> {
    let rows = chosen(tx, call, &input)?;
    let page = balancer::page(rows, |row| row.arn.clone(), input.marker.as_deref(), input.page_size)?;
    Ok(TargetGroupsOutput {
        target_groups: page.items.iter().map(|row| show(tx, row)).collect(),
        next_marker: page.next,
    })
}

fn chosen(tx: &Tx, call: &Call, input: &DescribeInput) -> Result<Vec<TargetGroup>, Elbv2Error> {
    if let Some(arn) = &input.load_balancer_arn {
        let arns = LoadBalancer::require(tx, &call.place, arn)?.target_groups(tx);
        return Ok(arns.iter().filter_map(|arn| tx.find(&call.place, arn)).collect());
    }
    if input.target_group_arns.is_empty() && input.names.is_empty() {
        return Ok(tx.list(&call.place));
    }
    let by_arn = input.target_group_arns.iter().map(|arn| tx.find(&call.place, arn));
    let by_name = input.names.iter().map(|name| tx.by_index(&call.place, "name", name).pop());
    by_arn
        .chain(by_name)
        .map(|found| found.ok_or(Elbv2Error::TargetGroupsNotFound))
        .collect()
}

fn modify(tx: &mut Tx, call: &Call, input: ModifyInput) -> Result<TargetGroupsOutput, AwsError> {
    let mut row = TargetGroup::require(tx, &call.place, &input.target_group_arn)?;
    row.health_check = changed(row.health_check, &input)?;
    tx.save(row.clone());
    Ok(TargetGroupsOutput {
        target_groups: vec![show(tx, &row)],
        next_marker: None,
    })
}

fn delete(tx: &mut Tx, call: &Call, input: TargetGroupInput) -> Result<(), AwsError> {
    // Deleting what is gone has succeeded.
    let Some(row) = tx.find::<TargetGroup>(&call.place, &input.target_group_arn) else {
        return Ok(());
    };
    if row.load_balancer_arn(tx).is_some() {
        return Err(Elbv2Error::TargetGroupInUse { arn: row.arn }.into());
    }
    for target in row.targets(tx) {
        tx.delete(&target.key());
    }
    tx.delete(&Key::<TargetGroup>::new(&row.place, &row.arn));
    Ok(())
}

fn show(tx: &Tx, row: &TargetGroup) -> TargetGroupShape {
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let check = row.health_check.clone();
    TargetGroupShape {
        target_group_arn: row.arn.clone(),
        target_group_name: row.name.clone(),
        protocol: row.protocol,
        port: i32::from(row.port),
        vpc_id: row.vpc.clone(),
        health_check_protocol: check.protocol,
        health_check_port: check.port.map_or_else(|| TRAFFIC_PORT.to_owned(), |port| port.to_string()),
        health_check_enabled: check.enabled,
        health_check_interval_seconds: number(check.interval),
        health_check_timeout_seconds: number(check.timeout),
        healthy_threshold_count: number(check.healthy_threshold),
        unhealthy_threshold_count: number(check.unhealthy_threshold),
        health_check_path: check.path,
        matcher: Matcher {
            http_code: Some(check.matcher),
        },
        load_balancer_arns: row.load_balancer_arn(tx).into_iter().collect(),
        target_type: row.kind,
        protocol_version: row.version,
        ip_address_type: "ipv4".to_owned(),
    }
}
