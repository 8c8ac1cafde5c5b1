//! What a listener or rule does: forward, redirect, answer. Follows "Action types for listener rules".
//!
//! **Invariant**: an [`Action`] in a row was checked; it is told back as it was given, completed as AWS completes it.

use serde::{Deserialize, Serialize};
use tierra_core::{Place, Tx};
use tierra_dataplane::balancer::config as node;
use tierra_model::{Shape, text_enum};

use super::errors::{Elbv2Error, configuration, invalid};
use super::limits::GROUPS_PER_ACTION;
use super::model::TargetGroup;
use crate::balancer::Balancer;

/// The largest weight of a group.
const MOST_WEIGHT: i32 = 999;
/// Seconds that a client may stay with a group: a week.
const STICKY_SECONDS: std::ops::RangeInclusive<i32> = 1..=604_800;
/// Bytes of a fixed response.
const BODY_BYTES: usize = 1024;

text_enum! {
    /// What an action does.
    pub enum ActionType { Forward = "forward", Redirect = "redirect", FixedResponse = "fixed-response" }
}

/// One action.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct Action {
    #[shape("Type")]
    pub kind: ActionType,
    pub target_group_arn: Option<String>,
    pub order: Option<i32>,
    pub redirect_config: Option<RedirectConfig>,
    pub fixed_response_config: Option<FixedResponseConfig>,
    pub forward_config: Option<ForwardConfig>,
}

/// Where a client is sent; each part may hold `#{protocol}`, `#{host}`, `#{port}`, `#{path}`, `#{query}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct RedirectConfig {
    pub protocol: Option<String>,
    pub port: Option<String>,
    pub host: Option<String>,
    pub path: Option<String>,
    pub query: Option<String>,
    pub status_code: StatusCode,
}

text_enum! {
    /// Whether a redirect is for good.
    pub enum StatusCode { Moved = "HTTP_301", Found = "HTTP_302" }
}

/// An answer of the balancer's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct FixedResponseConfig {
    pub message_body: Option<String>,
    pub status_code: String,
    pub content_type: Option<String>,
}

/// The groups that share the requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct ForwardConfig {
    pub target_groups: Vec<TargetGroupTuple>,
    pub target_group_stickiness_config: Option<TargetGroupStickinessConfig>,
}

/// A group and its share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct TargetGroupTuple {
    pub target_group_arn: String,
    pub weight: Option<i32>,
}

/// How long a client stays with the group that it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Shape)]
pub struct TargetGroupStickinessConfig {
    pub enabled: Option<bool>,
    pub duration_seconds: Option<i32>,
}

impl Action {
    /// The ARNs of the groups that it forwards to.
    pub fn target_groups(&self) -> Vec<String> {
        let forward = self.forward_config.iter().flat_map(|forward| &forward.target_groups);
        forward.map(|tuple| tuple.target_group_arn.clone()).collect()
    }
}

/// The actions of a listener or rule, checked and completed. Here each has one.
///
/// # Errors
/// Where there is none or more than one, or it does not fit itself, its groups or its load balancer.
pub(super) fn checked(tx: &Tx, place: &Place, balancer: &Balancer, actions: Vec<Action>) -> Result<Vec<Action>, Elbv2Error> {
    let mut actions = actions.into_iter();
    let action = actions.next().ok_or_else(|| invalid("At least one action must be specified"))?;
    if actions.next().is_some() {
        return Err(Elbv2Error::TooManyActions);
    }
    let only = |has: bool, what: &str| {
        if has {
            Ok(())
        } else {
            Err(invalid(format!("An action of type '{}' must have {what}", action.kind)))
        }
    };
    match action.kind {
        ActionType::Forward => Ok(vec![forward(tx, place, balancer, action)?]),
        ActionType::Redirect => {
            only(action.redirect_config.is_some(), "RedirectConfig")?;
            Ok(vec![redirect(action)?])
        }
        ActionType::FixedResponse => {
            only(action.fixed_response_config.is_some(), "FixedResponseConfig")?;
            Ok(vec![fixed(action)?])
        }
    }
}

fn forward(tx: &Tx, place: &Place, balancer: &Balancer, mut action: Action) -> Result<Action, Elbv2Error> {
    let mut config = match (action.forward_config.take(), &action.target_group_arn) {
        (Some(config), None) => config,
        (None, Some(arn)) => simple(arn),
        (Some(config), Some(arn)) if matches!(config.target_groups.as_slice(), [one] if one.target_group_arn == *arn) => config,
        (Some(_), Some(_)) => {
            return Err(invalid(
                "You cannot specify both a target group ARN and a forward config with other target groups",
            ));
        }
        (None, None) => return Err(invalid("A target group ARN must be specified")),
    };
    let count = config.target_groups.len();
    if !(1..=GROUPS_PER_ACTION).contains(&count) {
        return Err(invalid(format!(
            "A forward action must have between 1 and {GROUPS_PER_ACTION} target groups"
        )));
    }
    for tuple in &mut config.target_groups {
        let weight = *tuple.weight.get_or_insert(1);
        if !(0..=MOST_WEIGHT).contains(&weight) {
            return Err(invalid(format!("Weight '{weight}' must be between '0' and '{MOST_WEIGHT}'")));
        }
        check_group(tx, place, balancer, &tuple.target_group_arn)?;
    }
    sticky(config.target_group_stickiness_config.get_or_insert_default())?;
    action.target_group_arn = (count == 1).then(|| config.target_groups[0].target_group_arn.clone());
    action.forward_config = Some(config);
    Ok(action)
}

fn simple(arn: &str) -> ForwardConfig {
    let only = TargetGroupTuple {
        target_group_arn: arn.to_owned(),
        weight: Some(1),
    };
    ForwardConfig {
        target_groups: vec![only],
        target_group_stickiness_config: None,
    }
}

fn sticky(config: &mut TargetGroupStickinessConfig) -> Result<(), Elbv2Error> {
    let enabled = *config.enabled.get_or_insert(false);
    match config.duration_seconds {
        Some(seconds) if !STICKY_SECONDS.contains(&seconds) => {
            Err(invalid("Target group stickiness duration must be between 1 and 604800 seconds"))
        }
        None if enabled => Err(invalid(
            "Target group stickiness duration must be specified when stickiness is enabled",
        )),
        _ => Ok(()),
    }
}

fn check_group(tx: &Tx, place: &Place, balancer: &Balancer, arn: &str) -> Result<(), Elbv2Error> {
    let group = TargetGroup::require(tx, place, arn)?;
    if group.vpc != balancer.vpc {
        return Err(configuration(format!(
            "The target group '{arn}' is not in the same VPC as load balancer '{}'",
            balancer.arn
        )));
    }
    match group.load_balancer_arn(tx) {
        Some(other) if other != balancer.arn => Err(Elbv2Error::AssociationLimit { arn: arn.to_owned() }),
        _ => Ok(()),
    }
}

/// Completes a redirect with AWS's defaults; one that leads to itself is refused.
fn redirect(mut action: Action) -> Result<Action, Elbv2Error> {
    let Some(config) = action.redirect_config.as_mut() else {
        return Ok(action);
    };
    let protocol = config.protocol.get_or_insert_with(|| "#{protocol}".to_owned());
    if !matches!(protocol.as_str(), "HTTP" | "HTTPS" | "#{protocol}") {
        return Err(invalid(format!("'{protocol}' is not a valid protocol of a redirect")));
    }
    let host = config.host.get_or_insert_with(|| "#{host}".to_owned());
    let port = config.port.get_or_insert_with(|| "#{port}".to_owned());
    if port != "#{port}" && port.parse::<u16>().is_err() {
        return Err(invalid(format!("'{port}' is not a valid port of a redirect")));
    }
    let path = config.path.get_or_insert_with(|| "/#{path}".to_owned());
    if !path.starts_with('/') {
        return Err(invalid("The path of a redirect must begin with '/'"));
    }
    config.query.get_or_insert_with(|| "#{query}".to_owned());
    let same = protocol == "#{protocol}" && host == "#{host}" && port == "#{port}" && path == "/#{path}";
    if same {
        return Err(Elbv2Error::Action {
            reason: "The redirect configuration is not valid because it creates a loop".to_owned(),
        });
    }
    Ok(action)
}

fn fixed(action: Action) -> Result<Action, Elbv2Error> {
    let types = ["text/plain", "text/css", "text/html", "application/javascript", "application/json"];
    let Some(config) = &action.fixed_response_config else {
        return Ok(action);
    };
    let code = config.status_code.parse::<u16>().unwrap_or_default();
    if config.status_code.len() != 3 || !matches!(code / 100, 2 | 4 | 5) {
        return Err(invalid(format!(
            "The status code '{}' must be a 2XX, 4XX or 5XX code",
            config.status_code
        )));
    }
    if config.content_type.as_deref().is_some_and(|kind| !types.contains(&kind)) {
        return Err(invalid(format!("The content type must be one of [{}]", types.join(", "))));
    }
    if config.message_body.as_ref().is_some_and(|body| body.len() > BODY_BYTES) {
        return Err(invalid(format!("The message body cannot be longer than {BODY_BYTES} bytes")));
    }
    Ok(action)
}

/// An action as a node is told it.
pub(super) fn told(actions: &[Action]) -> node::Action {
    let nothing = Action::default();
    let action = actions.first().unwrap_or(&nothing);
    match (action.kind, &action.redirect_config, &action.fixed_response_config) {
        (ActionType::Redirect, Some(config), _) => node::Action::Redirect(told_redirect(config)),
        (ActionType::FixedResponse, _, Some(config)) => node::Action::FixedResponse(node::FixedResponse {
            status: config.status_code.parse().unwrap_or(503),
            content_type: config.content_type.clone(),
            body: config.message_body.clone().unwrap_or_default(),
        }),
        _ => node::Action::Forward(told_forward(action.forward_config.clone().unwrap_or_default())),
    }
}

fn told_redirect(config: &RedirectConfig) -> node::Redirect {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    node::Redirect {
        status: if config.status_code == StatusCode::Moved { 301 } else { 302 },
        protocol: part(&config.protocol),
        host: part(&config.host),
        port: part(&config.port),
        path: part(&config.path),
        query: part(&config.query),
    }
}

fn told_forward(config: ForwardConfig) -> node::Forward {
    let groups = config.target_groups.into_iter().map(|tuple| node::WeightedGroup {
        group: node::GroupId(tuple.target_group_arn),
        weight: tuple.weight.unwrap_or(1).unsigned_abs(),
    });
    let sticky = config.target_group_stickiness_config.filter(|sticky| sticky.enabled == Some(true));
    node::Forward {
        groups: groups.collect(),
        stickiness: sticky
            .and_then(|sticky| sticky.duration_seconds)
            .map(|seconds| node::Millis::seconds(u64::from(seconds.unsigned_abs()))),
    }
}
