//! The tool as a client of its own cloud: signed calls of the query protocols, as any SDK makes them.

use anyhow::Context as _;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tierra_core::{Clock, SystemClock};
use tierra_wire::sigv4::{Scope, SignedRequest, sign};

use super::xml::Element;
use super::{Context, http as plain};
use crate::root_key::RootKey;

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// A service that the tool calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// CloudFormation.
    CloudFormation,
    /// EC2.
    Ec2,
}

impl Service {
    fn scope(self) -> (&'static str, &'static str) {
        match self {
            Self::CloudFormation => ("cloudformation", "2010-05-15"),
            Self::Ec2 => ("ec2", "2016-11-15"),
        }
    }
}

/// An error that the cloud answered.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message} ({code})")]
pub struct Refusal {
    /// AWS's code.
    pub code: String,
    /// AWS's wording.
    pub message: String,
}

/// A client of the running cloud, as its root user.
pub struct Aws {
    port: u16,
    region: String,
    key: RootKey,
}

impl Aws {
    /// A client of the cloud that runs with this data directory.
    ///
    /// # Errors
    /// Where none runs, or its key cannot be read.
    pub fn connect(context: &Context) -> anyhow::Result<Self> {
        let running = context.running()?;
        let file = context.home().root_key();
        let key = RootKey::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Self {
            port: running.port,
            region: context.region.clone(),
            key,
        })
    }

    /// Calls an operation.
    ///
    /// # Errors
    /// [`Refusal`] where the cloud refuses it; else where nobody answers.
    pub async fn call(&self, service: Service, action: &str, parameters: &[(&str, &str)]) -> anyhow::Result<Element> {
        let answer = plain::send(self.port, self.request(service, action, parameters)?).await?;
        let text = String::from_utf8_lossy(answer.body());
        let root = Element::parse(&text).with_context(|| format!("{action} answered {}", answer.status()))?;
        if answer.status().is_success() {
            return Ok(root);
        }
        let error = root.find("Error").cloned().unwrap_or_default();
        let refusal = Refusal {
            code: error.get("Code").to_owned(),
            message: error.get("Message").to_owned(),
        };
        Err(refusal.into())
    }

    fn request(&self, service: Service, action: &str, parameters: &[(&str, &str)]) -> anyhow::Result<Request<Full<Bytes>>> {
        let (name, version) = service.scope();
        let mut form = form(parameters);
        form.push_str(&format!("&Action={action}&Version={version}"));
        let now = basic(&SystemClock.now().to_string());
        let headers = vec![
            ("content-type".to_owned(), FORM.to_owned()),
            ("host".to_owned(), format!("127.0.0.1:{}", self.port)),
            ("x-amz-date".to_owned(), now.clone()),
        ];
        let scope = Scope {
            date: now[..8].to_owned(),
            region: self.region.clone(),
            service: name.to_owned(),
        };
        let head = SignedRequest {
            method: "POST",
            path: "/",
            query: "",
            headers: &headers,
        };
        let authorization = sign(&head, &self.key.access_key_id, &self.key.secret_access_key, &scope, form.as_bytes());
        let mut request = Request::post("/").header("authorization", authorization);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        Ok(request.body(Full::from(form))?)
    }
}

/// Whether an error is the cloud's refusal with a code or words that hold `what`.
pub fn refused_with(error: &anyhow::Error, what: &str) -> bool {
    error
        .downcast_ref::<Refusal>()
        .is_some_and(|refusal| refusal.code.contains(what) || refusal.message.contains(what))
}

fn form(parameters: &[(&str, &str)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(parameters);
    form.finish()
}

/// `2026-11-21T03:53:00.000Z` as signatures write it: `20261121T035300Z`.
fn basic(iso: &str) -> String {
    let seconds = iso.split('.').next().unwrap_or(iso);
    seconds.replace(['-', ':'], "") + "Z"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_forms_are_written_as_aws_reads_them() {
        assert_eq!(basic("2026-11-21T03:53:00.123Z"), "20261121T035300Z");
        assert_eq!(form(&[("StackName", "a b"), ("T", "x&y=z")]), "StackName=a+b&T=x%26y%3Dz");
    }
}
