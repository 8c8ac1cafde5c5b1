//! How a task that waits for a target is told that it need not: the target has left, or was silent for too long.

use std::cell::{Cell, RefCell};
use std::task::{Context, Waker};

/// One for each connection to a target. Once it has rung, the connection is over.
#[derive(Debug, Default)]
pub struct Bell {
    rung: Cell<bool>,
    sleeper: RefCell<Option<Waker>>,
}

impl Bell {
    /// Wakes whoever waits.
    pub fn ring(&self) {
        self.rung.set(true);
        if let Some(sleeper) = self.sleeper.take() {
            sleeper.wake();
        }
    }

    /// Whether it has rung.
    pub fn is_rung(&self) -> bool {
        self.rung.get()
    }

    /// Whether it has rung; if not, the task is woken when it does.
    pub fn has_rung(&self, cx: &Context<'_>) -> bool {
        if !self.rung.get() {
            let mut sleeper = self.sleeper.borrow_mut();
            if !sleeper.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
                *sleeper = Some(cx.waker().clone());
            }
        }
        self.rung.get()
    }
}
