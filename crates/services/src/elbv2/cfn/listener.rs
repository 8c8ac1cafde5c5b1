//! `AWS::ElasticLoadBalancingV2::Listener`.

use serde_json::{Value, json};
use tierra_core::{AwsError, Call, Tags, Tx};
use tierra_model::Shape;

use crate::ec2::cfn::Ec2Type;
use crate::elbv2::action::Action;
use crate::elbv2::api::CertificateShape;
use crate::elbv2::attribute::Attribute;
use crate::elbv2::model::Listener;
use crate::elbv2::ops::attribute::{ChangeListener, ModifyListenerAttributes};
use crate::elbv2::ops::listener as ops;
use crate::invoke;

pub(super) struct ListenerType;

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    load_balancer_arn: String,
    protocol: Option<String>,
    port: Option<i32>,
    ssl_policy: Option<String>,
    certificates: Vec<CertificateShape>,
    default_actions: Vec<Action>,
    listener_attributes: Vec<Attribute>,
    mutual_authentication: Option<ops::MutualAuthentication>,
}

impl Ec2Type for ListenerType {
    const NAME: &'static str = "AWS::ElasticLoadBalancingV2::Listener";
    type Properties = Properties;

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let input = ops::CreateInput {
            load_balancer_arn: properties.load_balancer_arn,
            protocol: properties.protocol,
            port: properties.port,
            ssl_policy: properties.ssl_policy,
            certificates: properties.certificates,
            default_actions: properties.default_actions,
            mutual_authentication: properties.mutual_authentication,
            tags: Vec::new(),
        };
        let made = invoke::<ops::CreateListener>(tx, call, input)?.listeners;
        let arn = made.into_iter().next().map(|one| one.listener_arn).unwrap_or_default();
        set_attributes(tx, call, &arn, properties.listener_attributes)?;
        Ok(arn)
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        tx.find::<Listener>(&call.place, id)
            .map(|row| vec![("ListenerArn", json!(row.arn))])
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, _: Properties, new: Properties) -> Result<(), AwsError> {
        let input = ops::ModifyInput {
            listener_arn: id.to_owned(),
            port: new.port,
            protocol: new.protocol,
            ssl_policy: new.ssl_policy,
            certificates: new.certificates,
            default_actions: new.default_actions,
            mutual_authentication: new.mutual_authentication,
        };
        invoke::<ops::ModifyListener>(tx, call, input)?;
        set_attributes(tx, call, id, new.listener_attributes)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        let input = ops::ListenerInput {
            listener_arn: id.to_owned(),
        };
        invoke::<ops::DeleteListener>(tx, call, input)
    }

    fn set_tags(tx: &mut Tx, call: &Call, id: &str, tags: Tags) {
        super::set_tags(tx, call, id, tags);
    }
}

fn set_attributes(tx: &mut Tx, call: &Call, arn: &str, attributes: Vec<Attribute>) -> Result<(), AwsError> {
    if attributes.is_empty() {
        return Ok(());
    }
    let input = ChangeListener {
        listener_arn: arn.to_owned(),
        attributes,
    };
    invoke::<ModifyListenerAttributes>(tx, call, input).map(drop)
}
