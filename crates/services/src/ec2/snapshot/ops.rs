//! What can be done with snapshots.

use tierra_core::{AwsError, Call, Tx};

use super::api::{DeleteSnapshotInput, DescribeSnapshotsInput, DescribeSnapshotsOutput, SnapshotInfo};
use super::errors::SnapshotError;
use super::model::Snapshot;
use crate::ec2::image::OwnImage;
use crate::ec2::listing::{page, query};
use crate::ec2::operation::{arn, operations};
use crate::ec2::tag;

operations! {
    /// Tells of snapshots.
    reads DescribeSnapshots(DescribeSnapshotsInput) -> DescribeSnapshotsOutput = describe;
    /// Deletes a snapshot of which no image is made.
    writes DeleteSnapshot(DeleteSnapshotInput) -> () = delete_one, on |_, input, call| arn(call, "snapshot", &input.snapshot_id);
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeSnapshotsInput) -> Result<DescribeSnapshotsOutput, AwsError> {
    let own = |owner: &String| owner == "self" || *owner == call.place.account.0;
    let asked = if input.snapshot_ids.is_empty() {
        tx.list::<Snapshot>(&call.place)
    } else {
        let found = input.snapshot_ids.iter().map(|id| Snapshot::find(tx, &call.place, id));
        found.collect::<Result<_, _>>()?
    };
    let seen = asked.into_iter().filter(|snapshot| !snapshot.spec.deleted);
    let owned = seen.filter(|_| input.owner_ids.is_empty() || input.owner_ids.iter().any(own));
    let shown = owned.map(|snapshot| {
        let tags = tag::list(tx, &call.place, &snapshot.id);
        SnapshotInfo::of(snapshot, tags)
    });
    let page = page(shown.collect(), !input.snapshot_ids.is_empty(), &query!(input))?;
    Ok(DescribeSnapshotsOutput {
        snapshots: page.items,
        next_token: page.next,
    })
}

fn delete_one(tx: &mut Tx, call: &Call, input: DeleteSnapshotInput) -> Result<(), AwsError> {
    let snapshot = Snapshot::find(tx, &call.place, &input.snapshot_id)?;
    if let Some(image) = OwnImage::of_snapshot(tx, &call.place, &snapshot.id).pop() {
        return Err(SnapshotError::InUse {
            id: input.snapshot_id,
            image: image.id.to_string(),
        }
        .into());
    }
    delete(tx, snapshot);
    Ok(())
}

/// Deletes a snapshot of which no image is made; its row stays, unseen, until the machine has freed it.
pub fn delete(tx: &mut Tx, mut snapshot: Snapshot) {
    tag::forget(tx, &snapshot.place, &snapshot.id);
    snapshot.spec.deleted = true;
    tx.save(snapshot);
}
