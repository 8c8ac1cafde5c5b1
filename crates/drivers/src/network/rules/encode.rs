//! Changes in nft's language: the JSON of libnftables ("libnftables-json(5)"), one transaction.

use serde_json::{Value as Json, json};

use super::{Change, Field, Hook, HookPoint, Line, Part, SetKind, Statement, Value};

/// The table that a transaction is about. Its family is `inet`: no IPv6 packet slips by.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a>(pub &'a str);

/// Changes as one transaction's text.
pub fn transaction(table: Table<'_>, changes: &[Change]) -> String {
    let commands: Vec<Json> = changes.iter().flat_map(|change| table.commands(change)).collect();
    json!({ "nftables": commands }).to_string()
}

/// The transaction that deletes the table, whether it is there or not.
pub fn deletion(table: Table<'_>) -> String {
    json!({ "nftables": [table.verb("add", "table", json!({ "name": table.0 })), table.verb("delete", "table", json!({ "name": table.0 }))] }).to_string()
}

impl Table<'_> {
    fn commands(self, change: &Change) -> Vec<Json> {
        match change {
            // Adding it first makes the deletion succeed where there is none.
            Change::NewTable => ["add", "delete", "add"]
                .map(|verb| self.verb(verb, "table", json!({ "name": self.0 })))
                .to_vec(),
            Change::AddSet(name, kind) => vec![self.add_set(name, *kind)],
            Change::AddChain(name, hook) => vec![self.within("add", "chain", chain(name, *hook))],
            Change::Flush(name) => vec![self.within("flush", "chain", json!({ "name": name }))],
            Change::AddLine(chain, rule) => vec![self.within("add", "rule", json!({ "chain": chain, "expr": line(rule) }))],
            Change::Remove(set, elements) => vec![self.elements("delete", set, elements)],
            Change::Insert(set, elements) => vec![self.elements("add", set, elements)],
            Change::DeleteChain(name) => vec![self.within("delete", "chain", json!({ "name": name }))],
            Change::DeleteSet(name) => vec![self.within("delete", "set", json!({ "name": name }))],
        }
    }

    fn verb(self, verb: &str, noun: &str, mut body: Json) -> Json {
        body["family"] = "inet".into();
        json!({ verb: { noun: body } })
    }

    fn within(self, verb: &str, noun: &str, mut body: Json) -> Json {
        body["table"] = self.0.into();
        self.verb(verb, noun, body)
    }

    fn add_set(self, name: &str, kind: SetKind) -> Json {
        let (key, value) = types(kind);
        let key = if let [one] = key { json!(one) } else { json!(key) };
        let mut body = json!({ "name": name, "type": key });
        if matches!(kind, SetKind::Services | SetKind::BlockServices) {
            body["flags"] = json!(["interval"]);
        }
        if let Some(value) = value {
            body["map"] = value.into();
        }
        self.within("add", if value.is_some() { "map" } else { "set" }, body)
    }

    fn elements(self, verb: &str, set: &str, elements: &[(Vec<Field>, Option<Value>)]) -> Json {
        let all: Vec<Json> = elements.iter().map(|(key, value)| element(key, value.as_ref())).collect();
        self.within(verb, "element", json!({ "name": set, "elem": all }))
    }
}

/// The types of a set's keys, and of its values where it is a map.
fn types(kind: SetKind) -> (&'static [&'static str], Option<&'static str>) {
    match kind {
        SetKind::Addresses => (&["ipv4_addr"], None),
        SetKind::Devices => (&["ifname"], None),
        SetKind::DeviceAddresses => (&["ifname", "ipv4_addr"], None),
        SetKind::Services => (&["inet_proto", "inet_service", "inet_service"], None),
        SetKind::BlockServices => (&["ipv4_addr", "inet_proto", "inet_service", "inet_service"], None),
        SetKind::DeviceVerdicts => (&["ifname"], Some("verdict")),
        SetKind::DeviceMarks => (&["ifname"], Some("mark")),
        SetKind::AddressMap => (&["ipv4_addr"], Some("ipv4_addr")),
    }
}

fn element(key: &[Field], value: Option<&Value>) -> Json {
    let key = concatenated(key.iter().map(field).collect());
    match value {
        None => key,
        Some(Value::Address(address)) => json!([key, address.to_string()]),
        Some(Value::Mark(mark)) => json!([key, mark]),
        Some(Value::Goto(chain)) => json!([key, { "goto": { "target": chain } }]),
    }
}

/// nft takes one thing bare, and only several as a list.
fn concatenated(mut parts: Vec<Json>) -> Json {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        json!({ "concat": parts })
    }
}

fn field(field: &Field) -> Json {
    match field {
        Field::Address(address) => address.to_string().into(),
        Field::Block(block) if block.prefix_len() == 32 => block.addr().to_string().into(),
        Field::Block(block) => prefix(*block),
        Field::Device(name) => name.as_str().into(),
        Field::Range(low, high) if low == high => (*low).into(),
        Field::Range(low, high) => json!({ "range": [low, high] }),
    }
}

fn prefix(block: ipnet::Ipv4Net) -> Json {
    json!({ "prefix": { "addr": block.network().to_string(), "len": block.prefix_len() } })
}

fn chain(name: &str, hook: Option<Hook>) -> Json {
    let Some(hook) = hook else { return json!({ "name": name }) };
    let at = match hook.at {
        HookPoint::Prerouting => "prerouting",
        HookPoint::Input => "input",
        HookPoint::Forward => "forward",
        HookPoint::Output => "output",
        HookPoint::Postrouting => "postrouting",
    };
    let (kind, policy) = (if hook.nat { "nat" } else { "filter" }, if hook.drop { "drop" } else { "accept" });
    json!({ "name": name, "type": kind, "hook": at, "prio": hook.priority, "policy": policy })
}

fn line(line: &Line) -> Vec<Json> {
    line.iter().map(statement).collect()
}

fn statement(statement: &Statement) -> Json {
    match statement {
        Statement::In(parts, set) => equal(key(parts), format!("@{set}").into()),
        Statement::Device(at, name) => equal(part(*at), name.as_str().into()),
        Statement::Block(of, block, inside) => compare(if *inside { "==" } else { "!=" }, part(*of), prefix(*block)),
        Statement::New => compare("in", json!({ "ct": { "key": "state" } }), "new".into()),
        Statement::Tracked => tracked(),
        Statement::Mark(by, map) => json!({ "mangle": { "key": { "meta": { "key": "mark" } }, "value": lookup(part(*by), map) } }),
        Statement::Dispatch(by, map) => json!({ "vmap": { "key": part(*by), "data": format!("@{map}") } }),
        Statement::TranslateDestination(map) => json!({ "dnat": { "family": "ip", "addr": lookup(part(Part::Destination), map) } }),
        Statement::TranslateSource(map) => json!({ "snat": { "family": "ip", "addr": lookup(part(Part::Source), map) } }),
        Statement::Source(address) => json!({ "snat": { "family": "ip", "addr": address.to_string() } }),
        Statement::Masquerade => json!({ "masquerade": null }),
        Statement::Jump(chain) => json!({ "jump": { "target": chain } }),
        Statement::Goto(chain) => json!({ "goto": { "target": chain } }),
        Statement::Accept => json!({ "accept": null }),
        Statement::Drop => json!({ "drop": null }),
    }
}

fn tracked() -> Json {
    let states = json!([["established", { "accept": null }], ["related", { "accept": null }], ["invalid", { "drop": null }]]);
    json!({ "vmap": { "key": { "ct": { "key": "state" } }, "data": { "set": states } } })
}

fn equal(left: Json, right: Json) -> Json {
    compare("==", left, right)
}

fn compare(op: &str, left: Json, right: Json) -> Json {
    json!({ "match": { "op": op, "left": left, "right": right } })
}

fn lookup(key: Json, map: &str) -> Json {
    json!({ "map": { "key": key, "data": format!("@{map}") } })
}

fn key(parts: &[Part]) -> Json {
    concatenated(parts.iter().map(|one| part(*one)).collect())
}

fn part(part: Part) -> Json {
    let payload = |protocol: &str, field: &str| json!({ "payload": { "protocol": protocol, "field": field } });
    match part {
        Part::InDevice => json!({ "meta": { "key": "iifname" } }),
        Part::OutDevice => json!({ "meta": { "key": "oifname" } }),
        Part::Source => payload("ip", "saddr"),
        Part::Destination => payload("ip", "daddr"),
        Part::Protocol => json!({ "meta": { "key": "l4proto" } }),
        Part::First => payload("th", "sport"),
        Part::Second => payload("th", "dport"),
    }
}
