//! Times and throughput, printed and never asserted: `cargo test -p tierra-drivers --test network measure -- --ignored --nocapture`.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use tierra_drivers::network::{Network, Plug, Traffic, VpcSpec};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::machine::Machine;
use crate::spec::{ANY, VPC, eni, group, interface, vpc};
use crate::world::World;

const SPAN: Duration = Duration::from_secs(2);

async fn timed<T>(what: &str, work: impl Future<Output = T>) -> T {
    let begin = Instant::now();
    let outcome = work.await;
    println!("{what}: {:.1} ms", begin.elapsed().as_secs_f64() * 1e3);
    outcome
}

fn many(interfaces: u8, rules: u16) -> VpcSpec {
    let mut spec = vpc();
    let rules: Vec<_> = (0..rules)
        .map(|n| (Traffic::Udp(n * 2, n * 2), ANY))
        .chain([(Traffic::Tcp(80, 80), ANY)])
        .collect();
    spec.groups.insert("sg-a".into(), group(&rules));
    for n in 1..=interfaces {
        spec.interfaces.insert(eni(n), interface("subnet-a", "10.7.1.0", n, &["sg-a"]));
    }
    spec
}

/// Gigabits a second from guest 2 to guest 1.
async fn throughput(machine: &Machine) -> f64 {
    let receive = |_| async {
        let listener = TcpListener::bind("0.0.0.0:80").await.expect("listen");
        tokio::task::spawn_local(async move {
            let (mut stream, _) = listener.accept().await.expect("accept");
            let mut buffer = vec![0; 1 << 18];
            while stream.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
        });
        Ok(())
    };
    let send = |_| async {
        let mut stream = TcpStream::connect(SocketAddrV4::new(Ipv4Addr::new(10, 7, 1, 11), 80))
            .await
            .expect("connect");
        let (buffer, begin, mut sent) = (vec![0; 1 << 18], Instant::now(), 0);
        while begin.elapsed() < SPAN {
            sent += stream.write(&buffer).await.expect("write");
        }
        Ok(sent as f64 * 8e-9 / begin.elapsed().as_secs_f64())
    };
    machine.guest(&eni(1)).worker.run(receive).await.expect("receive");
    machine.guest(&eni(2)).worker.run(send).await.expect("send")
}

#[tokio::test]
#[ignore = "prints times"]
async fn measure() {
    let Some(machine) = Machine::new().await else { return };
    let (id, mut spec) = (VPC.to_owned(), many(50, 0));
    timed("VPC with 50 interfaces", machine.network.ensure(&id, &spec))
        .await
        .expect("ensure");
    for n in 1..=50 {
        machine.new_guest(&eni(n)).await;
    }
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for n in 1..=50 {
            let (network, guest) = (&machine.network, machine.guest(&eni(n)));
            scope.spawn(move || network.plug(&eni(n), guest.namespace().as_fd(), "eth0").expect("plug"));
        }
    });
    println!("50 plugs at once: {:.1} ms", begin.elapsed().as_secs_f64() * 1e3);
    for n in 51..54 {
        spec.interfaces.insert(eni(n), interface("subnet-a", "10.7.1.0", n, &["sg-a"]));
        timed("one more interface in the spec", machine.network.ensure(&id, &spec))
            .await
            .expect("ensure");
        timed("plugged, with its guest made", machine.plug(&eni(n))).await;
        let begin = Instant::now();
        machine
            .network
            .plug(&eni(n), machine.guest(&eni(n)).namespace().as_fd(), "eth0")
            .expect("plug");
        println!("plugged anew: {:.1} ms", begin.elapsed().as_secs_f64() * 1e3);
    }
    let mut rates = Vec::new();
    for rules in [0, 1000, 0, 1000] {
        spec.groups = many(0, rules).groups;
        timed(&format!("group changed to {rules} rules"), machine.network.ensure(&id, &spec))
            .await
            .expect("ensure");
        let rate = throughput(&machine).await;
        println!("{rules} rules: {rate:.1} Gbit/s");
        rates.push(rate);
        // The next listener needs the port.
        machine.network.remove(&id).await.expect("remove");
        machine.forget_guests();
        machine.network.ensure(&id, &spec).await.expect("ensure");
        for n in [1, 2] {
            machine.plug(&eni(n)).await;
        }
    }
    println!("1000 rules against none: {:.2}", (rates[1] + rates[3]) / (rates[0] + rates[2]));
}
