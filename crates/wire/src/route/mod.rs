//! Which operation a request means. What says it, first to last: an RPC v2 path, `X-Amz-Target`, then the service (from the
//! credential's scope, else the host name, else the API version) with `Action`, or with method and path.

mod error;
mod s3;
mod template;

use tierra_model::Catalogue;
use tierra_model::catalogue::{Kind, Location, Member, Metadata, Operation, Protocol, Service};

pub use error::RouteError;
pub use s3::s3_path;
pub(crate) use template::Template;

use crate::message::Request;

/// The service to which an old or unsigned query belongs that nothing else names.
const QUERY_DEFAULT: &str = "ec2";

/// A request's operation.
#[derive(Clone, Debug)]
pub struct Routed<'m> {
    /// The service.
    pub service: &'m Service,
    /// The operation.
    pub operation: &'m Operation,
    /// The protocol in which it was asked, and is answered.
    pub protocol: Protocol,
    /// The API version that was asked, where that is another than the model's; answers carry its namespace.
    pub version: Option<String>,
}

/// Finds the operation that a request means.
///
/// # Errors
/// Where there is none; [`RouteError::to_wire`] says it as AWS does.
pub fn route<'m>(catalogue: &'m Catalogue, request: &Request<'_>) -> Result<Routed<'m>, RouteError> {
    if let Some((service, operation)) = rpc_path(request.head.path).filter(|_| request.header("smithy-protocol").is_some()) {
        return by_target(catalogue, Protocol::Cbor, service, operation);
    }
    if let Some(target) = request.header("x-amz-target") {
        let (service, operation) = target.rsplit_once('.').unwrap_or(("", target));
        return by_target(catalogue, Protocol::Json, service, operation);
    }
    if let Some(path) = s3_path(request) {
        return by_s3_path(catalogue, request, &path);
    }
    let named = named(catalogue, request);
    let queries = named.is_empty() || named.iter().any(|metadata| query_protocol(metadata).is_some());
    let form = if queries { Asked::of(request) } else { Asked::default() };
    match form.action {
        Some(action) => by_action(catalogue, &named, &action, form.version),
        None => by_path(catalogue, &named, request),
    }
}

/// `/service/SERVICE/operation/OPERATION`, after whatever prefix.
fn rpc_path(path: &str) -> Option<(&str, &str)> {
    let (_, rest) = path.rsplit_once("/service/")?;
    rest.split_once("/operation/")
}

fn by_target<'m>(catalogue: &'m Catalogue, protocol: Protocol, prefix: &str, name: &str) -> Result<Routed<'m>, RouteError> {
    let known = |metadata: &&Metadata| metadata.target_prefix.as_deref() == Some(prefix) && metadata.speaks(protocol);
    let service = catalogue.all().find(known).and_then(|metadata| catalogue.service(&metadata.name));
    let operation = service.and_then(|service| service.operation(name));
    let (Some(service), Some(operation)) = (service, operation) else {
        return Err(RouteError::NoOperation {
            protocol,
            operation: name.to_owned(),
            version: None,
        });
    };
    Ok(Routed {
        service,
        operation,
        protocol,
        version: None,
    })
}

/// The services that the credential's scope names, else those that the host names. Two may share a name: `elb` and `elbv2`.
fn named<'m>(catalogue: &'m Catalogue, request: &Request<'_>) -> Vec<&'m Metadata> {
    let scope = scope_service(request);
    let signing = |metadata: &&Metadata| scope.as_deref() == Some(&*metadata.signing_name);
    let signed: Vec<&Metadata> = catalogue.all().filter(signing).collect();
    if !signed.is_empty() {
        return signed;
    }
    let host = request.header("host").unwrap_or_default();
    catalogue.all().filter(|metadata| is_host(metadata, host)).collect()
}

/// The service in the credential's scope, `KEY/DATE/REGION/SERVICE/aws4_request`. A claim that is broken otherwise still names it.
fn scope_service(request: &Request<'_>) -> Option<String> {
    let header = request
        .header("authorization")
        .and_then(|header| header.split("Credential=").nth(1));
    let credential = match header {
        Some(rest) => rest.split([',', ' ']).next()?.to_owned(),
        None => request.head.parameter("X-Amz-Credential")?,
    };
    credential.rsplit('/').nth(1).map(str::to_owned)
}

/// Whether a host name is the service's: `ec2.us-east-1.amazonaws.com`.
fn is_host(metadata: &Metadata, host: &str) -> bool {
    let prefix = &*metadata.endpoint_prefix;
    host.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'))
}

/// `Action` and `Version` of a query.
#[derive(Default)]
struct Asked {
    action: Option<String>,
    version: Option<String>,
}

impl Asked {
    fn of(request: &Request<'_>) -> Self {
        let mut asked = Self::default();
        let is_form = request
            .header("content-type")
            .is_none_or(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let body = if is_form { request.body } else { b"" };
        for (key, value) in form_urlencoded::parse(body).chain(form_urlencoded::parse(request.head.query.as_bytes())) {
            match &*key {
                "Action" => asked.action = Some(value.into_owned()),
                "Version" => asked.version = Some(value.into_owned()),
                _ => {}
            }
        }
        asked
    }
}

/// The query protocol that a service speaks, where it speaks one.
fn query_protocol(metadata: &Metadata) -> Option<Protocol> {
    [Protocol::Ec2, Protocol::Query]
        .into_iter()
        .find(|protocol| metadata.speaks(*protocol))
}

fn by_action<'m>(
    catalogue: &'m Catalogue,
    named: &[&'m Metadata],
    action: &str,
    version: Option<String>,
) -> Result<Routed<'m>, RouteError> {
    let versioned = |metadata: &&Metadata| version.as_deref() == Some(&*metadata.api_version);
    let metadata = match named {
        [] => catalogue
            .all()
            .filter(|metadata| query_protocol(metadata).is_some())
            .find(versioned),
        _ => named.iter().copied().find(versioned).or(named.first().copied()),
    };
    let service = catalogue
        .service(metadata.map_or(QUERY_DEFAULT, |metadata| &metadata.name))
        .ok_or(RouteError::NoService)?;
    let protocol = query_protocol(&service.metadata).ok_or(RouteError::NoService)?;
    if let Some(version) = version.as_ref().filter(|version| protocol == Protocol::Ec2 && !is_date(version)) {
        return Err(RouteError::NoVersion { version: version.clone() });
    }
    let Some(operation) = service.operation(action) else {
        return Err(RouteError::NoOperation {
            protocol,
            operation: action.to_owned(),
            version,
        });
    };
    Ok(Routed {
        service,
        operation,
        protocol,
        version: version.filter(|version| **version != *service.metadata.api_version && is_date(version)),
    })
}

/// Whether a version is a date, as all of AWS's are.
fn is_date(version: &str) -> bool {
    version.parse::<jiff::civil::Date>().is_ok()
}

fn by_path<'m>(catalogue: &'m Catalogue, named: &[&'m Metadata], request: &Request<'_>) -> Result<Routed<'m>, RouteError> {
    let metadata = named.first().ok_or(RouteError::NoService)?;
    let rest = [Protocol::RestJson, Protocol::RestXml]
        .into_iter()
        .find(|protocol| metadata.speaks(*protocol));
    let Some(protocol) = rest else {
        return Err(without_action(metadata));
    };
    let service = catalogue.service(&metadata.name).ok_or(RouteError::NoService)?;
    let operation = match_path(service, request).ok_or_else(|| RouteError::NoOperation {
        protocol,
        operation: format!("{} {}", request.head.method, request.head.path),
        version: None,
    })?;
    Ok(Routed {
        service,
        operation,
        protocol,
        version: None,
    })
}

/// S3's operation, whichever way the bucket is addressed.
fn by_s3_path<'m>(catalogue: &'m Catalogue, request: &Request<'_>, path: &str) -> Result<Routed<'m>, RouteError> {
    let mut request = *request;
    request.head.path = path;
    let s3: Vec<&Metadata> = catalogue.all().filter(|metadata| &*metadata.name == "s3").collect();
    by_path(catalogue, &s3, &request)
}

fn without_action(metadata: &Metadata) -> RouteError {
    match query_protocol(metadata) {
        Some(protocol) => RouteError::NoAction { protocol },
        None => RouteError::NoOperation {
            protocol: metadata.protocols.first().copied().unwrap_or(Protocol::Json),
            operation: String::new(),
            version: None,
        },
    }
}

/// The operation whose method and path fit. Of several (S3 has many on one path) it is one whose required parameters and headers are
/// all there, and of those the most exact.
pub(crate) fn match_path<'m>(service: &'m Service, request: &Request<'_>) -> Option<&'m Operation> {
    let query = request.query();
    let methods = service
        .operations
        .iter()
        .filter(|operation| *operation.http.method == *request.head.method);
    let fitting = methods.filter_map(|operation| {
        let template = Template::parse(&operation.http.uri);
        let fits = template.has_constants(&query) && template.labels(request.head.path).is_some();
        fits.then(|| {
            let required = required_in_head(service, operation);
            let complete = required.iter().all(|member| is_in_head(member, request, &query));
            ((complete, template.exactness(), required.len()), operation)
        })
    });
    fitting.max_by_key(|(rank, _)| *rank).map(|(_, operation)| operation)
}

/// The members that must stand among the parameters or headers.
fn required_in_head<'m>(service: &'m Service, operation: &Operation) -> Vec<&'m Member> {
    let Some(input) = &operation.input else { return Vec::new() };
    let Kind::Structure(structure) = &service.shape(input.shape).kind else {
        return Vec::new();
    };
    let in_head = |member: &&Member| matches!(member.reference.traits.location, Location::Query | Location::Header);
    structure.members.iter().filter(|member| member.required).filter(in_head).collect()
}

fn is_in_head(member: &Member, request: &Request<'_>, query: &[(String, String)]) -> bool {
    let name = member.reference.traits.location_name.as_deref().unwrap_or(&member.name);
    match member.reference.traits.location {
        Location::Query => query.iter().any(|(key, _)| key == name),
        _ => request.header(&name.to_ascii_lowercase()).is_some(),
    }
}
