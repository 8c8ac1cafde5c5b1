//! A target group as the store keeps it.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Resource, Tags, Tx};
use tierra_model::text_enum;

use super::{Listener, LoadBalancer, Rule, Target, full_name};
use crate::ec2::vpc::VpcId;
use crate::elbv2::attribute::Attributes;
use crate::elbv2::errors::Elbv2Error;

text_enum! {
    /// What is spoken with targets.
    pub enum TargetGroupProtocol { Http = "HTTP", Https = "HTTPS" }
}

text_enum! {
    /// The version of HTTP that is spoken with them.
    pub enum ProtocolVersion { Http1 = "HTTP1", Http2 = "HTTP2" }
}

text_enum! {
    /// How targets are named.
    pub enum TargetType { Instance = "instance", Ip = "ip", Lambda = "lambda", Alb = "alb" }
}

/// Who serves, and how they are asked whether they are well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetGroup {
    pub place: Place,
    pub arn: String,
    pub name: String,
    pub protocol: TargetGroupProtocol,
    pub version: ProtocolVersion,
    pub port: u16,
    pub vpc: VpcId,
    pub kind: TargetType,
    pub health_check: HealthCheck,
    pub attributes: Attributes,
    pub tags: Tags,
}

/// How targets are asked whether they are well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    pub enabled: bool,
    pub protocol: TargetGroupProtocol,
    /// `None`: the port that gets traffic.
    pub port: Option<u16>,
    pub path: String,
    /// Seconds.
    pub interval: u32,
    /// Seconds.
    pub timeout: u32,
    pub healthy_threshold: u32,
    pub unhealthy_threshold: u32,
    /// `200`, `200,202`, `200-299`
    pub matcher: String,
}

impl TargetGroup {
    /// `targetgroup/NAME/ID`
    pub fn full_name(&self) -> String {
        format!("targetgroup/{}", full_name(&self.arn, "targetgroup"))
    }

    /// The target group of this ARN.
    ///
    /// # Errors
    /// Where there is none.
    pub fn require(tx: &Tx, place: &Place, arn: &str) -> Result<Self, Elbv2Error> {
        tx.find(place, arn)
            .ok_or_else(|| Elbv2Error::TargetGroupNotFound { what: arn.to_owned() })
    }

    /// Its targets, by name; those that are leaving too.
    pub fn targets(&self, tx: &Tx) -> Vec<Target> {
        tx.by_index(&self.place, "group", &self.arn)
    }

    /// The ARN of the load balancer that it serves.
    pub fn load_balancer_arn(&self, tx: &Tx) -> Option<String> {
        let listener = tx.by_index::<Listener>(&self.place, "target-group", &self.arn).pop();
        let rule = || tx.by_index::<Rule>(&self.place, "target-group", &self.arn).pop();
        listener
            .map(|listener| listener.load_balancer)
            .or_else(|| rule().map(|rule| rule.load_balancer))
    }

    /// The load balancer that it serves.
    pub fn load_balancer(&self, tx: &Tx) -> Option<LoadBalancer> {
        tx.find(&self.place, self.load_balancer_arn(tx)?)
    }
}

impl Resource for TargetGroup {
    const KIND: &'static str = "elbv2/target-group";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.arn.clone()
    }
    fn indexes(&self) -> Vec<(&'static str, String)> {
        vec![("name", self.name.clone())]
    }
}
