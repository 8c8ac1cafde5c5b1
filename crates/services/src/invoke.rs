//! One service calling another's operation, in the same transaction and as the same caller.

use tierra_core::{AwsError, Call, Operation, Tx};

use crate::iam;

/// Runs `O` as `call`'s caller, who must be allowed to.
///
/// # Errors
/// What the operation answers, or that the caller may not.
pub fn invoke<O: Operation>(tx: &mut Tx, call: &Call, input: O::Input) -> Result<O::Output, AwsError> {
    let resources = O::resources(tx, &input, call);
    let context = O::context(&input);
    iam::permit(tx, call, &iam::action(O::SERVICE, O::NAME), &resources, &input, &context)?;
    O::run(tx, call, input).map_err(Into::into)
}
