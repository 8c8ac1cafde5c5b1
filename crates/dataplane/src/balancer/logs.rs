//! Lines of access logs on their way from the threads to whoever takes them.
//!
//! **Invariant**: bounded at each place; what does not fit is lost and counted, a request never waits for it. What was handed
//! out is kept until it is acknowledged.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::control::LogBatch;

/// Lines between the threads and the one that keeps them.
const UNDER_WAY: usize = 8 * 1024;
/// Lines that are kept.
const KEPT: usize = 200_000;
/// Lines of one batch.
pub const BATCH: usize = 10_000;

/// A thread's end.
#[derive(Clone, Debug)]
pub struct LogLines {
    lines: mpsc::Sender<String>,
    lost: Arc<AtomicU64>,
}

impl LogLines {
    /// Hands a line on.
    pub fn push(&self, line: String) {
        if self.lines.try_send(line).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The lines that nobody has taken yet.
#[derive(Debug)]
pub struct LogStore {
    incoming: mpsc::Receiver<String>,
    lost: Arc<AtomicU64>,
    waiting: VecDeque<String>,
    batch: LogBatch,
}

/// Both ends.
pub fn channel() -> (LogLines, LogStore) {
    let (lines, incoming) = mpsc::channel(UNDER_WAY);
    let lost = Arc::new(AtomicU64::new(0));
    let store = LogStore {
        incoming,
        lost: Arc::clone(&lost),
        waiting: VecDeque::new(),
        batch: LogBatch::default(),
    };
    (LogLines { lines, lost }, store)
}

impl LogStore {
    /// Takes over what the threads have made.
    pub fn collect(&mut self) {
        while let Ok(line) = self.incoming.try_recv() {
            if self.waiting.len() == KEPT {
                self.waiting.pop_front();
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
            self.waiting.push_back(line);
        }
    }

    /// Lines that are kept, as of the last look at the threads.
    pub fn waiting(&self) -> u64 {
        (self.waiting.len() + self.batch.lines.len()) as u64
    }

    /// The next batch once the last is acknowledged; until then the last again.
    pub fn take(&mut self, acknowledged: u64) -> LogBatch {
        self.collect();
        let lost = self.lost.swap(0, Ordering::Relaxed);
        self.batch.lost += lost;
        if self.batch.lines.is_empty() || acknowledged == self.batch.batch {
            let lost = if acknowledged == self.batch.batch { lost } else { self.batch.lost };
            let count = BATCH.min(self.waiting.len());
            self.batch = LogBatch {
                batch: self.batch.batch + 1,
                lines: self.waiting.drain(..count).collect(),
                lost,
            };
        }
        self.batch.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_given_until_it_is_acknowledged() {
        let (lines, mut store) = channel();
        lines.push("a".to_owned());
        let first = store.take(0);
        assert_eq!((first.batch, first.lines.as_slice()), (1, ["a".to_owned()].as_slice()));
        lines.push("b".to_owned());
        assert_eq!(store.take(0), first);
        let second = store.take(1);
        assert_eq!((second.batch, second.lines.as_slice()), (2, ["b".to_owned()].as_slice()));
        assert!(store.take(2).lines.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let (lines, mut store) = channel();
        for _ in 0..UNDER_WAY + 3 {
            lines.push("x".to_owned());
        }
        assert_eq!(store.take(0).lost, 3);
    }
}
