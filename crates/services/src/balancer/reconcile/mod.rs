//! How nodes follow their rows.
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Rooms;

/// Starts what follows balancers; it ends when `stop` says true.
pub fn start(_rooms: &Rooms, _stop: &watch::Receiver<bool>, _tasks: &mut JoinSet<()>) {}
