//! Policies: made, deleted, told, and set on listeners and instance ports.

use tierra_core::{AwsError, Call, Tx};
use tierra_model::Shape;

use super::listener::of_port;
use super::on;
use crate::declare::{anything, operations};
use crate::elb::errors::{ElbError, configuration};
use crate::elb::limits;
use crate::elb::model::{LoadBalancer, Protocol, ProxiedPort};
use crate::elb::policy::{Policy, PolicyType};

operations! { "elb", AwsError;
    write CreateLBCookieStickinessPolicy(LbCookieInput) -> PolicyOutput = create_lb_cookie, on |_, input, call| on(call, &input.load_balancer_name);
    write CreateAppCookieStickinessPolicy(AppCookieInput) -> PolicyOutput = create_app_cookie,
        on |_, input, call| on(call, &input.load_balancer_name);
    write CreateLoadBalancerPolicy(CreateInput) -> PolicyOutput = create, on |_, input, call| on(call, &input.load_balancer_name);
    write DeleteLoadBalancerPolicy(DeleteInput) -> PolicyOutput = delete, on |_, input, call| on(call, &input.load_balancer_name);
    read DescribeLoadBalancerPolicies(DescribeInput) -> PoliciesOutput = describe, on anything;
    read DescribeLoadBalancerPolicyTypes(TypesInput) -> TypesOutput = describe_types, on anything;
    write SetLoadBalancerPoliciesOfListener(OfListenerInput) -> PolicyOutput = set_of_listener,
        on |_, input, call| on(call, &input.load_balancer_name);
    write SetLoadBalancerPoliciesForBackendServer(ForBackendInput) -> PolicyOutput = set_for_backend,
        on |_, input, call| on(call, &input.load_balancer_name);
}

/// Input of [`CreateLBCookieStickinessPolicy`].
#[derive(Default, Shape)]
pub struct LbCookieInput {
    pub(crate) load_balancer_name: String,
    pub(crate) policy_name: String,
    pub(crate) cookie_expiration_period: Option<i64>,
}

/// Input of [`CreateAppCookieStickinessPolicy`].
#[derive(Default, Shape)]
pub struct AppCookieInput {
    pub(crate) load_balancer_name: String,
    pub(crate) policy_name: String,
    pub(crate) cookie_name: String,
}

/// Input of [`CreateLoadBalancerPolicy`].
#[derive(Default, Shape)]
pub struct CreateInput {
    pub(crate) load_balancer_name: String,
    pub(crate) policy_name: String,
    pub(crate) policy_type_name: String,
    pub(crate) policy_attributes: Vec<PolicyAttribute>,
}

/// An attribute of a policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Shape)]
pub struct PolicyAttribute {
    pub(crate) attribute_name: String,
    pub(crate) attribute_value: String,
}

/// Nothing.
#[derive(Default, Shape)]
pub struct PolicyOutput {}

/// Names a policy.
#[derive(Default, Shape)]
pub struct DeleteInput {
    pub(crate) load_balancer_name: String,
    pub(crate) policy_name: String,
}

/// Input of [`DescribeLoadBalancerPolicies`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    pub(crate) load_balancer_name: Option<String>,
    pub(crate) policy_names: Vec<String>,
}

/// Some policies.
#[derive(Default, Shape)]
pub struct PoliciesOutput {
    pub(crate) policy_descriptions: Vec<PolicyDescription>,
}

/// One policy.
#[derive(Clone, Default, Shape)]
pub struct PolicyDescription {
    pub(crate) policy_name: String,
    policy_type_name: PolicyType,
    pub(crate) policy_attribute_descriptions: Vec<PolicyAttribute>,
}

/// Input of [`DescribeLoadBalancerPolicyTypes`].
#[derive(Default, Shape)]
pub struct TypesInput {
    pub(crate) policy_type_names: Vec<String>,
}

/// Some types.
#[derive(Default, Shape)]
pub struct TypesOutput {
    policy_type_descriptions: Vec<TypeDescription>,
}

/// One type.
#[derive(Clone, Default, Shape)]
pub struct TypeDescription {
    policy_type_name: PolicyType,
    description: String,
    policy_attribute_type_descriptions: Vec<AttributeTypeDescription>,
}

/// What one attribute may be.
#[derive(Clone, Default, Shape)]
pub struct AttributeTypeDescription {
    attribute_name: String,
    attribute_type: String,
    description: String,
    default_value: String,
    cardinality: String,
}

/// Input of [`SetLoadBalancerPoliciesOfListener`].
#[derive(Default, Shape)]
pub struct OfListenerInput {
    pub(crate) load_balancer_name: String,
    pub(crate) load_balancer_port: i32,
    pub(crate) policy_names: Vec<String>,
}

/// Input of [`SetLoadBalancerPoliciesForBackendServer`].
#[derive(Default, Shape)]
pub struct ForBackendInput {
    pub(crate) load_balancer_name: String,
    pub(crate) instance_port: i32,
    pub(crate) policy_names: Vec<String>,
}

fn put(tx: &mut Tx, call: &Call, name: &str, policy: Policy) -> Result<PolicyOutput, AwsError> {
    let mut row = LoadBalancer::require(tx, &call.place, name)?;
    match row.policies.iter().find(|other| other.name == policy.name) {
        Some(other) if *other == policy => return Ok(PolicyOutput {}),
        Some(_) => return Err(ElbError::DuplicatePolicy { name: policy.name }.into()),
        None => row.policies.push(policy),
    }
    if row.policies.len() > limits::POLICIES {
        return Err(ElbError::TooManyPolicies.into());
    }
    tx.save(row);
    Ok(PolicyOutput {})
}

fn create_lb_cookie(tx: &mut Tx, call: &Call, input: LbCookieInput) -> Result<PolicyOutput, AwsError> {
    let period = input
        .cookie_expiration_period
        .map(|period| ("CookieExpirationPeriod".to_owned(), period.to_string()));
    let policy = Policy::checked(&input.policy_name, PolicyType::LbCookie, period.into_iter().collect())?;
    put(tx, call, &input.load_balancer_name, policy)
}

fn create_app_cookie(tx: &mut Tx, call: &Call, input: AppCookieInput) -> Result<PolicyOutput, AwsError> {
    let cookie = ("CookieName".to_owned(), input.cookie_name);
    let policy = Policy::checked(&input.policy_name, PolicyType::AppCookie, vec![cookie])?;
    put(tx, call, &input.load_balancer_name, policy)
}

fn create(tx: &mut Tx, call: &Call, input: CreateInput) -> Result<PolicyOutput, AwsError> {
    let kind = policy_type(&input.policy_type_name)?;
    let attributes = input
        .policy_attributes
        .into_iter()
        .map(|one| (one.attribute_name, one.attribute_value));
    let policy = Policy::checked(&input.policy_name, kind, attributes.collect())?;
    put(tx, call, &input.load_balancer_name, policy)
}

fn policy_type(name: &str) -> Result<PolicyType, ElbError> {
    name.parse().map_err(|_| ElbError::PolicyTypeNotFound { name: name.to_owned() })
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteInput) -> Result<PolicyOutput, AwsError> {
    let mut row = LoadBalancer::require(tx, &call.place, &input.load_balancer_name)?;
    let by_listener = row.listeners.iter().flat_map(|listener| &listener.policies);
    let by_port = row.proxied_ports.iter().flat_map(|port| &port.policies);
    if by_listener.chain(by_port).any(|name| *name == input.policy_name) {
        return Err(configuration(format!("Policy {} is enabled and cannot be deleted", input.policy_name)).into());
    }
    row.policies.retain(|policy| policy.name != input.policy_name);
    tx.save(row);
    Ok(PolicyOutput {})
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<PoliciesOutput, AwsError> {
    let policies = match &input.load_balancer_name {
        Some(name) => LoadBalancer::require(tx, &call.place, name)?.policies,
        None => Vec::new(),
    };
    if let Some(name) = input
        .policy_names
        .iter()
        .find(|name| !policies.iter().any(|policy| policy.name == **name))
    {
        return Err(ElbError::PolicyNotFound { name: name.clone() }.into());
    }
    let asked = |policy: &Policy| input.policy_names.is_empty() || input.policy_names.contains(&policy.name);
    Ok(PoliciesOutput {
        policy_descriptions: policies.into_iter().filter(asked).map(show).collect(),
    })
}

fn show(policy: Policy) -> PolicyDescription {
    let attributes = policy
        .attributes
        .into_iter()
        .map(|(attribute_name, attribute_value)| PolicyAttribute {
            attribute_name,
            attribute_value,
        });
    PolicyDescription {
        policy_name: policy.name,
        policy_type_name: policy.kind,
        policy_attribute_descriptions: attributes.collect(),
    }
}

fn describe_types(_: &mut Tx, _: &Call, input: TypesInput) -> Result<TypesOutput, AwsError> {
    let every = PolicyType::WORDS.iter().map(|word| (*word).to_owned()).collect();
    let asked = if input.policy_type_names.is_empty() {
        every
    } else {
        input.policy_type_names
    };
    let told = asked.iter().map(|name| policy_type(name).map(show_type));
    Ok(TypesOutput {
        policy_type_descriptions: told.collect::<Result<_, _>>()?,
    })
}

fn show_type(kind: PolicyType) -> TypeDescription {
    let attributes = kind
        .attributes()
        .iter()
        .map(|(name, kind, default, description, cardinality)| AttributeTypeDescription {
            attribute_name: (*name).to_owned(),
            attribute_type: (*kind).to_owned(),
            description: (*description).to_owned(),
            default_value: (*default).to_owned(),
            cardinality: (*cardinality).to_owned(),
        });
    TypeDescription {
        policy_type_name: kind,
        description: kind.description().to_owned(),
        policy_attribute_type_descriptions: attributes.collect(),
    }
}

/// The policies of these names.
fn named<'a>(row: &'a LoadBalancer, names: &[String]) -> Result<Vec<&'a Policy>, ElbError> {
    let find = |name: &String| {
        row.policies
            .iter()
            .find(|policy| policy.name == *name)
            .ok_or_else(|| ElbError::PolicyNotFound { name: name.clone() })
    };
    names.iter().map(find).collect()
}

fn set_of_listener(tx: &mut Tx, call: &Call, input: OfListenerInput) -> Result<PolicyOutput, AwsError> {
    let mut row = LoadBalancer::require(tx, &call.place, &input.load_balancer_name)?;
    let protocol = of_port(&mut row, input.load_balancer_port)?.protocol;
    let policies = named(&row, &input.policy_names)?;
    let sticky = policies
        .iter()
        .filter(|policy| matches!(policy.kind, PolicyType::LbCookie | PolicyType::AppCookie))
        .count();
    if sticky > 1 {
        return Err(configuration("A listener can have one stickiness policy only").into());
    }
    if sticky == 1 && !matches!(protocol, Protocol::Http | Protocol::Https) {
        return Err(configuration("Stickiness policies can be associated only with HTTP/HTTPS listeners").into());
    }
    if policies.iter().any(|policy| policy.kind == PolicyType::ProxyProtocol) {
        return Err(configuration("ProxyProtocol policies can be enabled for instance ports only").into());
    }
    of_port(&mut row, input.load_balancer_port)?.policies = input.policy_names;
    tx.save(row);
    Ok(PolicyOutput {})
}

fn set_for_backend(tx: &mut Tx, call: &Call, input: ForBackendInput) -> Result<PolicyOutput, AwsError> {
    let mut row = LoadBalancer::require(tx, &call.place, &input.load_balancer_name)?;
    let port = limits::port(input.instance_port)?;
    if named(&row, &input.policy_names)?
        .iter()
        .any(|policy| policy.kind != PolicyType::ProxyProtocol)
    {
        return Err(configuration("Only ProxyProtocol policies can be enabled for instance ports").into());
    }
    row.proxied_ports.retain(|one| one.port != port);
    if !input.policy_names.is_empty() {
        row.proxied_ports.push(ProxiedPort {
            port,
            policies: input.policy_names,
        });
    }
    tx.save(row);
    Ok(PolicyOutput {})
}
