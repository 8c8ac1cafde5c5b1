//! The open sockets of one VPC and the tasks that serve them. Dropped, they close.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use tierra_core::{DriverError, Key};
use tierra_dataplane::dns::{Zone, serve_tcp, serve_udp};
use tierra_drivers::network::names::{ENDPOINTS, METADATA, RESOLVER};
use tierra_services::ec2::network::Network;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::VpcServices;
use super::metadata::serve_metadata;

const DNS: u16 = 53;
const HTTP: u16 = 80;
const HTTPS: u16 = 443;

/// What is served in one VPC.
pub struct Served {
    zone: watch::Sender<Arc<Zone>>,
    stop: watch::Sender<bool>,
    // Aborted when dropped.
    _tasks: JoinSet<()>,
}

impl Served {
    /// Opens everything, or nothing.
    ///
    /// # Errors
    /// Where the VPC's network is not there yet, or the agent does not answer.
    pub async fn open(services: &VpcServices, key: &Key<Network>, resolver: Ipv4Addr, zone: Arc<Zone>) -> Result<Self, DriverError> {
        let (zone, names) = watch::channel(zone);
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for address in [resolver, RESOLVER] {
            let (udp, tcp) = (services.udp(key, address).await?, services.tcp(key, address, DNS).await?);
            let (for_udp, for_tcp) = (names.clone(), names.clone());
            tasks.spawn(async move { log("resolver", serve_udp(udp, for_udp).await) });
            tasks.spawn(async move { log("resolver", serve_tcp(tcp, for_tcp).await) });
        }
        let metadata = services.tcp(key, METADATA, HTTP).await?;
        tasks.spawn(serve_metadata(metadata, services.rooms.clone(), key.clone()));
        for port in [HTTP, HTTPS] {
            let listener = services.tcp(key, ENDPOINTS, port).await?;
            tasks.spawn(Arc::clone(&services.edge).serve(listener, stopped.clone()));
        }
        Ok(Self { zone, stop, _tasks: tasks })
    }

    /// Answers names from `zone` from now on.
    pub fn tell(&self, zone: Arc<Zone>) {
        self.zone.send_replace(zone);
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl VpcServices {
    async fn tcp(&self, key: &Key<Network>, address: Ipv4Addr, port: u16) -> Result<TcpListener, DriverError> {
        let fd = self.sockets.listen_tcp(&key.id, SocketAddrV4::new(address, port)).await?;
        TcpListener::from_std(std::net::TcpListener::from(fd)).map_err(failed)
    }

    async fn udp(&self, key: &Key<Network>, address: Ipv4Addr) -> Result<UdpSocket, DriverError> {
        let fd: OwnedFd = self.sockets.bind_udp(&key.id, SocketAddrV4::new(address, DNS)).await?;
        UdpSocket::from_std(std::net::UdpSocket::from(fd)).map_err(failed)
    }
}

fn failed(cause: std::io::Error) -> DriverError {
    DriverError::failed("a socket inside a VPC", cause)
}

fn log(what: &str, ended: std::io::Result<()>) {
    if let Err(error) = ended {
        tracing::error!(what, %error, "ended");
    }
}
