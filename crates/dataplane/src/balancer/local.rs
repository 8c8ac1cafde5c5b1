//! Tasks on this thread: what they hold need not be shareable.

use std::future::Future;

use tokio::task::JoinHandle;

/// Runs hyper's own tasks on this thread.
#[derive(Clone, Copy, Debug)]
pub struct Local;

impl<F> hyper::rt::Executor<F> for Local
where
    F: Future + 'static,
{
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async move {
            future.await;
        });
    }
}

/// A task that ends when this is dropped.
#[derive(Debug)]
pub struct Task(JoinHandle<()>);

impl Task {
    /// Starts a task on this thread, whose runtime is one of local tasks.
    pub fn spawn(work: impl Future + 'static) -> Self {
        Self(tokio::task::spawn_local(async move {
            work.await;
        }))
    }

    /// Waits until it has ended by itself.
    pub async fn ended(&mut self) {
        // It panicked or not: it is over.
        drop((&mut self.0).await);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
