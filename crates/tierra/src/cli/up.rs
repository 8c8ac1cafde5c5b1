//! `tierra up`: brings a stack up from a template, and shows how it comes.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use serde_json::{Map, Value, json};

use super::aws::{Aws, Service, refused_with};
use super::package::{Package, Packaged};
use super::stack::{self, Event, Stack};
use super::start::Start;
use super::{Context, block_on, code, console, say};

/// Lines of an instance's console that are shown when its stack fails.
const CONSOLE_LINES: usize = 15;

/// Bring a stack up from a template: created where it is not there, else updated
#[derive(Debug, Args)]
pub struct Up {
    /// The template, or the folder that holds template.yaml
    template: PathBuf,
    /// The stack's name [default: the template's or its folder's]
    #[arg(long, value_name = "NAME")]
    stack_name: Option<String>,
    /// A parameter's value; may be given more than once
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    parameter: Vec<(String, String)>,
    /// How long the stack may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1800)]
    timeout: u64,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("it must be KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

impl Up {
    /// Brings it up.
    pub fn run(self, context: &Context) -> anyhow::Result<u8> {
        let package = Package::read(&self.template)?;
        if context.home().running().is_none() {
            Start::detached_default().run(context)?;
        }
        block_on(self.bring_up(context, &package))
    }

    async fn bring_up(&self, context: &Context, package: &Package) -> anyhow::Result<u8> {
        let aws = Aws::connect(context)?;
        let name = self.stack_name.clone().unwrap_or_else(|| stack::default_name(package.file()));
        let limit = Duration::from_secs(self.timeout);
        let before = self.standing(&aws, &name, limit).await?;
        let seen = match &before {
            Some(stack) => stack::events(&aws, &stack.id).await?,
            None => Vec::new(),
        };
        let packaged = package.upload(&aws).await?;
        let action = if before.is_some() { "UpdateStack" } else { "CreateStack" };
        let asked = aws
            .call(Service::CloudFormation, action, &parameters(&self.parameters(&name, packaged)))
            .await;
        let id = match (asked, before) {
            (Err(error), Some(before)) if refused_with(&error, "No updates are to be performed") => return finish(context, &before),
            (answer, _) => answer?.find("StackId").map(|id| id.text.clone()).unwrap_or(name),
        };
        let (stack, events) = stack::follow(&aws, &id, &seen, limit).await?;
        if stack.is_well() {
            return finish(context, &stack);
        }
        explain(&aws, package, &events).await;
        bail!("{} is {}", stack.name, stack.status)
    }

    /// The stack as it stands. One that could not be created is only in the way.
    async fn standing(&self, aws: &Aws, name: &str, limit: Duration) -> anyhow::Result<Option<Stack>> {
        let stack = Stack::find(aws, name).await?;
        match stack {
            Some(failed) if matches!(failed.status.as_str(), "ROLLBACK_COMPLETE" | "CREATE_FAILED" | "ROLLBACK_FAILED") => {
                say::note(format!("Deleting what is left of {name} ({}).", failed.status));
                stack::delete(aws, &failed, limit).await?;
                Ok(None)
            }
            stack => Ok(stack),
        }
    }

    fn parameters(&self, name: &str, packaged: Packaged) -> Vec<(String, String)> {
        let template = match packaged.url {
            Some(url) => ("TemplateURL".to_owned(), url),
            None => ("TemplateBody".to_owned(), packaged.text),
        };
        let mut parameters = vec![
            ("StackName".to_owned(), name.to_owned()),
            template,
            ("Capabilities.member.1".to_owned(), "CAPABILITY_NAMED_IAM".to_owned()),
            ("Capabilities.member.2".to_owned(), "CAPABILITY_AUTO_EXPAND".to_owned()),
        ];
        let is_given = |key: &str| self.parameter.iter().any(|(given, _)| given == key);
        let filled = packaged.parameters.into_iter().filter(|(key, _)| !is_given(key));
        for (index, (key, value)) in filled.chain(self.parameter.iter().cloned()).enumerate() {
            let at = format!("Parameters.member.{}", index + 1);
            parameters.push((format!("{at}.ParameterKey"), key));
            parameters.push((format!("{at}.ParameterValue"), value));
        }
        parameters
    }
}

fn parameters(owned: &[(String, String)]) -> Vec<(&str, &str)> {
    owned.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

/// Says why a stack did not come up: the reason, the template's line, what the instances wrote.
async fn explain(aws: &Aws, package: &Package, events: &[Event]) {
    let Some(failure) = stack::first_failure(events) else { return };
    let place = package
        .place(&failure.logical)
        .map(|place| format!(" ({place})"))
        .unwrap_or_default();
    say::note(format!(
        "\n{}{place}: {}",
        say::painted(say::BOLD, &failure.logical),
        failure.reason
    ));
    let mut instances: Vec<&str> = events
        .iter()
        .map(|event| event.physical.as_str())
        .filter(|id| id.starts_with("i-"))
        .collect();
    instances.sort_unstable();
    instances.dedup();
    for instance in instances {
        // An instance that has gone already has no console to show.
        if let Ok(text) = console::read(aws, instance).await {
            let lines: Vec<&str> = text.lines().collect();
            say::note(format!("\nThe console of {instance}:"));
            lines
                .iter()
                .skip(lines.len().saturating_sub(CONSOLE_LINES))
                .for_each(|line| say::note(format!("  {line}")));
        }
    }
}

fn finish(context: &Context, stack: &Stack) -> anyhow::Result<u8> {
    if context.json {
        let outputs: Map<String, Value> = stack
            .outputs
            .iter()
            .map(|(key, value)| (key.clone(), value.clone().into()))
            .collect();
        say::json(&json!({ "StackName": stack.name, "StackId": stack.id, "StackStatus": stack.status, "Outputs": outputs }))?;
        return Ok(code::OK);
    }
    say::note(format!("{} is {}.", say::painted(say::BOLD, &stack.name), stack.status));
    for (key, value) in &stack.outputs {
        say::line(format!("{key:<20} {value}"));
    }
    Ok(code::OK)
}
