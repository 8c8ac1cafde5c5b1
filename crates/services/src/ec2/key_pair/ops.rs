//! What can be done with key pairs.

use tierra_core::{AwsError, Call, Expect, Key, Tags, Tx};

use super::api::{
    DeleteKeyPairInput, DeleteKeyPairOutput, DescribeKeyPairsInput, DescribeKeyPairsOutput, ImportKeyPairInput, ImportKeyPairOutput,
    KeyPairInfo,
};
use super::errors::KeyPairError;
use super::material::Material;
use super::model::KeyPair;
use crate::ec2::errors::Ec2Error;
use crate::ec2::operation::operations;
use crate::ec2::{filter, tag};

/// Characters of a name.
const NAME_LENGTH: usize = 255;

operations! {
    /// Takes a public key that was made elsewhere.
    writes ImportKeyPair(ImportKeyPairInput) -> ImportKeyPairOutput = import;
    /// Tells of key pairs.
    reads DescribeKeyPairs(DescribeKeyPairsInput) -> DescribeKeyPairsOutput = describe;
    /// Forgets a public key. Succeeds where there is none.
    writes DeleteKeyPair(DeleteKeyPairInput) -> DeleteKeyPairOutput = delete;
}

fn import(tx: &mut Tx, call: &Call, input: ImportKeyPairInput) -> Result<ImportKeyPairOutput, AwsError> {
    let tags = tag::specified(&input.tag_specifications, "key-pair")?;
    check_name(tx, call, &input.key_name)?;
    let material = Material::import(&input.public_key_material.0)?;
    let key = put(tx, call, &input.key_name, &material, &tags)?;
    Ok(ImportKeyPairOutput {
        key_pair_id: key.id.to_string(),
        key_name: key.name,
        key_fingerprint: key.fingerprint,
        tags: tags.list(),
    })
}

pub(super) fn check_name(tx: &Tx, call: &Call, name: &str) -> Result<(), KeyPairError> {
    if name.is_empty() || name.len() > NAME_LENGTH || !name.is_ascii() || name.trim() != name {
        return Err(KeyPairError::Name { name: name.to_owned() });
    }
    if KeyPair::named(tx, &call.place, name).is_ok() {
        return Err(KeyPairError::Duplicate);
    }
    Ok(())
}

pub(super) fn put(tx: &mut Tx, call: &Call, name: &str, material: &Material, tags: &Tags) -> Result<KeyPair, AwsError> {
    let key = KeyPair {
        place: call.place.clone(),
        id: call.ids.next(),
        name: name.to_owned(),
        kind: material.kind,
        public_key: format!("{} {name}", material.public.trim_end()),
        fingerprint: material.fingerprint.clone(),
        created: call.now,
    };
    tx.put(key.clone(), Expect::New)?;
    tag::set(tx, &call.place, &key.id, tags.clone());
    Ok(key)
}

fn describe(tx: &mut Tx, call: &Call, input: DescribeKeyPairsInput) -> Result<DescribeKeyPairsOutput, AwsError> {
    let with_public_key = input.include_public_key == Some(true);
    let shown = asked(tx, call, &input)?.into_iter().map(|key| {
        let tags = tag::list(tx, &call.place, &key.id);
        KeyPairInfo::of(key, tags, with_public_key)
    });
    Ok(DescribeKeyPairsOutput {
        key_pairs: filter::apply(shown.collect(), &input.filters)?,
    })
}

fn asked(tx: &Tx, call: &Call, input: &DescribeKeyPairsInput) -> Result<Vec<KeyPair>, KeyPairError> {
    if input.key_names.is_empty() && input.key_pair_ids.is_empty() {
        return Ok(tx.list(&call.place));
    }
    let by_name = input.key_names.iter().map(|name| KeyPair::named(tx, &call.place, name));
    let by_id = input.key_pair_ids.iter().map(|id| KeyPair::by_id(tx, &call.place, id));
    by_name.chain(by_id).collect()
}

fn delete(tx: &mut Tx, call: &Call, input: DeleteKeyPairInput) -> Result<DeleteKeyPairOutput, AwsError> {
    let found = match (&input.key_name, &input.key_pair_id) {
        (Some(name), _) => KeyPair::named(tx, &call.place, name),
        (None, Some(id)) => KeyPair::by_id(tx, &call.place, id),
        (None, None) => {
            return Err(Ec2Error::Missing {
                name: "keyName or keyPairId",
            }
            .into());
        }
    };
    let key_pair_id = found.ok().map(|key| {
        tag::forget(tx, &call.place, &key.id);
        tx.delete(&Key::<KeyPair>::new(&call.place, &key.name));
        key.id.to_string()
    });
    Ok(DeleteKeyPairOutput {
        r#return: true,
        key_pair_id,
    })
}
