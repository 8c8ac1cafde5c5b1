//! Telling of images.

use tierra_core::{AwsError, Call, Tx};

use crate::ec2::image::api::{DescribeImagesInput, DescribeImagesOutput, ImageInfo};
use crate::ec2::image::errors::ImageError;
use crate::ec2::image::model::Image;
use crate::ec2::listing::{page, query};
use crate::ec2::operation::operations;
use crate::ec2::tag;

operations! {
    /// Tells of images.
    reads DescribeImages(DescribeImagesInput) -> DescribeImagesOutput = describe, harmless ["IncludeDeprecated", "IncludeDisabled"];
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeImagesInput) -> Result<DescribeImagesOutput, AwsError> {
    let asked = asked(tx, call, &input.image_ids)?.into_iter();
    let seen = asked.filter(|image| is_owned(call, image, &input.owners) && may_run(call, image, &input.executable_users));
    let shown = seen.map(|image| {
        let tags = tag::list(tx, &call.place, &image.id);
        ImageInfo::of(image, tags)
    });
    let page = page(shown.collect(), !input.image_ids.is_empty(), &query!(input))?;
    Ok(DescribeImagesOutput {
        images: page.items,
        next_token: page.next,
    })
}

fn asked(tx: &Tx, call: &Call, ids: &[String]) -> Result<Vec<Image>, ImageError> {
    if ids.is_empty() {
        return Ok(Image::all(tx, &call.place));
    }
    ids.iter().map(|id| Image::find(tx, &call.place, id)).collect()
}

fn is_owned(call: &Call, image: &Image, owners: &[String]) -> bool {
    let is = |owner: &String| match owner.as_str() {
        "self" => image.owner == call.place.account,
        alias if image.owner_alias == Some(alias) => true,
        account => image.owner.0 == account,
    };
    owners.is_empty() || owners.iter().any(is)
}

/// Who may run an image: all may run a public one, its owner one that is not.
fn may_run(call: &Call, image: &Image, users: &[String]) -> bool {
    let may = |user: &String| match user.as_str() {
        "all" => image.public,
        "self" => is_let(image, &call.place.account.0),
        account => is_let(image, account),
    };
    users.is_empty() || users.iter().any(may)
}

/// Whether an account may run an image though not all may.
fn is_let(image: &Image, account: &str) -> bool {
    !image.public && (image.owner.0 == account || image.users.contains(account))
}
