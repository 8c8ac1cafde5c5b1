//! What has come of a request's body: for whoever waits for it, and for whoever writes down how it ended.

use std::cell::Cell;

/// How far a request's body has come.
#[derive(Debug, Default)]
pub struct Received {
    bytes: Cell<u64>,
    whole: Cell<bool>,
    awaited: Cell<bool>,
}

impl Received {
    /// So much of it went to the target; `whole` where that was all.
    pub fn note(&self, bytes: u64, whole: bool) {
        self.bytes.set(bytes);
        self.whole.set(whole);
    }

    /// Whether the client is to send now: the target has all that came.
    pub fn wait(&self, awaited: bool) {
        self.awaited.set(awaited);
    }

    /// Bytes that went to the target.
    pub fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    /// Whether all of it has come.
    pub fn is_whole(&self) -> bool {
        self.whole.get()
    }

    /// Whether it is the client that is waited for.
    pub fn is_awaited(&self) -> bool {
        self.awaited.get()
    }
}
