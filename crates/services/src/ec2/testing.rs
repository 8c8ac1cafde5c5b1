//! A cloud for tests: a store in memory, seeded ids, one account in one region.

use tierra_core::{AccountId, AwsError, Call, Caller, Ids, Operation, Place, Region, Store, StoreError, Tx};
use tierra_model::Timestamp;

pub(crate) use super::instance::tests::{find_on_machine, instance};

/// A store and what a call needs beside it.
pub struct World {
    pub store: Store,
    pub call: Call,
}

impl World {
    /// An empty cloud.
    pub fn new() -> Self {
        let account = AccountId("123456789012".into());
        let call = Call {
            caller: Caller::Root { account: account.clone() },
            place: Place {
                account,
                region: Region("us-east-1".into()),
            },
            now: Timestamp::from_secs(1_800_000_000),
            ids: Ids::seeded(1),
            request: "request".into(),
            source_ip: None,
            api_version: None,
        };
        Self {
            store: Store::in_memory().expect("store"),
            call,
        }
    }

    /// Where the calls go.
    pub fn place(&self) -> &Place {
        &self.call.place
    }

    /// Calls an operation.
    pub fn run<O: Operation>(&self, input: O::Input) -> Result<O::Output, AwsError> {
        let body = |tx: &mut Tx| O::run(tx, &self.call, input).map_err(Into::into);
        if O::WRITES { self.store.write(body) } else { self.store.read(body) }
    }

    /// Calls an operation that goes well.
    pub fn ok<O: Operation>(&self, input: O::Input) -> O::Output {
        self.run::<O>(input).unwrap_or_else(|error| panic!("{}: {error}", O::NAME))
    }

    /// The code of the error that an operation answers; empty where it goes well.
    pub fn code<O: Operation>(&self, input: O::Input) -> String {
        self.run::<O>(input).err().map_or_else(String::new, |error| error.code.into_owned())
    }

    /// Looks into the store.
    pub fn see<T>(&self, look: impl FnOnce(&Tx) -> T) -> T {
        self.store.read(|tx| Ok::<_, StoreError>(look(tx))).expect("read")
    }

    /// Changes the store.
    pub fn change<T>(&self, change: impl FnOnce(&mut Tx) -> Result<T, AwsError>) -> Result<T, AwsError> {
        self.store.write(change)
    }
}

/// One filter.
pub fn filter(name: &str, values: &[&str]) -> super::filter::Filter {
    super::filter::Filter {
        name: name.to_owned(),
        values: values.iter().map(ToString::to_string).collect(),
    }
}
