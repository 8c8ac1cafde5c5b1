//! Connections to targets: each thread has its own, kept alive between requests.
//!
//! **Invariant**: a request that was not sent comes back with the failure, so that another target may have it. When a target
//! leaves its group, its connections are closed; when a whole group is not served any more, what is under way is finished first.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::spawn_local;
use tokio::time::timeout;

use super::body::Sent;
use crate::balancer::config::{BackendProtocol, GroupId, HttpVersion};
use crate::balancer::live::{Group, Live, Target};
use crate::balancer::local::Local;
use crate::balancer::worker::Worker;

/// "The load balancer failed to establish a connection to the target before the connection timeout expired (10 seconds)."
pub const CONNECT_TIME: Duration = Duration::from_secs(10);
/// Connections to one target that are kept when nothing is asked of them.
const IDLE: usize = 256;
/// Bytes of a response's head: AWS allows 32 K.
const HEAD_BYTES: usize = 32 * 1024;

/// Why a target did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It refused the connection.
    Refused,
    /// No connection in time, or no way to it.
    Unreachable,
    /// No TLS.
    Tls,
    /// It closed the connection, or did not speak HTTP, after it had the request.
    Broken,
}

impl Failure {
    /// From a connection that did not come about.
    pub fn of_connecting(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Self::Refused,
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
                upstream.gone.send_replace(true);
            }
        }
    }

    /// Closes connections that have not been used for so long.
    pub fn sweep(&self, limit: Duration) {
        for upstream in self.0.borrow().values() {
            let mut idle = upstream.idle.borrow_mut();
            idle.retain(|kept| !kept.sender.is_closed() && kept.since.elapsed() < limit);
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
    idle: RefCell<Vec<Idle>>,
    shared: RefCell<Option<http2::SendRequest<Sent>>>,
    gone: watch::Sender<bool>,
}

#[derive(Debug)]
struct Idle {
    sender: http1::SendRequest<Sent>,
    since: Instant,
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
        let mut idle = self.upstream.idle.borrow_mut();
        if self.sender.is_ready() && idle.len() < IDLE && !*self.upstream.gone.borrow() {
            idle.push(Idle {
                sender: self.sender,
                since: Instant::now(),
            });
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
            idle: RefCell::default(),
            shared: RefCell::default(),
            gone: watch::channel(false).0,
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
        let mut request = request;
        loop {
            let (mut sender, fresh) = match self.kept() {
                Some(sender) => (sender, false),
                None => match self.open(worker).await {
                    Ok(sender) => (sender, true),
                    Err(failure) => return Err((failure, Some(Box::new(request)))),
                },
            };
            match sender.try_send_request(request).await {
                Ok(response) => {
                    let upstream = Rc::clone(self);
                    return Ok((response, Some(Lease { upstream, sender })));
                }
                // A kept connection that its target closed before the request was written: another one.
                Err(mut error) if !fresh => request = unsent(&mut error)?,
                Err(mut error) => return Err((Failure::Broken, error.take_message().map(Box::new))),
            }
        }
    }

    fn kept(&self) -> Option<http1::SendRequest<Sent>> {
        let mut idle = self.idle.borrow_mut();
        std::iter::from_fn(|| idle.pop())
            .map(|kept| kept.sender)
            .find(http1::SendRequest::is_ready)
    }

    async fn open(&self, worker: &Rc<Worker>) -> Result<http1::SendRequest<Sent>, Failure> {
        let tcp = self.connect().await?;
        if !self.tls {
            return self.shake_http1(tcp, worker).await;
        }
        let stream = worker.client_tls.connect(tcp, self.target.address, false).await;
        self.shake_http1(stream.map_err(|_| Failure::Tls)?, worker).await
    }

    async fn connect(&self) -> Result<TcpStream, Failure> {
        let connecting = timeout(CONNECT_TIME, TcpStream::connect(self.target.address)).await;
        let tcp = connecting
            .map_err(|_| Failure::Unreachable)?
            .map_err(|error| Failure::of_connecting(&error))?;
        tcp.set_nodelay(true).map_err(|_| Failure::Refused)?;
        Ok(tcp)
    }

    async fn shake_http1<S>(&self, stream: S, worker: &Rc<Worker>) -> Result<http1::SendRequest<Sent>, Failure>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let mut builder = http1::Builder::new();
        builder.max_buf_size(HEAD_BYTES).preserve_header_case(true).title_case_headers(true);
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(|_| Failure::Broken)?;
        self.drive(connection.with_upgrades(), worker);
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
        let tcp = self.connect().await?;
        let sender = if self.tls {
            let stream = worker.client_tls.connect(tcp, self.target.address, true).await;
            self.shake_http2(stream.map_err(|_| Failure::Tls)?, worker).await?
        } else {
            self.shake_http2(tcp, worker).await?
        };
        *self.shared.borrow_mut() = Some(sender.clone());
        Ok(sender)
    }

    async fn shake_http2<S>(&self, stream: S, worker: &Rc<Worker>) -> Result<http2::SendRequest<Sent>, Failure>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let handshake = http2::Builder::new(Local).handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|_| Failure::Broken)?;
        self.drive(connection, worker);
        Ok(sender)
    }
}

/// The request of a send that failed before a byte of it was written.
fn unsent(error: &mut TrySendError<Request<Sent>>) -> Result<Request<Sent>, Failed> {
    error.take_message().ok_or((Failure::Broken, None))
}
