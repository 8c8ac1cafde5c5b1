//! The control plane's side of the socket.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::{ListenerProblem, LogBatch, Order, REPORT_WAIT, Reply, Report, frame};
use crate::balancer::config::Config;

/// How long a node may take for an answer, beside the wait that was asked for.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// A node did not answer as it should.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The socket failed.
    #[error("the balancer's node: {0}")]
    Io(#[from] io::Error),
    /// The node closed the connection.
    #[error("the balancer's node closed its control connection")]
    Closed,
    /// It took too long.
    #[error("the balancer's node does not answer")]
    Silent,
    /// It answered something else.
    #[error("the balancer's node answered what was not asked")]
    Confused,
}

/// A connection to a node's control socket. After an error it is of no more use: connect again.
#[derive(Debug)]
pub struct Client<S> {
    stream: S,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Speaks over a connected stream.
    pub fn new(stream: S) -> Self {
        Self { stream }
    }

    /// Gives a node its configuration; answers what of it could not be done.
    ///
    /// # Errors
    /// The node is gone or silent.
    pub async fn configure(&mut self, config: Config) -> Result<Vec<ListenerProblem>, ControlError> {
        match self.ask(&Order::Configure(Box::new(config))).await? {
            Reply::Configured { problems, .. } => Ok(problems),
            _ => Err(ControlError::Confused),
        }
    }

    /// Health and counters: at once where `seen` is absent, else when health is newer than that or some seconds are over.
    ///
    /// # Errors
    /// The node is gone or silent.
    pub async fn report(&mut self, seen: Option<u64>) -> Result<Report, ControlError> {
        match self.ask(&Order::Report { seen }).await? {
            Reply::Report(report) => Ok(*report),
            _ => Err(ControlError::Confused),
        }
    }

    /// The next access-log lines. Name the last batch that is safe, 0 at first; it is not given again.
    ///
    /// # Errors
    /// The node is gone or silent.
    pub async fn take_logs(&mut self, acknowledged: u64) -> Result<LogBatch, ControlError> {
        match self.ask(&Order::TakeLogs { acknowledged }).await? {
            Reply::Logs(batch) => Ok(batch),
            _ => Err(ControlError::Confused),
        }
    }

    /// Asks the node to end.
    ///
    /// # Errors
    /// The node is gone or silent.
    pub async fn end(&mut self) -> Result<(), ControlError> {
        match self.ask(&Order::End).await? {
            Reply::Ending => Ok(()),
            _ => Err(ControlError::Confused),
        }
    }

    async fn ask(&mut self, order: &Order) -> Result<Reply, ControlError> {
        let answer = async {
            frame::write(&mut self.stream, order).await?;
            frame::read(&mut self.stream).await?.ok_or(ControlError::Closed)
        };
        timeout(REPORT_WAIT + ANSWER_TIME, answer).await.map_err(|_| ControlError::Silent)?
    }
}
