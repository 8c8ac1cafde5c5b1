//! Making a key pair: an RSA key takes up to seconds, so that it is made before the one writer of the store is asked for its turn.

use async_trait::async_trait;
use tierra_core::operation::DataOperation;
use tierra_core::{Arn, AwsError, Call, Operation, Store, Tx};

use super::api::{CreateKeyPairInput, CreateKeyPairOutput};
use super::material::Material;
use super::model::KeyType;
use super::ops::{check_name, put};
use crate::ec2::{operation, tag};

/// Makes a key pair and tells its private key, once; for operations that make one among other things.
pub struct CreateKeyPair;

impl Operation for CreateKeyPair {
    const SERVICE: &'static str = "ec2";
    const NAME: &'static str = "CreateKeyPair";
    type Input = CreateKeyPairInput;
    type Output = CreateKeyPairOutput;
    type Error = AwsError;

    fn resources(_: &Tx, input: &CreateKeyPairInput, call: &Call) -> Vec<Arn> {
        operation::arn(call, "key-pair", &input.key_name)
    }

    fn run(tx: &mut Tx, call: &Call, input: CreateKeyPairInput) -> Result<CreateKeyPairOutput, AwsError> {
        let material = Material::generate(input.key_type.unwrap_or_default(), call.ids.bytes())?;
        keep(tx, call, input, &material)
    }
}

/// [`CreateKeyPair`], as callers ask for it.
pub struct Made {
    store: Store,
}

impl Made {
    /// Kept in this store.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl DataOperation for Made {
    const SERVICE: &'static str = "ec2";
    const NAME: &'static str = "CreateKeyPair";
    type Input = CreateKeyPairInput;
    type Output = CreateKeyPairOutput;

    fn resources(&self, tx: &Tx, input: &CreateKeyPairInput, call: &Call) -> Vec<Arn> {
        CreateKeyPair::resources(tx, input, call)
    }

    async fn run(&self, call: &Call, input: CreateKeyPairInput) -> Result<CreateKeyPairOutput, AwsError> {
        let (kind, seed, call) = (input.key_type.unwrap_or_default(), call.ids.bytes(), call.clone());
        let make = move || Material::generate(kind, seed);
        let material = match kind {
            KeyType::Ed25519 => make()?, // Quick.
            KeyType::Rsa => self.store.blocking().run(make).await.map_err(AwsError::internal)??,
        };
        self.store.commit(move |tx| keep(tx, &call, input, &material)).await
    }
}

fn keep(tx: &mut Tx, call: &Call, input: CreateKeyPairInput, material: &Material) -> Result<CreateKeyPairOutput, AwsError> {
    operation::run(tx, call, input, |tx, call, input| {
        let tags = tag::specified(&input.tag_specifications, "key-pair")?;
        check_name(tx, call, &input.key_name)?;
        let key = put(tx, call, &input.key_name, material, &tags)?;
        Ok(CreateKeyPairOutput {
            key_pair_id: key.id.to_string(),
            key_name: key.name,
            key_fingerprint: key.fingerprint,
            key_material: material.private.clone(),
            tags: tags.list(),
        })
    })
}

/// What it speaks, for the test against AWS's model.
#[cfg(test)]
pub fn spoken() -> (&'static str, tierra_model::Declared, tierra_model::Declared) {
    use tierra_model::Shape;
    ("CreateKeyPair", CreateKeyPairInput::declared(), CreateKeyPairOutput::declared())
}
