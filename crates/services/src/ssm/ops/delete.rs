//! `DeleteParameter`, `DeleteParameters`.

use tierra_core::{Call, Key, Tx};
use tierra_model::Shape;

use super::few;
use crate::declare::operations;
use crate::ssm::api::arns;
use crate::ssm::errors::SsmError;
use crate::ssm::model::{Kept, Parameter, kept_id};

operations! { "ssm", SsmError;
    write DeleteParameter(DeleteInput) -> DeleteOutput = |tx, call, input| delete(tx, call, &input.name).map(|()| DeleteOutput {}),
        on |_, input, call| arns(&call.place, [&input.name]);
    write DeleteParameters(DeleteManyInput) -> DeleteManyOutput = delete_many, on |_, input, call| arns(&call.place, &input.names);
}

/// Input of [`DeleteParameter`].
#[derive(Default, Shape)]
pub struct DeleteInput {
    pub(crate) name: String,
}

/// Nothing.
#[derive(Default, Shape)]
pub struct DeleteOutput {}

/// Input of [`DeleteParameters`].
#[derive(Default, Shape)]
pub struct DeleteManyInput {
    pub(crate) names: Vec<String>,
}

/// What is gone, and what was not there.
#[derive(Default, Shape)]
pub struct DeleteManyOutput {
    pub(crate) deleted_parameters: Vec<String>,
    pub(crate) invalid_parameters: Vec<String>,
}

fn delete(tx: &mut Tx, call: &Call, name: &str) -> Result<(), SsmError> {
    let parameter: Parameter = tx.find(&call.place, name).ok_or(SsmError::NotFound)?;
    for number in parameter.oldest..parameter.current.number {
        tx.delete(&Key::<Kept>::new(&call.place, kept_id(name, number)));
    }
    tx.delete(&Key::<Parameter>::new(&call.place, name));
    Ok(())
}

fn delete_many(tx: &mut Tx, call: &Call, input: DeleteManyInput) -> Result<DeleteManyOutput, SsmError> {
    few(&input.names)?;
    let mut output = DeleteManyOutput::default();
    for name in input.names {
        match delete(tx, call, &name) {
            Ok(()) => output.deleted_parameters.push(name),
            Err(_) => output.invalid_parameters.push(name),
        }
    }
    Ok(output)
}
