//! Clients and targets that say exactly what a test has them say.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::pending;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use tierra_dataplane::balancer::config::{Attributes, ListenerProtocol};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;
use tokio::time::timeout;

use crate::machine::{Machine, group, listener};

/// At the end of an answer: the target closes the connection after it.
pub const CLOSE: &str = "<close>";
/// At the beginning of an answer: the target does not wait for the request's body.
pub const EARLY: &str = "<early>";
/// An answer: none, and the connection stays.
pub const SILENT: &str = "<silent>";
/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// A target that answers requests with what it was given, and keeps what it was asked.
#[derive(Clone, Debug, Default)]
pub struct Script {
    answers: Rc<RefCell<VecDeque<String>>>,
    seen: Rc<RefCell<Vec<String>>>,
}

impl Script {
    /// Puts a balancer before a target with these answers; the port is the balancer's.
    pub async fn play(machine: &Machine, answers: &[&str]) -> (Self, u16) {
        Self::play_with(machine, Attributes::default(), answers).await
    }

    /// Puts a balancer with these attributes before a target with these answers; the port is the balancer's.
    pub async fn play_with(machine: &Machine, attributes: Attributes, answers: &[&str]) -> (Self, u16) {
        let (script, target) = Self::start(answers).await;
        let (mut served, port) = (group(&[target]), machine.free_port());
        served.health_check.enabled = false;
        let on = listener(port, ListenerProtocol::Http);
        machine.serve_with(attributes, vec![on], vec![served]).await;
        (script, port)
    }

    /// Starts a target with these answers; the port is its own.
    pub async fn start(answers: &[&str]) -> (Self, u16) {
        let script = Self::default();
        script
            .answers
            .borrow_mut()
            .extend(answers.iter().map(|answer| (*answer).to_owned()));
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("bind");
        let port = socket.local_addr().expect("address").port();
        let target = script.clone();
        spawn_local(async move {
            while let Ok((stream, _)) = socket.accept().await {
                spawn_local(target.clone().answer(stream));
            }
        });
        (script, port)
    }

    /// The requests that came, without the lines that the balancer adds to all.
    pub fn seen(&self) -> Vec<String> {
        let added = |line: &&str| !(line.starts_with("X-Forwarded-") || line.starts_with("X-Amzn-Trace-Id") || line.starts_with("Host"));
        let without = |request: &String| request.split("\r\n").filter(added).collect::<Vec<_>>().join("\r\n");
        self.seen.borrow().iter().map(without).collect()
    }

    /// The requests that came.
    pub fn seen_whole(&self) -> Vec<String> {
        self.seen.borrow().clone()
    }

    async fn answer(self, mut stream: TcpStream) -> Option<()> {
        loop {
            let early = self.answers.borrow().front().is_some_and(|answer| answer.starts_with(EARLY));
            let request = read_request(&mut stream, early).await?;
            self.seen.borrow_mut().push(request);
            let answer = self.answers.borrow_mut().pop_front()?;
            if answer == SILENT {
                return pending().await;
            }
            let closes = answer.ends_with(CLOSE);
            let text = answer.trim_start_matches(EARLY).trim_end_matches(CLOSE);
            stream.write_all(text.as_bytes()).await.ok()?;
            if closes {
                return None;
            }
        }
    }
}

/// One request, as a reader without any leniency frames it; or its head alone.
async fn read_request(stream: &mut TcpStream, head_alone: bool) -> Option<String> {
    let mut text = String::new();
    loop {
        text.push(char::from(stream.read_u8().await.ok()?));
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let lines = head.to_lowercase();
        let length = lines
            .lines()
            .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        let whole = match length {
            Some(length) => body.len() == length,
            None => !lines.contains("transfer-encoding: chunked") || body.ends_with("0\r\n\r\n"),
        };
        if whole || head_alone {
            return Some(text);
        }
    }
}

/// A client that writes bytes.
pub struct Raw(TcpStream);

impl Raw {
    /// Connects to a balancer.
    pub async fn connect(port: u16) -> Self {
        Self(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("connect"))
    }

    /// Says this.
    pub async fn say(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.expect("write");
    }

    /// Says that it says no more.
    pub async fn end(&mut self) {
        self.0.shutdown().await.expect("shutdown");
    }

    /// All that comes until `end` has come, or the balancer has closed.
    pub async fn hear(&mut self, end: &str) -> String {
        let mut heard = Vec::new();
        let hearing = async {
            while !String::from_utf8_lossy(&heard).contains(end) || end.is_empty() {
                match self.0.read_u8().await {
                    Ok(byte) => heard.push(byte),
                    Err(_) => break,
                }
            }
        };
        let came = timeout(PATIENCE, hearing).await;
        let heard = String::from_utf8_lossy(&heard).into_owned();
        assert!(came.is_ok(), "still waiting for {end:?} after {heard:?}");
        heard
    }

    /// All that comes until the balancer closes.
    pub async fn hear_all(&mut self) -> String {
        self.hear("").await
    }
}
