//! The walker: goes down a catalogue shape, a parsed body and a typed value side by side. Every protocol is read by it, so what is
//! required, what is honoured and which limits hold is decided here once.

use tierra_model::catalogue::{Kind, Member, Reference, Service, ShapeDef, Structure};
use tierra_model::shape::Kind as Holder;
use tierra_model::{Scalar, Shape, Value};

use super::Decoded;
use super::error::DecodeError;
use super::ids;
use super::limits::{self, Limit, Violation};
use super::path::Path;
use super::source::{NotThis, Source, Use};

/// How many broken limits are told of one request.
const MAX_VIOLATIONS: usize = 50;

/// A walk through one request.
pub(crate) struct Filler<'m> {
    pub(crate) service: &'m Service,
    path: Path<'m>,
    decoded: Decoded,
    violations: Vec<Violation>,
    /// Whether what is read now lies under a member that the target does not declare.
    unhonoured: bool,
}

impl<'m> Filler<'m> {
    pub(crate) fn new(service: &'m Service) -> Self {
        Self {
            service,
            path: Path::new(service),
            decoded: Decoded::default(),
            violations: Vec::new(),
            unhonoured: false,
        }
    }

    /// What was found on the walk.
    pub(crate) fn finish(self) -> Result<Decoded, DecodeError> {
        match self.violations.is_empty() {
            true => Ok(self.decoded),
            false => Err(DecodeError::Violated(self.violations)),
        }
    }

    /// The members of a structure that `select` chooses, from the body.
    pub(crate) fn members<'s, S: Source<'s>>(
        &mut self,
        structure: &'m Structure,
        select: impl Fn(&Member) -> bool,
        source: &S,
        place: &mut dyn Shape,
    ) -> Result<(), DecodeError> {
        source.structure().map_err(|found| self.mistyped(found, "Structure"))?;
        place.become_kind(Holder::Struct);
        for member in structure.members.iter().filter(|member| select(member)) {
            self.member(member, source.member(self.service, member), place)?;
        }
        let service = self.service;
        let known = |name: &String| structure.members.iter().any(|member| source.is_name(name, service, member));
        let strange = source.names().into_iter().filter(|name| !known(name));
        let under = self.path.ledger();
        self.decoded
            .unknown
            .extend(strange.map(|name| if under.is_empty() { name } else { format!("{under}.{name}") }));
        Ok(())
    }

    /// One member, from wherever it was found.
    pub(crate) fn member<'s, S: Source<'s>>(
        &mut self,
        member: &'m Member,
        source: Option<S>,
        place: &mut dyn Shape,
    ) -> Result<(), DecodeError> {
        self.path.member(member);
        let result = match source.filter(|source| !source.is_null()) {
            None => {
                if member.required && !member.reference.traits.idempotency_token {
                    self.violated(None, Limit::Required);
                }
                Ok(())
            }
            Some(source) => match place.member(&member.name) {
                Some(place) => self.value(&member.reference, &source, place),
                None => self.unhonoured(member, &source),
            },
        };
        self.path.leave();
        result
    }

    /// A value of any kind.
    pub(crate) fn value<'s, S: Source<'s>>(
        &mut self,
        reference: &'m Reference,
        source: &S,
        place: &mut dyn Shape,
    ) -> Result<(), DecodeError> {
        let shape = self.service.shape(reference.shape);
        match &shape.kind {
            Kind::Structure(structure) => self.members(structure, |_| true, source, place),
            Kind::List(item) => self.list(reference, shape, item, source, place),
            Kind::Map(pair) => self.map(reference, shape, pair, source, place),
            _ => self.scalar(reference, shape, source, place),
        }
    }

    fn list<'s, S: Source<'s>>(
        &mut self,
        reference: &'m Reference,
        shape: &ShapeDef,
        item: &'m Reference,
        source: &S,
        place: &mut dyn Shape,
    ) -> Result<(), DecodeError> {
        let at = self.at(reference);
        let items = source.items(at, item).map_err(|found| self.mistyped(found, "List"))?;
        if let Some(limit) = limits::length(&shape.limits, items.len()) {
            self.violated(Some("[]".to_owned()), limit);
        }
        place.become_kind(Holder::List);
        for (index, source) in items.iter().enumerate() {
            let Some(place) = place.push() else { break };
            if !source.is_null() {
                self.path.item(index + 1);
                let result = self.value(item, source, place);
                self.path.leave();
                result?;
            }
        }
        Ok(())
    }

    fn map<'s, S: Source<'s>>(
        &mut self,
        reference: &'m Reference,
        shape: &ShapeDef,
        (key, value): &'m (Reference, Reference),
        source: &S,
        place: &mut dyn Shape,
    ) -> Result<(), DecodeError> {
        let at = self.at(reference);
        let entries = source.entries(at, key, value).map_err(|found| self.mistyped(found, "Map"))?;
        if let Some(limit) = limits::length(&shape.limits, entries.len()) {
            self.violated(Some("{}".to_owned()), limit);
        }
        place.become_kind(Holder::Map);
        for (key, source) in &entries {
            let Some(place) = place.entry(key) else { break };
            if !source.is_null() {
                self.path.key();
                let result = self.value(value, source, place);
                self.path.leave();
                result?;
            }
        }
        Ok(())
    }

    fn scalar<'s, S: Source<'s>>(
        &mut self,
        reference: &'m Reference,
        shape: &ShapeDef,
        source: &S,
        place: &mut dyn Shape,
    ) -> Result<(), DecodeError> {
        let at = self.at(reference);
        let scalar = source.scalar(at).map_err(|found| self.mistyped(found, java(&shape.kind)))?;
        if let Some((limit, value)) = limits::broken(&shape.limits, &scalar).filter(|_| checks_limits(self.service)) {
            self.violated(Some(value), limit);
            return Ok(());
        }
        ids::check(self.service, &shape.name, &scalar)?;
        if self.unhonoured {
            self.tell_unhonoured();
            return Ok(());
        }
        let text = shown(&scalar);
        place.set(scalar).map_err(|invalid| DecodeError::Refused {
            place: Box::new(self.path.place()),
            text,
            reason: invalid.reason,
        })
    }

    fn at(&self, reference: &'m Reference) -> Use<'m> {
        Use {
            service: self.service,
            reference,
        }
    }

    /// Reads a member that nobody takes, so that what is sent is checked as AWS would and told down to its scalars.
    fn unhonoured<'s, S: Source<'s>>(&mut self, member: &'m Member, source: &S) -> Result<(), DecodeError> {
        let outer = std::mem::replace(&mut self.unhonoured, true);
        let result = self.value(&member.reference, source, &mut Value::default());
        self.unhonoured = outer;
        let path = self.path.ledger();
        let under = |told: &String| {
            told.strip_prefix(&path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if !self.decoded.unhonoured.iter().any(under) {
            self.tell_unhonoured();
        }
        result
    }

    fn tell_unhonoured(&mut self) {
        let path = self.path.ledger();
        if !self.decoded.unhonoured.contains(&path) {
            self.decoded.unhonoured.push(path);
        }
    }

    fn violated(&mut self, value: Option<String>, limit: Limit) {
        let told = limit == Limit::Required || checks_limits(self.service);
        if told && self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(Violation {
                place: self.path.place(),
                value,
                limit,
                in_list: self.path.in_list(),
            });
        }
    }

    fn mistyped(&self, found: NotThis, want: &'static str) -> DecodeError {
        DecodeError::Mistyped {
            place: Box::new(self.path.place()),
            want,
            found: found.found,
            text: found.text,
        }
    }
}

/// These services check values themselves, with codes of their own; the others have a framework before them that reads the model.
fn checks_limits(service: &Service) -> bool {
    !matches!(&*service.metadata.name, "ec2" | "s3" | "rds" | "elasticache")
}

/// AWS's word for a kind in its messages.
fn java(kind: &Kind) -> &'static str {
    match kind {
        Kind::Boolean => "Boolean",
        Kind::Integer => "Integer",
        Kind::Float => "Double",
        Kind::Blob => "Blob",
        Kind::Timestamp => "Timestamp",
        Kind::Document => "Document",
        Kind::List(_) => "List",
        Kind::Map(_) => "Map",
        Kind::Structure(_) => "Structure",
        Kind::String => "String",
    }
}

/// A scalar as an error may show it.
fn shown(scalar: &Scalar<'_>) -> String {
    match scalar {
        Scalar::Text(text) => text.to_string(),
        Scalar::Int(n) => n.to_string(),
        Scalar::Float(f) => f.to_string(),
        Scalar::Bool(b) => b.to_string(),
        Scalar::Time(time) => time.to_string(),
        Scalar::Blob(_) | Scalar::Document(_) => String::new(),
    }
}
