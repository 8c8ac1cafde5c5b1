//! What callers do with the routes of a table.

use ipnet::Ipv4Net;
use tierra_core::{AwsError, Call, Tx};

use super::api::{CreateRouteOutput, DeleteRouteInput, RouteInput};
use super::errors::RouteTableError;
use super::model::{Route, RouteTable, Target};
use crate::ec2::address::AddressError;
use crate::ec2::cidr;
use crate::ec2::errors::Ec2Error;
use crate::ec2::internet_gateway::{InternetGateway, InternetGatewayId};
use crate::ec2::network_interface::{NetworkInterface, NetworkInterfaceError};
use crate::ec2::operation::{arn, operations};

/// Routes that a table may have.
const ROUTES_PER_TABLE: usize = 50;

operations! {
    /// Adds a route. "CreateRoute"
    writes CreateRoute(RouteInput) -> CreateRouteOutput = create, on |_, input, call| arn(call, "route-table", &input.route_table_id);
    /// Leads a route elsewhere. "ReplaceRoute"
    writes ReplaceRoute(RouteInput) -> () = replace, on |_, input, call| arn(call, "route-table", &input.route_table_id);
    /// Deletes a route. "DeleteRoute"
    writes DeleteRoute(DeleteRouteInput) -> () = delete, on |_, input, call| arn(call, "route-table", &input.route_table_id);
}

fn create(tx: &mut Tx, call: &Call, input: RouteInput) -> Result<CreateRouteOutput, AwsError> {
    let mut table = RouteTable::require(tx, &call.place, &input.route_table_id)?;
    let destination = destination(input.destination_cidr_block.as_deref())?;
    let target = target(tx, call, &table, &input)?;
    let same = |route: &&Route| route.destination == destination;
    match table.routes.iter().find(same) {
        // A retry of the same creation is not an error in AWS either.
        Some(route) if route.target == target => return Ok(CreateRouteOutput { r#return: true }),
        Some(_) => return Err(RouteTableError::RouteExists { destination }.into()),
        None => {}
    }
    if table.routes.len() >= ROUTES_PER_TABLE {
        return Err(RouteTableError::RouteLimitExceeded.into());
    }
    table.routes.push(Route { destination, target });
    tx.save(table);
    Ok(CreateRouteOutput { r#return: true })
}

fn replace(tx: &mut Tx, call: &Call, input: RouteInput) -> Result<(), AwsError> {
    let mut table = RouteTable::require(tx, &call.place, &input.route_table_id)?;
    let destination = destination(input.destination_cidr_block.as_deref())?;
    let target = target(tx, call, &table, &input)?;
    let at = position(&table, destination)?;
    table.routes[at].target = target;
    tx.save(table);
    Ok(())
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteRouteInput) -> Result<(), AwsError> {
    let mut table = RouteTable::require(tx, &call.place, &input.route_table_id)?;
    let destination = destination(input.destination_cidr_block.as_deref())?;
    let at = position(&table, destination)?;
    table.routes.remove(at);
    tx.save(table);
    Ok(())
}

/// Where the route to there is; the local one is not for callers to touch.
fn position(table: &RouteTable, destination: Ipv4Net) -> Result<usize, RouteTableError> {
    let id = || table.id.clone();
    match table.routes.iter().position(|route| route.destination == destination) {
        None => Err(RouteTableError::NoSuchRoute { destination, id: id() }),
        Some(at) if table.routes[at].target == Target::Local => Err(RouteTableError::LocalRoute { destination, id: id() }),
        Some(at) => Ok(at),
    }
}

fn destination(text: Option<&str>) -> Result<Ipv4Net, AwsError> {
    let text = text.ok_or(Ec2Error::Missing {
        name: "destinationCidrBlock",
    })?;
    Ok(cidr::parse(text, "destinationCidrBlock")?.trunc())
}

fn target(tx: &Tx, call: &Call, table: &RouteTable, input: &RouteInput) -> Result<Target, AwsError> {
    match (&input.gateway_id, &input.network_interface_id, &input.instance_id) {
        (Some(id), None, None) => gateway(tx, call, table, id),
        (None, Some(id), None) => {
            let interface = NetworkInterface::require(tx, &call.place, id)?;
            interface_target(table, &interface)
        }
        (None, None, Some(instance)) => {
            let interfaces = NetworkInterface::of_instance(tx, &call.place, instance);
            match interfaces.as_slice() {
                [only] => interface_target(table, only),
                [] => Err(AddressError::NoSuchInstance {
                    instance: instance.clone(),
                }
                .into()),
                _ => Err(NetworkInterfaceError::SeveralInterfaces {
                    instance: instance.clone(),
                }
                .into()),
            }
        }
        (None, None, None) => Err(Ec2Error::Missing { name: "gatewayId" }.into()),
        _ => {
            let reason = "Only one of gatewayId, instanceId, networkInterfaceId can be specified".to_owned();
            Err(Ec2Error::Combination { reason }.into())
        }
    }
}

fn gateway(tx: &Tx, call: &Call, table: &RouteTable, id: &str) -> Result<Target, AwsError> {
    let missing = || RouteTableError::NoSuchGateway { id: id.to_owned() };
    let gateway_id: InternetGatewayId = tierra_core::ids::AwsId::from_text(id.to_owned());
    let gateway = InternetGateway::require(tx, &call.place, &gateway_id).map_err(|_| missing())?;
    if gateway.vpc.as_ref() != Some(&table.vpc) {
        return Err(other_network(table, "network gateway", id).into());
    }
    Ok(Target::InternetGateway(gateway.id))
}

fn interface_target(table: &RouteTable, interface: &NetworkInterface) -> Result<Target, AwsError> {
    if interface.vpc != table.vpc {
        return Err(other_network(table, "interface", interface.id.as_str()).into());
    }
    Ok(Target::Interface(interface.id.clone()))
}

fn other_network(table: &RouteTable, kind: &'static str, other: &str) -> RouteTableError {
    RouteTableError::OtherNetwork {
        id: table.id.clone(),
        kind,
        other: other.to_owned(),
    }
}
