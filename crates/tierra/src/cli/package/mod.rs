//! `tierra package`, and the first half of `tierra up`: what a template names by local path goes to S3, as
//! `aws cloudformation package` puts it there, and the template names it there.
//!
//! | file | what |
//! |---|---|
//! | `artifact` | where a template names local paths |
//! | `bucket` | the account's bucket, one key for each content |
//! | `zip` | folders as archives |

mod artifact;
mod bucket;
mod zip;

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use clap::Args;
use serde_json::json;
use tierra_services::cloudformation::template::{Diagnostic, Span, Template, tree};

use self::artifact::{Filled, Form, Reference};
use self::bucket::Artifact;
use super::aws::Aws;
use super::start::Start;
use super::{Context, block_on, code, say, stack};
use crate::assembly;

/// The largest artifact, in bytes: what Lambda takes unpacked.
const ARTIFACT_BYTES: usize = 250 << 20;
/// How deep templates may name templates by path.
const DEPTH: usize = 8;
/// What stands for the bucket and the region until a cloud is asked.
const BUCKET: &str = "tierra-artifacts-bucket";
const REGION: &str = "tierra-artifacts-region";
/// The longest template that a request carries itself, in bytes.
const BODY_BYTES: usize = 51_200;

/// Upload what a template names by local path, and print the template that names it in S3
#[derive(Debug, Args)]
pub struct PackageVerb {
    /// The template, or the folder that holds template.yaml
    template: PathBuf,
}

impl PackageVerb {
    /// Prints it.
    pub fn run(self, context: &Context) -> Result<u8> {
        let package = Package::read(&self.template)?;
        if context.home().running().is_none() {
            Start::detached_default().run(context)?;
        }
        let packaged = block_on(async { package.upload(&Aws::connect(context)?).await })?;
        if context.json {
            let parameters: serde_json::Map<_, _> = packaged.parameters.into_iter().map(|(key, value)| (key, value.into())).collect();
            say::json(&json!({ "Template": packaged.text, "Parameters": parameters }))?;
            return Ok(code::OK);
        }
        say::line(packaged.text.trim_end());
        for (key, value) in packaged.parameters {
            say::note(format!("--parameter {key}={value}"));
        }
        Ok(code::OK)
    }
}

/// A template that was read, holds no mistake that can be found before the cloud sees it, and knows what is to be uploaded.
pub struct Package {
    file: PathBuf,
    /// With stand-ins for bucket and region.
    source: String,
    template: Template,
    artifacts: Vec<Artifact>,
    /// Parameters that name what is uploaded; the bucket is a stand-in.
    parameters: Vec<(String, String)>,
}

/// What a template is once its artifacts lie in S3.
pub struct Packaged {
    /// Its text.
    pub text: String,
    /// Where the text itself lies, where it is too long for a request.
    pub url: Option<String>,
    /// The parameters that its metadata has filled.
    pub parameters: Vec<(String, String)>,
}

impl Package {
    /// Reads and checks the template at `path`, or in that folder.
    ///
    /// # Errors
    /// Where it has mistakes, which were said by then, or a file cannot be read.
    pub fn read(path: &Path) -> Result<Self> {
        Self::nested(stack::template_file(path)?, 0)
    }

    fn nested(file: PathBuf, depth: usize) -> Result<Self> {
        ensure!(
            depth <= DEPTH,
            "{}: templates name each other more than {DEPTH} deep",
            file.display()
        );
        let source = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let mistaken = |mistakes: Vec<Diagnostic>| told(&file, &source, &mistakes);
        let root = tree(&source).map_err(|mistake| mistaken(vec![mistake]))?;
        let references = artifact::references(&root);
        let filled = artifact::filled(&root).map_err(mistaken)?;
        if let (true, Some(first)) = (depth > 0, filled.first()) {
            let message = format!("{} is for the template that is brought up", artifact::METADATA);
            return Err(mistaken(vec![Diagnostic::new(message, first.span)]));
        }
        let here = Here { file: &file, depth };
        here.all_there(&references, &filled).map_err(mistaken)?;
        let (artifacts, replacements, parameters) = here.pack(references, filled)?;
        let source = artifact::rewritten(&source, replacements);
        let template = checked(&source).map_err(|mistakes| told(&file, &source, &mistakes))?;
        Ok(Self {
            file,
            source,
            template,
            artifacts,
            parameters,
        })
    }

    /// The template's file.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Where the template describes a resource: file and line.
    pub fn place(&self, logical: &str) -> Option<String> {
        let resource = self.template.resources.get(logical)?;
        let before = self.source.get(..resource.span.start)?;
        Some(format!("{}:{}", self.file.display(), before.lines().count().max(1)))
    }

    /// Puts what it names into S3.
    ///
    /// # Errors
    /// Where S3 refuses.
    pub async fn upload(&self, aws: &Aws) -> Result<Packaged> {
        let bucket = bucket::name(aws);
        let final_text = |text: &str| text.replace(BUCKET, &bucket).replace(REGION, aws.region());
        let mut artifacts = self.artifacts.clone();
        for artifact in artifacts
            .iter_mut()
            .filter(|artifact| artifact.key.ends_with(Form::Template.ending()))
        {
            artifact.bytes = final_text(&String::from_utf8_lossy(&artifact.bytes)).into_bytes();
        }
        let text = final_text(&self.source);
        let mut url = None;
        if text.len() > BODY_BYTES {
            let whole = Artifact::new(text.clone().into_bytes(), Form::Template.ending());
            url = Some(final_text(&Form::Template.reference(&whole.key)).trim_matches('"').to_owned());
            artifacts.push(whole);
        }
        bucket::upload(aws, &bucket, &artifacts).await?;
        let parameters = self.parameters.iter().map(|(key, value)| (key.clone(), final_text(value)));
        Ok(Packaged {
            text,
            url,
            parameters: parameters.collect(),
        })
    }
}

impl Form {
    /// What the keys of such objects end with.
    fn ending(self) -> &'static str {
        if self == Self::Template { ".template" } else { "" }
    }

    /// How a template names the object, in JSON.
    fn reference(self, key: &str) -> String {
        match self {
            Self::Template => json!(format!("https://s3.{REGION}.amazonaws.com/{BUCKET}/{key}")),
            Self::Address => json!(format!("s3://{BUCKET}/{key}")),
            Self::Object(bucket_key, key_key) => json!({ bucket_key: BUCKET, key_key: key }),
        }
        .to_string()
    }
}

/// A template's place among files.
struct Here<'a> {
    file: &'a Path,
    depth: usize,
}

/// Objects to be, what replaces the paths that name them, and parameters.
type Packed = (Vec<Artifact>, Vec<(Span, String)>, Vec<(String, String)>);

impl Here<'_> {
    /// A path of the template as a path of this process.
    fn resolved(&self, path: &str) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(path)
    }

    /// Every missing file is told at once.
    fn all_there(&self, references: &[Reference], filled: &[Filled]) -> Result<(), Vec<Diagnostic>> {
        let mut mistakes = Vec::new();
        for reference in references {
            let path = self.resolved(&reference.path);
            let there = if reference.form == Form::Template {
                path.is_file()
            } else {
                path.exists()
            };
            if !there {
                mistakes.push(reference.missing(&path.display().to_string()));
            }
        }
        for one in filled {
            let path = self.resolved(&one.path);
            if !path.exists() {
                let message = format!(
                    "{} refers to a file or folder that does not exist {}",
                    artifact::METADATA,
                    path.display()
                );
                mistakes.push(Diagnostic::new(message, one.span).label("no such file"));
            }
        }
        if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
    }

    fn pack(&self, references: Vec<Reference>, filled: Vec<Filled>) -> Result<Packed> {
        let (mut artifacts, mut replacements, mut parameters) = Packed::default();
        for reference in references {
            let path = self.resolved(&reference.path);
            let artifact = if reference.form == Form::Template {
                let package = Package::nested(path, self.depth + 1)?;
                artifacts.extend(package.artifacts);
                Artifact::new(package.source.into_bytes(), Form::Template.ending())
            } else {
                object(&path, reference.archive)?
            };
            replacements.push((reference.span, reference.form.reference(&artifact.key)));
            artifacts.push(artifact);
        }
        for one in filled {
            let artifact = object(&self.resolved(&one.path), false)?;
            parameters.push((one.bucket, BUCKET.to_owned()));
            parameters.push((one.key, artifact.key.clone()));
            artifacts.push(artifact);
        }
        Ok((artifacts, replacements, parameters))
    }
}

/// A file as it is, a folder as an archive.
fn object(path: &Path, archive: bool) -> Result<Artifact> {
    let is_zip = path.extension().is_some_and(|ending| ending == "zip");
    if path.is_dir() || (archive && !is_zip) {
        return Ok(Artifact::new(zip::archive(path, ARTIFACT_BYTES)?, ".zip"));
    }
    let cannot = || format!("cannot read {}", path.display());
    let size = fs::metadata(path).with_context(cannot)?.len();
    ensure!(
        size <= ARTIFACT_BYTES as u64,
        "{} has more than {ARTIFACT_BYTES} bytes",
        path.display()
    );
    Ok(Artifact::new(fs::read(path).with_context(cannot)?, ""))
}

fn checked(source: &str) -> Result<Template, Vec<Diagnostic>> {
    let built = assembly::resource_types().map_err(|error| vec![Diagnostic::new(format!("{error:#}"), Span::default())])?;
    Template::checked(source, &|kind| built.contains(kind))
}

/// Shows each mistake in place; the error says how many there are.
fn told(file: &Path, source: &str, mistakes: &[Diagnostic]) -> anyhow::Error {
    let (name, colour) = (file.display().to_string(), std::io::stderr().is_terminal());
    for mistake in mistakes {
        say::note(mistake.render(source, &name, colour));
    }
    anyhow!("{} mistake{} in {name}", mistakes.len(), if mistakes.len() == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHILD: &str = "Resources: { Note: { Type: AWS::SSM::Parameter, Properties: { Type: String, Value: v } } }\n";
    const PARENT: &str = r#"Metadata:
  Tierra::Artifacts: [{ Path: app, BucketParameter: B, KeyParameter: K }]
Parameters: { B: { Type: String }, K: { Type: String } }
Resources:
  Child: { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: child.yaml } }
"#;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("a file");
        }
        folder
    }

    #[test]
    fn a_package_knows_what_is_uploaded_and_names_it() {
        let folder = folder(&[("template.yaml", PARENT), ("child.yaml", CHILD), ("app", "program")]);
        let package = Package::read(folder.path()).expect("a package");
        let keys: Vec<_> = package.artifacts.iter().map(|artifact| artifact.key.clone()).collect();
        assert_eq!(package.artifacts[0].bytes, CHILD.as_bytes());
        assert!(
            package
                .source
                .contains(&format!("TemplateURL: \"https://s3.{REGION}.amazonaws.com/{BUCKET}/{}\"", keys[0]))
        );
        assert_eq!(
            package.parameters,
            [("B".to_owned(), BUCKET.to_owned()), ("K".to_owned(), keys[1].clone())]
        );
        assert!(package.place("Child").expect("a place").ends_with("template.yaml:5"));
    }

    #[test]
    fn what_cannot_be_packaged_is_refused() {
        let itself = PARENT.replace("child.yaml", "template.yaml");
        let cases = [
            (vec![("template.yaml", PARENT), ("child.yaml", CHILD)], "1 mistake in"),
            (vec![("template.yaml", PARENT)], "2 mistakes in"),
            (vec![("template.yaml", PARENT), ("app", ""), ("child.yaml", PARENT)], "1 mistake in"),
            (vec![("template.yaml", &itself), ("app", "")], "1 mistake in"),
        ];
        for (files, want) in cases {
            let folder = folder(&files);
            let error = Package::read(folder.path()).err().expect(want).to_string();
            assert!(error.starts_with(want), "{error}");
        }
        let circle = &PARENT[PARENT.find("Resources").expect("there")..].replace("child.yaml", "template.yaml");
        let folder = folder(&[("template.yaml", circle)]);
        let error = Package::read(folder.path()).err().expect("a circle").to_string();
        assert!(error.contains("more than 8 deep"), "{error}");
    }
}
