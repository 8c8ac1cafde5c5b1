//! Tags, as callers see them: calls in, answers and errors out.

use tierra_core::Tag;

use super::api::*;
use super::ops::*;
use crate::ec2::testing::{World, filter};
use crate::ec2::vpc::{CreateVpc, CreateVpcInput, DeleteVpc, DeleteVpcInput};

fn tag(key: &str, value: &str) -> Tag {
    Tag {
        key: key.into(),
        value: Some(value.into()),
    }
}

fn told(world: &World) -> Vec<(String, String, String)> {
    let input = DescribeTagsInput {
        filters: vec![filter("resource-type", &["vpc"])],
        ..DescribeTagsInput::default()
    };
    let tags = world.ok::<DescribeTags>(input).tags;
    tags.into_iter().map(|tag| (tag.resource_type, tag.key, tag.value)).collect()
}

#[test]
fn tags_come_with_creation_change_and_go_with_the_resource() {
    let world = World::new();
    let specification = |kind: &str| CreateVpcInput {
        cidr_block: Some("10.0.0.0/16".into()),
        tag_specifications: vec![TagSpecification {
            resource_type: Some(kind.into()),
            tags: vec![tag("Name", "main"), tag("stage", "test")],
        }],
        ..CreateVpcInput::default()
    };
    assert_eq!(world.code::<CreateVpc>(specification("subnet")), "InvalidParameterValue");
    let vpc = world.ok::<CreateVpc>(specification("vpc")).vpc;
    assert_eq!(vpc.tags, [tag("Name", "main"), tag("stage", "test")]);
    let create = |key: &str, value: &str| CreateTagsInput {
        resources: vec![vpc.vpc_id.to_string()],
        tags: vec![tag(key, value)],
        dry_run: None,
    };
    assert_eq!(world.code::<CreateTags>(create("aws:mine", "x")), "InvalidParameterValue");
    assert_eq!(world.code::<CreateTags>(create("Name", "other")), "");
    let delete = |key: &str, value: Option<&str>| DeleteTagsInput {
        resources: vec![vpc.vpc_id.to_string()],
        tags: vec![Tag {
            key: key.into(),
            value: value.map(Into::into),
        }],
        dry_run: None,
    };
    world.ok::<DeleteTags>(delete("stage", Some("wrong")));
    assert_eq!(told(&world).len(), 2);
    world.ok::<DeleteTags>(delete("stage", None));
    assert_eq!(told(&world), [("vpc".into(), "Name".into(), "other".into())]);
    world.ok::<DeleteVpc>(DeleteVpcInput {
        vpc_id: vpc.vpc_id.clone(),
        dry_run: None,
    });
    assert_eq!(told(&world), []);
    assert_eq!(world.code::<CreateTags>(create("Name", "x")), "InvalidVpcID.NotFound");
    let nonsense = CreateTagsInput {
        resources: vec!["thing-1".into()],
        ..create("a", "b")
    };
    assert_eq!(world.code::<CreateTags>(nonsense), "InvalidID");
}
