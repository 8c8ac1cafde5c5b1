//! Work that blocks: it waits for a disk, or computes for a while.
//!
//! **Invariant**: services hand work to another thread here and nowhere else, so that a simulation, which has no other, plays in one
//! order.

use tokio::task::spawn_blocking;

/// Where work that blocks is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocking {
    /// On threads beside the tasks.
    OnThreads,
    /// Here and now, as a simulation does.
    InPlace,
}

/// The work panicked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("work on a thread panicked: {0}")]
pub struct Panicked(String);

impl Blocking {
    /// Does `work`, without holding up the tasks beside the caller's. It goes on where nobody waits for it any more.
    ///
    /// # Errors
    /// Where it panics on its thread.
    pub async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Panicked> {
        match self {
            Self::OnThreads => spawn_blocking(work).await.map_err(|panic| Panicked(panic.to_string())),
            Self::InPlace => Ok(work()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::thread;

    use super::*;

    #[tokio::test]
    async fn work_is_done_here_or_elsewhere() {
        let here = thread::current().id();
        assert!(Blocking::InPlace.run(move || thread::current().id() == here).await.unwrap());
        assert!(!Blocking::OnThreads.run(move || thread::current().id() == here).await.unwrap());
    }

    #[tokio::test]
    async fn a_panic_on_a_thread_is_an_error() {
        let panicked = Blocking::OnThreads.run(|| panic!("simulated")).await;
        assert!(panicked.is_err());
    }
}
