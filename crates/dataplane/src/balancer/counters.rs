//! What is counted: the sums that CloudWatch's metrics of a balancer are made of.
//!
//! **Invariant**: each thread counts for itself and only adds; a report is the sum over the threads.

use serde::{Deserialize, Serialize};

/// A balancer's counters since its node began ("CloudWatch metrics for your Application Load Balancer", "… Classic Load
/// Balancer"). The two last are what is there now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// `NewConnectionCount`: from clients and to targets.
    pub new_connections: u64,
    /// `RejectedConnectionCount`.
    pub rejected_connections: u64,
    /// `ProcessedBytes`, over both directions.
    pub processed_bytes: u64,
    /// Requests that were answered, by whomever (Classic: `RequestCount`; connections of TCP and TLS listeners count too).
    pub requests: u64,
    /// `HTTPCode_ELB_3XX_Count`.
    pub elb_3xx: u64,
    /// `HTTPCode_ELB_4XX_Count`.
    pub elb_4xx: u64,
    /// `HTTPCode_ELB_5XX_Count`.
    pub elb_5xx: u64,
    /// `HTTPCode_ELB_500_Count`.
    pub elb_500: u64,
    /// `HTTPCode_ELB_502_Count`.
    pub elb_502: u64,
    /// `HTTPCode_ELB_503_Count`.
    pub elb_503: u64,
    /// `HTTPCode_ELB_504_Count`.
    pub elb_504: u64,
    /// `HTTP_Fixed_Response_Count`.
    pub fixed_responses: u64,
    /// `HTTP_Redirect_Count`.
    pub redirects: u64,
    /// `RuleEvaluations`.
    pub rule_evaluations: u64,
    /// `ClientTLSNegotiationErrorCount`.
    pub client_tls_errors: u64,
    /// `DesyncMitigationMode_NonCompliant_Request_Count`.
    pub non_compliant_requests: u64,
    /// `ActiveConnectionCount`: from clients and to targets.
    pub active_connections: u64,
}

/// A target group's counters since its node began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupCounts {
    /// `RequestCount` of the group.
    pub requests: u64,
    /// `HTTPCode_Target_2XX_Count`.
    pub target_2xx: u64,
    /// `HTTPCode_Target_3XX_Count`.
    pub target_3xx: u64,
    /// `HTTPCode_Target_4XX_Count`.
    pub target_4xx: u64,
    /// `HTTPCode_Target_5XX_Count`.
    pub target_5xx: u64,
    /// `TargetConnectionErrorCount` (Classic: `BackendConnectionErrors`).
    pub connection_errors: u64,
    /// `TargetTLSNegotiationErrorCount`.
    pub tls_errors: u64,
    /// `TargetResponseTime`: the sum, in microseconds.
    pub response_time_sum: u64,
    /// `TargetResponseTime`: how many.
    pub response_time_count: u64,
    /// `HealthyHostCount`, now.
    pub healthy: u64,
    /// `UnHealthyHostCount`, now.
    pub unhealthy: u64,
}
