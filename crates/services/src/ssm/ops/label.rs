//! `LabelParameterVersion`, `UnlabelParameterVersion`.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use crate::declare::operations;
use crate::ssm::api::{arns, number};
use crate::ssm::errors::SsmError;
use crate::ssm::limits;
use crate::ssm::model::Parameter;
use crate::ssm::selector::find;

operations! { "ssm", SsmError;
    write LabelParameterVersion(LabelInput) -> LabelOutput = label, on |_, input, call| arns(&call.place, [&input.name]);
    write UnlabelParameterVersion(LabelInput) -> UnlabelOutput = unlabel, on |_, input, call| arns(&call.place, [&input.name]);
}

/// A version and labels.
#[derive(Default, Shape)]
pub struct LabelInput {
    pub(crate) name: String,
    pub(crate) parameter_version: Option<i64>,
    pub(crate) labels: Vec<String>,
}

/// The version that has the labels now, and the labels that cannot be ones.
#[derive(Default, Shape)]
pub struct LabelOutput {
    pub(crate) invalid_labels: Vec<String>,
    parameter_version: i64,
}

/// The labels that are gone, and those that the version did not have.
#[derive(Default, Shape)]
pub struct UnlabelOutput {
    pub(crate) removed_labels: Vec<String>,
    pub(crate) invalid_labels: Vec<String>,
}

/// The number of the version that is meant: the newest where none is given.
fn version_of(tx: &Tx, parameter: &Parameter, wanted: Option<i64>) -> Result<u64, SsmError> {
    let Some(wanted) = wanted else {
        return Ok(parameter.current.number);
    };
    let found = u64::try_from(wanted).ok().and_then(|number| parameter.version(tx, number));
    found.map(|version| version.number).ok_or_else(|| SsmError::VersionNotFound {
        name: parameter.name.clone(),
        version: wanted.to_string(),
    })
}

fn label(tx: &mut Tx, call: &Call, input: LabelInput) -> Result<LabelOutput, SsmError> {
    let mut parameter = find(tx, call, &input.name)?;
    let version = version_of(tx, &parameter, input.parameter_version)?;
    let (valid, invalid_labels): (Vec<_>, Vec<_>) = input.labels.into_iter().partition(|label| limits::is_label(label));
    parameter.labels.extend(valid.into_iter().map(|label| (label, version)));
    if parameter.labels_of(version).len() > limits::LABELS {
        return Err(SsmError::Labels);
    }
    tx.save(parameter);
    Ok(LabelOutput {
        invalid_labels,
        parameter_version: number(version),
    })
}

fn unlabel(tx: &mut Tx, call: &Call, input: LabelInput) -> Result<UnlabelOutput, SsmError> {
    let mut parameter = find(tx, call, &input.name)?;
    let version = version_of(tx, &parameter, input.parameter_version)?;
    let has = |label: &String| parameter.labels.get(label) == Some(&version);
    let (removed_labels, invalid_labels): (Vec<_>, Vec<_>) = input.labels.into_iter().partition(has);
    parameter.labels.retain(|label, _| !removed_labels.contains(label));
    tx.save(parameter);
    Ok(UnlabelOutput {
        removed_labels,
        invalid_labels,
    })
}
