//! Metadata options and detailed monitoring.

use tierra_core::{AwsError, Call, Tx};

use super::{arn, arns};
use crate::ec2::instance::InstanceError;
use crate::ec2::instance::api::{
    InstanceIdsInput, InstanceMonitoring, ModifyInstanceMetadataOptionsInput, ModifyInstanceMetadataOptionsOutput, MonitorInstancesOutput,
};
use crate::ec2::instance::metadata_options::MetadataOptionsRequest;
use crate::ec2::instance::model::{Instance, InstanceState};
use crate::ec2::instance::view::Monitoring;
use crate::ec2::operation::operations;

operations! {
    /// Changes how an instance may ask about itself. In force with the next request from inside.
    writes ModifyInstanceMetadataOptions(ModifyInstanceMetadataOptionsInput) -> ModifyInstanceMetadataOptionsOutput
        = modify, on |_, input, call| vec![arn(call, &input.instance_id)];
    /// Notes that an instance is watched closely.
    writes MonitorInstances(InstanceIdsInput) -> MonitorInstancesOutput = monitor, on arns;
    /// Notes that it is not.
    writes UnmonitorInstances(InstanceIdsInput) -> MonitorInstancesOutput = unmonitor, on arns;
}

fn modify(tx: &mut Tx, call: &Call, input: ModifyInstanceMetadataOptionsInput) -> Result<ModifyInstanceMetadataOptionsOutput, AwsError> {
    let mut instance = Instance::find(tx, &call.place, &input.instance_id)?;
    if instance.state() == InstanceState::Terminated {
        return Err(InstanceError::State {
            id: input.instance_id,
            done: "changed",
        }
        .into());
    }
    let wanted = MetadataOptionsRequest {
        http_tokens: input.http_tokens,
        http_put_response_hop_limit: input.http_put_response_hop_limit,
        http_endpoint: input.http_endpoint,
        instance_metadata_tags: input.instance_metadata_tags,
    };
    instance.spec.metadata = instance.spec.metadata.with(&wanted)?;
    let told = instance.spec.metadata.told();
    tx.save(instance);
    Ok(ModifyInstanceMetadataOptionsOutput {
        instance_id: input.instance_id,
        instance_metadata_options: told,
    })
}

fn monitor(tx: &mut Tx, call: &Call, input: InstanceIdsInput) -> Result<MonitorInstancesOutput, AwsError> {
    set_monitoring(tx, call, &input, true)
}

fn unmonitor(tx: &mut Tx, call: &Call, input: InstanceIdsInput) -> Result<MonitorInstancesOutput, AwsError> {
    set_monitoring(tx, call, &input, false)
}

fn set_monitoring(tx: &mut Tx, call: &Call, input: &InstanceIdsInput, detailed: bool) -> Result<MonitorInstancesOutput, AwsError> {
    let mut told = Vec::new();
    for mut instance in Instance::find_all(tx, &call.place, &input.instance_ids)? {
        instance.spec.monitoring = detailed;
        told.push(InstanceMonitoring {
            instance_id: instance.id.to_string(),
            monitoring: Monitoring::of(detailed),
        });
        tx.save(instance);
    }
    Ok(MonitorInstancesOutput {
        instance_monitorings: told,
    })
}
