//! Where names lead, and that the host follows them.

use std::net::Ipv4Addr;
use std::sync::Arc;

use tierra_core::reconcile::{Bounds, Runtime};
use tierra_core::{AwsError, Ids, Place, Tx};
use tierra_drivers::names::sim::SimHostNames;
use tierra_drivers::names::{HostNames, Names};
use tokio::sync::watch;

use super::*;
use crate::ec2::testing::World;
use crate::iam;

const PRIVATE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 5);
const PUBLIC: Ipv4Addr = Ipv4Addr::new(127, 100, 0, 7);

fn name(place: &Place, host: &str, public: &[Ipv4Addr]) -> Name {
    Name {
        place: place.clone(),
        fqdn: format!("{host}.c0ffee.us-east-1.rds.amazonaws.com"),
        vpc: "vpc-1".parse().expect("id"),
        private: vec![PRIVATE],
        public: public.to_vec(),
    }
}

fn put_two(world: &World) -> (Name, Name) {
    let (open, inner) = (name(world.place(), "open", &[PUBLIC]), name(world.place(), "inner", &[]));
    let put_both = |tx: &mut Tx| {
        put(tx, &open);
        put(tx, &inner);
        Ok::<_, AwsError>(())
    };
    world.change(put_both).expect("put");
    (open, inner)
}

#[test]
fn private_inside_its_vpc_public_elsewhere() {
    let world = World::new();
    let (open, inner) = put_two(&world);
    let seen = |vpc: &str| world.see(|tx| seen_from(tx, &vpc.parse().expect("id")));
    assert_eq!(
        seen("vpc-1"),
        [(inner.fqdn.clone(), vec![PRIVATE]), (open.fqdn.clone(), vec![PRIVATE])]
    );
    assert_eq!(
        seen("vpc-2"),
        [(inner.fqdn.clone(), vec![PRIVATE]), (open.fqdn.clone(), vec![PUBLIC])]
    );
    let host: Names = [(open.fqdn.clone(), [PUBLIC].into())].into();
    assert_eq!(world.see(on_host), host);
    let revision = world.see(|tx| tx.revision());
    put_two(&world);
    assert_eq!(world.see(|tx| tx.revision()), revision, "nothing new, nothing written");
    world
        .change(|tx| {
            remove(tx, world.place(), &open.fqdn);
            remove(tx, world.place(), &open.fqdn);
            Ok(())
        })
        .expect("removed");
    assert_eq!(world.see(on_host), Names::new());
}

#[tokio::test(start_paused = true)]
async fn the_host_follows_and_a_strange_block_is_mended() {
    let world = World::new();
    let host = Arc::new(SimHostNames::default());
    let stale: Names = [(
        "ec2-127-100-9-9.compute-1.amazonaws.com".into(),
        [Ipv4Addr::new(127, 100, 9, 9)].into(),
    )]
    .into();
    host.ensure(&stale).await.expect("stale");
    world
        .change(|tx| Ok(iam::ensure_root(tx, &Ids::seeded(1), world.call.now, None)))
        .expect("root");
    let (stop, stopped) = watch::channel(false);
    let reconciler = Arc::new(reconcile::OnHost { driver: host.clone() });
    let runtime = tokio::spawn(Runtime::new(reconciler, world.store.clone(), Bounds::default()).run(stopped));
    let until = async |wanted: Names| {
        while host.observe().await != Ok(wanted.clone()) {
            tokio::task::yield_now().await;
        }
    };
    until(Names::new()).await;
    let (open, _) = put_two(&world);
    until([(open.fqdn.clone(), [PUBLIC].into())].into()).await;
    world
        .change(|tx| {
            remove(tx, world.place(), &open.fqdn);
            Ok(())
        })
        .expect("removed");
    until(Names::new()).await;
    stop.send_replace(true);
    runtime.await.expect("ended");
}
