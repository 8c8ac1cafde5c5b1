//! How route tables look to callers, and by what they can be chosen.

use tierra_core::{Tag, Tx};

use super::api::{RouteDescription, RouteTableAssociation, RouteTableAssociationState, RouteTableDescription};
use super::model::{Association, Route, RouteTable, Target};
use crate::ec2::filter::{Field, Filterable, each, maybe, one};
use crate::ec2::listing::Described;
use crate::ec2::network_interface::NetworkInterface;
use crate::ec2::tag;

impl Filterable for RouteTableDescription {
    const FILTERS: &'static [Field<Self>] = &[
        ("association.main", |table| {
            each(&table.associations, |association| one(&association.main))
        }),
        ("association.route-table-association-id", |table| {
            each(&table.associations, |association| one(&association.route_table_association_id))
        }),
        ("association.route-table-id", |table| {
            each(&table.associations, |association| one(&association.route_table_id))
        }),
        ("association.subnet-id", |table| {
            each(&table.associations, |association| maybe(&association.subnet_id))
        }),
        ("owner-id", |table| one(&table.owner_id)),
        ("route-table-id", |table| one(&table.route_table_id)),
        ("route.destination-cidr-block", |table| {
            each(&table.routes, |route| one(&route.destination_cidr_block))
        }),
        ("route.gateway-id", |table| each(&table.routes, |route| maybe(&route.gateway_id))),
        ("route.instance-id", |table| each(&table.routes, |route| maybe(&route.instance_id))),
        ("route.origin", |table| each(&table.routes, |route| one(&route.origin))),
        ("route.state", |table| each(&table.routes, |route| one(&route.state))),
        ("vpc-id", |table| one(&table.vpc_id)),
    ];
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Described for RouteTableDescription {
    const IDS: &'static str = "routeTableIds";
    fn id(&self) -> String {
        self.route_table_id.to_string()
    }
}

/// A table as callers see it.
pub fn show(tx: &Tx, table: &RouteTable) -> RouteTableDescription {
    RouteTableDescription {
        route_table_id: table.id.clone(),
        vpc_id: table.vpc.clone(),
        owner_id: table.place.account.to_string(),
        associations: table
            .associations
            .iter()
            .map(|association| show_association(table, association))
            .collect(),
        propagating_vgws: Vec::new(),
        routes: table.routes.iter().map(|route| show_route(tx, table, route)).collect(),
        tags: tag::list(tx, &table.place, &table.id),
    }
}

/// The one state that an association is ever in.
pub fn associated() -> RouteTableAssociationState {
    RouteTableAssociationState {
        state: "associated".to_owned(),
    }
}

fn show_association(table: &RouteTable, association: &Association) -> RouteTableAssociation {
    RouteTableAssociation {
        main: association.subnet.is_none(),
        route_table_association_id: association.id.clone(),
        route_table_id: table.id.clone(),
        subnet_id: association.subnet.clone(),
        association_state: associated(),
    }
}

fn show_route(tx: &Tx, table: &RouteTable, route: &Route) -> RouteDescription {
    let origin = if route.target == Target::Local {
        "CreateRouteTable"
    } else {
        "CreateRoute"
    };
    let mut shown = RouteDescription {
        destination_cidr_block: route.destination.to_string(),
        origin: origin.to_owned(),
        state: route.state(tx, &table.place, &table.vpc).to_string(),
        ..RouteDescription::default()
    };
    match &route.target {
        Target::Local => shown.gateway_id = Some("local".to_owned()),
        Target::InternetGateway(id) => shown.gateway_id = Some(id.to_string()),
        Target::Interface(id) => {
            let interface: Option<NetworkInterface> = tx.find(&table.place, id);
            shown.network_interface_id = Some(id.clone());
            shown.instance_id = interface.and_then(|interface| interface.attachment?.instance);
            shown.instance_owner_id = shown.instance_id.as_ref().map(|_| table.place.account.to_string());
        }
    }
    shown
}
