//! Attributes of a whole balancer, with AWS's defaults.

use serde::{Deserialize, Serialize};

use super::Millis;

/// "Load balancer attributes" of AWS's user guides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attributes {
    /// `idle_timeout.timeout_seconds`: a connection without a byte for so long is closed; a target that says nothing is a 504.
    pub idle_timeout: Millis,
    /// `client_keep_alive.seconds`: how long a client's connection may live at all.
    pub client_keep_alive: Millis,
    /// `routing.http.xff_header_processing.mode`.
    pub xff: XffMode,
    /// `routing.http.xff_client_port.enabled`.
    pub xff_client_port: bool,
    /// `routing.http.preserve_host_header.enabled`.
    pub preserve_host: bool,
    /// `routing.http.drop_invalid_header_fields.enabled`.
    pub drop_invalid_headers: bool,
    /// `routing.http.x_amzn_tls_version_and_cipher_suite.enabled`.
    pub tls_headers: bool,
    /// `routing.http2.enabled`.
    pub http2: bool,
    /// `routing.http.desync_mitigation_mode`.
    pub desync: DesyncMode,
    /// `load_balancing.cross_zone.enabled`, where the target group does not say otherwise.
    pub cross_zone: bool,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            idle_timeout: Millis::seconds(60),
            client_keep_alive: Millis::seconds(3600),
            xff: XffMode::Append,
            xff_client_port: false,
            preserve_host: false,
            drop_invalid_headers: false,
            tls_headers: false,
            http2: true,
            desync: DesyncMode::Defensive,
            cross_zone: true,
        }
    }
}

/// What becomes of a request's `X-Forwarded-For`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum XffMode {
    /// The client's address is added.
    #[default]
    Append,
    /// It goes on as it came.
    Preserve,
    /// It does not go on.
    Remove,
}

/// "Desync mitigation mode": what is done with requests that two readers could read differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DesyncMode {
    /// All go on.
    Monitor,
    /// Severe ones are refused; connections of ambiguous ones are closed after the answer.
    #[default]
    Defensive,
    /// All that break the RFC are refused.
    Strictest,
}
