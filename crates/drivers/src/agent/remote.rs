//! The asking side: the driver traits, each call one request to the agent. Connects when first asked, and again after the agent
//! was restarted, which is waited for; what was under way then fails as transient, and reconcilers come back.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::SocketAddrV4;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::net::UnixStream;
use tokio::sync::{Mutex as AsyncMutex, oneshot};
use tokio::time::{Instant, sleep};

use super::frame::{self, Reader};
use super::protocol::{Answer, Envelope, Request, Socket};
use crate::DriverError;
use crate::compute::inside::{Command, Control, Exec, Output};
use crate::compute::usage::{Usage, Used};
use crate::compute::{Capture, Compute, Console, SandboxId, SandboxSpec, SandboxState, Still};
use crate::data::{Data, DataId, Origin};
use crate::image::{ImageState, Images};
use crate::names::{HostNames, Names};
use crate::network::{Network, Sockets, VpcId, VpcSpec, VpcState};

type Reply = (Answer, Option<OwnedFd>);

/// How long an agent that was just started, or started again, is waited for. Once that has passed nobody waits.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks for it.
const LOOK: Duration = Duration::from_millis(20);

/// The machine, by way of the agent's socket.
pub struct Remote {
    socket: PathBuf,
    connection: AsyncMutex<Slot>,
    numbers: AtomicU64,
}

/// The connection, or since when there is none.
enum Slot {
    Open(Arc<Connection>),
    Closed(Instant),
}

struct Connection {
    stream: Arc<UnixStream>,
    writing: AsyncMutex<()>,
    // `None` once the connection has broken: whoever still wants to wait is told at once.
    waiting: Mutex<Option<HashMap<u64, oneshot::Sender<Reply>>>>,
}

/// No socket yet, or one that nobody listens on any more.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

fn lost(cause: impl std::fmt::Display) -> DriverError {
    DriverError::failed("asking the agent", cause)
}

fn unexpected(answer: &Answer) -> DriverError {
    lost(format!("an answer of another kind: {answer:?}"))
}

impl Remote {
    /// The agent that listens on `socket`.
    pub fn new(socket: PathBuf) -> Self {
        Self {
            socket,
            connection: AsyncMutex::new(Slot::Closed(Instant::now())),
            numbers: AtomicU64::new(0),
        }
    }

    async fn ask(&self, request: Request) -> Result<Answer, DriverError> {
        self.exchange(request).await.map(|(answer, _)| answer)
    }

    async fn exchange(&self, request: Request) -> Result<Reply, DriverError> {
        let connection = self.connected().await?;
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let reply = connection.expect(number)?;
        connection.send(&Envelope { number, body: request }).await?;
        match reply.await.map_err(|_| lost("the agent went away"))? {
            (Answer::Failed(error), _) => Err(error),
            reply => Ok(reply),
        }
    }

    async fn connected(&self) -> Result<Arc<Connection>, DriverError> {
        let mut slot = self.connection.lock().await;
        let since = match &*slot {
            Slot::Open(connection) if connection.is_open() => return Ok(Arc::clone(connection)),
            Slot::Open(_) => Instant::now(),
            Slot::Closed(since) => *since,
        };
        *slot = Slot::Closed(since);
        let stream = self.reach(since + PATIENCE).await.map_err(lost)?;
        let connection = Arc::new(Connection {
            stream: Arc::new(stream),
            writing: AsyncMutex::new(()),
            waiting: Mutex::new(Some(HashMap::new())),
        });
        tokio::spawn(Arc::clone(&connection).read_answers());
        *slot = Slot::Open(Arc::clone(&connection));
        Ok(connection)
    }

    /// Connects; an agent that is not there is waited for until `end`.
    async fn reach(&self, end: Instant) -> io::Result<UnixStream> {
        loop {
            match UnixStream::connect(&self.socket).await {
                Err(error) if is_absent(&error) && Instant::now() < end => sleep(LOOK).await,
                other => return other,
            }
        }
    }

    async fn open(&self, vpc: &VpcId, socket: Socket) -> Result<OwnedFd, DriverError> {
        self.opened(Request::Open { vpc: vpc.clone(), socket }).await
    }

    async fn opened(&self, request: Request) -> Result<OwnedFd, DriverError> {
        let (answer, fd) = self.exchange(request).await?;
        fd.ok_or_else(|| unexpected(&answer))
    }
}

impl Connection {
    fn with_waiting<T>(&self, body: impl FnOnce(&mut Option<HashMap<u64, oneshot::Sender<Reply>>>) -> T) -> T {
        body(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_open(&self) -> bool {
        self.with_waiting(|waiting| waiting.is_some())
    }

    fn expect(&self, number: u64) -> Result<oneshot::Receiver<Reply>, DriverError> {
        let (sender, receiver) = oneshot::channel();
        self.with_waiting(|waiting| waiting.as_mut().map(|waiting| waiting.insert(number, sender)))
            .ok_or_else(|| lost("the agent went away"))?;
        Ok(receiver)
    }

    async fn send(&self, envelope: &Envelope<Request>) -> Result<(), DriverError> {
        let _writing = self.writing.lock().await;
        frame::write(&self.stream, envelope, None).await.map_err(lost)
    }

    async fn read_answers(self: Arc<Self>) {
        let mut reader = Reader::new(&self.stream);
        while let Ok(Some((envelope, fd))) = reader.next::<Envelope<Answer>>().await {
            let sender = self.with_waiting(|waiting| waiting.as_mut().and_then(|waiting| waiting.remove(&envelope.number)));
            if let Some(sender) = sender {
                // Whoever asked may have stopped waiting.
                let _ = sender.send((envelope.body, fd));
            }
        }
        self.with_waiting(Option::take);
    }
}

#[async_trait]
impl Compute for Remote {
    async fn observe(&self) -> Result<Vec<(SandboxId, SandboxState)>, DriverError> {
        match self.ask(Request::ObserveSandboxes).await? {
            Answer::Sandboxes(all) => Ok(all),
            other => Err(unexpected(&other)),
        }
    }
    async fn ensure(&self, id: &SandboxId, spec: &SandboxSpec) -> Result<SandboxState, DriverError> {
        match self
            .ask(Request::EnsureSandbox {
                id: id.clone(),
                spec: Box::new(spec.clone()),
            })
            .await?
        {
            Answer::Sandbox(state) => Ok(state),
            other => Err(unexpected(&other)),
        }
    }
    async fn remove(&self, id: &SandboxId) -> Result<(), DriverError> {
        self.ask(Request::RemoveSandbox { id: id.clone() }).await.map(drop)
    }
}

#[async_trait]
impl Console for Remote {
    async fn read(&self, id: &SandboxId, offset: i64, max: usize) -> Result<(u64, Vec<u8>), DriverError> {
        match self
            .ask(Request::ReadConsole {
                id: id.clone(),
                offset,
                max,
            })
            .await?
        {
            Answer::Console { offset, bytes } => Ok((offset, bytes)),
            other => Err(unexpected(&other)),
        }
    }
}

#[async_trait]
impl Usage for Remote {
    async fn used(&self) -> Result<BTreeMap<SandboxId, Used>, DriverError> {
        match self.ask(Request::ObserveUsage).await? {
            Answer::Usage(used) => Ok(used),
            other => Err(unexpected(&other)),
        }
    }
}

#[async_trait]
impl Exec for Remote {
    async fn run(&self, id: &SandboxId, command: &Command) -> Result<Output, DriverError> {
        let (id, command) = (id.clone(), Box::new(command.clone()));
        match self.ask(Request::Run { id, command }).await? {
            Answer::Output(output) => Ok(output),
            other => Err(unexpected(&other)),
        }
    }
}

#[async_trait]
impl Control for Remote {
    async fn connect(&self, id: &SandboxId, path: &str) -> Result<UnixStream, DriverError> {
        let (id, path) = (id.clone(), path.to_owned());
        let socket = std::os::unix::net::UnixStream::from(self.opened(Request::Connect { id, path }).await?);
        socket.set_nonblocking(true).map_err(lost)?;
        UnixStream::from_std(socket).map_err(lost)
    }
}

#[async_trait]
impl Data for Remote {
    async fn observe(&self) -> Result<Vec<DataId>, DriverError> {
        match self.ask(Request::ObserveData).await? {
            Answer::AllData(all) => Ok(all),
            other => Err(unexpected(&other)),
        }
    }
    async fn ensure(&self, id: &DataId, origin: &Origin) -> Result<(), DriverError> {
        let (id, origin) = (id.clone(), origin.clone());
        self.ask(Request::EnsureData { id, origin }).await.map(drop)
    }
    async fn remove(&self, id: &DataId) -> Result<(), DriverError> {
        self.ask(Request::RemoveData { id: id.clone() }).await.map(drop)
    }
}

#[async_trait]
impl Capture for Remote {
    async fn capture(&self, id: &SandboxId, image: &str, still: Still) -> Result<ImageState, DriverError> {
        let (id, image) = (id.clone(), image.to_owned());
        match self.ask(Request::Capture { id, image, still }).await? {
            Answer::Image(state) => Ok(state),
            other => Err(unexpected(&other)),
        }
    }
}

#[async_trait]
impl Images for Remote {
    async fn observe(&self) -> Result<Vec<ImageState>, DriverError> {
        match self.ask(Request::ObserveImages).await? {
            Answer::Images(all) => Ok(all),
            other => Err(unexpected(&other)),
        }
    }
    async fn ensure(&self, name: &str) -> Result<ImageState, DriverError> {
        match self.ask(Request::EnsureImage { name: name.to_owned() }).await? {
            Answer::Image(state) => Ok(state),
            other => Err(unexpected(&other)),
        }
    }
    async fn remove(&self, name: &str) -> Result<(), DriverError> {
        self.ask(Request::RemoveImage { name: name.to_owned() }).await.map(drop)
    }
}

#[async_trait]
impl Network for Remote {
    async fn observe(&self) -> Result<Vec<(VpcId, VpcState)>, DriverError> {
        match self.ask(Request::ObserveVpcs).await? {
            Answer::Vpcs(all) => Ok(all),
            other => Err(unexpected(&other)),
        }
    }
    async fn ensure(&self, id: &VpcId, spec: &VpcSpec) -> Result<VpcState, DriverError> {
        match self
            .ask(Request::EnsureVpc {
                id: id.clone(),
                spec: Box::new(spec.clone()),
            })
            .await?
        {
            Answer::Vpc(state) => Ok(state),
            other => Err(unexpected(&other)),
        }
    }
    async fn remove(&self, id: &VpcId) -> Result<(), DriverError> {
        self.ask(Request::RemoveVpc { id: id.clone() }).await.map(drop)
    }
}

#[async_trait]
impl HostNames for Remote {
    async fn observe(&self) -> Result<Names, DriverError> {
        match self.ask(Request::ObserveNames).await? {
            Answer::Names(names) => Ok(names),
            other => Err(unexpected(&other)),
        }
    }
    async fn ensure(&self, names: &Names) -> Result<(), DriverError> {
        self.ask(Request::EnsureNames { names: names.clone() }).await.map(drop)
    }
}

#[async_trait]
impl Sockets for Remote {
    async fn listen_tcp(&self, vpc: &VpcId, at: SocketAddrV4) -> Result<OwnedFd, DriverError> {
        self.open(vpc, Socket::ListenTcp(at)).await
    }
    async fn bind_udp(&self, vpc: &VpcId, at: SocketAddrV4) -> Result<OwnedFd, DriverError> {
        self.open(vpc, Socket::BindUdp(at)).await
    }
    async fn connect_tcp(&self, vpc: &VpcId, to: SocketAddrV4) -> Result<OwnedFd, DriverError> {
        self.open(vpc, Socket::ConnectTcp(to)).await
    }
}
