//! Members that stand in the head of a REST answer: headers and the status.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tierra_model::catalogue::{Kind, Location, Member, Service, Structure, TimestampFormat};
use tierra_model::{Fields, View};

use super::xml::wire_name;
use crate::message::Answer;
use crate::text;

/// Writes the members that stand in the head.
pub(crate) fn head(answer: &mut Answer, service: &Service, structure: &Structure, fields: &dyn Fields) {
    for member in &structure.members {
        let Some(field) = fields.field(&member.name) else { continue };
        match (member.reference.traits.location, field.view()) {
            (_, View::Absent) => {}
            (Location::Status, View::Int(status)) => answer.status = u16::try_from(status).unwrap_or(answer.status),
            (Location::Header, view) => answer
                .headers
                .extend(header(service, member, view).map(|text| (wire_name(member).to_owned(), text))),
            (Location::Headers, View::Map(entries)) => {
                let texts = entries
                    .into_iter()
                    .filter_map(|(key, value)| Some((key, text::write(value.view(), TimestampFormat::Rfc822)?)));
                let prefix = wire_name(member);
                let prefix = if member.reference.traits.location_name.is_some() {
                    prefix
                } else {
                    ""
                };
                answer
                    .headers
                    .extend(texts.map(|(key, text)| (format!("{prefix}{key}"), text.into_owned())));
            }
            _ => {}
        }
    }
}

/// A header's text; a list's items stand in one, and are quoted where they hold a comma.
fn header(service: &Service, member: &Member, view: View<'_>) -> Option<String> {
    let reference = &member.reference;
    let format = text::timestamp_format(service, reference, TimestampFormat::Rfc822);
    match (view, &service.shape(reference.shape).kind) {
        (View::List(items), Kind::List(item)) => {
            let format = text::timestamp_format(service, item, format);
            let dates = matches!(service.shape(item.shape).kind, Kind::Timestamp);
            let texts = items.into_iter().filter_map(|each| text::write(each.view(), format));
            let texts: Vec<String> = texts.map(|text| if dates { text.into_owned() } else { quoted(&text) }).collect();
            (!texts.is_empty()).then(|| texts.join(", "))
        }
        (view, _) if reference.traits.json_text => text::write(view, format).map(|text| STANDARD.encode(text.as_bytes())),
        (view, _) => text::write(view, format).map(std::borrow::Cow::into_owned),
    }
}

fn quoted(text: &str) -> String {
    match text.contains([',', '"']) {
        true => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        false => text.to_owned(),
    }
}
