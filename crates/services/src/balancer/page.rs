//! Pages of listings, as both balancer services cut them: `Marker`, `PageSize` from 1 to 400.

use tierra_core::AwsError;
use tierra_core::page::{Page, paginate};

/// Items of a page at most.
const PAGE: i32 = 400;

/// One page of `items`, in the order of `key`.
///
/// # Errors
/// `ValidationError` where the marker was not given here.
pub fn page<T>(mut items: Vec<T>, key: impl Fn(&T) -> String, marker: Option<&str>, page_size: Option<i32>) -> Result<Page<T>, AwsError> {
    items.sort_by_key(&key);
    let limit = usize::try_from(page_size.unwrap_or(PAGE).clamp(1, PAGE)).unwrap_or(1);
    paginate(items, key, marker, limit).map_err(|_| AwsError::new("ValidationError", 400, "Invalid marker"))
}
