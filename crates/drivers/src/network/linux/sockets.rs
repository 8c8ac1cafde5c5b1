//! Sockets made on a namespace's thread. A socket stays in the namespace where it was made, whoever uses it.

use std::net::SocketAddrV4;
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, sockopt};

use crate::DriverError;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

fn failed(what: &str, at: SocketAddrV4) -> impl Fn(rustix::io::Errno) -> DriverError + use<> {
    let context = format!("{what} {at} in a VPC");
    move |error| DriverError::failed(context.clone(), error)
}

fn socket(kind: SocketType) -> rustix::io::Result<OwnedFd> {
    let protocol = if kind == SocketType::STREAM { ipproto::TCP } else { ipproto::UDP };
    rustix::net::socket_with(
        AddressFamily::INET,
        kind,
        SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
        Some(protocol),
    )
}

/// See [`crate::network::Sockets::listen_tcp`].
pub fn listen_tcp(at: SocketAddrV4) -> Result<OwnedFd, DriverError> {
    let listen = || {
        let socket = socket(SocketType::STREAM)?;
        sockopt::set_socket_reuseaddr(&socket, true)?;
        rustix::net::bind(&socket, &at)?;
        rustix::net::listen(&socket, BACKLOG)?;
        Ok(socket)
    };
    listen().map_err(failed("listen at", at))
}

/// See [`crate::network::Sockets::bind_udp`].
pub fn bind_udp(at: SocketAddrV4) -> Result<OwnedFd, DriverError> {
    let bind = || {
        let socket = socket(SocketType::DGRAM)?;
        rustix::net::bind(&socket, &at)?;
        Ok(socket)
    };
    bind().map_err(failed("bind", at))
}

/// See [`crate::network::Sockets::connect_tcp`].
pub fn connect_tcp(to: SocketAddrV4) -> Result<OwnedFd, DriverError> {
    let connect = || {
        let socket = socket(SocketType::STREAM)?;
        match rustix::net::connect(&socket, &to) {
            Ok(()) | Err(rustix::io::Errno::INPROGRESS) => Ok(socket),
            Err(error) => Err(error),
        }
    };
    connect().map_err(failed("connect to", to))
}
