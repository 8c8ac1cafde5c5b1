//! What the tool knows of a stack, read by CloudFormation's API, and how it waits for one.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::aws::{Aws, Service, refused_with};
use super::board::Board;
use super::xml::Element;

/// Between two looks at a stack that is under way.
const POLL: Duration = Duration::from_millis(150);

/// A stack as `DescribeStacks` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stack {
    /// Its name.
    pub name: String,
    /// Its id: the name of a deleted stack means nothing any more.
    pub id: String,
    /// `CREATE_COMPLETE`
    pub status: String,
    /// Why it has this status.
    pub reason: String,
    /// Its outputs, by key.
    pub outputs: Vec<(String, String)>,
}

/// One event, as `DescribeStackEvents` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// The resource's name in the template; the stack's own for the stack itself.
    pub logical: String,
    /// The resource's physical id, once it has one.
    pub physical: String,
    /// `AWS::EC2::VPC`
    pub kind: String,
    /// `CREATE_IN_PROGRESS`
    pub status: String,
    /// Why, where it failed.
    pub reason: String,
}

impl Stack {
    /// The stack of this name or id; `None` where there is none.
    pub async fn find(aws: &Aws, name: &str) -> Result<Option<Self>> {
        match aws.call(Service::CloudFormation, "DescribeStacks", &[("StackName", name)]).await {
            Ok(answer) => Ok(answer.list("Stacks").first().map(Self::of)),
            Err(error) if refused_with(&error, "does not exist") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every stack that is there.
    pub async fn all(aws: &Aws) -> Result<Vec<Self>> {
        let (mut all, mut token) = (Vec::new(), String::new());
        loop {
            let page = [("NextToken", token.as_str())];
            let parameters = if token.is_empty() { &page[..0] } else { &page[..] };
            let answer = aws.call(Service::CloudFormation, "DescribeStacks", parameters).await?;
            all.extend(answer.list("Stacks").iter().map(Self::of));
            token = answer.find("NextToken").map_or_else(String::new, |token| token.text.clone());
            if token.is_empty() {
                return Ok(all);
            }
        }
    }

    fn of(element: &Element) -> Self {
        let output = |one: &Element| (one.get("OutputKey").to_owned(), one.get("OutputValue").to_owned());
        Self {
            name: element.get("StackName").to_owned(),
            id: element.get("StackId").to_owned(),
            status: element.get("StackStatus").to_owned(),
            reason: element.get("StackStatusReason").to_owned(),
            outputs: element.list("Outputs").iter().map(output).collect(),
        }
    }

    /// Whether nothing more will happen by itself.
    pub fn is_settled(&self) -> bool {
        !self.status.ends_with("_IN_PROGRESS")
    }

    /// Whether it is what its template says.
    pub fn is_well(&self) -> bool {
        matches!(self.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE")
    }
}

/// The events of a stack, oldest first. One page: the newest hundred are all that a person follows.
pub async fn events(aws: &Aws, stack: &str) -> Result<Vec<Event>> {
    let answer = aws
        .call(Service::CloudFormation, "DescribeStackEvents", &[("StackName", stack)])
        .await?;
    let event = |one: &Element| Event {
        id: one.get("EventId").to_owned(),
        logical: one.get("LogicalResourceId").to_owned(),
        physical: one.get("PhysicalResourceId").to_owned(),
        kind: one.get("ResourceType").to_owned(),
        status: one.get("ResourceStatus").to_owned(),
        reason: one.get("ResourceStatusReason").to_owned(),
    };
    Ok(answer.list("StackEvents").iter().rev().map(event).collect())
}

/// Follows a stack, by id, until it has settled, and shows what happens to its resources. `seen` are events of before.
pub async fn follow(aws: &Aws, id: &str, seen: &[Event], limit: Duration) -> Result<(Stack, Vec<Event>)> {
    let begun = Instant::now();
    let mut board = Board::new(begun);
    loop {
        // The stack first: once it has settled, the events that follow are all there are.
        let Some(stack) = Stack::find(aws, id).await? else {
            bail!("the stack {id} has gone")
        };
        let mut news = events(aws, id).await?;
        news.retain(|event| !seen.iter().any(|old| old.id == event.id));
        board.show(&news, Instant::now());
        if stack.is_settled() {
            board.end();
            return Ok((stack, news));
        }
        if begun.elapsed() > limit {
            board.end();
            bail!("{} is still {} after {} s", stack.name, stack.status, limit.as_secs());
        }
        sleep(POLL).await;
    }
}

/// Deletes a stack and follows it until it is gone.
pub async fn delete(aws: &Aws, stack: &Stack, limit: Duration) -> Result<()> {
    let seen = events(aws, &stack.id).await?;
    aws.call(Service::CloudFormation, "DeleteStack", &[("StackName", &stack.id)])
        .await?;
    let (gone, news) = follow(aws, &stack.id, &seen, limit).await?;
    if gone.status == "DELETE_COMPLETE" {
        return Ok(());
    }
    let reason = first_failure(&news).map_or(gone.reason.clone(), |event| format!("{}: {}", event.logical, event.reason));
    bail!("{} is {}: {reason}", gone.name, gone.status)
}

/// The event that everything else followed from.
pub fn first_failure(events: &[Event]) -> Option<&Event> {
    events
        .iter()
        .find(|event| event.status.ends_with("_FAILED") && !event.reason.contains("cancelled"))
}

/// The file of a template: the file itself, or the one that a folder holds.
pub fn template_file(path: &Path) -> Result<std::path::PathBuf> {
    const NAMES: [&str; 4] = ["template.yaml", "template.yml", "template.json", "template"];
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    match NAMES.iter().map(|name| path.join(name)).find(|file| file.is_file()) {
        Some(file) => Ok(file),
        None => bail!("{} holds no template.yaml, template.yml or template.json", path.display()),
    }
}

/// A stack's name where none is given: the template's, or its folder's where it is called `template`.
pub fn default_name(file: &Path) -> String {
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let text = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = text(file.file_stem());
    let name = if stem == "template" {
        text(file.parent().and_then(Path::file_name))
    } else {
        stem
    };
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let plain = plain.trim_matches('-');
    // A stack's name begins with a letter.
    if plain.starts_with(|c: char| c.is_ascii_alphabetic()) {
        plain.to_owned()
    } else {
        format!("stack-{plain}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_called_like_its_template() {
        let cases = [
            ("/a/examples/hello/template.yaml", "hello"),
            ("/a/my_net.yaml", "my-net"),
            ("/a/2tier.json", "stack-2tier"),
        ];
        for (file, want) in cases {
            assert_eq!(default_name(Path::new(file)), want);
        }
    }

    #[test]
    fn what_was_cancelled_is_not_the_cause() {
        let event = |logical: &str, reason: &str| Event {
            id: String::new(),
            logical: logical.to_owned(),
            physical: String::new(),
            kind: String::new(),
            status: "CREATE_FAILED".to_owned(),
            reason: reason.to_owned(),
        };
        let events = [
            event("A", "Resource creation cancelled"),
            event("B", "The CIDR is wrong"),
            event("C", "later"),
        ];
        assert_eq!(first_failure(&events).map(|event| event.logical.as_str()), Some("B"));
    }
}
