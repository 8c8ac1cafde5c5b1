//! `GetParameter`, `GetParameters`.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::few;
use crate::declare::operations;
use crate::ssm::api::{ParameterShape, arns};
use crate::ssm::errors::SsmError;
use crate::ssm::selector::Selector;

operations! { "ssm", SsmError;
    read GetParameter(GetParameterInput) -> GetParameterOutput = get, on |_, input, call| arns(&call.place, [&input.name]);
    read GetParameters(GetParametersInput) -> GetParametersOutput = get_many, on |_, input, call| arns(&call.place, &input.names);
}

/// Input of [`GetParameter`].
#[derive(Default, Shape)]
pub struct GetParameterInput {
    pub(crate) name: String,
    pub(crate) with_decryption: Option<bool>,
}

/// A parameter.
#[derive(Default, Shape)]
pub struct GetParameterOutput {
    pub(crate) parameter: ParameterShape,
}

/// Input of [`GetParameters`].
#[derive(Default, Shape)]
pub struct GetParametersInput {
    pub(crate) names: Vec<String>,
    pub(crate) with_decryption: Option<bool>,
}

/// What was found, and what was not.
#[derive(Default, Shape)]
pub struct GetParametersOutput {
    pub(crate) parameters: Vec<ParameterShape>,
    pub(crate) invalid_parameters: Vec<String>,
}

fn get(tx: &mut Tx, call: &Call, input: GetParameterInput) -> Result<GetParameterOutput, SsmError> {
    let open = input.with_decryption == Some(true);
    let parameter = Selector::parse(&input.name).resolve(tx, call, open)?;
    Ok(GetParameterOutput { parameter })
}

fn get_many(tx: &mut Tx, call: &Call, input: GetParametersInput) -> Result<GetParametersOutput, SsmError> {
    few(&input.names)?;
    let open = input.with_decryption == Some(true);
    let mut output = GetParametersOutput::default();
    for name in input.names {
        match Selector::parse(&name).resolve(tx, call, open) {
            Ok(found) if output.parameters.contains(&found) => {}
            Ok(found) => output.parameters.push(found),
            Err(SsmError::NotFound | SsmError::VersionNotFound { .. }) => output.invalid_parameters.push(name),
            Err(other) => return Err(other),
        }
    }
    Ok(output)
}
