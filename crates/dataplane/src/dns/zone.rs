//! What a VPC's resolver knows.
//!
//! **Invariant**: names are kept in lower case and without a closing dot; a look-up touches nothing but this value.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

/// The address that the world knows by a name such as [`public_name`] gives, of whatever region: those names say it themselves.
fn public_address(name: &str) -> Option<Ipv4Addr> {
    let (host, domain) = name.strip_prefix("ec2-")?.split_once('.')?;
    let region = domain.strip_suffix(".compute.amazonaws.com");
    let ours = domain == "compute-1.amazonaws.com" || region.is_some_and(|region| !region.contains('.'));
    ours.then(|| host.replace('-', ".").parse().ok())?
}

/// Everything that one VPC's resolver answers from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    addresses: BTreeMap<String, Vec<Ipv4Addr>>,
    names: BTreeMap<Ipv4Addr, String>,
    inner: Vec<String>,
    endpoints: Vec<(String, Ipv4Addr)>,
    /// Whom to ask for all other names, in this order.
    pub upstreams: Vec<SocketAddr>,
}

/// What is known of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Its addresses; none where it has no IPv4 address but exists.
    Addresses(Vec<Ipv4Addr>),
    /// The name of an address.
    Name(String),
    /// There is no such name.
    Nothing,
    /// Others know.
    Elsewhere,
}

fn canonical(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Whether `name` is `suffix` or ends with it behind a dot.
fn within(name: &str, suffix: &str) -> bool {
    name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn dashed(address: Ipv4Addr) -> String {
    address.to_string().replace('.', "-")
}

/// The domain of a region's private names ("Amazon EC2 instance hostname types").
pub fn private_domain(region: &str) -> String {
    if region == "us-east-1" {
        "ec2.internal".into()
    } else {
        format!("{region}.compute.internal")
    }
}

/// `ip-10-0-0-5.ec2.internal`, or of another region's domain.
pub fn private_name(region: &str, address: Ipv4Addr) -> String {
    format!("ip-{}.{}", dashed(address), private_domain(region))
}

/// `ec2-127-100-0-1.compute-1.amazonaws.com`, or of another region's domain.
pub fn public_name(region: &str, address: Ipv4Addr) -> String {
    let domain = if region == "us-east-1" {
        "compute-1".into()
    } else {
        format!("{region}.compute")
    };
    format!("ec2-{}.{domain}.amazonaws.com", dashed(address))
}

impl Zone {
    /// A zone that knows nothing, and that names under this region's private domain which it is not told of do not exist.
    pub fn new(region: &str, upstreams: Vec<SocketAddr>) -> Self {
        Self {
            inner: vec![private_domain(region)],
            upstreams,
            ..Self::default()
        }
    }

    /// A name with its addresses (a balancer's, a database's).
    pub fn add_name(&mut self, name: &str, addresses: Vec<Ipv4Addr>) {
        self.addresses.insert(canonical(name), addresses);
    }

    /// An instance's names. Inside, the public one leads to the private address too ("DNS attributes for your VPC").
    pub fn add_instance(&mut self, region: &str, private: Ipv4Addr, public: Option<Ipv4Addr>) {
        let name = private_name(region, private);
        self.add_name(&name, vec![private]);
        self.names.insert(private, name);
        if let Some(public) = public {
            self.add_name(&public_name(region, public), vec![private]);
        }
    }

    /// Every name that is `suffix` or ends with `.suffix` leads to `address`, unless it was added by itself. The longest
    /// suffix wins.
    pub fn add_endpoints(&mut self, suffix: &str, address: Ipv4Addr) {
        self.endpoints.push((canonical(suffix), address));
    }

    /// Names that are `domain` or under it, and are not known here, do not exist.
    pub fn add_inner(&mut self, domain: &str) {
        self.inner.push(canonical(domain));
    }

    /// What is known of a name that is not an address in reverse.
    pub fn find(&self, name: &str) -> Known {
        let name = canonical(name);
        if let Some(addresses) = self.addresses.get(&name) {
            return Known::Addresses(addresses.clone());
        }
        if self.inner.iter().any(|domain| within(&name, domain)) {
            return Known::Nothing;
        }
        if let Some(address) = public_address(&name) {
            return Known::Addresses(vec![address]);
        }
        let endpoint = self
            .endpoints
            .iter()
            .filter(|(suffix, _)| within(&name, suffix))
            .max_by_key(|(suffix, _)| suffix.len());
        endpoint.map_or(Known::Elsewhere, |(_, address)| Known::Addresses(vec![*address]))
    }

    /// What is known of `5.0.0.10.in-addr.arpa`.
    pub fn find_reverse(&self, name: &str) -> Known {
        let name = canonical(name);
        let octets = name
            .strip_suffix(".in-addr.arpa")
            .map(|octets| octets.split('.').rev().collect::<Vec<_>>().join("."));
        let address = octets.and_then(|octets| octets.parse::<Ipv4Addr>().ok());
        match address.and_then(|address| self.names.get(&address)) {
            Some(name) => Known::Name(name.clone()),
            // Private addresses are nobody else's to name.
            None if address.is_some_and(|address| address.is_private()) => Known::Nothing,
            None => Known::Elsewhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(list: &[[u8; 4]]) -> Known {
        Known::Addresses(list.iter().map(|octets| Ipv4Addr::from(*octets)).collect())
    }

    #[test]
    fn names_lead_where_they_should() {
        let mut zone = Zone::new("us-east-1", vec![]);
        zone.add_instance("us-east-1", Ipv4Addr::new(10, 0, 0, 5), Some(Ipv4Addr::new(127, 100, 0, 1)));
        zone.add_instance("eu-west-1", Ipv4Addr::new(10, 1, 0, 5), Some(Ipv4Addr::new(127, 100, 0, 2)));
        zone.add_endpoints("us-east-1.amazonaws.com", Ipv4Addr::new(169, 254, 169, 250));
        zone.add_endpoints("sts.amazonaws.com", Ipv4Addr::new(169, 254, 169, 250));
        zone.add_name(
            "Web-1.us-east-1.elb.amazonaws.com.",
            vec![Ipv4Addr::new(10, 0, 0, 9), Ipv4Addr::new(10, 0, 1, 9)],
        );
        let cases = [
            ("ip-10-0-0-5.ec2.internal", addresses(&[[10, 0, 0, 5]])),
            ("IP-10-0-0-5.EC2.internal.", addresses(&[[10, 0, 0, 5]])),
            ("ip-10-0-0-6.ec2.internal", Known::Nothing),
            ("ec2.internal", Known::Nothing),
            ("notec2.internal", Known::Elsewhere),
            ("ip-10-1-0-5.eu-west-1.compute.internal", addresses(&[[10, 1, 0, 5]])),
            ("ec2-127-100-0-1.compute-1.amazonaws.com", addresses(&[[10, 0, 0, 5]])),
            ("ec2-127-100-0-2.eu-west-1.compute.amazonaws.com", addresses(&[[10, 1, 0, 5]])),
            // Another VPC's instance.
            ("ec2-127-100-0-3.compute-1.amazonaws.com", addresses(&[[127, 100, 0, 3]])),
            ("ec2-127-100-0.compute-1.amazonaws.com", Known::Elsewhere),
            ("ec2.us-east-1.amazonaws.com", addresses(&[[169, 254, 169, 250]])),
            ("sts.amazonaws.com", addresses(&[[169, 254, 169, 250]])),
            ("bucket.s3.us-east-1.amazonaws.com", addresses(&[[169, 254, 169, 250]])),
            ("web-1.us-east-1.elb.amazonaws.com", addresses(&[[10, 0, 0, 9], [10, 0, 1, 9]])),
            ("ec2.eu-west-1.amazonaws.com", Known::Elsewhere),
            ("example.com", Known::Elsewhere),
        ];
        for (name, expected) in cases {
            assert_eq!(zone.find(name), expected, "{name}");
        }
        let reverse = [
            ("5.0.0.10.in-addr.arpa.", Known::Name("ip-10-0-0-5.ec2.internal".into())),
            ("6.0.0.10.in-addr.arpa", Known::Nothing),
            ("8.8.8.8.in-addr.arpa", Known::Elsewhere),
            ("x.in-addr.arpa", Known::Elsewhere),
        ];
        for (name, expected) in reverse {
            assert_eq!(zone.find_reverse(name), expected, "{name}");
        }
    }
}
