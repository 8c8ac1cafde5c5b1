//! The edge in one process with simulated drivers: raw signed requests in, wire bytes out. `golden/edge.txt` is written anew by
//! `TIERRA_GOLDEN=write`.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tierra::assembly::{Cloud, Drivers};
use tierra::edge::Auth;
use tierra::home::Home;
use tierra::root_key::RootKey;
use tierra_core::{Clock, SystemClock};
use tierra_wire::sigv4::{Scope, SignedRequest, sign};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A cloud in this process.
struct House {
    folder: TempDir,
    key: RootKey,
    port: u16,
    stop: watch::Sender<bool>,
    served: JoinHandle<()>,
}

impl House {
    async fn open(auth: Auth) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let home = Home::new(folder.path().to_owned());
        let cloud = Cloud::open(&home, &Drivers::Sim.machine(&home), auth).expect("a cloud");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("address").port();
        let (stop, stopped) = watch::channel(false);
        Self {
            key: RootKey::read(&home.root_key()).expect("key"),
            served: tokio::spawn(cloud.run(listener, stopped)),
            folder,
            port,
            stop,
        }
    }

    async fn close(self) {
        self.stop.send_replace(true);
        self.served.await.expect("a graceful end");
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port)).await.expect("connected")
    }

    /// Sends a request and gives the answer's bytes, with all that is never twice the same named.
    async fn ask(&self, case: &Case) -> String {
        let answer = exchange(self.connect().await, &case.bytes(&self.key)).await;
        self.normalized(&answer)
    }

    fn normalized(&self, answer: &str) -> String {
        let id = answer
            .lines()
            .find_map(|line| line.strip_prefix("x-amzn-requestid: "))
            .unwrap_or("none")
            .to_owned();
        let lines = answer.replace(&id, "REQUEST-ID").replace(&self.key.account, "ACCOUNT");
        lines
            .lines()
            .filter(|line| !line.starts_with("date: "))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &[u8]) -> String {
    stream.write_all(request).await.expect("sent");
    let mut answer = Vec::new();
    // A peer that closes TLS without saying goodbye has still answered.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).replace("\r\n", "\n")
}

/// One request.
struct Case {
    name: &'static str,
    service: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    signed: Signed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Signed {
    Well,
    Wrongly,
    Not,
}

const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded; charset=utf-8")];

const fn form(name: &'static str, service: &'static str, body: &'static str, signed: Signed) -> Case {
    Case {
        name,
        service,
        headers: FORM,
        body,
        signed,
    }
}

const fn json(name: &'static str, target: &'static [(&'static str, &'static str)], body: &'static str) -> Case {
    Case {
        name,
        service: "ssm",
        headers: target,
        body,
        signed: Signed::Well,
    }
}

const CASES: &[Case] = &[
    form("who calls", "sts", "Action=GetCallerIdentity&Version=2011-06-15", Signed::Well),
    form(
        "a wrong signature",
        "sts",
        "Action=GetCallerIdentity&Version=2011-06-15",
        Signed::Wrongly,
    ),
    form(
        "a wrong signature, in EC2's words",
        "ec2",
        "Action=DescribeVpcs&Version=2016-11-15",
        Signed::Wrongly,
    ),
    form("no signature", "sts", "Action=GetCallerIdentity&Version=2011-06-15", Signed::Not),
    form(
        "a signature for another service",
        "sts",
        "Action=ListUsers&Version=2010-05-08",
        Signed::Well,
    ),
    form(
        "an operation that AWS does not know",
        "ec2",
        "Action=Frobnicate&Version=2016-11-15",
        Signed::Well,
    ),
    form(
        "an operation that is not built",
        "rds",
        "Action=DescribeDBClusters&Version=2014-10-31",
        Signed::Well,
    ),
    form(
        "a parameter that is not honoured",
        "ec2",
        "Action=CreateVpc&Version=2016-11-15&Ipv4NetmaskLength=20",
        Signed::Well,
    ),
    form(
        "a parameter that nobody knows",
        "ec2",
        "Action=CreateVpc&Version=2016-11-15&CidrBlok=10.0.0.0%2F16",
        Signed::Well,
    ),
    form(
        "a required parameter left out",
        "ec2",
        "Action=CreateSubnet&Version=2016-11-15",
        Signed::Well,
    ),
    form(
        "no such resource",
        "ec2",
        "Action=DescribeVpcs&Version=2016-11-15&VpcId.1=vpc-0123456789abcdef0",
        Signed::Well,
    ),
    form(
        "a read in an old version",
        "ec2",
        "Action=DescribeVpcs&Version=2014-10-01&Filter.1.Name=cidr&Filter.1.Value.1=none",
        Signed::Well,
    ),
    json(
        "a write over JSON",
        &[
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "AmazonSSM.PutParameter"),
        ],
        r#"{"Name":"/a","Value":"b","Type":"String"}"#,
    ),
    json(
        "what is not there, over JSON",
        &[
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "AmazonSSM.GetParameter"),
        ],
        r#"{"Name":"/nowhere"}"#,
    ),
    json(
        "a body that is no JSON",
        &[
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "AmazonSSM.GetParameter"),
        ],
        "{",
    ),
    json(
        "a target that AWS does not know",
        &[
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "AmazonSSM.Frobnicate"),
        ],
        "{}",
    ),
];

impl Case {
    fn bytes(&self, key: &RootKey) -> Vec<u8> {
        let now = SystemClock.now().to_string();
        let date = now.split('.').next().unwrap_or(&now).replace(['-', ':'], "") + "Z";
        let mut headers = vec![("host".to_owned(), "localhost".to_owned()), ("x-amz-date".to_owned(), date.clone())];
        headers.extend(self.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let scope = Scope {
            date: date[..8].to_owned(),
            region: "us-east-1".to_owned(),
            service: self.service.to_owned(),
        };
        let head = SignedRequest {
            method: "POST",
            path: "/",
            query: "",
            headers: &headers,
        };
        let secret = if self.signed == Signed::Well {
            &key.secret_access_key
        } else {
            "wrong"
        };
        let authorization = sign(&head, &key.access_key_id, secret, &scope, self.body.as_bytes());
        if self.signed != Signed::Not {
            headers.push(("authorization".to_owned(), authorization));
        }
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = self.body.len();
        format!(
            "POST / HTTP/1.1\r\n{lines}connection: close\r\ncontent-length: {length}\r\n\r\n{}",
            self.body
        )
        .into_bytes()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transcripts_are_as_they_were() {
    let house = House::open(Auth::Enforced).await;
    let mut found = String::new();
    for case in CASES {
        let answer = house.ask(case).await;
        found.push_str(&format!("### {}\n> {}\n{answer}\n\n", case.name, case.body));
    }
    house.close().await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/edge.txt");
    if std::env::var_os("TIERRA_GOLDEN").is_some_and(|word| word == "write") {
        std::fs::write(&file, &found).expect("written");
    }
    let golden = std::fs::read_to_string(&file).unwrap_or_default();
    for (found, golden) in found.split("### ").zip(golden.split("### ")) {
        assert_eq!(found, golden, "run with TIERRA_GOLDEN=write where the change is meant");
    }
    assert_eq!(found, golden);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_auth_everybody_is_root() {
    let house = House::open(Auth::Off).await;
    for signed in [Signed::Wrongly, Signed::Not] {
        let answer = house
            .ask(&form("", "sts", "Action=GetCallerIdentity&Version=2011-06-15", signed))
            .await;
        assert!(answer.contains("<Arn>arn:aws:iam::ACCOUNT:root</Arn>"), "{answer}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_spoken_on_the_same_port_under_aws_names() {
    let house = House::open(Auth::Enforced).await;
    let pem = std::fs::read(Home::new(house.folder.path().to_owned()).ca_certificate()).expect("certificate");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&pem).expect("pem")).expect("an authority");
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions");
    let connector = TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()));
    let health = b"GET /_tierra/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    for (name, served) in [("localhost", true), ("ec2.us-east-1.amazonaws.com", true), ("example.com", false)] {
        let name = ServerName::try_from(name).expect("a name");
        match connector.connect(name, house.connect().await).await {
            Ok(stream) => assert!(served && exchange(stream, health).await.contains("\"serving\"")),
            Err(error) => assert!(!served, "{error}"),
        }
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_held() {
    // Each is one byte too long and no longer: a peer that closes with bytes unread would take its answer back.
    const HEAD: usize = 64 << 10;
    const BODY: usize = 16 << 20;
    let house = House::open(Auth::Enforced).await;
    let mut long = b"GET / HTTP/1.1\r\nhost: x\r\nx-long: ".to_vec();
    long.resize(HEAD, b'x');
    let answer = exchange(house.connect().await, &long).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    let mut large = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        2 * BODY
    )
    .into_bytes();
    large.resize(large.len() + BODY + 1, b'x');
    let answer = exchange(house.connect().await, &large).await;
    assert!(
        answer.starts_with("HTTP/1.1 413") && answer.contains("RequestEntityTooLarge"),
        "{answer}"
    );
    house.close().await;
}
