//! `DBParameterGroup` and `Parameter` as they are shown.

use tierra_model::Shape;

use crate::rds::model::{ApplyMethod, DbParameterGroup};

/// A parameter group.
#[derive(Debug, Default, Shape)]
pub struct DbParameterGroupShape {
    #[shape("DBParameterGroupName")]
    pub(crate) name: String,
    #[shape("DBParameterGroupFamily")]
    pub(crate) family: String,
    pub(crate) description: String,
    #[shape("DBParameterGroupArn")]
    pub(crate) arn: String,
}

/// A parameter: what a caller sets of it, and what is known of it.
#[derive(Clone, Debug, Default, Shape)]
pub struct ParameterShape {
    pub(crate) parameter_name: Option<String>,
    pub(crate) parameter_value: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) apply_type: Option<String>,
    pub(crate) data_type: Option<String>,
    pub(crate) allowed_values: Option<String>,
    pub(crate) is_modifiable: Option<bool>,
    pub(crate) apply_method: Option<ApplyMethod>,
}

impl From<&DbParameterGroup> for DbParameterGroupShape {
    fn from(group: &DbParameterGroup) -> Self {
        Self {
            name: group.name.clone(),
            family: group.family.to_string(),
            description: group.description.clone(),
            arn: group.arn().to_string(),
        }
    }
}
