//! Errors in each protocol's form.

use std::borrow::Cow;

use quick_xml::escape::escape;
use serde_json::Value as Json;
use tierra_model::catalogue::{Kind, Member, Metadata, Protocol, Service, ShapeDef, Structure, TimestampFormat};
use tierra_model::{Fields, Shape, View};

use super::tree::{self, Notation};
use super::xml::Writer;
use super::{answer_type, http, in_body, is_rest, request_id_header};
use crate::error::WireError;
use crate::message::Answer;

/// Members that carry the message, which is written by the codec itself.
const MESSAGE: [&str; 2] = ["message", "Message"];

/// An error answer in `protocol`. The service, where it is known, lends the error's modelled shape and status.
pub fn encode_error(protocol: Protocol, service: Option<&Service>, error: &WireError, request_id: &str) -> Answer {
    let modelled = service.and_then(|service| Modelled::find(service, error));
    let content_type = answer_type(protocol, service.map(|service| &service.metadata));
    let mut answer = Answer::new(error.status, content_type, Vec::new());
    answer.body = match protocol {
        Protocol::Ec2 => ec2(modelled.as_ref(), error, request_id),
        Protocol::Query | Protocol::RestXml => xml(protocol, service, modelled.as_ref(), error, request_id),
        Protocol::Json | Protocol::RestJson => object::<Json>(protocol, service, modelled.as_ref(), error).to_string().into_bytes(),
        Protocol::Cbor => tree::cbor_bytes(&object(protocol, service, modelled.as_ref(), error)),
    };
    head(&mut answer, protocol, service, modelled.as_ref(), error);
    answer.push(request_id_header(service), request_id);
    answer
}

/// An error's shape in the model.
struct Modelled<'m> {
    service: &'m Service,
    shape: &'m ShapeDef,
    structure: &'m Structure,
}

impl<'m> Modelled<'m> {
    /// By the shape's name, else by its code.
    fn find(service: &'m Service, error: &WireError) -> Option<Self> {
        let errors = service.shapes.iter().filter_map(|shape| match &shape.kind {
            Kind::Structure(structure) => structure.error.as_deref().map(|error| (shape, structure, error)),
            _ => None,
        });
        let mut fitting = errors.filter(|(shape, _, def)| *shape.name == *error.code || def.code.as_deref() == Some(&*error.code));
        fitting.next().map(|(shape, structure, _)| Self { service, shape, structure })
    }

    /// The code of the query protocols.
    fn query_code(&self) -> &'m str {
        let code = self.structure.error.as_ref().and_then(|error| error.code.as_deref());
        code.unwrap_or(&self.shape.name)
    }

    fn message_member(&self) -> Option<&'m str> {
        MESSAGE.into_iter().find(|name| self.structure.member(name).is_some())
    }
}

fn fields(error: &WireError) -> Option<&dyn Fields> {
    match error.members.view() {
        View::Struct(fields) => Some(fields),
        _ => None,
    }
}

fn ec2(modelled: Option<&Modelled<'_>>, error: &WireError, request_id: &str) -> Vec<u8> {
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>".to_owned();
    out += &said(&error.code, &error.message);
    out += &details(Protocol::Ec2, modelled, error);
    out += &format!("</Error></Errors><RequestID>{request_id}</RequestID></Response>");
    out.into_bytes()
}

/// Code and message; a message is not written where there is none.
fn said(code: &str, message: &str) -> String {
    let code = format!("<Code>{}</Code>", escape(code));
    match message {
        "" => code,
        message => format!("{code}<Message>{}</Message>", escape(message)),
    }
}

/// The modelled error's further members.
fn details(protocol: Protocol, modelled: Option<&Modelled<'_>>, error: &WireError) -> String {
    let (Some(modelled), Some(fields)) = (modelled, fields(error)) else {
        return String::new();
    };
    let mut writer = Writer::new(modelled.service);
    writer.members(modelled.structure, |member| is_detail(protocol, member), fields);
    writer.finish()
}

fn xml(protocol: Protocol, service: Option<&Service>, modelled: Option<&Modelled<'_>>, error: &WireError, request_id: &str) -> Vec<u8> {
    if service.is_some_and(|service| &*service.metadata.name == "s3") {
        let said = said(&error.code, &error.message);
        return format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>{said}<RequestId>{request_id}</RequestId></Error>")
            .into_bytes();
    }
    let namespace = service.and_then(|service| service.metadata.xml_namespace.as_deref());
    let namespace = namespace.map(|uri| format!(" xmlns=\"{uri}\"")).unwrap_or_default();
    let code = modelled.map_or(&*error.code, Modelled::query_code);
    let mut out = format!("<ErrorResponse{namespace}><Error><Type>{}</Type>", error.fault());
    out += &said(code, &error.message);
    out += &details(protocol, modelled, error);
    out += &format!("</Error><RequestId>{request_id}</RequestId></ErrorResponse>");
    out.into_bytes()
}

/// Whether a member stands in the body beside code and message.
fn is_detail(protocol: Protocol, member: &Member) -> bool {
    !MESSAGE.contains(&&*member.name) && (!is_rest(protocol) || in_body(member))
}

fn object<N: Notation>(protocol: Protocol, service: Option<&Service>, modelled: Option<&Modelled<'_>>, error: &WireError) -> N {
    let text = |text: &str| N::scalar(View::Text(Cow::Borrowed(text)), TimestampFormat::Unix);
    let mut pairs = Vec::new();
    if protocol != Protocol::RestJson {
        pairs.push((
            "__type".to_owned(),
            text(modelled.map_or(&*error.code, |modelled| &modelled.shape.name)),
        ));
    }
    // Lambda tells whose fault it is in the body.
    if service.is_some_and(|service| &*service.metadata.name == "lambda") {
        pairs.push(("Type".to_owned(), text(if error.status < 500 { "User" } else { "Service" })));
    }
    let member = modelled.map_or(Some("message"), |modelled| modelled.message_member());
    pairs.extend(
        member
            .filter(|_| !error.message.is_empty())
            .map(|name| (name.to_owned(), text(&error.message))),
    );
    if let (Some(modelled), Some(fields)) = (modelled, fields(error)) {
        pairs.extend(tree::members(
            modelled.service,
            modelled.structure,
            |member| is_detail(protocol, member),
            fields,
        ));
    }
    N::object(pairs)
}

/// The headers that tell an error: its type, and for services that once spoke query, that protocol's code.
fn head(answer: &mut Answer, protocol: Protocol, service: Option<&Service>, modelled: Option<&Modelled<'_>>, error: &WireError) {
    let metadata: Option<&Metadata> = service.map(|service| &service.metadata);
    if protocol == Protocol::RestJson {
        answer.push("x-amzn-ErrorType", modelled.map_or(&*error.code, |modelled| &modelled.shape.name));
    }
    if matches!(protocol, Protocol::RestJson | Protocol::RestXml)
        && let (Some(modelled), Some(fields)) = (modelled, fields(error))
    {
        http::head(answer, modelled.service, modelled.structure, fields);
    }
    if protocol == Protocol::Cbor {
        answer.push("smithy-protocol", "rpc-v2-cbor");
    }
    if matches!(protocol, Protocol::Json | Protocol::Cbor) && metadata.is_some_and(|metadata| metadata.query_compatible) {
        let code = modelled.map_or(&*error.code, Modelled::query_code);
        answer.push("x-amzn-query-error", format!("{code};{}", error.fault()));
    }
}
