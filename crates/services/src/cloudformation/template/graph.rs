//! What needs what, in which order, and where it goes round in a circle.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::Template;
use super::expression::{Expr, Reference};

/// Names and what each needs. Names that are needed but not themselves in the graph are left out.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    needs: BTreeMap<String, BTreeSet<String>>,
    /// Groups that need each other, what is needed first; a group of one is no circle unless it needs itself.
    groups: Vec<Vec<String>>,
}

impl Graph {
    /// From each name and what it needs.
    pub fn new(mut needs: BTreeMap<String, BTreeSet<String>>) -> Self {
        let names: BTreeSet<String> = needs.keys().cloned().collect();
        needs.values_mut().for_each(|needed| needed.retain(|name| names.contains(name)));
        let mut graph = DiGraph::<&str, ()>::new();
        let nodes: BTreeMap<&str, _> = names.iter().map(|name| (name.as_str(), graph.add_node(name))).collect();
        for (name, needed) in &needs {
            needed.iter().for_each(|other| {
                graph.add_edge(nodes[name.as_str()], nodes[other.as_str()], ());
            });
        }
        let group = |members: Vec<NodeIndex>| {
            let mut names: Vec<String> = members.into_iter().map(|node| graph[node].to_owned()).collect();
            names.sort();
            names
        };
        let groups = tarjan_scc(&graph).into_iter().map(group).collect();
        Self { needs, groups }
    }

    /// The resources of a template.
    pub fn of_resources(template: &Template) -> Self {
        Self::new(
            template
                .resources
                .iter()
                .map(|(name, resource)| (name.clone(), needs(template, resource)))
                .collect(),
        )
    }

    /// The conditions of a template.
    pub fn of_conditions(template: &Template) -> Self {
        let needs = |expr: &Expr| {
            expr.references().into_iter().filter_map(|(reference, _)| match reference {
                Reference::Condition(name) => Some(name),
                _ => None,
            })
        };
        Self::new(
            template
                .conditions
                .iter()
                .map(|(name, expr)| (name.clone(), needs(expr).collect()))
                .collect(),
        )
    }

    /// Those that need each other in a circle.
    pub fn circle(&self) -> Option<&[String]> {
        let is_circle = |group: &&Vec<String>| group.len() > 1 || group.iter().any(|name| self.needs[name].contains(name));
        self.groups.iter().find(is_circle).map(Vec::as_slice)
    }

    /// Every name, what is needed before what needs it.
    pub fn order(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.groups.iter().flatten().map(String::as_str)
    }

    /// What a name needs.
    pub fn needs(&self, name: &str) -> impl Iterator<Item = &str> {
        self.needs.get(name).into_iter().flatten().map(String::as_str)
    }

    /// What needs a name.
    pub fn needed_by<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.needs
            .iter()
            .filter(move |(_, needed)| needed.contains(name))
            .map(|(other, _)| other.as_str())
    }
}

/// The resources that a resource needs: by reference, and by `DependsOn`.
fn needs(template: &Template, resource: &super::Resource) -> BTreeSet<String> {
    let named = resource
        .expressions()
        .flat_map(Expr::references)
        .filter_map(|(reference, _)| match reference {
            Reference::Name(name) | Reference::Attribute(name, _) => Some(name),
            _ => None,
        });
    named
        .filter(|name| template.resources.contains_key(name))
        .chain(resource.depends_on.iter().map(|(name, _)| name.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(needs: &[(&str, &[&str])]) -> Graph {
        Graph::new(
            needs
                .iter()
                .map(|(name, needed)| ((*name).to_owned(), needed.iter().map(|n| (*n).to_owned()).collect()))
                .collect(),
        )
    }

    #[test]
    fn what_is_needed_comes_first_and_circles_are_found() {
        let tree = graph(&[("A", &["B", "C"]), ("B", &["C"]), ("C", &[]), ("D", &["Elsewhere"])]);
        let order: Vec<&str> = tree.order().collect();
        let at = |name| order.iter().position(|n| *n == name);
        assert!(at("C") < at("B") && at("B") < at("A"));
        assert_eq!((tree.circle(), tree.needed_by("C").collect::<Vec<_>>()), (None, vec!["A", "B"]));
        assert_eq!(
            graph(&[("A", &["B"]), ("B", &["A"]), ("C", &[])]).circle(),
            Some(&["A".to_owned(), "B".to_owned()][..])
        );
        assert_eq!(graph(&[("A", &["A"])]).circle(), Some(&["A".to_owned()][..]));
    }
}
