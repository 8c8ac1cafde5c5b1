//! Instances over a store in memory: what callers do and see.

use std::net::Ipv4Addr;

use tierra_core::ids::AwsId;
use tierra_core::{AccountId, Place, Region};
use tierra_model::Timestamp;

use super::metadata_options::MetadataOptions;
use super::model::*;
use crate::ec2::image::ImageId;
use crate::ec2::network_interface::{Attachment, InterfaceStatus, NetworkInterface};

/// Where tests happen.
pub(in crate::ec2) fn place() -> Place {
    Place {
        account: AccountId("123456789012".into()),
        region: Region("us-east-1".into()),
    }
}

/// An instance that was just asked for.
pub(in crate::ec2) fn instance() -> Instance {
    Instance {
        place: place(),
        id: InstanceId::from_text("i-0123456789abcdef0".into()),
        spec: InstanceSpec {
            reservation: ReservationId::from_text("r-0123456789abcdef0".into()),
            launch_index: 0,
            request: LaunchRequest {
                token: None,
                digest: String::new(),
            },
            image: ImageId::of_name("debian", &place().region),
            machine_image: "debian-12".into(),
            root_device: "/dev/xvda".into(),
            kind: "t3.micro".parse().expect("a type"),
            zone: "us-east-1a".into(),
            vpc: Default::default(),
            subnet: Default::default(),
            public_address: true,
            key: None,
            user_data: None,
            profile: None,
            power: Power::Running,
            transition: None,
            boot: 1,
            launched: Timestamp(0),
            shutdown_behavior: ShutdownBehavior::Stop,
            disable_api_termination: false,
            disable_api_stop: false,
            monitoring: false,
            ebs_optimized: false,
            metadata: MetadataOptions::default(),
            cpu_credits: None,
            spot: false,
        },
        status: InstanceStatus::default(),
    }
}

/// The first interface of [`instance`].
pub(in crate::ec2) fn interface(in_force: bool) -> NetworkInterface {
    NetworkInterface {
        place: place(),
        id: "eni-0123456789abcdef0".parse().unwrap_or_default(),
        vpc: Default::default(),
        subnet: Default::default(),
        zone: "us-east-1a".into(),
        address: Ipv4Addr::new(10, 0, 0, 5),
        mac: [2, 0, 0, 0, 0, 5],
        groups: Vec::new(),
        description: String::new(),
        source_dest_check: true,
        requester: None,
        client_token: None,
        attachment: Some(Attachment {
            id: Default::default(),
            instance: Some("i-0123456789abcdef0".into()),
            device_index: 0,
            attached: Timestamp(0),
            delete_on_termination: true,
        }),
        public: None,
        status: InterfaceStatus { in_force },
    }
}
