//! Instances over a store in memory: what callers do and see.

use std::net::Ipv4Addr;

use tierra_core::ids::AwsId;
use tierra_core::{AccountId, Place, Region, Tx};
use tierra_model::Timestamp;

use super::api::{
    DescribeInstancesInput, InstanceIdsInput, ModifyInstanceAttributeInput, ProfileSpecification, Reservation, RunInstancesInput,
};
use super::metadata_options::MetadataOptions;
use super::model::*;
use super::ops::attribute::ModifyInstanceAttribute;
use super::ops::describe::DescribeInstances;
use super::ops::power::{RebootInstances, StartInstances, StopInstances, TerminateInstances};
use super::ops::run::RunInstances;
use super::view::{self, InstanceInfo};
use crate::ec2::image::ImageId;
use crate::ec2::network_interface::{Attachment, InterfaceStatus, NetworkInterface};
use crate::ec2::testing::{World, filter};

/// Where tests happen.
pub(in crate::ec2) fn place() -> Place {
    Place {
        account: AccountId("123456789012".into()),
        region: Region("us-east-1".into()),
    }
}

/// An instance that was just asked for.
pub(crate) fn instance() -> Instance {
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
            spot_request: None,
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
        secondary: Vec::new(),
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

/// What is asked of a small instance.
fn small() -> RunInstancesInput {
    let image = crate::ec2::image::public_parameter(&place().region, "/aws/service/debian/release/12/latest/amd64");
    RunInstancesInput {
        image_id: image.map(|id| id.to_string()),
        instance_type: Some("t3.micro".into()),
        min_count: 1,
        max_count: 1,
        ..Default::default()
    }
}

fn launch(world: &World, input: RunInstancesInput) -> Vec<InstanceInfo> {
    world.ok::<RunInstances>(input).instances
}

fn ids(instances: &[InstanceInfo]) -> InstanceIdsInput {
    InstanceIdsInput {
        instance_ids: instances.iter().map(|one| one.instance_id.clone()).collect(),
        dry_run: None,
    }
}

/// What a reconciler would find.
pub(crate) fn find_on_machine(world: &World, id: &str, found: Found) {
    let note = |tx: &mut Tx| {
        let mut instance = Instance::find(tx, world.place(), id)?;
        instance.status.found = found;
        tx.save(instance);
        Ok(())
    };
    world.change(note).expect("noted");
}

#[test]
fn a_launch_has_a_network_a_volume_and_the_defaults_of_aws() {
    let world = World::new();
    let made = launch(&world, RunInstancesInput { max_count: 2, ..small() });
    assert_eq!(made.len(), 2);
    let one = &made[0];
    assert_eq!(
        (one.state.name, one.ami_launch_index, made[1].ami_launch_index),
        (InstanceState::Pending, 0, 1)
    );
    assert!(
        one.private_ip_address
            .as_ref()
            .is_some_and(|address| address.starts_with("172.31."))
    );
    assert!(one.public_ip_address.is_some(), "the default subnets lend public addresses");
    assert_eq!(one.security_groups[0].group_name, "default");
    assert_eq!((one.root_device_name.as_str(), one.block_device_mappings.len()), ("/dev/xvda", 1));
    assert_eq!(one.metadata_options.http_put_response_hop_limit, 1);
}

#[test]
fn wrong_launches_are_refused_with_the_codes_of_aws() {
    let world = World::new();
    let change = |change: fn(&mut RunInstancesInput)| {
        let mut input = small();
        change(&mut input);
        world.code::<RunInstances>(input)
    };
    type Case = (fn(&mut RunInstancesInput), &'static str);
    let cases: [Case; 14] = [
        (|i| i.image_id = None, "MissingParameter"),
        (|i| i.image_id = Some("ami-0".into()), "InvalidAMIID.NotFound"),
        (|i| i.image_id = Some("ami-00000000".into()), "InvalidAMIID.NotFound"),
        (|i| i.instance_type = Some("t9.huge".into()), "InvalidParameterValue"),
        (|i| i.key_name = Some("none".into()), "InvalidKeyPair.NotFound"),
        (|i| i.subnet_id = Some("subnet-0".into()), "InvalidSubnetID.NotFound"),
        (|i| i.security_group_ids = vec!["sg-0".into()], "InvalidGroup.NotFound"),
        (|i| i.security_groups = vec!["web".into()], "InvalidGroup.NotFound"),
        (|i| i.min_count = 0, "InvalidParameterValue"),
        (|i| (i.min_count, i.max_count) = (1000, 1000), "InstanceLimitExceeded"),
        (|i| i.user_data = Some("!".into()), "InvalidParameterValue"),
        (|i| i.private_ip_address = Some("10.0.0.5".into()), "InvalidParameterValue"),
        (
            |i| {
                i.iam_instance_profile = Some(ProfileSpecification {
                    name: Some("x".into()),
                    arn: None,
                })
            },
            "InvalidParameterValue",
        ),
        (|i| i.dry_run = Some(true), "DryRunOperation"),
    ];
    for (number, (apply, code)) in cases.into_iter().enumerate() {
        assert_eq!(change(apply), code, "case {number}");
    }
    assert_eq!(world.see(|tx| tx.list::<Instance>(world.place()).len()), 0, "nothing was made");
}

#[test]
fn a_token_makes_one_reservation() {
    let world = World::new();
    let input = || RunInstancesInput {
        client_token: Some("once".into()),
        max_count: 9,
        ..small()
    };
    let ids = |made: &Reservation| made.instances.iter().map(|one| one.instance_id.clone()).collect::<Vec<_>>();
    let (first, again) = (world.ok::<RunInstances>(input()), world.ok::<RunInstances>(input()));
    assert_eq!(again.reservation_id, first.reservation_id);
    assert_eq!(ids(&again), ids(&first), "in the order in which they were made");
    let other = RunInstancesInput { max_count: 2, ..input() };
    assert_eq!(world.code::<RunInstances>(other), "IdempotentParameterMismatch");
}

#[test]
fn power_changes_where_the_state_allows_it() {
    let world = World::new();
    let made = launch(&world, small());
    let id = made[0].instance_id.as_str();
    assert_eq!(world.code::<StopInstances>(ids(&made)), "IncorrectInstanceState", "pending");
    find_on_machine(&world, id, Found::Running);
    assert_eq!(
        world.ok::<StopInstances>(ids(&made)).stopping_instances[0].current_state.name,
        InstanceState::Stopping
    );
    assert_eq!(world.code::<StartInstances>(ids(&made)), "IncorrectInstanceState", "stopping");
    find_on_machine(&world, id, Found::Stopped);
    let seen = |world: &World| world.see(|tx| view::instance(tx, &Instance::find(tx, world.place(), id).expect("there")));
    assert_eq!(
        (seen(&world).state.name, seen(&world).public_ip_address),
        (InstanceState::Stopped, None)
    );
    assert_eq!(world.code::<RebootInstances>(ids(&made)), "IncorrectInstanceState", "stopped");
    assert_eq!(
        world.ok::<StartInstances>(ids(&made)).starting_instances[0].current_state.name,
        InstanceState::Pending
    );
    assert!(seen(&world).public_ip_address.is_some(), "a public address again");
    assert_eq!(seen(&world).private_ip_address, made[0].private_ip_address);
    assert_eq!(
        world.ok::<TerminateInstances>(ids(&made)).terminating_instances[0]
            .current_state
            .name,
        InstanceState::ShuttingDown
    );
    let unknown = InstanceIdsInput {
        instance_ids: vec!["i-0123456789abcdef0".into()],
        dry_run: None,
    };
    assert_eq!(world.code::<StartInstances>(unknown), "InvalidInstanceID.NotFound");
}

#[test]
fn protection_and_attributes() {
    let world = World::new();
    let made = launch(
        &world,
        RunInstancesInput {
            disable_api_termination: Some(true),
            ..small()
        },
    );
    assert_eq!(world.code::<TerminateInstances>(ids(&made)), "OperationNotPermitted");
    let modify = |change: fn(&mut ModifyInstanceAttributeInput)| {
        let mut input = ModifyInstanceAttributeInput {
            instance_id: made[0].instance_id.clone(),
            ..Default::default()
        };
        change(&mut input);
        world.code::<ModifyInstanceAttribute>(input)
    };
    assert_eq!(modify(|_| {}), "MissingParameter");
    assert_eq!(
        modify(|i| i.instance_type = Some("t3.small".to_owned().into())),
        "IncorrectInstanceState"
    );
    assert_eq!(
        modify(|i| (i.source_dest_check, i.disable_api_stop) = (Some(true.into()), Some(true.into()))),
        "InvalidParameterCombination"
    );
    assert_eq!(modify(|i| i.disable_api_termination = Some(false.into())), "");
    assert_eq!(world.code::<TerminateInstances>(ids(&made)), "");
}

#[test]
fn instances_are_described_by_reservation_filter_and_page() {
    let world = World::new();
    for _ in 0..3 {
        launch(&world, RunInstancesInput { max_count: 4, ..small() });
    }
    let mut seen = 0;
    let mut token = None;
    loop {
        let page = world.ok::<DescribeInstances>(DescribeInstancesInput {
            max_results: Some(5),
            next_token: token,
            ..Default::default()
        });
        seen += page
            .reservations
            .iter()
            .map(|reservation| reservation.instances.len())
            .sum::<usize>();
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(seen, 12);
    for (name, value, reservations) in [
        ("instance-state-name", "pending", 3),
        ("instance-state-name", "running", 0),
        ("vpc-id", "vpc-*", 3),
    ] {
        let input = DescribeInstancesInput {
            filters: vec![filter(name, &[value])],
            ..Default::default()
        };
        assert_eq!(
            world.ok::<DescribeInstances>(input).reservations.len(),
            reservations,
            "{name}={value}"
        );
    }
    let wrong = DescribeInstancesInput {
        filters: vec![filter("colour", &["red"])],
        ..Default::default()
    };
    assert_eq!(world.code::<DescribeInstances>(wrong), "InvalidParameterValue");
}

#[test]
fn interfaces_are_attached_and_detached() {
    use crate::ec2::network_interface::testing::*;
    let world = World::new();
    let instance = launch(&world, small()).remove(0);
    let subnet: crate::ec2::subnet::SubnetId = instance.subnet_id.unwrap_or_default().parse().unwrap_or_default();
    let spare = || {
        let input = CreateNetworkInterfaceInput {
            subnet_id: subnet.clone(),
            ..Default::default()
        };
        world.ok::<CreateNetworkInterface>(input).network_interface.network_interface_id
    };
    let attach = |device_index| AttachNetworkInterfaceInput {
        network_interface_id: spare(),
        instance_id: instance.instance_id.clone(),
        device_index,
        dry_run: None,
    };
    assert_eq!(world.code::<AttachNetworkInterface>(attach(1)), "IncorrectInstanceState");
    let found = |tx: &mut Tx| {
        let mut one = Instance::find(tx, world.place(), &instance.instance_id)?;
        one.status.found = Found::Running;
        tx.save(one);
        Ok(())
    };
    world.change(found).expect("running");
    assert_eq!(world.code::<AttachNetworkInterface>(attach(0)), "InvalidParameterValue");
    let made = world.ok::<AttachNetworkInterface>(attach(1));
    assert_eq!(world.code::<AttachNetworkInterface>(attach(2)), "AttachmentLimitExceeded");
    let detach = |attachment_id: &str| {
        world.code::<DetachNetworkInterface>(DetachNetworkInterfaceInput {
            attachment_id: attachment_id.parse().unwrap_or_default(),
            dry_run: None,
        })
    };
    let first = world.see(|tx| NetworkInterface::of_instance(tx, world.place(), &instance.instance_id).remove(0));
    let first = first.attachment.map(|attachment| attachment.id.to_string()).unwrap_or_default();
    assert_eq!(detach(&first), "OperationNotPermitted");
    assert_eq!(detach(made.attachment_id.as_str()), "");
    assert_eq!(detach(made.attachment_id.as_str()), "InvalidAttachmentID.NotFound");
}
