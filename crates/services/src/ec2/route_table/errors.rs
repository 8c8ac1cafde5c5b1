//! How operations on route tables fail.

use ipnet::Ipv4Net;

use super::model::{RouteTableAssociationId, RouteTableId};

tierra_core::aws_errors! {
    /// Errors of route tables and routes.
    pub enum RouteTableError {
        /// No table has this id.
        NotFound { id: RouteTableId } => ("InvalidRouteTableID.NotFound", 400, "The routeTable ID '{id}' does not exist"),
        /// No association has this id.
        NoSuchAssociation { id: RouteTableAssociationId }
            => ("InvalidAssociationID.NotFound", 400, "The association ID '{id}' does not exist"),
        /// The subnet has another table.
        AlreadyAssociated { id: RouteTableId }
            => ("Resource.AlreadyAssociated", 400, "the specified association for route table {id} conflicts with an existing association"),
        /// A VPC keeps its main table.
        MainAssociation { id: RouteTableAssociationId }
            => ("InvalidParameterValue", 400, "cannot disassociate the main route table association {id}"),
        /// Table and subnet or gateway lie in different VPCs.
        OtherNetwork { id: RouteTableId, kind: &'static str, other: String }
            => ("InvalidParameterValue", 400, "route table {id} and {kind} {other} belong to different networks"),
        /// The main table, or one that is associated, stays.
        HasDependencies { id: RouteTableId } => ("DependencyViolation", 400, "The routeTable '{id}' has dependencies and cannot be deleted."),
        /// As many as the VPC may have.
        LimitExceeded => ("RouteTableLimitExceeded", 400, "The maximum number of route tables has been reached."),
        /// As many routes as the table may have.
        RouteLimitExceeded => ("RouteLimitExceeded", 400, "The maximum number of routes has been reached."),
        /// The table has a route to there.
        RouteExists { destination: Ipv4Net } => ("RouteAlreadyExists", 400, "The route identified by {destination} already exists."),
        /// The table has no route to there.
        NoSuchRoute { destination: Ipv4Net, id: RouteTableId }
            => ("InvalidRoute.NotFound", 400, "no route with destination-cidr-block {destination} in route table {id}"),
        /// The local route stays.
        LocalRoute { destination: Ipv4Net, id: RouteTableId }
            => ("InvalidParameterValue", 400, "cannot remove local route {destination} in route table {id}"),
        /// No gateway has this id.
        NoSuchGateway { id: String } => ("InvalidGatewayID.NotFound", 400, "The gateway ID '{id}' does not exist"),
    }
}
