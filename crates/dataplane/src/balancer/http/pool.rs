//! Connections that wait for the next request.

use std::cell::RefCell;
use std::time::{Duration, Instant};

/// Connections to one target that are kept when nothing is asked of them.
const KEPT: usize = 256;

/// Connections of one kind to one target.
#[derive(Debug)]
pub struct Pool<C>(RefCell<Vec<(C, Instant)>>);

impl<C> Default for Pool<C> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<C> Pool<C> {
    /// The connection that was used last of those that are still good; the others are closed.
    pub fn take(&self, mut good: impl FnMut(&mut C) -> bool) -> Option<C> {
        let mut all = self.0.borrow_mut();
        std::iter::from_fn(|| all.pop())
            .map(|(connection, _)| connection)
            .find_map(|mut connection| good(&mut connection).then_some(connection))
    }

    /// Keeps a connection, where there are not too many.
    pub fn keep(&self, connection: C) {
        let mut all = self.0.borrow_mut();
        if all.len() < KEPT {
            all.push((connection, Instant::now()));
        }
    }

    /// Closes those that are no good, or have waited for so long.
    pub fn sweep(&self, limit: Duration, mut good: impl FnMut(&mut C) -> bool) {
        self.0
            .borrow_mut()
            .retain_mut(|(connection, since)| since.elapsed() < limit && good(connection));
    }

    /// Closes all.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}
