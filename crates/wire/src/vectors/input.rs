//! Cases of requests: what a client writes for some parameters must be read as those parameters.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tierra_model::Value;
use tierra_model::catalogue::Protocol;

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
            let value = if value == Value::Absent { Value::Struct(Vec::new()) } else { value };
            agree(case.service, input, &value, &case.case["params"], "input")
        }
        None => Ok(()),
    }
}
