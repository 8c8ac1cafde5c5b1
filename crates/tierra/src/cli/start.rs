//! `tierra start`: runs the control plane, in the foreground or detached.
//!
//! **Invariant**: nothing that takes time (images, the agent, reconciling) happens before the endpoint listens.

use std::fs::OpenOptions;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use tierra_drivers::confine::{Needs, confine};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::{Context, block_on, code, http, log, say};
use crate::agent::Keeper;
use crate::assembly::{Cloud, Drivers, park};
use crate::edge::Auth;
use crate::home::{self, Home, Lock};

/// How long a detached cloud may take until it answers.
const START_TIME: Duration = Duration::from_secs(20);
/// Between two looks at whether it answers.
const POLL: Duration = Duration::from_millis(5);
/// Lines of the log that are shown when it does not.
const LOG_LINES: usize = 12;
/// Threads of the runtime; the store's commits and snapshots run beside them.
const WORKERS: usize = 2;
/// Threads that may wait for the disk at once.
const BLOCKING: usize = 16;

/// Start the cloud
#[derive(Clone, Debug, Args)]
pub struct Start {
    /// Return as soon as the cloud answers; its log goes to tierra.log in the data directory
    #[arg(long)]
    detach: bool,
    /// Whether signatures and policies are enforced; with `off` every caller is the account's root user
    #[arg(long, value_enum, default_value_t = Switch::On, value_name = "on|off")]
    auth: Switch,
    /// What the cloud runs things on
    #[arg(long, value_enum, default_value_t = Drivers::Agent, hide = true)]
    drivers: Drivers,
    /// Set by `--detach` on the process that it leaves behind
    #[arg(long, hide = true, conflicts_with = "detach")]
    detached: bool,
}

/// What is opened as whoever started the cloud.
struct Opened {
    lock: Lock,
    listener: std::net::TcpListener,
    agent: Option<Keeper>,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl Start {
    /// The start that `tierra up` does by itself.
    pub fn detached_default() -> Self {
        Self {
            detach: true,
            auth: Switch::On,
            drivers: Drivers::Agent,
            detached: false,
        }
    }

    /// Runs the cloud until it is told to stop, or leaves it running.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        let home = context.home();
        home.make().with_context(|| format!("cannot make {}", home.folder().display()))?;
        if self.detach {
            return self.leave_running(context, &home);
        }
        if self.detached {
            rustix::process::setsid().context("cannot leave the terminal")?;
        }
        // What only root may do comes first; threads, the store and everything that callers reach come after root is given up.
        let opened = Opened {
            lock: home.lock()?,
            listener: listen(context.port)?,
            agent: self.drivers.start(&home)?,
        };
        let home = home.enter()?;
        let in_force = confine(&Needs::control_plane(home::user(home.folder()), home.files())).context("cannot give up root")?;
        log::begin(self.detached.then(|| home.log()).as_deref()).context("cannot open the log")?;
        if let Some(lacking) = in_force.lacking() {
            tracing::warn!("this kernel has no {lacking}: the control plane runs less confined");
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .max_blocking_threads(BLOCKING)
            .enable_all()
            .build()?;
        runtime.block_on(self.serve(opened, home))?;
        Ok(code::OK)
    }

    async fn serve(self, opened: Opened, home: Home) -> anyhow::Result<()> {
        let Opened { mut lock, listener, agent } = opened;
        let address = listener.local_addr()?;
        let auth = match self.auth {
            Switch::On => Auth::Enforced,
            Switch::Off => Auth::Off,
        };
        let machine = self.drivers.machine(&home);
        let cloud = Cloud::open(&home, &machine, auth)?;
        lock.tell(address.port())?;
        if agent.is_none() && self.drivers == Drivers::Agent {
            tracing::warn!("not started as root: instances cannot run");
        }
        tracing::info!(%address, data = %home.folder().display(), user = rustix::process::geteuid().as_raw(), "serving");
        cloud.run(TcpListener::from_std(listener)?, stop_signal()?).await;
        if let Some(agent) = agent {
            let parked = park(&machine).await;
            agent.end()?;
            parked?;
        }
        tracing::info!("stopped");
        Ok(())
    }

    fn leave_running(&self, context: &Context, home: &Home) -> anyhow::Result<u8> {
        if let Some(running) = home.running() {
            bail!(
                "tierra runs already with this data directory: process {}, port {}",
                running.pid,
                running.port
            );
        }
        let mut child = self.spawn(context, home)?;
        let served = block_on(async { Ok(timeout(START_TIME, until_served(context.port, &mut child)).await) })?;
        match served {
            Ok(Ok(())) => {}
            Ok(Err(())) => bail!("the cloud did not start:\n{}", log::tail(&home.log(), LOG_LINES)),
            Err(_) => bail!(
                "the cloud does not answer after {} s; its log: {}",
                START_TIME.as_secs(),
                home.log().display()
            ),
        }
        say::note(format!(
            "Tierra serves on http://127.0.0.1:{} (process {})",
            context.port,
            child.id()
        ));
        Ok(code::OK)
    }

    fn spawn(&self, context: &Context, home: &Home) -> anyhow::Result<Child> {
        let log = OpenOptions::new()
            .append(true)
            .create(true)
            .open(home.log())
            .context("cannot open the log")?;
        let auth = if self.auth == Switch::On { "on" } else { "off" };
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("tierra"));
        Command::new(program)
            .arg("start")
            .arg("--detached")
            .args(["--auth", auth, "--drivers", self.drivers.word()])
            .args(["--port", &context.port.to_string()])
            .arg("--data")
            .arg(home.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("cannot start the cloud's process")
    }
}

/// `Ok` when the child answers, `Err` when it ended first.
async fn until_served(port: u16, child: &mut Child) -> Result<(), ()> {
    loop {
        if !matches!(child.try_wait(), Ok(None)) {
            return Err(());
        }
        if http::health(port).await.is_some_and(|pid| pid == child.id()) {
            return Ok(());
        }
        sleep(POLL).await;
    }
}

fn listen(port: u16) -> anyhow::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .with_context(|| format!("cannot listen on 127.0.0.1:{port}; another port can be chosen with --port"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Says true when the process is asked to end.
fn stop_signal() -> anyhow::Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        stop.send_replace(true);
    });
    Ok(stopped)
}
