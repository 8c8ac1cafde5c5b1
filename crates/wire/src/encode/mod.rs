//! Typed outputs and errors into answers. Each protocol walks the model and the value together, in the model's order.

mod error;
mod http;
mod tree;
pub(crate) mod xml;

use ciborium::Value as Cbor;
use serde_json::Value as Json;
use tierra_model::catalogue::{Kind, Location, Member, Metadata, Protocol, Reference, Service, Structure};
use tierra_model::{Fields, Shape, View};

pub use error::encode_error;

use crate::message::Answer;
use crate::route::Routed;
use tree::Notation;
use xml::Writer;

/// The header that names a request; S3 spells it its own way.
const REQUEST_ID: &str = "x-amzn-RequestId";
const S3_REQUEST_ID: &str = "x-amz-request-id";

fn request_id_header(service: Option<&Service>) -> &'static str {
    match service {
        Some(service) if &*service.metadata.name == "s3" => S3_REQUEST_ID,
        _ => REQUEST_ID,
    }
}

/// The answer that an operation's output makes.
pub fn encode(routed: &Routed<'_>, output: &dyn Shape, request_id: &str) -> Answer {
    let service = routed.service;
    let content_type = answer_type(routed.protocol, Some(&service.metadata));
    let mut answer = Answer::new(routed.operation.http.status, "", Vec::new());
    let view = output.view();
    let fields: &dyn Fields = match view {
        View::Struct(fields) => fields,
        _ => &(),
    };
    let empty = Structure::default();
    let structure = routed
        .operation
        .output
        .as_ref()
        .and_then(|output| structure(service, output))
        .unwrap_or(&empty);
    match routed.protocol {
        Protocol::Query => answer.body = query(routed, structure, fields, request_id),
        Protocol::Ec2 => answer.body = ec2(routed, structure, fields, request_id),
        Protocol::Json => answer.body = object::<Json>(service, structure, fields).to_string().into_bytes(),
        Protocol::Cbor if routed.operation.output.is_none() => {}
        Protocol::Cbor => answer.body = tree::cbor_bytes(&object::<Cbor>(service, structure, fields)),
        Protocol::RestJson | Protocol::RestXml => {
            http::head(&mut answer, service, structure, fields);
            rest_body(&mut answer, routed, structure, fields, content_type);
        }
    }
    let bare = routed.protocol == Protocol::Cbor && answer.body.is_empty();
    if !is_rest(routed.protocol) && !bare {
        answer.push("Content-Type", content_type);
    }
    if routed.protocol == Protocol::Cbor {
        answer.push("smithy-protocol", "rpc-v2-cbor");
    }
    answer.push(request_id_header(Some(service)), request_id);
    answer
}

fn is_rest(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::RestJson | Protocol::RestXml)
}

/// The content type of a protocol's answers.
fn answer_type(protocol: Protocol, service: Option<&Metadata>) -> &'static str {
    match protocol {
        Protocol::Ec2 => "text/xml;charset=UTF-8",
        Protocol::Query => "text/xml",
        Protocol::Json if service.is_some_and(|service| &*service.json_version == "1.0") => "application/x-amz-json-1.0",
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::RestJson => "application/json",
        Protocol::RestXml => "application/xml",
        Protocol::Cbor => "application/cbor",
    }
}

fn structure<'m>(service: &'m Service, reference: &Reference) -> Option<&'m Structure> {
    match &service.shape(reference.shape).kind {
        Kind::Structure(structure) => Some(structure),
        _ => None,
    }
}

/// Whether a member of an output stands in the body; places that only a request has do not count.
fn in_body(member: &Member) -> bool {
    matches!(member.reference.traits.location, Location::Body | Location::Query | Location::Uri)
}

fn object<N: Notation>(service: &Service, structure: &Structure, fields: &dyn Fields) -> N {
    N::object(tree::members(service, structure, |_| true, fields))
}

/// The namespace of an answer, in the version that was asked.
fn namespace(routed: &Routed<'_>) -> Option<String> {
    let metadata = &routed.service.metadata;
    let uri = metadata.xml_namespace.as_deref()?;
    let uri = match &routed.version {
        Some(version) => uri.replace(&*metadata.api_version, version),
        None => uri.to_owned(),
    };
    Some(if uri.ends_with('/') { uri } else { uri + "/" })
}

fn query(routed: &Routed<'_>, structure: &Structure, fields: &dyn Fields, request_id: &str) -> Vec<u8> {
    let operation = routed.operation;
    let mut writer = Writer::new(routed.service);
    writer.element(&format!("{}Response", operation.name), namespace(routed).as_deref(), |writer| {
        if operation.output.is_some() {
            let wrapper = operation
                .result_wrapper
                .as_deref()
                .map_or_else(|| format!("{}Result", operation.name), str::to_owned);
            writer.element(&wrapper, None, |writer| writer.members(structure, |_| true, fields));
        }
        writer.element("ResponseMetadata", None, |writer| writer.leaf("RequestId", request_id));
    });
    writer.finish().into_bytes()
}

fn ec2(routed: &Routed<'_>, structure: &Structure, fields: &dyn Fields, request_id: &str) -> Vec<u8> {
    let mut writer = Writer::new(routed.service);
    writer.declaration();
    writer.element(
        &format!("{}Response", routed.operation.name),
        namespace(routed).as_deref(),
        |writer| {
            writer.leaf("requestId", request_id);
            writer.members(structure, |_| true, fields);
        },
    );
    writer.finish().into_bytes()
}

fn rest_body(answer: &mut Answer, routed: &Routed<'_>, structure: &Structure, fields: &dyn Fields, content_type: &str) {
    if let Some(member) = structure.payload() {
        return payload(answer, routed, member, fields, content_type);
    }
    let has_body = structure.members.iter().any(in_body);
    answer.body = match routed.protocol {
        Protocol::RestXml if !has_body => return,
        Protocol::RestXml => rest_xml(routed, structure, fields),
        _ if routed.operation.output.is_none() => return,
        _ => Json::object(tree::members(routed.service, structure, in_body, fields))
            .to_string()
            .into_bytes(),
    };
    answer.push("Content-Type", content_type);
}

/// A REST answer's root: the output's own name, else its shape's. Route 53 gives its namespace with its inputs.
fn rest_xml(routed: &Routed<'_>, structure: &Structure, fields: &dyn Fields) -> Vec<u8> {
    let mut writer = Writer::new(routed.service);
    let Some(output) = &routed.operation.output else {
        return Vec::new();
    };
    let shape = routed.service.shape(output.shape);
    let name = output
        .traits
        .location_name
        .as_deref()
        .or(shape.traits.location_name.as_deref())
        .unwrap_or(&shape.name);
    let own = output.traits.namespace.as_deref().or(shape.traits.namespace.as_deref());
    let input = || routed.operation.input.as_ref().and_then(|input| input.traits.namespace.as_deref());
    writer.root(name, own.or_else(input), structure, in_body, fields);
    writer.finish().into_bytes()
}

/// A body that is one member: bytes and text as they are, anything else in the protocol's notation.
fn payload(answer: &mut Answer, routed: &Routed<'_>, member: &Member, fields: &dyn Fields, content_type: &str) {
    let Some(field) = fields.field(&member.name) else { return };
    let reference = &member.reference;
    let (body, own_type) = match (field.view(), routed.protocol) {
        (View::Absent, _) => return,
        (View::Blob(bytes), _) => (bytes.to_vec(), "application/octet-stream"),
        (View::Text(text), _) => (text.into_owned().into_bytes(), "text/plain"),
        (View::Struct(fields), Protocol::RestXml) => (xml_payload(routed.service, member, fields), content_type),
        _ => {
            let json: Json = tree::value(routed.service, reference, field);
            (json.to_string().into_bytes(), content_type)
        }
    };
    answer.body = body;
    if answer.header("content-type").is_none() {
        answer.push("Content-Type", own_type);
    }
}

/// A structure that is the body. Its root has the member's own name only where that differs from the member's.
fn xml_payload(service: &Service, member: &Member, fields: &dyn Fields) -> Vec<u8> {
    let (traits, shape) = (&member.reference.traits, service.shape(member.reference.shape));
    let renamed = traits.location_name.as_deref().filter(|name| **name != *member.name);
    let name = renamed.or(shape.traits.location_name.as_deref()).unwrap_or(&shape.name);
    let namespace = traits.namespace.as_deref().or(shape.traits.namespace.as_deref());
    let empty = Structure::default();
    let structure = structure(service, &member.reference).unwrap_or(&empty);
    let mut writer = Writer::new(service);
    writer.root(name, namespace, structure, |_| true, fields);
    writer.finish().into_bytes()
}
