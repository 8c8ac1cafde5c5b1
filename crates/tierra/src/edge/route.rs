//! Which operation a request means, and whether it is built.

use tierra_core::Registry;
use tierra_core::operation::Registered;
use tierra_model::Catalogue;
use tierra_wire::{Request, Routed};

use super::Edge;
use super::pipeline::{Refusal, Refused, not_built};

/// The operation that a request means.
pub fn operation(request: &Request<'_>) -> Result<Routed<'static>, Refused> {
    tierra_wire::route(Catalogue::builtin(), request).map_err(|error| Refused {
        protocol: error.protocol(),
        service: None,
        error: error.to_wire().into(),
    })
}

/// The operation as its service declares it. What AWS knows and Tierra has not built is said so, by name.
pub fn built<'e>(edge: &'e Edge, routed: &Routed<'_>) -> Result<&'e Registered, Refusal> {
    let (service, name) = (&*routed.service.metadata.name, &*routed.operation.name);
    Registry::find(&edge.registry, service, name)
        .ok_or_else(|| not_built(format!("Tierra has not built the operation {service}:{name} yet.")))
}
