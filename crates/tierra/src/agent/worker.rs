//! Holds the machine's drivers and serves them.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use tierra_drivers::agent::{Machine, serve};
use tierra_drivers::compute::linux::{LinuxCompute, LinuxConfig};
use tierra_drivers::data::linux::{LinuxData, put_away};
use tierra_drivers::image::linux::LinuxImages;
use tierra_drivers::image::{Progress, Silent};
use tierra_drivers::names::block;
use tierra_drivers::names::linux::{HOSTS, LinuxHostNames};
use tierra_drivers::network::linux::{LinuxNetwork, NetworkConfig};
use tokio::net::UnixListener;

use super::until_let_go;
use crate::home::{Home, RUN, cloud_name, run_folder};

/// Serves the drivers of the cloud in `home` to user `uid` until standard input closes.
///
/// # Errors
/// Where a driver does not find what it needs, or the socket cannot be made.
pub fn work(home: &Home, uid: u32) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(async {
        tokio::select! {
            served = serve_machine(home, uid) => served.map(|()| false),
            in_order = tokio::task::spawn_blocking(until_let_go) => Ok(in_order.unwrap_or(false)),
        }
    });
    runtime.shutdown_background();
    // After a kill the next agent may be making the same folders already.
    if ended? {
        let _ = std::fs::remove_file(home.agent_socket());
        let run = run_folder(home.folder());
        remove_empty(&run);
        let _ = std::fs::remove_dir(RUN);
        if !run.exists() {
            put_away(&state_folder(home)).context("the databases' file system")?;
        }
    }
    Ok(())
}

/// Takes away a folder with the empty folders in it. What is not empty stays: something runs that needs it.
fn remove_empty(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let inner = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    inner.for_each(|entry| remove_empty(&entry.path()));
    let _ = std::fs::remove_dir(folder);
}

/// Whether the machine holds something of a cloud whose control plane does not run.
pub fn is_left_behind(data: &Path) -> bool {
    let names = || std::fs::read_to_string(HOSTS).is_ok_and(|text| !block::read(&text, &cloud_name(data)).is_empty());
    run_folder(data).exists() || names()
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

/// Where disks and data lie.
fn state_folder(home: &Home) -> PathBuf {
    home.folder().join("compute")
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
        state_dir: state_folder(home),
        run_dir: run.join("compute"),
        plug: network.clone(),
        images: images.clone(),
        guest_program: Some(program.clone()),
        self_exe: program,
    })?);
    Ok(Machine {
        compute: compute.clone(),
        capture: compute.clone(),
        exec: compute.clone(),
        usage: compute.clone(),
        control: compute.clone(),
        data: Arc::new(LinuxData::new(compute.clone(), images.clone())?),
        console: compute,
        images,
        network: network.clone(),
        sockets: network,
        names: Arc::new(LinuxHostNames::new(Path::new(HOSTS), &cloud_name(home.folder()))),
    })
}
