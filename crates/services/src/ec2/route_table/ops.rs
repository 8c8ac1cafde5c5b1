//! What callers do with route tables and their associations.

use tierra_core::{AwsError, Call, Key, Place, Tx};

use super::api::{
    AssociateRouteTableInput, AssociateRouteTableOutput, CreateRouteTableInput, CreateRouteTableOutput, DeleteRouteTableInput,
    DescribeRouteTablesInput, DescribeRouteTablesOutput, DisassociateRouteTableInput, ReplaceRouteTableAssociationInput,
    ReplaceRouteTableAssociationOutput,
};
use super::errors::RouteTableError;
use super::model::{Association, Route, RouteTable, RouteTableAssociationId, RouteTableId, Target};
use super::show::{associated, show};
use crate::ec2::errors::Ec2Error;
use crate::ec2::listing::{self, query};
use crate::ec2::operation::{arn, operations};
use crate::ec2::subnet::Subnet;
use crate::ec2::tag;
use crate::ec2::vpc::Vpc;

/// Route tables that a VPC may have.
const TABLES_PER_VPC: usize = 200;

operations! {
    /// Makes a route table. "CreateRouteTable"
    writes CreateRouteTable(CreateRouteTableInput) -> CreateRouteTableOutput = create,
        on |_, input, call| [arn(call, "route-table", "*"), arn(call, "vpc", &input.vpc_id)].concat();
    /// Deletes a table that no subnet uses. "DeleteRouteTable"
    writes DeleteRouteTable(DeleteRouteTableInput) -> () = delete, on |_, input, call| arn(call, "route-table", &input.route_table_id);
    /// Gives a subnet a table of its own. "AssociateRouteTable"
    writes AssociateRouteTable(AssociateRouteTableInput) -> AssociateRouteTableOutput = associate,
        on |_, input, call| arn(call, "route-table", &input.route_table_id);
    /// Gives a subnet back to the main table. "DisassociateRouteTable"
    writes DisassociateRouteTable(DisassociateRouteTableInput) -> () = disassociate,
        on |tx, input, call| associated_arn(tx, call, &input.association_id);
    /// Moves a subnet, or being the main table, to another table. "ReplaceRouteTableAssociation"
    writes ReplaceRouteTableAssociation(ReplaceRouteTableAssociationInput) -> ReplaceRouteTableAssociationOutput = replace_association,
        on |tx, input, call| [arn(call, "route-table", &input.route_table_id), associated_arn(tx, call, &input.association_id)].concat();
    /// Tells of route tables. "DescribeRouteTables"
    reads DescribeRouteTables(DescribeRouteTablesInput) -> DescribeRouteTablesOutput = describe;
}

impl RouteTable {
    /// The table of this id.
    ///
    /// # Errors
    /// Where there is none.
    pub fn require(tx: &Tx, place: &Place, id: &RouteTableId) -> Result<Self, RouteTableError> {
        tx.find(place, id).ok_or_else(|| RouteTableError::NotFound { id: id.clone() })
    }

    /// The table that has this association.
    ///
    /// # Errors
    /// Where none has.
    pub fn with_association(tx: &Tx, place: &Place, id: &RouteTableAssociationId) -> Result<Self, RouteTableError> {
        let found = tx.by_index(place, "association", id.as_str()).pop();
        found.ok_or_else(|| RouteTableError::NoSuchAssociation { id: id.clone() })
    }
}

fn associated_arn(tx: &Tx, call: &Call, id: &RouteTableAssociationId) -> Vec<tierra_core::Arn> {
    let table = RouteTable::with_association(tx, &call.place, id);
    table.map_or_else(|_| Vec::new(), |table| arn(call, "route-table", &table.id))
}

fn create(tx: &mut Tx, call: &Call, input: CreateRouteTableInput) -> Result<CreateRouteTableOutput, AwsError> {
    let tags = tag::specified(&input.tag_specifications, "route-table")?;
    let vpc = Vpc::require(tx, &call.place, &input.vpc_id)?;
    if let Some(earlier) = created_before(tx, call, input.client_token.as_deref()) {
        return Ok(earlier);
    }
    if tx.by_index::<RouteTable>(&call.place, "vpc", vpc.id.as_str()).len() >= TABLES_PER_VPC {
        return Err(RouteTableError::LimitExceeded.into());
    }
    let table = RouteTable {
        place: call.place.clone(),
        id: call.ids.next(),
        vpc: vpc.id,
        routes: vec![Route {
            destination: vpc.cidr,
            target: Target::Local,
        }],
        associations: Vec::new(),
        client_token: input.client_token.clone(),
    };
    tx.save(table.clone());
    tag::set(tx, &call.place, &table.id, tags);
    Ok(CreateRouteTableOutput {
        route_table: show(tx, &table),
        client_token: input.client_token,
    })
}

fn created_before(tx: &Tx, call: &Call, token: Option<&str>) -> Option<CreateRouteTableOutput> {
    let table: RouteTable = tx.by_index(&call.place, "token", token?).pop()?;
    Some(CreateRouteTableOutput {
        route_table: show(tx, &table),
        client_token: table.client_token,
    })
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteRouteTableInput) -> Result<(), AwsError> {
    let table = RouteTable::require(tx, &call.place, &input.route_table_id)?;
    if !table.associations.is_empty() {
        return Err(RouteTableError::HasDependencies { id: table.id }.into());
    }
    tag::forget(tx, &call.place, &table.id);
    tx.delete(&Key::<RouteTable>::new(&call.place, &table.id));
    Ok(())
}

fn associate(tx: &mut Tx, call: &Call, input: AssociateRouteTableInput) -> Result<AssociateRouteTableOutput, AwsError> {
    let mut table = RouteTable::require(tx, &call.place, &input.route_table_id)?;
    let subnet_id = input.subnet_id.ok_or(Ec2Error::Missing { name: "subnetId" })?;
    let subnet = Subnet::require(tx, &call.place, &subnet_id)?;
    same_network(&table, &subnet)?;
    if RouteTable::explicit(tx, &call.place, &subnet.id).is_some() {
        return Err(RouteTableError::AlreadyAssociated { id: table.id }.into());
    }
    let association_id: RouteTableAssociationId = call.ids.next();
    table.associations.push(Association {
        id: association_id.clone(),
        subnet: Some(subnet.id),
    });
    tx.save(table);
    Ok(AssociateRouteTableOutput {
        association_id,
        association_state: associated(),
    })
}

fn same_network(table: &RouteTable, subnet: &Subnet) -> Result<(), RouteTableError> {
    if table.vpc == subnet.vpc {
        return Ok(());
    }
    Err(RouteTableError::OtherNetwork {
        id: table.id.clone(),
        kind: "subnet",
        other: subnet.id.to_string(),
    })
}

fn disassociate(tx: &mut Tx, call: &Call, input: DisassociateRouteTableInput) -> Result<(), AwsError> {
    let mut table = RouteTable::with_association(tx, &call.place, &input.association_id)?;
    let association = take_association(&mut table, &input.association_id)?;
    if association.subnet.is_none() {
        return Err(RouteTableError::MainAssociation { id: association.id }.into());
    }
    tx.save(table);
    Ok(())
}

fn take_association(table: &mut RouteTable, id: &RouteTableAssociationId) -> Result<Association, RouteTableError> {
    let at = table.associations.iter().position(|association| association.id == *id);
    let at = at.ok_or_else(|| RouteTableError::NoSuchAssociation { id: id.clone() })?;
    Ok(table.associations.remove(at))
}

/// The association gets a new id, as in AWS; the table that loses it is saved first, as it may be the one that gets it.
fn replace_association(
    tx: &mut Tx,
    call: &Call,
    input: ReplaceRouteTableAssociationInput,
) -> Result<ReplaceRouteTableAssociationOutput, AwsError> {
    let mut from = RouteTable::with_association(tx, &call.place, &input.association_id)?;
    let moved = take_association(&mut from, &input.association_id)?;
    let vpc = from.vpc.clone();
    tx.save(from);
    let mut to = RouteTable::require(tx, &call.place, &input.route_table_id)?;
    if to.vpc != vpc {
        let other = vpc.to_string();
        return Err(RouteTableError::OtherNetwork {
            id: to.id,
            kind: "network",
            other,
        }
        .into());
    }
    let new_association_id: RouteTableAssociationId = call.ids.next();
    to.associations.push(Association {
        id: new_association_id.clone(),
        subnet: moved.subnet,
    });
    tx.save(to);
    Ok(ReplaceRouteTableAssociationOutput {
        new_association_id,
        association_state: associated(),
    })
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeRouteTablesInput) -> Result<DescribeRouteTablesOutput, AwsError> {
    let missing = |id: &RouteTableId| RouteTableError::NotFound { id: id.clone() };
    let page = listing::describe(tx, &call.place, &input.route_table_ids, missing, show, &query!(input))?;
    Ok(DescribeRouteTablesOutput {
        route_tables: page.items,
        next_token: page.next,
    })
}
