//! From what callers write to what rules permit, and back.
//! Follows the page "Security group rules" of the VPC user guide and "IpPermission" of the EC2 API reference.

use tierra_core::{AwsError, Tx};

use super::api::{IpPermission, IpRange, Ipv6Range, RuleRequest, UserIdGroupPair};
use super::errors::SecurityGroupError;
use super::model::{Direction, Peer, Permission, Protocol, SecurityGroup, SecurityGroupRule};
use crate::ec2::errors::Ec2Error;
use crate::ec2::vpc::Vpc;

/// Characters of a rule's description.
const DESCRIPTION: usize = 255;

/// A permission that a caller wrote, and its words.
pub type Worded = (Permission, Option<String>);

/// Every permission that these hold, for a group.
///
/// # Errors
/// Where a protocol, port, address or group cannot be.
pub fn parse(tx: &Tx, group: &SecurityGroup, direction: Direction, written: &[IpPermission]) -> Result<Vec<Worded>, AwsError> {
    let mut parsed = Vec::new();
    for permission in written {
        let (protocol, ports) = traffic(permission.ip_protocol.as_deref(), permission.from_port, permission.to_port)?;
        for (peer, description) in peers(tx, group, permission)? {
            check_description(description.as_deref())?;
            let permission = Permission {
                direction,
                protocol,
                ports,
                peer,
            };
            parsed.push((permission, description));
        }
    }
    Ok(parsed)
}

/// The one permission of a rule's request.
///
/// # Errors
/// As [`parse`], and where it names no peer, or several.
pub fn parse_rule(tx: &Tx, group: &SecurityGroup, direction: Direction, request: &RuleRequest) -> Result<Worded, AwsError> {
    let description = &request.description;
    let range = |cidr_ip: &String| IpRange {
        cidr_ip: cidr_ip.clone(),
        description: description.clone(),
    };
    let range6 = |cidr_ipv6: &String| Ipv6Range {
        cidr_ipv6: cidr_ipv6.clone(),
        description: description.clone(),
    };
    let pair = |id: &_| UserIdGroupPair {
        group_id: Some(Clone::clone(id)),
        description: description.clone(),
        ..UserIdGroupPair::default()
    };
    let written = IpPermission {
        ip_protocol: request.ip_protocol.clone(),
        from_port: request.from_port,
        to_port: request.to_port,
        ip_ranges: request.cidr_ipv4.iter().map(range).collect(),
        ipv6_ranges: request.cidr_ipv6.iter().map(range6).collect(),
        user_id_group_pairs: request.referenced_group_id.iter().map(pair).collect(),
        prefix_list_ids: Vec::new(),
    };
    let mut parsed = parse(tx, group, direction, &[written])?;
    match (parsed.pop(), parsed.is_empty()) {
        (Some(one), true) => Ok(one),
        _ => {
            let reason = "Exactly one of CidrIpv4, CidrIpv6, ReferencedGroupId must be specified".to_owned();
            Err(Ec2Error::Combination { reason }.into())
        }
    }
}

fn check_description(text: Option<&str>) -> Result<(), SecurityGroupError> {
    let text = text.unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if text.len() <= DESCRIPTION && text.chars().all(allowed) {
        return Ok(());
    }
    Err(SecurityGroupError::InvalidText {
        value: text.to_owned(),
        name: "description",
        reason: "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set: a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*".to_owned(),
    })
}

type Ports = Option<(i32, i32)>;

fn traffic(protocol: Option<&str>, from: Option<i32>, to: Option<i32>) -> Result<(Protocol, Ports), AwsError> {
    let text = protocol.ok_or(Ec2Error::Missing { name: "ipProtocol" })?;
    let invalid = |()| SecurityGroupError::InvalidProtocol { protocol: text.to_owned() };
    let protocol: Protocol = text.parse().map_err(invalid)?;
    let ports = match protocol {
        Protocol::TCP | Protocol::UDP => Some(port_range(from, to)?),
        Protocol::ICMP => Some(icmp(from, to)?),
        Protocol::ICMPV6 => Some(icmp(from.or(Some(-1)), to.or(Some(-1)))?),
        _ => None,
    };
    Ok((protocol, ports))
}

fn invalid_ports(reason: String) -> SecurityGroupError {
    SecurityGroupError::InvalidPorts { reason }
}

fn port_range(from: Option<i32>, to: Option<i32>) -> Result<(i32, i32), SecurityGroupError> {
    let (Some(from), Some(to)) = (from, to) else {
        let reason = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.";
        return Err(invalid_ports(reason.to_owned()));
    };
    let valid = 0..=i32::from(u16::MAX);
    if let Some(port) = [from, to].into_iter().find(|port| !valid.contains(port)) {
        return Err(invalid_ports(format!("TCP/UDP port ({port}) out of range")));
    }
    if from > to {
        return Err(invalid_ports(format!("Invalid TCP/UDP port range ({from}:{to})")));
    }
    Ok((from, to))
}

fn icmp(kind: Option<i32>, code: Option<i32>) -> Result<(i32, i32), SecurityGroupError> {
    let (Some(kind), Some(code)) = (kind, code) else {
        let reason = "Invalid value 'Must specify both ICMP type and code.' for icmpTypeCode.";
        return Err(invalid_ports(reason.to_owned()));
    };
    let valid = -1..=i32::from(u8::MAX);
    if !valid.contains(&kind) {
        return Err(invalid_ports(format!("ICMP type ({kind}) out of range")));
    }
    if !valid.contains(&code) || (kind == -1 && code != -1) {
        return Err(invalid_ports(format!("ICMP code ({code}) out of range")));
    }
    Ok((kind, code))
}

fn peers(tx: &Tx, group: &SecurityGroup, permission: &IpPermission) -> Result<Vec<(Peer, Option<String>)>, AwsError> {
    let mut peers = Vec::new();
    for range in &permission.ip_ranges {
        peers.push((cidr(&range.cidr_ip)?, range.description.clone()));
    }
    for range in &permission.ipv6_ranges {
        let malformed = |_| malformed(&range.cidr_ipv6);
        let cidr: ipnet::Ipv6Net = range.cidr_ipv6.parse().map_err(malformed)?;
        peers.push((Peer::Cidr6(cidr.trunc()), range.description.clone()));
    }
    for pair in &permission.user_id_group_pairs {
        peers.push((Peer::Group(referenced(tx, group, pair)?.id), pair.description.clone()));
    }
    match permission.prefix_list_ids.first() {
        Some(list) => Err(SecurityGroupError::NoSuchPrefixList {
            id: list.prefix_list_id.clone(),
        }
        .into()),
        None => Ok(peers),
    }
}

/// Bits outside the mask are cleared, as AWS does.
fn cidr(text: &str) -> Result<Peer, SecurityGroupError> {
    let cidr: ipnet::Ipv4Net = text.parse().map_err(|_| malformed(text))?;
    Ok(Peer::Cidr(cidr.trunc()))
}

fn malformed(cidr: &str) -> SecurityGroupError {
    SecurityGroupError::InvalidCidr { cidr: cidr.to_owned() }
}

/// A group of the same VPC, by id, or in the default VPC by name.
fn referenced(tx: &Tx, group: &SecurityGroup, pair: &UserIdGroupPair) -> Result<SecurityGroup, AwsError> {
    let named = |id: &str| SecurityGroupError::NotFound { id: id.to_owned() };
    let found: SecurityGroup = match (&pair.group_id, &pair.group_name) {
        (Some(id), _) => tx.find(&group.place, id).ok_or_else(|| named(id.as_str()))?,
        (None, Some(name)) => {
            let vpc = Vpc::default_of(tx, &group.place).filter(|vpc| vpc.id == group.vpc);
            let found = vpc.and_then(|vpc| SecurityGroup::named(tx, &group.place, &vpc.id, name));
            found.ok_or_else(|| named(name))?
        }
        (None, None) => return Err(Ec2Error::Missing { name: "groupId" }.into()),
    };
    let other_owner = pair.user_id.as_ref().is_some_and(|owner| *owner != group.place.account.0);
    if other_owner {
        return Err(named(found.id.as_str()).into());
    }
    if found.vpc == group.vpc {
        Ok(found)
    } else {
        Err(SecurityGroupError::OtherNetwork.into())
    }
}

/// Rules as the older operations tell them: one entry for each protocol and port range.
pub fn grouped<'a>(group: &SecurityGroup, rules: impl Iterator<Item = &'a SecurityGroupRule>) -> Vec<IpPermission> {
    let mut permissions: Vec<IpPermission> = Vec::new();
    for rule in rules {
        let traffic = IpPermission {
            ip_protocol: Some(rule.permission.protocol.to_string()),
            from_port: rule.permission.ports.map(|(from, _)| from),
            to_port: rule.permission.ports.map(|(_, to)| to),
            ..IpPermission::default()
        };
        let same = |other: &IpPermission| {
            (&other.ip_protocol, other.from_port, other.to_port) == (&traffic.ip_protocol, traffic.from_port, traffic.to_port)
        };
        let at = permissions.iter().position(same).unwrap_or_else(|| {
            permissions.push(traffic.clone());
            permissions.len() - 1
        });
        add_peer(&mut permissions[at], group, rule);
    }
    permissions
}

fn add_peer(permission: &mut IpPermission, group: &SecurityGroup, rule: &SecurityGroupRule) {
    let description = rule.description.clone();
    match &rule.permission.peer {
        Peer::Cidr(cidr) => permission.ip_ranges.push(IpRange {
            cidr_ip: cidr.to_string(),
            description,
        }),
        Peer::Cidr6(cidr) => permission.ipv6_ranges.push(Ipv6Range {
            cidr_ipv6: cidr.to_string(),
            description,
        }),
        Peer::Group(id) => permission.user_id_group_pairs.push(UserIdGroupPair {
            user_id: Some(group.place.account.to_string()),
            group_id: Some(id.clone()),
            description,
            ..UserIdGroupPair::default()
        }),
    }
}
