//! Chance, from a seed and a name: whoever throws has dice of their own, so that one more throw here changes nothing there.

use std::hash::{DefaultHasher, Hash, Hasher};

use tierra_core::Ids;

/// A stream of chances.
#[derive(Clone)]
pub struct Dice(Ids);

impl Dice {
    /// The dice of whoever has this name.
    pub fn new(seed: u64, name: &str) -> Self {
        // Its keys are fixed, so that it is the same in every process.
        let mut hasher = DefaultHasher::new();
        (seed, name).hash(&mut hasher);
        Self(Ids::seeded(hasher.finish()))
    }

    /// A number below `bound`.
    pub fn below(&self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    /// Whether something happens that does so `percent` times of a hundred.
    pub fn chance(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these; none of none.
    pub fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        let at = usize::try_from(self.below(from.len() as u64)).unwrap_or_default();
        from.get(at)
    }

    /// A word of this many hexadecimal digits.
    pub fn hex(&self, digits: usize) -> String {
        self.0.hex(digits)
    }
}
