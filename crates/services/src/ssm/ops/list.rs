//! `GetParametersByPath`, `DescribeParameters`.

use tierra_core::page::paginate;
use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::limit;
use crate::declare::{anything, operations};
use crate::ssm::api::{ParameterMetadata, ParameterShape, arns};
use crate::ssm::errors::SsmError;
use crate::ssm::filter::{ParameterStringFilter, ParametersFilter, is_below};
use crate::ssm::model::Parameter;
use crate::ssm::public;

/// Parameters of a page with values, at most.
const WITH_VALUES: i32 = 10;
/// Parameters of a page without values, at most.
const WITHOUT_VALUES: i32 = 50;

operations! { "ssm", SsmError;
    read GetParametersByPath(ByPathInput) -> ByPathOutput = by_path, on |_, input, call| arns(&call.place, [&input.path]);
    read DescribeParameters(DescribeInput) -> DescribeOutput = describe, on anything;
}

/// Input of [`GetParametersByPath`].
#[derive(Default, Shape)]
pub struct ByPathInput {
    pub(crate) path: String,
    pub(crate) recursive: Option<bool>,
    pub(crate) parameter_filters: Vec<ParameterStringFilter>,
    pub(crate) with_decryption: Option<bool>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
}

/// A page of parameters.
#[derive(Default, Shape)]
pub struct ByPathOutput {
    pub(crate) parameters: Vec<ParameterShape>,
    pub(crate) next_token: Option<String>,
}

/// Input of [`DescribeParameters`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    pub(crate) filters: Vec<ParametersFilter>,
    pub(crate) parameter_filters: Vec<ParameterStringFilter>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
}

/// A page of parameters without values.
#[derive(Default, Shape)]
pub struct DescribeOutput {
    pub(crate) parameters: Vec<ParameterMetadata>,
    pub(crate) next_token: Option<String>,
}

fn filtered(tx: &Tx, call: &Call, filters: &[ParameterStringFilter]) -> Result<Vec<Parameter>, SsmError> {
    let mut passed = Vec::new();
    for parameter in tx.list::<Parameter>(&call.place) {
        let passes = filters
            .iter()
            .map(|filter| filter.passes(&parameter))
            .collect::<Result<Vec<_>, _>>()?;
        if passes.into_iter().all(|passes| passes) {
            passed.push(parameter);
        }
    }
    Ok(passed)
}

fn by_path(tx: &mut Tx, call: &Call, input: ByPathInput) -> Result<ByPathOutput, SsmError> {
    if !input.path.starts_with('/') {
        return Err(SsmError::Invalid {
            reason: "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\"."
                .to_owned(),
        });
    }
    let (open, recursive) = (input.with_decryption == Some(true), input.recursive == Some(true));
    let mut found = Vec::new();
    if public::is_public(&format!("{}/", input.path.trim_end_matches('/'))) {
        found = public::all(&call.place.region);
    } else {
        for parameter in filtered(tx, call, &input.parameter_filters)? {
            found.push(ParameterShape::of(tx, &parameter, &parameter.current, open)?);
        }
    }
    found.retain(|shape| is_below(&shape.name, &input.path, recursive));
    found.sort_by(|a, b| a.name.cmp(&b.name));
    let most = limit(input.max_results, WITH_VALUES);
    let page = paginate(found, |shape| shape.name.clone(), input.next_token.as_deref(), most)?;
    Ok(ByPathOutput {
        parameters: page.items,
        next_token: page.next,
    })
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<DescribeOutput, SsmError> {
    let mut filters = input.parameter_filters;
    filters.extend(input.filters.into_iter().map(ParameterStringFilter::from));
    let found = filtered(tx, call, &filters)?;
    let most = limit(input.max_results, WITHOUT_VALUES);
    let page = paginate(found, |parameter| parameter.name.clone(), input.next_token.as_deref(), most)?;
    Ok(DescribeOutput {
        parameters: page.items.iter().map(ParameterMetadata::of).collect(),
        next_token: page.next,
    })
}
