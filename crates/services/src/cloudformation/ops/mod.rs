//! The API, a file a noun.

pub(super) mod change_set;
mod describe;
mod event;
mod export;
mod policy;
mod resource;
pub(super) mod revise;
pub(super) mod stack;
pub(super) mod template;

use tierra_core::page::{Page, paginate};
use tierra_core::{Arn, Call, Place, Registry, Resource as _, Tx};

use super::errors::CloudFormationError;
use super::model::Stack;

/// Items of one page.
const PAGE: usize = 100;

pub(super) fn register(registry: &mut Registry) {
    stack::register(registry);
    describe::register(registry);
    resource::register(registry);
    event::register(registry);
    template::register(registry);
    export::register(registry);
    change_set::register(registry);
    policy::register(registry);
}

/// The stack of a name (only where it lives) or an id (also where it was deleted).
fn find(tx: &Tx, call: &Call, name: &str) -> Result<Stack, CloudFormationError> {
    let missing = || CloudFormationError::NoSuchStack { name: name.to_owned() };
    match name.split_once(":stack/") {
        Some((_, id)) if name.starts_with("arn:") => tx.find(&call.place, id).ok_or_else(missing),
        _ => living(tx, call, name).ok_or_else(missing),
    }
}

/// The stack of an ARN, also where it was deleted.
pub(super) fn of_arn(tx: &Tx, arn: &str) -> Option<Stack> {
    let arn: Arn = arn.parse().ok()?;
    let place = Place {
        account: arn.account.clone(),
        region: arn.region.clone(),
    };
    tx.find(&place, arn.resource.strip_prefix("stack/")?)
}

/// The stack of a name that is not deleted.
fn living(tx: &Tx, call: &Call, name: &str) -> Option<Stack> {
    tx.by_index::<Stack>(&call.place, "name", name).into_iter().next()
}

/// What IAM decides on: the stack, known or by name.
fn arns(tx: &Tx, call: &Call, name: &str) -> Vec<Arn> {
    if name.is_empty() {
        return Vec::new();
    }
    let unknown = || Arn::regional("cloudformation", &call.place, format!("stack/{name}/*"));
    vec![find(tx, call, name).map_or_else(|_| unknown(), |stack| stack.arn())]
}

fn page<T>(items: Vec<T>, key: impl Fn(&T) -> String, token: Option<&str>) -> Result<Page<T>, CloudFormationError> {
    paginate(items, key, token, PAGE).map_err(|error| CloudFormationError::validation(error.to_string()))
}

/// A stack's rows of a kind, by its index.
fn of_stack<R: tierra_core::Resource>(tx: &Tx, stack: &Stack) -> Vec<R> {
    tx.by_index(&stack.place, "stack", &stack.id())
}
