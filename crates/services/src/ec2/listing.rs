//! What every Describe operation does: take the rows that are asked for, show them, filter, cut a page.
//! Follows the page "Pagination" of the EC2 API reference.

use std::fmt::Display;

use tierra_core::page::{Page, paginate};
use tierra_core::{AwsError, Place, Resource, Tx};

use super::errors::Ec2Error;
use super::filter::{self, Filter, Filterable};

/// Items of a page at least.
const PAGE_LEAST: i32 = 5;
/// Items of a page at most.
const PAGE_MOST: i32 = 1000;

/// Which of the described a caller wants, and how many at once.
pub struct Query<'a> {
    pub filters: &'a [Filter],
    pub max_results: Option<i32>,
    pub next_token: Option<&'a str>,
}

/// What a Describe operation shows.
pub trait Described: Filterable {
    /// The operation's parameter of ids: `vpcIds`.
    const IDS: &'static str;
    /// Its id.
    fn id(&self) -> String;
}

/// The rows of these ids, or all where none is named.
///
/// # Errors
/// `missing`, of the first id that is not there.
pub fn rows<R: Resource, I: Display, E: Into<AwsError>>(
    tx: &Tx,
    place: &Place,
    ids: &[I],
    missing: impl Fn(&I) -> E,
) -> Result<Vec<R>, AwsError> {
    if ids.is_empty() {
        return Ok(tx.list(place));
    }
    ids.iter().map(|id| tx.find(place, id).ok_or_else(|| missing(id).into())).collect()
}

/// What a Describe operation answers: the rows of these ids (or all), shown, filtered, one page of them.
///
/// # Errors
/// As [`rows`] and [`page`].
pub fn describe<R: Resource, V: Described, I: Display, E: Into<AwsError>>(
    tx: &Tx,
    place: &Place,
    ids: &[I],
    missing: impl Fn(&I) -> E,
    show: fn(&Tx, &R) -> V,
    query: &Query<'_>,
) -> Result<Page<V>, AwsError> {
    let shown = rows(tx, place, ids, missing)?.iter().map(|row| show(tx, row)).collect();
    page(shown, !ids.is_empty(), query)
}

/// One page of what the filters let through, in the order of ids.
///
/// # Errors
/// Where a filter, the page size or the token is invalid, or a page size is given beside ids.
pub fn page<T: Described>(items: Vec<T>, by_id: bool, query: &Query<'_>) -> Result<Page<T>, AwsError> {
    let limit = page_size(query.max_results)?;
    if by_id && query.max_results.is_some() {
        return Err(Ec2Error::PageOfIds { ids: T::IDS }.into());
    }
    let mut items = filter::apply(items, query.filters)?;
    items.sort_by_key(Described::id);
    paginate(items, Described::id, query.next_token, limit).map_err(|_| Ec2Error::Token.into())
}

fn page_size(asked: Option<i32>) -> Result<usize, Ec2Error> {
    match asked {
        None => Ok(usize::MAX),
        Some(value) if (PAGE_LEAST..=PAGE_MOST).contains(&value) => Ok(value.unsigned_abs() as usize),
        Some(value) => Err(Ec2Error::PageSize {
            value,
            least: PAGE_LEAST,
            most: PAGE_MOST,
        }),
    }
}

/// The members that every paged Describe input has, as a [`Query`].
macro_rules! query {
    ($input:expr) => {
        $crate::ec2::listing::Query {
            filters: &$input.filters,
            max_results: $input.max_results,
            next_token: $input.next_token.as_deref(),
        }
    };
}
pub(crate) use query;
