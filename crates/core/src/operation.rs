//! Operations and the registry in which services declare them.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use tierra_model::{Declared, Shape};

use crate::arn::Arn;
use crate::call::Call;
use crate::error::AwsError;
use crate::iam::Context;
use crate::resource_type::ResourceType;
use crate::store::Tx;
use crate::stream::{RunStream, StreamOperation, erased};

/// One API operation: a pure, synchronous function of (transaction, call, input). It validates, writes spec, returns.
pub trait Operation: Send + Sync + 'static {
    /// The service, by its catalogue name: `ec2`.
    const SERVICE: &'static str;
    /// The operation: `RunInstances`.
    const NAME: &'static str;
    /// Whether it writes. A read runs on a snapshot and waits for no one.
    const WRITES: bool = true;
    /// Modelled members that are accepted without effect, as dotted paths (`TagSpecifications.ResourceType`), because ignoring them
    /// changes nothing that a caller can see. All other members that the input type does not declare are refused.
    const HARMLESS: &'static [&'static str] = &[];
    /// What the caller sends.
    type Input: Shape + Default + 'static;
    /// What it gets.
    type Output: Shape + 'static;
    /// How it fails.
    type Error: Into<AwsError>;

    /// What IAM decides on; empty means `*`. The store is there for resources that the input names only indirectly.
    fn resources(_tx: &Tx, _input: &Self::Input, _call: &Call) -> Vec<Arn> {
        Vec::new()
    }

    /// What conditions may ask of the input (`s3:prefix`), beside what every call brings along.
    fn context(_input: &Self::Input) -> Context {
        Context::default()
    }

    /// Does it.
    ///
    /// # Errors
    /// As AWS documents the operation; nothing is written then.
    fn run(tx: &mut Tx, call: &Call, input: Self::Input) -> Result<Self::Output, Self::Error>;
}

/// An operation that must reach beyond the store (the console of an instance, bytes of an object): explicit and rare.
#[async_trait]
pub trait DataOperation: Send + Sync + 'static {
    /// The service, by its catalogue name.
    const SERVICE: &'static str;
    /// The operation.
    const NAME: &'static str;
    /// As [`Operation::HARMLESS`].
    const HARMLESS: &'static [&'static str] = &[];
    /// What the caller sends.
    type Input: Shape + Default + 'static;
    /// What it gets.
    type Output: Shape + 'static;

    /// What IAM decides on; empty means `*`.
    fn resources(&self, _tx: &Tx, _input: &Self::Input, _call: &Call) -> Vec<Arn> {
        Vec::new()
    }

    /// Does it.
    ///
    /// # Errors
    /// As AWS documents the operation.
    async fn run(&self, call: &Call, input: Self::Input) -> Result<Self::Output, AwsError>;
}

/// An input whose type only its operation knows. The codec fills it as a [`Shape`].
pub trait AnyInput: Shape + Any {
    /// For the codec.
    fn shape(&mut self) -> &mut dyn Shape;
    /// For the operation.
    fn any(self: Box<Self>) -> Box<dyn Any + Send>;
    /// For the decision.
    fn any_ref(&self) -> &dyn Any;
    /// What it honours: for the ledger.
    fn honoured(&self) -> Declared;
}

impl<T: Shape + Any> AnyInput for T {
    fn shape(&mut self) -> &mut dyn Shape {
        self
    }
    fn any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
    fn any_ref(&self) -> &dyn Any {
        self
    }
    fn honoured(&self) -> Declared {
        T::declared()
    }
}

/// How an erased operation runs.
pub enum Runner {
    /// On a transaction.
    Sync {
        /// Whether it writes.
        writes: bool,
        /// Runs it.
        run: RunSync,
    },
    /// On the data plane.
    Data(Arc<dyn RunData>),
    /// With a body of any size.
    Stream(Arc<dyn RunStream>),
}

/// [`Operation::run`] with its types erased.
pub type RunSync = fn(&mut Tx, &Call, Box<dyn AnyInput>) -> Result<Box<dyn Shape>, AwsError>;

/// [`DataOperation::run`] with its types erased.
#[async_trait]
pub trait RunData: Send + Sync {
    /// [`DataOperation::resources`].
    fn resources(&self, tx: &Tx, input: &dyn AnyInput, call: &Call) -> Vec<Arn>;
    /// [`DataOperation::run`].
    async fn run(&self, call: &Call, input: Box<dyn AnyInput>) -> Result<Box<dyn Shape>, AwsError>;
}

type Contexts = Box<dyn Fn(&dyn AnyInput) -> Context + Send + Sync>;
type Resources = Box<dyn Fn(&Tx, &dyn AnyInput, &Call) -> Vec<Arn> + Send + Sync>;

/// One registered operation.
pub struct Registered {
    /// The service's catalogue name.
    pub service: &'static str,
    /// The operation's name.
    pub name: &'static str,
    /// See [`Operation::HARMLESS`].
    pub harmless: &'static [&'static str],
    /// A new, empty input.
    pub input: fn() -> Box<dyn AnyInput>,
    /// See [`Operation::resources`].
    pub resources: Resources,
    /// See [`Operation::context`].
    pub context: Contexts,
    /// How it runs.
    pub runner: Runner,
}

/// Everything that the services declare: operations and CloudFormation types.
#[derive(Default)]
pub struct Registry {
    operations: BTreeMap<&'static str, BTreeMap<&'static str, Registered>>,
    types: BTreeMap<&'static str, Arc<dyn ResourceType>>,
}

fn new_input<I: Shape + Default + 'static>() -> Box<dyn AnyInput> {
    Box::new(I::default())
}

pub(crate) fn input_of<I: 'static>(input: Box<dyn AnyInput>) -> Result<I, AwsError> {
    input
        .any()
        .downcast::<I>()
        .map(|input| *input)
        .map_err(|_| AwsError::internal("an operation was given another's input"))
}

fn run_erased<O: Operation>(tx: &mut Tx, call: &Call, input: Box<dyn AnyInput>) -> Result<Box<dyn Shape>, AwsError> {
    let output = O::run(tx, call, input_of(input)?).map_err(Into::into)?;
    Ok(Box::new(output))
}

struct Erased<O>(O);

#[async_trait]
impl<O: DataOperation> RunData for Erased<O> {
    fn resources(&self, tx: &Tx, input: &dyn AnyInput, call: &Call) -> Vec<Arn> {
        input
            .any_ref()
            .downcast_ref()
            .map_or_else(Vec::new, |input| self.0.resources(tx, input, call))
    }
    async fn run(&self, call: &Call, input: Box<dyn AnyInput>) -> Result<Box<dyn Shape>, AwsError> {
        Ok(Box::new(self.0.run(call, input_of(input)?).await?))
    }
}

impl Registry {
    /// Declares an operation.
    pub fn operation<O: Operation>(&mut self) -> &mut Self {
        let resources = |tx: &Tx, input: &dyn AnyInput, call: &Call| {
            input
                .any_ref()
                .downcast_ref()
                .map_or_else(Vec::new, |input| O::resources(tx, input, call))
        };
        self.insert(Registered {
            service: O::SERVICE,
            name: O::NAME,
            harmless: O::HARMLESS,
            input: new_input::<O::Input>,
            resources: Box::new(resources),
            context: Box::new(|input| input.any_ref().downcast_ref().map_or_else(Context::default, O::context)),
            runner: Runner::Sync {
                writes: O::WRITES,
                run: run_erased::<O>,
            },
        })
    }

    /// Declares a data-plane operation.
    pub fn data_operation<O: DataOperation>(&mut self, operation: O) -> &mut Self {
        let erased: Arc<dyn RunData> = Arc::new(Erased(operation));
        let decided = Arc::clone(&erased);
        self.insert(Registered {
            service: O::SERVICE,
            name: O::NAME,
            harmless: O::HARMLESS,
            input: new_input::<O::Input>,
            resources: Box::new(move |tx, input, call| decided.resources(tx, input, call)),
            context: Box::new(|_| Context::default()),
            runner: Runner::Data(erased),
        })
    }

    /// Declares a data-plane operation in the place of one of the same name.
    pub fn instead<O: DataOperation>(&mut self, operation: O) -> &mut Self {
        self.operations.entry(O::SERVICE).or_default().remove(O::NAME);
        self.data_operation(operation)
    }

    /// Declares an operation with a body of any size.
    pub fn stream_operation<O: StreamOperation>(&mut self, operation: O) -> &mut Self {
        let erased = erased(operation);
        let decided = Arc::clone(&erased);
        self.insert(Registered {
            service: O::SERVICE,
            name: O::NAME,
            harmless: O::HARMLESS,
            input: new_input::<O::Input>,
            resources: Box::new(move |tx, input, call| decided.resources(tx, input, call)),
            context: Box::new(|_| Context::default()),
            runner: Runner::Stream(erased),
        })
    }

    /// Declares a CloudFormation type.
    pub fn resource_type(&mut self, kind: impl ResourceType + 'static) -> &mut Self {
        self.types.insert(kind.name(), Arc::new(kind));
        self
    }

    fn insert(&mut self, registered: Registered) -> &mut Self {
        let (service, name) = (registered.service, registered.name);
        let earlier = self.operations.entry(service).or_default().insert(name, registered);
        debug_assert!(earlier.is_none(), "{service}:{name} is declared twice");
        self
    }

    /// The operation of this name.
    pub fn find(&self, service: &str, name: &str) -> Option<&Registered> {
        self.operations.get(service)?.get(name)
    }

    /// Every operation, by service and name.
    pub fn operations(&self) -> impl Iterator<Item = &Registered> {
        self.operations.values().flat_map(BTreeMap::values)
    }

    /// The CloudFormation types, by name.
    pub fn types(&self) -> &BTreeMap<&'static str, Arc<dyn ResourceType>> {
        &self.types
    }
}
