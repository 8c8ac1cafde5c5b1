//! What can be asked of volumes.

use tierra_core::{AwsError, Call, Tx};

use super::api::{DescribeVolumesInput, DescribeVolumesOutput, VolumeInfo};
use super::errors::VolumeError;
use super::model::Volume;
use crate::ec2::listing::{page, query, rows};
use crate::ec2::operation::operations;
use crate::ec2::tag;

operations! {
    /// Tells of volumes.
    reads DescribeVolumes(DescribeVolumesInput) -> DescribeVolumesOutput = describe;
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeVolumesInput) -> Result<DescribeVolumesOutput, AwsError> {
    let asked: Vec<Volume> = rows(tx, &call.place, &input.volume_ids, |id| VolumeError::NotFound { id: id.clone() })?;
    let shown = asked.into_iter().map(|volume| {
        let tags = tag::list(tx, &call.place, &volume.id);
        VolumeInfo::of(volume, tags)
    });
    let page = page(shown.collect(), !input.volume_ids.is_empty(), &query!(input))?;
    Ok(DescribeVolumesOutput {
        volumes: page.items,
        next_token: page.next,
    })
}
