//! `DescribeAccountLimits`, `DescribeSSLPolicies`. The policies are AWS's by name; told of each is what is really spoken under it.

use tierra_core::{AwsError, Call, Tx};
use tierra_dataplane::balancer::config::TlsVersion;
use tierra_model::Shape;

use crate::balancer;
use crate::declare::{anything, operations};
use crate::elbv2::errors::Elbv2Error;
use crate::elbv2::limits;

/// The policy of an HTTPS listener where nobody says.
pub(super) const DEFAULT_POLICY: &str = "ELBSecurityPolicy-2016-08";

/// Policies, with whether they allow TLS 1.2 and TLS 1.3. Older versions, which some of AWS's allow, are spoken by none.
const POLICIES: [(&str, bool, bool); 16] = [
    ("ELBSecurityPolicy-TLS13-1-2-2021-06", true, true),
    ("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", true, true),
    ("ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", true, true),
    ("ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", true, true),
    ("ELBSecurityPolicy-TLS13-1-1-2021-06", true, true),
    ("ELBSecurityPolicy-TLS13-1-0-2021-06", true, true),
    ("ELBSecurityPolicy-TLS13-1-3-2021-06", false, true),
    ("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", true, false),
    ("ELBSecurityPolicy-TLS-1-2-2017-01", true, false),
    ("ELBSecurityPolicy-TLS-1-1-2017-01", true, false),
    ("ELBSecurityPolicy-2016-08", true, false),
    ("ELBSecurityPolicy-2015-05", true, false),
    ("ELBSecurityPolicy-FS-1-2-Res-2020-10", true, false),
    ("ELBSecurityPolicy-FS-1-2-Res-2019-08", true, false),
    ("ELBSecurityPolicy-FS-1-2-2019-08", true, false),
    ("ELBSecurityPolicy-FS-2018-06", true, false),
];
const CIPHERS_1_3: [&str; 3] = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
const CIPHERS_1_2: [&str; 4] = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
];

operations! { "elbv2", AwsError;
    read DescribeAccountLimits(PageInput) -> LimitsOutput = describe_account_limits, on anything;
    read DescribeSSLPolicies(PoliciesInput) -> PoliciesOutput = describe_ssl_policies, on anything;
}

/// A page.
#[derive(Default, Shape)]
pub struct PageInput {
    marker: Option<String>,
    page_size: Option<i32>,
}

/// The quotas.
#[derive(Default, Shape)]
pub struct LimitsOutput {
    limits: Vec<Limit>,
    next_marker: Option<String>,
}

/// One quota.
#[derive(Clone, Default, Shape)]
pub struct Limit {
    name: String,
    max: String,
}

/// Input of [`DescribeSSLPolicies`].
#[derive(Default, Shape)]
pub struct PoliciesInput {
    pub(crate) names: Vec<String>,
    pub(crate) marker: Option<String>,
    pub(crate) page_size: Option<i32>,
    pub(crate) load_balancer_type: Option<super::load_balancer::LoadBalancerType>,
}

/// Some policies.
#[derive(Default, Shape)]
pub struct PoliciesOutput {
    pub(crate) ssl_policies: Vec<SslPolicy>,
    next_marker: Option<String>,
}

/// One policy.
#[derive(Clone, Default, Shape)]
pub struct SslPolicy {
    ssl_protocols: Vec<String>,
    ciphers: Vec<Cipher>,
    name: String,
    supported_load_balancer_types: Vec<String>,
}

/// A cipher and its place.
#[derive(Clone, Default, Shape)]
pub struct Cipher {
    name: String,
    priority: i32,
}

fn describe_account_limits(_: &mut Tx, _: &Call, input: PageInput) -> Result<LimitsOutput, AwsError> {
    let told = limits::TOLD.iter().map(|(name, max)| Limit {
        name: (*name).to_owned(),
        max: max.to_string(),
    });
    let page = balancer::page(
        told.collect(),
        |limit: &Limit| limit.name.clone(),
        input.marker.as_deref(),
        input.page_size,
    )?;
    Ok(LimitsOutput {
        limits: page.items,
        next_marker: page.next,
    })
}

fn describe_ssl_policies(_: &mut Tx, _: &Call, input: PoliciesInput) -> Result<PoliciesOutput, AwsError> {
    input.names.iter().try_for_each(|name| check_policy(name))?;
    let asked = |name: &str| input.names.is_empty() || input.names.iter().any(|asked| asked == name);
    let told = POLICIES.iter().filter(|(name, ..)| asked(name)).map(show);
    let page = balancer::page(
        told.collect(),
        |policy: &SslPolicy| policy.name.clone(),
        input.marker.as_deref(),
        input.page_size,
    )?;
    Ok(PoliciesOutput {
        ssl_policies: page.items,
        next_marker: page.next,
    })
}

fn show((name, older, newer): &(&str, bool, bool)) -> SslPolicy {
    let newer_ciphers: &[&str] = if *newer { &CIPHERS_1_3 } else { &[] };
    let older_ciphers: &[&str] = if *older { &CIPHERS_1_2 } else { &[] };
    let ciphers = newer_ciphers.iter().chain(older_ciphers).zip(1..);
    let protocols = [("TLSv1.3", newer), ("TLSv1.2", older)];
    SslPolicy {
        ssl_protocols: protocols
            .iter()
            .filter(|(_, spoken)| **spoken)
            .map(|(name, _)| (*name).to_owned())
            .collect(),
        ciphers: ciphers
            .map(|(name, priority)| Cipher {
                name: (*name).to_owned(),
                priority,
            })
            .collect(),
        name: (*name).to_owned(),
        supported_load_balancer_types: vec!["application".to_owned()],
    }
}

/// Checks that there is such a policy.
///
/// # Errors
/// Where there is none.
pub(super) fn check_policy(name: &str) -> Result<(), Elbv2Error> {
    if POLICIES.iter().any(|(known, ..)| *known == name) {
        return Ok(());
    }
    Err(Elbv2Error::PolicyNotFound { names: name.to_owned() })
}

/// The versions of TLS that a policy allows.
pub(crate) fn tls_versions(policy: Option<&str>) -> Vec<TlsVersion> {
    let found = POLICIES.iter().find(|(name, ..)| Some(*name) == policy);
    let (_, older, newer) = found.copied().unwrap_or((DEFAULT_POLICY, true, true));
    let versions = [(TlsVersion::V1_2, older), (TlsVersion::V1_3, newer)];
    versions
        .into_iter()
        .filter(|(_, allowed)| *allowed)
        .map(|(version, _)| version)
        .collect()
}
