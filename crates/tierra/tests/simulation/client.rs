//! One of the clients: throws dice for what to ask next, remembers what it was told, and says again what may have been lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::actions::{Action, Focus};
use crate::dice::Dice;
use crate::promise::Promise;
use crate::request::{Answer, Request};
use crate::world::World;

/// The longest time that it thinks between two requests, in milliseconds.
const THINKING: u64 = 1_500;
/// How often something is said again that got no answer.
const TRIES: usize = 30;
/// How many of a hundred ids are ones that nobody has.
const WRONG: u64 = 8;

/// A client.
pub struct Client {
    number: u64,
    name: String,
    world: Arc<World>,
    focus: Focus,
    /// Its own dice.
    pub dice: Dice,
    known: BTreeMap<&'static str, Vec<String>>,
    /// What was acknowledged last, by what it is of.
    pub promises: BTreeMap<String, Promise>,
}

impl Client {
    /// The client of this number.
    pub fn new(world: &Arc<World>, seed: u64, number: u64) -> Self {
        let name = format!("client-{number}");
        Self {
            number,
            dice: Dice::new(seed, &name),
            name,
            world: Arc::clone(world),
            focus: Focus::new(seed),
            known: BTreeMap::new(),
            promises: BTreeMap::new(),
        }
    }

    /// Its number.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Is busy until then.
    pub async fn run(mut self, until: Instant) -> Self {
        while Instant::now() < until {
            sleep(Duration::from_millis(self.dice.below(THINKING))).await;
            let action = self.focus.choose(&self.dice);
            if let Some(request) = (action.make)(&mut self) {
                self.act(action, &request).await;
            }
        }
        self
    }

    async fn act(&mut self, action: &'static Action, request: &Request) {
        let answer = if request.has_token {
            self.insist(request).await
        } else {
            self.ask(request).await
        };
        if let Some(answer) = answer.as_ref().filter(|answer| answer.is_ok()) {
            if request.has_token && action.is_repeatable && self.dice.chance(40) {
                self.repeat(action, request, answer).await;
            }
            self.learn(action, answer);
        }
        (action.note)(self, request, answer.as_ref());
    }

    /// Asks once.
    pub async fn ask(&self, request: &Request) -> Option<Answer> {
        self.world.ask(&self.name, request).await
    }

    /// Asks until there is an answer that says whether it was done.
    pub async fn insist(&self, request: &Request) -> Option<Answer> {
        for _ in 0..TRIES {
            match self.ask(request).await {
                Some(answer) if !answer.is_unsure() => return Some(answer),
                _ => sleep(Duration::from_millis(500)).await,
            }
        }
        None
    }

    /// What carries a token is done once, however often it is said.
    async fn repeat(&self, action: &Action, request: &Request, first: &Answer) {
        let again = self.insist(request).await;
        let ids = |answer: &Answer| action.learns.iter().flat_map(|(name, _)| answer.values(name)).collect::<Vec<_>>();
        let again = again.map(|again| (again.is_ok(), ids(&again)));
        assert_eq!(again, Some((true, ids(first))), "the same token: {}", request.line());
    }

    /// Remembers what an answer promised of something; what nobody can say is not counted on. Without a promise it was to be deleted.
    pub fn was_told(&mut self, thing: String, answer: Option<&Answer>, promise: Option<Promise>) {
        match (answer.filter(|answer| !answer.is_unsure()), promise) {
            (Some(answer), Some(promise)) if answer.is_ok() => drop(self.promises.insert(thing, promise)),
            (Some(_), Some(_)) => {}
            _ => drop(self.promises.remove(&thing)),
        }
    }

    fn learn(&mut self, action: &Action, answer: &Answer) {
        for (name, kind) in action.learns {
            self.known.entry(kind).or_default().extend(answer.values(name));
        }
    }

    /// Something of a kind that it made or saw; now and then one that nobody has; none where it knows none.
    pub fn any(&self, kind: &'static str) -> Option<String> {
        if self.dice.chance(WRONG) {
            return Some(format!("{kind}-{}", self.dice.hex(17)));
        }
        self.dice.pick(self.known.get(kind)?).cloned()
    }

    /// As [`Client::any`], but forgotten: it is about to be deleted.
    pub fn take(&mut self, kind: &'static str) -> Option<String> {
        let taken = self.any(kind)?;
        self.known.entry(kind).or_default().retain(|one| *one != taken);
        Some(taken)
    }
}
