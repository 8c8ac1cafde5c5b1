//! `AWS::RDS::DBSubnetGroup`. Follows the CloudFormation page of that name.

use serde_json::Value;
use tierra_core::resource_type::Creation;
use tierra_core::{AwsError, Call, Tags, Tx};
use tierra_model::Shape;

use crate::ec2::cfn::Ec2Type;
use crate::ec2::subnet::SubnetId;
use crate::invoke;
use crate::rds::model::DbSubnetGroup;
use crate::rds::ops::subnet_group::{CreateDBSubnetGroup, CreateInput, DeleteDBSubnetGroup, DeleteInput, ModifyDBSubnetGroup, ModifyInput};
use crate::rds::ops::tag;

const NAME_LENGTH: usize = 255;

/// The type.
pub(super) struct SubnetGroupType;

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    #[shape("DBSubnetGroupName")]
    name: Option<String>,
    #[shape("DBSubnetGroupDescription")]
    description: String,
    subnet_ids: Vec<SubnetId>,
}

impl Ec2Type for SubnetGroupType {
    const NAME: &'static str = "AWS::RDS::DBSubnetGroup";
    type Properties = Properties;

    fn name(properties: &mut Properties, call: &Call, creation: &Creation<'_>) {
        properties
            .name
            .get_or_insert_with(|| creation.generated_name(call, NAME_LENGTH).to_ascii_lowercase());
    }

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let input = CreateInput {
            name: properties.name.unwrap_or_default(),
            description: properties.description,
            subnet_ids: properties.subnet_ids,
            tags: Vec::new(),
        };
        Ok(invoke::<CreateDBSubnetGroup>(tx, call, input)?.group.name)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        tx.find::<DbSubnetGroup>(&call.place, id).map(|_| Vec::new())
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, _: Properties, new: Properties) -> Result<(), AwsError> {
        let input = ModifyInput {
            name: id.to_owned(),
            description: Some(new.description),
            subnet_ids: new.subnet_ids,
        };
        invoke::<ModifyDBSubnetGroup>(tx, call, input).map(drop)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        if tx.find::<DbSubnetGroup>(&call.place, id).is_none() {
            return Ok(());
        }
        invoke::<DeleteDBSubnetGroup>(tx, call, DeleteInput { name: id.to_owned() })
    }

    fn set_tags(tx: &mut Tx, call: &Call, id: &str, tags: Tags) {
        if let Some(group) = tx.find::<DbSubnetGroup>(&call.place, id) {
            tag::set(tx, call, &group.arn(), tags);
        }
    }
}
