//! Requests into typed inputs. Each protocol's notation is parsed into its own tree, bounded in depth and size; one walker
//! (`fill`) then goes down the model, the tree and the typed value together, so that every rule is written once.

mod error;
mod fill;
mod form;
mod http;
mod ids;
mod limits;
mod path;
mod source;
mod tree;
pub(crate) mod xml;

use serde_json::Value as Json;
use tierra_model::Shape;
use tierra_model::catalogue::{Kind, Location, Member, Protocol, Structure};

pub use error::DecodeError;
pub use limits::{Limit, Violation};
pub use path::Place;

use crate::message::Request;
use crate::route::{Routed, Template, s3_path};
use fill::Filler;
use form::Form;
use http::{Bytes, Head};
use xml::{Element, Xml};

/// How deep CBOR may nest.
const MAX_CBOR_DEPTH: usize = 128;

/// What a request held besides what its input took. Paths are AWS's member names with dots: `TagSpecifications.ResourceType`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Modelled members that were sent and that the input's type does not declare, down to their scalars.
    pub unhonoured: Vec<String>,
    /// Names that the model does not know; AWS ignores them too, EC2 apart.
    pub unknown: Vec<String>,
}

/// Fills `into` from a request that was routed to its operation.
///
/// # Errors
/// As [`DecodeError`] says; `into` is then half filled and of no use.
pub fn decode(routed: &Routed<'_>, request: &Request<'_>, into: &mut dyn Shape) -> Result<Decoded, DecodeError> {
    let mut filler = Filler::new(routed.service);
    let Some(input) = &routed.operation.input else {
        return Ok(Decoded::default());
    };
    let Kind::Structure(structure) = &routed.service.shape(input.shape).kind else {
        return Ok(Decoded::default());
    };
    match routed.protocol {
        Protocol::Query | Protocol::Ec2 => filler.members(structure, everything, &&form(request)?, into)?,
        Protocol::Json => filler.members(structure, everything, &&json(request.body)?, into)?,
        Protocol::Cbor => filler.members(structure, everything, &&cbor(request.body)?, into)?,
        Protocol::RestJson | Protocol::RestXml => rest(&mut filler, routed, structure, request, into)?,
    }
    filler.finish()
}

fn everything(_: &Member) -> bool {
    true
}

fn in_body(member: &Member) -> bool {
    member.reference.traits.location == Location::Body
}

fn malformed(reason: impl ToString) -> DecodeError {
    DecodeError::Malformed {
        reason: reason.to_string(),
    }
}

fn form(request: &Request<'_>) -> Result<Form, DecodeError> {
    let pairs = form_urlencoded::parse(request.body).chain(form_urlencoded::parse(request.head.query.as_bytes()));
    let pairs = pairs.map(|(key, value)| (key.into_owned(), value.into_owned()));
    Form::parse(pairs).ok_or_else(|| malformed("too many parameters"))
}

fn json(body: &[u8]) -> Result<Json, DecodeError> {
    match body.trim_ascii() {
        [] => Ok(Json::Object(serde_json::Map::new())),
        text => serde_json::from_slice(text).map_err(malformed),
    }
}

fn cbor(body: &[u8]) -> Result<ciborium::Value, DecodeError> {
    match body {
        [] => Ok(ciborium::Value::Map(Vec::new())),
        bytes => ciborium::de::from_reader_with_recursion_limit(bytes, MAX_CBOR_DEPTH).map_err(malformed),
    }
}

fn rest<'m>(
    filler: &mut Filler<'m>,
    routed: &Routed<'m>,
    structure: &'m Structure,
    request: &Request<'_>,
    into: &mut dyn Shape,
) -> Result<(), DecodeError> {
    let template = Template::parse(&routed.operation.http.uri);
    let path = s3_path(request).unwrap_or(request.head.path.into());
    let labels = template.labels(&path).unwrap_or_default();
    let head = Head::new(request, labels);
    into.touch();
    for member in structure.members.iter().filter(|member| !in_body(member)) {
        filler.member(member, head.member(filler.service, member), into)?;
    }
    match structure.payload() {
        Some(payload) => rest_payload(filler, routed.protocol, payload, request.body, into),
        None if structure.members.iter().any(in_body) => rest_body(filler, routed.protocol, structure, request.body, into),
        None => Ok(()),
    }
}

fn rest_body<'m>(
    filler: &mut Filler<'m>,
    protocol: Protocol,
    structure: &'m Structure,
    body: &[u8],
    into: &mut dyn Shape,
) -> Result<(), DecodeError> {
    match protocol {
        Protocol::RestXml if body.trim_ascii().is_empty() => filler.members(structure, in_body, &Xml::One(&Element::default()), into),
        Protocol::RestXml => filler.members(structure, in_body, &Xml::One(&Element::parse(body).map_err(malformed)?), into),
        _ => filler.members(structure, in_body, &&json(body)?, into),
    }
}

/// A body that is one member: bytes and text as they are, anything else in the protocol's notation.
fn rest_payload<'m>(
    filler: &mut Filler<'m>,
    protocol: Protocol,
    member: &'m Member,
    body: &[u8],
    into: &mut dyn Shape,
) -> Result<(), DecodeError> {
    let kind = &filler.service.shape(member.reference.shape).kind;
    match (kind, protocol) {
        (Kind::Blob | Kind::String, _) => filler.member(member, (!body.is_empty()).then_some(Bytes(body)), into),
        (_, _) if body.trim_ascii().is_empty() => filler.member(member, None::<Xml<'_>>, into),
        (_, Protocol::RestXml) => filler.member(member, Some(Xml::One(&Element::parse(body).map_err(malformed)?)), into),
        _ => filler.member(member, Some(&json(body)?), into),
    }
}
