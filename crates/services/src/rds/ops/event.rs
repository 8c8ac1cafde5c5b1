//! `DescribeEvents`.

use tierra_core::{Call, Resource, Tx};
use tierra_model::{Shape, Timestamp};

use crate::declare::{anything, operations};
use crate::rds::errors::RdsError;
use crate::rds::listing::{self, Filter, query};
use crate::rds::model::{DbEvent, Source};

const MINUTE: i64 = 60 * 1000;
/// Minutes that are looked back at, where a caller does not say.
const USUAL: i32 = 60;

operations! { "rds", RdsError;
    read DescribeEvents(EventsInput) -> EventsOutput = describe, on anything;
}

/// Input of [`DescribeEvents`].
#[derive(Default, Shape)]
pub struct EventsInput {
    pub(crate) source_identifier: Option<String>,
    pub(crate) source_type: Option<Source>,
    pub(crate) start_time: Option<Timestamp>,
    pub(crate) end_time: Option<Timestamp>,
    pub(crate) duration: Option<i32>,
    pub(crate) event_categories: Vec<String>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) max_records: Option<i32>,
    pub(crate) marker: Option<String>,
}

/// A page of events.
#[derive(Default, Shape)]
pub struct EventsOutput {
    pub(crate) events: Vec<EventShape>,
    pub(crate) marker: Option<String>,
}

/// Something that happened.
#[derive(Default, Shape)]
pub struct EventShape {
    pub(crate) source_identifier: String,
    pub(crate) source_type: Source,
    pub(crate) message: String,
    pub(crate) event_categories: Vec<String>,
    pub(crate) date: Timestamp,
    pub(crate) source_arn: String,
}

impl From<DbEvent> for EventShape {
    fn from(event: DbEvent) -> Self {
        Self {
            source_identifier: event.of,
            source_type: event.source,
            message: event.message,
            event_categories: event.categories,
            date: event.date,
            source_arn: event.arn,
        }
    }
}

fn describe(tx: &mut Tx, call: &Call, input: EventsInput) -> Result<EventsOutput, RdsError> {
    if input.source_identifier.is_some() && input.source_type.is_none() {
        return Err(RdsError::combination(
            "SourceType must be provided when SourceIdentifier is specified.",
        ));
    }
    let until = input.end_time.unwrap_or(call.now);
    let since = input
        .start_time
        .unwrap_or_else(|| until.plus_millis(-i64::from(input.duration.unwrap_or(USUAL)) * MINUTE));
    let mut found: Vec<DbEvent> = tx.list(&call.place);
    found.retain(|event| {
        let wanted = &input.event_categories;
        (since..=until).contains(&event.date)
            && input.source_type.is_none_or(|kind| kind == event.source)
            && input.source_identifier.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(&event.of))
            && (wanted.is_empty() || event.categories.iter().any(|category| wanted.contains(category)))
    });
    let page = listing::page(found, &[], Resource::id, &query!(input))?;
    Ok(EventsOutput {
        events: page.items.into_iter().map(EventShape::from).collect(),
        marker: page.next,
    })
}
