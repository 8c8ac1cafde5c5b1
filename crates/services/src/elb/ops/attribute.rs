//! `DescribeLoadBalancerAttributes`, `ModifyLoadBalancerAttributes`.

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use super::load_balancer::NameInput;
use super::on;
use crate::balancer::{AccessLog, check_bucket};
use crate::declare::operations;
use crate::elb::errors::{ElbError, configuration, invalid};
use crate::elb::model::{Attributes, LoadBalancer};

/// The one attribute beside those with members of their own.
const DESYNC: &str = "elb.http.desyncmitigationmode";
/// Seconds of draining where nobody says.
const DRAINING: i32 = 300;
/// Minutes between two deliveries of access logs where nobody says.
const EMIT_INTERVAL: i32 = 60;

operations! { "elb", AwsError;
    read DescribeLoadBalancerAttributes(NameInput) -> AttributesOutput = describe, on |_, input, call| on(call, &input.load_balancer_name);
    write ModifyLoadBalancerAttributes(ModifyInput) -> ModifyOutput = modify, on |_, input, call| on(call, &input.load_balancer_name);
}

/// Input of [`ModifyLoadBalancerAttributes`].
#[derive(Default, Shape)]
pub struct ModifyInput {
    pub(crate) load_balancer_name: String,
    pub(crate) load_balancer_attributes: AttributesShape,
}

/// Output of [`DescribeLoadBalancerAttributes`].
#[derive(Default, Shape)]
pub struct AttributesOutput {
    pub(crate) load_balancer_attributes: AttributesShape,
}

/// Output of [`ModifyLoadBalancerAttributes`].
#[derive(Default, Shape)]
pub struct ModifyOutput {
    load_balancer_name: String,
    load_balancer_attributes: AttributesShape,
}

/// The attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct AttributesShape {
    pub(crate) cross_zone_load_balancing: Option<CrossZone>,
    pub(crate) access_log: Option<AccessLogShape>,
    pub(crate) connection_draining: Option<Draining>,
    pub(crate) connection_settings: Option<Settings>,
    pub(crate) additional_attributes: Vec<Additional>,
}

/// Whether instances of all zones serve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct CrossZone {
    pub(crate) enabled: bool,
}

/// Where access logs go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct AccessLogShape {
    pub(crate) enabled: bool,
    #[shape("S3BucketName")]
    pub(crate) s3_bucket_name: Option<String>,
    pub(crate) emit_interval: Option<i32>,
    #[shape("S3BucketPrefix")]
    pub(crate) s3_bucket_prefix: Option<String>,
}

/// Whether instances that leave are given time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct Draining {
    pub(crate) enabled: bool,
    pub(crate) timeout: Option<i32>,
}

/// How long a connection may be idle.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct Settings {
    pub(crate) idle_timeout: i32,
}

/// An attribute by its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct Additional {
    pub(crate) key: String,
    pub(crate) value: String,
}

fn describe(tx: &mut Tx, call: &Call, input: NameInput) -> Result<AttributesOutput, AwsError> {
    let row = LoadBalancer::require(tx, &call.place, &input.load_balancer_name)?;
    Ok(AttributesOutput {
        load_balancer_attributes: show(&row.attributes),
    })
}

fn modify(tx: &mut Tx, call: &Call, input: ModifyInput) -> Result<ModifyOutput, AwsError> {
    let mut row = LoadBalancer::require(tx, &call.place, &input.load_balancer_name)?;
    change(&mut row.attributes, input.load_balancer_attributes)?;
    if let Some(log) = &row.attributes.access_log {
        check_bucket(tx, &call.place, &log.bucket).map_err(configuration)?;
    }
    let output = ModifyOutput {
        load_balancer_name: row.name.clone(),
        load_balancer_attributes: show(&row.attributes),
    };
    tx.save(row);
    Ok(output)
}

fn change(own: &mut Attributes, given: AttributesShape) -> Result<(), ElbError> {
    if let Some(cross_zone) = given.cross_zone_load_balancing {
        own.cross_zone = cross_zone.enabled;
    }
    if let Some(log) = given.access_log {
        own.access_log = access_log(log)?;
    }
    if let Some(draining) = given.connection_draining {
        let before = own.draining.map_or(DRAINING, number);
        let seconds = within("ConnectionDraining timeout", draining.timeout.unwrap_or(before), 1..=3600)?;
        own.draining = draining.enabled.then_some(seconds);
    }
    if let Some(settings) = given.connection_settings {
        own.idle_timeout = within("IdleTimeout", settings.idle_timeout, 1..=4000)?;
    }
    for Additional { key, value } in given.additional_attributes {
        if key != DESYNC {
            return Err(ElbError::Attribute { key });
        }
        if !matches!(value.as_str(), "monitor" | "defensive" | "strictest") {
            return Err(configuration(format!("'{value}' is not a valid value for {DESYNC}")));
        }
        own.desync = value;
    }
    Ok(())
}

fn within(what: &str, value: i32, bounds: std::ops::RangeInclusive<i32>) -> Result<u32, ElbError> {
    if bounds.contains(&value) {
        return Ok(value.unsigned_abs());
    }
    Err(invalid(format!("{what} must be between {} and {}", bounds.start(), bounds.end())))
}

fn access_log(log: AccessLogShape) -> Result<Option<AccessLog>, ElbError> {
    let interval = log.emit_interval.unwrap_or(EMIT_INTERVAL);
    if !matches!(interval, 5 | 60) {
        return Err(configuration("The access log emit interval must be 5 or 60 minutes"));
    }
    if !log.enabled {
        return Ok(None);
    }
    let bucket = log.s3_bucket_name.filter(|bucket| !bucket.is_empty());
    Ok(Some(AccessLog {
        bucket: bucket.ok_or_else(|| configuration("S3BucketName must be specified to enable access logs"))?,
        prefix: log.s3_bucket_prefix.unwrap_or_default(),
        interval: interval.unsigned_abs(),
    }))
}

fn number(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn show(own: &Attributes) -> AttributesShape {
    let log = own.access_log.as_ref();
    AttributesShape {
        cross_zone_load_balancing: Some(CrossZone { enabled: own.cross_zone }),
        access_log: Some(AccessLogShape {
            enabled: log.is_some(),
            s3_bucket_name: log.map(|log| log.bucket.clone()),
            emit_interval: log.map(|log| number(log.interval)),
            s3_bucket_prefix: log.map(|log| log.prefix.clone()),
        }),
        connection_draining: Some(Draining {
            enabled: own.draining.is_some(),
            timeout: Some(own.draining.map_or(DRAINING, number)),
        }),
        connection_settings: Some(Settings {
            idle_timeout: number(own.idle_timeout),
        }),
        additional_attributes: vec![Additional {
            key: DESYNC.to_owned(),
            value: own.desync.clone(),
        }],
    }
}
