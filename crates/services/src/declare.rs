//! One way to declare a file's operations: name, input, output, the function that runs it, and what IAM decides on.

/// Declares operations and the `register` that gives them to the registry.
///
/// ```ignore
/// operations! { "iam", IamError;
///     /// See the IAM page "GetUser".
///     read GetUser(GetUserInput) -> GetUserOutput = get_user, on user_arn;
/// }
/// ```
macro_rules! operations {
    ($service:literal, $error:ty; $($(#[$meta:meta])* $kind:ident $name:ident($input:ty) -> $output:ty = $run:expr, on $resources:expr $(, harmless $harmless:expr)?;)+) => {
        $(
            $(#[$meta])*
            #[doc = concat!("The `", $service, "` operation `", stringify!($name), "`.")]
            pub struct $name;

            impl ::tierra_core::Operation for $name {
                const SERVICE: &'static str = $service;
                const NAME: &'static str = stringify!($name);
                const WRITES: bool = $crate::declare::writes!($kind);
                $(const HARMLESS: &'static [&'static str] = $harmless;)?
                type Input = $input;
                type Output = $output;
                type Error = $error;

                fn resources(tx: &::tierra_core::Tx, input: &$input, call: &::tierra_core::Call) -> Vec<::tierra_core::Arn> {
                    let resources: fn(&::tierra_core::Tx, &$input, &::tierra_core::Call) -> Vec<::tierra_core::Arn> = $resources;
                    resources(tx, input, call)
                }

                fn run(tx: &mut ::tierra_core::Tx, call: &::tierra_core::Call, input: $input) -> Result<$output, $error> {
                    let run: fn(&mut ::tierra_core::Tx, &::tierra_core::Call, $input) -> Result<$output, $error> = $run;
                    run(tx, call, input)
                }
            }
        )+

        pub(super) fn register(registry: &mut ::tierra_core::Registry) {
            $(registry.operation::<$name>();)+
        }
    };
}

macro_rules! writes {
    (read) => {
        false
    };
    (write) => {
        true
    };
}

/// No resource of its own: IAM decides on `*`.
pub(crate) fn anything<I>(_: &tierra_core::Tx, _: &I, _: &tierra_core::Call) -> Vec<tierra_core::Arn> {
    Vec::new()
}

pub(crate) use {operations, writes};
