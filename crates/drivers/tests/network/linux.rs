//! What only the `linux` twin can show: flows, restarts, sockets, spoofing, and that nothing is left behind.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::AsFd;

use tierra_drivers::network::linux::links::{Links, MAIN, Via};
use tierra_drivers::network::policy::{End, Probe};
use tierra_drivers::network::{Network, Plug, Sockets, Target, Traffic, VpcSpec, names};
use tierra_drivers::{DriverError, network::linux::sysctl};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use crate::machine::{Machine, Node, connects};
use crate::spec::{ANY, VPC, eni, group, interface, net, three};
use crate::world::World;

const PORT: u16 = 80;

fn open(ingress: &[(Traffic, &str)]) -> VpcSpec {
    let mut spec = three(&["sg-web"], &["sg-app"], &["sg-app"]);
    spec.groups = [("sg-web".into(), group(ingress)), ("sg-app".into(), group(&[]))].into();
    spec
}

async fn ready(machine: &Machine, spec: &VpcSpec) {
    machine.network.ensure(&VPC.into(), spec).await.expect("ensure");
    for id in spec.interfaces.keys() {
        machine.plug(id).await;
    }
}

/// A server in a guest that says back what it hears.
async fn echo(node: &Node) {
    let serve = |_| async {
        let listener = TcpListener::bind(("0.0.0.0", PORT)).await.expect("listen");
        tokio::task::spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (mut from, mut to) = stream.into_split();
                tokio::task::spawn_local(async move { tokio::io::copy(&mut from, &mut to).await });
            }
        });
        Ok(())
    };
    node.worker.run(serve).await.expect("serve");
}

/// A connection that was made in a namespace, for use from here.
async fn dial(node: &Node, to: SocketAddrV4) -> TcpStream {
    let connect = move |_| async move {
        let stream = TcpStream::connect(to)
            .await
            .map_err(|error| DriverError::failed("connect", error))?;
        stream.into_std().map_err(|error| DriverError::failed("take over", error))
    };
    TcpStream::from_std(node.worker.run(connect).await.expect("connect")).expect("adopt")
}

async fn says(stream: &mut TcpStream, text: &[u8]) {
    stream.write_all(text).await.expect("write");
    let mut heard = vec![0; text.len()];
    stream.read_exact(&mut heard).await.expect("read");
    assert_eq!(heard, text);
}

const WEB: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(10, 7, 1, 11), PORT);
const PUBLIC: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(127, 100, 0, 1), PORT);

#[tokio::test]
async fn a_flow_goes_on_when_its_rule_is_revoked_and_the_agent_is_replaced() {
    let Some(mut machine) = Machine::new().await else { return };
    ready(&machine, &open(&[(Traffic::Tcp(PORT, PORT), ANY)])).await;
    echo(&machine.guest(&eni(1))).await;
    let mut inside = dial(&machine.guest(&eni(2)), WEB).await;
    let mut client = dial(&machine.host, PUBLIC).await;
    says(&mut inside, b"before").await;
    says(&mut client, b"before").await;

    machine.network.ensure(&VPC.into(), &open(&[])).await.expect("revoke");
    assert!(!connects(&machine.guest(&eni(2)), WEB).await, "a new flow after the revoke");
    says(&mut inside, b"revoked").await;
    says(&mut client, b"revoked").await;

    machine.restart().await;
    let (id, state) = machine.network.observe().await.expect("observe").remove(0);
    assert_eq!((id.as_str(), state.interfaces.len()), (VPC, 3));
    says(&mut inside, b"restarted").await;
    machine
        .network
        .ensure(&VPC.into(), &open(&[(Traffic::Tcp(PORT, PORT), "sg-app")]))
        .await
        .expect("authorize");
    assert!(connects(&machine.guest(&eni(3)), WEB).await, "a new flow after the restart");
    says(&mut inside, b"adopted").await;
    says(&mut client, b"adopted").await;
}

/// Whether a flow that is there still carries.
async fn goes_on(stream: &mut TcpStream) -> bool {
    const QUIET: std::time::Duration = std::time::Duration::from_millis(500);
    let mut heard = [0; 1];
    stream.write_all(b"x").await.is_ok() && matches!(tokio::time::timeout(QUIET, stream.read_exact(&mut heard)).await, Ok(Ok(_)))
}

/// A flow that was let in goes on by its state alone, so it must end with what it leads to.
#[tokio::test]
async fn a_flow_ends_with_its_public_address_and_with_its_interface() {
    let Some(machine) = Machine::new().await else { return };
    let mut spec = open(&[(Traffic::Tcp(PORT, PORT), ANY)]);
    ready(&machine, &spec).await;
    echo(&machine.guest(&eni(1))).await;
    let mut inside = dial(&machine.guest(&eni(2)), WEB).await;
    let mut client = dial(&machine.host, PUBLIC).await;
    says(&mut inside, b"before").await;
    says(&mut client, b"before").await;

    let public = spec.interfaces.get_mut(&eni(1)).and_then(|interface| interface.public.take());
    machine
        .network
        .ensure(&VPC.into(), &spec)
        .await
        .expect("the public address is taken away");
    assert!(!goes_on(&mut client).await, "from the host, by the public address");
    assert!(goes_on(&mut inside).await, "by the private one");
    if let Some(third) = spec.interfaces.get_mut(&eni(3)) {
        third.public = public;
    }
    machine.network.ensure(&VPC.into(), &spec).await.expect("it is another's now");
    assert!(!goes_on(&mut client).await, "to another interface");

    spec.interfaces.remove(&eni(1));
    machine.network.ensure(&VPC.into(), &spec).await.expect("the interface goes");
    assert!(!goes_on(&mut inside).await, "to an interface that is gone");
}

/// The record is written before the machine is changed: a crash between leaves them apart, and the next change joins them.
#[tokio::test]
async fn half_a_change_is_finished() {
    let Some(mut machine) = Machine::new().await else { return };
    ready(&machine, &open(&[])).await;
    let record = machine.folder().join(format!("run/vpcs/{VPC}.json"));
    let text = std::fs::read_to_string(&record).expect("the record");
    let mut later: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    later["spec"]["interfaces"].as_object_mut().expect("interfaces").remove(&eni(3));
    std::fs::write(&record, later.to_string()).expect("write");
    machine.restart().await;
    let spec = open(&[(Traffic::Tcp(PORT, PORT), "sg-app")]);
    let state = machine.network.ensure(&VPC.into(), &spec).await.expect("ensure");
    assert_eq!(state.interfaces.len(), 3, "what stays is not interrupted");
    assert!(connects(&machine.guest(&eni(2)), WEB).await);
    assert!(connects(&machine.guest(&eni(3)), WEB).await);
}

async fn leftovers(machine: &Machine) -> (Vec<String>, String, String, String) {
    let look = |links: Links| async move {
        let devices = links.devices().await?.into_keys().collect();
        let tables = tokio::process::Command::new("nft")
            .args(["list", "tables"])
            .output()
            .await
            .expect("nft")
            .stdout;
        let routes = format!("{:?}", links.routes().await?);
        let forwarding = sysctl::get("ipv4/conf/wan/forwarding").unwrap_or_default();
        Ok((devices, String::from_utf8_lossy(&tables).into_owned(), routes, forwarding))
    };
    machine.host.worker.run(look).await.expect("look")
}

#[tokio::test]
async fn nothing_is_left_behind() {
    let Some(mut machine) = Machine::new().await else { return };
    let before = leftovers(&machine).await;
    for restarted in [false, true] {
        ready(&machine, &open(&[])).await;
        assert_ne!(leftovers(&machine).await, before, "it was there");
        if restarted {
            machine.restart().await;
        }
        machine.network.remove(&VPC.into()).await.expect("remove");
        assert_eq!(leftovers(&machine).await, before, "restarted: {restarted}");
        let files = |part: &str| std::fs::read_dir(machine.folder().join("run").join(part)).expect("list").count();
        assert_eq!((files("netns"), files("vpcs")), (0, 0));
        let guest = machine
            .guest(&eni(1))
            .worker
            .run(|links| async move { links.devices().await })
            .await
            .expect("devices");
        assert_eq!(guest.into_keys().collect::<Vec<_>>(), ["lo"]);
        machine.forget_guests();
    }
}

#[tokio::test]
async fn a_veth_of_no_vpc_is_deleted_at_the_next_start() {
    let Some(mut machine) = Machine::new().await else { return };
    let before = leftovers(&machine).await;
    ready(&machine, &open(&[])).await;
    std::fs::remove_file(machine.folder().join(format!("run/vpcs/{VPC}.json"))).expect("forget");
    machine.restart().await;
    assert_eq!(leftovers(&machine).await, before);
    assert!(machine.network.observe().await.expect("observe").is_empty());
}

#[tokio::test]
async fn the_clouds_own_services_are_reached_whatever_the_groups_say() {
    let Some(machine) = Machine::new().await else { return };
    let mut spec = three(&[], &[], &[]);
    spec.groups.clear();
    ready(&machine, &spec).await;
    let vpc = VPC.to_owned();
    for address in [names::METADATA, names::ENDPOINTS, Ipv4Addr::new(10, 7, 0, 2)] {
        let at = SocketAddrV4::new(address, PORT);
        let listener = machine.network.listen_tcp(&vpc, at).await.expect("listen");
        let listener = TcpListener::from_std(listener.into()).expect("adopt");
        let guest = machine.guest(&eni(3));
        let (accepted, _dialled) = tokio::join!(listener.accept(), dial(&guest, at));
        let (mut stream, client) = accepted.expect("accept");
        assert_eq!(client.ip(), Ipv4Addr::new(10, 7, 2, 13), "the instance is known by its address");
        let _ = stream.write_all(b"ok").await;
    }
    let socket = machine
        .network
        .bind_udp(&vpc, SocketAddrV4::new(names::RESOLVER, 53))
        .await
        .expect("bind");
    let socket = UdpSocket::from_std(socket.into()).expect("adopt");
    let send = |_| async {
        let socket = UdpSocket::bind("0.0.0.0:0").await.expect("bind");
        Ok(socket.send_to(b"?", (names::RESOLVER, 53)).await.expect("send"))
    };
    machine.guest(&eni(3)).worker.run(send).await.expect("ask");
    let mut buffer = [0; 8];
    assert_eq!(
        socket.recv_from(&mut buffer).await.expect("a question").1.ip(),
        Ipv4Addr::new(10, 7, 2, 13)
    );

    echo(&machine.guest(&eni(3))).await;
    let inward = machine
        .network
        .connect_tcp(&vpc, SocketAddrV4::new(Ipv4Addr::new(10, 7, 2, 13), PORT))
        .await
        .expect("connect");
    let mut inward = TcpStream::from_std(inward.into()).expect("adopt");
    inward.writable().await.expect("connected");
    says(&mut inward, b"from the cloud").await;
}

/// Guest 2 takes guest 3's address; a packet under it must not reach guest 1, unless the check is off.
#[tokio::test]
async fn nobody_sends_under_anothers_address() {
    let Some(machine) = Machine::new().await else { return };
    let mut spec = open(&[(Traffic::Any, ANY)]);
    ready(&machine, &spec).await;
    let steal = |links: Links| async move {
        let eth0 = links.device("eth0").await?.expect("eth0");
        links.add_address(eth0, net("10.7.2.13/32")).await?;
        links.remove_address(eth0, net("10.7.1.12/24")).await?;
        links
            .set_route(MAIN, net(ANY), Via::Gateway(Ipv4Addr::new(10, 7, 1, 1), eth0), 0)
            .await
    };
    machine.guest(&eni(2)).worker.run(steal).await.expect("steal");
    let packet = [(End::Interface(eni(2)), End::Interface(eni(1)), Probe::Icmp(8, 0))];
    assert_eq!(machine.pass(&packet).await, [false]);
    spec.interfaces.get_mut(&eni(2)).expect("there").source_dest_check = false;
    machine.network.ensure(&VPC.into(), &spec).await.expect("ensure");
    assert_eq!(machine.pass(&packet).await, [true]);
}

/// Guest 1 is a NAT instance for the private subnet: it forwards and masquerades.
#[tokio::test]
async fn a_private_subnet_reaches_out_through_an_instance() {
    let Some(machine) = Machine::new().await else { return };
    let mut spec = open(&[(Traffic::Any, ANY)]);
    spec.interfaces.get_mut(&eni(1)).expect("there").source_dest_check = false;
    spec.subnets.get_mut("subnet-b").expect("there").routes = [(net(ANY), Target::Interface(eni(1)))].into();
    ready(&machine, &spec).await;
    let way_out = [(
        End::Interface(eni(3)),
        End::Internet(Ipv4Addr::new(198, 51, 100, 10)),
        Probe::Tcp(443),
    )];
    assert_eq!(machine.pass(&way_out).await, [false], "the instance does not forward yet");
    let forward = |_| async {
        sysctl::set("ipv4/ip_forward", "1")?;
        let rules = "add table ip n; add chain ip n p { type nat hook postrouting priority 100; }; add rule ip n p masquerade";
        Ok(tokio::process::Command::new("nft")
            .arg(rules)
            .status()
            .await
            .expect("nft")
            .success())
    };
    assert!(machine.guest(&eni(1)).worker.run(forward).await.expect("forward"));
    assert_eq!(machine.pass(&way_out).await, [true]);
    spec.subnets.get_mut("subnet-b").expect("there").routes = [(net(ANY), Target::Blackhole)].into();
    machine.network.ensure(&VPC.into(), &spec).await.expect("ensure");
    assert_eq!(machine.pass(&way_out).await, [false], "a blackhole");
}

#[tokio::test]
async fn an_interface_is_plugged_anew_into_another_sandbox() {
    let Some(machine) = Machine::new().await else { return };
    let mut spec = open(&[(Traffic::Tcp(PORT, PORT), ANY)]);
    ready(&machine, &spec).await;
    let next = machine.new_guest(&eni(1)).await;
    machine.network.plug(&eni(1), next.namespace().as_fd(), "eth0").expect("plug again");
    assert!(connects(&machine.guest(&eni(2)), WEB).await);
    let unknown = machine.network.plug(&eni(9), next.namespace().as_fd(), "eth1");
    assert!(matches!(unknown, Err(DriverError::NotFound { .. })));
    spec.interfaces.insert(eni(4), interface("subnet-b", "10.7.2.0", 4, &["sg-app"]));
    machine.network.ensure(&VPC.into(), &spec).await.expect("ensure");
    machine
        .network
        .plug(&eni(4), next.namespace().as_fd(), "eth1")
        .expect("a second interface");
    machine.network.unplug(&eni(4), next.namespace().as_fd(), "eth1").expect("unplug");
    machine
        .network
        .unplug(&eni(4), next.namespace().as_fd(), "eth1")
        .expect("unplug again");
    let state = machine.network.observe().await.expect("observe");
    assert!(!state[0].1.interfaces.contains(&eni(4)) && state[0].1.interfaces.contains(&eni(1)));
    machine.network.remove(&VPC.into()).await.expect("remove");
}
