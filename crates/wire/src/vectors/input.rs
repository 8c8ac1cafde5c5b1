//! Cases of requests: what a client writes for some parameters must be read as those parameters.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tierra_model::Value;
use tierra_model::catalogue::{Kind, Location, Member, Protocol, Reference};

use super::Case;
use super::value::agree;
use crate::decode::decode;
use crate::message::Request;
use crate::route::{Routed, match_path};
use crate::sigv4::SignedRequest;

pub(super) fn check(case: &Case<'_>) -> Result<(), String> {
    let serialized = &case.case["serialized"];
    let uri = serialized["uri"].as_str().unwrap_or("/");
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
    let pairs = serialized["headers"].as_object().into_iter().flatten();
    let headers: Vec<(String, String)> = pairs
        .map(|(key, value)| (key.to_ascii_lowercase(), value.as_str().unwrap_or_default().to_owned()))
        .collect();
    let operation = case.service.operation(case.operation()).expect("the operation");
    let head = SignedRequest {
        method: serialized["method"].as_str().unwrap_or(&operation.http.method),
        path,
        query,
        headers: &headers,
    };
    let text = serialized["body"].as_str().unwrap_or_default();
    let body = match case.protocol {
        Protocol::Cbor => STANDARD.decode(text).map_err(|error| error.to_string())?,
        _ => text.as_bytes().to_vec(),
    };
    let request = Request { head, body: &body };
    let rest = matches!(case.protocol, Protocol::RestJson | Protocol::RestXml);
    if rest && match_path(case.service, &request).is_none() {
        return Err(format!("{uri} does not fit {}", operation.http.uri));
    }
    let routed = Routed {
        service: case.service,
        operation,
        protocol: case.protocol,
        version: None,
    };
    let mut value = Value::default();
    decode(&routed, &request, &mut value).map_err(|error| format!("{error:?}"))?;
    match &operation.input {
        Some(input) => {
            let mut value = if value == Value::Absent { Value::Struct(Vec::new()) } else { value };
            forget_named(case, input, &mut value);
            agree(case.service, input, &value, &case.case["params"], "input")
        }
        None => Ok(()),
    }
}

/// A server puts every parameter into a map of parameters; the cases of clients mostly give those that no member names.
fn forget_named(case: &Case<'_>, input: &Reference, value: &mut Value) {
    let Kind::Structure(structure) = &case.service.shape(input.shape).kind else {
        return;
    };
    let Value::Struct(fields) = value else { return };
    let in_query = |member: &&Member| member.reference.traits.location == Location::Query;
    let named: Vec<&str> = structure
        .members
        .iter()
        .filter(in_query)
        .filter_map(|member| member.reference.traits.location_name.as_deref())
        .collect();
    for member in structure
        .members
        .iter()
        .filter(in_query)
        .filter(|member| member.reference.traits.location_name.is_none())
    {
        let given = &case.case["params"][&*member.name];
        for (_, map) in fields.iter_mut().filter(|(name, _)| **name == *member.name) {
            if let Value::Map(entries) = map {
                entries.retain(|(key, _)| given.get(key).is_some() || !named.contains(&key.as_str()));
            }
        }
        fields.retain(|(name, map)| **name != *member.name || *map != Value::Map(Vec::new()) || !given.is_null());
    }
}
