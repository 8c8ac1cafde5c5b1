//! `GetParameterHistory`.

use tierra_core::page::paginate;
use tierra_core::{Call, Tx};
use tierra_model::{Shape, Timestamp};

use super::limit;
use crate::declare::operations;
use crate::ssm::api::{arns, number};
use crate::ssm::errors::SsmError;
use crate::ssm::model::{Parameter, ParameterType, Tier, Version, owner};
use crate::ssm::selector::find;

/// Versions of a page, at most.
const MOST: i32 = 50;

operations! { "ssm", SsmError;
    read GetParameterHistory(HistoryInput) -> HistoryOutput = history, on |_, input, call| arns(&call.place, [&input.name]);
}

/// Input of [`GetParameterHistory`].
#[derive(Default, Shape)]
pub struct HistoryInput {
    pub(crate) name: String,
    pub(crate) with_decryption: Option<bool>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
}

/// One version.
#[derive(Default, Shape)]
pub struct ParameterHistory {
    name: String,
    #[shape("Type")]
    kind: ParameterType,
    key_id: Option<String>,
    last_modified_date: Timestamp,
    last_modified_user: String,
    description: Option<String>,
    pub(crate) value: String,
    allowed_pattern: Option<String>,
    pub(crate) version: i64,
    pub(crate) labels: Vec<String>,
    tier: Tier,
    data_type: String,
}

/// A page of versions, oldest first.
#[derive(Default, Shape)]
pub struct HistoryOutput {
    pub(crate) parameters: Vec<ParameterHistory>,
    next_token: Option<String>,
}

fn history(tx: &mut Tx, call: &Call, input: HistoryInput) -> Result<HistoryOutput, SsmError> {
    let parameter = find(tx, call, &input.name)?;
    let numbers = parameter.oldest..=parameter.current.number;
    let versions: Vec<Version> = numbers.filter_map(|number| parameter.version(tx, number)).collect();
    let most = limit(input.max_results, MOST);
    let page = paginate(
        versions,
        |version| format!("{:020}", version.number),
        input.next_token.as_deref(),
        most,
    )?;
    let open = input.with_decryption == Some(true);
    let told = page.items.into_iter().map(|version| shape(tx, &parameter, version, open));
    Ok(HistoryOutput {
        parameters: told.collect::<Result<_, _>>()?,
        next_token: page.next,
    })
}

fn shape(tx: &Tx, parameter: &Parameter, version: Version, open: bool) -> Result<ParameterHistory, SsmError> {
    let value = version
        .value
        .text(tx, &owner(&parameter.place, &parameter.name, version.number), open)?;
    Ok(ParameterHistory {
        name: parameter.name.clone(),
        kind: parameter.kind,
        key_id: version.key_id,
        last_modified_date: version.modified,
        last_modified_user: version.modified_by,
        description: version.description,
        value,
        allowed_pattern: version.allowed_pattern,
        version: number(version.number),
        labels: parameter.labels_of(version.number),
        tier: version.tier,
        data_type: version.data_type,
    })
}
