//! Launches by template: a launch's own parameters stand over those of the version that it names. Follows the page "Store instance
//! launch parameters in Amazon EC2 launch templates".

use tierra_core::{AwsError, Call, Tags, Tx};

use crate::ec2::instance::api::{
    CreditSpecification, MarketOptions, MarketType, MonitoringSpecification, NetworkInterfaceSpecification, PlacementSpecification,
    ProfileSpecification, RunInstancesInput,
};
use crate::ec2::instance::metadata_options::MetadataOptionsRequest;
use crate::ec2::instance::model::Instance;
use crate::ec2::launch_template::{self, LaunchTemplateData, LaunchTemplateId, lay_over};
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::tag::{self, TagSpecification};
use crate::ec2::volume::{BlockDeviceMapping, EbsSpecification, Volume};

/// The version that a launch was filled from.
pub(super) struct Used {
    pub(super) template: LaunchTemplateId,
    number: i64,
}

impl Used {
    /// Adds what AWS writes on an instance that a template made.
    pub(super) fn label(&self, tags: &mut Tags) {
        tags.put_reserved("aws:ec2launchtemplate:id", self.template.as_str());
        tags.put_reserved("aws:ec2launchtemplate:version", &self.number.to_string());
    }
}

/// What a launch asks for, with what its template says of the rest.
pub(super) fn fill(tx: &Tx, call: &Call, mut input: RunInstancesInput) -> Result<(RunInstancesInput, Option<Used>), AwsError> {
    let Some(asked) = input.launch_template.take() else {
        return Ok((input, None));
    };
    let version = launch_template::specified(tx, call, &asked)?;
    lay_over!(&mut input, version.data);
    let used = Used {
        template: version.template,
        number: version.number,
    };
    Ok((input, Some(used)))
}

/// What a template would say to launch an instance like this one.
pub fn launch_data(tx: &Tx, instance: &Instance) -> LaunchTemplateData {
    let spec = &instance.spec;
    let interfaces = NetworkInterface::of_instance(tx, &instance.place, instance.id.as_str());
    let volumes = Volume::of_instance(tx, &instance.place, instance.id.as_str());
    LaunchTemplateData {
        image_id: Some(spec.image.to_string()),
        instance_type: Some(spec.kind.to_string()),
        key_name: spec.key.as_ref().map(|key| key.name.clone()),
        network_interfaces: interfaces.iter().map(|one| interface(one, spec.public_address)).collect(),
        user_data: spec.user_data.clone(),
        iam_instance_profile: spec.profile.as_ref().map(|profile| ProfileSpecification {
            arn: Some(profile.arn.to_string()),
            name: None,
        }),
        tag_specifications: tags(tx, instance),
        placement: Some(PlacementSpecification {
            availability_zone: Some(spec.zone.clone()),
        }),
        metadata_options: Some(MetadataOptionsRequest {
            http_tokens: Some(spec.metadata.tokens),
            http_put_response_hop_limit: Some(spec.metadata.hop_limit),
            http_endpoint: Some(spec.metadata.endpoint),
            instance_metadata_tags: Some(spec.metadata.tags),
        }),
        instance_initiated_shutdown_behavior: Some(spec.shutdown_behavior),
        disable_api_termination: Some(spec.disable_api_termination),
        disable_api_stop: Some(spec.disable_api_stop),
        monitoring: Some(MonitoringSpecification { enabled: spec.monitoring }),
        ebs_optimized: Some(spec.ebs_optimized),
        block_device_mappings: volumes.iter().filter_map(block_device).collect(),
        credit_specification: spec.cpu_credits.map(|cpu_credits| CreditSpecification { cpu_credits }),
        instance_market_options: spec.spot_request.as_ref().map(|request| MarketOptions {
            market_type: Some(MarketType::Spot),
            spot_options: Some(request.options.clone()),
        }),
        ..Default::default()
    }
}

fn interface(interface: &NetworkInterface, public: bool) -> NetworkInterfaceSpecification {
    let attachment = interface.attachment.as_ref();
    let index = attachment.map(|attachment| attachment.device_index);
    NetworkInterfaceSpecification {
        device_index: index,
        associate_public_ip_address: (index == Some(0)).then_some(public),
        delete_on_termination: attachment.map(|attachment| attachment.delete_on_termination),
        description: Some(interface.description.clone()),
        groups: interface.groups.iter().map(ToString::to_string).collect(),
        subnet_id: Some(interface.subnet.to_string()),
        ..Default::default()
    }
}

fn block_device(volume: &Volume) -> Option<BlockDeviceMapping> {
    let attachment = volume.attachment.as_ref()?;
    Some(BlockDeviceMapping {
        device_name: Some(attachment.device.clone()),
        ebs: Some(EbsSpecification {
            delete_on_termination: Some(attachment.delete_on_termination),
            snapshot_id: volume.snapshot.clone(),
            volume_size: Some(volume.gib),
            volume_type: Some(volume.kind),
            iops: volume.iops,
            throughput: volume.throughput,
            encrypted: Some(volume.encrypted),
        }),
    })
}

/// The instance's tags but for the cloud's own, which nobody may give.
fn tags(tx: &Tx, instance: &Instance) -> Vec<TagSpecification> {
    let mut tags = tag::list(tx, &instance.place, &instance.id);
    tags.retain(|tag| !tag.key.starts_with("aws:"));
    let specification = TagSpecification {
        resource_type: Some("instance".to_owned()),
        tags,
    };
    (!specification.tags.is_empty()).then_some(specification).into_iter().collect()
}
