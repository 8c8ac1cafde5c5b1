//! Brings a VPC's network on the machine to what its rows say, and says in the interfaces' status what is in force.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tierra_core::reconcile::{Bounds, Next, Reconciler, Runtime};
use tierra_core::store::Change;
use tierra_core::{DriverError, Key, Place, Resource, Store, StoreError, Tx};
use tierra_drivers::network::{Network as Driver, VpcSpec};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::{Network, vpc_spec};
use crate::ec2::address::Address;
use crate::ec2::internet_gateway::InternetGateway;
use crate::ec2::network_interface::{NetworkInterface, NetworkInterfaceId};
use crate::ec2::route_table::RouteTable;
use crate::ec2::security_group::SecurityGroup;
use crate::ec2::subnet::Subnet;
use crate::ec2::vpc::{Vpc, VpcId};

/// How often a network is looked for on the machine: nobody says when one is lost.
const LOOK: Duration = Duration::from_secs(5);

/// The reconciler of VPC networks.
pub struct NetworkReconciler {
    store: Store,
    driver: Arc<dyn Driver>,
    // What this process applied last, so that an activation that finds nothing new costs the machine nothing. A restart forgets
    // it and applies everything once more.
    applied: Mutex<std::collections::BTreeMap<String, VpcSpec>>,
}

/// What is actual of one VPC.
#[derive(Debug)]
pub struct Actual {
    /// Whether the machine has it. Which of its interfaces are plugged in is their sandboxes' doing: some never are.
    is_there: bool,
    /// What this process applied last.
    applied: Option<VpcSpec>,
}

/// One thing to do.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// Make it so.
    Ensure(Box<VpcSpec>),
    /// These interfaces are in force.
    Confirm(Vec<NetworkInterfaceId>),
    /// Take it off the machine, and then forget it.
    Remove,
}

impl NetworkReconciler {
    /// A reconciler that has applied nothing yet.
    pub fn new(store: Store, driver: Arc<dyn Driver>) -> Self {
        Self {
            store,
            driver,
            applied: Mutex::default(),
        }
    }

    fn remember(&self, id: &str, spec: Option<VpcSpec>) {
        let mut applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
        match spec {
            Some(spec) => applied.insert(id.to_owned(), spec),
            None => applied.remove(id),
        };
    }
}

#[async_trait]
impl Reconciler for NetworkReconciler {
    const NAME: &'static str = "ec2/network";
    const PERIOD: Option<Duration> = Some(LOOK);
    type Root = Network;
    type Actual = Actual;
    type Step = Step;

    fn woken_by(&self, change: &Change, world: &Tx) -> Vec<Key<Network>> {
        concerned(change, world)
    }

    async fn observe(&self, key: &Key<Network>) -> Result<Actual, DriverError> {
        let is_there = self.driver.observe().await?.iter().any(|(id, _)| *id == key.id);
        let applied = self.applied.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Actual {
            is_there,
            applied: applied.get(&key.id).cloned(),
        })
    }

    fn plan(&self, world: &Tx, key: &Key<Network>, actual: &Actual) -> Vec<Step> {
        plan(world, key, actual)
    }

    async fn apply(&self, key: &Key<Network>, step: Step) -> Result<Next, DriverError> {
        match step {
            Step::Ensure(spec) => {
                self.remember(&key.id, None);
                self.driver.ensure(&key.id, &spec).await?;
                self.remember(&key.id, Some(*spec));
            }
            Step::Confirm(interfaces) => self.store.write(|tx| confirm(tx, &key.place, &interfaces))?,
            Step::Remove => {
                self.remember(&key.id, None);
                self.driver.remove(&key.id).await?;
                self.store.write(|tx| {
                    tx.delete(key);
                    Ok::<_, StoreError>(())
                })?;
            }
        }
        Ok(Next::Settled)
    }
}

/// What to do about one VPC's network. A VPC that never had an interface has nothing on the machine.
pub fn plan(world: &Tx, key: &Key<Network>, actual: &Actual) -> Vec<Step> {
    let Some(network) = world.get(key) else { return Vec::new() };
    let spec = vpc_spec(world, &key.place, &network.vpc).filter(|_| !network.leaving);
    let Some(spec) = spec else { return vec![Step::Remove] };
    if spec.interfaces.is_empty() && !actual.is_there {
        return Vec::new();
    }
    let unconfirmed = unconfirmed(world, key);
    let mut steps = Vec::new();
    if !actual.is_there || actual.applied.as_ref() != Some(&spec) {
        steps.push(Step::Ensure(Box::new(spec)));
    }
    if !unconfirmed.is_empty() {
        steps.push(Step::Confirm(unconfirmed));
    }
    steps
}

fn unconfirmed(world: &Tx, key: &Key<Network>) -> Vec<NetworkInterfaceId> {
    let interfaces: Vec<NetworkInterface> = world.by_index(&key.place, "vpc", &key.id);
    interfaces
        .into_iter()
        .filter(|interface| !interface.status.in_force)
        .map(|interface| interface.id)
        .collect()
}

fn confirm(tx: &mut Tx, place: &Place, interfaces: &[NetworkInterfaceId]) -> Result<(), StoreError> {
    for id in interfaces {
        if let Some(mut interface) = tx.find::<NetworkInterface>(place, id) {
            interface.status.in_force = true;
            tx.save(interface);
        }
    }
    Ok(())
}

/// The networks that a change concerns. A row that is gone no longer says whose it was: then all of its place are looked at.
fn concerned(change: &Change, world: &Tx) -> Vec<Key<Network>> {
    if let Some(network) = change.key::<Network>() {
        return vec![network];
    }
    touched::<Vpc>(change, world, |vpc| Some(vpc.id.clone()))
        .or_else(|| touched::<Subnet>(change, world, |subnet| Some(subnet.vpc.clone())))
        .or_else(|| touched::<InternetGateway>(change, world, |gateway| gateway.vpc.clone()))
        .or_else(|| touched::<RouteTable>(change, world, |table| Some(table.vpc.clone())))
        .or_else(|| touched::<SecurityGroup>(change, world, |group| Some(group.vpc.clone())))
        .or_else(|| touched::<NetworkInterface>(change, world, |interface| Some(interface.vpc.clone())))
        .or_else(|| touched::<Address>(change, world, |_| None))
        .unwrap_or_default()
}

fn touched<R: Resource>(change: &Change, world: &Tx, vpc: impl Fn(&R) -> Option<VpcId>) -> Option<Vec<Key<Network>>> {
    let key = change.key::<R>()?;
    let one = world.get(&key).and_then(|row| vpc(&row.value));
    let all = || world.list::<Network>(&key.place).into_iter().map(|network| network.vpc);
    let vpcs: Vec<VpcId> = one.map_or_else(|| all().collect(), |vpc| vec![vpc]);
    Some(vpcs.iter().map(|vpc| Key::new(&key.place, vpc)).collect())
}

/// Starts the reconciler, once what the store does not know is off the machine.
pub fn start(store: &Store, driver: &Arc<dyn Driver>, stop: &watch::Receiver<bool>, tasks: &mut JoinSet<()>) {
    let (store, driver, stop) = (store.clone(), Arc::clone(driver), stop.clone());
    tasks.spawn(async move {
        if let Err(error) = sweep(&store, &*driver).await {
            tracing::warn!(%error, "networks that no VPC owns may be left on the machine");
        }
        let reconciler = Arc::new(NetworkReconciler::new(store.clone(), driver));
        Runtime::new(reconciler, store, Bounds::default()).run(stop).await;
    });
}

/// Takes networks off the machine that no VPC of the store has.
async fn sweep(store: &Store, driver: &dyn Driver) -> Result<(), DriverError> {
    let known = store.read(|tx| Ok::<_, StoreError>(tx.all::<Network>()))?;
    let known: BTreeSet<String> = known.iter().map(Resource::id).collect();
    for (id, _) in driver.observe().await? {
        if !known.contains(&id) {
            driver.remove(&id).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ec2::network_interface::{self, NewInterface};
    use crate::ec2::testing::World;
    use crate::ec2::vpc::{CreateVpc, CreateVpcInput, DeleteVpc, DeleteVpcInput};

    fn key_of(world: &World, vpc: &VpcId) -> Key<Network> {
        Key::new(world.place(), vpc)
    }

    fn steps(world: &World, vpc: &VpcId, actual: &Actual) -> Vec<Step> {
        world.see(|tx| plan(tx, &key_of(world, vpc), actual))
    }

    fn interface(world: &World) -> NetworkInterface {
        let make = |tx: &mut Tx| {
            crate::ec2::vpc::default::lay_out_once(tx, world.place());
            let subnet = network_interface::default_subnet(tx, world.place(), None).expect("subnet");
            network_interface::create(tx, &world.call.ids, &subnet, NewInterface::default())
        };
        world.change(make).expect("interface")
    }

    #[test]
    fn a_network_is_made_with_its_first_interface_and_confirmed() {
        let world = World::new();
        let nothing = Actual {
            is_there: false,
            applied: None,
        };
        let eni = interface(&world);
        let spec = world.see(|tx| vpc_spec(tx, world.place(), &eni.vpc)).expect("spec");
        let ensure = Step::Ensure(Box::new(spec.clone()));
        let confirm = Step::Confirm(vec![eni.id.clone()]);
        assert_eq!(steps(&world, &eni.vpc, &nothing), [ensure, confirm]);
        let applied = Actual {
            is_there: true,
            applied: Some(spec.clone()),
        };
        let confirmed = world.change(|tx| {
            confirm_all(tx, &world, &eni);
            Ok(())
        });
        assert!(confirmed.is_ok());
        assert_eq!(steps(&world, &eni.vpc, &applied), []);
        let lost = Actual {
            is_there: false,
            applied: Some(spec.clone()),
        };
        assert_eq!(steps(&world, &eni.vpc, &lost), [Step::Ensure(Box::new(spec))]);
    }

    fn confirm_all(tx: &mut Tx, world: &World, eni: &NetworkInterface) {
        confirm(tx, world.place(), std::slice::from_ref(&eni.id)).expect("confirm");
    }

    #[test]
    fn an_empty_vpc_has_nothing_on_the_machine_and_a_deleted_one_is_removed() {
        let world = World::new();
        let input = CreateVpcInput {
            cidr_block: Some("10.0.0.0/16".into()),
            ..CreateVpcInput::default()
        };
        let vpc = world.ok::<CreateVpc>(input).vpc.vpc_id;
        let nothing = Actual {
            is_there: false,
            applied: None,
        };
        assert_eq!(steps(&world, &vpc, &nothing), []);
        world.ok::<DeleteVpc>(DeleteVpcInput {
            vpc_id: vpc.clone(),
            dry_run: None,
        });
        assert_eq!(steps(&world, &vpc, &nothing), [Step::Remove]);
    }
}
