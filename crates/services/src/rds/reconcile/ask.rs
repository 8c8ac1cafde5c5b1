//! Commands inside an instance's node.

use std::time::Duration;

use tierra_core::DriverError;
use tierra_drivers::compute::inside::{Command, Output};

use crate::Rooms;
use crate::node::NodeId;
use crate::rds::engine::Client;

/// The longest that an engine may take to answer.
const BOUND: Duration = Duration::from_secs(30);

/// Runs a command in a node; `None` where the node does not run.
///
/// # Errors
/// Where the machine does not answer.
pub(in crate::rds) async fn ask(rooms: &Rooms, node: &NodeId, client: Client) -> Result<Option<Output>, DriverError> {
    let command = Command {
        argv: client.argv,
        env: Default::default(),
        stdin: client.stdin.into_bytes(),
        uid: 0,
        timeout: BOUND,
    };
    match rooms.exec.run(&node.to_string(), &command).await {
        Ok(output) => Ok(Some(output)),
        Err(DriverError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a command succeeds.
///
/// # Errors
/// As [`ask`].
pub(super) async fn succeeds(rooms: &Rooms, node: &NodeId, client: Client) -> Result<bool, DriverError> {
    Ok(ask(rooms, node, client).await?.is_some_and(|output| output.code == 0))
}

/// Has a command done.
///
/// # Errors
/// Where it does not succeed. What it said is not repeated: it may quote a password.
pub(super) async fn insist(rooms: &Rooms, node: &NodeId, client: Client, what: &'static str) -> Result<(), DriverError> {
    match succeeds(rooms, node, client).await? {
        true => Ok(()),
        false => Err(DriverError::failed(what, "the engine does not take it")),
    }
}
