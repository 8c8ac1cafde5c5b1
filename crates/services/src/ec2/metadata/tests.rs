//! Metadata as an instance reads it.

use std::collections::BTreeMap;

use tierra_core::ids::AwsId;
use tierra_model::Timestamp;

use super::{Answer, Ask, answer, instance_at};
use crate::ec2::instance::metadata_options::{HttpTokens, Switch};
use crate::ec2::instance::tests::{instance, interface};
use crate::ec2::instance::{Instance, InstanceId, LaunchKey};
use crate::ec2::tag;
use crate::ec2::testing::World;
use crate::iam::ensure_root;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// A cloud with one instance at 10.0.0.5.
fn world(change: fn(&mut Instance)) -> (World, Instance) {
    let world = World::new();
    let mut one = instance();
    one.spec.key = Some(LaunchKey {
        name: "mine".into(),
        public_key: "ssh-ed25519 AAAA mine".into(),
    });
    one.spec.user_data = Some("IyEvYmluL3NoCg==".into());
    change(&mut one);
    let kept = one.clone();
    let put = |tx: &mut tierra_core::Tx| {
        ensure_root(tx, &world.call.ids, NOW, None);
        tag::set(
            tx,
            world.place(),
            &kept.id,
            tierra_core::Tags(BTreeMap::from([("Name".into(), "web".into())])),
        );
        tx.save(interface(true));
        tx.save(kept);
        Ok(())
    };
    world.change(put).expect("put");
    (world, one)
}

fn asked(world: &World, instance: &Instance, ask: Ask<'_>, now: Timestamp) -> Answer {
    world.see(|tx| answer(tx, instance, &ask, now))
}

fn get(world: &World, instance: &Instance, path: &str) -> (u16, String) {
    let answer = asked(
        world,
        instance,
        Ask {
            method: "GET",
            path,
            ..Ask::default()
        },
        NOW,
    );
    let body = if answer.status == 200 {
        String::from_utf8(answer.body).expect("text")
    } else {
        String::new()
    };
    (answer.status, body)
}

fn token(world: &World, instance: &Instance, ttl: &str) -> Answer {
    asked(
        world,
        instance,
        Ask {
            method: "PUT",
            path: "/latest/api/token",
            ttl: Some(ttl),
            ..Ask::default()
        },
        NOW,
    )
}

#[test]
fn paths_are_leaves_or_listings() {
    let (world, one) = world(|one| one.spec.metadata.tags = Switch::Enabled);
    for (path, status, body) in [
        ("/", 200, "1.0\n2009-04-04\n2021-03-23\nlatest"),
        ("/latest/", 200, "dynamic\nmeta-data\nuser-data"),
        ("/latest/meta-data/instance-id", 200, "i-0123456789abcdef0"),
        ("/2009-04-04/meta-data/instance-type", 200, "t3.micro"),
        ("/latest/meta-data/placement/", 200, "availability-zone\nregion"),
        ("/latest/meta-data/placement/availability-zone/", 200, "us-east-1a"),
        ("/latest/meta-data/local-ipv4", 200, "10.0.0.5"),
        ("/latest/meta-data/hostname", 200, "ip-10-0-0-5.ec2.internal"),
        ("/latest/meta-data/public-ipv4", 404, ""),
        ("/latest/meta-data/public-keys/", 200, "0=mine"),
        ("/latest/meta-data/public-keys/0/", 200, "openssh-key"),
        ("/latest/meta-data/public-keys/0/openssh-key", 200, "ssh-ed25519 AAAA mine\n"),
        ("/latest/meta-data/network/interfaces/macs/", 200, "02:00:00:00:00:05/"),
        ("/latest/meta-data/tags/instance/", 200, "Name"),
        ("/latest/meta-data/tags/instance/Name", 200, "web"),
        ("/latest/meta-data/iam/", 404, ""),
        ("/latest/user-data", 200, "#!/bin/sh\n"),
        ("/latest/nothing", 404, ""),
        ("/newest/meta-data/", 404, ""),
    ] {
        assert_eq!(get(&world, &one, path), (status, body.to_owned()), "{path}");
    }
    let (_, document) = get(&world, &one, "/latest/dynamic/instance-identity/document");
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    assert_eq!(
        (&document["region"], &document["privateIp"]),
        (&"us-east-1".into(), &"10.0.0.5".into())
    );
}

#[test]
fn tokens_open_one_instance_for_their_time() {
    let (world, one) = world(|one| one.spec.metadata.tokens = HttpTokens::Required);
    for (ttl, status) in [("60", 200), ("21600", 200), ("0", 400), ("21601", 400), ("x", 400)] {
        assert_eq!(token(&world, &one, ttl).status, status, "{ttl}");
    }
    let made = String::from_utf8(token(&world, &one, "60").body).expect("text");
    let with = |instance: &Instance, token: Option<&str>, after: i64| {
        let ask = Ask {
            method: "GET",
            path: "/latest/meta-data/instance-id",
            token,
            ..Ask::default()
        };
        asked(&world, instance, ask, NOW.plus_millis(after * 1000)).status
    };
    let other = Instance {
        id: InstanceId::from_text("i-0123456789abcdef1".into()),
        ..one.clone()
    };
    let changed = format!("{}A", &made[..made.len() - 1]);
    assert_eq!(with(&one, Some(&made), 0), 200);
    assert_eq!(with(&one, Some(&made), 59), 200);
    assert_eq!(with(&one, Some(&made), 60), 401);
    assert_eq!(with(&other, Some(&made), 0), 401);
    assert_eq!(with(&one, Some(&changed), 0), if changed == made { 200 } else { 401 });
    assert_eq!(with(&one, None, 0), 401);
    let forwarded = Ask {
        method: "PUT",
        path: "/latest/api/token",
        ttl: Some("60"),
        forwarded: true,
        ..Ask::default()
    };
    assert_eq!(asked(&world, &one, forwarded, NOW).status, 403);
    assert_eq!(
        asked(
            &world,
            &one,
            Ask {
                method: "POST",
                path: "/",
                ..Ask::default()
            },
            NOW
        )
        .status,
        405
    );
}

#[test]
fn the_asker_is_known_by_its_address_and_may_be_shut_out() {
    let (world, one) = world(|one| one.spec.metadata.endpoint = Switch::Disabled);
    let at = |last: u8| world.see(|tx| instance_at(tx, world.place(), &Default::default(), [10, 0, 0, last].into()));
    assert_eq!(at(5).map(|found| found.id), Some(one.id.clone()));
    assert_eq!(at(6), None);
    assert_eq!(get(&world, &one, "/latest/meta-data/").0, 403);
}
