//! Names that lead to what runs in the cloud: a balancer's, a database's, an instance's public one.
//!
//! A service puts a [`Name`] beside what it names, in the same transaction. Each VPC's resolver answers it ([`seen_from`]), and on
//! the host it stands in `/etc/hosts` ([`on_host`]).
//!
//! **Invariant**: inside its own VPC a name leads to private addresses, elsewhere to public ones; the host sees public ones only.

mod reconcile;

#[cfg(test)]
mod tests;

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use tierra_core::{Key, Place, Resource, Tx};
use tierra_drivers::names::Names;

pub use reconcile::start;

use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::vpc::VpcId;

/// A name and where it leads. Without any address it exists and leads nowhere yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// The account and region of what is named.
    pub place: Place,
    /// `web-1.us-east-1.elb.amazonaws.com`: lower case, no closing dot.
    pub fqdn: String,
    /// The VPC in which the private addresses lie.
    pub vpc: VpcId,
    /// Where it leads inside that VPC.
    pub private: Vec<Ipv4Addr>,
    /// Where it leads from everywhere else; none for what is internal.
    pub public: Vec<Ipv4Addr>,
}

impl Resource for Name {
    const KIND: &'static str = "names/name";
    fn place(&self) -> &Place {
        &self.place
    }
    fn id(&self) -> String {
        self.fqdn.clone()
    }
}

/// Puts a name, or gives it other addresses. A name that is as it should be is not written again.
pub fn put(tx: &mut Tx, name: &Name) {
    if tx.find::<Name>(&name.place, &name.fqdn).as_ref() != Some(name) {
        tx.save(name.clone());
    }
}

/// Takes a name away; one that is not there is no matter.
pub fn remove(tx: &mut Tx, place: &Place, fqdn: &str) {
    tx.delete(&Key::<Name>::new(place, fqdn));
}

/// Every name as it is answered inside a VPC. One that has no public address leads to its private ones from everywhere, as AWS's
/// public DNS has it for internal balancers and databases.
pub fn seen_from(tx: &Tx, vpc: &VpcId) -> Vec<(String, Vec<Ipv4Addr>)> {
    let answer = |name: Name| {
        let inside = name.vpc == *vpc || name.public.is_empty();
        (name.fqdn, if inside { name.private } else { name.public })
    };
    tx.all::<Name>().into_iter().map(answer).collect()
}

/// The names that stand on the host: those with public addresses, of services and of instances.
pub fn on_host(tx: &Tx) -> Names {
    let mut names = Names::new();
    for name in tx.all::<Name>().into_iter().filter(|name| !name.public.is_empty()) {
        names.entry(name.fqdn).or_default().extend(name.public);
    }
    for interface in tx.all::<NetworkInterface>() {
        if let (Some(name), Some(public)) = (interface.public_dns_name(), interface.public) {
            names.entry(name).or_default().insert(public.address);
        }
    }
    names
}
