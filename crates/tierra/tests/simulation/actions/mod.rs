//! What clients ask: a table a service. A new service joins by a file here and a line in [`TABLES`].

mod acm;
mod cloudformation;
mod cloudwatch;
mod ec2;
mod elb;
mod elbv2;
mod iam;
mod rds;
mod s3;
mod secretsmanager;
mod ssm;

use tierra_core::Tx;

use crate::client::Client;
use crate::dice::Dice;
use crate::request::{Answer, Request};
use crate::world::World;

/// One thing that a client may ask.
pub struct Action {
    weight: u64,
    /// The request; none where the client knows too little for it.
    pub make: fn(&mut Client) -> Option<Request>,
    /// What an answer teaches: a name in it, and the kind under which its values are remembered.
    pub learns: &'static [(&'static str, &'static str)],
    /// Whether the same token gives the same ids.
    pub is_repeatable: bool,
    /// Remembers more of what was answered.
    pub note: fn(&mut Client, &Request, Option<&Answer>),
}

impl Action {
    const fn new(weight: u64, make: fn(&mut Client) -> Option<Request>) -> Self {
        Self {
            weight,
            make,
            learns: &[],
            is_repeatable: false,
            note: |_, _, _| {},
        }
    }

    const fn learns(self, learns: &'static [(&'static str, &'static str)]) -> Self {
        Self { learns, ..self }
    }

    const fn noted(self, note: fn(&mut Client, &Request, Option<&Answer>)) -> Self {
        Self { note, ..self }
    }

    const fn repeatable(self) -> Self {
        Self {
            is_repeatable: true,
            ..self
        }
    }
}

/// The actions of a service, and how its owner deletes what there is.
struct Table {
    actions: &'static [Action],
    farewell: fn(&Tx) -> Vec<Request>,
}

const TABLES: &[Table] = &[
    acm::TABLE,
    cloudformation::TABLE,
    cloudwatch::TABLE,
    ec2::TABLE,
    elb::TABLE,
    elbv2::TABLE,
    iam::TABLE,
    rds::TABLE,
    s3::TABLE,
    secretsmanager::TABLE,
    ssm::TABLE,
];

/// What a seed's clients care for: with a few services more than with the others, they get further in those.
pub struct Focus(Vec<(u64, &'static Action)>);

impl Focus {
    /// The focus of a seed.
    pub fn new(seed: u64) -> Self {
        let dice = Dice::new(seed, "focus");
        let weighed = TABLES.iter().flat_map(|table| {
            let times = *dice.pick(&[1, 1, 5]).expect("there are some");
            table.actions.iter().map(move |action| (times * action.weight, action))
        });
        Self(weighed.collect())
    }

    /// One of all actions, by their weights.
    pub fn choose(&self, dice: &Dice) -> &'static Action {
        let mut at = dice.below(self.0.iter().map(|(weight, _)| weight).sum());
        let chosen = self.0.iter().find(|(weight, _)| {
            let here = at < *weight;
            at = at.saturating_sub(*weight);
            here
        });
        chosen.expect("the number lies below the sum of the weights").1
    }
}

/// Requests that delete what there is.
pub fn farewell(world: &World) -> Vec<Request> {
    world.see(|tx| TABLES.iter().flat_map(|table| (table.farewell)(tx)).collect())
}
