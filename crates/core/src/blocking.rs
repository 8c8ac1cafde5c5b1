//! Work that blocks: it waits for a disk, or computes for a while.
//!
//! **Invariant**: services hand work to another thread here and nowhere else, so that a simulation, which has no other, plays in one
//! order.

use tokio::task::{JoinHandle, spawn_blocking};

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

/// Work that was begun. It goes on where nobody waits for it.
#[derive(Debug)]
pub struct Begun<T>(At<T>);

#[derive(Debug)]
enum At<T> {
    Thread(JoinHandle<T>),
    End(T),
}

impl Blocking {
    /// Begins `work`.
    pub fn begin<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Begun<T> {
        Begun(match self {
            Self::OnThreads => At::Thread(spawn_blocking(work)),
            Self::InPlace => At::End(work()),
        })
    }

    /// Does `work`, without holding up the tasks beside the caller's.
    ///
    /// # Errors
    /// Where it panics on its thread.
    pub async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Panicked> {
        self.begin(work).end().await
    }
}

impl<T> Begun<T> {
    /// Waits for what it gives.
    ///
    /// # Errors
    /// Where it panics on its thread.
    pub async fn end(self) -> Result<T, Panicked> {
        match self.0 {
            At::Thread(thread) => thread.await.map_err(|panic| Panicked(panic.to_string())),
            At::End(given) => Ok(given),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::thread;

    use super::*;

    #[tokio::test]
    async fn work_in_place_is_over_when_it_is_begun_and_work_on_threads_is_done_elsewhere() {
        let here = thread::current().id();
        let begun = Blocking::InPlace.begin(move || thread::current().id() == here);
        assert!(matches!(begun.0, At::End(true)));
        assert!(!Blocking::OnThreads.run(move || thread::current().id() == here).await.unwrap());
    }

    #[tokio::test]
    async fn a_panic_on_a_thread_is_an_error() {
        let panicked = Blocking::OnThreads.run(|| panic!("simulated")).await;
        assert!(panicked.is_err());
    }
}
