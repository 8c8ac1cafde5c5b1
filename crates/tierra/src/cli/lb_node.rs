//! `tierra lb-node`: a load balancer's node, the first process of its sandbox. Only Tierra runs it.
//!
//! **Invariant**: what it does not need it gives up before it reads a byte of anybody: all that is left of root is the right to
//! bind low ports, and of files the folder of its socket. It goes on without a control plane, with the configuration that it had.

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::Context as _;
use clap::Args;
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::LocalSet;

use tierra_dataplane::balancer::node::{Node, Surroundings};
use tierra_drivers::confine::{Needs, confine};

use super::{code, log};

/// Who may connect to the control socket: the sandbox's root, as whom the agent comes.
const SOCKET_MODE: u32 = 0o600;

/// Where the node is told what to do.
#[derive(Debug, Args)]
pub struct LbNode {
    /// The Unix socket to listen on for the control plane
    #[arg(long, value_name = "SOCKET")]
    control: PathBuf,
}

impl LbNode {
    /// Serves until the control plane says that it is over.
    pub fn run(&self) -> anyhow::Result<u8> {
        log::begin(None)?;
        let (socket, folder) = self.listen()?;
        let in_force = confine(&Needs::balancer_node(&folder)).context("cannot give up rights")?;
        if let Some(lacking) = in_force.lacking() {
            tracing::warn!("this kernel has no {lacking}: the node runs less confined");
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        LocalSet::new().block_on(&runtime, serve(socket))?;
        Ok(code::OK)
    }

    /// The socket, and the folder that it lies in.
    fn listen(&self) -> anyhow::Result<(std::os::unix::net::UnixListener, PathBuf)> {
        let folder = self.control.parent().context("the socket lies in no folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        // A node that was killed has left its socket behind; where there is none, nothing is to be done.
        drop(fs::remove_file(&self.control));
        let at = self.control.display();
        let socket = std::os::unix::net::UnixListener::bind(&self.control).with_context(|| format!("cannot listen on {at}"))?;
        fs::set_permissions(&self.control, fs::Permissions::from_mode(SOCKET_MODE))?;
        socket.set_nonblocking(true)?;
        Ok((socket, folder.to_owned()))
    }
}

async fn serve(socket: std::os::unix::net::UnixListener) -> anyhow::Result<()> {
    let socket = UnixListener::from_std(socket)?;
    let node = Node::start(Surroundings {
        clock: SystemTime::now,
        seed: RandomState::new().build_hasher().finish(), // The system's chance.
        threads: None,
    })?;
    let (mut term, ending) = (signal(SignalKind::terminate())?, node.clone());
    tokio::task::spawn_local(async move {
        term.recv().await;
        ending.end();
    });
    tracing::info!("ready");
    node.serve(socket).await;
    Ok(())
}
