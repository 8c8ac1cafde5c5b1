//! What concerns all network nouns: that they speak AWS's members, and that a template's network comes and goes.

use serde_json::{Value, json};
use tierra_core::resource_type::{Creation, Progress};
use tierra_core::{AwsError, Registry, Tags};
use tierra_model::Declared;
use tierra_model::catalogue::{Catalogue, Kind, Service, ShapeId};

use super::instance::tests::find_on_machine;
use super::instance::{Found, Instance};
use super::testing::World;

/// Collects the members that AWS's model does not have.
fn unknown(service: &Service, declared: &Declared, shape: ShapeId, path: &str, found: &mut Vec<String>) {
    match (declared, &service.shape(shape).kind) {
        (Declared::Struct(members), Kind::Structure(structure)) => {
            for (name, below) in *members {
                let path = format!("{path}.{name}");
                match structure.member(name) {
                    Some(member) => unknown(service, &below(), member.reference.shape, &path, found),
                    None => found.push(path),
                }
            }
        }
        (Declared::List(below), Kind::List(item)) => unknown(service, &below(), item.shape, path, found),
        (Declared::Scalar, Kind::Structure(_) | Kind::List(_) | Kind::Map(_)) | (Declared::Struct(_) | Declared::List(_), _) => {
            found.push(format!("{path} is of another kind"));
        }
        _ => {}
    }
}

#[test]
fn every_member_is_one_of_aws() {
    let service = Catalogue::builtin().service("ec2").expect("ec2 is built in");
    let nouns = [
        super::absent::spoken(),
        super::address::spoken(),
        super::dhcp_options::spoken(),
        super::image::spoken(),
        super::instance::spoken(),
        super::instance_type::spoken(),
        super::internet_gateway::spoken(),
        super::key_pair::spoken(),
        super::launch_template::spoken(),
        super::network_acl::spoken(),
        super::network_interface::spoken(),
        super::route_table::spoken(),
        super::security_group::spoken(),
        super::snapshot::spoken(),
        super::spot_request::spoken(),
        super::subnet::spoken(),
        super::tag::spoken(),
        super::volume::spoken(),
        super::vpc::spoken(),
        super::zone::spoken(),
    ];
    let mut found = Vec::new();
    for (name, input, output) in nouns.into_iter().flatten() {
        let operation = service.operation(name).unwrap_or_else(|| panic!("AWS has no {name}"));
        for (declared, shape) in [(input, &operation.input), (output, &operation.output)] {
            match shape {
                Some(shape) => unknown(service, &declared, shape.shape, name, &mut found),
                None => assert!(matches!(declared, Declared::Struct([])), "{name} has members where AWS has none"),
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

/// A network as a template makes it: types in order, `$N` being the physical id of the N-th.
const STACK: &[(&str, &str)] = &[
    (
        "AWS::EC2::VPC",
        r#"{"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": "true", "Tags": [{"Key": "Name", "Value": "net"}]}"#,
    ),
    ("AWS::EC2::InternetGateway", "{}"),
    ("AWS::EC2::VPCGatewayAttachment", r#"{"VpcId": "$0", "InternetGatewayId": "$1"}"#),
    (
        "AWS::EC2::Subnet",
        r#"{"VpcId": "$0", "CidrBlock": "10.0.1.0/24", "MapPublicIpOnLaunch": true}"#,
    ),
    ("AWS::EC2::RouteTable", r#"{"VpcId": "$0"}"#),
    (
        "AWS::EC2::Route",
        r#"{"RouteTableId": "$4", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "$1"}"#,
    ),
    (
        "AWS::EC2::SubnetRouteTableAssociation",
        r#"{"SubnetId": "$3", "RouteTableId": "$4"}"#,
    ),
    (
        "AWS::EC2::SecurityGroup",
        r#"{"GroupDescription": "web", "VpcId": "$0",
            "SecurityGroupIngress": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": "80", "CidrIp": "0.0.0.0/0"}]}"#,
    ),
    (
        "AWS::EC2::SecurityGroupIngress",
        r#"{"GroupId": "$7", "IpProtocol": "-1", "SourceSecurityGroupId": "$7"}"#,
    ),
    (
        "AWS::EC2::SecurityGroupEgress",
        r#"{"GroupId": "$7", "IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIp": "10.0.0.2/32"}"#,
    ),
    (
        "AWS::EC2::NetworkInterface",
        r#"{"SubnetId": "$3", "GroupSet": ["$7"], "SourceDestCheck": false}"#,
    ),
    ("AWS::EC2::EIP", r#"{"Domain": "vpc"}"#),
    ("AWS::EC2::EIPAssociation", r#"{"EIP": "$11", "NetworkInterfaceId": "$10"}"#),
    (
        "AWS::EC2::KeyPair",
        r#"{"KeyName": "key", "PublicKeyMaterial": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB/HUBewabWdLcKcnAEK/dAUHr55zfau818Kv430wLpz"}"#,
    ),
    (
        "AWS::EC2::LaunchTemplate",
        r#"{"LaunchTemplateData": {"InstanceType": "t3.micro", "KeyName": "$13", "NetworkInterfaces": [{"DeviceIndex": 0, "Groups": ["$7"]}]},
            "TagSpecifications": [{"ResourceType": "launch-template", "Tags": [{"Key": "Name", "Value": "web"}]}]}"#,
    ),
];

fn creation<'a>(properties: &'a Value, tags: &'a Tags) -> Creation<'a> {
    Creation {
        properties,
        stack_name: "stack",
        logical_id: "Thing",
        token: "token",
        tags,
    }
}

#[test]
fn a_templates_network_comes_and_goes() {
    let world = World::new();
    let mut registry = Registry::default();
    super::register(&mut registry);
    let mut tags = Tags::default();
    tags.put_reserved("aws:cloudformation:stack-name", "stack");
    let mut ids: Vec<String> = Vec::new();
    for (name, properties) in STACK {
        let filled = ids.iter().enumerate().rev();
        let text = filled.fold((*properties).to_owned(), |text, (at, id)| {
            text.replace(&format!("${at}\""), &format!("{id}\""))
        });
        let properties: Value = serde_json::from_str(&text).expect("json");
        let kind = &registry.types()[name];
        let made = world.change(|tx| kind.create(tx, &world.call, &creation(&properties, &tags)));
        ids.push(made.unwrap_or_else(|error| panic!("{name}: {error}")));
    }
    let progress = |at: usize| world.see(|tx| registry.types()[STACK[at].0].progress(tx, &world.call, &ids[at]));
    assert!((0..STACK.len()).all(|at| progress(at) == Progress::Ready));
    let vpc = world.see(|tx| super::tag::of(tx, world.place(), &ids[0]));
    assert_eq!(
        (vpc.get("Name"), vpc.get("aws:cloudformation:stack-name")),
        (Some("net"), Some("stack"))
    );
    let template = world.see(|tx| super::tag::of(tx, world.place(), &ids[14]));
    assert_eq!(
        (template.get("Name"), template.get("aws:cloudformation:stack-name")),
        (Some("web"), Some("stack"))
    );
    let delete = |at: usize| {
        let kind = &registry.types()[STACK[at].0];
        world.change(|tx| kind.delete(tx, &world.call, &ids[at]))
    };
    assert_eq!(delete(0).expect_err("lived in").code, "DependencyViolation");
    for at in (0..STACK.len()).rev() {
        delete(at)
            .and_then(|()| delete(at))
            .unwrap_or_else(|error: AwsError| panic!("{}: {error}", STACK[at].0));
        assert_eq!(progress(at), Progress::Gone, "{}", STACK[at].0);
    }
    let unsupported = json!({"CidrBlock": "10.0.0.0/16", "Colour": "red"});
    let refused = world.change(|tx| registry.types()["AWS::EC2::VPC"].create(tx, &world.call, &creation(&unsupported, &tags)));
    assert!(refused.expect_err("refused").message.contains("Colour"));
}

#[test]
fn a_templates_instance_is_made_changed_and_ended() {
    let world = World::new();
    let mut registry = Registry::default();
    super::register(&mut registry);
    let kind = &registry.types()["AWS::EC2::Instance"];
    let image = super::image::public_parameter(&world.place().region, "/aws/service/debian/release/12/latest/amd64");
    let image = image.map(|id| id.to_string());
    let properties = |kind: &str| json!({"ImageId": image, "InstanceType": kind, "Tags": [{"Key": "Name", "Value": "web"}]});
    let (small, large) = (properties("t3.small"), properties("t3.large"));
    let tags = Tags::default();
    let id = world
        .change(|tx| kind.create(tx, &world.call, &creation(&small, &tags)))
        .expect("made");
    let progress = || world.see(|tx| kind.progress(tx, &world.call, &id));
    assert_eq!(progress(), Progress::Working);
    find_on_machine(&world, &id, Found::Running);
    assert_eq!(progress(), Progress::Ready);
    let attributes = world.see(|tx| kind.attributes(tx, &world.call, &id)).expect("attributes");
    assert!(
        attributes.values["PrivateIp"]
            .as_str()
            .is_some_and(|address| address.starts_with("172.31."))
    );
    world
        .change(|tx| kind.update(tx, &world.call, &id, &small, &creation(&large, &tags)))
        .expect("changed");
    let instance = world.see(|tx| Instance::find(tx, world.place(), &id)).expect("there");
    assert_eq!((instance.spec.kind.to_string().as_str(), instance.spec.boot), ("t3.large", 2));
    world.change(|tx| kind.delete(tx, &world.call, &id)).expect("ended");
    assert_eq!(progress(), Progress::Working);
    find_on_machine(&world, &id, Found::Gone);
    assert_eq!(progress(), Progress::Gone);
}
