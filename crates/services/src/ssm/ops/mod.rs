//! Parameter Store's operations.

pub(super) mod delete;
pub(super) mod get;
pub(super) mod history;
pub(super) mod label;
pub(super) mod list;
pub(super) mod put;
pub(super) mod tag;

use tierra_core::{AwsError, Call, Registry, Tx};

use super::errors::SsmError;
use super::selector::Selector;

/// Declares every operation.
pub(super) fn register(registry: &mut Registry) {
    delete::register(registry);
    get::register(registry);
    history::register(registry);
    label::register(registry);
    list::register(registry);
    put::register(registry);
    tag::register(registry);
}

/// The value of a parameter as a template's parameter or dynamic reference takes it (`name`, `name:version`); SecureStrings are opened.
///
/// # Errors
/// `ParameterNotFound`, `ParameterVersionNotFound`.
pub fn value(tx: &Tx, call: &Call, name: &str) -> Result<String, AwsError> {
    Ok(Selector::parse(name).resolve(tx, call, true)?.value)
}

/// The limit of a page.
fn limit(max_results: Option<i32>, most: i32) -> usize {
    usize::try_from(max_results.unwrap_or(most).clamp(1, most)).unwrap_or(1)
}

/// Checks how many names one call gives.
fn few(names: &[String]) -> Result<(), SsmError> {
    if names.len() <= super::limits::NAMES {
        return Ok(());
    }
    Err(SsmError::Invalid {
        reason: format!(
            "1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have length less than or equal to {}.",
            super::limits::NAMES
        ),
    })
}
