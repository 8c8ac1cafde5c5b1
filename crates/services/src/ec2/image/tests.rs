//! What images are seen, by whom.

use tierra_core::{StoreError, Tx};
use tierra_drivers::image;

use super::api::{
    CopyImageInput, CreateImageInput, DeregisterImageInput, DescribeImagesInput, ImageAttributeName, ImageInfo, ModifyImageAttributeInput,
    OperationType, RegisterImageInput, ResetImageAttributeInput,
};
use super::model::ImageState;
use super::ops::{CopyImage, CreateImage, DeregisterImage, DescribeImages, ModifyImageAttribute, RegisterImage, ResetImageAttribute};
use super::{adopt, public_parameter, public_parameters};
use crate::ec2::instance::Found;
use crate::ec2::instance::testing::{RunInstances, RunInstancesInput};
use crate::ec2::instance::tests::find_on_machine;
use crate::ec2::snapshot::Snapshot;
use crate::ec2::testing::{World, filter};
use crate::ec2::volume::{BlockDeviceMapping, EbsSpecification};

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

fn machine(names: &[&str]) -> Vec<image::ImageState> {
    let image = |name: &&str| image::ImageState {
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
    let absent = DescribeImagesInput {
        image_ids: vec!["ami-0123456789abcdef0".into()],
        ..Default::default()
    };
    assert_eq!(world.code::<DescribeImages>(absent), "InvalidAMIID.NotFound");
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
    assert!(adopted(&["debian-12", "mariadb-10.11", "mine", "snap-of-another-cloud"]));
    assert!(!adopted(&["debian-12", "mine"]), "no news");
    assert_eq!(names(&world, own()), ["mine"]);
    assert!(adopted(&["debian-12"]));
    assert_eq!(names(&world, own()).len(), 0);
}

/// An own image whose snapshot is complete.
fn image_of_an_instance(world: &World, name: &str) -> String {
    let launched = world.ok::<RunInstances>(RunInstancesInput {
        image_id: public_parameter(&world.place().region, "/aws/service/debian/release/12/latest/amd64").map(|id| id.to_string()),
        min_count: 1,
        max_count: 1,
        ..Default::default()
    });
    let instance_id = launched.instances[0].instance_id.clone();
    let input = || CreateImageInput {
        instance_id: instance_id.clone(),
        name: name.to_owned(),
        ..Default::default()
    };
    assert_eq!(world.code::<CreateImage>(input()), "IncorrectInstanceState", "it is pending");
    find_on_machine(world, &instance_id, Found::Running);
    let image = world.ok::<CreateImage>(input()).image_id;
    let complete = |tx: &mut Tx| {
        for mut snapshot in tx.all::<Snapshot>() {
            snapshot.status.completed = Some(world.call.now);
            tx.save(snapshot);
        }
        Ok(())
    };
    world.change(complete).expect("completed");
    image
}

fn described(world: &World, id: &str) -> ImageInfo {
    let input = DescribeImagesInput {
        image_ids: vec![id.into()],
        ..Default::default()
    };
    world.ok::<DescribeImages>(input).images.remove(0)
}

#[test]
fn an_image_of_an_instance_is_copied_registered_again_and_given_up() {
    let world = World::new();
    let first = image_of_an_instance(&world, "web");
    let shown = described(&world, &first);
    assert_eq!(
        (shown.state, shown.block_device_mappings[0].ebs.volume_size),
        (ImageState::Available, 8)
    );
    let snapshot = shown.block_device_mappings[0].ebs.snapshot_id.clone().expect("a snapshot");
    let copy = world.ok::<CopyImage>(CopyImageInput {
        source_image_id: first.clone(),
        source_region: "us-east-1".into(),
        name: "copy".into(),
        ..Default::default()
    });
    assert_eq!(described(&world, &copy.image_id).source_image_id.as_deref(), Some(first.as_str()));
    let register = |name: &str, gib: i32| RegisterImageInput {
        name: name.to_owned(),
        root_device_name: Some("/dev/xvda".into()),
        block_device_mappings: vec![BlockDeviceMapping {
            device_name: Some("/dev/xvda".into()),
            ebs: Some(EbsSpecification {
                snapshot_id: Some(snapshot.clone()),
                volume_size: Some(gib),
                ..Default::default()
            }),
        }],
        ..Default::default()
    };
    for (name, gib, code) in [
        ("web", 8, "InvalidAMIName.Duplicate"),
        ("we", 8, "InvalidAMIName.Malformed"),
        ("w*b", 8, "InvalidAMIName.Malformed"),
        ("small", 4, "InvalidBlockDeviceMapping"),
        ("large", 20, ""),
    ] {
        assert_eq!(world.code::<RegisterImage>(register(name, gib)), code, "{name}");
    }
    let give_up = |id: &str| DeregisterImageInput {
        image_id: id.to_owned(),
        delete_associated_snapshots: Some(true),
        dry_run: None,
    };
    let kept = world.ok::<DeregisterImage>(give_up(&first)).delete_snapshot_results;
    assert_eq!(kept[0].return_code, "skipped", "another image is made of it");
    assert_eq!(world.code::<DeregisterImage>(give_up(&first)), "InvalidAMIID.NotFound");
    let public = public_parameter(&world.place().region, "/aws/service/debian/release/12/latest/amd64").expect("public");
    assert_eq!(world.code::<DeregisterImage>(give_up(public.as_str())), "AuthFailure");
}

#[test]
fn launch_permissions_show_an_image_to_others() {
    let mut world = World::new();
    let image = image_of_an_instance(&world, "shared");
    let permit = |add: bool, user: &str| ModifyImageAttributeInput {
        image_id: image.clone(),
        attribute: Some(ImageAttributeName::LaunchPermission),
        operation_type: Some(if add { OperationType::Add } else { OperationType::Remove }),
        user_ids: vec![user.into()],
        ..Default::default()
    };
    assert_eq!(
        world.code::<ModifyImageAttribute>(permit(true, "me")),
        "InvalidAMIAttributeItemValue"
    );
    world.ok::<ModifyImageAttribute>(permit(true, "210987654321"));
    let ours = world.call.clone();
    world.call.place.account = tierra_core::AccountId("210987654321".into());
    assert_eq!(described(&world, &image).name, "shared");
    assert_eq!(world.code::<ModifyImageAttribute>(permit(false, "210987654321")), "AuthFailure");
    let theirs = std::mem::replace(&mut world.call, ours);
    world.ok::<ResetImageAttribute>(ResetImageAttributeInput {
        image_id: image.clone(),
        ..permission()
    });
    world.call = theirs;
    let input = DescribeImagesInput {
        image_ids: vec![image],
        ..Default::default()
    };
    assert_eq!(world.code::<DescribeImages>(input), "InvalidAMIID.NotFound");
}

fn permission() -> ResetImageAttributeInput {
    ResetImageAttributeInput {
        attribute: ImageAttributeName::LaunchPermission,
        ..Default::default()
    }
}
