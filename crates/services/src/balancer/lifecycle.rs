//! What happens to a balancer from its making to its end: for the operations of its service, in their transaction.

use std::collections::{BTreeMap, BTreeSet};

use tierra_core::resource_type::Progress;
use tierra_core::{AwsError, Call, Ids, Key, Place, Tx};
use tierra_dataplane::balancer::config::Kind;
use tierra_drivers::compute::Limits;

use super::model::{Balancer, NodeStatus, Scheme, ZoneNode};
use super::placement;
use crate::ec2::network_interface::{self, Attachment, GROUPS_PER_INTERFACE, NetworkInterface, NewInterface};
use crate::ec2::security_group::SecurityGroupId;
use crate::ec2::subnet::Subnet;
use crate::names::{self, Name};
use crate::node::{self, NodeSpec, Power};

/// Who the interfaces' attachments belong to.
const REQUESTER: &str = "amazon-elb";
const IMAGE: &str = "debian-12";
const HOSTNAME: &str = "balancer";
const INIT: [&str; 4] = ["/usr/lib/tierra/tierra", "lb-node", "--control", CONTROL];
/// Where a node listens for its orders.
pub(super) const CONTROL: &str = "/run/node/control.sock";
/// One core's worth of work and room for many connections; see `make bench`.
const LIMITS: Limits = Limits {
    cpu_millis: 2000,
    memory_bytes: 512 << 20,
    pids: 256,
};
/// Hexadecimal digits of a cookie key.
const COOKIE_KEY_DIGITS: usize = 32;

/// What is asked of a new balancer.
pub struct NewBalancer {
    pub name: String,
    pub kind: Kind,
    pub arn: String,
    pub scheme: Scheme,
    /// Of one VPC, each in another zone; see [`super::subnets`].
    pub subnets: Vec<Subnet>,
    /// None: the VPC's default group.
    pub groups: Vec<SecurityGroupId>,
    /// `web-1234567890.us-east-1.elb.amazonaws.com`
    pub dns_name: String,
}

/// Makes a balancer with a node in each subnet's zone.
///
/// # Errors
/// Where a group is not there or of another VPC, or a subnet or the cloud has no address left.
pub fn create(tx: &mut Tx, call: &Call, new: NewBalancer) -> Result<Balancer, AwsError> {
    let vpc = new.subnets.first().map(|subnet| subnet.vpc.clone()).unwrap_or_default();
    let balancer = Balancer {
        place: call.place.clone(),
        name: new.name,
        kind: new.kind,
        arn: new.arn,
        scheme: new.scheme,
        groups: checked_groups(tx, &call.place, &vpc, &new.groups)?,
        vpc,
        dns_name: new.dns_name,
        cookie_key: call.ids.hex(COOKIE_KEY_DIGITS),
        created: call.now,
        certificates: BTreeSet::new(),
    };
    tx.save(balancer.clone());
    set_subnets(tx, call, &balancer, &new.subnets)?;
    Ok(balancer)
}

fn checked_groups(
    tx: &Tx,
    place: &Place,
    vpc: &crate::ec2::vpc::VpcId,
    asked: &[SecurityGroupId],
) -> Result<Vec<SecurityGroupId>, AwsError> {
    if asked.len() > GROUPS_PER_INTERFACE {
        return Err(placement::PlacementError::Configuration {
            reason: format!("A load balancer cannot have more than {GROUPS_PER_INTERFACE} security groups"),
        }
        .into());
    }
    placement::groups(tx, place, vpc, asked)
}

/// Lets a balancer stand in these subnets and no others.
///
/// # Errors
/// Where a subnet or the cloud has no address left.
pub fn set_subnets(tx: &mut Tx, call: &Call, balancer: &Balancer, subnets: &[Subnet]) -> Result<(), AwsError> {
    let standing = balancer.standing(tx);
    for node in &standing {
        if !subnets.iter().any(|subnet| subnet.id == node.subnet) {
            leave(tx, node.clone());
        }
    }
    for subnet in subnets {
        if !standing.iter().any(|node| node.subnet == subnet.id) {
            stand(tx, call, balancer, subnet)?;
        }
    }
    name(tx, balancer);
    Ok(())
}

/// A node in a subnet, with an interface of its own.
fn stand(tx: &mut Tx, call: &Call, balancer: &Balancer, subnet: &Subnet) -> Result<(), AwsError> {
    let new = NewInterface {
        groups: balancer.groups.clone(),
        description: balancer.description(),
        requester: Some(REQUESTER.to_owned()),
        ..NewInterface::default()
    };
    let mut interface = network_interface::create(tx, &call.ids, subnet, new)?;
    let attachment = Attachment {
        id: call.ids.next(),
        instance: None,
        device_index: 0,
        attached: call.now,
        delete_on_termination: false,
    };
    network_interface::attach(tx, &mut interface, attachment)?;
    if balancer.scheme == Scheme::InternetFacing {
        network_interface::lend_public(tx, &call.ids, &mut interface)?;
    }
    let node = node::create(tx, &call.ids, &balancer.place, spec(balancer, &interface));
    tx.save(ZoneNode {
        place: balancer.place.clone(),
        id: node.id,
        balancer: balancer.name.clone(),
        zone: subnet.zone.clone(),
        subnet: subnet.id.clone(),
        interface: interface.id,
        leaving: false,
        status: NodeStatus::default(),
    });
    Ok(())
}

/// The sandbox that a node is.
fn spec(balancer: &Balancer, interface: &NetworkInterface) -> NodeSpec {
    NodeSpec {
        owner: balancer.arn.clone(),
        image: IMAGE.to_owned(),
        hostname: HOSTNAME.to_owned(),
        init: INIT.map(str::to_owned).to_vec(),
        env: BTreeMap::new(),
        files: Vec::new(),
        interfaces: vec![interface.id.clone()],
        limits: LIMITS,
        power: Power::On,
        boot: 0,
    }
}

/// The reconciler ends it once it has handed over its logs.
fn leave(tx: &mut Tx, mut node: ZoneNode) {
    node.leaving = true;
    tx.save(node);
}

/// Writes where the balancer's name leads: to its nodes that stay and can serve, or to all where none can ("Target group health": DNS
/// failover).
pub(super) fn name(tx: &mut Tx, balancer: &Balancer) {
    let mut nodes = balancer.standing(tx);
    if nodes.iter().any(|node| !node.status.failing) {
        nodes.retain(|node| !node.status.failing);
    }
    let interfaces = nodes
        .into_iter()
        .filter_map(|node| tx.find::<NetworkInterface>(&node.place, &node.interface));
    let interfaces: Vec<NetworkInterface> = interfaces.collect();
    let name = Name {
        place: balancer.place.clone(),
        fqdn: balancer.dns_name.to_ascii_lowercase(),
        vpc: balancer.vpc.clone(),
        private: interfaces.iter().map(|interface| interface.address).collect(),
        public: interfaces
            .iter()
            .filter_map(|interface| Some(interface.public.as_ref()?.address))
            .collect(),
    };
    names::put(tx, &name);
}

/// Gives a balancer other groups; they hold at its interfaces at once.
///
/// # Errors
/// Where one is not there or of another VPC.
pub fn set_groups(tx: &mut Tx, balancer: &Balancer, groups: &[SecurityGroupId]) -> Result<Vec<SecurityGroupId>, AwsError> {
    let groups = checked_groups(tx, &balancer.place, &balancer.vpc, groups)?;
    for node in balancer.nodes(tx) {
        if let Some(mut interface) = tx.find::<NetworkInterface>(&node.place, &node.interface) {
            interface.groups.clone_from(&groups);
            tx.save(interface);
        }
    }
    tx.save(Balancer {
        groups: groups.clone(),
        ..balancer.clone()
    });
    Ok(groups)
}

/// Ends a balancer. Its nodes and interfaces go as the machine follows.
pub fn delete(tx: &mut Tx, balancer: &Balancer) {
    for node in balancer.standing(tx) {
        leave(tx, node);
    }
    names::remove(tx, &balancer.place, &balancer.dns_name.to_ascii_lowercase());
    tx.delete(&Key::<Balancer>::new(&balancer.place, &balancer.name));
}

/// Where a balancer is in its life, for CloudFormation: it is gone with its last interface.
pub fn progress(tx: &Tx, place: &Place, name: &str) -> Progress {
    match Balancer::named(tx, place, name) {
        Some(balancer) if balancer.has_served(tx) => Progress::Ready,
        None if tx.by_index::<ZoneNode>(place, "balancer", name).is_empty() => Progress::Gone,
        _ => Progress::Working,
    }
}

/// The ARNs of the balancers that use a certificate.
pub fn using_certificate(tx: &Tx, place: &Place, arn: &str) -> Vec<String> {
    let users = tx.by_index::<Balancer>(place, "certificate", arn).into_iter();
    users.map(|balancer| balancer.arn).collect()
}

/// A name like AWS's: `web-1234567890.us-east-1.elb.amazonaws.com`.
pub fn dns_name(ids: &Ids, place: &Place, name: &str, scheme: Scheme) -> String {
    const SMALLEST: u64 = 1_000_000_000;
    let prefix = if scheme == Scheme::Internal { "internal-" } else { "" };
    let number = SMALLEST + ids.below(SMALLEST);
    format!("{prefix}{name}-{number}.{}.elb.amazonaws.com", place.region)
}
