//! `DescribeAlarmHistory`.

use tierra_core::page::paginate;
use tierra_core::{Call, Tx};
use tierra_model::{Shape, Timestamp};

use super::describe::AlarmType;
use super::get_data::ScanBy;
use crate::cloudwatch::alarm::model::{Event, EventKind, arn};
use crate::cloudwatch::errors::CloudWatchError;
use crate::declare::operations;

/// Events of a page.
const LISTED: i32 = 100;

operations! { "cloudwatch", CloudWatchError;
    read DescribeAlarmHistory(HistoryInput) -> HistoryOutput = history,
        on |_, input, call| input.alarm_name.iter().map(|name| arn(&call.place, name)).collect();
}

/// Input of [`DescribeAlarmHistory`].
#[derive(Default, Shape)]
pub struct HistoryInput {
    pub(crate) alarm_name: Option<String>,
    pub(crate) alarm_types: Vec<AlarmType>,
    pub(crate) history_item_type: Option<EventKind>,
    pub(crate) start_date: Option<Timestamp>,
    pub(crate) end_date: Option<Timestamp>,
    pub(crate) max_records: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) scan_by: Option<ScanBy>,
}

/// A page of what happened.
#[derive(Default, Shape)]
pub struct HistoryOutput {
    pub(crate) alarm_history_items: Vec<AlarmHistoryItem>,
    pub(crate) next_token: Option<String>,
}

/// Something that happened.
#[derive(Clone, Default, Shape)]
pub struct AlarmHistoryItem {
    alarm_name: String,
    alarm_type: String,
    timestamp: Timestamp,
    pub(crate) history_item_type: EventKind,
    pub(crate) history_summary: String,
    history_data: String,
}

fn history(tx: &mut Tx, call: &Call, input: HistoryInput) -> Result<HistoryOutput, CloudWatchError> {
    let are_asked = input.alarm_types.is_empty() || input.alarm_types.contains(&AlarmType::Metric);
    let mut events = tx.list::<Event>(&call.place);
    events.retain(|event| {
        are_asked
            && input.alarm_name.as_ref().is_none_or(|name| *name == event.alarm)
            && input.history_item_type.is_none_or(|kind| kind == event.kind)
            && input.start_date.is_none_or(|start| event.at >= start)
            && input.end_date.is_none_or(|end| event.at <= end)
    });
    let ascends = input.scan_by == Some(ScanBy::Ascending);
    if !ascends {
        events.reverse();
    }
    // Tokens name the last item told: where the newest come first, the token's order is the other way round.
    let count = events.len();
    let numbered: Vec<(usize, Event)> = events.into_iter().enumerate().collect();
    let place = |(number, _): &(usize, Event)| format!("{:08}", if ascends { *number } else { number + 1_000_000 - count });
    let most = usize::try_from(input.max_records.unwrap_or(LISTED).clamp(1, LISTED)).unwrap_or(1);
    let page = paginate(numbered, place, input.next_token.as_deref(), most)?;
    Ok(HistoryOutput {
        alarm_history_items: page.items.into_iter().map(|(_, event)| AlarmHistoryItem::of(event)).collect(),
        next_token: page.next,
    })
}

impl AlarmHistoryItem {
    fn of(event: Event) -> Self {
        Self {
            alarm_name: event.alarm,
            alarm_type: AlarmType::Metric.word().to_owned(),
            timestamp: event.at,
            history_item_type: event.kind,
            history_summary: event.summary,
            history_data: event.data,
        }
    }
}
