//! `DescribeCertificates`, `DescribeDBSecurityGroups`: what is the same for every database.

use tierra_core::{Arn, Call, Tx};
use tierra_model::Shape;

use crate::declare::{anything, operations};
use crate::rds::errors::RdsError;
use crate::rds::listing::{self, Filter, query};
use crate::rds::ops::instance::create::CA;

operations! { "rds", RdsError;
    read DescribeCertificates(CertificatesInput) -> CertificatesOutput = certificates, on anything;
    read DescribeDBSecurityGroups(OldGroupsInput) -> OldGroupsOutput = old_groups, on anything;
}

/// Input of [`DescribeCertificates`].
#[derive(Default, Shape)]
pub struct CertificatesInput {
    pub(crate) certificate_identifier: Option<String>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) max_records: Option<i32>,
    pub(crate) marker: Option<String>,
}

/// A page of certificates.
#[derive(Default, Shape)]
pub struct CertificatesOutput {
    pub(crate) certificates: Vec<CertificateShape>,
    pub(crate) marker: Option<String>,
}

/// The authority that signs the databases' certificates: the cloud's own, by the name that RDS gives its newest.
#[derive(Default, Shape)]
pub struct CertificateShape {
    pub(crate) certificate_identifier: String,
    pub(crate) certificate_type: String,
    pub(crate) certificate_arn: String,
    pub(crate) customer_override: bool,
}

/// Input of [`DescribeDBSecurityGroups`].
#[derive(Default, Shape)]
pub struct OldGroupsInput {
    #[shape("DBSecurityGroupName")]
    pub(crate) name: Option<String>,
    pub(crate) max_records: Option<i32>,
    pub(crate) marker: Option<String>,
}

/// Groups of the time before VPCs: there are none.
#[derive(Default, Shape)]
pub struct OldGroupsOutput {
    #[shape("DBSecurityGroups")]
    pub(crate) groups: Vec<OldGroup>,
}

/// One of them.
#[derive(Default, Shape)]
pub struct OldGroup {
    #[shape("DBSecurityGroupName")]
    name: String,
}

fn certificates(_: &mut Tx, call: &Call, input: CertificatesInput) -> Result<CertificatesOutput, RdsError> {
    if let Some(id) = input.certificate_identifier.as_ref().filter(|id| *id != CA) {
        return Err(RdsError::CertificateNotFound { id: id.clone() });
    }
    let arn = Arn {
        account: Default::default(),
        ..Arn::regional("rds", &call.place, format!("cert:{CA}"))
    };
    let only = CertificateShape {
        certificate_identifier: CA.to_owned(),
        certificate_type: "CA".to_owned(),
        certificate_arn: arn.to_string(),
        customer_override: false,
    };
    let page = listing::page(vec![only], &[], |one| one.certificate_identifier.clone(), &query!(input))?;
    Ok(CertificatesOutput {
        certificates: page.items,
        marker: page.next,
    })
}

fn old_groups(_: &mut Tx, _: &Call, input: OldGroupsInput) -> Result<OldGroupsOutput, RdsError> {
    match input.name {
        Some(name) => Err(RdsError::OldGroup { name }),
        None => Ok(OldGroupsOutput::default()),
    }
}
