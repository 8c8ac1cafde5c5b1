//! Shapes that several of Parameter Store's operations speak.

use tierra_core::{Place, Tx};
use tierra_model::{Shape, Timestamp};

use super::errors::SsmError;
use super::model::{Parameter, ParameterType, Tier, Version, arn, owner};

/// A parameter with its value.
#[derive(Clone, Debug, Default, PartialEq, Shape)]
pub struct ParameterShape {
    pub(super) name: String,
    #[shape("Type")]
    pub(super) kind: ParameterType,
    pub(super) value: String,
    pub(super) version: i64,
    pub(super) selector: Option<String>,
    pub(super) last_modified_date: Timestamp,
    #[shape("ARN")]
    pub(super) arn: String,
    pub(super) data_type: String,
}

impl ParameterShape {
    /// A version of a parameter; `open` decrypts.
    pub(super) fn of(tx: &Tx, parameter: &Parameter, version: &Version, open: bool) -> Result<Self, SsmError> {
        let Parameter { place, name, kind, .. } = parameter;
        Ok(Self {
            name: name.clone(),
            kind: *kind,
            value: version.value.text(tx, &owner(place, name, version.number), open)?,
            version: number(version.number),
            selector: None,
            last_modified_date: version.modified,
            arn: arn(place, name).to_string(),
            data_type: version.data_type.clone(),
        })
    }
}

/// A parameter without its value.
#[derive(Default, Shape)]
pub struct ParameterMetadata {
    name: String,
    #[shape("ARN")]
    arn: String,
    #[shape("Type")]
    kind: ParameterType,
    key_id: Option<String>,
    last_modified_date: Timestamp,
    last_modified_user: String,
    description: Option<String>,
    allowed_pattern: Option<String>,
    version: i64,
    tier: Tier,
    data_type: String,
}

impl ParameterMetadata {
    pub(super) fn of(parameter: &Parameter) -> Self {
        let Parameter {
            place,
            name,
            kind,
            current,
            ..
        } = parameter.clone();
        Self {
            arn: arn(&place, &name).to_string(),
            name,
            kind,
            key_id: current.key_id,
            last_modified_date: current.modified,
            last_modified_user: current.modified_by,
            description: current.description,
            allowed_pattern: current.allowed_pattern,
            version: number(current.number),
            tier: current.tier,
            data_type: current.data_type,
        }
    }
}

/// A version as the API counts it.
pub(super) fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// The ARNs that IAM decides on for names as callers give them (with selectors, or as ARNs).
pub(super) fn arns<'a>(place: &Place, names: impl IntoIterator<Item = &'a String>) -> Vec<tierra_core::Arn> {
    let names = names.into_iter().map(|text| super::selector::Selector::parse(text).name);
    names.map(|name| arn(place, &name)).collect()
}
