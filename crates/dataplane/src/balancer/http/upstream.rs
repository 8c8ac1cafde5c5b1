//! Connections to targets: each thread has its own, kept alive between requests; some are driven by hyper, for clients that speak
//! HTTP/2, the others by the clients' own tasks ([`http1`](crate::balancer::http1)).
//!
//! **Invariant**: a request that was not sent comes back with the failure, so that another target may have it. When a target
//! leaves its group, its connections are closed; when a whole group is not served any more, what is under way is finished first.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::spawn_local;
use tokio::time::timeout;

use super::body::Sent;
use super::pool::Pool;
use super::stream::Stream;
use crate::balancer::config::{BackendProtocol, GroupId, HttpVersion};
use crate::balancer::http1::{Bell, Connection};
use crate::balancer::live::{Group, Live, Target};
use crate::balancer::local::Local;
use crate::balancer::worker::Worker;

/// "The load balancer failed to establish a connection to the target before the connection timeout expired (10 seconds)."
pub const CONNECT_TIME: Duration = Duration::from_secs(10);
/// Bytes of a response's head: AWS allows 32 K.
const HEAD_BYTES: usize = 32 * 1024;

/// Why a target did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It refused the connection, or the network said that there is no way to it.
    Refused,
    /// No connection in time.
    Unreachable,
    /// No TLS.
    Tls,
    /// "SSL handshake timeout (10 seconds)".
    TlsSilent,
    /// It closed the connection, or did not speak HTTP, after it had the request.
    Broken,
    /// It said nothing for too long.
    Silent,
    /// Nobody waits for its answer any more.
    ClientGone,
    /// The client ended before it had sent all of the request.
    Truncated,
    /// The client did not go on sending the request for too long.
    ClientSilent,
    /// The request's body turned out to be none, on its way.
    Malformed,
}

impl Failure {
    /// From a connection that did not come about.
    pub fn of_connecting(error: &io::Error) -> Self {
        match error.kind() {
            // "ICMP Destination unreachable" as well as "TCP RST": 502.
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable => Self::Refused,
            _ => Self::Unreachable,
        }
    }
}

/// A request that failed, with the request where it was not sent.
pub type Failed = (Failure, Option<Box<Request<Sent>>>);

/// Connections to all targets of one thread.
#[derive(Debug, Default)]
pub struct Upstreams(RefCell<HashMap<u64, Rc<Upstream>>>);

impl Upstreams {
    /// The connections to a target.
    pub fn of(&self, target: &Arc<Target>, group: &Group) -> Rc<Upstream> {
        let mut all = self.0.borrow_mut();
        let known = all.entry(target.serial);
        Rc::clone(known.or_insert_with(|| Rc::new(Upstream::new(target, group))))
    }

    /// Closes connections to targets that a configuration does not have. Whoever still uses one of a group that went finishes with it.
    pub fn keep(&self, live: &Live) {
        let members = live.groups.values().flat_map(|group| &group.members);
        let serials: HashSet<u64> = members.map(|member| member.target.serial).collect();
        let mut all = self.0.borrow_mut();
        for (_, upstream) in all.extract_if(|serial, _| !serials.contains(serial)) {
            if live.groups.contains_key(&upstream.group) {
                upstream.leave();
            }
        }
    }

    /// Closes connections that have not been used for more than so many sweeps.
    pub fn sweep(&self, limit: u32) {
        let mut nobody = Context::from_waker(Waker::noop());
        for upstream in self.0.borrow().values() {
            upstream.idle.sweep(limit, |sender| !sender.is_closed());
            upstream.connections.sweep(limit, |connection| connection.is_quiet(&mut nobody));
            upstream.bells.borrow_mut().retain(|bell| bell.strong_count() > 0);
        }
    }
}

/// Connections to one target.
#[derive(Debug)]
pub struct Upstream {
    target: Arc<Target>,
    group: GroupId,
    tls: bool,
    http2: bool,
    idle: Pool<http1::SendRequest<Sent>>,
    shared: RefCell<Option<http2::SendRequest<Sent>>>,
    gone: watch::Sender<bool>,
    connections: Pool<Connection>,
    bells: RefCell<Vec<Weak<Bell>>>,
}

/// A request or connection that a target has to do with, counted for as long as it lasts.
#[derive(Debug)]
pub struct Load {
    upstream: Rc<Upstream>,
    thread: usize,
}

impl Load {
    /// Begins now. It holds the thread's own connections and not the target: all threads would count who does.
    pub fn new(upstream: &Rc<Upstream>, thread: usize) -> Self {
        upstream.target.load(thread).one();
        Self {
            upstream: Rc::clone(upstream),
            thread,
        }
    }

    /// Who has to do it.
    pub fn target(&self) -> &Target {
        &self.upstream.target
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.target().load(self.thread).less();
    }
}

/// A connection that is in use; given back where it can be used again.
#[derive(Debug)]
pub struct Lease {
    upstream: Rc<Upstream>,
    sender: http1::SendRequest<Sent>,
}

impl Lease {
    /// Keeps the connection for the next request, where its response was read to the end.
    pub fn give_back(self) {
        if self.sender.is_ready() && !*self.upstream.gone.borrow() {
            self.upstream.idle.keep(self.sender);
        }
    }
}

impl Upstream {
    fn new(target: &Arc<Target>, group: &Group) -> Self {
        Self {
            target: Arc::clone(target),
            group: group.spec.id.clone(),
            tls: group.spec.protocol == BackendProtocol::Https,
            http2: group.spec.version == HttpVersion::Http2,
            idle: Pool::default(),
            shared: RefCell::default(),
            gone: watch::channel(false).0,
            connections: Pool::default(),
            bells: RefCell::default(),
        }
    }

    /// The target has left: nothing more comes from it.
    fn leave(&self) {
        self.gone.send_replace(true);
        self.connections.clear();
        self.bells.take().iter().filter_map(Weak::upgrade).for_each(|bell| bell.ring());
    }

    /// A connection of HTTP/1.1 that was kept, and that its target has not closed.
    pub fn kept_connection(&self, cx: &mut Context<'_>) -> Option<Connection> {
        self.connections.take(|connection| connection.is_quiet(cx))
    }

    /// A new connection of HTTP/1.1.
    pub async fn connection(&self, worker: &Rc<Worker>) -> Result<Connection, Failure> {
        let bell = Rc::new(Bell::default());
        self.bells.borrow_mut().push(Rc::downgrade(&bell));
        Ok(Connection::new(self.open(worker, false).await?, bell, worker))
    }

    /// Keeps a connection for the next request.
    pub fn keep(&self, connection: Connection) {
        if !*self.gone.borrow() {
            self.connections.keep(connection);
        }
    }

    /// Says true when the target has left; holds as long as this is held.
    pub fn gone(&self) -> watch::Receiver<bool> {
        self.gone.subscribe()
    }

    /// Sends a request, and waits for the head of the response.
    pub async fn send(self: &Rc<Self>, worker: &Rc<Worker>, request: Request<Sent>) -> Result<(Response<Incoming>, Option<Lease>), Failed> {
        if self.http2 {
            return self.send_shared(worker, request).await.map(|response| (response, None));
        }
        let again = Sent::repeat(&request);
        let mut request = request;
        if let Some(mut sender) = self.idle.take(|sender| sender.is_ready()) {
            match sender.try_send_request(request).await {
                Ok(response) => return Ok((response, Some(self.lease(sender)))),
                // Its target had closed it while it was kept: once more, on a new one.
                Err(mut error) => request = error.take_message().or(again).ok_or((Failure::Broken, None))?,
            }
        }
        let mut sender = match self.open_http1(worker).await {
            Ok(sender) => sender,
            Err(failure) => return Err((failure, Some(Box::new(request)))),
        };
        match sender.try_send_request(request).await {
            Ok(response) => Ok((response, Some(self.lease(sender)))),
            Err(mut error) => Err((Failure::Broken, error.take_message().map(Box::new))),
        }
    }

    fn lease(self: &Rc<Self>, sender: http1::SendRequest<Sent>) -> Lease {
        Lease {
            upstream: Rc::clone(self),
            sender,
        }
    }

    /// Bytes to the target and back, within TLS where its group says so.
    async fn open(&self, worker: &Rc<Worker>, http2: bool) -> Result<Stream, Failure> {
        let tcp = self.connect().await?;
        if !self.tls {
            return Ok(Stream::Plain(tcp));
        }
        let shaking = timeout(CONNECT_TIME, worker.client_tls.connect(tcp, self.target.address, http2)).await;
        let stream = shaking.map_err(|_| Failure::TlsSilent)?.map_err(|_| Failure::Tls)?;
        Ok(Stream::Tls(Box::new(stream)))
    }

    async fn connect(&self) -> Result<TcpStream, Failure> {
        let connecting = timeout(CONNECT_TIME, TcpStream::connect(self.target.address)).await;
        let tcp = connecting
            .map_err(|_| Failure::Unreachable)?
            .map_err(|error| Failure::of_connecting(&error))?;
        tcp.set_nodelay(true).map_err(|_| Failure::Refused)?;
        Ok(tcp)
    }

    async fn open_http1(&self, worker: &Rc<Worker>) -> Result<http1::SendRequest<Sent>, Failure> {
        let stream = self.open(worker, false).await?;
        let mut builder = http1::Builder::new();
        builder.max_buf_size(HEAD_BYTES).preserve_header_case(true).title_case_headers(true);
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(|_| Failure::Broken)?;
        self.drive(connection, worker);
        Ok(sender)
    }

    /// Runs a connection until it ends or its target leaves.
    fn drive(&self, connection: impl Future + 'static, worker: &Rc<Worker>) {
        let (mut gone, worker) = (self.gone.subscribe(), Rc::clone(worker));
        spawn_local(async move {
            worker.counts().new_connections.one();
            worker.counts().active_connections.one();
            tokio::select! {
                _ = connection => {}
                _ = gone.wait_for(|gone| *gone) => {}
            }
            worker.counts().active_connections.less();
        });
    }

    async fn send_shared(self: &Rc<Self>, worker: &Rc<Worker>, request: Request<Sent>) -> Result<Response<Incoming>, Failed> {
        let kept = self.shared.borrow().clone().filter(|sender| !sender.is_closed());
        let mut sender = match kept {
            Some(sender) => sender,
            None => match self.open_shared(worker).await {
                Ok(sender) => sender,
                Err(failure) => return Err((failure, Some(Box::new(request)))),
            },
        };
        let sent = sender.try_send_request(request).await;
        sent.map_err(|mut error| (Failure::Broken, error.take_message().map(Box::new)))
    }

    async fn open_shared(&self, worker: &Rc<Worker>) -> Result<http2::SendRequest<Sent>, Failure> {
        let stream = self.open(worker, true).await?;
        let handshake = http2::Builder::new(Local).handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|_| Failure::Broken)?;
        self.drive(connection, worker);
        *self.shared.borrow_mut() = Some(sender.clone());
        Ok(sender)
    }
}
