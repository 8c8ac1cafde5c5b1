//! `CreateRule`, `DescribeRules`, `ModifyRule`, `DeleteRule`, `SetRulePriorities`.

use std::collections::BTreeSet;

use tierra_core::{AwsError, Call, Key, Tag, Tx};
use tierra_model::Shape;

use super::listener::release;
use crate::balancer;
use crate::declare::operations;
use crate::elbv2::action::{self, Action};
use crate::elbv2::api::{on, tags};
use crate::elbv2::condition::{self, Condition};
use crate::elbv2::errors::{Elbv2Error, invalid};
use crate::elbv2::limits::{PRIORITIES, RULES_PER_LOAD_BALANCER};
use crate::elbv2::model::{ID_DIGITS, Listener, LoadBalancer, Rule};

operations! { "elbv2", AwsError;
    write CreateRule(CreateInput) -> RulesOutput = create, on |_, input, _| on([&input.listener_arn]);
    read DescribeRules(DescribeInput) -> RulesOutput = describe, on |_, input, _| on(&input.rule_arns);
    write ModifyRule(ModifyInput) -> RulesOutput = modify, on |_, input, _| on([&input.rule_arn]);
    write DeleteRule(RuleInput) -> () = delete, on |_, input, _| on([&input.rule_arn]);
    write SetRulePriorities(PrioritiesInput) -> RulesOutput = set_priorities,
        on |_, input, _| on(input.rule_priorities.iter().map(|pair| &pair.rule_arn));
}

/// Input of [`CreateRule`].
#[derive(Default, Shape)]
pub struct CreateInput {
    pub(crate) listener_arn: String,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) priority: i32,
    pub(crate) actions: Vec<Action>,
    pub(crate) tags: Vec<Tag>,
}

/// Some rules.
#[derive(Default, Shape)]
pub struct RulesOutput {
    pub(crate) rules: Vec<RuleShape>,
    pub(crate) next_marker: Option<String>,
}

/// A rule as callers see it.
#[derive(Clone, Debug, Default, Shape)]
pub struct RuleShape {
    pub(crate) rule_arn: String,
    pub(crate) priority: String,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) actions: Vec<Action>,
    pub(crate) is_default: bool,
}

/// Input of [`DescribeRules`].
#[derive(Default, Shape)]
pub struct DescribeInput {
    pub(crate) listener_arn: Option<String>,
    pub(crate) rule_arns: Vec<String>,
    pub(crate) marker: Option<String>,
    pub(crate) page_size: Option<i32>,
}

/// Input of [`ModifyRule`].
#[derive(Default, Shape)]
pub struct ModifyInput {
    pub(crate) rule_arn: String,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) actions: Vec<Action>,
}

/// Names a rule.
#[derive(Default, Shape)]
pub struct RuleInput {
    pub(crate) rule_arn: String,
}

/// Input of [`SetRulePriorities`].
#[derive(Default, Shape)]
pub struct PrioritiesInput {
    pub(crate) rule_priorities: Vec<RulePriorityPair>,
}

/// A rule and its new place.
#[derive(Clone, Default, Shape)]
pub struct RulePriorityPair {
    pub(crate) rule_arn: String,
    pub(crate) priority: i32,
}

fn create(tx: &mut Tx, call: &Call, input: CreateInput) -> Result<RulesOutput, AwsError> {
    let listener = Listener::require(tx, &call.place, &input.listener_arn)?;
    let priority = priority(input.priority)?;
    if listener.rules(tx).iter().any(|rule| rule.priority == priority) {
        return Err(Elbv2Error::PriorityInUse { priority }.into());
    }
    if tx.by_index::<Rule>(&call.place, "load-balancer", &listener.load_balancer).len() >= RULES_PER_LOAD_BALANCER {
        return Err(Elbv2Error::TooManyRules.into());
    }
    let rule = Rule {
        place: call.place.clone(),
        arn: listener.rule_arn(&call.ids.hex(ID_DIGITS)),
        listener: listener.arn.clone(),
        priority,
        conditions: condition::checked(input.conditions)?,
        actions: actions(tx, call, &listener.load_balancer, input.actions)?,
        load_balancer: listener.load_balancer,
        tags: tags(&input.tags)?,
    };
    tx.save(rule.clone());
    Ok(one(&rule))
}

fn actions(tx: &Tx, call: &Call, load_balancer: &str, actions: Vec<Action>) -> Result<Vec<Action>, Elbv2Error> {
    let balancer = LoadBalancer::require(tx, &call.place, load_balancer)?.balancer(tx)?;
    action::checked(tx, &call.place, &balancer, actions)
}

fn priority(value: i32) -> Result<u32, Elbv2Error> {
    let wrong = || {
        invalid(format!(
            "Rule priority '{value}' must be between '{}' and '{}'",
            PRIORITIES.start(),
            PRIORITIES.end()
        ))
    };
    u32::try_from(value)
        .ok()
        .filter(|value| PRIORITIES.contains(value))
        .ok_or_else(wrong)
}

fn one(rule: &Rule) -> RulesOutput {
    RulesOutput {
        rules: vec![show(rule)],
        next_marker: None,
    }
}

/// A rule, or the default of a listener.
enum Found {
    Own(Rule),
    Default(Listener),
}

fn find(tx: &Tx, call: &Call, arn: &str) -> Result<Found, Elbv2Error> {
    if let Some(rule) = tx.find(&call.place, arn) {
        return Ok(Found::Own(rule));
    }
    // A default rule's ARN is its listener's with an id behind it.
    let listener = arn.replacen(":listener-rule/", ":listener/", 1);
    let listener = listener.rsplit_once('/').and_then(|(listener, id)| {
        let listener: Listener = tx.find(&call.place, listener)?;
        (listener.default_rule == id).then_some(listener)
    });
    listener.map(Found::Default).ok_or(Elbv2Error::RuleNotFound)
}

fn own(tx: &Tx, call: &Call, arn: &str) -> Result<Rule, Elbv2Error> {
    match find(tx, call, arn)? {
        Found::Own(rule) => Ok(rule),
        Found::Default(_) => Err(Elbv2Error::NotPermitted {
            reason: format!("Default rule '{arn}' cannot be modified"),
        }),
    }
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeInput) -> Result<RulesOutput, AwsError> {
    let shown: Vec<RuleShape> = match &input.listener_arn {
        Some(arn) => {
            let listener = Listener::require(tx, &call.place, arn)?;
            let rules = listener.rules(tx);
            rules.iter().map(show).chain([show_default(&listener)]).collect()
        }
        None if input.rule_arns.is_empty() => return Err(invalid("You must specify either rule ARNs or a listener ARN").into()),
        None => {
            let found = input.rule_arns.iter().map(|arn| find(tx, call, arn));
            let shown = found.map(|found| {
                Ok(match found? {
                    Found::Own(rule) => show(&rule),
                    Found::Default(listener) => show_default(&listener),
                })
            });
            shown.collect::<Result<_, Elbv2Error>>()?
        }
    };
    // The default comes last.
    let key = |rule: &RuleShape| format!("{:0>8} {}", rule.priority, rule.rule_arn);
    let page = balancer::page(shown, key, input.marker.as_deref(), input.page_size)?;
    Ok(RulesOutput {
        rules: page.items,
        next_marker: page.next,
    })
}

fn modify(tx: &mut Tx, call: &Call, input: ModifyInput) -> Result<RulesOutput, AwsError> {
    let mut rule = own(tx, call, &input.rule_arn)?;
    let before: Vec<String> = rule.actions.iter().flat_map(Action::target_groups).collect();
    if !input.conditions.is_empty() {
        rule.conditions = condition::checked(input.conditions)?;
    }
    if !input.actions.is_empty() {
        rule.actions = actions(tx, call, &rule.load_balancer, input.actions)?;
    }
    tx.save(rule.clone());
    release(tx, &call.place, &before);
    Ok(one(&rule))
}

fn delete(tx: &mut Tx, call: &Call, input: RuleInput) -> Result<(), AwsError> {
    let rule = own(tx, call, &input.rule_arn)?;
    let before: Vec<String> = rule.actions.iter().flat_map(Action::target_groups).collect();
    tx.delete(&Key::<Rule>::new(&rule.place, &rule.arn));
    release(tx, &call.place, &before);
    Ok(())
}

fn set_priorities(tx: &mut Tx, call: &Call, input: PrioritiesInput) -> Result<RulesOutput, AwsError> {
    let mut changed = Vec::new();
    for pair in &input.rule_priorities {
        let mut rule = own(tx, call, &pair.rule_arn)?;
        rule.priority = priority(pair.priority)?;
        tx.save(rule.clone());
        changed.push(rule);
    }
    for rule in &changed {
        let listener = Listener::require(tx, &call.place, &rule.listener)?;
        let taken: Vec<u32> = listener.rules(tx).iter().map(|rule| rule.priority).collect();
        if taken.iter().collect::<BTreeSet<_>>().len() < taken.len() {
            return Err(Elbv2Error::PriorityInUse { priority: rule.priority }.into());
        }
    }
    Ok(RulesOutput {
        rules: changed.iter().map(show).collect(),
        next_marker: None,
    })
}

fn show(rule: &Rule) -> RuleShape {
    RuleShape {
        rule_arn: rule.arn.clone(),
        priority: rule.priority.to_string(),
        conditions: rule.conditions.clone(),
        actions: rule.actions.clone(),
        is_default: false,
    }
}

fn show_default(listener: &Listener) -> RuleShape {
    RuleShape {
        rule_arn: listener.rule_arn(&listener.default_rule),
        priority: "default".to_owned(),
        conditions: Vec::new(),
        actions: listener.actions.clone(),
        is_default: true,
    }
}
