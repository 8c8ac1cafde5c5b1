//! A hidden verb: what ssh runs to reach an instance that has no public address.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddrV4, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;

use clap::Args;
use tierra_drivers::agent::Remote;
use tierra_drivers::network::Sockets;

use super::{Context, block_on, code};

/// The verb.
pub const CONNECT_COMMAND: &str = "connect";

/// Bytes that are carried at once.
const PIECE: usize = 16 << 10;

/// Join standard input and output with a port inside a VPC
#[derive(Debug, Args)]
pub struct Connect {
    /// The VPC's id
    vpc: String,
    /// Address and port
    to: SocketAddrV4,
}

impl Connect {
    /// Carries bytes until the other side has closed.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        let agent = Remote::new(context.home().agent_socket());
        let socket = block_on(async { Ok(agent.connect_tcp(&self.vpc, self.to).await?) })?;
        let stream = TcpStream::from(socket);
        stream.set_nonblocking(false)?;
        let stream = Arc::new(stream);
        let (input, mut output) = (own(io::stdin())?, own(io::stdout())?);
        let outward = Arc::clone(&stream);
        std::thread::spawn(move || {
            // A side that has gone ends the other way too.
            let _ = carry(&input, &mut &*outward);
            let _ = outward.shutdown(Shutdown::Write);
        });
        carry(&*stream, &mut output)?;
        // ssh has nothing more to say to who has closed: what it may still write is not waited for.
        Ok(code::OK)
    }
}

/// The file behind a standard stream, without its buffer.
fn own(stream: impl AsFd) -> io::Result<File> {
    Ok(File::from(stream.as_fd().try_clone_to_owned()?))
}

/// Each piece as it comes. (`io::copy` splices pipes and sockets: what instances said before ssh had spoken was then kept back.)
fn carry(mut from: impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut piece = [0; PIECE];
    loop {
        let length = from.read(&mut piece)?;
        if length == 0 {
            return Ok(());
        }
        to.write_all(&piece[..length])?;
    }
}
