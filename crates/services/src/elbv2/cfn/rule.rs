//! `AWS::ElasticLoadBalancingV2::ListenerRule`.

use serde_json::{Value, json};
use tierra_core::{AwsError, Call, Tags, Tx};
use tierra_model::Shape;

use crate::ec2::cfn::Ec2Type;
use crate::elbv2::action::Action;
use crate::elbv2::condition::Condition;
use crate::elbv2::model::Rule;
use crate::elbv2::ops::rule as ops;
use crate::invoke;

pub(super) struct RuleType;

/// What a template may say.
#[derive(Default, Shape)]
pub struct Properties {
    listener_arn: String,
    priority: i32,
    conditions: Vec<Condition>,
    actions: Vec<Action>,
}

impl Ec2Type for RuleType {
    const NAME: &'static str = "AWS::ElasticLoadBalancingV2::ListenerRule";
    type Properties = Properties;

    fn create(tx: &mut Tx, call: &Call, properties: Properties) -> Result<String, AwsError> {
        let input = ops::CreateInput {
            listener_arn: properties.listener_arn,
            priority: properties.priority,
            conditions: properties.conditions,
            actions: properties.actions,
            tags: Vec::new(),
        };
        let made = invoke::<ops::CreateRule>(tx, call, input)?.rules;
        Ok(made.into_iter().next().map(|one| one.rule_arn).unwrap_or_default())
    }

    fn values(tx: &Tx, call: &Call, id: &str) -> Option<Vec<(&'static str, Value)>> {
        let row: Rule = tx.find(&call.place, id)?;
        Some(vec![("RuleArn", json!(row.arn)), ("IsDefault", json!(false))])
    }

    fn update(tx: &mut Tx, call: &Call, id: &str, old: Properties, new: Properties) -> Result<(), AwsError> {
        let rule_arn = id.to_owned();
        if old.priority != new.priority {
            let pair = ops::RulePriorityPair {
                rule_arn: rule_arn.clone(),
                priority: new.priority,
            };
            let input = ops::PrioritiesInput {
                rule_priorities: vec![pair],
            };
            invoke::<ops::SetRulePriorities>(tx, call, input)?;
        }
        let input = ops::ModifyInput {
            rule_arn,
            conditions: new.conditions,
            actions: new.actions,
        };
        invoke::<ops::ModifyRule>(tx, call, input).map(drop)
    }

    fn delete(tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        invoke::<ops::DeleteRule>(tx, call, ops::RuleInput { rule_arn: id.to_owned() })
    }

    fn set_tags(tx: &mut Tx, call: &Call, id: &str, tags: Tags) {
        super::set_tags(tx, call, id, tags);
    }
}
