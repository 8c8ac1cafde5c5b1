//! Botocore's JSON, read into the catalogue's types. Borrowed from the text where it can be; gone when the service stands.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::definition::{
    ErrorDef, Kind, Limits, Location, Member, Name, Namespace, Reference, ShapeDef, Structure, TimestampFormat, Traits,
};
use super::service::{Http, Metadata, Operation, Pagination, Protocol, Service, ShapeId};

/// Why a model could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It is not JSON of the expected form.
    #[error("the model cannot be read: {0}")]
    Form(#[from] serde_json::Error),
    /// It names a shape that it does not hold.
    #[error("the model has no shape '{0}'")]
    NoShape(String),
    /// A word that the catalogue does not know.
    #[error("the model says '{0}', which is unknown")]
    Unknown(String),
}

/// Text of a model, borrowed where it holds no escape, which is nearly always. serde borrows a `Cow` only where it stands alone,
/// not in an `Option` or `Vec`; hence the type.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Text<'a>(Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl<'de> serde::de::Visitor<'de> for Words {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("text")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Words)
    }
}

#[derive(Deserialize)]
struct RawModel<'a> {
    #[serde(borrow)]
    metadata: RawMetadata<'a>,
    #[serde(borrow, default)]
    operations: BTreeMap<Text<'a>, RawOperation<'a>>,
    #[serde(borrow, default)]
    shapes: Ordered<'a, RawShape<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RawMetadata<'a> {
    #[serde(borrow)]
    api_version: Text<'a>,
    aws_query_compatible: Option<serde::de::IgnoredAny>,
    #[serde(borrow)]
    endpoint_prefix: Text<'a>,
    #[serde(borrow)]
    global_endpoint: Option<Text<'a>>,
    #[serde(borrow)]
    json_version: Option<Text<'a>>,
    #[serde(borrow)]
    protocol: Option<Text<'a>>,
    #[serde(borrow)]
    protocols: Vec<Text<'a>>,
    #[serde(borrow)]
    service_id: Text<'a>,
    #[serde(borrow)]
    signing_name: Option<Text<'a>>,
    #[serde(borrow)]
    target_prefix: Option<Text<'a>>,
    #[serde(borrow)]
    xml_namespace: Option<Box<RawNamespace<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawOperation<'a> {
    #[serde(borrow)]
    http: RawHttp<'a>,
    #[serde(borrow)]
    input: Option<RawReference<'a>>,
    #[serde(borrow)]
    output: Option<RawReference<'a>>,
    #[serde(borrow)]
    errors: Vec<RawReference<'a>>,
    #[serde(borrow)]
    pagination: Option<RawPages<'a>>,
    #[serde(borrow)]
    authtype: Option<Text<'a>>,
    #[serde(borrow)]
    auth: Vec<Text<'a>>,
    #[serde(borrow)]
    endpoint: Option<RawEndpoint<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawHttp<'a> {
    #[serde(borrow)]
    method: Option<Text<'a>>,
    #[serde(borrow)]
    request_uri: Option<Text<'a>>,
    response_code: Option<u16>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEndpoint<'a> {
    #[serde(borrow)]
    host_prefix: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct RawPages<'a> {
    #[serde(borrow, default)]
    input_token: OneOrMore<'a>,
    #[serde(borrow, default)]
    output_token: OneOrMore<'a>,
    #[serde(borrow)]
    limit_key: Option<Text<'a>>,
    #[serde(borrow)]
    more_results: Option<Text<'a>>,
    #[serde(borrow, default)]
    result_key: OneOrMore<'a>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore<'a> {
    One(#[serde(borrow)] Text<'a>),
    More(#[serde(borrow)] Vec<Text<'a>>),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawShape<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, rename = "enum")]
    words: Vec<Text<'a>>,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(borrow)]
    pattern: Option<Text<'a>>,
    #[serde(borrow)]
    required: Vec<Text<'a>>,
    #[serde(borrow)]
    members: Ordered<'a, RawReference<'a>>,
    #[serde(borrow)]
    member: Option<Box<RawReference<'a>>>,
    #[serde(borrow)]
    key: Option<Box<RawReference<'a>>>,
    #[serde(borrow)]
    value: Option<Box<RawReference<'a>>>,
    #[serde(borrow)]
    payload: Option<Text<'a>>,
    #[serde(borrow)]
    error: Option<RawError<'a>>,
    exception: bool,
    union: bool,
    document: bool,
    flattened: bool,
    streaming: bool,
    #[serde(borrow)]
    location_name: Option<Text<'a>>,
    #[serde(borrow)]
    timestamp_format: Option<Text<'a>>,
    #[serde(borrow)]
    xml_namespace: Option<Box<RawNamespace<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawError<'a> {
    #[serde(borrow)]
    code: Option<Text<'a>>,
    http_status_code: Option<u16>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawReference<'a> {
    #[serde(borrow)]
    shape: Text<'a>,
    #[serde(borrow)]
    location: Option<Text<'a>>,
    #[serde(borrow)]
    location_name: Option<Text<'a>>,
    #[serde(borrow)]
    query_name: Option<Text<'a>>,
    #[serde(borrow)]
    result_wrapper: Option<Text<'a>>,
    #[serde(borrow)]
    timestamp_format: Option<Text<'a>>,
    #[serde(borrow)]
    xml_namespace: Option<Box<RawNamespace<'a>>>,
    flattened: bool,
    xml_attribute: bool,
    jsonvalue: bool,
    streaming: bool,
    idempotency_token: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawNamespace<'a> {
    Uri(#[serde(borrow)] Text<'a>),
    Full {
        #[serde(borrow)]
        uri: Text<'a>,
        #[serde(borrow)]
        prefix: Option<Text<'a>>,
    },
}

/// An object's pairs in the order in which they stand, which for members is AWS's.
struct Ordered<'a, T>(Vec<(Text<'a>, T)>);

impl<T> Default for Ordered<'_, T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl Default for OneOrMore<'_> {
    fn default() -> Self {
        Self::More(Vec::new())
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Ordered<'a, T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> serde::de::Visitor<'de> for Pairs<T> {
            type Value = Vec<(Text<'de>, T)>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::with_capacity(map.size_hint().unwrap_or(0));
                while let Some(pair) = map.next_entry::<Text<'de>, T>()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Pairs(std::marker::PhantomData)).map(Ordered)
    }
}

type ShapeIds = HashMap<Name, ShapeId>;

/// A whole service.
pub(super) fn service(name: &str, json: &[u8]) -> Result<Service, ModelError> {
    let raw: RawModel<'_> = serde_json::from_slice(json)?;
    let by_name = raw
        .shapes
        .0
        .iter()
        .zip(0..)
        .map(|((name, _), at)| (own(name), ShapeId(at)))
        .collect();
    let shapes = raw
        .shapes
        .0
        .iter()
        .map(|(name, shape)| shape_def(name, shape, &by_name))
        .collect::<Result<_, _>>()?;
    let operations = raw
        .operations
        .iter()
        .map(|(name, raw)| operation(name, raw, &by_name))
        .collect::<Result<_, _>>()?;
    Ok(Service {
        metadata: metadata(name, &raw.metadata)?,
        operations,
        shapes,
        by_name,
    })
}

fn own(text: &Text<'_>) -> Name {
    (**text).into()
}

fn owned(text: &Option<Text<'_>>) -> Option<Name> {
    text.as_ref().map(own)
}

/// What identifies a service.
pub(super) fn metadata(name: &str, raw: &RawMetadata<'_>) -> Result<Metadata, ModelError> {
    let words = if raw.protocols.is_empty() {
        raw.protocol.as_slice()
    } else {
        &raw.protocols
    };
    let signing = raw.signing_name.as_ref().unwrap_or(&raw.endpoint_prefix);
    Ok(Metadata {
        name: name.into(),
        id: own(&raw.service_id),
        endpoint_prefix: own(&raw.endpoint_prefix),
        signing_name: own(signing),
        api_version: own(&raw.api_version),
        protocols: words.iter().map(|word| protocol(word)).collect::<Result<_, _>>()?,
        target_prefix: owned(&raw.target_prefix),
        json_version: raw.json_version.as_ref().map_or_else(|| "1.1".into(), own),
        xml_namespace: raw.xml_namespace.as_ref().map(|ns| namespace(ns).uri),
        global_endpoint: owned(&raw.global_endpoint),
        query_compatible: raw.aws_query_compatible.is_some(),
    })
}

fn protocol(word: &str) -> Result<Protocol, ModelError> {
    Ok(match word {
        "query" => Protocol::Query,
        "ec2" => Protocol::Ec2,
        "json" => Protocol::Json,
        "rest-json" => Protocol::RestJson,
        "rest-xml" => Protocol::RestXml,
        "smithy-rpc-v2-cbor" => Protocol::Cbor,
        _ => return Err(ModelError::Unknown(word.to_owned())),
    })
}

fn operation(name: &Text<'_>, raw: &RawOperation<'_>, ids: &ShapeIds) -> Result<Operation, ModelError> {
    let reference_of = |raw: &Option<RawReference<'_>>| raw.as_ref().map(|raw| reference(raw, ids)).transpose();
    let http = Http {
        method: raw.http.method.as_ref().map_or_else(|| "POST".into(), own),
        uri: raw.http.request_uri.as_ref().map_or_else(|| "/".into(), own),
        status: raw.http.response_code.unwrap_or(200),
    };
    Ok(Operation {
        name: own(name),
        http,
        input: reference_of(&raw.input)?,
        output: reference_of(&raw.output)?,
        result_wrapper: raw.output.as_ref().and_then(|output| owned(&output.result_wrapper)),
        errors: raw.errors.iter().map(|error| id(&error.shape, ids)).collect::<Result<_, _>>()?,
        pagination: raw.pagination.as_ref().map(|pages| Box::new(pagination(pages))),
        unsigned: raw.authtype.as_deref() == Some("none") || raw.auth.iter().any(|auth| &**auth == "smithy.api#noAuth"),
        host_prefix: raw.endpoint.as_ref().and_then(|endpoint| owned(&endpoint.host_prefix)),
    })
}

fn pagination(raw: &RawPages<'_>) -> Pagination {
    Pagination {
        input_tokens: names(&raw.input_token),
        output_tokens: names(&raw.output_token),
        limit_key: owned(&raw.limit_key),
        more_results: owned(&raw.more_results),
        result_keys: names(&raw.result_key),
    }
}

fn names(raw: &OneOrMore<'_>) -> Vec<Name> {
    match raw {
        OneOrMore::One(name) => vec![own(name)],
        OneOrMore::More(names) => names.iter().map(own).collect(),
    }
}

fn id(name: &str, ids: &ShapeIds) -> Result<ShapeId, ModelError> {
    ids.get(name).copied().ok_or_else(|| ModelError::NoShape(name.to_owned()))
}

fn shape_def(name: &Text<'_>, raw: &RawShape<'_>, ids: &ShapeIds) -> Result<ShapeDef, ModelError> {
    let traits = Traits {
        location_name: owned(&raw.location_name),
        namespace: raw.xml_namespace.as_ref().map(|ns| Box::new(namespace(ns))),
        timestamp: timestamp(&raw.timestamp_format)?,
        flattened: raw.flattened,
        streaming: raw.streaming,
        ..Traits::default()
    };
    let limits = Limits {
        min: raw.min,
        max: raw.max,
        pattern: owned(&raw.pattern),
        words: raw.words.iter().map(own).collect(),
    };
    Ok(ShapeDef {
        name: own(name),
        kind: kind(raw, ids)?,
        traits,
        limits,
    })
}

fn kind(raw: &RawShape<'_>, ids: &ShapeIds) -> Result<Kind, ModelError> {
    let inner = |raw: &Option<Box<RawReference<'_>>>| reference(raw.as_deref().unwrap_or(&RawReference::default()), ids);
    Ok(match &*raw.kind {
        "boolean" => Kind::Boolean,
        "integer" | "long" | "short" | "byte" | "bigInteger" => Kind::Integer,
        "float" | "double" | "bigDecimal" => Kind::Float,
        "string" | "character" => Kind::String,
        "blob" => Kind::Blob,
        "timestamp" => Kind::Timestamp,
        "list" => Kind::List(inner(&raw.member)?),
        "map" => Kind::Map(Box::new((inner(&raw.key)?, inner(&raw.value)?))),
        "structure" if raw.document => Kind::Document,
        "structure" => Kind::Structure(structure(raw, ids)?),
        other => return Err(ModelError::Unknown(other.to_owned())),
    })
}

fn structure(raw: &RawShape<'_>, ids: &ShapeIds) -> Result<Structure, ModelError> {
    let member = |(name, raw_member): &(Text<'_>, RawReference<'_>)| {
        Ok(Member {
            name: own(name),
            required: raw.required.contains(name),
            reference: reference(raw_member, ids)?,
        })
    };
    let error = raw.error.as_ref().map(|error| ErrorDef {
        code: owned(&error.code),
        status: error.http_status_code,
    });
    Ok(Structure {
        members: raw.members.0.iter().map(member).collect::<Result<_, ModelError>>()?,
        payload: raw
            .payload
            .as_ref()
            .and_then(|name| raw.members.0.iter().position(|(member, _)| member == name)),
        union: raw.union,
        error: error.or_else(|| raw.exception.then(ErrorDef::default)).map(Box::new),
    })
}

fn reference(raw: &RawReference<'_>, ids: &ShapeIds) -> Result<Reference, ModelError> {
    let traits = Traits {
        location_name: owned(&raw.location_name),
        query_name: owned(&raw.query_name),
        namespace: raw.xml_namespace.as_ref().map(|ns| Box::new(namespace(ns))),
        location: location(&raw.location)?,
        timestamp: timestamp(&raw.timestamp_format)?,
        flattened: raw.flattened,
        attribute: raw.xml_attribute,
        json_text: raw.jsonvalue,
        streaming: raw.streaming,
        idempotency_token: raw.idempotency_token,
    };
    Ok(Reference {
        shape: id(&raw.shape, ids)?,
        traits,
    })
}

fn namespace(raw: &RawNamespace<'_>) -> Namespace {
    match raw {
        RawNamespace::Uri(uri) => Namespace {
            uri: own(uri),
            prefix: None,
        },
        RawNamespace::Full { uri, prefix } => Namespace {
            uri: own(uri),
            prefix: owned(prefix),
        },
    }
}

fn location(word: &Option<Text<'_>>) -> Result<Location, ModelError> {
    Ok(match word.as_deref() {
        None => Location::Body,
        Some("uri") => Location::Uri,
        Some("querystring") => Location::Query,
        Some("header") => Location::Header,
        Some("headers") => Location::Headers,
        Some("statusCode") => Location::Status,
        Some(other) => return Err(ModelError::Unknown(other.to_owned())),
    })
}

fn timestamp(word: &Option<Text<'_>>) -> Result<Option<TimestampFormat>, ModelError> {
    Ok(match word.as_deref() {
        None => None,
        Some("iso8601") => Some(TimestampFormat::Iso8601),
        Some("rfc822") => Some(TimestampFormat::Rfc822),
        Some("unixTimestamp") => Some(TimestampFormat::Unix),
        Some(other) => return Err(ModelError::Unknown(other.to_owned())),
    })
}
