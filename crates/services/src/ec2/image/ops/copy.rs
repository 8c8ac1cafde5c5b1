//! Copying images, from this region or another: the copy shares what the machine keeps, and lives on when the first is gone.

use tierra_core::{AwsError, Call, Place, Region, Tx};

use super::arn;
use super::create::{ImageTags, check_name, put};
use crate::ec2::errors::Ec2Error;
use crate::ec2::image::api::{CopyImageInput, ImageIdOutput};
use crate::ec2::image::model::{Image, ImageId};
use crate::ec2::image::own::{OwnImage, SourceImage};
use crate::ec2::operation::operations;
use crate::ec2::snapshot::{Snapshot, SnapshotId, SnapshotSpec, SnapshotStatus};
use crate::ec2::tag;

operations! {
    /// Copies an image. "CopyImage"
    writes CopyImage(CopyImageInput) -> ImageIdOutput = copy,
        on |_, input, call| vec![arn(call, "*"), arn(call, &input.source_image_id)];
}

fn copy(tx: &mut Tx, call: &Call, input: CopyImageInput) -> Result<ImageIdOutput, AwsError> {
    if let Some(earlier) = earlier(tx, call, input.client_token.as_deref()) {
        return Ok(ImageIdOutput {
            image_id: earlier.id.to_string(),
        });
    }
    if input.encrypted == Some(true) {
        return Err(Ec2Error::Unsupported { what: "an encrypted copy" }.into());
    }
    let mut tags = ImageTags::read(&input.tag_specifications)?;
    let from = Place {
        account: call.place.account.clone(),
        region: Region(input.source_region.clone()),
    };
    let source = Image::find(tx, &from, &input.source_image_id)?;
    source.check_available()?;
    check_name(tx, call, &input.name)?;
    if input.copy_image_tags == Some(true) {
        tags = tags.over(tag::of(tx, &from, &source.id));
    }
    let id: ImageId = call.ids.next();
    let kept = share(tx, call, &from, &source, &id);
    let image = OwnImage {
        place: call.place.clone(),
        id,
        name: input.name,
        description: input.description.unwrap_or_default(),
        root_device: source.root_device,
        root: source.root,
        snapshot: kept,
        created: call.now,
        public: false,
        users: Default::default(),
        source_instance: None,
        source_image: Some(SourceImage {
            id: input.source_image_id,
            region: input.source_region,
        }),
        client_token: input.client_token,
    };
    put(tx, image, tags)
}

/// What the same request made before.
fn earlier(tx: &Tx, call: &Call, token: Option<&str>) -> Option<OwnImage> {
    tx.by_index(&call.place, "token", token?).pop()
}

/// A snapshot of what a source's snapshot keeps.
fn share(tx: &mut Tx, call: &Call, from: &Place, source: &Image, image: &ImageId) -> SnapshotId {
    let before: Option<Snapshot> = source.snapshot.as_ref().and_then(|id| tx.find(from, id));
    let id: SnapshotId = call.ids.next();
    let copied = source.snapshot.as_ref().map(|id| format!(" from {id}")).unwrap_or_default();
    tx.save(Snapshot {
        place: call.place.clone(),
        spec: SnapshotSpec {
            content: source.machine_image.clone(),
            base: before.as_ref().and_then(|before| before.spec.base.clone()),
            source: None,
            // AWS's word for a volume that there never was.
            volume: "vol-ffffffff".to_owned(),
            gib: source.root.gib,
            encrypted: false,
            description: format!("Copied for DestinationAmi {image} from SourceAmi {}{copied}", source.id),
            started: call.now,
            deleted: false,
        },
        status: SnapshotStatus {
            completed: Some(call.now),
            bytes: before.map(|before| before.status.bytes).unwrap_or_default(),
            ..SnapshotStatus::default()
        },
        id: id.clone(),
    });
    id
}
