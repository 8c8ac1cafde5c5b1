//! Key pairs over a store in memory, and their keys by answers that ssh-keygen and openssl gave.

use tierra_model::shape::Blob;

use super::api::{CreateKeyPairInput, DeleteKeyPairInput, DescribeKeyPairsInput, ImportKeyPairInput, KeyPairInfo};
use super::create::CreateKeyPair;
use super::material::Material;
use super::model::KeyType;
use super::ops::{DeleteKeyPair, DescribeKeyPairs, ImportKeyPair};
use crate::ec2::testing::{World, filter};

const RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDU8TJN+dMGm2+m26bVkl9mgNqpz/jezl3eN3TV4gcq7pCjtLjIFx9+og5L3NPfuO7bA5m5lK2BpgtjN+06Mp6dAPqW/HGCsrZyYKapkXo0g2VbI8C5CnnGm895nRY95nHndZKf4+ZKoUez9rVLpaFo/t+khcfjAKpfpgvmkVjI1w== me";
const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINLIn6ro7ybfw8mvavltimmiIu9/lljOGdtaTXOVEd5R me";
const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMIWRLTk9Gpwz4TIo6B7awjX2jYXaxUaASGm3em448N4PWSJqwBZ9Z9zpXSBxWPi8MLVXP6NtLD1ss7hwUJz7ME= me";

fn import(world: &World, name: &str, text: &str) -> Result<String, String> {
    let input = ImportKeyPairInput {
        key_name: name.into(),
        public_key_material: Blob(text.into()),
        ..Default::default()
    };
    world
        .run::<ImportKeyPair>(input)
        .map(|made| made.key_fingerprint)
        .map_err(|error| error.code.into_owned())
}

#[test]
fn fingerprints_of_imported_keys_are_those_that_aws_shows() {
    let world = World::new();
    for (name, text, expected) in [
        ("rsa", RSA, Ok("95:30:59:16:c8:57:62:ca:c8:75:2b:72:a0:03:1b:43")),
        ("ed25519", ED25519, Ok("LGEpIe+jUJvjawXsPvBbZwtedrQJDwbfn2c6PWVNjAo=")),
        ("ecdsa", ECDSA, Err("InvalidKey.Format")),
        ("nothing", "ssh-rsa AAAA", Err("InvalidKey.Format")),
        ("rsa", RSA, Err("InvalidKeyPair.Duplicate")),
        ("", RSA, Err("InvalidParameterValue")),
        (" rsa", RSA, Err("InvalidParameterValue")),
    ] {
        assert_eq!(
            import(&world, name, text),
            expected.map(str::to_owned).map_err(str::to_owned),
            "{name:?}"
        );
    }
}

#[test]
fn a_made_key_follows_its_seed_and_its_halves_fit() {
    // The fingerprints are what openssl and ssh-keygen say of the private keys.
    for (kind, head, fingerprint) in [
        (
            KeyType::Rsa,
            "-----BEGIN RSA PRIVATE KEY-----\n",
            "aa:07:09:61:29:fb:ab:20:2b:45:67:01:41:b2:75:97:64:0d:1b:92",
        ),
        (
            KeyType::Ed25519,
            "-----BEGIN OPENSSH PRIVATE KEY-----\n",
            "z/fSv0Z0RZS+Lccbc6ZoOWwt/fbj1VFJGSBKQbo4icE=",
        ),
    ] {
        let made = Material::generate(kind, [7; 32]).expect("made");
        assert_eq!(made.fingerprint, fingerprint);
        let again = Material::generate(kind, [7; 32]).expect("made");
        assert!(made.private.starts_with(head), "{kind}");
        assert_eq!((made.private, &made.public), (again.private, &again.public));
        let imported = Material::import(made.public.as_bytes()).expect("its own public key");
        assert_eq!((imported.kind, imported.public), (kind, made.public));
        // The same key has another fingerprint when it was made elsewhere, where it is an RSA key.
        assert_eq!(imported.fingerprint == made.fingerprint, kind == KeyType::Ed25519);
    }
}

fn described(world: &World, input: DescribeKeyPairsInput) -> Vec<KeyPairInfo> {
    world.ok::<DescribeKeyPairs>(input).key_pairs
}

#[test]
fn key_pairs_are_found_by_name_id_and_filter_and_forgotten() {
    let world = World::new();
    let create = |name: &str| CreateKeyPairInput {
        key_name: name.into(),
        key_type: Some(KeyType::Ed25519),
        ..Default::default()
    };
    let made = world.ok::<CreateKeyPair>(create("a"));
    world.ok::<CreateKeyPair>(create("b"));
    let by_id = DescribeKeyPairsInput {
        key_pair_ids: vec![made.key_pair_id.clone()],
        include_public_key: Some(true),
        ..Default::default()
    };
    let found = described(&world, by_id);
    assert!(
        found[0]
            .public_key
            .as_ref()
            .is_some_and(|line| line.starts_with("ssh-ed25519 ") && line.ends_with(" a"))
    );
    let by_filter = DescribeKeyPairsInput {
        filters: vec![filter("key-name", &["b*"])],
        ..Default::default()
    };
    assert_eq!(described(&world, by_filter).len(), 1);
    let delete = |name: &str| DeleteKeyPairInput {
        key_name: Some(name.into()),
        ..Default::default()
    };
    assert_eq!(world.ok::<DeleteKeyPair>(delete("a")).key_pair_id, Some(made.key_pair_id));
    assert!(world.ok::<DeleteKeyPair>(delete("a")).r#return, "a second time too");
    let gone = DescribeKeyPairsInput {
        key_names: vec!["a".into()],
        ..Default::default()
    };
    assert_eq!(world.code::<DescribeKeyPairs>(gone), "InvalidKeyPair.NotFound");
    assert_eq!(world.code::<DeleteKeyPair>(DeleteKeyPairInput::default()), "MissingParameter");
}
