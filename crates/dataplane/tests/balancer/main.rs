//! The balancer's engine on loopback, with real backends: told and asked over its control socket, as the control plane does.

mod http1;
mod http2;
mod machine;
mod raw;
mod secure;
mod statuses;
mod twins;

use machine::{Machine, fixed, get, group, listener, rule, to_https};
use tierra_dataplane::balancer::config::{Condition, HttpVersion, ListenerProtocol, Millis, Stickiness};

#[test]
fn requests_go_round_and_say_who_asked() {
    Machine::run(async |machine| {
        let (a, b) = (machine.backend("a").await, machine.backend("b").await);
        let port = machine.free_port();
        machine
            .serve(vec![listener(port, ListenerProtocol::Http)], vec![group(&[a, b])])
            .await;
        machine.healthy(2).await;
        let mut names = Vec::new();
        for _ in 0..4 {
            let answer = get(port, "/who", "X-Forwarded-For: 1.2.3.4\r\n").await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            assert!(answer.contains("x-forwarded-for: 1.2.3.4, 127.0.0.1"), "{answer}");
            assert!(answer.contains("x-amzn-trace-id: root=1-"), "{answer}");
            assert!(answer.contains(&format!("x-forwarded-port: {port}")), "{answer}");
            names.push(if answer.contains("name=a") { 'a' } else { 'b' });
        }
        assert!(names[0] != names[1] && names[0] == names[2] && names[1] == names[3], "{names:?}");
        let report = machine.report().await;
        let counts = report.groups.values().next().expect("group");
        assert_eq!((report.counts.requests, counts.target_2xx, counts.healthy), (4, 4, 2));
    });
}

#[test]
fn a_connection_to_a_target_serves_many_requests() {
    Machine::run(async |machine| {
        let a = machine.backend("a").await;
        let port = machine.free_port();
        machine.serve(vec![listener(port, ListenerProtocol::Http)], vec![group(&[a])]).await;
        machine.healthy(1).await;
        for _ in 0..10 {
            get(port, "/", "").await;
        }
        // One connection of a client each, and one to the target for each thread at the most.
        let made = machine.report().await.counts.new_connections;
        assert!(made <= 10 + 2, "{made} connections");
    });
}

#[test]
fn rules_answer_by_themselves() {
    Machine::run(async |machine| {
        let port = machine.free_port();
        let mut on = listener(port, ListenerProtocol::Http);
        on.rules = vec![
            rule(1, Condition::PathPattern(vec!["/old/*".to_owned()]), to_https("#{query}")),
            rule(2, Condition::PathPattern(vec!["/fixed".to_owned()]), fixed(418, "short")),
        ];
        machine.serve(vec![on], vec![group(&[])]).await;
        let moved = get(port, "/old/x?y=1", "").await;
        assert!(
            moved.starts_with("HTTP/1.1 301") && moved.contains("https://balancer.test:443/old/x?y=1"),
            "{moved}"
        );
        let fixed = get(port, "/fixed", "").await;
        assert!(
            fixed.starts_with("HTTP/1.1 418") && fixed.ends_with("short") && fixed.contains("awselb/2.0"),
            "{fixed}"
        );
        let nobody = get(port, "/", "").await;
        assert!(
            nobody.starts_with("HTTP/1.1 503") && nobody.contains("503 Service Temporarily Unavailable"),
            "{nobody}"
        );
    });
}

#[test]
fn a_cookie_keeps_a_client_with_its_target() {
    Machine::run(async |machine| {
        let (a, b) = (machine.backend("a").await, machine.backend("b").await);
        let port = machine.free_port();
        let mut sticky = group(&[a, b]);
        sticky.stickiness = Some(Stickiness::LbCookie {
            expires: Some(Millis::seconds(60)),
        });
        machine.serve(vec![listener(port, ListenerProtocol::Http)], vec![sticky]).await;
        machine.healthy(2).await;
        let first = get(port, "/", "").await;
        let cookie = first
            .split("AWSALB=")
            .nth(1)
            .and_then(|rest| rest.split(';').next())
            .expect("cookie");
        let name = |answer: &str| answer.contains("name=a");
        for _ in 0..5 {
            let again = get(port, "/", &format!("Cookie: AWSALB={cookie}\r\n")).await;
            assert_eq!(name(&again), name(&first), "{again}");
        }
    });
}

#[test]
fn a_target_that_refuses_connections_costs_no_request() {
    Machine::run(async |machine| {
        let a = machine.backend("a").await;
        let nobody = machine.free_port();
        let port = machine.free_port();
        let mut open = group(&[a, nobody]);
        // Both are unhealthy until checked, so both are tried: "fail open".
        open.health_check.path = "/fails".to_owned();
        machine.serve(vec![listener(port, ListenerProtocol::Http)], vec![open]).await;
        for _ in 0..6 {
            let answer = get(port, "/", "").await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
    });
}

#[test]
fn a_target_that_closes_after_the_request_is_a_502() {
    Machine::run(async |machine| {
        let a = machine.backend("a").await;
        let port = machine.free_port();
        machine.serve(vec![listener(port, ListenerProtocol::Http)], vec![group(&[a])]).await;
        machine.healthy(1).await;
        let answer = get(port, "/drop", "").await;
        assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
        let unspoken = get(port, "/h2", "").await;
        assert!(unspoken.starts_with("HTTP/1.1 200"), "{unspoken}");
        let mut two = group(&[a]);
        two.version = HttpVersion::Http2;
        machine.serve(vec![listener(port, ListenerProtocol::Http)], vec![two]).await;
        assert!(get(port, "/", "").await.starts_with("HTTP/1.1 464"));
    });
}

#[test]
fn plain_bytes_are_carried() {
    Machine::run(async |machine| {
        let a = machine.backend("a").await;
        let port = machine.free_port();
        machine.serve(vec![listener(port, ListenerProtocol::Tcp)], vec![group(&[a])]).await;
        machine.healthy(1).await;
        let answer = get(port, "/", "").await;
        assert!(answer.contains("name=a") && !answer.contains("x-forwarded-for"), "{answer}");
    });
}

#[test]
fn lines_for_the_access_log_are_handed_out() {
    Machine::run(async |machine| {
        let a = machine.backend("a").await;
        let port = machine.free_port();
        machine.serve(vec![listener(port, ListenerProtocol::Http)], vec![group(&[a])]).await;
        machine.healthy(1).await;
        get(port, "/logged?x=1", "").await;
        let lines = machine.lines().await;
        let request = format!("\"GET http://balancer.test:{port}/logged?x=1 HTTP/1.1\"");
        assert!(
            lines.len() == 1 && lines[0].contains(&request) && lines[0].contains(" 200 200 "),
            "{lines:?}"
        );
    });
}
