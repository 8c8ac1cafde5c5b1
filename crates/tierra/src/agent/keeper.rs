//! Keeps a worker running.

use std::ffi::OsString;
use std::io::Write;
use std::process::ChildStdin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{FAREWELL, WORKER_COMMAND, command, until_let_go};

/// Between a worker's death and the next one.
const PAUSE: Duration = Duration::from_millis(200);

/// Runs workers, one after the other, until standard input closes.
///
/// # Errors
/// Where a worker cannot be started.
pub fn keep(arguments: &[OsString]) -> std::io::Result<()> {
    let leash = Arc::new(Mutex::new(None));
    let ending = Arc::new(AtomicBool::new(false));
    let (watched, told) = (Arc::clone(&leash), Arc::clone(&ending));
    std::thread::spawn(move || {
        let in_order = until_let_go();
        told.store(true, Ordering::SeqCst);
        // The worker's leash is what ends it.
        let leash: Option<ChildStdin> = watched.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut leash) = leash.filter(|_| in_order) {
            // A worker that has ended already needs no farewell.
            let _ = leash.write_all(FAREWELL);
        }
    });
    while !ending.load(Ordering::SeqCst) {
        let mut worker = command(WORKER_COMMAND, arguments)?.spawn()?;
        *leash.lock().unwrap_or_else(PoisonError::into_inner) = worker.stdin.take();
        if ending.load(Ordering::SeqCst) {
            drop(leash.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
        let status = worker.wait()?;
        if !ending.load(Ordering::SeqCst) {
            tracing::error!(%status, "the agent's worker died; starting it again");
            std::thread::sleep(PAUSE);
        }
    }
    Ok(())
}
