//! Route tables, as callers see them: calls in, answers and errors out.

use tierra_core::ids::AwsId;

use super::api::*;
use super::ops::*;
use super::routes::*;
use super::*;
use crate::ec2::internet_gateway::{
    AttachInternetGateway, CreateInternetGateway, CreateInternetGatewayInput, DeleteInternetGateway, DeleteInternetGatewayInput,
    DetachInternetGateway, InternetGatewayId, InternetGatewayVpcInput,
};
use crate::ec2::network::vpc_spec;
use crate::ec2::subnet::{CreateSubnet, CreateSubnetInput, SubnetId};
use crate::ec2::testing::{World, filter};
use crate::ec2::vpc::{CreateVpc, CreateVpcInput, VpcId};

/// A VPC with a subnet and an attached gateway.
struct Net {
    world: World,
    vpc: VpcId,
    subnet: SubnetId,
    gateway: InternetGatewayId,
}

fn net() -> Net {
    let world = World::new();
    let vpc_input = CreateVpcInput {
        cidr_block: Some("10.0.0.0/16".into()),
        ..CreateVpcInput::default()
    };
    let vpc = world.ok::<CreateVpc>(vpc_input).vpc.vpc_id;
    let subnet_input = CreateSubnetInput {
        vpc_id: vpc.clone(),
        cidr_block: Some("10.0.0.0/24".into()),
        ..CreateSubnetInput::default()
    };
    let subnet = world.ok::<CreateSubnet>(subnet_input).subnet.subnet_id;
    let made = world.ok::<CreateInternetGateway>(CreateInternetGatewayInput::default());
    let net = Net {
        gateway: made.internet_gateway.internet_gateway_id,
        world,
        vpc,
        subnet,
    };
    net.world.ok::<AttachInternetGateway>(net.attachment());
    net
}

impl Net {
    fn attachment(&self) -> InternetGatewayVpcInput {
        InternetGatewayVpcInput {
            internet_gateway_id: self.gateway.clone(),
            vpc_id: self.vpc.clone(),
            dry_run: None,
        }
    }

    fn table(&self) -> RouteTableId {
        let input = CreateRouteTableInput {
            vpc_id: self.vpc.clone(),
            ..CreateRouteTableInput::default()
        };
        self.world.ok::<CreateRouteTable>(input).route_table.route_table_id
    }

    fn route(&self, table: &RouteTableId, destination: &str, gateway: &str) -> RouteInput {
        RouteInput {
            route_table_id: table.clone(),
            destination_cidr_block: Some(destination.into()),
            gateway_id: Some(gateway.into()),
            ..RouteInput::default()
        }
    }

    fn associate(&self, table: &RouteTableId) -> Result<RouteTableAssociationId, tierra_core::AwsError> {
        let input = AssociateRouteTableInput {
            route_table_id: table.clone(),
            subnet_id: Some(self.subnet.clone()),
            dry_run: None,
        };
        self.world.run::<AssociateRouteTable>(input).map(|output| output.association_id)
    }

    fn shown(&self, table: &RouteTableId) -> RouteTableDescription {
        let input = DescribeRouteTablesInput {
            route_table_ids: vec![table.clone()],
            ..DescribeRouteTablesInput::default()
        };
        self.world.ok::<DescribeRouteTables>(input).route_tables.remove(0)
    }
}

#[test]
fn routes_are_made_once_and_the_local_one_stays() {
    let net = net();
    let table = net.table();
    let gateway = net.gateway.to_string();
    let create = |destination: &str, gateway: &str| net.world.code::<CreateRoute>(net.route(&table, destination, gateway));
    assert_eq!(create("0.0.0.0/0", "igw-0"), "InvalidGatewayID.NotFound");
    assert_eq!(create("0.0.0.0/0", &gateway), "");
    assert_eq!(create("0.0.0.0/0", &gateway), "", "a retry");
    assert_eq!(create("10.0.0.0/16", &gateway), "RouteAlreadyExists");
    let delete = |destination: &str| {
        let input = DeleteRouteInput {
            route_table_id: table.clone(),
            destination_cidr_block: Some(destination.into()),
            dry_run: None,
        };
        net.world.code::<DeleteRoute>(input)
    };
    assert_eq!(delete("10.0.0.0/16"), "InvalidParameterValue");
    assert_eq!(delete("192.168.0.0/16"), "InvalidRoute.NotFound");
    assert_eq!(delete("0.0.0.0/0"), "");
}

#[test]
fn a_route_whose_gateway_left_is_a_black_hole_to_callers_and_to_the_machine() {
    let net = net();
    let table = net.table();
    net.world.ok::<CreateRoute>(net.route(&table, "0.0.0.0/0", net.gateway.as_str()));
    net.associate(&table).expect("associate");
    let told = || net.shown(&table).routes.pop().map(|route| (route.state, route.origin));
    let spec = || net.world.see(|tx| vpc_spec(tx, net.world.place(), &net.vpc)).expect("spec");
    let machine = || spec().subnets[net.subnet.as_str()].routes.values().cloned().collect::<Vec<_>>();
    assert_eq!(told(), Some(("active".into(), "CreateRoute".into())));
    assert_eq!(machine(), [tierra_drivers::network::Target::InternetGateway]);
    net.world.ok::<DetachInternetGateway>(net.attachment());
    net.world.ok::<DeleteInternetGateway>(DeleteInternetGatewayInput {
        internet_gateway_id: net.gateway.clone(),
        dry_run: None,
    });
    assert_eq!(told(), Some(("blackhole".into(), "CreateRoute".into())));
    assert_eq!(machine(), [tierra_drivers::network::Target::Blackhole]);
}

#[test]
fn a_subnet_has_one_table_and_a_used_table_stays() {
    let net = net();
    let (one, other) = (net.table(), net.table());
    let association = net.associate(&one).expect("first");
    assert_eq!(net.associate(&other).expect_err("second").code, "Resource.AlreadyAssociated");
    let delete = |table: &RouteTableId| {
        let input = DeleteRouteTableInput {
            route_table_id: table.clone(),
            dry_run: None,
        };
        net.world.code::<DeleteRouteTable>(input)
    };
    assert_eq!(delete(&one), "DependencyViolation");
    let replace = ReplaceRouteTableAssociationInput {
        association_id: association.clone(),
        route_table_id: other.clone(),
        dry_run: None,
    };
    let replaced = net.world.ok::<ReplaceRouteTableAssociation>(replace).new_association_id;
    assert_ne!(replaced, association);
    assert_eq!(delete(&one), "");
    let disassociate = |id: &RouteTableAssociationId| {
        let input = DisassociateRouteTableInput {
            association_id: id.clone(),
            dry_run: None,
        };
        net.world.code::<DisassociateRouteTable>(input)
    };
    assert_eq!(disassociate(&association), "InvalidAssociationID.NotFound");
    assert_eq!(disassociate(&replaced), "");
    let main = DescribeRouteTablesInput {
        filters: vec![filter("association.main", &["true"]), filter("vpc-id", &[net.vpc.as_str()])],
        ..DescribeRouteTablesInput::default()
    };
    let main = net.world.ok::<DescribeRouteTables>(main).route_tables.remove(0);
    assert_eq!(
        disassociate(&main.associations[0].route_table_association_id),
        "InvalidParameterValue"
    );
    assert_eq!(delete(&RouteTableId::from_text("rtb-0".into())), "InvalidRouteTableID.NotFound");
}

#[test]
fn a_creation_that_is_tried_again_makes_no_second_table() {
    let net = net();
    let input = || CreateRouteTableInput {
        vpc_id: net.vpc.clone(),
        client_token: Some("once".into()),
        ..CreateRouteTableInput::default()
    };
    let first = net.world.ok::<CreateRouteTable>(input()).route_table.route_table_id;
    assert_eq!(net.world.ok::<CreateRouteTable>(input()).route_table.route_table_id, first);
}
