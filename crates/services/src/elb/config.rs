//! What the nodes of a Classic Load Balancer are told: a pure function of rows.
//!
//! A listener's instances are one group for each way to talk to them: protocol, port and stickiness.

use std::net::SocketAddr;

use tierra_core::Tx;
use tierra_dataplane::balancer::config as node;
use tierra_dataplane::balancer::config::Millis;

use super::model::{Listener, LoadBalancer, Protocol};
use super::policy::PolicyType;
use crate::acm;
use crate::balancer::target::Server;
use crate::balancer::{AccessLog, Balancer, Drain};

/// The configuration of a balancer's nodes, save what differs from node to node.
pub fn config(tx: &Tx, balancer: &Balancer) -> Option<node::Config> {
    let row: LoadBalancer = tx.find(&balancer.place, &balancer.name)?;
    let targets = targets(tx, &row);
    let mut groups: Vec<node::TargetGroup> = Vec::new();
    for listener in &row.listeners {
        let id = group_id(listener);
        if !groups.iter().any(|group| group.id.0 == id) {
            groups.push(told_group(&row, listener, &targets));
        }
    }
    Some(node::Config {
        revision: 0,
        kind: node::Kind::Classic,
        name: balancer.name.clone(),
        zones: Vec::new(),
        attributes: node::Attributes {
            idle_timeout: seconds(row.attributes.idle_timeout),
            cross_zone: row.attributes.cross_zone,
            desync: match row.attributes.desync.as_str() {
                "monitor" => node::DesyncMode::Monitor,
                "strictest" => node::DesyncMode::Strictest,
                _ => node::DesyncMode::Defensive,
            },
            // A Classic Load Balancer speaks HTTP/1.1 only.
            http2: false,
            ..node::Attributes::default()
        },
        listeners: row.listeners.iter().map(|listener| told_listener(tx, listener)).collect(),
        groups,
        cookie_key: balancer.cookie_key.clone(),
        access_log: row.attributes.access_log.is_some(),
    })
}

fn seconds(seconds: u32) -> Millis {
    Millis::seconds(u64::from(seconds))
}

/// The name of a listener's group.
fn group_id(listener: &Listener) -> String {
    format!(
        "{}:{}:{}",
        listener.instance_protocol,
        listener.instance_port,
        listener.policies.join(",")
    )
}

/// The names of all groups.
pub(super) fn group_ids(row: &LoadBalancer) -> Vec<String> {
    let mut ids: Vec<String> = row.listeners.iter().map(group_id).collect();
    ids.sort();
    ids.dedup();
    ids
}

fn told_listener(tx: &Tx, listener: &Listener) -> node::Listener {
    let only = node::WeightedGroup {
        group: node::GroupId(group_id(listener)),
        weight: 1,
    };
    let tls = matches!(listener.protocol, Protocol::Https | Protocol::Ssl);
    let certificates: Vec<String> = listener.certificate.iter().cloned().collect();
    node::Listener {
        port: listener.port,
        protocol: match listener.protocol {
            Protocol::Http => node::ListenerProtocol::Http,
            Protocol::Https => node::ListenerProtocol::Https,
            Protocol::Tcp => node::ListenerProtocol::Tcp,
            Protocol::Ssl => node::ListenerProtocol::Tls,
        },
        tls: tls.then(|| node::Tls {
            certificates: acm::told(tx, &certificates),
            versions: vec![node::TlsVersion::V1_2, node::TlsVersion::V1_3],
        }),
        rules: Vec::new(),
        default_action: node::Action::Forward(node::Forward {
            groups: vec![only],
            stickiness: None,
        }),
        response_headers: Default::default(),
        server_header: true,
    }
}

/// The instances that run, with the port still open: each group has its own.
fn targets(tx: &Tx, row: &LoadBalancer) -> Vec<(node::Target, std::net::Ipv4Addr)> {
    let told = row.instances.iter().filter_map(|one| {
        let server = Server::find(tx, &row.place, &one.instance).filter(Server::runs)?;
        let address = server.address?;
        let target = node::Target {
            id: node::TargetId(one.instance.clone()),
            address: SocketAddr::new(address.into(), 0),
            zone: Some(server.zone),
            draining: one.leaving.is_some(),
        };
        Some((target, address))
    });
    told.collect()
}

fn told_group(row: &LoadBalancer, listener: &Listener, targets: &[(node::Target, std::net::Ipv4Addr)]) -> node::TargetGroup {
    let with_port = targets.iter().map(|(target, address)| node::Target {
        address: SocketAddr::new((*address).into(), listener.instance_port),
        ..target.clone()
    });
    let by_requests = matches!(listener.instance_protocol, Protocol::Http | Protocol::Https);
    node::TargetGroup {
        id: node::GroupId(group_id(listener)),
        protocol: match listener.instance_protocol {
            Protocol::Http => node::BackendProtocol::Http,
            Protocol::Https => node::BackendProtocol::Https,
            Protocol::Tcp => node::BackendProtocol::Tcp,
            Protocol::Ssl => node::BackendProtocol::Tls,
        },
        version: node::HttpVersion::Http1,
        proxy_protocol: proxied(row, listener.instance_port).then_some(node::ProxyProtocol::V1),
        // "How Elastic Load Balancing works": least outstanding requests for HTTP, round robin for TCP.
        algorithm: if by_requests {
            node::Algorithm::LeastOutstandingRequests
        } else {
            node::Algorithm::RoundRobin
        },
        stickiness: stickiness(row, listener),
        slow_start: Millis(0),
        cross_zone: None,
        minimum_healthy_targets: 1,
        health_check: health_check(row),
        targets: with_port.collect(),
    }
}

fn proxied(row: &LoadBalancer, port: u16) -> bool {
    let named = row
        .proxied_ports
        .iter()
        .filter(|one| one.port == port)
        .flat_map(|one| &one.policies);
    let policies = named.filter_map(|name| row.policies.iter().find(|policy| policy.name == *name));
    policies.into_iter().any(|policy| policy.get("ProxyProtocol") == Some("true"))
}

fn stickiness(row: &LoadBalancer, listener: &Listener) -> Option<node::Stickiness> {
    let policies = listener
        .policies
        .iter()
        .filter_map(|name| row.policies.iter().find(|policy| policy.name == *name));
    policies.into_iter().find_map(|policy| match policy.kind {
        PolicyType::LbCookie => {
            let period = policy.get("CookieExpirationPeriod").and_then(|period| period.parse().ok());
            Some(node::Stickiness::LbCookie {
                expires: period.map(Millis::seconds),
            })
        }
        PolicyType::AppCookie => Some(node::Stickiness::AppCookie {
            name: policy.get("CookieName").unwrap_or_default().to_owned(),
            expires: None,
        }),
        PolicyType::ProxyProtocol | PolicyType::SslNegotiation => None,
    })
}

fn health_check(row: &LoadBalancer) -> node::HealthCheck {
    let check = &row.health_check;
    node::HealthCheck {
        enabled: true,
        protocol: match check.protocol {
            Protocol::Http => node::CheckProtocol::Http,
            Protocol::Https => node::CheckProtocol::Https,
            Protocol::Tcp => node::CheckProtocol::Tcp,
            Protocol::Ssl => node::CheckProtocol::Tls,
        },
        port: Some(check.port),
        path: check.path.clone().unwrap_or_default(),
        version: node::HttpVersion::Http1,
        interval: seconds(check.interval),
        timeout: seconds(check.timeout),
        healthy_threshold: check.healthy_threshold,
        unhealthy_threshold: check.unhealthy_threshold,
        matcher: node::Matcher::default(),
    }
}

/// Where its access logs go.
pub fn access_log(tx: &Tx, balancer: &Balancer) -> Option<AccessLog> {
    tx.find::<LoadBalancer>(&balancer.place, &balancer.name)?.attributes.access_log
}

/// The instances that its nodes let finish; each in each of its groups.
pub fn drains(tx: &Tx, balancer: &Balancer) -> Vec<Drain> {
    let Some(row) = tx.find::<LoadBalancer>(&balancer.place, &balancer.name) else {
        return Vec::new();
    };
    let leaving = row.instances.iter().filter_map(|one| Some((one.instance.clone(), one.leaving?)));
    let drains = leaving.map(|(target, since)| Drain {
        groups: group_ids(&row),
        target,
        since,
        seconds: u64::from(row.attributes.draining.unwrap_or(0)),
    });
    drains.collect()
}

/// Ends the registration of an instance that has finished.
pub fn release(tx: &mut Tx, balancer: &Balancer, drain: &Drain) {
    if let Some(mut row) = tx.find::<LoadBalancer>(&balancer.place, &balancer.name) {
        row.instances.retain(|one| one.instance != drain.target || one.leaving.is_none());
        tx.save(row);
    }
}
