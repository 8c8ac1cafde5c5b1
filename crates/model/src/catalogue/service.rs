//! A service and its operations, as their model says.

use std::collections::HashMap;

use super::definition::{Name, Reference, ShapeDef};
use super::raw::{self, ModelError};

/// A shape's place in [`Service::shapes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShapeId(pub u32);

/// How a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// AWS Query: a form in, XML out.
    Query,
    /// EC2's own Query.
    Ec2,
    /// JSON 1.0 and 1.1, by `X-Amz-Target`.
    Json,
    /// REST with JSON bodies.
    RestJson,
    /// REST with XML bodies.
    RestXml,
    /// Smithy RPC v2 with CBOR.
    Cbor,
}

/// What identifies a service, known without reading its whole model.
#[derive(Debug)]
pub struct Metadata {
    /// The catalogue's name: `elbv2`.
    pub name: Name,
    /// AWS's service id: `Elastic Load Balancing v2`.
    pub id: Name,
    /// The first part of its host name: `elasticloadbalancing`.
    pub endpoint_prefix: Name,
    /// The service in a credential scope: `elasticloadbalancing`.
    pub signing_name: Name,
    /// `2015-12-01`
    pub api_version: Name,
    /// Its protocols, AWS's choice first.
    pub protocols: Vec<Protocol>,
    /// What stands before the dot of `X-Amz-Target`; also the service in an RPC v2 path.
    pub target_prefix: Option<Name>,
    /// `1.0` or `1.1`
    pub json_version: Name,
    /// The namespace of its XML answers.
    pub xml_namespace: Option<Name>,
    /// Its host name, where it is one for all regions.
    pub global_endpoint: Option<Name>,
    /// Whether JSON and CBOR errors carry the codes of the query protocol too.
    pub query_compatible: bool,
}

/// A service.
#[derive(Debug)]
pub struct Service {
    /// What identifies it.
    pub metadata: Metadata,
    /// Its operations, by name.
    pub operations: Vec<Operation>,
    /// Its shapes.
    pub shapes: Vec<ShapeDef>,
    pub(super) by_name: HashMap<Name, ShapeId>,
}

/// An operation.
#[derive(Debug)]
pub struct Operation {
    /// `RunInstances`
    pub name: Name,
    /// How it is asked over HTTP.
    pub http: Http,
    /// What a caller sends.
    pub input: Option<Reference>,
    /// What a caller gets.
    pub output: Option<Reference>,
    /// The element around a query protocol's output.
    pub result_wrapper: Option<Name>,
    /// The modelled errors.
    pub errors: Vec<ShapeId>,
    /// How its answer is cut into pages.
    pub pagination: Option<Box<Pagination>>,
    /// Whether it may be asked without a signature.
    pub unsigned: bool,
    /// What a client puts before the host name.
    pub host_prefix: Option<Name>,
}

/// An operation's HTTP side.
#[derive(Debug)]
pub struct Http {
    /// `POST`
    pub method: Name,
    /// `/2015-03-31/functions/{FunctionName}?Qualifier`; labels in braces, `{Key+}` for the rest of the path.
    pub uri: Name,
    /// The status of a success.
    pub status: u16,
}

/// The members that carry a listing's pages.
#[derive(Debug)]
pub struct Pagination {
    /// The input's token members.
    pub input_tokens: Vec<Name>,
    /// The output's token members.
    pub output_tokens: Vec<Name>,
    /// The input's page size.
    pub limit_key: Option<Name>,
    /// The output's sign that there is more.
    pub more_results: Option<Name>,
    /// The output's lists.
    pub result_keys: Vec<Name>,
}

impl Service {
    /// Reads a model in botocore's form (`service-2.json`, with `pagination` within each operation).
    ///
    /// # Errors
    /// Where it is not in that form or names a shape that it does not hold.
    pub fn from_json(name: &str, json: &[u8]) -> Result<Self, ModelError> {
        raw::service(name, json)
    }

    /// The operation of this name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        let at = self.operations.binary_search_by(|operation| (*operation.name).cmp(name)).ok()?;
        self.operations.get(at)
    }

    /// The shape that is meant.
    ///
    /// # Panics
    /// With an id of another service: ids are only made by [`Service::from_json`], which checks them.
    pub fn shape(&self, id: ShapeId) -> &ShapeDef {
        &self.shapes[id.0 as usize]
    }

    /// The shape of this name.
    pub fn shape_named(&self, name: &str) -> Option<&ShapeDef> {
        self.by_name.get(name).map(|id| self.shape(*id))
    }
}

impl Metadata {
    /// Whether the service answers in this protocol.
    pub fn speaks(&self, protocol: Protocol) -> bool {
        self.protocols.contains(&protocol)
    }
}
