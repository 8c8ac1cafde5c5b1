//! What the nodes of an Application Load Balancer are told: a pure function of rows.

use std::net::{IpAddr, SocketAddr};

use tierra_core::{Key, Tx};
use tierra_dataplane::balancer::config as node;
use tierra_dataplane::balancer::config::Millis;

use super::attribute::{Attributes, LISTENER, LOAD_BALANCER, TARGET_GROUP};
use super::limits;
use super::model::{Listener, ListenerProtocol, LoadBalancer, ProtocolVersion, Target, TargetGroup, TargetGroupProtocol, TargetType};
use super::{action, condition};
use crate::acm;
use crate::balancer::target::Server;
use crate::balancer::{AccessLog, Balancer, Drain};

/// Minutes between two deliveries of access logs.
const LOG_INTERVAL: u32 = 5;

/// The configuration of a balancer's nodes, save what differs from node to node.
pub fn config(tx: &Tx, balancer: &Balancer) -> Option<node::Config> {
    let load_balancer: LoadBalancer = tx.find(&balancer.place, &balancer.arn)?;
    let groups = load_balancer.target_groups(tx).into_iter();
    let groups = groups.filter_map(|arn| tx.find::<TargetGroup>(&balancer.place, arn));
    Some(node::Config {
        revision: 0,
        kind: node::Kind::Application,
        name: balancer.name.clone(),
        zones: Vec::new(),
        attributes: attributes(&load_balancer.attributes),
        listeners: load_balancer
            .listeners(tx)
            .iter()
            .map(|listener| told_listener(tx, listener))
            .collect(),
        groups: groups.map(|group| told_group(tx, &group)).collect(),
        cookie_key: balancer.cookie_key.clone(),
        access_log: load_balancer.attributes.on(LOAD_BALANCER, "access_logs.s3.enabled"),
    })
}

/// Where its access logs go.
pub fn access_log(tx: &Tx, balancer: &Balancer) -> Option<AccessLog> {
    let row: LoadBalancer = tx.find(&balancer.place, &balancer.arn)?;
    let own = |key: &str| row.attributes.text(LOAD_BALANCER, key);
    row.attributes.on(LOAD_BALANCER, "access_logs.s3.enabled").then(|| AccessLog {
        bucket: own("access_logs.s3.bucket"),
        prefix: own("access_logs.s3.prefix"),
        interval: LOG_INTERVAL,
    })
}

/// The targets that its nodes let finish.
pub fn drains(tx: &Tx, balancer: &Balancer) -> Vec<Drain> {
    let load_balancer: Option<LoadBalancer> = tx.find(&balancer.place, &balancer.arn);
    let arns = load_balancer
        .map(|load_balancer| load_balancer.target_groups(tx))
        .unwrap_or_default();
    let groups = arns.into_iter().filter_map(|arn| tx.find::<TargetGroup>(&balancer.place, arn));
    let drains = groups.flat_map(|group| {
        let seconds = group.attributes.number(TARGET_GROUP, "deregistration_delay.timeout_seconds");
        let leaving = group.targets(tx).into_iter();
        leaving.filter_map(move |target| {
            Some(Drain {
                since: target.leaving?,
                target: target.name(),
                groups: vec![target.group],
                seconds,
            })
        })
    });
    drains.collect()
}

/// Ends the registration of a target that has finished.
pub fn release(tx: &mut Tx, balancer: &Balancer, drain: &Drain) {
    for group in &drain.groups {
        let key = Key::<Target>::new(&balancer.place, format!("{group} {}", drain.target));
        if tx.get(&key).is_some_and(|target| target.leaving.is_some()) {
            tx.delete(&key);
        }
    }
}

fn attributes(own: &Attributes) -> node::Attributes {
    let on = |key: &str| own.on(LOAD_BALANCER, key);
    let seconds = |key: &str| Millis::seconds(own.number(LOAD_BALANCER, key));
    node::Attributes {
        idle_timeout: seconds("idle_timeout.timeout_seconds"),
        client_keep_alive: seconds("client_keep_alive.seconds"),
        xff: match own.text(LOAD_BALANCER, "routing.http.xff_header_processing.mode").as_str() {
            "preserve" => node::XffMode::Preserve,
            "remove" => node::XffMode::Remove,
            _ => node::XffMode::Append,
        },
        xff_client_port: on("routing.http.xff_client_port.enabled"),
        preserve_host: on("routing.http.preserve_host_header.enabled"),
        drop_invalid_headers: on("routing.http.drop_invalid_header_fields.enabled"),
        tls_headers: on("routing.http.x_amzn_tls_version_and_cipher_suite.enabled"),
        http2: on("routing.http2.enabled"),
        desync: match own.text(LOAD_BALANCER, "routing.http.desync_mitigation_mode").as_str() {
            "monitor" => node::DesyncMode::Monitor,
            "strictest" => node::DesyncMode::Strictest,
            _ => node::DesyncMode::Defensive,
        },
        cross_zone: on("load_balancing.cross_zone.enabled"),
    }
}

fn told_listener(tx: &Tx, listener: &Listener) -> node::Listener {
    let rules = listener.rules(tx);
    node::Listener {
        port: listener.port,
        protocol: match listener.protocol {
            ListenerProtocol::Http => node::ListenerProtocol::Http,
            ListenerProtocol::Https => node::ListenerProtocol::Https,
        },
        tls: (listener.protocol == ListenerProtocol::Https).then(|| node::Tls {
            certificates: acm::told(tx, &listener.certificates),
            versions: super::ops::tls_versions(listener.ssl_policy.as_deref()),
        }),
        rules: rules
            .iter()
            .map(|rule| node::Rule {
                priority: rule.priority,
                conditions: rule.conditions.iter().filter_map(condition::told).collect(),
                action: action::told(&rule.actions),
            })
            .collect(),
        default_action: action::told(&listener.actions),
        response_headers: response_headers(&listener.attributes),
        server_header: listener.attributes.on(LISTENER, "routing.http.response.server.enabled"),
    }
}

/// `routing.http.response.strict_transport_security.header_value` becomes `strict-transport-security`.
fn response_headers(own: &Attributes) -> std::collections::BTreeMap<String, String> {
    let header = |attribute: super::attribute::Attribute| {
        let name = attribute
            .key
            .strip_prefix("routing.http.response.")?
            .strip_suffix(".header_value")?
            .replace('_', "-");
        (!attribute.value.is_empty()).then_some((name, attribute.value))
    };
    own.list(LISTENER).into_iter().filter_map(header).collect()
}

fn told_group(tx: &Tx, group: &TargetGroup) -> node::TargetGroup {
    let own = |key: &str| group.attributes.text(TARGET_GROUP, key);
    let number = |key: &str| group.attributes.number(TARGET_GROUP, key);
    let version = match group.version {
        ProtocolVersion::Http1 => node::HttpVersion::Http1,
        ProtocolVersion::Http2 => node::HttpVersion::Http2,
    };
    node::TargetGroup {
        id: node::GroupId(group.arn.clone()),
        protocol: match group.protocol {
            TargetGroupProtocol::Http => node::BackendProtocol::Http,
            TargetGroupProtocol::Https => node::BackendProtocol::Https,
        },
        version,
        proxy_protocol: None,
        algorithm: match own("load_balancing.algorithm.type").as_str() {
            "least_outstanding_requests" => node::Algorithm::LeastOutstandingRequests,
            _ => node::Algorithm::RoundRobin,
        },
        stickiness: stickiness(&group.attributes),
        slow_start: Millis::seconds(number("slow_start.duration_seconds")),
        cross_zone: own("load_balancing.cross_zone.enabled").parse().ok(),
        minimum_healthy_targets: u32::try_from(number("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count"))
            .unwrap_or(1),
        health_check: health_check(group, version),
        targets: group
            .targets(tx)
            .iter()
            .filter_map(|target| told_target(tx, group, target))
            .collect(),
    }
}

fn stickiness(own: &Attributes) -> Option<node::Stickiness> {
    let seconds = |key: &str| Some(Millis::seconds(own.number(TARGET_GROUP, key)));
    if !own.on(TARGET_GROUP, "stickiness.enabled") {
        return None;
    }
    Some(match own.text(TARGET_GROUP, "stickiness.type").as_str() {
        "app_cookie" => node::Stickiness::AppCookie {
            name: own.text(TARGET_GROUP, "stickiness.app_cookie.cookie_name"),
            expires: seconds("stickiness.app_cookie.duration_seconds"),
        },
        _ => node::Stickiness::LbCookie {
            expires: seconds("stickiness.lb_cookie.duration_seconds"),
        },
    })
}

fn health_check(group: &TargetGroup, version: node::HttpVersion) -> node::HealthCheck {
    let check = &group.health_check;
    let seconds = |seconds: u32| Millis::seconds(u64::from(seconds));
    node::HealthCheck {
        enabled: check.enabled,
        protocol: match check.protocol {
            TargetGroupProtocol::Http => node::CheckProtocol::Http,
            TargetGroupProtocol::Https => node::CheckProtocol::Https,
        },
        port: check.port,
        path: check.path.clone(),
        version,
        interval: seconds(check.interval),
        timeout: seconds(check.timeout),
        healthy_threshold: check.healthy_threshold,
        unhealthy_threshold: check.unhealthy_threshold,
        matcher: node::Matcher(limits::matcher(&check.matcher).unwrap_or_else(|_| vec![(200, 200)])),
    }
}

/// An instance that does not run is not told: there is nobody to ask.
fn told_target(tx: &Tx, group: &TargetGroup, target: &Target) -> Option<node::Target> {
    let address: IpAddr = match group.kind {
        TargetType::Instance => Server::find(tx, &group.place, &target.id).filter(Server::runs)?.address?.into(),
        _ => target.id.parse().ok()?,
    };
    Some(node::Target {
        id: node::TargetId(target.name()),
        address: SocketAddr::new(address, target.port),
        zone: target.zone.clone().filter(|zone| zone != "all"),
        draining: target.leaving.is_some(),
    })
}
