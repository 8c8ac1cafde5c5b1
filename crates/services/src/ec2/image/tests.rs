//! What images are seen, by whom.

use tierra_core::StoreError;
use tierra_drivers::image::ImageState;

use super::api::DescribeImagesInput;
use super::ops::DescribeImages;
use super::{adopt, public_parameter, public_parameters};
use crate::ec2::testing::{World, filter};

fn names(world: &World, input: DescribeImagesInput) -> Vec<String> {
    let mut names: Vec<String> = world
        .ok::<DescribeImages>(input)
        .images
        .into_iter()
        .map(|image| image.name)
        .collect();
    names.sort();
    names
}

fn machine(names: &[&str]) -> Vec<ImageState> {
    let image = |name: &&str| ImageState {
        name: name.to_string(),
        hash: String::new(),
        layers: Vec::new(),
        bytes: 0,
    };
    names.iter().map(image).collect()
}

#[test]
fn templates_find_their_images_by_owner_name_and_id() {
    let world = World::new();
    let by = |owner: &str, pattern: &str| DescribeImagesInput {
        owners: vec![owner.into()],
        filters: vec![
            filter("name", &[pattern]),
            filter("architecture", &["x86_64"]),
            filter("virtualization-type", &["hvm"]),
        ],
        ..Default::default()
    };
    for (owner, pattern, expected) in [
        ("amazon", "al2023-ami-2023*-x86_64", 1),
        ("137112412989", "amzn2-ami-hvm-*-x86_64-gp2", 1),
        ("136693071363", "debian-12-amd64-*", 1),
        ("099720109477", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*", 1),
        ("self", "*", 0),
    ] {
        assert_eq!(names(&world, by(owner, pattern)).len(), expected, "{owner} {pattern}");
    }
    for (id, code) in [
        ("ami-0123456789abcdef0", "InvalidAMIID.NotFound"),
        ("debian", "InvalidAMIID.Malformed"),
    ] {
        let input = DescribeImagesInput {
            image_ids: vec![id.into()],
            ..Default::default()
        };
        assert_eq!(world.code::<DescribeImages>(input), code);
    }
}

#[test]
fn every_public_parameter_leads_to_an_image() {
    let world = World::new();
    let region = world.place().region.clone();
    for (name, id) in public_parameters(&region) {
        let input = DescribeImagesInput {
            image_ids: vec![id.to_string()],
            ..Default::default()
        };
        assert_eq!(names(&world, input).len(), 1, "{name}");
    }
    assert!(public_parameter(&region, "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64").is_some());
    assert_eq!(public_parameter(&region, "/aws/service/nothing"), None);
}

#[test]
fn imported_images_are_ones_own_while_the_machine_holds_them() {
    let world = World::new();
    let adopted = |held: &[&str]| {
        let adopt = |tx: &mut tierra_core::Tx| Ok::<_, StoreError>(adopt(tx, world.call.now, &machine(held)));
        world.store.write(adopt).expect("adopted")
    };
    let own = || DescribeImagesInput {
        owners: vec!["self".into()],
        ..Default::default()
    };
    assert!(adopted(&["debian-12", "mine"]));
    assert!(!adopted(&["debian-12", "mine"]), "no news");
    assert_eq!(names(&world, own()), ["mine"]);
    assert!(adopted(&["debian-12"]));
    assert_eq!(names(&world, own()).len(), 0);
}
