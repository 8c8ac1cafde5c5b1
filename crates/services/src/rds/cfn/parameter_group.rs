//! `AWS::RDS::DBParameterGroup`. Follows the CloudFormation page of that name.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tierra_core::resource_type::Creation;
use tierra_core::{AwsError, Call, Tags, Tx};
use tierra_model::Shape;

use crate::ec2::cfn::Ec2Type;
use crate::invoke;
use crate::rds::api::parameter_group::ParameterShape;
use crate::rds::model::{ApplyMethod, DbParameterGroup};
use crate::rds::ops::parameter_group::{
    CreateDBParameterGroup, CreateInput, DeleteDBParameterGroup, DeleteInput, ModifyDBParameterGroup, ModifyInput, ResetDBParameterGroup,
    ResetInput,
};
use crate::rds::ops::tag;
use crate::rds::parameters;

const NAME_LENGTH: usize = 255;
/// Parameters of one `ModifyDBParameterGroup`.
const AT_ONCE: usize = 20;

/// The type.
pub(super) struct ParameterGroupType;

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    #[shape("DBParameterGroupName")]
    name: Option<String>,
    description: String,
    family: String,
    parameters: BTreeMap<String, String>,
}

/// Sets parameters: each as soon as it can come into force.
fn set(tx: &mut Tx, call: &Call, name: &str, values: &BTreeMap<String, String>) -> Result<(), AwsError> {
    let family = DbParameterGroup::named(tx, &call.place, name).map(|group| group.family);
    let shape = |(key, value): (&String, &String)| {
        let dynamic = family
            .and_then(|family| parameters::find(family, key))
            .is_some_and(|known| known.dynamic);
        ParameterShape {
            parameter_name: Some(key.clone()),
            parameter_value: Some(value.clone()),
            apply_method: Some(if dynamic {
                ApplyMethod::Immediate
            } else {
                ApplyMethod::PendingReboot
            }),
            ..ParameterShape::default()
        }
    };
    let all: Vec<ParameterShape> = values.iter().map(shape).collect();
    for some in all.chunks(AT_ONCE) {
        let input = ModifyInput {
            name: name.to_owned(),
            parameters: some.to_vec(),
        };
        invoke::<ModifyDBParameterGroup>(tx, call, input)?;
    }
    Ok(())
}

impl Ec2Type for ParameterGroupType {
    const NAME: &'static str = "AWS::RDS::DBParameterGroup";
    type Properties = Properties;

    fn name(properties: &mut Properties, call: &Call, creation: &Creation<'_>) {
        properties
            .name
            .get_or_insert_with(|| creation.generated_name(call, NAME_LENGTH).to_ascii_lowercase());
    }

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let input = CreateInput {
            name: properties.name.unwrap_or_default(),
            family: properties.family,
            description: properties.description,
            tags: Vec::new(),
        };
        let name = invoke::<CreateDBParameterGroup>(tx, call, input)?.group.name;
        set(tx, call, &name, &properties.parameters)?;
        Ok(name)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let group: DbParameterGroup = tx.find(&call.place, id)?;
        Some(vec![("DBParameterGroupName", json!(group.name))])
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, old: Properties, new: Properties) -> Result<(), AwsError> {
        let gone = old.parameters.keys().filter(|key| !new.parameters.contains_key(*key));
        let parameters: Vec<ParameterShape> = gone
            .map(|key| ParameterShape {
                parameter_name: Some(key.clone()),
                ..ParameterShape::default()
            })
            .collect();
        if !parameters.is_empty() {
            let input = ResetInput {
                name: id.to_owned(),
                reset_all_parameters: Some(false),
                parameters,
            };
            invoke::<ResetDBParameterGroup>(tx, call, input)?;
        }
        let changed = |(key, value): &(String, String)| old.parameters.get(key) != Some(value);
        set(tx, call, id, &new.parameters.into_iter().filter(changed).collect())
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        if tx.find::<DbParameterGroup>(&call.place, id).is_none() {
            return Ok(());
        }
        invoke::<DeleteDBParameterGroup>(tx, call, DeleteInput { name: id.to_owned() })
    }

    fn set_tags(tx: &mut Tx, call: &Call, id: &str, tags: Tags) {
        if let Some(group) = tx.find::<DbParameterGroup>(&call.place, id) {
            tag::set(tx, call, &group.arn(), tags);
        }
    }
}
