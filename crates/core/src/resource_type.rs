//! The seam between CloudFormation and the services: each service gives its resource types here, as operations.

use serde_json::{Map, Value};

use crate::call::Call;
use crate::error::AwsError;
use crate::store::Tx;
use crate::tags::Tags;

/// What CloudFormation asks a type to create.
#[derive(Clone, Copy, Debug)]
pub struct Creation<'a> {
    /// The properties, all intrinsics resolved.
    pub properties: &'a Value,
    /// The stack's name, for generated names.
    pub stack_name: &'a str,
    /// The resource's logical id, for generated names.
    pub logical_id: &'a str,
    /// The same for every try of the same creation.
    pub token: &'a str,
    /// The stack's tags and `aws:cloudformation:*`, to be put on what is created where the type has tags.
    pub tags: &'a Tags,
}

impl Creation<'_> {
    /// A physical name as CloudFormation generates it: `STACK-LOGICAL-SUFFIX`, cut to `limit` characters.
    pub fn generated_name(&self, call: &Call, limit: usize) -> String {
        const SUFFIX: usize = 12;
        let mut name = format!("{}-{}", self.stack_name, self.logical_id);
        name.truncate(limit.saturating_sub(SUFFIX + 1));
        format!("{name}-{}", call.ids.alnum(SUFFIX))
    }
}

/// How far a resource has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is what it should be.
    Ready,
    /// It is on its way.
    Working,
    /// It will not get there; the reason as an event shows it.
    Failed(String),
    /// It does not exist (any more).
    Gone,
}

/// What `Ref` and `Fn::GetAtt` give.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes {
    /// `Ref`.
    pub reference: String,
    /// `Fn::GetAtt`, by attribute name; nested ones with dots (`Endpoint.Address`).
    pub values: Map<String, Value>,
}

/// One CloudFormation resource type, expressed as its service's operations. Every method is a sum over a transaction.
pub trait ResourceType: Send + Sync {
    /// `AWS::EC2::VPC`
    fn name(&self) -> &'static str;

    /// Creates it and gives its physical id.
    ///
    /// # Errors
    /// What the service's operation answers.
    fn create(&self, tx: &mut Tx, call: &Call, creation: &Creation<'_>) -> Result<String, AwsError>;

    /// How far it has come after create, update or delete.
    fn progress(&self, tx: &Tx, call: &Call, id: &str) -> Progress;

    /// What templates may ask of it.
    ///
    /// # Errors
    /// Where it is gone.
    fn attributes(&self, tx: &Tx, call: &Call, id: &str) -> Result<Attributes, AwsError>;

    /// Changes it in place. Changes of create-only properties never come here: the schema makes them a replacement.
    ///
    /// # Errors
    /// What the service's operation answers; a property that cannot be changed yet is named.
    fn update(&self, tx: &mut Tx, call: &Call, id: &str, old: &Value, new: &Creation<'_>) -> Result<(), AwsError>;

    /// Begins to delete it. Succeeds where it is gone.
    ///
    /// # Errors
    /// What the service's operation answers (`DependencyViolation`: the engine tries again).
    fn delete(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError>;

    /// Whether it can leave a snapshot behind: templates may say `DeletionPolicy: Snapshot` of it.
    fn has_snapshots(&self) -> bool {
        false
    }

    /// As [`ResourceType::delete`], leaving a snapshot behind where there is something to keep.
    ///
    /// # Errors
    /// As [`ResourceType::delete`].
    fn delete_with_snapshot(&self, tx: &mut Tx, call: &Call, id: &str) -> Result<(), AwsError> {
        self.delete(tx, call, id)
    }
}
