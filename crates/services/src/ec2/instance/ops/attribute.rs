//! One attribute of one instance, told or changed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tierra_core::{AwsError, Call, Tx};

use super::arn;
use super::launch::user_data;
use crate::ec2::attribute::AttributeBooleanValue;
use crate::ec2::errors::Ec2Error;
use crate::ec2::instance::InstanceError;
use crate::ec2::instance::api::{
    DescribeInstanceAttributeInput, DescribeInstanceAttributeOutput, InstanceAttributeName, ModifyInstanceAttributeInput,
};
use crate::ec2::instance::model::{Instance, InstanceState, ShutdownBehavior};
use crate::ec2::instance::view;
use crate::ec2::instance_type::InstanceType;
use crate::ec2::network_interface::{NetworkInterface, check_groups};
use crate::ec2::operation::operations;
use crate::ec2::security_group::SecurityGroupId;
use crate::ec2::subnet::Subnet;

operations! {
    /// Tells one attribute.
    reads DescribeInstanceAttribute(DescribeInstanceAttributeInput) -> DescribeInstanceAttributeOutput
        = describe, on |_, input, call| vec![arn(call, &input.instance_id)];
    /// Changes one attribute.
    writes ModifyInstanceAttribute(ModifyInstanceAttributeInput) -> () = modify, on |_, input, call| vec![arn(call, &input.instance_id)];
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInstanceAttributeInput) -> Result<DescribeInstanceAttributeOutput, AwsError> {
    use InstanceAttributeName as Name;
    let instance = Instance::find(tx, &call.place, &input.instance_id)?;
    let spec = &instance.spec;
    let mut told = DescribeInstanceAttributeOutput {
        instance_id: input.instance_id,
        ..Default::default()
    };
    match input.attribute {
        Name::InstanceType => told.instance_type = Some(spec.kind.to_string().into()),
        Name::UserData => {
            told.user_data = Some(crate::ec2::attribute::AttributeValue {
                value: spec.user_data.clone(),
            })
        }
        Name::DisableApiTermination => told.disable_api_termination = Some(spec.disable_api_termination.into()),
        Name::DisableApiStop => told.disable_api_stop = Some(spec.disable_api_stop.into()),
        Name::InstanceInitiatedShutdownBehavior => {
            told.instance_initiated_shutdown_behavior = Some(spec.shutdown_behavior.to_string().into());
        }
        Name::RootDeviceName => told.root_device_name = Some(spec.root_device.clone().into()),
        Name::BlockDeviceMapping => told.block_device_mappings = Some(view::block_devices(tx, &instance)),
        Name::SourceDestCheck => told.source_dest_check = first(tx, &instance).map(|one| one.source_dest_check.into()),
        Name::GroupSet => told.groups = first(tx, &instance).map(|one| view::groups(tx, &call.place, &one.groups)),
        Name::EbsOptimized => told.ebs_optimized = Some(spec.ebs_optimized.into()),
        Name::EnaSupport => told.ena_support = Some(true.into()),
        // No instance here has a kernel, a RAM disk, a product code or a second kind of network card.
        Name::Kernel | Name::Ramdisk | Name::ProductCodes | Name::SriovNetSupport => {}
    }
    Ok(told)
}

fn first(tx: &Tx, instance: &Instance) -> Option<NetworkInterface> {
    NetworkInterface::of_instance(tx, &instance.place, instance.id.as_str())
        .into_iter()
        .next()
}

/// A change of one attribute, read.
enum Change {
    Type(InstanceType),
    UserData(String),
    Protected(bool),
    StopProtected(bool),
    Shutdown(ShutdownBehavior),
    EbsOptimized(bool),
    SourceDestCheck(bool),
    Groups(Vec<SecurityGroupId>),
}

fn modify(tx: &mut Tx, call: &Call, input: ModifyInstanceAttributeInput) -> Result<(), AwsError> {
    let mut instance = Instance::find(tx, &call.place, &input.instance_id)?;
    let mut changes = changes(&input)?;
    let change = changes.pop().ok_or(Ec2Error::Missing { name: "attribute" })?;
    if !changes.is_empty() {
        return Err(InstanceError::OneAttribute.into());
    }
    let needs_stop = matches!(change, Change::Type(_) | Change::UserData(_) | Change::EbsOptimized(_));
    if needs_stop && instance.state() != InstanceState::Stopped {
        return Err(InstanceError::NotStopped { id: input.instance_id }.into());
    }
    let spec = &mut instance.spec;
    match change {
        Change::Type(kind) => spec.kind = kind,
        Change::UserData(text) => spec.user_data = Some(text).filter(|text| !text.is_empty()),
        Change::Protected(protected) => spec.disable_api_termination = protected,
        Change::StopProtected(protected) => spec.disable_api_stop = protected,
        Change::Shutdown(behavior) => spec.shutdown_behavior = behavior,
        Change::EbsOptimized(optimized) => spec.ebs_optimized = optimized,
        Change::SourceDestCheck(check) => {
            return change_first(tx, &instance, |_, one| {
                one.source_dest_check = check;
                Ok(())
            });
        }
        Change::Groups(groups) => return change_first(tx, &instance, |tx, one| regroup(tx, one, groups)),
    }
    tx.save(instance);
    Ok(())
}

/// Changes the instance's first interface, where these attributes live.
fn change_first(
    tx: &mut Tx,
    instance: &Instance,
    change: impl FnOnce(&Tx, &mut NetworkInterface) -> Result<(), AwsError>,
) -> Result<(), AwsError> {
    let mut interface = first(tx, instance).ok_or_else(|| InstanceError::State {
        id: instance.id.to_string(),
        done: "changed",
    })?;
    change(tx, &mut interface)?;
    tx.save(interface);
    Ok(())
}

fn regroup(tx: &Tx, interface: &mut NetworkInterface, groups: Vec<SecurityGroupId>) -> Result<(), AwsError> {
    if let Some(subnet) = tx.find::<Subnet>(&interface.place, &interface.subnet) {
        check_groups(tx, &subnet, &groups)?;
    }
    interface.groups = groups;
    Ok(())
}

/// A switch that may be given, and the change that it is.
type Switch<'a> = (&'a Option<AttributeBooleanValue>, fn(bool) -> Change);

fn changes(input: &ModifyInstanceAttributeInput) -> Result<Vec<Change>, AwsError> {
    let mut changes = Vec::new();
    if let (Some(name), Some(value)) = (input.attribute, &input.value) {
        changes.push(by_name(name, value)?);
    }
    if let Some(name) = input.instance_type.as_ref().and_then(|given| given.value.as_deref()) {
        changes.push(Change::Type(name.parse()?));
    }
    if let Some(blob) = input.user_data.as_ref() {
        let bytes = blob.value.clone().unwrap_or_default().0;
        changes.push(Change::UserData(user_data(STANDARD.encode(bytes))?));
    }
    if let Some(word) = input
        .instance_initiated_shutdown_behavior
        .as_ref()
        .and_then(|given| given.value.as_deref())
    {
        changes.push(Change::Shutdown(behavior(word)?));
    }
    let switches: [Switch<'_>; 4] = [
        (&input.disable_api_termination, Change::Protected),
        (&input.disable_api_stop, Change::StopProtected),
        (&input.ebs_optimized, Change::EbsOptimized),
        (&input.source_dest_check, Change::SourceDestCheck),
    ];
    let given = switches
        .into_iter()
        .filter_map(|(switch, change)| switch.as_ref()?.value.map(change));
    changes.extend(given);
    if !input.groups.is_empty() {
        changes.push(Change::Groups(input.groups.iter().flat_map(|id| id.parse()).collect()));
    }
    Ok(changes)
}

/// The older way to say it: a name and a value.
fn by_name(name: InstanceAttributeName, value: &str) -> Result<Change, AwsError> {
    use InstanceAttributeName as Name;
    let switch = |change: fn(bool) -> Change| {
        let parsed = value.to_ascii_lowercase().parse().map(change);
        parsed.map_err(|_| invalid(value, "Expecting true or false."))
    };
    Ok(match name {
        Name::InstanceType => Change::Type(value.parse()?),
        Name::UserData => Change::UserData(user_data(value.to_owned())?),
        Name::InstanceInitiatedShutdownBehavior => Change::Shutdown(behavior(value)?),
        Name::DisableApiTermination => switch(Change::Protected)?,
        Name::DisableApiStop => switch(Change::StopProtected)?,
        Name::EbsOptimized => switch(Change::EbsOptimized)?,
        Name::SourceDestCheck => switch(Change::SourceDestCheck)?,
        Name::GroupSet => Change::Groups(value.parse().into_iter().collect()),
        _ => return Err(invalid(name.word(), "The attribute cannot be changed.").into()),
    })
}

fn behavior(word: &str) -> Result<ShutdownBehavior, Ec2Error> {
    word.parse().map_err(|_| invalid(word, "Expecting stop or terminate."))
}

fn invalid(value: &str, reason: &str) -> Ec2Error {
    Ec2Error::Value {
        value: value.to_owned(),
        name: "value",
        reason: reason.to_owned(),
    }
}
