//! `DescribeDBLogFiles`, `DownloadDBLogFilePortion`: what the engine wrote, asked of its node.

use async_trait::async_trait;
use tierra_core::operation::DataOperation;
use tierra_core::{Arn, AwsError, Call, Registry, Tx};
use tierra_model::Shape;

use super::instance::find;
use crate::Rooms;
use crate::node::NodeId;
use crate::rds::api::arns;
use crate::rds::engine::{
    Client,
    logs::{self, LogFile, PORTION_BYTES},
};
use crate::rds::errors::RdsError;
use crate::rds::listing::{self, Filter, query};
use crate::rds::reconcile::{ask::ask, wanted};

/// Lines of a portion where a caller does not say.
const LINES: usize = 10_000;

/// Declares the operations.
pub(super) fn register_data(registry: &mut Registry, rooms: &Rooms) {
    registry.data_operation(DescribeDBLogFiles { rooms: rooms.clone() });
    registry.data_operation(DownloadDBLogFilePortion { rooms: rooms.clone() });
}

/// Lists an instance's log files.
pub struct DescribeDBLogFiles {
    rooms: Rooms,
}

/// Reads a part of one.
pub struct DownloadDBLogFilePortion {
    rooms: Rooms,
}

/// Input of [`DescribeDBLogFiles`].
#[derive(Default, Shape)]
pub struct FilesInput {
    #[shape("DBInstanceIdentifier")]
    id: String,
    filename_contains: Option<String>,
    /// Milliseconds of Unix time: those written since.
    file_last_written: Option<i64>,
    /// Bytes: those that are larger.
    file_size: Option<i64>,
    filters: Vec<Filter>,
    max_records: Option<i32>,
    marker: Option<String>,
}

/// A page of log files.
#[derive(Default, Shape)]
pub struct FilesOutput {
    #[shape("DescribeDBLogFiles")]
    files: Vec<FileShape>,
    marker: Option<String>,
}

/// A log file.
#[derive(Default, Shape)]
pub struct FileShape {
    log_file_name: String,
    /// Milliseconds of Unix time.
    last_written: i64,
    /// Bytes.
    size: i64,
}

/// Input of [`DownloadDBLogFilePortion`].
#[derive(Default, Shape)]
pub struct PortionInput {
    #[shape("DBInstanceIdentifier")]
    id: String,
    log_file_name: String,
    /// Where to go on: `0` or what was answered before. `None`: the file's end.
    marker: Option<String>,
    number_of_lines: Option<i32>,
}

/// A part of a log file.
#[derive(Default, Shape)]
pub struct PortionOutput {
    log_file_data: Option<String>,
    marker: Option<String>,
    additional_data_pending: bool,
}

/// The node of an instance that runs.
fn node(rooms: &Rooms, call: &Call, id: &str) -> Result<NodeId, AwsError> {
    rooms.store.read(|tx| {
        let instance = find(tx, call, id)?;
        let node = wanted::node_of(tx, &instance).filter(crate::node::Node::runs);
        let stopped = || RdsError::InstanceState {
            id: instance.id.clone(),
            wanted: "available",
        };
        Ok(node.ok_or_else(stopped)?.id)
    })
}

async fn output(rooms: &Rooms, node: &NodeId, client: Client) -> Result<Vec<u8>, AwsError> {
    let unreachable = |reason: String| AwsError::from(RdsError::Unreachable { reason });
    match ask(rooms, node, client).await {
        Ok(Some(output)) => Ok(output.stdout),
        Ok(None) => Err(unreachable("The DB instance does not run.".to_owned())),
        Err(error) => Err(unreachable(error.to_string())),
    }
}

async fn files(rooms: &Rooms, node: &NodeId) -> Result<Vec<LogFile>, AwsError> {
    let listed = output(rooms, node, logs::list()).await?;
    Ok(logs::parse(&String::from_utf8_lossy(&listed)))
}

#[async_trait]
impl DataOperation for DescribeDBLogFiles {
    const SERVICE: &'static str = "rds";
    const NAME: &'static str = "DescribeDBLogFiles";
    type Input = FilesInput;
    type Output = FilesOutput;

    fn resources(&self, _: &Tx, input: &FilesInput, call: &Call) -> Vec<Arn> {
        arns(call, "db", &input.id)
    }

    async fn run(&self, call: &Call, input: FilesInput) -> Result<FilesOutput, AwsError> {
        let node = node(&self.rooms, call, &input.id)?;
        let mut found = files(&self.rooms, &node).await?;
        found.retain(|file| {
            input.filename_contains.as_deref().is_none_or(|part| file.name.contains(part))
                && input.file_last_written.is_none_or(|since| file.written >= since)
                && input.file_size.is_none_or(|least| size(file) > least)
        });
        let page = listing::page(found, &[], |file| file.name.clone(), &query!(input))?;
        let shape = |file: LogFile| FileShape {
            size: size(&file),
            log_file_name: file.name,
            last_written: file.written,
        };
        Ok(FilesOutput {
            files: page.items.into_iter().map(shape).collect(),
            marker: page.next,
        })
    }
}

fn size(file: &LogFile) -> i64 {
    i64::try_from(file.size).unwrap_or(i64::MAX)
}

#[async_trait]
impl DataOperation for DownloadDBLogFilePortion {
    const SERVICE: &'static str = "rds";
    const NAME: &'static str = "DownloadDBLogFilePortion";
    type Input = PortionInput;
    type Output = PortionOutput;

    fn resources(&self, _: &Tx, input: &PortionInput, call: &Call) -> Vec<Arn> {
        arns(call, "db", &input.id)
    }

    async fn run(&self, call: &Call, input: PortionInput) -> Result<PortionOutput, AwsError> {
        let node = node(&self.rooms, call, &input.id)?;
        let missing = || RdsError::LogFileNotFound {
            name: input.log_file_name.clone(),
        };
        let found = files(&self.rooms, &node).await?;
        let file = found
            .into_iter()
            .find(|file| file.name == input.log_file_name)
            .ok_or_else(missing)?;
        let from = match input.marker.as_deref() {
            Some(marker) => Some(
                marker
                    .parse::<u64>()
                    .map_err(|_| RdsError::value(format!("Invalid marker: {marker}")))?,
            ),
            None => None,
        };
        let lines = input.number_of_lines.map_or(Ok(LINES), usize::try_from);
        let lines = lines.map_err(|_| RdsError::value("NumberOfLines must not be negative"))?;
        let offset = from.unwrap_or_else(|| file.size.saturating_sub(PORTION_BYTES));
        let bytes = output(&self.rooms, &node, logs::read(&file.name, offset).ok_or_else(missing)?).await?;
        let (skipped, portion) = cut(&bytes, lines, from.is_none());
        let next = offset + (skipped + portion.len()) as u64;
        Ok(PortionOutput {
            log_file_data: Some(String::from_utf8_lossy(portion).into_owned()),
            marker: Some(next.to_string()),
            additional_data_pending: next < file.size,
        })
    }
}

/// The first or the last lines of what was read, and how many bytes lie before them.
fn cut(bytes: &[u8], lines: usize, last: bool) -> (usize, &[u8]) {
    let ends: Vec<usize> = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        })
        .collect();
    let end_of = |count: usize| {
        count
            .checked_sub(1)
            .map_or(0, |index| ends.get(index).copied().unwrap_or(bytes.len()))
    };
    match last {
        true => {
            let from = end_of(ends.len().saturating_sub(lines));
            (from, &bytes[from..])
        }
        false => (0, &bytes[..end_of(lines.min(ends.len()))]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_whole_lines_from_either_end() {
        for (text, lines, last, expected) in [
            ("a\nb\nc\n", 2, false, (0, "a\nb\n")),
            ("a\nb\nc\n", 2, true, (2, "b\nc\n")),
            ("a\nb", 9, false, (0, "a\nb")),
            ("a\nb", 1, true, (2, "b")),
            ("a\n", 0, false, (0, "")),
            ("", 5, true, (0, "")),
        ] {
            let (skipped, portion) = cut(text.as_bytes(), lines, last);
            assert_eq!((skipped, portion), (expected.0, expected.1.as_bytes()), "{text:?} {lines} {last}");
        }
    }
}
