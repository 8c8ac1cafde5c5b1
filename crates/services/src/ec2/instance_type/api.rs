//! The shapes that instance types are spoken in.

use tierra_core::Tag;
use tierra_model::{Shape, text_enum};

use super::model::InstanceType;
use crate::ec2::filter::{Field, Filter, Filterable, each, one};
use crate::ec2::listing::Described;

#[derive(Debug, Default, Shape)]
pub struct DescribeInstanceTypesInput {
    pub instance_types: Vec<String>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeInstanceTypesOutput {
    pub instance_types: Vec<InstanceTypeInfo>,
    pub next_token: Option<String>,
}

/// An instance type as it is described.
#[derive(Clone, Debug, Default, Shape)]
pub struct InstanceTypeInfo {
    pub instance_type: String,
    pub current_generation: bool,
    pub free_tier_eligible: bool,
    pub supported_usage_classes: Vec<String>,
    pub supported_root_device_types: Vec<String>,
    pub supported_virtualization_types: Vec<String>,
    pub supported_boot_modes: Vec<String>,
    pub bare_metal: bool,
    pub hypervisor: String,
    pub processor_info: ProcessorInfo,
    pub v_cpu_info: VCpuInfo,
    pub memory_info: MemoryInfo,
    pub instance_storage_supported: bool,
    pub ebs_info: EbsInfo,
    pub network_info: NetworkInfo,
    pub hibernation_supported: bool,
    pub burstable_performance_supported: bool,
    pub dedicated_hosts_supported: bool,
    pub auto_recovery_supported: bool,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct ProcessorInfo {
    pub supported_architectures: Vec<String>,
    pub sustained_clock_speed_in_ghz: f64,
    pub manufacturer: String,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct VCpuInfo {
    #[shape("DefaultVCpus")]
    pub default_vcpus: u32,
    pub default_cores: u32,
    pub default_threads_per_core: u32,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct MemoryInfo {
    #[shape("SizeInMiB")]
    pub size_in_mib: u32,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct EbsInfo {
    pub ebs_optimized_support: String,
    pub encryption_support: String,
    pub nvme_support: String,
}

#[derive(Clone, Debug, Default, Shape)]
pub struct NetworkInfo {
    pub network_performance: String,
    pub maximum_network_interfaces: i32,
    pub maximum_network_cards: i32,
    pub ipv4_addresses_per_interface: i32,
    pub ipv6_addresses_per_interface: i32,
    pub ipv6_supported: bool,
    pub ena_support: String,
    pub efa_supported: bool,
}

text_enum! {
    /// Of what an offering is told.
    pub enum LocationType {
        Region = "region",
        AvailabilityZone = "availability-zone",
        AvailabilityZoneId = "availability-zone-id",
    }
}

#[derive(Debug, Default, Shape)]
pub struct DescribeInstanceTypeOfferingsInput {
    pub location_type: Option<LocationType>,
    pub filters: Vec<Filter>,
    pub max_results: Option<i32>,
    pub next_token: Option<String>,
    pub dry_run: Option<bool>,
}

#[derive(Debug, Default, Shape)]
pub struct DescribeInstanceTypeOfferingsOutput {
    pub instance_type_offerings: Vec<InstanceTypeOffering>,
    pub next_token: Option<String>,
}

/// That a type is offered somewhere: every type is, everywhere.
#[derive(Clone, Debug, Default, Shape)]
pub struct InstanceTypeOffering {
    pub instance_type: String,
    pub location_type: LocationType,
    pub location: String,
}

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

impl InstanceTypeInfo {
    /// What is shown of a type.
    pub fn of(one: InstanceType) -> Self {
        let (family, size) = (one.family, one.size);
        let nitro = family.hypervisor == "nitro";
        Self {
            instance_type: one.to_string(),
            current_generation: family.current,
            free_tier_eligible: matches!(family.name, "t2" | "t3") && size.name == "micro",
            supported_usage_classes: words(&["on-demand", "spot"]),
            supported_root_device_types: words(&["ebs"]),
            supported_virtualization_types: words(&["hvm"]),
            supported_boot_modes: words(if nitro { &["legacy-bios", "uefi"] } else { &["legacy-bios"] }),
            bare_metal: false,
            hypervisor: family.hypervisor.to_owned(),
            processor_info: ProcessorInfo {
                supported_architectures: words(&[family.architecture]),
                sustained_clock_speed_in_ghz: family.clock_ghz,
                manufacturer: family.manufacturer.to_owned(),
            },
            v_cpu_info: VCpuInfo::of(one),
            memory_info: MemoryInfo {
                size_in_mib: size.memory_mib,
            },
            instance_storage_supported: false,
            ebs_info: EbsInfo::of(nitro),
            network_info: NetworkInfo::of(one, nitro),
            hibernation_supported: false,
            burstable_performance_supported: family.burstable,
            dedicated_hosts_supported: false,
            auto_recovery_supported: true,
        }
    }
}

impl VCpuInfo {
    fn of(one: InstanceType) -> Self {
        Self {
            default_vcpus: one.size.vcpus,
            default_cores: one.cores(),
            default_threads_per_core: one.size.vcpus / one.cores(),
        }
    }
}

impl EbsInfo {
    fn of(nitro: bool) -> Self {
        let support = if nitro { "default" } else { "unsupported" };
        Self {
            ebs_optimized_support: support.to_owned(),
            encryption_support: "supported".to_owned(),
            nvme_support: if nitro { "required" } else { "unsupported" }.to_owned(),
        }
    }
}

impl NetworkInfo {
    fn of(one: InstanceType, nitro: bool) -> Self {
        let (interfaces, addresses) = one.size.interfaces;
        Self {
            network_performance: if nitro { "Up to 5 Gigabit" } else { "Low to Moderate" }.to_owned(),
            maximum_network_interfaces: interfaces,
            maximum_network_cards: 1,
            ipv4_addresses_per_interface: addresses,
            ipv6_addresses_per_interface: 0,
            ipv6_supported: false,
            ena_support: if nitro { "required" } else { "unsupported" }.to_owned(),
            efa_supported: false,
        }
    }
}

impl Filterable for InstanceTypeInfo {
    const FILTERS: &'static [Field<Self>] = &[
        ("instance-type", |one_type| one(&one_type.instance_type)),
        ("current-generation", |one_type| one(&one_type.current_generation)),
        ("free-tier-eligible", |one_type| one(&one_type.free_tier_eligible)),
        ("bare-metal", |one_type| one(&one_type.bare_metal)),
        ("hypervisor", |one_type| one(&one_type.hypervisor)),
        ("burstable-performance-supported", |one_type| {
            one(&one_type.burstable_performance_supported)
        }),
        ("instance-storage-supported", |one_type| one(&one_type.instance_storage_supported)),
        ("supported-usage-class", |one_type| each(&one_type.supported_usage_classes, one)),
        ("supported-root-device-type", |one_type| {
            each(&one_type.supported_root_device_types, one)
        }),
        ("supported-virtualization-type", |one_type| {
            each(&one_type.supported_virtualization_types, one)
        }),
        ("processor-info.supported-architecture", |one_type| {
            each(&one_type.processor_info.supported_architectures, one)
        }),
        ("vcpu-info.default-vcpus", |one_type| one(&one_type.v_cpu_info.default_vcpus)),
        ("memory-info.size-in-mib", |one_type| one(&one_type.memory_info.size_in_mib)),
    ];
    fn tags(&self) -> &[Tag] {
        &[]
    }
}

impl Described for InstanceTypeInfo {
    const IDS: &'static str = "instanceTypes";
    fn id(&self) -> String {
        self.instance_type.clone()
    }
}

impl Filterable for InstanceTypeOffering {
    const FILTERS: &'static [Field<Self>] = &[
        ("instance-type", |offering| one(&offering.instance_type)),
        ("location", |offering| one(&offering.location)),
    ];
    fn tags(&self) -> &[Tag] {
        &[]
    }
}

impl Described for InstanceTypeOffering {
    const IDS: &'static str = "instanceTypes";
    fn id(&self) -> String {
        format!("{} {}", self.instance_type, self.location)
    }
}
