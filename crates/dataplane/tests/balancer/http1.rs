//! HTTP/1.1 byte by byte: how bodies are framed, and what no target ever sees.

use std::fmt::Write as _;

use tierra_dataplane::balancer::config::{Attributes, DesyncMode, ListenerProtocol, Millis};
use tokio::net::TcpListener;

use crate::machine::{Machine, group, listener};
use crate::raw::{CLOSE, Raw, Script};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// What a client says, what the target sees and answers, what the client hears. The client's last request is `LAST`.
type Case = (&'static str, &'static [&'static str], &'static [&'static str], &'static str);

/// Ends a connection, and so what a client hears.
const LAST: &str = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const LAST_SEEN: &str = "GET /last HTTP/1.1\r\n\r\n";
const LAST_HEARD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

/// Bodies in every framing; each is followed by another request on the same connection, which finds its place only if the first
/// one's end was found.
const FRAMED: &[Case] = &[
    (
        "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n",
        &["GET / HTTP/1.1\r\nX: 1\r\n\r\n"],
        &[OK],
        OK,
    ),
    (
        "POST /p?q HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        &["POST /p?q HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"],
        &[OK],
        OK,
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=1\r\nhe\r\n003\r\nllo\r\n0\r\nTrailer: 1\r\n\r\n",
        &["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"],
        &[OK],
        OK,
    ),
    (
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        &["GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"],
        &[OK],
        OK,
    ),
    (
        "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
        &["HEAD / HTTP/1.1\r\n\r\n"],
        &["HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"],
        "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
    ),
    (
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &["GET / HTTP/1.1\r\n\r\n"],
        &["HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 500\r\n\r\n"],
        "HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 500\r\n\r\n",
    ),
    (
        "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n",
        &["DELETE / HTTP/1.1\r\n\r\n"],
        &["HTTP/1.1 204 No Content\r\n\r\n"],
        "HTTP/1.1 204 No Content\r\n\r\n",
    ),
    (
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &["GET / HTTP/1.1\r\n\r\n"],
        &["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n1;x\r\na\r\n0\r\nT: 1\r\n\r\n"],
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    ),
    (
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &["GET / HTTP/1.1\r\n\r\n"],
        &["HTTP/1.0 200 Fine\r\nX-Y: z\r\n\r\nuntil the end<close>"],
        "HTTP/1.1 200 Fine\r\nX-Y: z\r\nTransfer-Encoding: chunked\r\n\r\nd\r\nuntil the end\r\n0\r\n\r\n",
    ),
    (
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &["GET / HTTP/1.1\r\n\r\n"],
        &["HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"],
        OK,
    ),
    (
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Connection: x\r\n\r\n",
        &["GET / HTTP/1.1\r\n\r\n"],
        &["HTTP/1.1 200 OK\r\nConnection: close, Y-Hop\r\nY-Hop: 1\r\nKeep-Alive: 5\r\nContent-Length: 2\r\n\r\nok<close>"],
        OK,
    ),
    (
        "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1\r\nCookie: b=2\r\n\r\n",
        &["GET / HTTP/1.1\r\nCookie: a=1; b=2\r\n\r\n"],
        &[OK],
        OK,
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: Content-Length\r\nContent-Length: 5\r\n\r\nhello",
        &["POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"],
        &[OK],
        OK,
    ),
];

#[test]
fn bodies_end_where_their_framing_says() {
    Machine::run(async |machine| {
        for (said, seen, answers, heard) in FRAMED {
            let answers = [answers, &[OK][..]].concat();
            let (script, port) = Script::play(machine, &answers).await;
            let mut client = Raw::connect(port).await;
            client.say(&format!("{said}{LAST}")).await;
            assert_eq!(client.hear_all().await, format!("{heard}{LAST_HEARD}"), "{said}");
            assert_eq!(script.seen(), [seen, &[LAST_SEEN][..]].concat(), "{said}");
        }
    });
}

/// A client of HTTP/1.0, and others after whose request the connection ends.
const LAST_ONES: &[Case] = &[
    (
        "GET / HTTP/1.0\r\n\r\n",
        &["GET / HTTP/1.1\r\n\r\n"],
        &[OK],
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    ),
    (
        "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
        &["GET / HTTP/1.1\r\n\r\n"],
        &["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"],
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok",
    ),
    (
        "GET http://b.test:81/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        &["GET /x HTTP/1.1\r\n\r\n"],
        &[OK],
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    ),
    // Defensive mode: ambiguous requests go on, unambiguous, and their connection ends.
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        &["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
        &[OK],
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
        &["POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"],
        &[OK],
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    ),
    (
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        &["GET / HTTP/1.1\r\n\r\n"],
        // The end never comes: the client must see that.
        &["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ntrunc<close>"],
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntrunc\r\n",
    ),
];

#[test]
fn connections_end_where_they_must() {
    Machine::run(async |machine| {
        for (said, seen, answers, heard) in LAST_ONES {
            let (script, port) = Script::play(machine, answers).await;
            let mut client = Raw::connect(port).await;
            client.say(said).await;
            assert_eq!(client.hear_all().await, *heard, "{said}");
            assert_eq!(script.seen(), *seen, "{said}");
        }
    });
}

/// What is refused, with its status, before a target has seen a byte of it. `{}` is a long text.
const REFUSED: &[(&str, u16)] = &[
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        400,
    ),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nhello", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        400,
    ),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", 400),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n",
        400,
    ),
    ("POST / HTTP/1.1\r\nHost: a\r\nX: 1\r\n Transfer-Encoding: chunked\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\nHost: a\n\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
    ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
    ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ("GET /\r\n\r\n", 400),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    ("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", 400),
    (
        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\r\n\r\n",
        463,
    ),
];

#[test]
fn what_could_be_read_in_two_ways_reaches_no_target() {
    Machine::run(async |machine| {
        let (script, port) = Script::play(machine, &[]).await;
        let long = "x".repeat(17 * 1024);
        let mut many = "GET / HTTP/1.1\r\nHost: a\r\n".to_owned();
        (0..200).for_each(|number| write!(many, "X-{number}: 1\r\n").expect("text"));
        let many = format!("{many}\r\n");
        for (said, status) in REFUSED.iter().copied().chain([(many.as_str(), 400)]) {
            let mut client = Raw::connect(port).await;
            let sent = said.replace("{}", &long);
            client.say(&format!("{sent}GET /next HTTP/1.1\r\nHost: a\r\n\r\n")).await;
            let heard = client.hear("\r\n").await;
            assert!(heard.starts_with(&format!("HTTP/1.1 {status} ")), "{said:?}: {heard}");
            let rest = client.hear("\r\n\r\n").await.to_lowercase();
            if !matches!(status, 405 | 463) {
                assert!(rest.contains("connection: close"), "{said:?}: {rest}");
                let page = client.hear_all().await;
                assert!(
                    !page.contains("HTTP/1.1"),
                    "{said:?} was followed by an answer to what came with it: {page}"
                );
            }
        }
        let seen = script.seen();
        assert!(seen.iter().all(|request| request.starts_with("GET /next")), "{seen:?}");
    });
}

#[test]
fn answers_come_in_the_order_of_the_requests() {
    Machine::run(async |machine| {
        let number = |number: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}");
        let answers: Vec<String> = (0..9).map(number).collect();
        let (_, port) = Script::play(machine, &answers.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let mut client = Raw::connect(port).await;
        client.say(&"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(9)).await;
        let heard = client.hear("\r\n\r\n8").await;
        assert_eq!(heard, answers.concat());
    });
}

#[test]
fn a_body_is_asked_for_where_the_client_waits_for_that() {
    Machine::run(async |machine| {
        let (script, port) = Script::play(machine, &[OK]).await;
        let mut client = Raw::connect(port).await;
        client
            .say("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
            .await;
        assert_eq!(client.hear("\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");
        client.say("hello").await;
        assert_eq!(client.hear("ok").await, OK);
        assert_eq!(script.seen(), ["PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"]);
    });
}

#[test]
fn a_kept_connection_that_its_target_has_closed_costs_no_request_that_can_be_repeated() {
    Machine::run(async |machine| {
        let bad = "HTTP/1.1 502 ";
        let cases = [("GET", "HTTP/1.1 200 "), ("PUT", "HTTP/1.1 200 "), ("POST", bad)];
        for (method, wanted) in cases {
            let (_, port) = Script::play(machine, &[OK, CLOSE, OK]).await;
            let mut client = Raw::connect(port).await;
            client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
            client.hear("ok").await;
            client
                .say(&format!("{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"))
                .await;
            let heard = client.hear("\r\n").await;
            assert!(heard.starts_with(wanted), "{method}: {heard}");
        }
    });
}

#[test]
fn a_target_that_speaks_no_http_is_a_502() {
    Machine::run(async |machine| {
        let cases = [
            "SSH-2.0-OpenSSH_9.2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok",
            "HTTP/1.1 200 OK\r\nBroken<close>",
            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
            CLOSE,
        ];
        for answer in cases {
            let (_, port) = Script::play(machine, &[answer]).await;
            let mut client = Raw::connect(port).await;
            client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").await;
            let heard = client.hear("</html>\r\n").await;
            assert!(heard.starts_with("HTTP/1.1 502 Bad Gateway\r\n"), "{answer:?}: {heard}");
        }
    });
}

#[test]
fn an_answer_that_does_not_wait_for_the_body_is_passed_on() {
    Machine::run(async |machine| {
        let early = "<early>HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno<close>";
        let (_, port) = Script::play(machine, &[early]).await;
        let mut client = Raw::connect(port).await;
        client.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999\r\n\r\nbegins").await;
        let heard = client.hear_all().await;
        assert!(heard.starts_with("HTTP/1.1 413 Too Large\r\n"), "{heard}");
    });
}

#[test]
fn a_web_socket_is_carried_both_ways() {
    Machine::run(async |machine| {
        let switch = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nwelcome";
        let (script, port) = Script::play(machine, &[switch, "pong<close>"]).await;
        let mut client = Raw::connect(port).await;
        client
            .say("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n")
            .await;
        assert_eq!(client.hear("welcome").await, switch);
        client.say("ping\r\n\r\n").await;
        assert_eq!(client.hear_all().await, "pong");
        let asked = "GET /ws HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
        assert_eq!(script.seen(), [asked, "ping\r\n\r\n"]);
    });
}

#[test]
fn what_is_silent_for_too_long_is_ended() {
    Machine::run(async |machine| {
        // It takes connections and says nothing.
        let silent = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let (mut served, port) = (group(&[silent.local_addr().expect("address").port()]), machine.free_port());
        served.health_check.enabled = false;
        let attributes = Attributes {
            idle_timeout: Millis(300),
            ..Attributes::default()
        };
        let listeners = vec![listener(port, ListenerProtocol::Http)];
        machine.serve_with(attributes, listeners.clone(), vec![served.clone()]).await;
        let mut client = Raw::connect(port).await;
        client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let heard = client.hear("</html>\r\n").await;
        assert!(heard.starts_with("HTTP/1.1 504 "), "{heard}");
        assert_eq!(client.hear_all().await, "", "a client that asks nothing more is not waited for");
        assert_eq!(Raw::connect(port).await.hear_all().await, "");
        // A target that leaves ends what it was asked.
        machine.serve(listeners.clone(), vec![served]).await;
        let mut client = Raw::connect(port).await;
        client.say("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let taken: Vec<_> = [silent.accept().await, silent.accept().await].into();
        machine.serve(listeners, vec![group(&[])]).await;
        let heard = client.hear("</html>\r\n").await;
        assert!(heard.starts_with("HTTP/1.1 502 "), "{heard}");
        drop(taken);
    });
}

/// A request of each class, and whether monitor, defensive and strictest mode serve it; what the access log says of it.
const CLASSES: &[(&str, [bool; 3], &str)] = &[
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", [true, true, true], "\"-\" \"-\""),
    (
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        [true, true, false],
        "\"Acceptable\" \"GetHeadZeroContentLength\"",
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        [true, true, false],
        "\"Ambiguous\" \"BothTeClPresent\"",
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\n\r\n",
        [true, true, false],
        "\"Ambiguous\" \"SuspiciousHeader\"",
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer_Encoding: chunked\r\n\r\n0\r\n\r\n",
        [true, false, false],
        "\"Severe\" \"MultipleTransferEncodingChunked\"",
    ),
    // Nobody can write these anew without guessing: refused in every mode.
    (
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        [false, false, false],
        "\"Severe\" \"MultipleContentLength\"",
    ),
    (
        "POST / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        [false, false, false],
        "\"Severe\" \"BadHeader\"",
    ),
];

#[test]
fn modes_decide_what_becomes_of_each_class() {
    Machine::run(async |machine| {
        let modes = [DesyncMode::Monitor, DesyncMode::Defensive, DesyncMode::Strictest];
        for (mode, desync) in modes.into_iter().enumerate() {
            for (said, served, logged) in CLASSES {
                let attributes = Attributes {
                    desync,
                    ..Attributes::default()
                };
                let (_, port) = Script::play_with(machine, attributes, &[OK]).await;
                let before = machine.report().await.counts.non_compliant_requests;
                let mut client = Raw::connect(port).await;
                client.say(said).await;
                let heard = client.hear("\r\n\r\n").await;
                let status = if served[mode] { "HTTP/1.1 200 " } else { "HTTP/1.1 400 " };
                assert!(heard.starts_with(status), "{desync:?}: {said:?}: {heard}");
                let closes = !served[mode] || (desync == DesyncMode::Defensive && logged.contains("Ambiguous"));
                assert_eq!(heard.contains("Connection: close"), closes, "{desync:?}: {said:?}: {heard}");
                let lines = machine.lines().await;
                assert!(lines.len() == 1 && lines[0].contains(logged), "{desync:?}: {said:?}: {lines:?}");
                let counted = machine.report().await.counts.non_compliant_requests - before;
                assert_eq!(counted, u64::from(!logged.contains("\"-\"")), "{desync:?}: {said:?}");
            }
        }
    });
}
