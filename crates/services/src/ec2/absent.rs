//! Nouns of EC2 that cannot exist here yet, and that clients look for all the same: Terraform before it deletes a VPC, CDK when it
//! looks one up, consoles in their menus. None is the truth: nothing here makes one, which the edge says of each Create operation.
//!
//! **Invariant**: a noun leaves this file on the day that it can be made.

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use super::filter::Filter;
use super::operation::operations;

/// What is shown of one: there is none.
#[derive(Clone, Debug, Default, Shape)]
pub struct Nothing {}

/// The input of a Describe operation: by `page`, all at once, or by page and never `dry`.
macro_rules! input {
    (paged $ids:tt $filters:ident) => {
        input!(@ $ids $filters max_results: i32, next_token: String, dry_run: bool);
    };
    (whole $ids:tt $filters:ident) => {
        input!(@ $ids $filters dry_run: bool);
    };
    (wet $ids:tt $filters:ident) => {
        input!(@ $ids $filters max_results: i32, next_token: String);
    };
    (@ [$($ids:ident),+] $filters:ident $($more:ident: $type:ty),*) => {
        #[derive(Debug, Default, Shape)]
        pub struct Input {
            $(pub $ids: Vec<String>,)+
            pub $filters: Vec<Filter>,
            $(pub $more: Option<$type>,)*
        }
    };
}

/// Declares the Describe operations of absent nouns: shapes' module, operation, how it is paged, members of ids and filters; the list
/// that stays empty; what it is called; the error of an id.
macro_rules! absent {
    ($($module:ident: $name:ident($paged:ident [$($ids:ident),+] $filters:ident) -> $list:ident, $noun:literal, $code:literal;)+) => {
        $(
            #[doc = concat!("No ", $noun, ".")]
            pub mod $module {
                use super::{AwsError, Call, Filter, Nothing, Shape, Tx, none};

                input!($paged [$($ids),+] $filters);

                #[derive(Debug, Default, Shape)]
                pub struct Output {
                    pub $list: Vec<Nothing>,
                }

                pub fn run(_: &mut Tx, _: &Call, input: Input) -> Result<Output, AwsError> {
                    none($code, $noun, [$(input.$ids),+].concat().first())?;
                    Ok(Output::default())
                }
            }
        )+

        operations! {
            $(
                #[doc = concat!("Tells that there is no ", $noun, ".")]
                reads $name($module::Input) -> $module::Output = $module::run;
            )+
        }
    };
}

/// That there is none, where one is asked for by id.
fn none(code: &'static str, noun: &str, id: Option<&String>) -> Result<(), AwsError> {
    match id {
        Some(id) => Err(AwsError::new(code, 400, format!("The {noun} ID '{id}' does not exist"))),
        None => Ok(()),
    }
}

absent! {
    nat_gateway: DescribeNatGateways(paged [nat_gateway_ids] filter) -> nat_gateways, "NAT gateway", "NatGatewayNotFound";
    vpc_endpoint: DescribeVpcEndpoints(paged [vpc_endpoint_ids] filters) -> vpc_endpoints, "VPC endpoint", "InvalidVpcEndpointId.NotFound";
    vpn_gateway: DescribeVpnGateways(whole [vpn_gateway_ids] filters) -> vpn_gateways, "vpnGateway", "InvalidVpnGatewayID.NotFound";
    vpn_connection: DescribeVpnConnections(whole [vpn_connection_ids] filters) -> vpn_connections, "vpnConnection", "InvalidVpnConnectionID.NotFound";
    customer_gateway: DescribeCustomerGateways(whole [customer_gateway_ids] filters) -> customer_gateways, "customerGateway", "InvalidCustomerGatewayID.NotFound";
    vpc_peering_connection: DescribeVpcPeeringConnections(paged [vpc_peering_connection_ids] filters) -> vpc_peering_connections, "vpcPeeringConnection", "InvalidVpcPeeringConnectionID.NotFound";
    flow_log: DescribeFlowLogs(paged [flow_log_ids] filter) -> flow_logs, "flow log", "InvalidFlowLogId.NotFound";
    egress_only_internet_gateway: DescribeEgressOnlyInternetGateways(paged [egress_only_internet_gateway_ids] filters) -> egress_only_internet_gateways, "eigw", "InvalidGatewayID.NotFound";
    carrier_gateway: DescribeCarrierGateways(paged [carrier_gateway_ids] filters) -> carrier_gateways, "carrierGateway", "InvalidCarrierGatewayID.NotFound";
    transit_gateway: DescribeTransitGateways(paged [transit_gateway_ids] filters) -> transit_gateways, "transitGateway", "InvalidTransitGatewayID.NotFound";
    transit_gateway_attachment: DescribeTransitGatewayAttachments(paged [transit_gateway_attachment_ids] filters) -> transit_gateway_attachments, "transitGatewayAttachment", "InvalidTransitGatewayAttachmentID.NotFound";
    transit_gateway_vpc_attachment: DescribeTransitGatewayVpcAttachments(paged [transit_gateway_attachment_ids] filters) -> transit_gateway_vpc_attachments, "transitGatewayAttachment", "InvalidTransitGatewayAttachmentID.NotFound";
    placement_group: DescribePlacementGroups(whole [group_ids, group_names] filters) -> placement_groups, "placement group", "InvalidPlacementGroup.Unknown";
    host: DescribeHosts(wet [host_ids] filter) -> hosts, "host", "InvalidHostID.NotFound";
    capacity_reservation: DescribeCapacityReservations(paged [capacity_reservation_ids] filters) -> capacity_reservations, "capacity reservation", "InvalidCapacityReservationId.NotFound";
    reserved_instance: DescribeReservedInstances(whole [reserved_instances_ids] filters) -> reserved_instances, "reserved instances", "InvalidReservedInstancesId";
    fleet: DescribeFleets(paged [fleet_ids] filters) -> fleets, "fleet", "InvalidFleetId.NotFound";
    client_vpn_endpoint: DescribeClientVpnEndpoints(paged [client_vpn_endpoint_ids] filters) -> client_vpn_endpoints, "client VPN endpoint", "InvalidClientVpnEndpointId.NotFound";
    local_gateway: DescribeLocalGateways(paged [local_gateway_ids] filters) -> local_gateways, "localGateway", "InvalidLocalGatewayID.NotFound";
    volume_modification: DescribeVolumesModifications(paged [volume_ids] filters) -> volumes_modifications, "volume modification", "InvalidVolumeModification.NotFound";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::testing::{World, filter};

    #[test]
    fn none_is_told_and_one_by_id_is_not_found() {
        let world = World::new();
        let by = |ids: &[&str]| nat_gateway::Input {
            nat_gateway_ids: ids.iter().map(ToString::to_string).collect(),
            filter: vec![filter("vpc-id", &["vpc-1"])],
            ..Default::default()
        };
        assert_eq!(world.ok::<DescribeNatGateways>(by(&[])).nat_gateways.len(), 0);
        assert_eq!(world.code::<DescribeNatGateways>(by(&["nat-1"])), "NatGatewayNotFound");
        let named = placement_group::Input {
            group_names: vec!["near".into()],
            ..Default::default()
        };
        assert_eq!(world.code::<DescribePlacementGroups>(named), "InvalidPlacementGroup.Unknown");
    }
}
