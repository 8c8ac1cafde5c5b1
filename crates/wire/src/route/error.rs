//! Why a request is no operation, in each protocol's words.

use tierra_model::catalogue::Protocol;

use crate::error::WireError;

/// Why a request is no operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// Neither scope, host, target nor version names a service of the catalogue.
    NoService,
    /// A query without `Action`.
    NoAction {
        /// The protocol in which the caller speaks.
        protocol: Protocol,
    },
    /// The service has no such operation.
    NoOperation {
        /// The protocol in which the caller speaks.
        protocol: Protocol,
        /// What was asked: an action, a target, a method and path.
        operation: String,
        /// The asked API version, where there is one.
        version: Option<String>,
    },
    /// The version is no date.
    NoVersion {
        /// What was asked.
        version: String,
    },
}

impl RouteError {
    /// The protocol in which the caller expects the error.
    pub fn protocol(&self) -> Protocol {
        match self {
            Self::NoService => Protocol::RestJson,
            Self::NoVersion { .. } => Protocol::Ec2,
            Self::NoAction { protocol } | Self::NoOperation { protocol, .. } => *protocol,
        }
    }

    /// The error in AWS's words.
    pub fn to_wire(&self) -> WireError {
        match self {
            Self::NoService => WireError::new("UnknownOperationException", 404, "The request names no service that is known here."),
            Self::NoAction { protocol: Protocol::Ec2 } => {
                WireError::sender("MissingParameter", "The request must contain the parameter Action")
            }
            Self::NoAction { .. } => WireError::sender("MissingAction", "The request is missing an action or a required parameter."),
            Self::NoVersion { version } => WireError::sender(
                "NoSuchVersion",
                format!("The requested version ({version}) of service AmazonEC2 does not exist"),
            ),
            Self::NoOperation {
                protocol,
                operation,
                version,
            } => no_operation(*protocol, operation, version.as_deref()),
        }
    }
}

fn no_operation(protocol: Protocol, operation: &str, version: Option<&str>) -> WireError {
    match protocol {
        Protocol::Ec2 => WireError::sender(
            "InvalidAction",
            format!("The action {operation} is not valid for this web service."),
        ),
        Protocol::Query => {
            let version = version.unwrap_or("NO_VERSION_SPECIFIED");
            WireError::sender(
                "InvalidAction",
                format!("Could not find operation {operation} for version {version}"),
            )
        }
        Protocol::Json => WireError::sender("UnknownOperationException", ""),
        Protocol::RestJson | Protocol::RestXml | Protocol::Cbor => WireError::new("UnknownOperationException", 404, ""),
    }
}
