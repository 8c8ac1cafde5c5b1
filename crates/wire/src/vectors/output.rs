//! Cases of answers: what is written for a result must mean what the case's answer means.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use tierra_model::Value;
use tierra_model::catalogue::{Kind, Protocol};

use super::Case;
use super::value::build;
use crate::decode::xml::Element;
use crate::encode::{encode, encode_error};
use crate::error::WireError;
use crate::message::Answer;
use crate::route::Routed;

/// Elements that only carry the request's id.
const ENVELOPE: [&str; 4] = ["ResponseMetadata", "RequestId", "requestId", "RequestID"];

pub(super) fn check(case: &Case<'_>) -> Result<(), String> {
    let answer = match case.case.get("error").or_else(|| case.case.get("errorCode")) {
        Some(_) => failure(case),
        None => success(case),
    };
    let want = &case.case["response"];
    let status = want["status_code"].as_u64().unwrap_or(200);
    if u64::from(answer.status) != status {
        return Err(format!("status {} is not {status}", answer.status));
    }
    for (name, value) in want["headers"].as_object().into_iter().flatten() {
        header(&answer, name, value.as_str().unwrap_or_default())?;
    }
    match want["body"].as_str() {
        Some(body) => same_body(case, &answer, body),
        None => Ok(()),
    }
}

fn success(case: &Case<'_>) -> Answer {
    let operation = case.service.operation(case.operation()).expect("the operation");
    let output = operation
        .output
        .as_ref()
        .map(|output| build(case.service, output, &case.case["result"]));
    let routed = Routed {
        service: case.service,
        operation,
        protocol: case.protocol,
        version: None,
    };
    let id = case.case["response"]["headers"]["X-Amzn-Requestid"].as_str().unwrap_or("requestid");
    encode(&routed, &output.unwrap_or(Value::Struct(Vec::new())), id)
}

fn failure(case: &Case<'_>) -> Answer {
    let operation = case.service.operation(case.operation()).expect("the operation");
    let status = u16::try_from(case.case["response"]["status_code"].as_u64().unwrap_or(400)).expect("a status");
    let code = case.case["errorCode"].as_str().unwrap_or_default().to_owned();
    let message = case.case["errorMessage"].as_str().unwrap_or_default();
    let mut error = WireError::new(code, status, message);
    let json = case.case.get("error").cloned().unwrap_or(Json::Null);
    if let (Some(shape), Json::Object(object)) = (operation.errors.first(), &json)
        && let Kind::Structure(structure) = &case.service.shape(*shape).kind
    {
        let members = structure.members.iter().filter_map(|member| {
            Some((
                member.name.to_string(),
                build(case.service, &member.reference, object.get(&*member.name)?),
            ))
        });
        error.members = Value::Struct(members.collect());
    }
    encode_error(case.protocol, Some(case.service), &error, "foo-id")
}

fn header(answer: &Answer, name: &str, want: &str) -> Result<(), String> {
    let got = answer.header(name);
    let bare = |text: &str| text.split(';').next().unwrap_or_default().trim().to_owned();
    let same = match (got, name.to_ascii_lowercase().as_str()) {
        (Some(got), "content-type") => bare(got) == bare(want),
        (Some(got), "content-length") => got == want,
        (Some(got), _) => got == want || words(got) == words(want) || (moment(want).is_some() && moment(got) == moment(want)),
        (None, "content-length") => answer.body.len().to_string() == want,
        (None, _) => false,
    };
    same.then_some(()).ok_or_else(|| format!("header {name}: {got:?} is not {want:?}"))
}

/// A list's items, without the space around them.
fn words(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).collect()
}

fn moment(text: &str) -> Option<tierra_model::Timestamp> {
    tierra_model::Timestamp::parse_iso8601(text)
}

fn same_body(case: &Case<'_>, answer: &Answer, want: &str) -> Result<(), String> {
    let text = String::from_utf8_lossy(&answer.body);
    let same = match case.protocol {
        _ if answer.body == want.as_bytes() => true,
        Protocol::Cbor => {
            let want = STANDARD.decode(want).map_err(|error| error.to_string())?;
            return same_cbor(&answer.body, &want);
        }
        Protocol::Json | Protocol::RestJson => match (json(&text), json(want)) {
            (Some(got), Some(want)) => same_json(&got, &want),
            _ => false,
        },
        _ => match (Element::parse(&answer.body), Element::parse(want.as_bytes())) {
            (Ok(got), Ok(want)) => canonical(got, case) == canonical(want, case),
            (Err(_), Err(_)) => want.trim().is_empty() && text.trim().is_empty(),
            (Ok(got), Err(_)) => want.trim().is_empty() && canonical(got, case).children.iter().all(|child| child.children.is_empty()),
            _ => false,
        },
    };
    same.then_some(()).ok_or_else(|| format!("body\n    got  {text}\n    want {want}"))
}

fn json(text: &str) -> Option<Json> {
    if text.is_empty() {
        Some(Json::Object(serde_json::Map::new()))
    } else {
        serde_json::from_str(text).ok()
    }
}

/// Equality in which 1 is 1.0, a moment has one meaning in every zone, null is absence, an error's type has no namespace, and order in
/// objects does not count.
fn same_json(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(a), Json::Number(b)) => a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_json(a, b)),
        (Json::String(a), Json::String(b)) => a == b || (moment(a).is_some() && moment(a) == moment(b)) || plain_type(a) == plain_type(b),
        (Json::Object(a), Json::Object(b)) => holds(a, b) && holds(b, a),
        _ => one == other,
    }
}

fn holds(all: &serde_json::Map<String, Json>, some: &serde_json::Map<String, Json>) -> bool {
    let mut present = some.iter().filter(|(_, value)| !value.is_null());
    present.all(|(key, value)| all.get(key).is_some_and(|other| same_json(other, value)))
}

/// `aws.protocoltests.json10#FooError:http://…` is `FooError`.
fn plain_type(text: &str) -> &str {
    text.rsplit_once('#')
        .map_or(text, |(_, name)| name.split(':').next().unwrap_or(name))
}

fn same_cbor(got: &[u8], want: &[u8]) -> Result<(), String> {
    let read = |bytes: &[u8]| match bytes {
        [] => Ok(ciborium::Value::Map(Vec::new())),
        bytes => ciborium::from_reader::<ciborium::Value, _>(bytes).map_err(|error| error.to_string()),
    };
    let (got, want) = (read(got)?, read(want)?);
    same_tree(&got, &want)
        .then_some(())
        .ok_or_else(|| format!("body\n    got  {got:?}\n    want {want:?}"))
}

fn same_tree(one: &ciborium::Value, other: &ciborium::Value) -> bool {
    use ciborium::Value::{Array, Float, Integer, Map, Tag, Text};
    match (one, other) {
        (Float(a), Float(b)) => a == b || (a.is_nan() && b.is_nan()),
        (Float(a), Integer(b)) | (Integer(b), Float(a)) => i128::from(*b) as f64 == *a,
        (Tag(a, x), Tag(b, y)) => a == b && same_tree(x, y),
        (Array(a), Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_tree(a, b)),
        (Text(a), Text(b)) => plain_type(a) == plain_type(b),
        (Map(a), Map(b)) => within(a, b) && within(b, a),
        _ => one == other,
    }
}

fn within(some: &[(ciborium::Value, ciborium::Value)], all: &[(ciborium::Value, ciborium::Value)]) -> bool {
    let found = |key, x| all.iter().any(|(k, y)| key == k && same_tree(x, y));
    some.iter().all(|(key, x)| x.is_null() || found(key, x))
}

/// Without white space between elements, the request's id, and what the root is called where clients do not read it.
fn canonical(mut root: Element, case: &Case<'_>) -> Element {
    let outer = namespace(&root);
    root.attributes.retain(|(key, _)| key != "xmlns");
    if case.id.starts_with("legacy") {
        root.name.clear();
    }
    tidy(&mut root, outer.as_deref());
    root
}

fn namespace(element: &Element) -> Option<String> {
    element
        .attributes
        .iter()
        .find(|(key, _)| key == "xmlns")
        .map(|(_, uri)| uri.clone())
}

/// A namespace that is already the parent's says nothing. Children of one name keep their order; members may stand in any.
fn tidy(element: &mut Element, outer: Option<&str>) {
    let own = namespace(element);
    element
        .attributes
        .retain(|(key, uri)| key != "xmlns" || Some(uri.as_str()) != outer);
    element.attributes.sort();
    element.children.retain(|child| !ENVELOPE.contains(&child.name.as_str()));
    if element.text.trim().is_empty() {
        element.text.clear();
    }
    if let Some(time) = moment(element.text.trim()) {
        element.text = time.to_string();
    }
    element.children.iter_mut().for_each(|child| tidy(child, own.as_deref().or(outer)));
    element.children.sort_by(|a, b| a.name.cmp(&b.name));
}
