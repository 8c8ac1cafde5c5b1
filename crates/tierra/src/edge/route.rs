//! Which operation a request means, and whether it is built.

use tierra_core::Registry;
use tierra_core::operation::{Registered, Runner};
use tierra_model::Catalogue;
use tierra_model::catalogue::Protocol;
use tierra_wire::{Request, RouteError, Routed, WireError, s3_path};

use super::Edge;
use super::pipeline::{Refusal, Refused, not_built};

/// The operation that a request means.
pub fn operation(request: &Request<'_>) -> Result<Routed<'static>, Refused> {
    tierra_wire::route(Catalogue::builtin(), request).map_err(|error| match s3_path(request) {
        Some(_) => no_method(),
        None => refused(&error),
    })
}

fn refused(error: &RouteError) -> Refused {
    Refused {
        protocol: error.protocol(),
        service: None,
        error: error.to_wire().into(),
    }
}

/// S3 knows no operation of this method and path.
fn no_method() -> Refused {
    let message = "The specified method is not allowed against this resource.";
    Refused {
        protocol: Protocol::RestXml,
        service: Catalogue::builtin().service("s3"),
        error: WireError::new("MethodNotAllowed", 405, message).into(),
    }
}

/// Whether a request's operation takes its body piece by piece. Only S3 has such operations, and the head alone names them.
pub fn streaming(edge: &Edge, request: &Request<'_>) -> bool {
    let routed = s3_path(request).and_then(|_| tierra_wire::route(Catalogue::builtin(), request).ok());
    let built = routed.and_then(|routed| built(edge, &routed).ok());
    built.is_some_and(|built| matches!(built.runner, Runner::Stream(_)))
}

/// The operation as its service declares it. What AWS knows and Tierra has not built is said so, by name.
pub fn built<'e>(edge: &'e Edge, routed: &Routed<'_>) -> Result<&'e Registered, Refusal> {
    let (service, name) = (&*routed.service.metadata.name, &*routed.operation.name);
    Registry::find(&edge.registry, service, name)
        .ok_or_else(|| not_built(format!("Tierra has not built the operation {service}:{name} yet.")))
}
