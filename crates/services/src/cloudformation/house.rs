//! What the other services declare, as far as CloudFormation asks for it by name: resource types, and SSM's parameters.

use std::sync::{Arc, LazyLock};

use tierra_core::iam::Context;
use tierra_core::operation::Runner;
use tierra_core::resource_type::ResourceType;
use tierra_core::{Call, Registry, Tx};
use tierra_model::{Fields, Scalar, View};

use crate::iam;

/// The declarations do not depend on the machine, so one copy of them serves every store.
static HOUSE: LazyLock<Registry> = LazyLock::new(|| {
    let mut registry = Registry::default();
    crate::declare_all(&mut registry);
    #[cfg(test)]
    registry.resource_type(super::engine::tests::FakeParameter);
    registry
});

/// The type of this name, where it is built.
pub fn resource_type(name: &str) -> Option<Arc<dyn ResourceType>> {
    HOUSE.types().get(name).cloned()
}

/// Whether a type is built.
pub fn is_built(name: &str) -> bool {
    HOUSE.types().contains_key(name)
}

/// The value of an SSM parameter, read as the caller; `None` where there is none, or they may not.
pub fn parameter(tx: &mut Tx, call: &Call, name: &str, decrypted: bool) -> Option<String> {
    let operation = HOUSE.find("ssm", "GetParameter")?;
    let mut input = (operation.input)();
    input.shape().member("Name")?.set(Scalar::Text(name.into())).ok()?;
    if decrypted {
        input.shape().member("WithDecryption")?.set(Scalar::Bool(true)).ok()?;
    }
    let resources = (operation.resources)(tx, &*input, call);
    iam::authorize(tx, call, &iam::action("ssm", "GetParameter"), &resources, &Context::default()).ok()?;
    let Runner::Sync { run, .. } = &operation.runner else { return None };
    let output = run(tx, call, input).ok()?;
    let View::Struct(output) = output.view() else { return None };
    let View::Struct(parameter) = output.field("Parameter")?.view() else {
        return None;
    };
    text(parameter, "Value")
}

fn text(fields: &dyn Fields, name: &str) -> Option<String> {
    match fields.field(name)?.view() {
        View::Text(text) => Some(text.into_owned()),
        _ => None,
    }
}
