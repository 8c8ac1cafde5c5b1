//! `AWS::EC2::Instance`. Follows the CloudFormation page of that name.

use serde_json::{Value, json};
use tierra_core::resource_type::Progress;
use tierra_core::{AwsError, Call, Registry, Tx};
use tierra_model::Shape;

use super::api::{
    CreditSpecification, InstanceIdsInput, ModifyInstanceAttributeInput, MonitoringSpecification, NetworkInterfaceSpecification,
    PlacementSpecification, ProfileSpecification, RunInstancesInput,
};
use super::metadata_options::MetadataOptionsRequest;
use super::model::{Cause, CpuCredits, Instance, InstanceState, Power, ShutdownBehavior};
use super::ops::attribute::ModifyInstanceAttribute;
use super::ops::launch::user_data;
use super::ops::power::TerminateInstances;
use super::ops::run::RunInstances;
use crate::ec2::attribute::AttributeBooleanValue;
use crate::ec2::cfn::{Ec2Type, Type, TypeError};
use crate::ec2::launch_template::LaunchTemplateSpecification;
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::volume::BlockDeviceMapping;
use crate::invoke;

struct InstanceType;

/// What a template may say.
#[derive(Clone, Debug, Default, Shape)]
pub struct Properties {
    image_id: Option<String>,
    instance_type: Option<String>,
    key_name: Option<String>,
    security_group_ids: Vec<String>,
    /// Names, or what `Ref` of a group gives: its id.
    security_groups: Vec<String>,
    subnet_id: Option<String>,
    private_ip_address: Option<String>,
    network_interfaces: Vec<InterfaceProperties>,
    user_data: Option<String>,
    iam_instance_profile: Option<String>,
    availability_zone: Option<String>,
    monitoring: Option<bool>,
    ebs_optimized: Option<bool>,
    disable_api_termination: Option<bool>,
    instance_initiated_shutdown_behavior: Option<ShutdownBehavior>,
    source_dest_check: Option<bool>,
    block_device_mappings: Vec<BlockDeviceMapping>,
    credit_specification: Option<CreditProperties>,
    metadata_options: Option<MetadataOptionsRequest>,
    launch_template: Option<LaunchTemplateSpecification>,
}

/// An interface, as the type names its parts.
#[derive(Clone, Debug, Default, Shape)]
pub struct InterfaceProperties {
    device_index: Option<i32>,
    network_interface_id: Option<String>,
    subnet_id: Option<String>,
    group_set: Vec<String>,
    private_ip_address: Option<String>,
    associate_public_ip_address: Option<bool>,
    delete_on_termination: Option<bool>,
    description: Option<String>,
}

/// Credits, as the type names them.
#[derive(Clone, Debug, Default, Shape)]
pub struct CreditProperties {
    #[shape("CPUCredits")]
    cpu_credits: CpuCredits,
}

/// Declares the type.
pub fn register(registry: &mut Registry) {
    registry.resource_type(Type::<InstanceType>::default());
}

impl Ec2Type for InstanceType {
    const NAME: &'static str = "AWS::EC2::Instance";
    type Properties = Properties;

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let check = properties.source_dest_check;
        let made = invoke::<RunInstances>(tx, call, launch(properties))?.instances;
        let id = made.into_iter().next().map(|one| one.instance_id).unwrap_or_default();
        if let Some(check) = check.filter(|check| !check) {
            switch(tx, call, &id, |input| input.source_dest_check = Some(check.into()))?;
        }
        Ok(id)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let instance = Instance::find(tx, &call.place, id).ok()?;
        let interfaces = NetworkInterface::of_instance(tx, &call.place, id);
        let mut values = vec![
            ("InstanceId", json!(instance.id)),
            ("AvailabilityZone", json!(instance.spec.zone)),
            ("VpcId", json!(instance.spec.vpc)),
        ];
        if let Some(first) = interfaces.first() {
            values.push(("PrivateIp", json!(first.address)));
            values.push(("PrivateDnsName", json!(first.private_dns_name())));
            values.push((
                "PublicIp",
                json!(first.public.as_ref().map(|public| public.address.to_string()).unwrap_or_default()),
            ));
            values.push(("PublicDnsName", json!(first.public_dns_name().unwrap_or_default())));
        }
        Some(values)
    }

    fn progress(tx: &Tx, call: &Call, id: &str) -> Progress {
        let Ok(instance) = Instance::find(tx, &call.place, id) else {
            return Progress::Gone;
        };
        let failure = instance.halted().filter(|_| instance.spec.power == Power::Running);
        match (instance.state(), failure.map(|halt| &halt.cause)) {
            (_, Some(Cause::Failed { reason })) => Progress::Failed(reason.clone()),
            (InstanceState::Running | InstanceState::Stopped, _) => Progress::Ready,
            (InstanceState::Terminated, _) => Progress::Gone,
            _ => Progress::Working,
        }
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, old: Properties, new: Properties) -> Result<(), AwsError> {
        update_switches(tx, call, id, &old, &new)?;
        update_row(tx, call, id, &old, &new)?;
        let groups = all_groups(&new);
        if groups != all_groups(&old) && !groups.is_empty() {
            switch(tx, call, id, |input| input.groups = groups)?;
        }
        Ok(())
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = InstanceIdsInput {
            instance_ids: vec![id.to_owned()],
            dry_run: None,
        };
        invoke::<TerminateInstances>(tx, call, input).map(drop)
    }
}

fn launch(properties: Properties) -> RunInstancesInput {
    let (security_group_ids, security_groups) = groups(&properties);
    RunInstancesInput {
        min_count: 1,
        max_count: 1,
        image_id: properties.image_id,
        instance_type: properties.instance_type,
        key_name: properties.key_name,
        security_group_ids,
        security_groups,
        subnet_id: properties.subnet_id,
        private_ip_address: properties.private_ip_address,
        network_interfaces: properties.network_interfaces.into_iter().map(interface).collect(),
        user_data: properties.user_data,
        iam_instance_profile: properties.iam_instance_profile.map(|name| ProfileSpecification {
            name: Some(name),
            arn: None,
        }),
        placement: properties.availability_zone.map(|zone| PlacementSpecification {
            availability_zone: Some(zone),
        }),
        monitoring: properties.monitoring.map(|enabled| MonitoringSpecification { enabled }),
        ebs_optimized: properties.ebs_optimized,
        disable_api_termination: properties.disable_api_termination,
        instance_initiated_shutdown_behavior: properties.instance_initiated_shutdown_behavior,
        block_device_mappings: properties.block_device_mappings,
        credit_specification: properties.credit_specification.map(|credits| CreditSpecification {
            cpu_credits: credits.cpu_credits,
        }),
        metadata_options: properties.metadata_options,
        launch_template: properties.launch_template,
        ..Default::default()
    }
}

/// Groups by id, and those of the default VPC by name.
fn groups(properties: &Properties) -> (Vec<String>, Vec<String>) {
    let (mut ids, names): (Vec<String>, Vec<String>) = properties
        .security_groups
        .iter()
        .cloned()
        .partition(|group| group.starts_with("sg-"));
    ids.extend(properties.security_group_ids.iter().cloned());
    (ids, names)
}

fn all_groups(properties: &Properties) -> Vec<String> {
    groups(properties).0
}

fn interface(properties: InterfaceProperties) -> NetworkInterfaceSpecification {
    NetworkInterfaceSpecification {
        device_index: properties.device_index,
        network_interface_id: properties.network_interface_id,
        subnet_id: properties.subnet_id,
        groups: properties.group_set,
        private_ip_address: properties.private_ip_address,
        associate_public_ip_address: properties.associate_public_ip_address,
        delete_on_termination: properties.delete_on_termination,
        description: properties.description,
        ..Default::default()
    }
}

fn switch(tx: &mut Tx, call: &Call, id: &str, set: impl FnOnce(&mut ModifyInstanceAttributeInput)) -> Result<(), AwsError> {
    let mut input = ModifyInstanceAttributeInput {
        instance_id: id.to_owned(),
        ..Default::default()
    };
    set(&mut input);
    invoke::<ModifyInstanceAttribute>(tx, call, input)
}

/// What changes while the instance runs.
fn update_switches(tx: &mut Tx, call: &Call, id: &str, old: &Properties, new: &Properties) -> Result<(), AwsError> {
    let value = |switch: Option<bool>, default: bool| Some(AttributeBooleanValue::from(switch.unwrap_or(default)));
    if old.source_dest_check != new.source_dest_check {
        switch(tx, call, id, |input| input.source_dest_check = value(new.source_dest_check, true))?;
    }
    if old.disable_api_termination != new.disable_api_termination {
        switch(tx, call, id, |input| {
            input.disable_api_termination = value(new.disable_api_termination, false)
        })?;
    }
    if old.instance_initiated_shutdown_behavior != new.instance_initiated_shutdown_behavior {
        let word = new.instance_initiated_shutdown_behavior.unwrap_or_default().to_string();
        switch(tx, call, id, |input| input.instance_initiated_shutdown_behavior = Some(word.into()))?;
    }
    Ok(())
}

/// What AWS changes by stopping and starting the instance: here one restart on the same disk.
fn update_row(tx: &mut Tx, call: &Call, id: &str, old: &Properties, new: &Properties) -> Result<(), AwsError> {
    if old.iam_instance_profile != new.iam_instance_profile {
        return Err(TypeError::NoUpdate { kind: InstanceType::NAME }.into());
    }
    let mut instance = Instance::find(tx, &call.place, id)?;
    let before = instance.clone();
    instance.spec.monitoring = new.monitoring.unwrap_or_default();
    if old.instance_type != new.instance_type {
        instance.spec.kind = new.instance_type.as_deref().unwrap_or_default().parse()?;
        instance.spec.boot += 1;
    }
    if old.user_data != new.user_data {
        instance.spec.user_data = new.user_data.clone().map(user_data).transpose()?;
        instance.spec.boot += 1;
    }
    if instance != before {
        tx.save(instance);
    }
    Ok(())
}
