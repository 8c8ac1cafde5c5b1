//! Random passwords. Follows the API page "GetRandomPassword".

use tierra_core::Ids;
use tierra_model::Shape;

use super::errors::SecretsError;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMBERS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
const LENGTH: i64 = 32;
const LONGEST: i64 = 4096;

/// What a password may hold: the members of `GetRandomPassword` and of CloudFormation's `GenerateSecretString` alike.
#[derive(Clone, Debug, Default, PartialEq, Shape)]
pub struct Wish {
    pub(crate) password_length: Option<i64>,
    pub(crate) exclude_characters: Option<String>,
    pub(crate) exclude_numbers: Option<bool>,
    pub(crate) exclude_punctuation: Option<bool>,
    pub(crate) exclude_uppercase: Option<bool>,
    pub(crate) exclude_lowercase: Option<bool>,
    pub(crate) include_space: Option<bool>,
    pub(crate) require_each_included_type: Option<bool>,
}

impl Wish {
    /// The characters to choose from, a set a type.
    fn sets(&self) -> Vec<Vec<char>> {
        let excluded = self.exclude_characters.clone().unwrap_or_default();
        let kinds = [
            (LOWER, self.exclude_lowercase != Some(true)),
            (UPPER, self.exclude_uppercase != Some(true)),
            (NUMBERS, self.exclude_numbers != Some(true)),
            (PUNCTUATION, self.exclude_punctuation != Some(true)),
            (" ", self.include_space == Some(true)),
        ];
        let included = kinds.into_iter().filter(|(_, included)| *included);
        let left = included.map(|(set, _)| set.chars().filter(|c| !excluded.contains(*c)).collect::<Vec<_>>());
        left.filter(|set| !set.is_empty()).collect()
    }

    /// A password as wished.
    ///
    /// # Errors
    /// Where nothing is left to choose from, or it is too short or too long.
    pub(super) fn draw(&self, ids: &Ids) -> Result<String, SecretsError> {
        let length = self.password_length.unwrap_or(LENGTH);
        let sets = self.sets();
        let length = usize::try_from(length)
            .ok()
            .filter(|_| (1..=LONGEST).contains(&length))
            .ok_or_else(|| SecretsError::parameter("The password length must be between 1 and 4096."))?;
        if sets.is_empty() {
            return Err(SecretsError::parameter("You can't exclude every character."));
        }
        let each = self.require_each_included_type != Some(false);
        if each && length < sets.len() {
            return Err(SecretsError::parameter(
                "The password length is too short based on the required types.",
            ));
        }
        let all: Vec<char> = sets.concat();
        let required = sets.iter().filter(|_| each).map(|set| one(ids, set));
        let mut drawn: Vec<char> = required.collect();
        drawn.extend((drawn.len()..length).map(|_| one(ids, &all)));
        Ok(shuffled(ids, drawn))
    }
}

/// One of some characters, of which there is at least one.
fn one(ids: &Ids, set: &[char]) -> char {
    set[below(ids, set.len())]
}

fn shuffled(ids: &Ids, mut chars: Vec<char>) -> String {
    for last in (1..chars.len()).rev() {
        chars.swap(last, below(ids, last + 1));
    }
    chars.into_iter().collect()
}

fn below(ids: &Ids, bound: usize) -> usize {
    usize::try_from(ids.below(bound as u64)).unwrap_or(0)
}
