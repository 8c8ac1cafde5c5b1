//! One instance type.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tierra_drivers::compute::Limits;

use super::errors::InstanceTypeError;
use super::table::{FAMILIES, Family, Size};

/// Processes and threads of a sandbox, by virtual CPU. Linux's own bound for a machine of this size is in the same order.
const PIDS_PER_VCPU: u32 = 4096;

/// A family and a size that exist: `t3.micro`.
#[derive(Clone, Copy, Debug)]
pub struct InstanceType {
    pub family: &'static Family,
    pub size: &'static Size,
}

impl InstanceType {
    /// Every type, by family.
    pub fn all() -> impl Iterator<Item = Self> {
        FAMILIES
            .iter()
            .flat_map(|family| family.sizes.iter().map(move |size| Self { family, size }))
    }

    /// Its CPU cores; each has the virtual CPUs that are its threads.
    pub fn cores(self) -> u32 {
        let threads = if self.size.vcpus > 1 && self.family.architecture == "x86_64" {
            2
        } else {
            1
        };
        self.size.vcpus / threads
    }

    /// What a sandbox of this type may use.
    pub fn limits(self) -> Limits {
        Limits {
            cpu_millis: self.size.vcpus * 1000,
            memory_bytes: u64::from(self.size.memory_mib) << 20,
            pids: self.size.vcpus * PIDS_PER_VCPU,
        }
    }
}

/// What RunInstances takes where no type is named.
impl Default for InstanceType {
    fn default() -> Self {
        let named = Self::all().find(|one| one.family.name == "m1" && one.size.name == "small");
        named.unwrap_or(Self {
            family: &FAMILIES[0],
            size: &FAMILIES[0].sizes[0],
        })
    }
}

impl fmt::Display for InstanceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.family.name, self.size.name)
    }
}

impl FromStr for InstanceType {
    type Err = InstanceTypeError;

    fn from_str(text: &str) -> Result<Self, InstanceTypeError> {
        let named = text.split_once('.').and_then(|(family, size)| {
            let family = FAMILIES.iter().find(|one| one.name == family)?;
            let size = family.sizes.iter().find(|one| one.name == size)?;
            Some(Self { family, size })
        });
        named.ok_or_else(|| InstanceTypeError::Invalid { name: text.to_owned() })
    }
}

impl PartialEq for InstanceType {
    fn eq(&self, other: &Self) -> bool {
        self.family.name == other.family.name && self.size.name == other.size.name
    }
}

impl Eq for InstanceType {}

impl Serialize for InstanceType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for InstanceType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|_| serde::de::Error::custom(format!("no instance type {text}")))
    }
}
