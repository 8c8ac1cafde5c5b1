//! Exports, and who imports them.

use tierra_core::{Call, Tx};
use tierra_model::Shape;

use super::page;
use crate::cloudformation::errors::CloudFormationError;
use crate::cloudformation::model::{Export, Stack};
use crate::declare::{anything, operations};

operations! { "cloudformation", CloudFormationError;
    read ListExports(ListExportsInput) -> ListExportsOutput = exports, on anything;
    read ListImports(ListImportsInput) -> ListImportsOutput = imports, on anything;
}

/// Input of [`ListExports`].
#[derive(Default, Shape)]
pub struct ListExportsInput {
    next_token: Option<String>,
}

/// Output of [`ListExports`].
#[derive(Default, Shape)]
pub struct ListExportsOutput {
    exports: Vec<ExportShape>,
    next_token: Option<String>,
}

/// An export, as callers see it.
#[derive(Default, Shape)]
pub struct ExportShape {
    exporting_stack_id: String,
    name: String,
    value: String,
}

/// Input of [`ListImports`].
#[derive(Default, Shape)]
pub struct ListImportsInput {
    export_name: String,
    next_token: Option<String>,
}

/// Output of [`ListImports`].
#[derive(Default, Shape)]
pub struct ListImportsOutput {
    imports: Vec<String>,
    next_token: Option<String>,
}

fn exports(tx: &mut Tx, call: &Call, input: ListExportsInput) -> Result<ListExportsOutput, CloudFormationError> {
    let page = page(
        tx.list::<Export>(&call.place),
        |export| export.name.clone(),
        input.next_token.as_deref(),
    )?;
    let shape = |export: Export| ExportShape {
        exporting_stack_id: export.stack,
        name: export.name,
        value: export.value,
    };
    Ok(ListExportsOutput {
        exports: page.items.into_iter().map(shape).collect(),
        next_token: page.next,
    })
}

fn imports(tx: &mut Tx, call: &Call, input: ListImportsInput) -> Result<ListImportsOutput, CloudFormationError> {
    let users: Vec<Stack> = tx.list(&call.place);
    let names: Vec<String> = users
        .into_iter()
        .filter(|stack| stack.imports.contains(&input.export_name))
        .map(|stack| stack.name)
        .collect();
    if names.is_empty() {
        return Err(CloudFormationError::validation(format!(
            "Export '{}' is not imported by any stack.",
            input.export_name
        )));
    }
    let page = page(names, Clone::clone, input.next_token.as_deref())?;
    Ok(ListImportsOutput {
        imports: page.items,
        next_token: page.next,
    })
}
