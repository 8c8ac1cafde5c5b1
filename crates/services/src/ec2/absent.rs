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

/// Declares the Describe operations of absent nouns: shapes' module, operation, members of ids, filters, paging; the list that stays
/// empty; the error of an id.
macro_rules! absent {
    ($($module:ident: $name:ident([$($ids:ident),*], $filters:ident $(, $more:ident: $type:ty)*) -> $list:ident, $code:literal, $noun:literal;)+) => {
        $(
            #[doc = concat!("No ", $noun, ".")]
            pub mod $module {
                use super::{AwsError, Call, Filter, Nothing, Shape, Tx, none};

                #[derive(Debug, Default, Shape)]
                pub struct Input {
                    $(pub $ids: Vec<String>,)*
                    pub $filters: Vec<Filter>,
                    $(pub $more: Option<$type>,)*
                }

                #[derive(Debug, Default, Shape)]
                pub struct Output {
                    pub $list: Vec<Nothing>,
                }

                pub fn run(_: &mut Tx, _: &Call, input: Input) -> Result<Output, AwsError> {
                    none($code, $noun, [$(input.$ids),*].concat().first())?;
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
    nat_gateway: DescribeNatGateways([nat_gateway_ids], filter, max_results: i32, next_token: String, dry_run: bool)
        -> nat_gateways, "NatGatewayNotFound", "NAT gateway";
    vpc_endpoint: DescribeVpcEndpoints([vpc_endpoint_ids], filters, max_results: i32, next_token: String, dry_run: bool)
        -> vpc_endpoints, "InvalidVpcEndpointId.NotFound", "VPC endpoint";
    vpn_gateway: DescribeVpnGateways([vpn_gateway_ids], filters, dry_run: bool)
        -> vpn_gateways, "InvalidVpnGatewayID.NotFound", "vpnGateway";
    vpn_connection: DescribeVpnConnections([vpn_connection_ids], filters, dry_run: bool)
        -> vpn_connections, "InvalidVpnConnectionID.NotFound", "vpnConnection";
    customer_gateway: DescribeCustomerGateways([customer_gateway_ids], filters, dry_run: bool)
        -> customer_gateways, "InvalidCustomerGatewayID.NotFound", "customerGateway";
    vpc_peering_connection: DescribeVpcPeeringConnections([vpc_peering_connection_ids], filters, max_results: i32, next_token: String, dry_run: bool)
        -> vpc_peering_connections, "InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection";
    flow_log: DescribeFlowLogs([flow_log_ids], filter, max_results: i32, next_token: String, dry_run: bool)
        -> flow_logs, "InvalidFlowLogId.NotFound", "flow log";
    egress_only_internet_gateway: DescribeEgressOnlyInternetGateways([egress_only_internet_gateway_ids], filters, max_results: i32, next_token: String, dry_run: bool)
        -> egress_only_internet_gateways, "InvalidGatewayID.NotFound", "eigw";
    carrier_gateway: DescribeCarrierGateways([carrier_gateway_ids], filters, max_results: i32, next_token: String, dry_run: bool)
        -> carrier_gateways, "InvalidCarrierGatewayID.NotFound", "carrierGateway";
    transit_gateway: DescribeTransitGateways([transit_gateway_ids], filters, max_results: i32, next_token: String, dry_run: bool)
        -> transit_gateways, "InvalidTransitGatewayID.NotFound", "transitGateway";
    transit_gateway_attachment: DescribeTransitGatewayAttachments([transit_gateway_attachment_ids], filters, max_results: i32, next_token: String, dry_run: bool)
        -> transit_gateway_attachments, "InvalidTransitGatewayAttachmentID.NotFound", "transitGatewayAttachment";
    transit_gateway_vpc_attachment: DescribeTransitGatewayVpcAttachments([transit_gateway_attachment_ids], filters, max_results: i32, next_token: String, dry_run: bool)
        -> transit_gateway_vpc_attachments, "InvalidTransitGatewayAttachmentID.NotFound", "transitGatewayAttachment";
    placement_group: DescribePlacementGroups([group_ids, group_names], filters, dry_run: bool)
        -> placement_groups, "InvalidPlacementGroup.Unknown", "placement group";
    host: DescribeHosts([host_ids], filter, max_results: i32, next_token: String)
        -> hosts, "InvalidHostID.NotFound", "host";
    capacity_reservation: DescribeCapacityReservations([capacity_reservation_ids], filters, max_results: i32, next_token: String, dry_run: bool)
        -> capacity_reservations, "InvalidCapacityReservationId.NotFound", "capacity reservation";
    reserved_instance: DescribeReservedInstances([reserved_instances_ids], filters, dry_run: bool)
        -> reserved_instances, "InvalidReservedInstancesId", "reserved instances";
    fleet: DescribeFleets([fleet_ids], filters, max_results: i32, next_token: String, dry_run: bool)
        -> fleets, "InvalidFleetId.NotFound", "fleet";
    client_vpn_endpoint: DescribeClientVpnEndpoints([client_vpn_endpoint_ids], filters, max_results: i32, next_token: String, dry_run: bool)
        -> client_vpn_endpoints, "InvalidClientVpnEndpointId.NotFound", "client VPN endpoint";
    local_gateway: DescribeLocalGateways([local_gateway_ids], filters, max_results: i32, next_token: String, dry_run: bool)
        -> local_gateways, "InvalidLocalGatewayID.NotFound", "localGateway";
    volume_modification: DescribeVolumesModifications([volume_ids], filters, max_results: i32, next_token: String, dry_run: bool)
        -> volumes_modifications, "InvalidVolumeModification.NotFound", "volume modification";
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
