//! The tool as a client of its own cloud: signed calls of the query protocols and of S3, as any SDK makes them.

use anyhow::Context as _;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use sha2::{Digest, Sha256};
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
        let (name, version) = service.scope();
        let mut form = form(parameters);
        form.push_str(&format!("&Action={action}&Version={version}"));
        let head = Head {
            service: name,
            method: "POST",
            path: "/",
        };
        let answer = self.send(&head, ("content-type", FORM.to_owned()), form.into_bytes()).await?;
        let root = parsed(&answer).with_context(|| format!("{action} answered {}", answer.status()))?;
        if answer.status().is_success() {
            return Ok(root);
        }
        Err(Refusal::of(&root).into())
    }

    /// The account of the root user.
    pub fn account(&self) -> &str {
        &self.key.account
    }

    /// The region that is meant.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Puts a bucket or an object in S3. The path needs no encoding.
    ///
    /// # Errors
    /// [`Refusal`] where the cloud refuses it; else where nobody answers.
    pub async fn put(&self, path: &str, body: Vec<u8>) -> anyhow::Result<()> {
        let answer = self.s3("PUT", path, body).await?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(Refusal::of(&parsed(&answer)?).into())
    }

    /// What S3 says of an object without giving it.
    ///
    /// # Errors
    /// Where nobody answers.
    pub async fn head(&self, path: &str) -> anyhow::Result<StatusCode> {
        Ok(self.s3("HEAD", path, Vec::new()).await?.status())
    }

    async fn s3(&self, method: &'static str, path: &str, body: Vec<u8>) -> anyhow::Result<Response<Bytes>> {
        let digest = hex::encode(Sha256::digest(&body));
        let head = Head {
            service: "s3",
            method,
            path,
        };
        self.send(&head, ("x-amz-content-sha256", digest), body).await
    }

    async fn send(&self, head: &Head<'_>, header: (&str, String), body: Vec<u8>) -> anyhow::Result<Response<Bytes>> {
        let now = basic(&SystemClock.now().to_string());
        let headers = vec![
            (header.0.to_owned(), header.1),
            ("host".to_owned(), format!("127.0.0.1:{}", self.port)),
            ("x-amz-date".to_owned(), now.clone()),
        ];
        let scope = Scope {
            date: now[..8].to_owned(),
            region: self.region.clone(),
            service: head.service.to_owned(),
        };
        let signed = SignedRequest {
            method: head.method,
            path: head.path,
            query: "",
            headers: &headers,
        };
        let authorization = sign(&signed, &self.key.access_key_id, &self.key.secret_access_key, &scope, &body);
        let mut request = Request::builder()
            .method(head.method)
            .uri(head.path)
            .header("authorization", authorization);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        plain::send(self.port, request.body(Full::from(body))?).await
    }
}

/// What a request begins with.
struct Head<'a> {
    service: &'static str,
    method: &'static str,
    path: &'a str,
}

fn parsed(answer: &Response<Bytes>) -> anyhow::Result<Element> {
    Element::parse(&String::from_utf8_lossy(answer.body()))
}

impl Refusal {
    /// S3's error is the document itself, the query protocols' lies in it.
    fn of(root: &Element) -> Self {
        let error = root.find("Error").unwrap_or(root);
        Self {
            code: error.get("Code").to_owned(),
            message: error.get("Message").to_owned(),
        }
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
