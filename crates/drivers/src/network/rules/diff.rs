//! The changes from one ruleset to the next, in an order that one transaction can take: what is named is there before it is
//! named, and is named no longer before it goes.

use std::collections::BTreeMap;

use super::{Chain, Field, Hook, Line, Ruleset, Set, SetKind, Value};

/// Elements of a set, each with its value where the set is a map.
pub type Elements = Vec<(Vec<Field>, Option<Value>)>;

/// One command of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Deletes the table, were there one, and makes it empty.
    NewTable,
    /// Makes an empty set.
    AddSet(String, SetKind),
    /// Makes an empty chain.
    AddChain(String, Option<Hook>),
    /// Empties a chain.
    Flush(String),
    /// Appends a rule to a chain.
    AddLine(String, Line),
    /// Takes elements out of a set.
    Remove(String, Elements),
    /// Puts elements into a set.
    Insert(String, Elements),
    /// Deletes an empty chain.
    DeleteChain(String),
    /// Deletes a set that no rule names.
    DeleteSet(String),
}

/// What leads from `old` (`None`: whatever is there, or nothing) to `new`. Empty where they are equal.
pub fn diff(old: Option<&Ruleset>, new: &Ruleset) -> Vec<Change> {
    let nothing = Ruleset::default();
    let mut changes = Vec::new();
    if old.is_none() {
        changes.push(Change::NewTable);
    }
    let old = old.unwrap_or(&nothing);
    added(old, new, &mut changes);
    for (name, chain) in &new.chains {
        lines(name, old.chains.get(name), chain, &mut changes);
    }
    for (name, set) in &new.sets {
        elements(name, old.sets.get(name), set, &mut changes);
    }
    gone(old, new, &mut changes);
    changes
}

fn only<'a, T>(mine: &'a BTreeMap<String, T>, theirs: &'a BTreeMap<String, T>) -> impl Iterator<Item = (&'a String, &'a T)> {
    mine.iter().filter(|(name, _)| !theirs.contains_key(*name))
}

fn added(old: &Ruleset, new: &Ruleset, changes: &mut Vec<Change>) {
    changes.extend(only(&new.sets, &old.sets).map(|(name, set)| Change::AddSet(name.clone(), set.kind)));
    changes.extend(only(&new.chains, &old.chains).map(|(name, chain)| Change::AddChain(name.clone(), chain.hook)));
}

fn lines(name: &str, old: Option<&Chain>, new: &Chain, changes: &mut Vec<Change>) {
    if old.is_some_and(|old| old.lines == new.lines) {
        return;
    }
    if old.is_some_and(|old| !old.lines.is_empty()) {
        changes.push(Change::Flush(name.to_owned()));
    }
    changes.extend(new.lines.iter().map(|line| Change::AddLine(name.to_owned(), line.clone())));
}

fn elements(name: &str, old: Option<&Set>, new: &Set, changes: &mut Vec<Change>) {
    let nothing = BTreeMap::new();
    let old = old.map_or(&nothing, |old| &old.elements);
    let without = |mine: &BTreeMap<Vec<Field>, Option<Value>>, theirs: &BTreeMap<Vec<Field>, Option<Value>>| -> Elements {
        mine.iter().filter(|(key, value)| theirs.get(*key) != Some(value)).map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let (out, into) = (without(old, &new.elements), without(&new.elements, old));
    if !out.is_empty() {
        changes.push(Change::Remove(name.to_owned(), out));
    }
    if !into.is_empty() {
        changes.push(Change::Insert(name.to_owned(), into));
    }
}

/// Chains may name each other: all are emptied before the first goes.
fn gone(old: &Ruleset, new: &Ruleset, changes: &mut Vec<Change>) {
    let chains = || only(&old.chains, &new.chains);
    changes.extend(chains().filter(|(_, chain)| !chain.lines.is_empty()).map(|(name, _)| Change::Flush(name.clone())));
    changes.extend(chains().map(|(name, _)| Change::DeleteChain(name.clone())));
    changes.extend(only(&old.sets, &new.sets).map(|(name, _)| Change::DeleteSet(name.clone())));
}
