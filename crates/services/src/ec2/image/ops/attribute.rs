//! What can be asked and changed of one image: its description, and who may launch it.

use tierra_core::{AwsError, Call, Tx};

use super::arn;
use crate::ec2::errors::Ec2Error;
use crate::ec2::image::api::{
    BlockDeviceMapping, DescribeImageAttributeInput, DescribeImageAttributeOutput, ImageAttributeName, LaunchPermission,
    LaunchPermissionModifications, ModifyImageAttributeInput, OperationType, ResetImageAttributeInput,
};
use crate::ec2::image::errors::ImageError;
use crate::ec2::image::model::Image;
use crate::ec2::image::own::OwnImage;
use crate::ec2::operation::operations;

/// Digits of an account.
const ACCOUNT_LENGTH: usize = 12;

operations! {
    /// Tells one thing of one image.
    reads DescribeImageAttribute(DescribeImageAttributeInput) -> DescribeImageAttributeOutput = describe,
        on |_, input, call| vec![arn(call, &input.image_id)];
    /// Changes one thing of one image. "ModifyImageAttribute"
    writes ModifyImageAttribute(ModifyImageAttributeInput) -> () = modify, on |_, input, call| vec![arn(call, &input.image_id)];
    /// Takes every launch permission back. "ResetImageAttribute"
    writes ResetImageAttribute(ResetImageAttributeInput) -> () = reset, on |_, input, call| vec![arn(call, &input.image_id)];
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeImageAttributeInput) -> Result<DescribeImageAttributeOutput, AwsError> {
    let image = Image::find(tx, &call.place, &input.image_id)?;
    let mut output = DescribeImageAttributeOutput {
        image_id: input.image_id,
        ..Default::default()
    };
    match input.attribute {
        ImageAttributeName::Description => output.description = Some(image.description.into()),
        ImageAttributeName::SriovNetSupport => output.sriov_net_support = Some("simple".to_owned().into()),
        ImageAttributeName::BlockDeviceMapping => output.block_device_mappings = Some(vec![BlockDeviceMapping::root(&image)]),
        ImageAttributeName::LaunchPermission => output.launch_permissions = Some(launch_permissions(image)),
        // Nothing here has a kernel, a RAM disk or a product code of its own.
        ImageAttributeName::Kernel | ImageAttributeName::Ramdisk | ImageAttributeName::ProductCodes => {}
    }
    Ok(output)
}

fn launch_permissions(image: Image) -> Vec<LaunchPermission> {
    let everyone = image.public.then(|| LaunchPermission {
        group: Some("all".to_owned()),
        user_id: None,
    });
    let users = image.users.into_iter().map(|user| LaunchPermission {
        group: None,
        user_id: Some(user),
    });
    everyone.into_iter().chain(users).collect()
}

fn modify(tx: &mut Tx, call: &Call, input: ModifyImageAttributeInput) -> Result<(), AwsError> {
    let mut image = OwnImage::find(tx, &call.place, &input.image_id)?;
    match (input.attribute.unwrap_or_default(), input.description) {
        (_, Some(description)) => image.description = description.value.unwrap_or_default(),
        (ImageAttributeName::Description, None) if input.value.is_some() => image.description = input.value.unwrap_or_default(),
        _ => {
            let mut changes = input.launch_permission.unwrap_or_default();
            let named = permissions(input.user_ids, input.user_groups);
            match input.operation_type {
                Some(OperationType::Remove) => changes.remove.extend(named),
                Some(OperationType::Add) | None => changes.add.extend(named),
            }
            permit(&mut image, changes)?;
        }
    }
    tx.save(image);
    Ok(())
}

/// Permissions as the flat parameters name them.
fn permissions(users: Vec<String>, groups: Vec<String>) -> impl Iterator<Item = LaunchPermission> {
    let users = users.into_iter().map(|user| LaunchPermission {
        group: None,
        user_id: Some(user),
    });
    users.chain(groups.into_iter().map(|group| LaunchPermission {
        group: Some(group),
        user_id: None,
    }))
}

fn permit(image: &mut OwnImage, changes: LaunchPermissionModifications) -> Result<(), AwsError> {
    if changes.add.is_empty() && changes.remove.is_empty() {
        return Err(Ec2Error::Missing { name: "attribute" }.into());
    }
    for (permission, add) in changes
        .add
        .iter()
        .map(|one| (one, true))
        .chain(changes.remove.iter().map(|one| (one, false)))
    {
        if let Some(group) = &permission.group {
            if group != "all" {
                return Err(ImageError::NoGroup { value: group.clone() }.into());
            }
            image.public = add;
        }
        if let Some(user) = &permission.user_id {
            if user.len() != ACCOUNT_LENGTH || !user.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(ImageError::NoAccount { value: user.clone() }.into());
            }
            if add {
                image.users.insert(user.clone());
            } else {
                image.users.remove(user);
            }
        }
    }
    Ok(())
}

fn reset(tx: &mut Tx, call: &Call, input: ResetImageAttributeInput) -> Result<(), AwsError> {
    let mut image = OwnImage::find(tx, &call.place, &input.image_id)?;
    if input.attribute != ImageAttributeName::LaunchPermission {
        return Err(Ec2Error::Unsupported {
            what: "resetting another attribute than launchPermission",
        }
        .into());
    }
    image.public = false;
    image.users.clear();
    tx.save(image);
    Ok(())
}
