//! How a caller names a version of a parameter: `name`, `name:3`, `name:label`, or an ARN in place of the name.

use tierra_core::{Arn, Call, Tx};

use super::api::ParameterShape;
use super::errors::SsmError;
use super::model::{Parameter, Version};
use super::public;

/// A name and, after a colon, a version's number or label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selector {
    pub(super) name: String,
    pub(super) version: Option<String>,
}

impl Selector {
    pub(super) fn parse(text: &str) -> Self {
        let resource = text.parse::<Arn>().map(|arn| arn.resource);
        let local = resource.as_deref().ok().and_then(|resource| resource.strip_prefix("parameter"));
        // An ARN drops the slash of a name that is a path; a name without further slashes stays as it is.
        let local = local.map(|name| match name.strip_prefix('/') {
            Some(rest) if !rest.contains('/') => rest,
            _ => name,
        });
        let (name, version) = local
            .unwrap_or(text)
            .split_once(':')
            .map_or((local.unwrap_or(text), None), |(n, v)| (n, Some(v)));
        Self {
            name: name.to_owned(),
            version: version.map(str::to_owned),
        }
    }

    fn not_found(&self) -> SsmError {
        SsmError::VersionNotFound {
            name: self.name.clone(),
            version: self.version.clone().unwrap_or_default(),
        }
    }

    fn version_of(&self, tx: &Tx, parameter: &Parameter) -> Result<Version, SsmError> {
        let Some(wanted) = &self.version else {
            return Ok(parameter.current.clone());
        };
        let number = wanted.parse().ok().or_else(|| parameter.labels.get(wanted).copied());
        number
            .and_then(|number| parameter.version(tx, number))
            .ok_or_else(|| self.not_found())
    }

    /// The parameter and version that are named, with the value.
    pub(super) fn resolve(&self, tx: &Tx, call: &Call, open: bool) -> Result<ParameterShape, SsmError> {
        let selector = self.version.as_ref().map(|version| format!(":{version}"));
        if public::is_public(&self.name) {
            let found = public::find(&call.place.region, &self.name).ok_or(SsmError::NotFound)?;
            let known = self.version.as_deref().is_none_or(|version| version == "1");
            return if known {
                Ok(ParameterShape { selector, ..found })
            } else {
                Err(self.not_found())
            };
        }
        let parameter = find(tx, call, &self.name)?;
        let shape = ParameterShape::of(tx, &parameter, &self.version_of(tx, &parameter)?, open)?;
        Ok(ParameterShape { selector, ..shape })
    }
}

/// The caller's own parameter of this name.
pub(super) fn find(tx: &Tx, call: &Call, name: &str) -> Result<Parameter, SsmError> {
    // An ARN cannot tell `x` from `/x`.
    let as_path = || tx.find::<Parameter>(&call.place, format!("/{name}"));
    tx.find(&call.place, name).or_else(as_path).ok_or(SsmError::NotFound)
}
