//! Names that others know: the question's bytes go to the host's resolvers as they are, and the answer's come back so.
//!
//! **Invariant**: an answer counts only from the resolver that was asked, with the question's id.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::answer::Transport;

/// How long each resolver has.
const PATIENCE: Duration = Duration::from_secs(2);
/// The port that resolvers listen at.
const PORT: u16 = 53;
/// Resolvers that are asked, as in resolv.conf(5).
const MOST: usize = 3;
/// Bytes of the longest message.
const LONGEST: usize = u16::MAX as usize;

/// The resolvers that a resolv.conf(5) names.
pub fn parse_resolv_conf(text: &str) -> Vec<SocketAddr> {
    let words = text.lines().filter_map(|line| line.trim().strip_prefix("nameserver"));
    let address = |word: &str| word.trim().parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, PORT));
    words
        .filter(|word| word.starts_with(char::is_whitespace))
        .filter_map(address)
        .take(MOST)
        .collect()
}

/// The answer of the first resolver that gives one; `None` where none does.
pub async fn ask(upstreams: &[SocketAddr], question: &[u8], transport: Transport) -> Option<Vec<u8>> {
    for upstream in upstreams.iter().take(MOST) {
        let asked = timeout(PATIENCE, async {
            match transport {
                Transport::Udp => by_udp(*upstream, question).await,
                Transport::Tcp => by_tcp(*upstream, question).await,
            }
        });
        match asked.await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => tracing::debug!(%upstream, %error, "resolver failed"),
            Err(_) => tracing::debug!(%upstream, "resolver is silent"),
        }
    }
    None
}

async fn by_udp(upstream: SocketAddr, question: &[u8]) -> std::io::Result<Vec<u8>> {
    let here: SocketAddr = if upstream.is_ipv4() {
        ([0, 0, 0, 0], 0).into()
    } else {
        ([0u16; 8], 0).into()
    };
    let socket = UdpSocket::bind(here).await?;
    socket.connect(upstream).await?;
    socket.send(question).await?;
    let mut buffer = vec![0; LONGEST];
    loop {
        let length = socket.recv(&mut buffer).await?;
        if length >= 2 && buffer[..2] == question[..2] {
            buffer.truncate(length);
            return Ok(buffer);
        }
    }
}

async fn by_tcp(upstream: SocketAddr, question: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(upstream).await?;
    write_message(&mut stream, question).await?;
    let answer = read_message(&mut stream).await?;
    if answer.get(..2) != question.get(..2) {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    Ok(answer)
}

/// A message with its length before it.
pub async fn read_message(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; length.into()];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

/// A message with its length before it, in one write.
pub async fn write_message(stream: &mut TcpStream, message: &[u8]) -> std::io::Result<()> {
    let length = u16::try_from(message.len()).map_err(|_| std::io::ErrorKind::InvalidData)?;
    stream.write_all(&[&length.to_be_bytes(), message].concat()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolv_conf_is_read_as_the_c_library_does() {
        let text = "# nameserver 9.9.9.9\nsearch lan\nnameserver 10.0.0.1\nnameserver\t::1 \nnameserver nonsense\nnameservers 1.1.1.1\n";
        assert_eq!(
            parse_resolv_conf(text),
            ["10.0.0.1:53".parse().expect("v4"), "[::1]:53".parse().expect("v6")]
        );
    }
}
