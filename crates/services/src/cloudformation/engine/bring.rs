//! A resource is made, changed, or waited for.

use serde_json::Value;
use tierra_core::resource_type::{Creation, Progress, ResourceType};
use tierra_core::{AwsError, Resource as _};

use super::secret;
use super::signals;
use super::survey::Survey;
use super::work::{Work, told};
use super::world::StackWorld;
use crate::cloudformation::errors::CloudFormationError;
use crate::cloudformation::house;
use crate::cloudformation::model::{Deed, Live, Outcome, StackResource};
use crate::cloudformation::nested;
use crate::cloudformation::policy;
use crate::cloudformation::template::change::replaces;
use crate::cloudformation::template::context::Context;
use crate::cloudformation::template::expression::{Expr, Failure, evaluate};
use crate::cloudformation::template::schema::Recreation;
use crate::cloudformation::template::{Resource, Template, properties};

const REPLACING: &str = "Requested update requires the creation of a new physical resource; hence creating one.";

impl Work<'_> {
    /// Brings one resource a step further, where it is still its turn.
    pub(super) fn bring(&mut self, id: &str) {
        let Some(Ok(template)) = self.stack.target().map(|revision| Template::parse(&revision.template)) else {
            return;
        };
        let Ok(survey) = Survey::with(self.tx, &self.stack, &template) else {
            return;
        };
        if !survey.is_ready(id) {
            return;
        }
        let needs = survey.needs(id);
        let mut row = self.row(id);
        if row.is_busy() && row.live.is_some() {
            return self.watch(&mut row);
        }
        let resource = &template.resources[id];
        match self.wanted(&template, id, resource) {
            Ok(wanted) => self.start(row, Live { needs, ..wanted }, resource),
            Err(Failure::NotReady(_)) => {}
            Err(Failure::Wrong { message, .. }) => {
                row.kind.clone_from(&resource.kind);
                self.fail(&mut row, message);
            }
        }
    }

    /// Where the template lies that a nested stack will be asked for with, where it is its turn.
    pub(super) fn address(&mut self, id: &str) -> Option<String> {
        let text = &self.stack.target()?.template;
        // Most templates nest nothing: they need not be read for it.
        let template = text.contains(nested::NAME).then(|| Template::parse(text).ok()).flatten()?;
        let resource = template.resources.get(id).filter(|resource| resource.kind == nested::NAME)?;
        let row = self.row(id);
        let survey = Survey::with(self.tx, &self.stack, &template).ok()?;
        if !survey.is_ready(id) || (row.is_busy() && row.live.is_some()) {
            return None;
        }
        let wanted = self.wanted(&template, id, resource).ok()?;
        wanted.properties[nested::ADDRESS].as_str().map(str::to_owned)
    }

    /// What the resource is to be, every value known.
    fn wanted(&mut self, template: &Template, id: &str, resource: &Resource) -> Result<Live, Failure> {
        let (pseudo, parameters, generation) = (self.stack.pseudo(), self.stack.parameters(), self.stack.generation);
        let world = StackWorld::new(self.tx, &self.call, self.stack.id(), Some(generation));
        let context = Context::new(template, &pseudo, &parameters, &world)?;
        let value = |expr: &Expr| Ok::<_, Failure>(evaluate(expr, &context)?.unwrap_or_default());
        let properties = value(&resource.properties)?;
        let wrong = |message| Failure::Wrong {
            message,
            span: resource.span,
        };
        properties::check_values(id, &resource.kind, &properties).map_err(wrong)?;
        let policy = resource.creation_policy.as_ref().map(value).transpose()?;
        Ok(Live {
            awaited: signals::awaited(&resource.kind, &properties, policy.as_ref()),
            kind: resource.kind.clone(),
            metadata: resource.metadata.as_ref().map(value).transpose()?,
            properties,
            made_in: generation,
            policy: resource.deletion_policy,
            ..Live::default()
        })
    }

    fn start(&mut self, mut row: StackResource, wanted: Live, resource: &Resource) {
        row.kind.clone_from(&wanted.kind);
        let Some(kind) = house::resource_type(&wanted.kind) else {
            let reason = format!("{} is not built", wanted.kind);
            return self.fail(&mut row, reason);
        };
        let Some(live) = row.live.take() else {
            return self.create(row, &*kind, wanted, None);
        };
        let is_replaced = live.kind != wanted.kind || replaces(&live.kind, &live.properties, &wanted.properties) == Recreation::Always;
        let is_same = !is_replaced && live.properties == wanted.properties;
        let deed = if is_replaced { policy::Deed::Replace } else { policy::Deed::Modify };
        let refusal = self.stack.refusal(deed, &row.logical_id, &live.kind);
        if let Some(refusal) = refusal.filter(|_| !is_same) {
            row.live = Some(live);
            self.fail(&mut row, refusal);
        } else if is_replaced {
            row.retired.push(Live {
                policy: resource.update_replace_policy,
                ..live
            });
            self.create(row, &*kind, wanted, Some(REPLACING.to_owned()));
        } else if is_same {
            row.live = Some(wanted.instead_of(live));
            self.settle(&mut row, false);
        } else {
            self.update(row, &*kind, live, wanted);
        }
    }

    fn create(&mut self, mut row: StackResource, kind: &dyn ResourceType, wanted: Live, replacing: Option<String>) {
        let deed = if replacing.is_some() { Deed::Update } else { Deed::Create };
        row.signals.clear();
        self.tell(&mut row, deed, Outcome::InProgress, replacing);
        let savepoint = self.tx.savepoint();
        match self.ask(&row, &wanted.properties, |work, creation| {
            kind.create(work.tx, &work.call, creation)
        }) {
            Ok(physical_id) => {
                row.last_physical_id = Some(physical_id.clone());
                row.live = Some(Live { physical_id, ..wanted });
                self.tell(&mut row, deed, Outcome::InProgress, Some("Resource creation Initiated".to_owned()));
                self.watch(&mut row);
            }
            Err(error) => {
                self.tx.restore(savepoint);
                // What was to be replaced is still what there is.
                row.live = row.retired.pop();
                let reason = told(&row.kind, &error, &self.call.request);
                self.fail(&mut row, reason);
            }
        }
    }

    fn update(&mut self, mut row: StackResource, kind: &dyn ResourceType, live: Live, wanted: Live) {
        row.live = Some(live.clone());
        self.tell(&mut row, Deed::Update, Outcome::InProgress, None);
        let savepoint = self.tx.savepoint();
        // A secret that is gone by now is no reason not to change what referred to it.
        let before = secret::opened(self.tx, &self.call, &live.properties).unwrap_or_else(|_| live.properties.clone());
        let updated = self.ask(&row, &wanted.properties, |work, creation| {
            kind.update(work.tx, &work.call, &live.physical_id, &before, creation)
        });
        match updated {
            Ok(()) => {
                row.live = Some(wanted.instead_of(live));
                self.tx.save(row.clone());
                self.watch(&mut row);
            }
            Err(error) => {
                self.tx.restore(savepoint);
                let reason = told(&row.kind, &error, &self.call.request);
                self.fail(&mut row, reason);
            }
        }
    }

    /// Asks a service, with every secret opened.
    fn ask<T>(
        &mut self,
        row: &StackResource,
        properties: &Value,
        ask: impl FnOnce(&mut Self, &Creation<'_>) -> Result<T, AwsError>,
    ) -> Result<T, AwsError> {
        let mut properties = secret::opened(self.tx, &self.call, properties)?;
        if row.kind == nested::NAME {
            let unread = || Err(CloudFormationError::validation("TemplateURL must be a supported URL.").into());
            properties[nested::TEMPLATE] = self.template.clone().unwrap_or_else(unread)?.into();
        }
        let properties = &properties;
        let (tags, stack_name) = (self.stack.resource_tags(&row.logical_id), self.stack.name.clone());
        let token = format!("{}/{}", row.id(), self.stack.generation);
        let creation = Creation {
            properties,
            stack_name: &stack_name,
            logical_id: &row.logical_id,
            token: &token,
            tags: &tags,
        };
        ask(self, &creation)
    }

    fn watch(&mut self, row: &mut StackResource) {
        let Some(live) = &row.live else { return };
        let Some(kind) = house::resource_type(&live.kind) else { return };
        match kind.progress(self.tx, &self.call, &live.physical_id) {
            Progress::Ready => match signals::heard(self.tx, row, self.call.now) {
                Progress::Failed(reason) => self.fail(row, reason),
                Progress::Working => {}
                Progress::Ready | Progress::Gone => self.settle(row, true),
            },
            Progress::Working => {}
            Progress::Failed(reason) => self.fail(row, reason),
            Progress::Gone => self.fail(row, "The resource no longer exists".to_owned()),
        }
    }

    /// It is as wanted. That is news where something was done, or where it had failed before.
    fn settle(&mut self, row: &mut StackResource, done: bool) {
        row.settled = self.stack.generation;
        if done {
            self.tell(row, row.deed, Outcome::Complete, None);
        } else if row.outcome == Outcome::Failed {
            self.tell(row, Deed::Update, Outcome::Complete, None);
        } else {
            self.tx.save(row.clone());
        }
    }

    fn fail(&mut self, row: &mut StackResource, reason: String) {
        let making = row.live.is_none() || (row.deed == Deed::Create && row.is_busy());
        let deed = if making { Deed::Create } else { Deed::Update };
        self.tell(row, deed, Outcome::Failed, Some(reason));
    }
}
