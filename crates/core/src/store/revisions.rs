//! Who waits for the next commit, and hears of it.
//!
//! **Invariant**: waiters hear in the order in which they began to wait. tokio's `watch` spreads them over shards by chance, which no
//! seed can bring back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;

/// The newest revision, as the writer tells it.
#[derive(Debug)]
pub(super) struct Teller(Arc<Told>);

#[derive(Debug)]
struct Told {
    revision: AtomicU64,
    news: Notify,
}

impl Teller {
    pub(super) fn new(revision: u64) -> Self {
        Self(Arc::new(Told {
            revision: AtomicU64::new(revision),
            news: Notify::new(),
        }))
    }

    /// Tells it to all who wait. Whoever tells late takes nothing back.
    pub(super) fn tell(&self, revision: u64) {
        self.0.revision.fetch_max(revision, Ordering::SeqCst);
        self.0.news.notify_waiters();
    }

    pub(super) fn listen(&self) -> Revisions {
        Revisions {
            told: Arc::clone(&self.0),
            seen: self.0.revision.load(Ordering::SeqCst),
        }
    }
}

/// A view on the newest revision.
#[derive(Debug)]
pub struct Revisions {
    told: Arc<Told>,
    seen: u64,
}

impl Revisions {
    /// The newest revision.
    pub fn newest(&self) -> u64 {
        self.told.revision.load(Ordering::SeqCst)
    }

    /// The newest revision, which counts as seen from now on.
    pub fn see(&mut self) -> u64 {
        self.seen = self.newest();
        self.seen
    }

    /// Waits until there is a revision that was not seen yet. Losing this future loses nothing.
    pub async fn changed(&self) {
        loop {
            // Made before the look, so that what is told in between is heard.
            let news = self.told.news.notified();
            if self.newest() != self.seen {
                return;
            }
            news.await;
        }
    }
}
