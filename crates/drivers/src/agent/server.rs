//! The serving side: takes a connection's requests, many at once, and hands each to its driver.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

use super::check::check;
use super::frame::{self, Reader};
use super::protocol::{Answer, Envelope, Request, Socket};
use crate::DriverError;
use crate::compute::inside::{Control, Exec};
use crate::compute::usage::Usage;
use crate::compute::{Capture, Compute, Console, SandboxId};
use crate::data::Data;
use crate::image::Images;
use crate::names::HostNames;
use crate::network::{Network, Sockets, VpcId};

/// Requests that are worked on at once; more wait in the socket.
const CONCURRENCY: usize = 64;

/// The drivers that an agent serves.
#[derive(Clone)]
pub struct Machine {
    /// Sandboxes.
    pub compute: Arc<dyn Compute>,
    /// Their consoles.
    pub console: Arc<dyn Console>,
    /// Commands in them.
    pub exec: Arc<dyn Exec>,
    /// What they have used.
    pub usage: Arc<dyn Usage>,
    /// Connections into them.
    pub control: Arc<dyn Control>,
    /// Data folders.
    pub data: Arc<dyn Data>,
    /// Their disks kept as images.
    pub capture: Arc<dyn Capture>,
    /// Images.
    pub images: Arc<dyn Images>,
    /// VPC networks.
    pub network: Arc<dyn Network>,
    /// Sockets in them.
    pub sockets: Arc<dyn Sockets>,
    /// The host's names.
    pub names: Arc<dyn HostNames>,
}

/// Serves connections from processes of user `uid` (or root) until the listener fails.
///
/// # Errors
/// Where the listener fails.
pub async fn serve(listener: UnixListener, machine: Machine, uid: u32) -> io::Result<()> {
    // Owned here, so that the connections end with the server.
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted?.0,
            Some(_) = connections.join_next() => continue,
        };
        let peer = stream.peer_cred()?.uid();
        if peer == uid || peer == 0 {
            connections.spawn(connection(stream, machine.clone()));
        } else {
            tracing::warn!(peer, "refused a connection");
        }
    }
}

async fn connection(stream: UnixStream, machine: Machine) {
    if let Err(error) = requests(stream, machine).await {
        tracing::warn!(%error, "a connection broke");
    }
}

async fn requests(stream: UnixStream, machine: Machine) -> io::Result<()> {
    let stream = Arc::new(stream);
    let (writing, room) = (Arc::new(Mutex::new(())), Arc::new(Semaphore::new(CONCURRENCY)));
    let mut reader = Reader::new(&stream);
    while let Some((envelope, _)) = reader.next::<Envelope<Request>>().await? {
        // The semaphore is never closed, so a permit always comes.
        let permit = Arc::clone(&room).acquire_owned().await.ok();
        let (stream, writing, machine) = (Arc::clone(&stream), Arc::clone(&writing), machine.clone());
        tokio::spawn(async move {
            let (answer, fd) = machine.answer(envelope.body).await;
            let _writing = writing.lock().await;
            if let Err(error) = frame::write(
                &stream,
                &Envelope {
                    number: envelope.number,
                    body: answer,
                },
                fd.as_ref().map(AsFd::as_fd),
            )
            .await
            {
                tracing::warn!(%error, "an answer was lost");
            }
            drop(permit);
        });
    }
    Ok(())
}

impl Machine {
    async fn answer(&self, request: Request) -> (Answer, Option<OwnedFd>) {
        if let Err(refused) = check(&request) {
            return (Answer::Failed(refused), None);
        }
        let answered = match request {
            Request::Connect { id, path } => self.connect(&id, &path).await.map(|fd| (Answer::Opened, Some(fd))),
            Request::Open { vpc, socket } => self.open(&vpc, socket).await.map(|fd| (Answer::Opened, Some(fd))),
            request => self.act(request).await.map(|answer| (answer, None)),
        };
        answered.unwrap_or_else(|error| (Answer::Failed(error), None))
    }

    async fn act(&self, request: Request) -> Result<Answer, DriverError> {
        Ok(match request {
            Request::ObserveSandboxes => Answer::Sandboxes(self.compute.observe().await?),
            Request::ObserveUsage => Answer::Usage(self.usage.used().await?),
            Request::EnsureSandbox { id, spec } => Answer::Sandbox(self.compute.ensure(&id, &spec).await?),
            Request::RemoveSandbox { id } => self.compute.remove(&id).await.map(|()| Answer::Done)?,
            Request::ReadConsole { id, offset, max } => {
                let (offset, bytes) = self.console.read(&id, offset, max).await?;
                Answer::Console { offset, bytes }
            }
            Request::Capture { id, image, still } => Answer::Image(self.capture.capture(&id, &image, still).await?),
            Request::ObserveImages => Answer::Images(self.images.observe().await?),
            Request::EnsureImage { name } => Answer::Image(self.images.ensure(&name).await?),
            Request::RemoveImage { name } => self.images.remove(&name).await.map(|()| Answer::Done)?,
            Request::ObserveVpcs => Answer::Vpcs(self.network.observe().await?),
            Request::EnsureVpc { id, spec } => Answer::Vpc(self.network.ensure(&id, &spec).await?),
            Request::RemoveVpc { id } => self.network.remove(&id).await.map(|()| Answer::Done)?,
            Request::ObserveNames => Answer::Names(self.names.observe().await?),
            Request::EnsureNames { names } => self.names.ensure(&names).await.map(|()| Answer::Done)?,
            Request::Run { id, command } => Answer::Output(self.exec.run(&id, &command).await?),
            Request::ObserveData => Answer::AllData(self.data.observe().await?),
            Request::EnsureData { id, origin } => self.data.ensure(&id, &origin).await.map(|()| Answer::Done)?,
            Request::RemoveData { id } => self.data.remove(&id).await.map(|()| Answer::Done)?,
            Request::Open { .. } | Request::Connect { .. } => Answer::Failed(DriverError::Refused {
                reason: "a socket is opened, not acted on".to_owned(),
            }),
        })
    }

    async fn connect(&self, id: &SandboxId, path: &str) -> Result<OwnedFd, DriverError> {
        let stream = self.control.connect(id, path).await?;
        let stream = stream
            .into_std()
            .map_err(|error| DriverError::failed("passing a socket on", error))?;
        Ok(stream.into())
    }

    async fn open(&self, vpc: &VpcId, socket: Socket) -> Result<OwnedFd, DriverError> {
        match socket {
            Socket::ListenTcp(at) => self.sockets.listen_tcp(vpc, at).await,
            Socket::BindUdp(at) => self.sockets.bind_udp(vpc, at).await,
            Socket::ConnectTcp(to) => self.sockets.connect_tcp(vpc, to).await,
        }
    }
}
