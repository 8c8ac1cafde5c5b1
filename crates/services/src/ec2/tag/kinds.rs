//! Which kinds of resources have tags: how their ids begin, what AWS calls them, and whether one exists.

use tierra_core::{AwsError, Place, Tx};

use crate::ec2::address::{Address, AddressError};
use crate::ec2::dhcp_options;
use crate::ec2::errors::Ec2Error;
use crate::ec2::image::Image;
use crate::ec2::instance::Instance;
use crate::ec2::internet_gateway::{InternetGateway, InternetGatewayError};
use crate::ec2::key_pair::KeyPair;
use crate::ec2::launch_template::LaunchTemplate;
use crate::ec2::network_acl;
use crate::ec2::network_interface::{NetworkInterface, NetworkInterfaceError};
use crate::ec2::route_table::{RouteTable, RouteTableError};
use crate::ec2::security_group::{SecurityGroup, SecurityGroupError};
use crate::ec2::snapshot::Snapshot;
use crate::ec2::spot_request;
use crate::ec2::subnet::{Subnet, SubnetError};
use crate::ec2::volume::{Volume, VolumeError};
use crate::ec2::vpc::{Vpc, VpcError};

/// One kind of resource that has tags.
pub struct Kind {
    /// How its ids begin.
    prefix: &'static str,
    /// AWS's word for it in tag specifications, `DescribeTags` and ARNs.
    pub word: &'static str,
    /// Whether one exists, or the noun's own error.
    exists: fn(&Tx, &Place, &str) -> Result<(), AwsError>,
}

/// A row of [`KINDS`]: the error is made of the id as its type.
macro_rules! kind {
    ($prefix:literal, $word:literal, $row:ty, $error:expr) => {
        Kind {
            prefix: $prefix,
            word: $word,
            exists: |tx, place, id| {
                let error = |id: &str| AwsError::from($error(::tierra_core::ids::AwsId::from_text(id.to_owned())));
                tx.find::<$row>(place, id).map(drop).ok_or_else(|| error(id))
            },
        }
    };
}

/// A row of [`KINDS`] whose noun finds its own by id, or says why not.
macro_rules! found {
    ($prefix:literal, $word:literal, $find:expr) => {
        Kind {
            prefix: $prefix,
            word: $word,
            exists: |tx, place, id| $find(tx, place, id).map(drop).map_err(Into::into),
        }
    };
}

/// Every kind. Each noun has its line here.
const KINDS: &[Kind] = &[
    kind!("vpc-", "vpc", Vpc, |id| VpcError::NotFound { id }),
    kind!("subnet-", "subnet", Subnet, |id| SubnetError::NotFound { id }),
    kind!("igw-", "internet-gateway", InternetGateway, |id| InternetGatewayError::NotFound {
        id
    }),
    kind!("rtb-", "route-table", RouteTable, |id| RouteTableError::NotFound { id }),
    kind!("eni-", "network-interface", NetworkInterface, |id| {
        NetworkInterfaceError::NotFound { id }
    }),
    kind!("eipalloc-", "elastic-ip", Address, |id| AddressError::NotFound { id }),
    Kind {
        prefix: "sg-",
        word: "security-group",
        exists: |tx, place, id| {
            let missing = || SecurityGroupError::NotFound { id: id.to_owned() }.into();
            tx.find::<SecurityGroup>(place, id).map(drop).ok_or_else(missing)
        },
    },
    Kind {
        prefix: "sgr-",
        word: "security-group-rule",
        exists: |tx, place, id| {
            let missing = || {
                SecurityGroupError::NoSuchRule {
                    id: tierra_core::ids::AwsId::from_text(id.to_owned()),
                }
                .into()
            };
            tx.by_index::<SecurityGroup>(place, "rule", id).pop().map(drop).ok_or_else(missing)
        },
    },
    found!("i-", "instance", Instance::find),
    Kind {
        prefix: "vol-",
        word: "volume",
        exists: |tx, place, id| {
            let missing = || VolumeError::NotFound { id: id.to_owned() }.into();
            tx.find::<Volume>(place, id).map(drop).ok_or_else(missing)
        },
    },
    found!("ami-", "image", Image::find),
    found!("snap-", "snapshot", Snapshot::find),
    found!("key-", "key-pair", KeyPair::by_id),
    found!("lt-", "launch-template", LaunchTemplate::by_id),
    found!("sir-", "spot-instances-request", spot_request::instance_of),
    Kind {
        prefix: "acl-",
        word: "network-acl",
        exists: network_acl::require,
    },
    Kind {
        prefix: "dopt-",
        word: "dhcp-options",
        exists: dhcp_options::require,
    },
];

/// The kind that an id is of.
pub fn of(id: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| id.starts_with(kind.prefix))
}

/// Checks that the resource exists.
///
/// # Errors
/// The noun's own error, or that no kind has such ids.
pub fn require(tx: &Tx, place: &Place, id: &str) -> Result<(), AwsError> {
    match of(id) {
        Some(kind) => (kind.exists)(tx, place, id),
        None => Err(Ec2Error::NoSuchId { id: id.to_owned() }.into()),
    }
}
