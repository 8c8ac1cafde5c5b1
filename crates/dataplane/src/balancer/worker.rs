//! A thread: its own runtime, listeners, connections to targets and counters. It is told what to serve, and to end.
//!
//! **Invariant**: a change of the configuration touches no connection whose listener stays.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep};

use super::chance::Chance;
use super::client::Client;
use super::counters::{BalancerSums, Sums};
use super::http::Upstreams;
use super::live::{Address, Held, Live};
use super::local::Task;
use super::logs::LogLines;
use super::tls::ClientTls;

/// Connections from clients that one thread serves; more are closed at once and counted as rejected.
const CONNECTIONS: usize = 16 * 1024;
/// Pause after the system was out of descriptors.
const BREATH: Duration = Duration::from_millis(50);
/// Between two looks for connections to targets that have been idle too long.
const SWEEP: Duration = Duration::from_secs(5);
/// How long connections may finish when the node ends.
const END_TIME: Duration = Duration::from_secs(5);
/// Between two looks whether they have.
const END_LOOK: Duration = Duration::from_millis(20);

/// What a thread is told.
#[derive(Debug)]
pub enum Tell {
    /// Serve this from now on, on these new sockets beside those that it has.
    Serve(Arc<Live>, Vec<(Address, std::net::TcpListener)>),
    /// Finish, and end.
    End,
}

/// What a thread has of its own.
#[derive(Debug)]
pub struct Worker {
    /// Its number.
    pub thread: usize,
    /// The balancer's counters.
    pub sums: Arc<Sums<BalancerSums>>,
    /// Chance.
    pub chance: Chance,
    /// The time of day.
    pub clock: fn() -> SystemTime,
    /// TLS with targets.
    pub client_tls: ClientTls,
    /// Connections to targets.
    pub upstreams: Upstreams,
    /// Where lines for access logs go.
    pub logs: LogLines,
    live: RefCell<Rc<Held>>,
    connections: Cell<usize>,
}

/// What a thread is made of.
#[derive(Debug)]
pub struct Setup {
    /// Its number.
    pub thread: usize,
    /// The balancer's counters.
    pub sums: Arc<Sums<BalancerSums>>,
    /// The seed of its chance.
    pub seed: u64,
    /// The time of day.
    pub clock: fn() -> SystemTime,
    /// Where lines for access logs go.
    pub logs: LogLines,
}

/// A listening socket of this thread.
struct Listening {
    _accepting: Task,
    closing: watch::Sender<bool>,
}

impl Worker {
    fn new(setup: Setup) -> Self {
        Self {
            thread: setup.thread,
            sums: setup.sums,
            chance: Chance::new(setup.seed),
            clock: setup.clock,
            client_tls: ClientTls::new(),
            upstreams: Upstreams::default(),
            logs: setup.logs,
            live: RefCell::new(Rc::new(Held::new(Arc::new(Live::empty())))),
            connections: Cell::new(0),
        }
    }

    /// What is served now.
    pub fn live(&self) -> Rc<Held> {
        Rc::clone(&self.live.borrow())
    }

    /// This thread's counters.
    pub fn counts(&self) -> &BalancerSums {
        self.sums.of(self.thread)
    }

    fn serve(
        self: &Rc<Self>,
        live: Arc<Live>,
        sockets: Vec<(Address, std::net::TcpListener)>,
        listening: &mut HashMap<Address, Listening>,
    ) {
        let wanted: HashSet<Address> = live.addresses().into_iter().collect();
        self.upstreams.keep(&live);
        *self.live.borrow_mut() = Rc::new(Held::new(live));
        for (address, socket) in sockets {
            match TcpListener::from_std(socket) {
                Ok(socket) => drop(listening.insert(address, self.listen(address, socket))),
                Err(error) => tracing::warn!(?address, %error, "cannot listen"),
            }
        }
        for (_, open) in listening.extract_if(|address, _| !wanted.contains(address)) {
            open.closing.send_replace(true);
        }
    }

    fn listen(self: &Rc<Self>, address: Address, socket: TcpListener) -> Listening {
        let (closing, closed) = watch::channel(false);
        let worker = Rc::clone(self);
        Listening {
            _accepting: Task::spawn(async move { worker.accept(&socket, address, closed).await }),
            closing,
        }
    }

    async fn accept(self: &Rc<Self>, socket: &TcpListener, address: Address, closed: watch::Receiver<bool>) {
        loop {
            match socket.accept().await {
                Ok(_) if self.connections.get() >= CONNECTIONS => self.counts().rejected_connections.one(),
                Ok((tcp, peer)) => {
                    let (open, closed) = (Open::new(self), closed.clone());
                    spawn_local(async move { Client::serve(&open.0, tcp, peer, address, closed).await });
                }
                Err(error) => {
                    tracing::debug!(%error, "connection not taken");
                    sleep(BREATH).await;
                }
            }
        }
    }

    async fn finish(&self) {
        let end = Instant::now() + END_TIME;
        while self.connections.get() > 0 && Instant::now() < end {
            sleep(END_LOOK).await;
        }
    }
}

/// A client's connection that is open.
struct Open(Rc<Worker>);

impl Open {
    fn new(worker: &Rc<Worker>) -> Self {
        worker.connections.set(worker.connections.get() + 1);
        worker.counts().new_connections.one();
        worker.counts().active_connections.one();
        Self(Rc::clone(worker))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.connections.set(self.0.connections.get() - 1);
        self.0.counts().active_connections.less();
    }
}

/// What a thread does, until it is told to end or nobody is left who could tell.
///
/// # Errors
/// Where the system gives no runtime.
pub fn run(setup: Setup, told: mpsc::UnboundedReceiver<Tell>) -> std::io::Result<()> {
    // Tasks of the runtime itself, and not of a `LocalSet` within it: each wake passes one scheduler less.
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    runtime.block_on(follow(Rc::new(Worker::new(setup)), told));
    Ok(())
}

async fn follow(worker: Rc<Worker>, mut told: mpsc::UnboundedReceiver<Tell>) {
    let sweeper = Rc::clone(&worker);
    let _sweeping = Task::spawn(async move {
        loop {
            sleep(SWEEP).await;
            let limit = sweeper.live().attributes.idle_timeout.duration();
            sweeper.upstreams.sweep(limit.as_secs().div_ceil(SWEEP.as_secs()) as u32);
        }
    });
    let mut listening = HashMap::new();
    while let Some(Tell::Serve(live, sockets)) = told.recv().await {
        worker.serve(live, sockets, &mut listening);
    }
    for (_, open) in listening.drain() {
        open.closing.send_replace(true);
    }
    worker.finish().await;
}
