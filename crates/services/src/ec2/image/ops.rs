//! What can be asked of images.

use tierra_core::{AwsError, Call, Tx};

use super::api::{
    BlockDeviceMapping, DescribeImageAttributeInput, DescribeImageAttributeOutput, DescribeImagesInput, DescribeImagesOutput,
    ImageAttributeName, ImageInfo, LaunchPermission,
};
use super::errors::ImageError;
use super::model::Image;
use crate::ec2::listing::{page, query};
use crate::ec2::operation::operations;
use crate::ec2::tag;

operations! {
    /// Tells of images.
    reads DescribeImages(DescribeImagesInput) -> DescribeImagesOutput = describe, harmless ["IncludeDeprecated", "IncludeDisabled"];
    /// Tells one thing of one image.
    reads DescribeImageAttribute(DescribeImageAttributeInput) -> DescribeImageAttributeOutput = describe_attribute;
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
        "self" => !image.public && image.owner == call.place.account,
        account => !image.public && image.owner.0 == account,
    };
    users.is_empty() || users.iter().any(may)
}

fn describe_attribute(tx: &mut Tx, call: &Call, input: DescribeImageAttributeInput) -> Result<DescribeImageAttributeOutput, AwsError> {
    let image = Image::find(tx, &call.place, &input.image_id)?;
    let mut output = DescribeImageAttributeOutput {
        image_id: input.image_id,
        ..Default::default()
    };
    match input.attribute {
        ImageAttributeName::Description => output.description = Some(image.description.into()),
        ImageAttributeName::SriovNetSupport => output.sriov_net_support = Some("simple".to_owned().into()),
        ImageAttributeName::BlockDeviceMapping => output.block_device_mappings = Some(vec![BlockDeviceMapping::root(&image)]),
        ImageAttributeName::LaunchPermission => output.launch_permissions = Some(launch_permissions(&image)),
        // Nothing here has a kernel, a RAM disk or a product code of its own.
        ImageAttributeName::Kernel | ImageAttributeName::Ramdisk | ImageAttributeName::ProductCodes => {}
    }
    Ok(output)
}

fn launch_permissions(image: &Image) -> Vec<LaunchPermission> {
    let everyone = LaunchPermission {
        group: Some("all".to_owned()),
        user_id: None,
    };
    image.public.then_some(everyone).into_iter().collect()
}
