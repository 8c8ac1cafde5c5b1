//! Holds the machine's drivers and serves them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use tierra_drivers::agent::{Machine, serve};
use tierra_drivers::compute::linux::{LinuxCompute, LinuxConfig};
use tierra_drivers::image::linux::LinuxImages;
use tierra_drivers::image::{Progress, Silent};
use tierra_drivers::network::linux::{LinuxNetwork, NetworkConfig};
use tokio::net::UnixListener;

use super::until_let_go;
use crate::home::Home;

/// Serves the drivers of the cloud in `home` to user `uid` until standard input closes.
///
/// # Errors
/// Where a driver does not find what it needs, or the socket cannot be made.
pub fn work(home: &Home, uid: u32) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(async {
        tokio::select! {
            served = serve_machine(home, uid) => served,
            _ = tokio::task::spawn_blocking(until_let_go) => Ok(()),
        }
    });
    runtime.shutdown_background();
    ended
}

async fn serve_machine(home: &Home, uid: u32) -> anyhow::Result<()> {
    let machine = machine(home).await?;
    let socket = home.agent_socket();
    // A socket that an earlier worker left would be in the way.
    let _ = std::fs::remove_file(&socket);
    let listener = UnixListener::bind(&socket).with_context(|| format!("cannot listen on {}", socket.display()))?;
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600))?;
    chown(&socket, Some(uid), None)?;
    serve(listener, machine, uid).await.context("the agent's socket")
}

async fn machine(home: &Home) -> anyhow::Result<Machine> {
    let run = run_folder(home.folder());
    let silent: Arc<dyn Progress> = Arc::new(Silent);
    let images = Arc::new(LinuxImages::new(&crate::home::image_folder(), silent)?);
    let network = Arc::new(
        LinuxNetwork::new(NetworkConfig {
            cloud: cloud_name(home.folder()),
            run_dir: run.join("network"),
        })
        .await?,
    );
    let program = std::env::current_exe()?;
    let compute = Arc::new(LinuxCompute::new(LinuxConfig {
        state_dir: home.folder().join("compute"),
        run_dir: run.join("compute"),
        plug: network.clone(),
        images: images.clone(),
        guest_program: Some(program.clone()),
        self_exe: program,
    })?);
    Ok(Machine {
        compute: compute.clone(),
        capture: compute.clone(),
        console: compute,
        images,
        network: network.clone(),
        sockets: network,
    })
}

/// Where a cloud keeps what does not outlive the machine's next start.
pub fn run_folder(data: &Path) -> PathBuf {
    Path::new("/run/tierra").join(cloud_name(data))
}

/// A short name for the cloud of a data directory: its devices and tables on the host carry it.
pub fn cloud_name(data: &Path) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    let mut rest = hasher.finish();
    let mut name = String::from("t");
    for _ in 0..4 {
        name.push(char::from(LETTERS[(rest % 26) as usize]));
        rest /= 26;
    }
    name
}
