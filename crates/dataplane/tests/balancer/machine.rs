//! What the tests stand on: a node with its control socket, and backends that say what they were asked.

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;
use tierra_dataplane::balancer::config::{
    Action, Algorithm, Attributes, BackendProtocol, CheckProtocol, Condition, Config, FixedResponse, Forward, GroupId, HealthCheck,
    HttpVersion, Kind, Listener, ListenerProtocol, Matcher, Millis, Redirect, Rule, Target, TargetGroup, TargetId, WeightedGroup, Zone,
};
use tierra_dataplane::balancer::control::{Client, HealthState, Report};
use tierra_dataplane::balancer::node::{Node, Surroundings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::task::{LocalSet, spawn_local};

/// The group that listeners forward to.
const GROUP: &str = "group";

/// A node that is being tested.
pub struct Machine {
    control: RefCell<Option<Client<UnixStream>>>,
    revision: RefCell<u64>,
    batch: RefCell<u64>,
    _folder: TempDir,
}

impl Machine {
    /// Runs a test with a node of its own.
    pub fn run(test: impl AsyncFnOnce(&Self)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        LocalSet::new().block_on(&runtime, async {
            let folder = tempfile::tempdir().expect("folder");
            let path = folder.path().join("control.sock");
            let socket = UnixListener::bind(&path).expect("socket");
            let node = Node::start(Surroundings {
                clock: SystemTime::now,
                seed: 7,
                threads: Some(2),
            })
            .expect("node");
            let serving = spawn_local(async move { node.serve(socket).await });
            let control = Client::new(UnixStream::connect(&path).await.expect("connect"));
            let machine = Self {
                control: RefCell::new(Some(control)),
                revision: RefCell::new(0),
                batch: RefCell::new(0),
                _folder: folder,
            };
            test(&machine).await;
            machine.take().end().await.expect("end");
            serving.await.expect("ended");
        });
    }

    fn take(&self) -> Client<UnixStream> {
        self.control.borrow_mut().take().expect("one at a time")
    }

    /// Gives the node a configuration.
    pub async fn serve(&self, listeners: Vec<Listener>, groups: Vec<TargetGroup>) {
        self.serve_with(Attributes::default(), listeners, groups).await;
    }

    /// Gives the node a configuration with these attributes.
    pub async fn serve_with(&self, attributes: Attributes, listeners: Vec<Listener>, groups: Vec<TargetGroup>) {
        self.serve_as(Kind::Application, attributes, listeners, groups).await;
    }

    /// Gives the node the configuration of such a balancer.
    pub async fn serve_as(&self, kind: Kind, attributes: Attributes, listeners: Vec<Listener>, groups: Vec<TargetGroup>) {
        *self.revision.borrow_mut() += 1;
        let config = Config {
            revision: *self.revision.borrow(),
            kind,
            name: "app/test/0123456789abcdef".to_owned(),
            zones: vec![Zone {
                name: "us-east-1a".to_owned(),
                addresses: vec![Ipv4Addr::LOCALHOST.into()],
            }],
            attributes,
            listeners,
            groups,
            cookie_key: "key".to_owned(),
            access_log: true,
        };
        let mut control = self.take();
        let problems = control.configure(config).await.expect("configure");
        self.control.replace(Some(control));
        assert!(problems.is_empty(), "{problems:?}");
    }

    /// Health and counters now.
    pub async fn report(&self) -> Report {
        let mut control = self.take();
        let report = control.report(None).await.expect("report");
        self.control.replace(Some(control));
        report
    }

    /// Waits until so many targets are healthy.
    pub async fn healthy(&self, wanted: usize) {
        let mut seen = None;
        loop {
            let mut control = self.take();
            let report = control.report(seen).await.expect("report");
            self.control.replace(Some(control));
            let targets = report.targets.values().flat_map(|group| group.values());
            if targets.filter(|target| target.health.state == HealthState::Healthy).count() == wanted {
                return;
            }
            seen = Some(report.health_revision);
        }
    }

    /// The access log's lines since the last look, once there are some.
    pub async fn lines(&self) -> Vec<String> {
        loop {
            let (acknowledged, mut control) = (*self.batch.borrow(), self.take());
            let batch = control.take_logs(acknowledged).await.expect("lines");
            self.control.replace(Some(control));
            self.batch.replace(batch.batch);
            if !batch.lines.is_empty() {
                return batch.lines;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A port that nobody listens on.
    pub fn free_port(&self) -> u16 {
        let socket = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("bind");
        socket.local_addr().expect("address").port()
    }

    /// A server that answers with its name and the head that it was asked with; answers its port.
    pub async fn backend(&self, name: &'static str) -> u16 {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("bind");
        let port = socket.local_addr().expect("address").port();
        spawn_local(async move {
            while let Ok((stream, _)) = socket.accept().await {
                spawn_local(answer_all(stream, name));
            }
        });
        port
    }
}

async fn answer_all(mut stream: TcpStream, name: &'static str) -> Option<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).ok()?.to_lowercase();
        if head.starts_with("get /drop") {
            return None;
        }
        let status = if head.starts_with("get /fails") { "500 No" } else { "200 OK" };
        let body = format!("name={name}\n{head}");
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

/// One GET on a connection of its own; answers all that came back.
pub async fn get(port: u16, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("connect");
    let request = format!("GET {path} HTTP/1.1\r\nHost: balancer.test\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("write");
    let mut answer = Vec::new();
    if headers.is_empty() || !headers.contains("keep") {
        read_answer(&mut stream, &mut answer).await;
    }
    String::from_utf8(answer).expect("text")
}

/// Reads a head and as much as it promises: behind a TCP listener the other side stays open.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) {
    loop {
        let text = String::from_utf8_lossy(answer).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length = head
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.lines().next()?.parse::<usize>().ok());
            if length.is_some_and(|length| body.len() >= length) {
                return;
            }
        }
        let mut more = [0; 4096];
        match stream.read(&mut more).await {
            Ok(0) | Err(_) => return,
            Ok(count) => answer.extend_from_slice(&more[..count]),
        }
    }
}

/// A listener that forwards to the group.
pub fn listener(port: u16, protocol: ListenerProtocol) -> Listener {
    Listener {
        port,
        protocol,
        tls: None,
        rules: Vec::new(),
        default_action: Action::Forward(Forward {
            groups: vec![WeightedGroup {
                group: GroupId(GROUP.to_owned()),
                weight: 1,
            }],
            stickiness: None,
        }),
        response_headers: Default::default(),
        server_header: true,
    }
}

/// A rule with one condition.
pub fn rule(priority: u32, condition: Condition, action: Action) -> Rule {
    Rule {
        priority,
        conditions: vec![condition],
        action,
    }
}

/// A redirect to the same host and path by HTTPS, with this query.
pub fn to_https(query: &str) -> Action {
    Action::Redirect(Redirect {
        status: 301,
        protocol: "HTTPS".to_owned(),
        host: "#{host}".to_owned(),
        port: "443".to_owned(),
        path: "/#{path}".to_owned(),
        query: query.to_owned(),
    })
}

/// A fixed response of plain text.
pub fn fixed(status: u16, body: &str) -> Action {
    Action::FixedResponse(FixedResponse {
        status,
        content_type: Some("text/plain".to_owned()),
        body: body.to_owned(),
    })
}

/// The group, with targets on these ports.
pub fn group(ports: &[u16]) -> TargetGroup {
    let target = |port: &u16| Target {
        id: TargetId(format!("127.0.0.1:{port}")),
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, *port)),
        zone: Some("us-east-1a".to_owned()),
        draining: false,
    };
    TargetGroup {
        id: GroupId(GROUP.to_owned()),
        protocol: BackendProtocol::Http,
        version: HttpVersion::Http1,
        proxy_protocol: None,
        algorithm: Algorithm::RoundRobin,
        stickiness: None,
        slow_start: Millis(0),
        cross_zone: None,
        minimum_healthy_targets: 1,
        health_check: HealthCheck {
            enabled: true,
            protocol: CheckProtocol::Http,
            port: None,
            path: "/health".to_owned(),
            version: HttpVersion::Http1,
            interval: Millis(50),
            timeout: Millis::seconds(5),
            healthy_threshold: 2,
            unhealthy_threshold: 2,
            matcher: Matcher::default(),
        },
        targets: ports.iter().map(target).collect(),
    }
}
