//! Making images: of an instance, whose disk is kept for it, and of a snapshot that is there.

use tierra_core::{AwsError, Call, Expect, Tags, Tx};

use super::arn;
use crate::ec2::errors::Ec2Error;
use crate::ec2::image::api::{CreateImageInput, ImageIdOutput, RegisterImageInput};
use crate::ec2::image::errors::ImageError;
use crate::ec2::image::model::{ImageId, RootVolume};
use crate::ec2::image::own::OwnImage;
use crate::ec2::instance::{Instance, InstanceError, InstanceState, restart};
use crate::ec2::operation::operations;
use crate::ec2::snapshot::{Snapshot, SnapshotError, SnapshotSpec, SnapshotState, SnapshotStatus, Source};
use crate::ec2::tag::{self, TagSpecification};
use crate::ec2::volume::{EbsSpecification, Volume, VolumeError, root_of};

/// Images that an account may have in a region. Follows the page "AMI quotas in Amazon EC2".
const IMAGES: usize = 50_000;
/// Characters of a name.
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 3..=128;
/// What a name may have beside letters and digits.
const NAME_MARKS: &str = "()[] ./-'@_";
/// The root device of an image that does not name it.
const ROOT_DEVICE: &str = "/dev/sda1";

operations! {
    /// Makes an image of an instance, which is rebooted for it where the caller does not say otherwise. "CreateImage"
    writes CreateImage(CreateImageInput) -> ImageIdOutput = create,
        on |_, input, call| vec![arn(call, "*"), instance(call, &input.instance_id), snapshot(call)];
    /// Makes an image of a snapshot. "RegisterImage"
    writes RegisterImage(RegisterImageInput) -> ImageIdOutput = register_image,
        on |_, _, call| vec![arn(call, "*"), snapshot(call)], harmless ["EnaSupport", "SriovNetSupport", "VirtualizationType"];
}

fn instance(call: &Call, id: &str) -> tierra_core::Arn {
    tierra_core::Arn::regional("ec2", &call.place, format!("instance/{id}"))
}

fn snapshot(call: &Call) -> tierra_core::Arn {
    tierra_core::Arn::regional("ec2", &call.place, "snapshot/*".to_owned())
}

fn create(tx: &mut Tx, call: &Call, input: CreateImageInput) -> Result<ImageIdOutput, AwsError> {
    let tags = ImageTags::read(&input.tag_specifications)?;
    let mut instance = Instance::find(tx, &call.place, &input.instance_id)?;
    let running = instance.state() == InstanceState::Running;
    if !running && instance.state() != InstanceState::Stopped {
        return Err(InstanceError::State {
            id: input.instance_id,
            done: "imaged",
        }
        .into());
    }
    check_name(tx, call, &input.name)?;
    let asked = root_of(&input.block_device_mappings, &instance.spec.root_device)?;
    let (volume, root) = root_volume(tx, &instance, &asked)?;
    let id: ImageId = call.ids.next();
    let at_rest = running && input.no_reboot != Some(true);
    if at_rest {
        restart(tx, &mut instance);
    }
    let kept = keep(tx, call, &instance, at_rest, &volume, &id);
    let image = OwnImage {
        place: call.place.clone(),
        id,
        name: input.name,
        description: input.description.unwrap_or_default(),
        root_device: instance.spec.root_device,
        root,
        snapshot: kept.id,
        created: call.now,
        public: false,
        users: Default::default(),
        source_instance: Some(input.instance_id),
        source_image: None,
        client_token: None,
    };
    put(tx, image, tags)
}

/// The tags of what an image's making makes.
pub(super) struct ImageTags {
    image: Tags,
    snapshot: Tags,
}

impl ImageTags {
    pub(super) fn read(specifications: &[TagSpecification]) -> Result<Self, AwsError> {
        let of = |word| tag::specified_of(specifications, word, &["image", "snapshot"]);
        Ok(Self {
            image: of("image")?,
            snapshot: of("snapshot")?,
        })
    }

    /// For a copy that keeps its source's tags: what was asked for goes before.
    pub(super) fn over(mut self, tags: Tags) -> Self {
        for (key, value) in tags.0.into_iter().filter(|(key, _)| !key.starts_with("aws:")) {
            self.image.0.entry(key).or_insert(value);
        }
        self
    }
}

/// Checks the name of an image to be.
pub(super) fn check_name(tx: &Tx, call: &Call, name: &str) -> Result<(), ImageError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || NAME_MARKS.contains(c);
    if !NAME_LENGTH.contains(&name.len()) || !name.chars().all(plain) {
        return Err(ImageError::Name);
    }
    if let Some(other) = tx.by_index::<OwnImage>(&call.place, "name", name).pop() {
        return Err(ImageError::Duplicate {
            name: name.to_owned(),
            id: other.id.to_string(),
        });
    }
    if tx.list::<OwnImage>(&call.place).len() >= IMAGES {
        return Err(ImageError::Quota { limit: IMAGES });
    }
    Ok(())
}

/// The root volume of an instance, and what an image's is to be.
fn root_volume(tx: &Tx, instance: &Instance, asked: &EbsSpecification) -> Result<(Volume, RootVolume), AwsError> {
    let found = Volume::of_instance(tx, &instance.place, instance.id.as_str()).pop();
    let volume = found.ok_or_else(|| VolumeError::NotFound {
        id: instance.spec.root_device.clone(),
    })?;
    if asked.snapshot_id.is_some() {
        let device = instance.spec.root_device.clone();
        return Err(VolumeError::Snapshot { device }.into());
    }
    let before = RootVolume {
        gib: volume.gib,
        kind: volume.kind,
        iops: volume.iops,
        throughput: volume.throughput,
        encrypted: volume.encrypted,
    };
    Ok((volume, before.with(asked)?))
}

/// The snapshot of an instance's disk: the reconciler takes it.
fn keep(tx: &mut Tx, call: &Call, instance: &Instance, at_rest: bool, volume: &Volume, image: &ImageId) -> Snapshot {
    let id: crate::ec2::snapshot::SnapshotId = call.ids.next();
    let snapshot = Snapshot {
        place: call.place.clone(),
        spec: SnapshotSpec {
            content: id.to_string(),
            base: Some(instance.spec.machine_image.clone()),
            source: Some(Source {
                instance: instance.id.to_string(),
                at_rest,
            }),
            volume: volume.id.to_string(),
            gib: volume.gib,
            encrypted: volume.encrypted,
            description: format!("Created by CreateImage({}) for {image}", instance.id),
            started: call.now,
            deleted: false,
        },
        status: SnapshotStatus::default(),
        id,
    };
    tx.save(snapshot.clone());
    snapshot
}

/// Writes an image that has its snapshot.
pub(super) fn put(tx: &mut Tx, image: OwnImage, tags: ImageTags) -> Result<ImageIdOutput, AwsError> {
    tag::set(tx, &image.place, &image.id, tags.image);
    // What it had already stays where nothing was asked for.
    if !tags.snapshot.0.is_empty() {
        tag::set(tx, &image.place, &image.snapshot, tags.snapshot);
    }
    let image_id = image.id.to_string();
    tx.put(image, Expect::New)?;
    Ok(ImageIdOutput { image_id })
}

fn register_image(tx: &mut Tx, call: &Call, input: RegisterImageInput) -> Result<ImageIdOutput, AwsError> {
    let tags = ImageTags::read(&input.tag_specifications)?;
    check_name(tx, call, &input.name)?;
    if input.architecture.as_deref().is_some_and(|architecture| architecture != "x86_64") {
        return Err(Ec2Error::Unsupported {
            what: "an image of another architecture than x86_64",
        }
        .into());
    }
    let root_device = input.root_device_name.unwrap_or_else(|| ROOT_DEVICE.to_owned());
    let asked = root_of(&input.block_device_mappings, &root_device)?;
    let id = asked.snapshot_id.as_deref().ok_or(Ec2Error::Missing { name: "snapshotId" })?;
    let snapshot = Snapshot::find(tx, &call.place, id)?;
    if snapshot.state() != SnapshotState::Completed {
        return Err(SnapshotError::Incomplete { id: id.to_owned() }.into());
    }
    let before = RootVolume {
        gib: snapshot.spec.gib,
        encrypted: snapshot.spec.encrypted,
        ..RootVolume::default()
    };
    let image = OwnImage {
        place: call.place.clone(),
        id: call.ids.next(),
        name: input.name,
        description: input.description.unwrap_or_default(),
        root_device,
        root: before.with(&asked)?,
        snapshot: snapshot.id,
        created: call.now,
        public: false,
        users: Default::default(),
        source_instance: None,
        source_image: None,
        client_token: None,
    };
    put(tx, image, tags)
}
