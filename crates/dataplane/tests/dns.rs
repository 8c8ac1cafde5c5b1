//! The VPC resolver over real sockets on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use hickory_proto::op::{Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use tierra_dataplane::dns::{Zone, serve_tcp, serve_udp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::watch;

fn zone(upstreams: Vec<SocketAddr>) -> Zone {
    let mut zone = Zone::new("us-east-1", upstreams);
    zone.add_instance("us-east-1", Ipv4Addr::new(10, 0, 0, 5), Some(Ipv4Addr::new(127, 100, 0, 1)));
    zone.add_endpoints("us-east-1.amazonaws.com", Ipv4Addr::new(169, 254, 169, 250));
    zone
}

async fn udp(zone: Zone) -> (SocketAddr, watch::Sender<Arc<Zone>>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("bind");
    let address = socket.local_addr().expect("address");
    let (sender, receiver) = watch::channel(Arc::new(zone));
    tokio::spawn(serve_udp(socket, receiver));
    (address, sender)
}

fn question(name: &str, kind: RecordType) -> Message {
    let mut message = Message::query();
    message.add_query(Query::query(Name::from_ascii(name).expect("a name"), kind));
    message
}

async fn exchange(server: SocketAddr, bytes: &[u8]) -> Message {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("bind");
    socket.send_to(bytes, server).await.expect("send");
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).await.expect("an answer");
    Message::from_vec(&buffer[..length]).expect("a message")
}

async fn ask(server: SocketAddr, name: &str, kind: RecordType) -> (ResponseCode, Vec<String>) {
    let question = question(name, kind);
    let answer = exchange(server, &question.to_vec().expect("bytes")).await;
    assert_eq!(answer.metadata.id, question.metadata.id);
    told(&answer)
}

fn told(answer: &Message) -> (ResponseCode, Vec<String>) {
    let records = answer.answers.iter().map(|record| match &record.data {
        RData::A(address) => address.0.to_string(),
        RData::PTR(name) => name.0.to_ascii(),
        other => format!("{other:?}"),
    });
    (answer.metadata.response_code, records.collect())
}

#[tokio::test]
async fn known_names_are_answered() {
    let (server, _zone) = udp(zone(vec![])).await;
    let cases: &[(&str, RecordType, ResponseCode, &[&str])] = &[
        ("ip-10-0-0-5.ec2.internal.", RecordType::A, ResponseCode::NoError, &["10.0.0.5"]),
        ("ip-10-0-0-5.ec2.internal.", RecordType::AAAA, ResponseCode::NoError, &[]),
        (
            "ec2-127-100-0-1.compute-1.amazonaws.com.",
            RecordType::A,
            ResponseCode::NoError,
            &["10.0.0.5"],
        ),
        (
            "STS.us-east-1.amazonaws.com.",
            RecordType::A,
            ResponseCode::NoError,
            &["169.254.169.250"],
        ),
        ("ip-10-0-0-6.ec2.internal.", RecordType::A, ResponseCode::NXDomain, &[]),
        (
            "5.0.0.10.in-addr.arpa.",
            RecordType::PTR,
            ResponseCode::NoError,
            &["ip-10-0-0-5.ec2.internal."],
        ),
        ("6.0.0.10.in-addr.arpa.", RecordType::PTR, ResponseCode::NXDomain, &[]),
        ("example.com.", RecordType::A, ResponseCode::ServFail, &[]),
    ];
    for (name, kind, code, records) in cases {
        let (given, found) = ask(server, name, *kind).await;
        assert_eq!(
            (given, found.as_slice()),
            (*code, records.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>().as_slice()),
            "{name} {kind}"
        );
    }
}

#[tokio::test]
async fn other_names_are_asked_of_the_upstreams_in_turn() {
    let mut world = Zone::new("us-east-1", vec![]);
    world.add_name("example.com", vec![Ipv4Addr::new(192, 0, 2, 1)]);
    let (upstream, _world) = udp(world).await;
    // The first refuses: its port is held by a socket that hears one other peer only, so that no other test can be given it.
    let deaf = UdpSocket::bind("127.0.0.1:0").await.expect("bind");
    deaf.connect("127.0.0.1:9").await.expect("connect");
    let refusing = deaf.local_addr().expect("address");
    let (server, _zone) = udp(zone(vec![refusing, upstream])).await;
    assert_eq!(
        ask(server, "example.com.", RecordType::A).await,
        (ResponseCode::NoError, vec!["192.0.2.1".into()])
    );
}

#[tokio::test]
async fn a_new_zone_is_answered_from_at_once() {
    let (server, sender) = udp(zone(vec![])).await;
    let mut next = zone(vec![]);
    next.add_instance("us-east-1", Ipv4Addr::new(10, 0, 0, 6), None);
    sender.send(Arc::new(next)).expect("served");
    assert_eq!(
        ask(server, "ip-10-0-0-6.ec2.internal.", RecordType::A).await,
        (ResponseCode::NoError, vec!["10.0.0.6".into()])
    );
}

#[tokio::test]
async fn nonsense_is_told_so() {
    let (server, _zone) = udp(zone(vec![])).await;
    let mut broken = question("ip-10-0-0-5.ec2.internal.", RecordType::A).to_vec().expect("bytes");
    broken.truncate(20);
    assert_eq!(exchange(server, &broken).await.metadata.response_code, ResponseCode::FormErr);
    let mut update = question("ip-10-0-0-5.ec2.internal.", RecordType::A);
    update.metadata.op_code = OpCode::Status;
    assert_eq!(
        exchange(server, &update.to_vec().expect("bytes")).await.metadata.response_code,
        ResponseCode::NotImp
    );
    assert_eq!(
        exchange(server, &Message::query().to_vec().expect("bytes"))
            .await
            .metadata
            .response_code,
        ResponseCode::FormErr
    );
}

#[tokio::test]
async fn a_long_answer_is_cut_in_a_datagram_and_whole_over_tcp() {
    let mut long = Zone::new("us-east-1", vec![]);
    long.add_name("many.example", (0..100).map(|n| Ipv4Addr::new(10, 0, 0, n)).collect());
    let (server, _zone) = udp(long.clone()).await;
    let asked = question("many.example.", RecordType::A).to_vec().expect("bytes");
    let cut = exchange(server, &asked).await;
    assert!(cut.metadata.truncation);

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    let (_sender, receiver) = watch::channel(Arc::new(long));
    tokio::spawn(serve_tcp(listener, receiver));
    let mut stream = TcpStream::connect(address).await.expect("connect");
    for _ in 0..2 {
        stream
            .write_all(&[&(asked.len() as u16).to_be_bytes(), asked.as_slice()].concat())
            .await
            .expect("ask");
        let mut answer = vec![0; stream.read_u16().await.expect("length").into()];
        stream.read_exact(&mut answer).await.expect("answer");
        assert_eq!(told(&Message::from_vec(&answer).expect("a message")).1.len(), 100);
    }
}
