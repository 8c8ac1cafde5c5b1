//! What the tool knows of an instance, read by EC2's API.

use anyhow::{Result, bail};
use serde::Serialize;

use super::aws::{Aws, Service};
use super::xml::Element;

/// An instance as `DescribeInstances` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Instance {
    /// `i-0123…`
    pub id: String,
    /// Its `Name` tag; empty without one.
    pub name: String,
    /// `running`
    pub state: String,
    /// `t3.micro`
    pub kind: String,
    /// Its address in its VPC.
    pub private: String,
    /// Its address on this machine; empty without one.
    pub public: String,
    /// The VPC in which it is.
    pub vpc: String,
    /// The stack that made it; empty for one that was run by hand.
    pub stack: String,
}

impl Instance {
    /// Every instance that is there, the terminated left out.
    pub async fn all(aws: &Aws) -> Result<Vec<Self>> {
        let (mut all, mut token) = (Vec::new(), String::new());
        loop {
            let page = [("MaxResults", "1000"), ("NextToken", token.as_str())];
            let parameters = if token.is_empty() { &page[..1] } else { &page[..] };
            let answer = aws.call(Service::Ec2, "DescribeInstances", parameters).await?;
            let instances = answer.list("reservationSet").iter().flat_map(|one| one.list("instancesSet"));
            all.extend(instances.map(Self::of).filter(|instance| instance.state != "terminated"));
            token = answer.find("nextToken").map_or_else(String::new, |token| token.text.clone());
            if token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// The instance that a person means: by id, or by its name.
    pub async fn meant(aws: &Aws, words: &str) -> Result<Self> {
        let mut fitting: Vec<Self> = Self::all(aws).await?;
        fitting.retain(|instance| instance.id == words || instance.name == words);
        match (fitting.pop(), fitting.len()) {
            (Some(one), 0) => Ok(one),
            (Some(_), others) => bail!("{} instances are called {words}; say which by its id", others + 1),
            (None, _) => bail!("there is no instance {words}"),
        }
    }

    fn of(element: &Element) -> Self {
        let tag = |key: &str| {
            let tags = element.list("tagSet").iter();
            tags.filter(|tag| tag.get("key") == key)
                .map(|tag| tag.get("value").to_owned())
                .next_back()
                .unwrap_or_default()
        };
        let state = element.children.iter().find(|child| child.name == "instanceState");
        Self {
            id: element.get("instanceId").to_owned(),
            name: tag("Name"),
            state: state.map_or("", |state| state.get("name")).to_owned(),
            kind: element.get("instanceType").to_owned(),
            private: element.get("privateIpAddress").to_owned(),
            public: element.get("ipAddress").to_owned(),
            vpc: element.get("vpcId").to_owned(),
            stack: tag("aws:cloudformation:stack-name"),
        }
    }
}
