//! Subnets, as callers see them: calls in, answers and errors out.

use super::api::*;
use super::ops::*;
use crate::ec2::testing::{World, filter};
use crate::ec2::vpc::{CreateVpc, CreateVpcInput, VpcId};

fn vpc(world: &World) -> VpcId {
    let input = CreateVpcInput {
        cidr_block: Some("10.0.0.0/16".into()),
        ..CreateVpcInput::default()
    };
    world.ok::<CreateVpc>(input).vpc.vpc_id
}

fn input(vpc_id: &VpcId, cidr: &str, zone: Option<&str>) -> CreateSubnetInput {
    CreateSubnetInput {
        vpc_id: vpc_id.clone(),
        cidr_block: Some(cidr.into()),
        availability_zone: zone.map(Into::into),
        ..CreateSubnetInput::default()
    }
}

#[test]
fn blocks_lie_in_the_vpc_and_apart() {
    let world = World::new();
    let vpc = vpc(&world);
    for (cidr, zone, code) in [
        ("10.0.0.0/24", None, ""),
        ("10.0.0.128/25", None, "InvalidSubnet.Conflict"),
        ("10.0.0.0/23", None, "InvalidSubnet.Conflict"),
        ("10.1.0.0/24", None, "InvalidSubnet.Range"),
        ("10.0.1.0/29", None, "InvalidSubnet.Range"),
        ("10.0.1.0/28", Some("us-east-1b"), ""),
        ("10.0.2.0/24", Some("us-east-1z"), "InvalidParameterValue"),
        ("nonsense", None, "InvalidParameterValue"),
    ] {
        assert_eq!(world.code::<CreateSubnet>(input(&vpc, cidr, zone)), code, "{cidr}");
    }
    let other = tierra_core::ids::AwsId::from_text("vpc-0".to_owned());
    assert_eq!(
        world.code::<CreateSubnet>(input(&other, "10.0.3.0/24", None)),
        "InvalidVpcID.NotFound"
    );
}

#[test]
fn a_default_subnet_of_each_zone_is_public_and_counts_its_addresses() {
    let world = World::new();
    let describe = DescribeSubnetsInput {
        filters: vec![filter("default-for-az", &["true"])],
        ..DescribeSubnetsInput::default()
    };
    let mut shown = world.ok::<DescribeSubnets>(describe).subnets;
    shown.sort_by_key(|subnet| subnet.availability_zone.clone());
    let told: Vec<_> = shown
        .iter()
        .map(|subnet| {
            (
                subnet.cidr_block.as_str(),
                subnet.availability_zone_id.as_str(),
                subnet.available_ip_address_count,
                subnet.map_public_ip_on_launch,
            )
        })
        .collect();
    let expected = [
        ("172.31.0.0/20", "use1-az1", 4091, true),
        ("172.31.16.0/20", "use1-az2", 4091, true),
        ("172.31.32.0/20", "use1-az3", 4091, true),
    ];
    assert_eq!(told, expected);
}

#[test]
fn pages_cover_all_and_ids_exclude_a_page_size() {
    let world = World::new();
    let vpc = vpc(&world);
    for third in 0..9 {
        world.ok::<CreateSubnet>(input(&vpc, &format!("10.0.{third}.0/24"), None));
    }
    let page = |next_token: Option<String>| DescribeSubnetsInput {
        max_results: Some(5),
        next_token,
        ..DescribeSubnetsInput::default()
    };
    let first = world.ok::<DescribeSubnets>(page(None));
    let second = world.ok::<DescribeSubnets>(page(first.next_token.clone()));
    let third = world.ok::<DescribeSubnets>(page(second.next_token.clone()));
    assert_eq!((first.subnets.len(), second.subnets.len(), third.subnets.len()), (5, 5, 2));
    assert_eq!(third.next_token, None);
    let beside_ids = DescribeSubnetsInput {
        subnet_ids: vec![first.subnets[0].subnet_id.clone()],
        ..page(None)
    };
    assert_eq!(world.code::<DescribeSubnets>(beside_ids), "InvalidParameterCombination");
    for size in [4, 1001] {
        let input = DescribeSubnetsInput {
            max_results: Some(size),
            ..page(None)
        };
        assert_eq!(world.code::<DescribeSubnets>(input), "InvalidParameterValue");
    }
    let unknown = DescribeSubnetsInput {
        filters: vec![filter("colour", &["red"])],
        ..DescribeSubnetsInput::default()
    };
    let error = world.run::<DescribeSubnets>(unknown).expect_err("unknown filter");
    assert_eq!(error.message, "The filter 'colour' is invalid");
}
