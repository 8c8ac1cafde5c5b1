//! A node: its threads, its health checks, and the control socket that it is told and asked over.
//!
//! **Invariant**: it serves what it was told last, whether anybody is connected or not, until it is told to end.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};
use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};

use super::config::Config;
use super::control::{ListenerProblem, Order, REPORT_WAIT, Reply, Report, read, write};
use super::counters::{BalancerSums, Counts, Sums};
use super::health::checks::Checks;
use super::live::{Address, Live};
use super::logs::{self, LogStore};
use super::worker::{self, Setup, Tell};

/// Threads at the most.
const THREADS: usize = 16;
/// Connections that wait to be accepted, a listener and thread.
const BACKLOG: i32 = 4096;
/// Between two looks at the threads' log lines.
const COLLECT: Duration = Duration::from_millis(200);
/// Pause after the control socket failed.
const BREATH: Duration = Duration::from_millis(100);

/// What a node needs of its surroundings.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings {
    /// The time of day.
    pub clock: fn() -> SystemTime,
    /// Random: the seed of shares and names, and what tells this life of the node from others.
    pub seed: u64,
    /// Threads; absent, one a processor.
    pub threads: Option<usize>,
}

/// A running node.
#[derive(Debug)]
pub struct Node {
    state: RefCell<State>,
    sums: Arc<Sums<BalancerSums>>,
    life: u64,
    ending: watch::Sender<bool>,
}

#[derive(Debug)]
struct State {
    live: Arc<Live>,
    bound: HashSet<Address>,
    threads: Vec<Thread>,
    checks: Checks,
    logs: LogStore,
}

#[derive(Debug)]
struct Thread {
    tell: mpsc::UnboundedSender<Tell>,
    handle: JoinHandle<()>,
}

impl Node {
    /// Starts the threads. Call it inside a `LocalSet`: health is checked on the caller's thread.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(surroundings: Surroundings) -> io::Result<Rc<Self>> {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        let count = surroundings.threads.unwrap_or(processors).clamp(1, THREADS);
        let sums = Arc::new(Sums::new(count));
        let (lines, store) = logs::channel();
        let threads = (0..count).map(|thread| {
            begin(Setup {
                thread,
                sums: Arc::clone(&sums),
                seed: surroundings.seed.wrapping_add(thread as u64 + 1),
                clock: surroundings.clock,
                logs: lines.clone(),
            })
        });
        let state = State {
            live: Arc::new(Live::empty()),
            bound: HashSet::new(),
            threads: threads.collect::<io::Result<_>>()?,
            checks: Checks::new(),
            logs: store,
        };
        Ok(Rc::new(Self {
            state: RefCell::new(state),
            sums,
            life: surroundings.seed,
            ending: watch::channel(false).0,
        }))
    }

    /// Serves a configuration from now on; answers what of it could not be done.
    pub fn configure(&self, config: Config) -> Vec<ListenerProblem> {
        let mut state = self.state.borrow_mut();
        let (live, mut problems) = Live::new(config, &state.live, state.threads.len());
        let live = Arc::new(live);
        let wanted: HashSet<Address> = live.addresses().into_iter().collect();
        state.bound.retain(|address| wanted.contains(address));
        let mut sockets: Vec<Vec<(Address, TcpListener)>> = state.threads.iter().map(|_| Vec::new()).collect();
        for address in wanted {
            if state.bound.contains(&address) {
                continue;
            }
            match bind_all(address.socket, state.threads.len()) {
                Ok(bound) => {
                    state.bound.insert(address);
                    sockets.iter_mut().zip(bound).for_each(|(own, socket)| own.push((address, socket)));
                }
                Err(error) => problems.push(ListenerProblem {
                    port: address.socket.port(),
                    problem: format!("cannot listen on {}: {error}", address.socket),
                }),
            }
        }
        state.checks.follow(&live);
        for (thread, sockets) in state.threads.iter().zip(sockets) {
            // A thread that is gone was ended with the node.
            drop(thread.tell.send(Tell::Serve(Arc::clone(&live), sockets)));
        }
        state.live = live;
        problems
    }

    /// Health and counters now.
    pub fn report(&self) -> Report {
        let state = self.state.borrow();
        let groups = &state.live.groups;
        let targets = groups.iter().map(|(id, group)| {
            let members = group.members.iter();
            (
                id.clone(),
                members
                    .map(|member| (member.target.id.clone(), group.report(member)))
                    .collect::<BTreeMap<_, _>>(),
            )
        });
        Report {
            revision: state.live.revision,
            life: self.life,
            health_revision: *state.checks.changes().borrow(),
            targets: targets.collect(),
            counts: self.sums.total(Counts::default(), BalancerSums::add_to),
            groups: groups.iter().map(|(id, group)| (id.clone(), group.counts())).collect(),
            log_lines: state.logs.waiting(),
        }
    }

    /// Answers on the control socket until it is told to end; then the threads have ended.
    pub async fn serve(self: &Rc<Self>, listener: UnixListener) {
        let mut ending = self.ending.subscribe();
        let accepting = async {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        let node = Rc::clone(self);
                        spawn_local(async move { node.converse(stream).await });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "control connection not taken");
                        sleep(BREATH).await;
                    }
                }
            }
        };
        let collecting = async {
            loop {
                sleep(COLLECT).await;
                self.state.borrow_mut().logs.collect();
            }
        };
        tokio::select! {
            () = accepting => {}
            () = collecting => {}
            _ = ending.wait_for(|ending| *ending) => {}
        }
        self.end_threads().await;
    }

    /// Asks the node to end.
    pub fn end(&self) {
        self.ending.send_replace(true);
    }

    async fn end_threads(&self) {
        let threads = std::mem::take(&mut self.state.borrow_mut().threads);
        for thread in &threads {
            drop(thread.tell.send(Tell::End));
        }
        let joined = tokio::task::spawn_blocking(move || {
            for thread in threads {
                drop(thread.handle.join());
            }
        });
        drop(joined.await);
    }

    async fn converse(&self, mut stream: UnixStream) {
        loop {
            match read::<Order>(&mut stream).await {
                Ok(Some(order)) => {
                    let reply = self.obey(order).await;
                    let ends = reply == Reply::Ending;
                    if let Err(error) = write(&mut stream, &reply).await {
                        return tracing::debug!(%error, "control connection");
                    }
                    if ends {
                        return self.end();
                    }
                }
                Ok(None) => return,
                Err(error) => return tracing::warn!(%error, "control connection"),
            }
        }
    }

    async fn obey(&self, order: Order) -> Reply {
        match order {
            Order::Configure(config) => Reply::Configured {
                revision: config.revision,
                problems: self.configure(*config),
            },
            Order::Report { seen } => {
                if let Some(seen) = seen {
                    let mut changes = self.state.borrow().checks.changes();
                    // Too long without news is an answer as well.
                    drop(timeout(REPORT_WAIT, changes.wait_for(|changes| *changes != seen)).await);
                }
                Reply::Report(Box::new(self.report()))
            }
            Order::TakeLogs { acknowledged } => Reply::Logs(self.state.borrow_mut().logs.take(acknowledged)),
            Order::End => Reply::Ending,
        }
    }
}

fn begin(setup: Setup) -> io::Result<Thread> {
    let (tell, told) = mpsc::unbounded_channel();
    let name = format!("balancer-{}", setup.thread);
    let handle = thread::Builder::new().name(name).spawn(move || {
        if let Err(error) = worker::run(setup, told) {
            tracing::error!(%error, "a thread of the balancer did not start");
        }
    })?;
    Ok(Thread { tell, handle })
}

/// One socket a thread: the kernel spreads connections over them.
fn bind_all(address: SocketAddr, threads: usize) -> io::Result<Vec<TcpListener>> {
    (0..threads).map(|_| bind(address)).collect()
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    if address.is_ipv4() && address.ip() != Ipv4Addr::UNSPECIFIED {
        socket.set_freebind_v4(true)?; // Its interface may come after it.
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
