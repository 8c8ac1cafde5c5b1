//! Where in an input something stands, as the three readers of it name it: the ledger, AWS's validation messages, the wire.

use tierra_model::catalogue::{Kind, Member, Protocol, Service};

use super::form::capitalised;

/// One step from a value to a value in it.
#[derive(Clone, Copy, Debug)]
enum Step<'m> {
    Member(&'m Member),
    Item(usize),
    Key,
}

/// The way from the input to the value that is being read.
#[derive(Debug)]
pub(crate) struct Path<'m> {
    service: &'m Service,
    steps: Vec<Step<'m>>,
}

/// A place in an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// By AWS's member names, without positions: `TagSpecifications.Tags.Key`.
    pub member: String,
    /// As AWS's validation messages say it: `tagSpecifications.1.member.tags`.
    pub spoken: String,
    /// As the query protocols write it: `TagSpecification.1.Tag.2.Key`.
    pub parameter: String,
}

impl<'m> Path<'m> {
    pub(crate) fn new(service: &'m Service) -> Self {
        Self {
            service,
            steps: Vec::new(),
        }
    }

    pub(crate) fn member(&mut self, member: &'m Member) {
        self.steps.push(Step::Member(member));
    }

    /// Positions count from one, as AWS's do.
    pub(crate) fn item(&mut self, position: usize) {
        self.steps.push(Step::Item(position));
    }

    pub(crate) fn key(&mut self) {
        self.steps.push(Step::Key);
    }

    pub(crate) fn leave(&mut self) {
        self.steps.pop();
    }

    /// Whether the value is an item of a list.
    pub(crate) fn in_list(&self) -> bool {
        matches!(self.steps.last(), Some(Step::Item(_)))
    }

    /// By AWS's member names.
    pub(crate) fn ledger(&self) -> String {
        let members = self.steps.iter().filter_map(|step| match step {
            Step::Member(member) => Some(&*member.name),
            _ => None,
        });
        members.collect::<Vec<_>>().join(".")
    }

    pub(crate) fn place(&self) -> Place {
        Place {
            member: self.ledger(),
            spoken: self.spoken(),
            parameter: self.parameter(),
        }
    }

    fn spoken(&self) -> String {
        let words = self.steps.iter().map(|step| match step {
            Step::Member(member) => uncapitalised(&member.name),
            Step::Item(position) => format!("{position}.member"),
            Step::Key => "member".to_owned(),
        });
        words.collect::<Vec<_>>().join(".")
    }

    fn parameter(&self) -> String {
        let ec2 = self.service.metadata.speaks(Protocol::Ec2);
        let mut words = Vec::new();
        for step in &self.steps {
            match step {
                Step::Member(member) => words.push(parameter(member, ec2)),
                Step::Item(position) if ec2 || self.is_flat_list(&words) => words.push(position.to_string()),
                Step::Item(position) => words.push(format!("member.{position}")),
                Step::Key => words.push("entry".to_owned()),
            }
        }
        words.join(".")
    }

    /// Whether the list that was just named has its items directly below it.
    fn is_flat_list(&self, words: &[String]) -> bool {
        let Some(Step::Member(member)) = self.steps.get(words.len().wrapping_sub(1)) else {
            return false;
        };
        let shape = self.service.shape(member.reference.shape);
        matches!(shape.kind, Kind::List(_)) && (shape.traits.flattened || member.reference.traits.flattened)
    }
}

fn parameter(member: &Member, ec2: bool) -> String {
    let traits = &member.reference.traits;
    let written = traits.location_name.as_deref().unwrap_or(&member.name);
    match &traits.query_name {
        Some(name) => name.to_string(),
        None if ec2 => capitalised(written),
        None => written.to_owned(),
    }
}

pub(crate) fn uncapitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
