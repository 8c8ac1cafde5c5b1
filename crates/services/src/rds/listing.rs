//! What every Describe operation does: filter what is shown, cut a page. Follows the API page "Filter".

use tierra_core::page::{Page, paginate};
use tierra_model::Shape;

use super::errors::RdsError;

/// Records of a page: the least, the most and what is usual.
const RECORDS: std::ops::RangeInclusive<i32> = 20..=100;
const USUAL: i32 = 100;

/// One filter: any of its values will do.
#[derive(Clone, Debug, Default, Shape)]
pub struct Filter {
    pub(crate) name: String,
    pub(crate) values: Vec<String>,
}

/// The name of a filter and what of an item it looks at.
pub(super) type Field<T> = (&'static str, fn(&T) -> Vec<String>);

/// The part of a Describe input that says which, how many, and from where on.
pub(super) struct Query<'a> {
    pub(super) filters: &'a [Filter],
    pub(super) max_records: Option<i32>,
    pub(super) marker: Option<&'a str>,
}

/// The members that every paged Describe input has, as a [`Query`].
macro_rules! query {
    ($input:expr) => {
        $crate::rds::listing::Query {
            filters: &$input.filters,
            max_records: $input.max_records,
            marker: $input.marker.as_deref(),
        }
    };
}
pub(super) use query;

/// One page of what the filters let through, in the order of `key`.
///
/// # Errors
/// Where a filter is unknown, the page size is out of bounds, or the marker was not given here.
pub(super) fn page<T>(mut items: Vec<T>, fields: &[Field<T>], key: impl Fn(&T) -> String, query: &Query<'_>) -> Result<Page<T>, RdsError> {
    for filter in query.filters {
        let unknown = || RdsError::value(format!("Unrecognized filter name: {}", filter.name));
        let (_, look) = fields.iter().find(|(name, _)| *name == filter.name).ok_or_else(unknown)?;
        items.retain(|item| look(item).iter().any(|value| filter.values.contains(value)));
    }
    let size = query.max_records.unwrap_or(USUAL);
    if !RECORDS.contains(&size) {
        return Err(RdsError::value(format!(
            "Invalid value {size} for MaxRecords. Must be between 20 and 100"
        )));
    }
    items.sort_by_key(&key);
    let invalid = |_| RdsError::value("The marker provided in the request is invalid.");
    paginate(items, key, query.marker, size.unsigned_abs() as usize).map_err(invalid)
}
