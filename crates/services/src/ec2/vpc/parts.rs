//! What comes with every VPC: its main route table, its default security group, its network on the machine.

use ipnet::Ipv4Net;
use tierra_core::{Ids, Key, Place, Tx};

use super::default::Home;
use super::model::{Tenancy, Vpc};
use crate::ec2::network::Network;
use crate::ec2::route_table::{Association, Route, RouteTable, Target};
use crate::ec2::security_group::{DEFAULT_NAME, Direction, Peer, Permission, Protocol, SecurityGroup, SecurityGroupRule};
use crate::ec2::tag;

/// What is asked of a new VPC, checked.
pub struct NewVpc {
    pub cidr: Ipv4Net,
    pub tenancy: Tenancy,
    pub is_default: bool,
}

/// Makes a VPC and what comes with it.
pub fn make(tx: &mut Tx, place: &Place, ids: &Ids, new: &NewVpc) -> Vpc {
    let vpc = Vpc {
        place: place.clone(),
        id: ids.next(),
        cidr: new.cidr,
        cidr_association: ids.next(),
        tenancy: new.tenancy,
        is_default: new.is_default,
        dns_support: true,
        dns_hostnames: new.is_default,
        dhcp_options: Home::of(tx, place).map(|home| home.dhcp_options).unwrap_or_default(),
        network_acl: ids.next(),
    };
    tx.save(vpc.clone());
    tx.save(main_table(&vpc, ids));
    tx.save(default_group(&vpc, ids));
    tx.save(Network::new(place, &vpc.id));
    vpc
}

/// Deletes what comes with a VPC, and leaves its network to be taken off the machine.
pub fn unmake(tx: &mut Tx, vpc: &Vpc) {
    let Vpc { place, id, .. } = vpc;
    for table in tx.by_index::<RouteTable>(place, "vpc", id.as_str()) {
        tx.delete(&Key::<RouteTable>::new(place, &table.id));
        tag::forget(tx, place, &table.id);
    }
    for group in tx.by_index::<SecurityGroup>(place, "vpc", id.as_str()) {
        crate::ec2::security_group::forget(tx, &group);
    }
    tag::forget(tx, place, &vpc.network_acl);
    tag::forget(tx, place, id);
    tx.save(Network::leaving(place, id));
    tx.delete(&Key::<Vpc>::new(place, id));
}

fn main_table(vpc: &Vpc, ids: &Ids) -> RouteTable {
    RouteTable {
        place: vpc.place.clone(),
        id: ids.next(),
        vpc: vpc.id.clone(),
        routes: vec![Route {
            destination: vpc.cidr,
            target: Target::Local,
        }],
        associations: vec![Association {
            id: ids.next(),
            subnet: None,
        }],
        client_token: None,
    }
}

/// Members reach each other, and everyone.
fn default_group(vpc: &Vpc, ids: &Ids) -> SecurityGroup {
    let id: crate::ec2::security_group::SecurityGroupId = ids.next();
    let everything = |direction, peer| SecurityGroupRule {
        id: ids.next(),
        permission: Permission {
            direction,
            protocol: Protocol::All,
            ports: None,
            peer,
        },
        description: None,
    };
    SecurityGroup {
        place: vpc.place.clone(),
        name: DEFAULT_NAME.to_owned(),
        description: "default VPC security group".to_owned(),
        vpc: vpc.id.clone(),
        rules: vec![
            everything(Direction::Ingress, Peer::Group(id.clone())),
            everything(Direction::Egress, Peer::Cidr(Ipv4Net::default())),
        ],
        id,
    }
}
