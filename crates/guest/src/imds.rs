//! The instance metadata service, version 2 (AWS: "Use IMDS to access instance metadata"): a token first, then paths.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Where it answers.
const ADDRESS: ([u8; 4], u16) = ([169, 254, 169, 254], 80);
/// How long one connection may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long an instance waits for its metadata at boot.
const PATIENCE: Duration = Duration::from_secs(120);
/// The wait after the first failure; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How long a token is good for, in seconds.
const TOKEN_SECONDS: &str = "21600";
/// The most bytes of an answer.
const ANSWER_BYTES: u64 = 1 << 20;

/// A session with the metadata service.
pub(crate) struct Imds {
    address: SocketAddr,
    token: String,
}

impl Imds {
    /// Asks for a token until the service answers.
    pub fn connect() -> io::Result<Self> {
        Self::connect_to(ADDRESS.into(), PATIENCE)
    }

    fn connect_to(address: SocketAddr, patience: Duration) -> io::Result<Self> {
        let began = Instant::now();
        let mut wait = FIRST_WAIT;
        loop {
            let header = format!("X-aws-ec2-metadata-token-ttl-seconds: {TOKEN_SECONDS}\r\nContent-Length: 0");
            match request(address, "PUT", "/latest/api/token", &header) {
                Ok((200, token)) => {
                    return Ok(Self {
                        address,
                        token: String::from_utf8_lossy(&token).trim().to_owned(),
                    });
                }
                Ok((status, _)) if began.elapsed() > patience => return Err(io::Error::other(format!("metadata service: HTTP {status}"))),
                Err(error) if began.elapsed() > patience => return Err(error),
                _ => {}
            }
            std::thread::sleep(wait);
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// The bytes at `/latest/PATH`; nothing where there are none.
    pub fn bytes(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        let header = format!("X-aws-ec2-metadata-token: {}", self.token);
        match request(self.address, "GET", &format!("/latest/{path}"), &header)? {
            (200, body) => Ok(Some(body)),
            (404, _) => Ok(None),
            (status, _) => Err(io::Error::other(format!("metadata {path}: HTTP {status}"))),
        }
    }

    /// The text at `/latest/meta-data/PATH`.
    pub fn text(&self, path: &str) -> io::Result<Option<String>> {
        let bytes = self.bytes(&format!("meta-data/{path}"))?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()))
    }

    /// The public keys that the instance was started with.
    pub fn public_keys(&self) -> io::Result<Vec<String>> {
        let list = self.text("public-keys/")?.unwrap_or_default();
        let indexes = list.lines().filter_map(|line| line.split_once('=')).map(|(index, _)| index);
        indexes
            .filter_map(|index| self.text(&format!("public-keys/{index}/openssh-key")).transpose())
            .collect()
    }

    /// The VPC's resolver: the network range's base plus two (AWS: "DNS attributes for your VPC").
    pub fn resolver(&self) -> io::Result<Option<String>> {
        let macs = self.text("network/interfaces/macs/")?.unwrap_or_default();
        let Some(mac) = macs.lines().next() else { return Ok(None) };
        let block = self.text(&format!(
            "network/interfaces/macs/{}/vpc-ipv4-cidr-block",
            mac.trim_end_matches('/')
        ))?;
        Ok(block.as_deref().and_then(resolver_of))
    }
}

fn resolver_of(block: &str) -> Option<String> {
    let base: std::net::Ipv4Addr = block.split('/').next()?.parse().ok()?;
    Some(std::net::Ipv4Addr::from(u32::from(base).checked_add(2)?).to_string())
}

/// One request on a connection of its own. HTTP/1.0, so that the answer ends with the connection.
fn request(address: SocketAddr, method: &str, path: &str, header: &str) -> io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.write_all(format!("{method} {path} HTTP/1.0\r\nHost: {}\r\n{header}\r\n\r\n", address.ip()).as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES).read_to_end(&mut answer)?;
    parse_answer(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not an HTTP answer"))
}

fn parse_answer(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.trim_end().parse().ok()?;
    Some((status, answer[end + 4..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_taken_apart() {
        assert_eq!(
            parse_answer(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbo\r\n\r\ndy"),
            Some((200, b"bo\r\n\r\ndy".to_vec()))
        );
        assert_eq!(parse_answer(b"HTTP/1.0 404 Not Found\r\n\r\n"), Some((404, vec![])));
        assert_eq!(parse_answer(b"SSH-2.0-x\r\n\r\n"), None);
    }

    #[test]
    fn the_resolver_is_the_base_plus_two() {
        for (block, resolver) in [
            ("10.0.0.0/16", Some("10.0.0.2")),
            ("172.31.0.0/16", Some("172.31.0.2")),
            ("x", None),
        ] {
            assert_eq!(resolver_of(block).as_deref(), resolver);
        }
    }

    #[test]
    fn a_service_that_is_late_is_waited_for() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            for answer in [
                "HTTP/1.0 503 Later\r\n\r\n",
                "HTTP/1.0 200 OK\r\n\r\ntoken\n",
                "HTTP/1.0 200 OK\r\n\r\ni-1\n",
            ] {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 1024];
                let length = stream.read(&mut request).unwrap();
                let request = String::from_utf8_lossy(&request[..length]).into_owned();
                assert!(request.contains("X-aws-ec2-metadata-token"), "{request}");
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        let imds = Imds::connect_to(address, PATIENCE).unwrap();
        assert_eq!(imds.text("instance-id").unwrap().as_deref(), Some("i-1"));
        server.join().unwrap();
    }
}
