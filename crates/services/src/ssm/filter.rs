//! What listings are narrowed by. Follows the API page "ParameterStringFilter".

use tierra_model::Shape;

use super::errors::SsmError;
use super::model::Parameter;

/// A key, how its values are meant, and the values: any of them will do.
#[derive(Clone, Default, Shape)]
pub struct ParameterStringFilter {
    pub(super) key: String,
    pub(super) option: Option<String>,
    pub(super) values: Vec<String>,
}

/// The older form, without option: names by their beginning.
#[derive(Clone, Default, Shape)]
pub struct ParametersFilter {
    key: String,
    values: Vec<String>,
}

impl From<ParametersFilter> for ParameterStringFilter {
    fn from(old: ParametersFilter) -> Self {
        let option = if old.key == "Name" { "BeginsWith" } else { "Equals" };
        Self {
            key: old.key,
            option: Some(option.to_owned()),
            values: old.values,
        }
    }
}

#[derive(Clone, Copy)]
enum Fit {
    Equals,
    BeginsWith,
    Contains,
}

impl Fit {
    fn of(self, actual: &str, wanted: &str) -> bool {
        match self {
            Self::Equals => actual == wanted,
            Self::BeginsWith => actual.starts_with(wanted),
            Self::Contains => actual.contains(wanted),
        }
    }
}

impl ParameterStringFilter {
    /// Whether a parameter passes.
    ///
    /// # Errors
    /// Where key or option do not exist.
    pub(super) fn passes(&self, parameter: &Parameter) -> Result<bool, SsmError> {
        if self.key == "Path" {
            let recursive = self.recursive()?;
            return Ok(self.values.iter().any(|path| is_below(&parameter.name, path, recursive)));
        }
        let fit = self.fit()?;
        let actual = self.actual(parameter)?;
        let any = |actual: &String| self.values.is_empty() || self.values.iter().any(|wanted| fit.of(actual, wanted));
        Ok(actual.iter().any(any))
    }

    fn recursive(&self) -> Result<bool, SsmError> {
        match self.option.as_deref() {
            Some("Recursive") => Ok(true),
            Some("OneLevel") | None => Ok(false),
            Some(other) => Err(SsmError::FilterOption { option: other.to_owned() }),
        }
    }

    fn fit(&self) -> Result<Fit, SsmError> {
        match self.option.as_deref() {
            Some("Equals") | None => Ok(Fit::Equals),
            Some("BeginsWith") => Ok(Fit::BeginsWith),
            Some("Contains") if self.key == "Name" => Ok(Fit::Contains),
            Some(other) => Err(SsmError::FilterOption { option: other.to_owned() }),
        }
    }

    fn actual(&self, parameter: &Parameter) -> Result<Vec<String>, SsmError> {
        let current = &parameter.current;
        Ok(match self.key.as_str() {
            "Name" => vec![parameter.name.clone()],
            "Type" => vec![parameter.kind.to_string()],
            "KeyId" => current.key_id.iter().cloned().collect(),
            "Tier" => vec![current.tier.to_string()],
            "DataType" => vec![current.data_type.clone()],
            "Label" => parameter.labels.keys().cloned().collect(),
            key => match key.strip_prefix("tag:") {
                Some(tag) => parameter.tags.get(tag).map(str::to_owned).into_iter().collect(),
                None => return Err(SsmError::FilterKey { key: key.to_owned() }),
            },
        })
    }
}

/// Whether a name lies below a path, directly or at any depth.
pub(super) fn is_below(name: &str, path: &str, recursive: bool) -> bool {
    let folder = format!("{}/", path.trim_end_matches('/'));
    let rest = name.strip_prefix(&folder);
    rest.is_some_and(|rest| !rest.is_empty() && (recursive || !rest.contains('/')))
}
