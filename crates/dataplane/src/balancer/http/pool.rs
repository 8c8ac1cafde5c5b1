//! Connections that wait for the next request.

use std::cell::RefCell;

/// Connections to one target that are kept when nothing is asked of them.
const KEPT: usize = 256;

/// Connections of one kind to one target, and how often each was swept past. Their age is counted and not measured: every request
/// would have to ask for the time.
#[derive(Debug)]
pub struct Pool<C>(RefCell<Vec<(C, u32)>>);

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
            all.push((connection, 0));
        }
    }

    /// Closes those that are no good, or have waited for more than so many sweeps.
    pub fn sweep(&self, limit: u32, mut good: impl FnMut(&mut C) -> bool) {
        self.0.borrow_mut().retain_mut(|(connection, swept)| {
            *swept += 1;
            *swept <= limit && good(connection)
        });
    }

    /// Closes all.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_is_taken_first_and_the_old_go() {
        let pool = Pool::default();
        [1, 2, 3].into_iter().for_each(|connection| pool.keep(connection));
        assert_eq!(pool.take(|connection| *connection != 3), Some(2), "3 was no good");
        pool.keep(4);
        pool.sweep(2, |connection| *connection != 4);
        pool.keep(5);
        pool.sweep(2, |_| true);
        pool.sweep(2, |_| true);
        assert_eq!(pool.take(|_| true), Some(5), "1 was swept past three times");
        assert_eq!(pool.take(|_| true), None);
    }
}
