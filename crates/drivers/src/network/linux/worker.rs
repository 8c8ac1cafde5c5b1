//! A thread that lives in one network namespace: the only place where that namespace's sockets are made, its kernel settings
//! written and its programs started.
//!
//! **Invariant**: a thread enters at most one namespace, before its first job, and ends with the last handle. Threads of the
//! shared runtime never change namespace.

use std::future::Future;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::pin::Pin;

use tokio::sync::{mpsc, oneshot};

use super::links::Links;
use crate::DriverError;

/// Jobs that may wait for one thread.
const QUEUE: usize = 4096;

type Work = Pin<Box<dyn Future<Output = ()>>>;
type Job = Box<dyn FnOnce(Links) -> Work + Send>;

/// Where a thread goes before its first job.
#[derive(Debug)]
pub enum Place {
    /// It stays where its maker is.
    Here,
    /// An existing namespace.
    Enter(OwnedFd),
    /// A new namespace, bound to this file so that it outlives the thread.
    Make(PathBuf),
}

/// A handle on such a thread.
#[derive(Clone, Debug)]
pub struct Worker {
    jobs: mpsc::Sender<Job>,
}

impl Worker {
    /// Starts a thread; the first job runs when it has arrived.
    ///
    /// # Errors
    /// `Failed` where the thread, or the namespace, cannot be had.
    pub async fn start(place: Place) -> Result<Self, DriverError> {
        let (arrived, ready) = oneshot::channel();
        let worker = Self::spawn(place, move |outcome| drop(arrived.send(outcome)))?;
        ready.await.unwrap_or_else(|_| Err(ended()))?;
        Ok(worker)
    }

    /// [`Worker::start`] for callers that may block.
    ///
    /// # Errors
    /// As there.
    pub fn start_blocking(place: Place) -> Result<Self, DriverError> {
        let (arrived, ready) = std::sync::mpsc::sync_channel(1);
        let worker = Self::spawn(place, move |outcome| drop(arrived.send(outcome)))?;
        ready.recv().unwrap_or_else(|_| Err(ended()))?;
        Ok(worker)
    }

    fn spawn(place: Place, arrived: impl FnOnce(Result<(), DriverError>) + Send + 'static) -> Result<Self, DriverError> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name("netns".into());
        let body = move || match enter(place).and_then(|()| runtime()) {
            Ok(runtime) => serve(&runtime, queue, arrived),
            Err(error) => arrived(Err(error)),
        };
        thread.spawn(body).map_err(|error| DriverError::failed("start a thread", error))?;
        Ok(Self { jobs })
    }

    /// Does a piece of work there. It is finished even where the caller stops waiting.
    ///
    /// # Errors
    /// The work's own; `Failed` where the thread has ended.
    pub async fn run<T, F, Fut>(&self, work: F) -> Result<T, DriverError>
    where
        T: Send + 'static,
        F: FnOnce(Links) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, DriverError>> + 'static,
    {
        let (answer, result) = oneshot::channel();
        let job = job(work, move |outcome| drop(answer.send(outcome)));
        self.jobs.send(job).await.map_err(|_| ended())?;
        result.await.unwrap_or_else(|_| Err(ended()))
    }

    /// [`Worker::run`] for callers that may block.
    ///
    /// # Errors
    /// As there; `Exhausted` where too much waits for the thread already.
    pub fn run_blocking<T, F, Fut>(&self, work: F) -> Result<T, DriverError>
    where
        T: Send + 'static,
        F: FnOnce(Links) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, DriverError>> + 'static,
    {
        let (answer, result) = std::sync::mpsc::sync_channel(1);
        let job = job(work, move |outcome| drop(answer.send(outcome)));
        self.jobs.try_send(job).map_err(|_| DriverError::Exhausted {
            what: "places in a network's queue".into(),
        })?;
        result.recv().unwrap_or_else(|_| Err(ended()))
    }
}

fn job<T, F, Fut>(work: F, answer: impl FnOnce(Result<T, DriverError>) + Send + 'static) -> Job
where
    F: FnOnce(Links) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, DriverError>> + 'static,
{
    Box::new(move |links| Box::pin(async move { answer(work(links).await) }))
}

fn ended() -> DriverError {
    DriverError::failed("work in a network namespace", "its thread has ended")
}

fn runtime() -> Result<tokio::runtime::Runtime, DriverError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| DriverError::failed("start a runtime", error))
}

fn serve(runtime: &tokio::runtime::Runtime, mut queue: mpsc::Receiver<Job>, arrived: impl FnOnce(Result<(), DriverError>)) {
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(runtime, async {
        let links = match Links::open() {
            Ok(links) => links,
            Err(error) => return arrived(Err(error)),
        };
        arrived(Ok(()));
        while let Some(job) = queue.recv().await {
            tokio::task::spawn_local(job(links.clone()));
        }
    });
    // Jobs that are still under way end here.
    runtime.block_on(tasks);
}

fn enter(place: Place) -> Result<(), DriverError> {
    match place {
        Place::Here => Ok(()),
        Place::Enter(namespace) => {
            let kind = Some(rustix::thread::LinkNameSpaceType::Network);
            rustix::thread::move_into_link_name_space(namespace.as_fd(), kind)
                .map_err(|error| DriverError::failed("enter a network namespace", error))
        }
        Place::Make(path) => {
            make(&path).map_err(|error| DriverError::failed(format!("make the network namespace {}", path.display()), error))
        }
    }
}

fn make(path: &std::path::Path) -> std::io::Result<()> {
    std::fs::File::create(path)?;
    // SAFETY: only the network namespace of this thread, which runs nothing but this module's jobs, is unshared; no
    // descriptor table is.
    #[allow(unsafe_code)]
    unsafe {
        rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNET)?;
    }
    Ok(rustix::mount::mount_bind("/proc/thread-self/ns/net", path)?)
}
