//! Giving images up. What runs of one goes on; what is kept of its disk is its snapshot's.

use tierra_core::{AwsError, Call, Key, Tx};

use super::arn;
use crate::ec2::image::api::{DeleteSnapshotResult, DeregisterImageInput, DeregisterImageOutput};
use crate::ec2::image::own::OwnImage;
use crate::ec2::operation::operations;
use crate::ec2::snapshot::{self, Snapshot};
use crate::ec2::tag;

operations! {
    /// Gives an image up, and its snapshot where that is asked for. "DeregisterImage"
    writes DeregisterImage(DeregisterImageInput) -> DeregisterImageOutput = deregister, on |_, input, call| vec![arn(call, &input.image_id)];
}

fn deregister(tx: &mut Tx, call: &Call, input: DeregisterImageInput) -> Result<DeregisterImageOutput, AwsError> {
    let image = OwnImage::find(tx, &call.place, &input.image_id)?;
    tag::forget(tx, &call.place, &image.id);
    tx.delete(&Key::<OwnImage>::new(&call.place, &image.id));
    let results = (input.delete_associated_snapshots == Some(true)).then(|| vec![delete_snapshot(tx, &image)]);
    Ok(DeregisterImageOutput {
        r#return: true,
        delete_snapshot_results: results.unwrap_or_default(),
    })
}

/// Deletes the snapshot of an image that is gone, where no other image is made of it.
fn delete_snapshot(tx: &mut Tx, image: &OwnImage) -> DeleteSnapshotResult {
    let is_used = !OwnImage::of_snapshot(tx, &image.place, &image.snapshot).is_empty();
    let found: Option<Snapshot> = tx.find(&image.place, &image.snapshot);
    let return_code = if is_used { "skipped" } else { "success" };
    if let Some(snapshot) = found.filter(|_| !is_used) {
        snapshot::delete(tx, snapshot);
    }
    DeleteSnapshotResult {
        snapshot_id: image.snapshot.to_string(),
        return_code: return_code.to_owned(),
    }
}
