//! VPCs, as callers see them: calls in, answers and errors out.

use super::api::*;
use super::ops::*;
use super::*;
use crate::ec2::testing::{World, filter};

fn create(world: &World, cidr: &str) -> VpcDescription {
    let input = CreateVpcInput {
        cidr_block: Some(cidr.to_owned()),
        ..CreateVpcInput::default()
    };
    world.ok::<CreateVpc>(input).vpc
}

fn describe(world: &World, filters: Vec<crate::ec2::filter::Filter>) -> Vec<VpcDescription> {
    let input = DescribeVpcsInput {
        filters,
        ..DescribeVpcsInput::default()
    };
    world.ok::<DescribeVpcs>(input).vpcs
}

#[test]
fn the_default_vpc_is_there_before_and_after_the_first_write_and_is_the_same() {
    let world = World::new();
    let before = describe(&world, vec![filter("is-default", &["true"])]);
    create(&world, "10.0.0.0/16");
    let after = describe(&world, vec![filter("is-default", &["true"])]);
    assert_eq!(before.len(), 1);
    assert_eq!(before[0].vpc_id, after[0].vpc_id);
    assert_eq!(before[0].cidr_block, "172.31.0.0/16");
    assert_eq!(describe(&world, Vec::new()).len(), 2);
    assert_eq!(
        world.code::<CreateDefaultVpc>(CreateDefaultVpcInput::default()),
        "DefaultVpcAlreadyExists"
    );
}

#[test]
fn blocks_have_aws_sizes_and_lose_their_host_bits() {
    let world = World::new();
    for (cidr, code) in [
        ("10.0.0.0/15", "InvalidVpc.Range"),
        ("10.0.0.0/29", "InvalidVpc.Range"),
        ("10.0.0.0", "InvalidParameterValue"),
        ("ten", "InvalidParameterValue"),
        ("10.0.0.0/28", ""),
        ("10.0.0.0/16", ""),
    ] {
        let input = CreateVpcInput {
            cidr_block: Some(cidr.to_owned()),
            ..CreateVpcInput::default()
        };
        assert_eq!(world.code::<CreateVpc>(input), code, "{cidr}");
    }
    assert_eq!(world.code::<CreateVpc>(CreateVpcInput::default()), "MissingParameter");
    assert_eq!(create(&world, "100.68.0.18/18").cidr_block, "100.68.0.0/18");
}

#[test]
fn a_dry_run_keeps_nothing() {
    let world = World::new();
    let input = CreateVpcInput {
        cidr_block: Some("10.0.0.0/16".into()),
        dry_run: Some(true),
        ..CreateVpcInput::default()
    };
    let error = world.run::<CreateVpc>(input).expect_err("dry");
    assert_eq!((error.code.as_ref(), error.status), ("DryRunOperation", 412));
    assert_eq!(describe(&world, Vec::new()).len(), 1);
}

#[test]
fn one_attribute_changes_at_a_time() {
    let world = World::new();
    let vpc_id = create(&world, "10.0.0.0/16").vpc_id;
    let hostnames = || {
        let input = DescribeVpcAttributeInput {
            attribute: VpcAttribute::DnsHostnames,
            vpc_id: vpc_id.clone(),
            dry_run: None,
        };
        world
            .ok::<DescribeVpcAttribute>(input)
            .enable_dns_hostnames
            .and_then(|given| given.value)
    };
    assert_eq!(hostnames(), Some(false));
    let modify = |support: Option<bool>, hostnames: Option<bool>| ModifyVpcAttributeInput {
        vpc_id: vpc_id.clone(),
        enable_dns_support: support.map(Into::into),
        enable_dns_hostnames: hostnames.map(Into::into),
    };
    assert_eq!(
        world.code::<ModifyVpcAttribute>(modify(Some(true), Some(true))),
        "InvalidParameterCombination"
    );
    assert_eq!(world.code::<ModifyVpcAttribute>(modify(None, Some(true))), "");
    assert_eq!(hostnames(), Some(true));
}

#[test]
fn a_deleted_vpc_leaves_only_the_word_that_the_machine_must_let_go() {
    let world = World::new();
    let id = create(&world, "10.0.0.0/16").vpc_id;
    let delete = |id: &VpcId| DeleteVpcInput {
        vpc_id: id.clone(),
        dry_run: None,
    };
    let default = describe(&world, vec![filter("isDefault", &["true"])])[0].vpc_id.clone();
    assert_eq!(world.code::<DeleteVpc>(delete(&default)), "DependencyViolation");
    assert_eq!(world.code::<DeleteVpc>(delete(&id)), "");
    assert_eq!(world.code::<DeleteVpc>(delete(&id)), "InvalidVpcID.NotFound");
    let network = world.see(|tx| tx.find::<crate::ec2::network::Network>(world.place(), &id));
    assert!(network.is_some_and(|network| network.leaving));
}
