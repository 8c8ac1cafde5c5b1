//! Which action a request gets: a pure function of the listener's rules and the request's head.

use std::net::IpAddr;

use http::HeaderName;
use ipnet::IpNet;

use super::config::{Action, Condition, Listener, QueryPair};
use super::head::{Fields, Head};
use super::pattern::Pattern;

/// A listener's rules, ready to be asked.
#[derive(Clone, Debug)]
pub struct Routes {
    rules: Vec<Rule>,
    default: Action,
}

#[derive(Clone, Debug)]
struct Rule {
    priority: u32,
    tests: Vec<Test>,
    action: Action,
}

#[derive(Clone, Debug)]
enum Test {
    Host(Vec<Pattern>),
    Path(Vec<Pattern>),
    Header(Option<HeaderName>, Vec<Pattern>),
    Method(Vec<String>),
    Query(Vec<(Option<Pattern>, Pattern)>),
    Source(Vec<IpNet>),
}

/// What was found.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// What is to be done.
    pub action: &'a Action,
    /// The rule's priority; 0 is the default rule.
    pub priority: u32,
    /// Rules that were looked at beside the default one.
    pub evaluations: u64,
}

impl Routes {
    /// Makes a listener's rules ready.
    pub fn new(listener: &Listener) -> Self {
        let mut rules: Vec<Rule> = listener.rules.iter().map(rule).collect();
        rules.sort_by_key(|rule| rule.priority);
        Self {
            rules,
            default: listener.default_action.clone(),
        }
    }

    /// The action of the first rule that matches a request from `source`.
    pub fn find<F: Fields>(&self, head: &Head<'_, F>, source: IpAddr) -> Found<'_> {
        let holds = |rule: &Rule| rule.tests.iter().all(|test| test.holds(head, source));
        let matching = self.rules.iter().position(holds);
        match matching {
            Some(at) => Found {
                action: &self.rules[at].action,
                priority: self.rules[at].priority,
                evaluations: at as u64 + 1,
            },
            None => Found {
                action: &self.default,
                priority: 0,
                evaluations: self.rules.len() as u64,
            },
        }
    }

    /// What is done where no rule matches; all that a TCP listener does.
    pub fn default_action(&self) -> &Action {
        &self.default
    }
}

fn rule(rule: &super::config::Rule) -> Rule {
    Rule {
        priority: rule.priority,
        tests: rule.conditions.iter().map(test).collect(),
        action: rule.action.clone(),
    }
}

fn folded(values: &[String]) -> Vec<Pattern> {
    values.iter().map(|value| Pattern::folded(value)).collect()
}

fn test(condition: &Condition) -> Test {
    match condition {
        Condition::HostHeader(values) => Test::Host(folded(values)),
        Condition::PathPattern(values) => Test::Path(values.iter().map(|value| Pattern::exact(value)).collect()),
        Condition::HttpHeader { name, values } => Test::Header(name.parse().ok(), folded(values)),
        Condition::HttpRequestMethod(values) => Test::Method(values.clone()),
        Condition::QueryString(pairs) => Test::Query(pairs.iter().map(pair).collect()),
        Condition::SourceIp(blocks) => Test::Source(blocks.clone()),
    }
}

fn pair(pair: &QueryPair) -> (Option<Pattern>, Pattern) {
    (pair.key.as_deref().map(Pattern::folded), Pattern::folded(&pair.value))
}

fn any(patterns: &[Pattern], value: &[u8]) -> bool {
    patterns.iter().any(|pattern| pattern.matches(value))
}

impl Test {
    fn holds<F: Fields>(&self, head: &Head<'_, F>, source: IpAddr) -> bool {
        match self {
            Self::Host(patterns) => any(patterns, without_port(head.host().unwrap_or_default()).as_bytes()),
            Self::Path(patterns) => any(patterns, head.path.as_bytes()),
            Self::Header(name, patterns) => name
                .as_ref()
                .is_some_and(|name| head.fields.values(name.as_str()).any(|value| any(patterns, value))),
            Self::Method(methods) => methods.iter().any(|method| method == head.method),
            Self::Query(pairs) => head.query.unwrap_or_default().split('&').any(|part| query_holds(pairs, part)),
            Self::Source(blocks) => blocks.iter().any(|block| block.contains(&source)),
        }
    }
}

fn query_holds(pairs: &[(Option<Pattern>, Pattern)], part: &str) -> bool {
    let (key, value) = part.split_once('=').unwrap_or((part, ""));
    pairs.iter().any(|(wanted, pattern)| {
        let key_holds = wanted.as_ref().is_none_or(|wanted| wanted.matches(key.as_bytes()));
        key_holds && pattern.matches(value.as_bytes())
    })
}

/// A host without its port: `example.com:8080`, `[::1]:80`.
pub fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && (!name.contains(':') || name.ends_with(']')) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Version};

    use super::*;
    use crate::balancer::config::{FixedResponse, ListenerProtocol};

    fn fixed(status: u16) -> Action {
        Action::FixedResponse(FixedResponse {
            status,
            content_type: None,
            body: String::new(),
        })
    }

    fn routes(conditions: Vec<Condition>) -> Routes {
        Routes::new(&Listener {
            port: 80,
            protocol: ListenerProtocol::Http,
            tls: None,
            rules: vec![
                super::super::config::Rule {
                    priority: 20,
                    conditions: Vec::new(),
                    action: fixed(220),
                },
                super::super::config::Rule {
                    priority: 10,
                    conditions,
                    action: fixed(210),
                },
            ],
            default_action: fixed(404),
            response_headers: Default::default(),
            server_header: true,
        })
    }

    fn words(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn each_condition_looks_at_its_part() {
        let header = |name: &str, value: &str| Condition::HttpHeader {
            name: name.to_owned(),
            values: words(&[value]),
        };
        let query = |key: Option<&str>, value: &str| {
            Condition::QueryString(vec![QueryPair {
                key: key.map(str::to_owned),
                value: value.to_owned(),
            }])
        };
        let cases = [
            (vec![Condition::HostHeader(words(&["*.EXAMPLE.com", "other"]))], true),
            (vec![Condition::HostHeader(words(&["example.com"]))], false),
            (vec![Condition::PathPattern(words(&["/Img/*"]))], true),
            (vec![Condition::PathPattern(words(&["/img/*"]))], false),
            (vec![header("User-Agent", "*CHROME*")], true),
            (vec![header("x-none", "*")], false),
            (vec![Condition::HttpRequestMethod(words(&["GET"]))], true),
            (vec![Condition::HttpRequestMethod(words(&["get"]))], false),
            (vec![query(Some("VERSION"), "v?")], true),
            (vec![query(None, "*yes*")], true),
            (vec![query(Some("version"), "v")], false),
            (vec![Condition::SourceIp(vec!["10.0.0.0/8".parse().expect("block")])], true),
            (vec![Condition::SourceIp(vec!["11.0.0.0/8".parse().expect("block")])], false),
            (
                vec![
                    Condition::HostHeader(words(&["www.*"])),
                    Condition::HttpRequestMethod(words(&["POST"])),
                ],
                false,
            ),
        ];
        let mut headers = HeaderMap::new();
        headers.insert("user-agent", "Mozilla Chrome 1".parse().expect("value"));
        let head = Head {
            method: "GET",
            version: Version::HTTP_11,
            authority: Some("www.example.com:8080"),
            path: "/Img/a",
            query: Some("version=V1&x=Yes!"),
            fields: &headers,
        };
        for (conditions, holds) in cases {
            let shown = format!("{conditions:?}");
            let routes = routes(conditions);
            let found = routes.find(&head, [10, 1, 2, 3].into());
            assert_eq!(found.priority, if holds { 10 } else { 20 }, "{shown}");
            assert_eq!(found.evaluations, if holds { 1 } else { 2 }, "{shown}");
        }
    }

    #[test]
    fn ports_of_hosts() {
        let cases = [
            ("a.b:80", "a.b"),
            ("a.b", "a.b"),
            ("[::1]:80", "[::1]"),
            ("[::1]", "[::1]"),
            ("a:b", "a:b"),
        ];
        for (host, name) in cases {
            assert_eq!(without_port(host), name);
        }
    }
}
