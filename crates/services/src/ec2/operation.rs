//! How an EC2 operation is declared: one line each, so that dry runs and the default VPC are the same for all of them.

use std::fmt::Display;

use tierra_core::{Arn, AwsError, Call, Tx};
use tierra_model::{Shape, View};

use super::errors::Ec2Error;
use super::vpc;

/// Declares operations and a `register` that takes them all:
///
/// ```text
/// operations! {
///     /// What it does.
///     writes CreateVpc(CreateVpcInput) -> CreateVpcOutput = create, on |tx, input, call| …, harmless ["ClientToken"];
///     /// `reads` runs on a snapshot.
///     reads DescribeVpcs(DescribeVpcsInput) -> DescribeVpcsOutput = describe;
/// }
/// ```
/// `on` tells IAM's resources (none: `*`), `harmless` what is ignored without a caller's seeing it.
macro_rules! operations {
    ($($(#[$meta:meta])* $mode:ident $name:ident($input:ty) -> $output:ty = $run:path
        $(, on $on:expr)? $(, harmless [$($harmless:literal),+])?;)+) => {
        $(
            $(#[$meta])*
            pub struct $name;

            impl ::tierra_core::Operation for $name {
                const SERVICE: &'static str = "ec2";
                const NAME: &'static str = stringify!($name);
                const WRITES: bool = $crate::ec2::operation::operations!(@$mode);
                $(const HARMLESS: &'static [&'static str] = &[$($harmless),+];)?
                type Input = $input;
                type Output = $output;
                type Error = ::tierra_core::AwsError;

                $(fn resources(tx: &::tierra_core::Tx, input: &$input, call: &::tierra_core::Call) -> Vec<::tierra_core::Arn> {
                    let on: fn(&::tierra_core::Tx, &$input, &::tierra_core::Call) -> Vec<::tierra_core::Arn> = $on;
                    on(tx, input, call)
                })?

                fn run(tx: &mut ::tierra_core::Tx, call: &::tierra_core::Call, input: $input)
                    -> Result<$output, ::tierra_core::AwsError> {
                    $crate::ec2::operation::run(tx, call, input, $run)
                }
            }
        )+

        /// Declares this noun's operations.
        pub fn register(registry: &mut ::tierra_core::Registry) {
            $(registry.operation::<$name>();)+
        }

        /// What its operations say: name, input, output; a test compares it with AWS's model.
        #[cfg(test)]
        pub fn spoken() -> Vec<(&'static str, ::tierra_model::Declared, ::tierra_model::Declared)> {
            use ::tierra_model::Shape;
            vec![$((stringify!($name), <$input>::declared(), <$output>::declared())),+]
        }
    };
    (@writes) => {
        true
    };
    (@reads) => {
        false
    };
}
pub(crate) use operations;

/// Runs one operation where the default VPC is laid out. A dry run does everything and then fails, so that nothing is kept.
pub fn run<I: Shape, O>(
    tx: &mut Tx,
    call: &Call,
    input: I,
    body: impl FnOnce(&mut Tx, &Call, I) -> Result<O, AwsError>,
) -> Result<O, AwsError> {
    let dry = is_dry(&input);
    vpc::default::lay_out_once(tx, &call.place);
    let output = body(tx, call, input)?;
    if dry { Err(Ec2Error::DryRun.into()) } else { Ok(output) }
}

/// The ARN of a resource of the called place, for `on`: `vpc`, `vpc-0123…`. What does not exist yet is `*`.
pub fn arn(call: &Call, word: &str, id: impl Display) -> Vec<Arn> {
    vec![Arn::regional("ec2", &call.place, format!("{word}/{id}"))]
}

fn is_dry(input: &impl Shape) -> bool {
    let View::Struct(fields) = input.view() else { return false };
    fields.field("DryRun").is_some_and(|dry| matches!(dry.view(), View::Bool(true)))
}
