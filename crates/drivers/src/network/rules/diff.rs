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
        mine.iter()
            .filter(|(key, value)| theirs.get(*key) != Some(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
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
    changes.extend(
        chains()
            .filter(|(_, chain)| !chain.lines.is_empty())
            .map(|(name, _)| Change::Flush(name.clone())),
    );
    changes.extend(chains().map(|(name, _)| Change::DeleteChain(name.clone())));
    changes.extend(only(&old.sets, &new.sets).map(|(name, _)| Change::DeleteSet(name.clone())));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::net::Ipv4Addr;

    use super::*;
    use crate::network::rules::MARKER;
    use crate::network::rules::vpc::compile;
    use crate::network::{GroupSpec, InterfaceSpec, Peer, Rule, SubnetSpec, Traffic, VpcSpec};

    fn rule(traffic: Traffic, peer: &str) -> Rule {
        Rule {
            traffic,
            peer: peer.parse().map_or_else(|_| Peer::Group(peer.into()), Peer::Cidr),
        }
    }

    fn spec(members: &[u8], ingress: &[Rule]) -> VpcSpec {
        let subnet = SubnetSpec {
            cidr: "10.0.0.0/24".parse().expect("a block"),
            routes: BTreeMap::new(),
        };
        let interface = |n: &u8| {
            let (address, groups) = (Ipv4Addr::new(10, 0, 0, *n), BTreeSet::from(["sg".to_owned()]));
            (
                format!("eni-{n}"),
                InterfaceSpec {
                    subnet: "subnet".into(),
                    address,
                    secondary: Default::default(),
                    mac: [0; 6],
                    groups,
                    public: None,
                    source_dest_check: true,
                },
            )
        };
        VpcSpec {
            cidrs: ["10.0.0.0/16".parse().expect("a block")].into(),
            subnets: [("subnet".into(), subnet)].into(),
            interfaces: members.iter().map(interface).collect(),
            groups: [(
                "sg".into(),
                GroupSpec {
                    ingress: ingress.iter().cloned().collect(),
                    egress: BTreeSet::new(),
                },
            )]
            .into(),
        }
    }

    /// A change in a few words; the marker's comings and goings are left out.
    fn words(change: &Change) -> Option<String> {
        let words = match change {
            Change::NewTable => "new table".into(),
            Change::AddSet(name, _) => format!("add set {name}"),
            Change::AddChain(name, _) => format!("add chain {name}"),
            Change::Flush(name) => format!("flush {name}"),
            Change::AddLine(chain, _) => format!("line to {chain}"),
            Change::Remove(set, elements) => format!("{} out of {set}", elements.len()),
            Change::Insert(set, elements) => format!("{} into {set}", elements.len()),
            Change::DeleteChain(name) => format!("delete chain {name}"),
            Change::DeleteSet(name) => format!("delete set {name}"),
        };
        (!words.contains(MARKER)).then_some(words)
    }

    #[test]
    fn changes_are_as_small_as_what_changed() {
        let web = || rule(Traffic::Tcp(80, 80), "0.0.0.0/0");
        let inner = || rule(Traffic::Tcp(80, 90), "10.0.0.0/8");
        let own = || rule(Traffic::Any, "sg");
        let cases: [(&str, VpcSpec, VpcSpec, &[&str]); 6] = [
            ("nothing", spec(&[5], &[web()]), spec(&[5], &[web()]), &[]),
            ("a rule by block", spec(&[5], &[]), spec(&[5], &[web()]), &["1 into in_sg"]),
            ("a revoke", spec(&[5], &[web()]), spec(&[5], &[]), &["1 out of in_sg"]),
            (
                "what a wider block lets pass is left out",
                spec(&[5], &[inner()]),
                spec(&[5], &[inner(), web()]),
                &["1 out of in_sg", "2 into in_sg"],
            ),
            (
                "a rule by group",
                spec(&[5], &[]),
                spec(&[5], &[own()]),
                &[
                    "add set in_sg_sg",
                    "flush in_sg",
                    "line to in_sg",
                    "line to in_sg",
                    "1 into in_sg_sg",
                ],
            ),
            (
                "a member",
                spec(&[5], &[own()]),
                spec(&[5, 6], &[own()]),
                &[
                    "1 into egress",
                    "1 into ingress",
                    "1 into members_sg",
                    "1 into sources",
                    "1 into tables",
                ],
            ),
        ];
        for (name, old, new, expected) in cases {
            let changes = diff(Some(&compile(&old)), &compile(&new));
            assert_eq!(changes.iter().filter_map(words).collect::<Vec<_>>(), expected, "{name}");
        }
    }

    #[test]
    fn what_is_unknown_is_made_anew() {
        assert_eq!(diff(None, &Ruleset::default()), [Change::NewTable]);
    }

    #[test]
    fn what_goes_is_named_by_nothing_when_it_goes() {
        let changes = diff(Some(&compile(&spec(&[5], &[rule(Traffic::Any, "sg")]))), &Ruleset::default());
        let place = |wanted: &str| changes.iter().filter_map(words).position(|words| words == wanted).expect(wanted);
        assert!(place("flush forward") < place("delete chain ingress"));
        assert!(place("flush in_sg") < place("delete set members_sg"));
        assert!(place("delete chain in_sg") < place("delete set in_sg_sg"));
    }
}
