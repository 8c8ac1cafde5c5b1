//! What AWS says of its services: operations, shapes, limits, errors and pages, from the stripped models in `models/`.
//!
//! **Invariant**: data only. A service's model is unpacked at its first use and then stays; what routing needs of every service is
//! in a small index that is read first.

mod definition;
mod raw;
mod service;

use std::collections::BTreeMap;
use std::sync::OnceLock;

pub use definition::{ErrorDef, Kind, Limits, Location, Member, Name, Namespace, Reference, ShapeDef, Structure, TimestampFormat, Traits};
pub use raw::ModelError;
pub use service::{Http, Metadata, Operation, Pagination, Protocol, Service, ShapeId};

/// The models' names and bytes.
macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/", $name, ".json.zst")))),*]
    };
}

/// One model, packed.
type Packed = (&'static str, &'static [u8]);

/// Made by `cargo xtask models`; in the order of their names.
static MODELS: &[Packed] = embedded![
    "acm",
    "autoscaling",
    "cloudformation",
    "cloudfront",
    "cloudwatch",
    "dlm",
    "ec2",
    "ecr",
    "efs",
    "elasticache",
    "elb",
    "elbv2",
    "iam",
    "kms",
    "lambda",
    "logs",
    "rds",
    "resourcegroupstaggingapi",
    "route53",
    "s3",
    "secretsmanager",
    "ssm",
    "sts",
];

/// The most that a model may take unpacked, in bytes; the largest, EC2's, takes 1.2 MB.
const MAX_MODEL: usize = 8 << 20;

static INDEX: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/index.json"));

/// The services that are known.
#[derive(Debug)]
pub struct Catalogue {
    services: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    metadata: Metadata,
    packed: &'static [u8],
    unpacked: OnceLock<Service>,
}

impl Catalogue {
    /// The one that is built in.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Catalogue> = OnceLock::new();
        BUILTIN.get_or_init(Self::read)
    }

    /// What identifies each service.
    pub fn all(&self) -> impl Iterator<Item = &Metadata> {
        self.services.iter().map(|entry| &entry.metadata)
    }

    /// The service of this catalogue name (`elbv2`), unpacked at its first use.
    pub fn service(&self, name: &str) -> Option<&Service> {
        let at = self.services.binary_search_by(|entry| (*entry.metadata.name).cmp(name)).ok()?;
        let entry = self.services.get(at)?;
        Some(entry.unpacked.get_or_init(|| unpack(entry)))
    }

    fn read() -> Self {
        // A built-in index is what xtask wrote beside these models, and a test reads it.
        let index: BTreeMap<&str, raw::RawMetadata<'_>> = serde_json::from_str(INDEX).expect("models/index.json is in form");
        let entry = |(name, packed): &Packed| Entry {
            metadata: raw::metadata(name, &index[name]).expect("models/index.json is in form"),
            packed,
            unpacked: OnceLock::new(),
        };
        Self {
            services: MODELS.iter().map(entry).collect(),
        }
    }
}

/// A built-in model cannot be bad: a test reads each.
fn unpack(entry: &Entry) -> Service {
    let size = zstd::bulk::Decompressor::upper_bound(entry.packed)
        .unwrap_or(MAX_MODEL)
        .min(MAX_MODEL);
    let json = zstd::bulk::decompress(entry.packed, size).expect("a built-in model is packed well");
    Service::from_json(&entry.metadata.name, &json).expect("a built-in model is in form")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_is_read() {
        let catalogue = Catalogue::builtin();
        for metadata in catalogue.all() {
            let service = catalogue.service(&metadata.name).expect("a service");
            assert!(
                !service.operations.is_empty() && !service.metadata.protocols.is_empty(),
                "{}",
                metadata.name
            );
            assert_eq!(service.metadata.target_prefix, metadata.target_prefix);
        }
        assert_eq!(catalogue.all().count(), 23);
        assert!(catalogue.service("nosuch").is_none());
    }

    #[test]
    fn ec2_says_what_aws_documents() {
        let ec2 = Catalogue::builtin().service("ec2").expect("ec2");
        let run = ec2.operation("RunInstances").expect("RunInstances");
        let input = ec2.shape(run.input.as_ref().expect("input").shape);
        let Kind::Structure(structure) = &input.kind else {
            panic!("{input:?}")
        };
        let required: Vec<&str> = structure.members.iter().filter(|m| m.required).map(|m| &*m.name).collect();
        assert_eq!(required, ["MaxCount", "MinCount"]);
        let groups = structure.member("SecurityGroupIds").expect("groups");
        assert_eq!(groups.reference.traits.location_name.as_deref(), Some("SecurityGroupId"));
        let pages = ec2
            .operation("DescribeInstances")
            .and_then(|o| o.pagination.as_deref())
            .expect("pages");
        assert_eq!(
            (&*pages.input_tokens[0], pages.limit_key.as_deref()),
            ("NextToken", Some("MaxResults"))
        );
    }
}
