//! Instances, networks, groups, addresses, keys, tags.

use tierra_core::Tx;
use tierra_services::ec2::address::Address;
use tierra_services::ec2::instance::{Instance, InstanceState};
use tierra_services::ec2::network_interface::NetworkInterface;

use super::{Action, Table};
use crate::client::Client;
use crate::request::Request;

pub const TABLE: Table = Table {
    actions: &[
        Action::new(3, describe_images).learns(&[("imageId", "ami")]),
        Action::new(12, run).learns(&[("instanceId", "i")]).repeatable(),
        Action::new(4, |client| on_instance(client, "StopInstances")),
        Action::new(4, |client| on_instance(client, "StartInstances")),
        Action::new(3, |client| on_instance(client, "RebootInstances")),
        Action::new(6, terminate),
        Action::new(3, |client| on_instance(client, "DescribeInstances")),
        Action::new(3, create_image).learns(&[("imageId", "ami")]),
        Action::new(1, |client| take(client, "DeregisterImage", "ImageId", "ami")),
        Action::new(2, create_vpc).learns(&[("vpcId", "vpc")]),
        Action::new(3, create_subnet).learns(&[("subnetId", "subnet")]),
        Action::new(1, |_| Some(of("DescribeSubnets", &[]))).learns(&[("subnetId", "subnet")]),
        Action::new(1, |client| take(client, "DeleteVpc", "VpcId", "vpc")),
        Action::new(1, |client| take(client, "DeleteSubnet", "SubnetId", "subnet")),
        Action::new(4, create_group).learns(&[("groupId", "sg")]),
        Action::new(5, |client| rule(client, "AuthorizeSecurityGroupIngress")),
        Action::new(3, |client| rule(client, "RevokeSecurityGroupIngress")),
        Action::new(2, |client| take(client, "DeleteSecurityGroup", "GroupId", "sg")),
        Action::new(4, change_groups),
        Action::new(3, |_| Some(of("AllocateAddress", &[("Domain", "vpc")]))).learns(&[("allocationId", "eipalloc")]),
        Action::new(4, associate).learns(&[("associationId", "eipassoc")]),
        Action::new(2, |client| take(client, "DisassociateAddress", "AssociationId", "eipassoc")),
        Action::new(2, |client| take(client, "ReleaseAddress", "AllocationId", "eipalloc")),
        Action::new(2, create_interface).learns(&[("networkInterfaceId", "eni")]),
        Action::new(3, attach_interface).learns(&[("attachmentId", "eni-attach")]),
        Action::new(2, |client| take(client, "DetachNetworkInterface", "AttachmentId", "eni-attach")),
        Action::new(1, |client| take(client, "DeleteNetworkInterface", "NetworkInterfaceId", "eni")),
        Action::new(2, assign_address),
        Action::new(2, create_key).learns(&[("keyName", "key")]),
        Action::new(1, |client| take(client, "DeleteKeyPair", "KeyName", "key")),
        Action::new(3, create_template).learns(&[("launchTemplateId", "lt")]),
        Action::new(2, |client| {
            on_template(
                client,
                "CreateLaunchTemplateVersion",
                ("LaunchTemplateData.InstanceType", "t3.small"),
            )
        }),
        Action::new(1, |client| {
            let version = (1 + client.dice.below(3)).to_string();
            on_template(client, "ModifyLaunchTemplate", ("SetDefaultVersion", &version))
        }),
        Action::new(1, |client| take(client, "DeleteLaunchTemplate", "LaunchTemplateId", "lt")),
        Action::new(3, run_template).learns(&[("instanceId", "i")]).repeatable(),
        Action::new(4, tag),
        Action::new(2, describe_tags),
    ],
    farewell,
};

fn of(operation: &str, parameters: &[(&str, &str)]) -> Request {
    Request::of("ec2", operation, parameters)
}

fn describe_images(client: &mut Client) -> Option<Request> {
    let pattern = *client.dice.pick(&["debian-12-*", "al2023-*", "ubuntu/*", "no-such-image"])?;
    Some(of("DescribeImages", &[("Filter.1.Name", "name"), ("Filter.1.Value.1", pattern)]))
}

fn run(client: &mut Client) -> Option<Request> {
    let image = client.any("ami")?;
    let (token, count) = (client.dice.hex(12), (1 + client.dice.below(3)).to_string());
    let (key, group, subnet) = (client.any("key"), client.any("sg"), client.any("subnet"));
    let mut parameters = vec![
        ("ImageId", image.as_str()),
        ("InstanceType", "t3.micro"),
        ("MinCount", "1"),
        ("MaxCount", &count),
        ("ClientToken", &token),
        ("TagSpecification.1.ResourceType", "instance"),
        ("TagSpecification.1.Tag.1.Key", "by"),
        ("TagSpecification.1.Tag.1.Value", "simulation"),
    ];
    parameters.extend(key.as_deref().filter(|_| client.dice.chance(30)).map(|key| ("KeyName", key)));
    if client.dice.chance(40) {
        parameters.extend(group.as_deref().map(|group| ("SecurityGroupId.1", group)));
    } else if client.dice.chance(40) {
        parameters.extend(subnet.as_deref().map(|subnet| ("SubnetId", subnet)));
    }
    Some(of("RunInstances", &parameters).with_token())
}

fn on_instance(client: &mut Client, operation: &str) -> Option<Request> {
    let id = client.any("i")?;
    Some(of(operation, &[("InstanceId.1", &id)]))
}

fn take(client: &mut Client, operation: &str, parameter: &str, kind: &'static str) -> Option<Request> {
    let id = client.take(kind)?;
    Some(of(operation, &[(parameter, &id)]))
}

fn create_image(client: &mut Client) -> Option<Request> {
    let (id, name) = (client.any("i")?, format!("image-{}", client.dice.below(6)));
    let no_reboot = if client.dice.chance(50) { "true" } else { "false" };
    let parameters = [("InstanceId", id.as_str()), ("Name", &name), ("NoReboot", no_reboot)];
    Some(of("CreateImage", &parameters))
}

fn terminate(client: &mut Client) -> Option<Request> {
    take(client, "TerminateInstances", "InstanceId.1", "i")
}

fn create_vpc(client: &mut Client) -> Option<Request> {
    let block = *client.dice.pick(&["10.0.0.0/16", "10.1.0.0/16", "10.0.0.0/8"])?;
    Some(of("CreateVpc", &[("CidrBlock", block)]))
}

fn create_subnet(client: &mut Client) -> Option<Request> {
    let vpc = client.any("vpc")?;
    let block = format!("10.{}.{}.0/24", client.dice.below(2), client.dice.below(4));
    Some(of("CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", &block)]))
}

fn create_group(client: &mut Client) -> Option<Request> {
    let name = format!("group-{}", client.dice.below(6));
    let vpc = client.any("vpc").filter(|_| client.dice.chance(50));
    let mut parameters = vec![("GroupName", name.as_str()), ("GroupDescription", "simulation")];
    parameters.extend(vpc.as_deref().map(|vpc| ("VpcId", vpc)));
    Some(of("CreateSecurityGroup", &parameters))
}

fn rule(client: &mut Client, operation: &str) -> Option<Request> {
    let (group, peer) = (client.any("sg")?, client.any("sg")?);
    let port = (80 + client.dice.below(4)).to_string();
    let mut parameters = vec![
        ("GroupId", group.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", &port),
        ("IpPermissions.1.ToPort", &port),
    ];
    parameters.push(if client.dice.chance(50) {
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0")
    } else {
        ("IpPermissions.1.Groups.1.GroupId", &peer)
    });
    Some(of(operation, &parameters))
}

fn change_groups(client: &mut Client) -> Option<Request> {
    let (instance, group) = (client.any("i")?, client.any("sg")?);
    Some(of("ModifyInstanceAttribute", &[("InstanceId", &instance), ("GroupId.1", &group)]))
}

fn associate(client: &mut Client) -> Option<Request> {
    let (address, instance) = (client.any("eipalloc")?, client.any("i")?);
    Some(of("AssociateAddress", &[("AllocationId", &address), ("InstanceId", &instance)]))
}

fn create_interface(client: &mut Client) -> Option<Request> {
    let subnet = client.any("subnet")?;
    Some(of("CreateNetworkInterface", &[("SubnetId", &subnet)]))
}

fn attach_interface(client: &mut Client) -> Option<Request> {
    let (interface, instance) = (client.any("eni")?, client.any("i")?);
    let parameters = [
        ("NetworkInterfaceId", interface.as_str()),
        ("InstanceId", &instance),
        ("DeviceIndex", "1"),
    ];
    Some(of("AttachNetworkInterface", &parameters))
}

fn assign_address(client: &mut Client) -> Option<Request> {
    let (interface, count) = (client.any("eni")?, (1 + client.dice.below(2)).to_string());
    let parameters = [
        ("NetworkInterfaceId", interface.as_str()),
        ("SecondaryPrivateIpAddressCount", &count),
    ];
    Some(of("AssignPrivateIpAddresses", &parameters))
}

fn create_key(client: &mut Client) -> Option<Request> {
    let name = format!("key-{}", client.dice.below(4));
    Some(of("CreateKeyPair", &[("KeyName", &name), ("KeyType", "ed25519")]))
}

fn create_template(client: &mut Client) -> Option<Request> {
    let (image, name) = (client.any("ami")?, format!("template-{}", client.dice.below(4)));
    let parameters = [
        ("LaunchTemplateName", name.as_str()),
        ("LaunchTemplateData.ImageId", &image),
        ("LaunchTemplateData.InstanceType", "t3.micro"),
    ];
    Some(of("CreateLaunchTemplate", &parameters))
}

fn on_template(client: &mut Client, operation: &str, change: (&str, &str)) -> Option<Request> {
    let id = client.any("lt")?;
    let mut parameters = vec![("LaunchTemplateId", id.as_str()), change];
    parameters.extend((operation == "CreateLaunchTemplateVersion").then_some(("SourceVersion", "1")));
    Some(of(operation, &parameters))
}

fn run_template(client: &mut Client) -> Option<Request> {
    let (template, token) = (client.any("lt")?, client.dice.hex(12));
    let version = *client.dice.pick(&["$Latest", "$Default", "1"])?;
    let parameters = [
        ("LaunchTemplate.LaunchTemplateId", template.as_str()),
        ("LaunchTemplate.Version", version),
        ("MinCount", "1"),
        ("MaxCount", "1"),
        ("ClientToken", &token),
    ];
    Some(of("RunInstances", &parameters).with_token())
}

fn tag(client: &mut Client) -> Option<Request> {
    let kind = *client.dice.pick(&["i", "sg", "vpc", "subnet", "eipalloc"])?;
    let (id, value) = (client.any(kind)?, client.dice.hex(3));
    let operation = if client.dice.chance(70) { "CreateTags" } else { "DeleteTags" };
    let mut parameters = vec![("ResourceId.1", id.as_str()), ("Tag.1.Key", "color")];
    parameters.extend((operation == "CreateTags").then_some(("Tag.1.Value", value.as_str())));
    Some(of(operation, &parameters))
}

fn describe_tags(client: &mut Client) -> Option<Request> {
    let id = client.any("i")?;
    Some(of("DescribeTags", &[("Filter.1.Name", "resource-id"), ("Filter.1.Value.1", &id)]))
}

fn farewell(tx: &Tx) -> Vec<Request> {
    let instances = tx.all::<Instance>().into_iter();
    let alive = instances.filter(|instance| instance.state() != InstanceState::Terminated);
    let terminate = alive.map(|instance| of("TerminateInstances", &[("InstanceId.1", instance.id.as_str())]));
    let addresses = tx.all::<Address>().into_iter();
    let release = addresses.flat_map(|address| {
        let id = address.id.to_string();
        [
            of("DisassociateAddress", &[("AssociationId", &id.replace("eipalloc", "eipassoc"))]),
            of("ReleaseAddress", &[("AllocationId", &id)]),
        ]
    });
    // An instance takes its own along; those that were attached to it stay.
    let interfaces = tx.all::<NetworkInterface>().into_iter();
    let let_go = interfaces.flat_map(|interface| {
        let attachment = interface.attachment.map(|attachment| attachment.id.to_string());
        let detach = attachment.map(|id| of("DetachNetworkInterface", &[("AttachmentId", &id)]));
        let delete = of("DeleteNetworkInterface", &[("NetworkInterfaceId", interface.id.as_str())]);
        detach.into_iter().chain([delete])
    });
    let_go.chain(terminate).chain(release).collect()
}
