//! What a model says of one shape, and of one use of a shape. Botocore's names are kept where they are the field's own.

use super::ShapeId;

/// Text of a model; it never grows.
pub type Name = Box<str>;

/// A shape.
#[derive(Debug)]
pub struct ShapeDef {
    /// AWS's name for it; for an error also its code, unless [`ErrorDef::code`] says otherwise.
    pub name: Name,
    /// What it is, and what is in it.
    pub kind: Kind,
    /// The traits that its own definition carries; a use of the shape may add to them.
    pub traits: Traits,
    /// What its values must satisfy.
    pub limits: Limits,
}

/// What a shape is.
#[derive(Debug)]
pub enum Kind {
    /// `boolean`
    Boolean,
    /// `integer`, `long`, `short`, `byte`
    Integer,
    /// `float`, `double`
    Float,
    /// `string`, `character`
    String,
    /// `blob`
    Blob,
    /// `timestamp`
    Timestamp,
    /// Any JSON.
    Document,
    /// A list of these.
    List(Reference),
    /// A map from the first (always a string) to the second.
    Map(Box<(Reference, Reference)>),
    /// A structure or union.
    Structure(Structure),
}

/// A structure's members and its own traits.
#[derive(Debug, Default)]
pub struct Structure {
    /// In the model's order, which is also the order of a response.
    pub members: Vec<Member>,
    /// The member that is the body, as a position in `members` (REST).
    pub payload: Option<usize>,
    /// Whether exactly one member is to be set.
    pub union: bool,
    /// Where it is an error.
    pub error: Option<Box<ErrorDef>>,
}

impl Structure {
    /// The member of this name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| &*member.name == name)
    }

    /// The member that is the body (REST).
    pub fn payload(&self) -> Option<&Member> {
        self.payload.and_then(|at| self.members.get(at))
    }
}

/// An error's code and status.
#[derive(Debug, Default)]
pub struct ErrorDef {
    /// AWS's code, where it is not the shape's name.
    pub code: Option<Name>,
    /// The HTTP status, where the model gives one.
    pub status: Option<u16>,
}

/// A structure's member.
#[derive(Debug)]
pub struct Member {
    /// AWS's name for it.
    pub name: Name,
    /// Whether a caller must send it.
    pub required: bool,
    /// Its shape and how it is written.
    pub reference: Reference,
}

/// A use of a shape.
#[derive(Debug)]
pub struct Reference {
    /// The shape.
    pub shape: ShapeId,
    /// How it is written here.
    pub traits: Traits,
}

/// How something is written.
#[derive(Debug, Default)]
pub struct Traits {
    /// The name on the wire, where it is not the member's.
    pub location_name: Option<Name>,
    /// The name in an EC2 request, where it is neither.
    pub query_name: Option<Name>,
    /// The XML namespace of the element.
    pub namespace: Option<Box<Namespace>>,
    /// Where in an HTTP message it stands (REST).
    pub location: Location,
    /// How a timestamp is written, where the protocol's way is not meant.
    pub timestamp: Option<TimestampFormat>,
    /// Items or entries without an element around them (XML, query).
    pub flattened: bool,
    /// An attribute of the element, not a child (XML).
    pub attribute: bool,
    /// Text that holds JSON, in base64 where it is a header.
    pub json_text: bool,
    /// A body of any length.
    pub streaming: bool,
    /// Filled in by the client where the caller leaves it out.
    pub idempotency_token: bool,
}

/// An XML namespace.
#[derive(Debug)]
pub struct Namespace {
    /// Its address.
    pub uri: Name,
    /// Its prefix, where it has one.
    pub prefix: Option<Name>,
}

/// Where in an HTTP message a member stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Location {
    /// In the body.
    #[default]
    Body,
    /// A label of the path.
    Uri,
    /// A query parameter, or all others where it is a map.
    Query,
    /// A header.
    Header,
    /// All headers with a prefix, as a map.
    Headers,
    /// The response's status.
    Status,
}

/// How a timestamp is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampFormat {
    /// `2026-11-21T03:53:00Z`
    Iso8601,
    /// `Sat, 21 Nov 2026 03:53:00 GMT`
    Rfc822,
    /// `1795233180`, with a fraction where there is one.
    Unix,
}

/// What values must satisfy. Bounds are of the value, of its length, or of its number of items, as the kind says.
#[derive(Debug, Default)]
pub struct Limits {
    /// The least.
    pub min: Option<f64>,
    /// The most.
    pub max: Option<f64>,
    /// A Java regular expression for the whole text.
    pub pattern: Option<Name>,
    /// The known words of an enum; empty for any other string.
    pub words: Vec<Name>,
}
