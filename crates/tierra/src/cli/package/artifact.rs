//! What a template names by local path, and where: the properties that `aws cloudformation package` looks at, and the parameters that
//! the template's own metadata tells to be filled. Follows the AWS CLI page "package" of CloudFormation.
//!
//! **Invariant**: pure; it reads no file. A reference is one value of the source, so that what replaces it replaces those bytes only.

use tierra_services::cloudformation::template::{Diagnostic, Node, Span};

/// The key of a template's metadata that names artifacts. AWS reads no metadata that it does not know.
pub const METADATA: &str = "Tierra::Artifacts";

/// How a template names an object in S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A template of its own, at `https://s3.REGION.amazonaws.com/BUCKET/KEY`.
    Template,
    /// `s3://BUCKET/KEY`
    Address,
    /// A mapping with these two keys.
    Object(&'static str, &'static str),
}

/// A property that may name a local path.
struct Place {
    kind: &'static str,
    /// From `Properties` down.
    path: &'static [&'static str],
    form: Form,
    /// Whether a single file is put into an archive too.
    archive: bool,
}

const fn place(kind: &'static str, path: &'static [&'static str], form: Form, archive: bool) -> Place {
    Place { kind, path, form, archive }
}

const LAMBDA: Form = Form::Object("S3Bucket", "S3Key");
const OBJECT: Form = Form::Object("Bucket", "Key");

/// Without the serverless types, which are a transform's.
const PLACES: [Place; 17] = [
    place("AWS::CloudFormation::Stack", &["TemplateURL"], Form::Template, false),
    place("AWS::Lambda::Function", &["Code"], LAMBDA, true),
    place("AWS::Lambda::LayerVersion", &["Content"], LAMBDA, true),
    place("AWS::ApiGateway::RestApi", &["BodyS3Location"], OBJECT, false),
    place("AWS::StepFunctions::StateMachine", &["DefinitionS3Location"], OBJECT, false),
    place("AWS::CodeCommit::Repository", &["Code", "S3"], OBJECT, true),
    place("AWS::ElasticBeanstalk::ApplicationVersion", &["SourceBundle"], LAMBDA, false),
    place("AWS::Glue::Job", &["Command", "ScriptLocation"], Form::Address, false),
    place("AWS::CloudFormation::ModuleVersion", &["ModulePackage"], Form::Address, false),
    place(
        "AWS::CloudFormation::ResourceVersion",
        &["SchemaHandlerPackage"],
        Form::Address,
        false,
    ),
    place("AWS::AppSync::GraphQLSchema", &["DefinitionS3Location"], Form::Address, false),
    place(
        "AWS::AppSync::Resolver",
        &["RequestMappingTemplateS3Location"],
        Form::Address,
        false,
    ),
    place(
        "AWS::AppSync::Resolver",
        &["ResponseMappingTemplateS3Location"],
        Form::Address,
        false,
    ),
    place("AWS::AppSync::Resolver", &["CodeS3Location"], Form::Address, false),
    place(
        "AWS::AppSync::FunctionConfiguration",
        &["RequestMappingTemplateS3Location"],
        Form::Address,
        false,
    ),
    place(
        "AWS::AppSync::FunctionConfiguration",
        &["ResponseMappingTemplateS3Location"],
        Form::Address,
        false,
    ),
    place("AWS::AppSync::FunctionConfiguration", &["CodeS3Location"], Form::Address, false),
];

/// A local path in a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The resource's name in the template.
    pub logical: String,
    /// The property's name.
    pub property: &'static str,
    /// As the template says it: relative to the template's folder.
    pub path: String,
    /// Where it says it.
    pub span: Span,
    /// What stands there afterwards.
    pub form: Form,
    /// Whether a single file is put into an archive too.
    pub archive: bool,
}

/// A local path whose object two parameters of the template name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// Relative to the template's folder.
    pub path: String,
    /// Where it is said.
    pub span: Span,
    /// The parameter that takes the bucket.
    pub bucket: String,
    /// The parameter that takes the key.
    pub key: String,
}

impl Reference {
    /// That nothing is there, in the AWS CLI's words.
    pub fn missing(&self, path: &str) -> Diagnostic {
        let (property, logical) = (self.property, &self.logical);
        let message = match self.form {
            Form::Template => format!(
                "{property} parameter of {logical} resource is invalid. It must be a S3 URL or path to CloudFormation template file. Actual: {path}"
            ),
            _ => format!("Parameter {property} of resource {logical} refers to a file or folder that does not exist {path}"),
        };
        Diagnostic::new(message, self.span).label("no such file")
    }
}

/// Every local path of a template's properties, in the order of the source.
pub fn references(root: &Node) -> Vec<Reference> {
    let resources = root.get("Resources").and_then(Node::as_map).unwrap_or_default();
    resources
        .iter()
        .flat_map(|entry| PLACES.iter().filter_map(|place| reference(&entry.key, &entry.value, place)))
        .collect()
}

fn reference(logical: &str, resource: &Node, place: &Place) -> Option<Reference> {
    if resource.get("Type")?.as_str()? != place.kind {
        return None;
    }
    let value = place.path.iter().try_fold(resource.get("Properties")?, |node, key| node.get(key))?;
    let path = value.as_str().filter(|path| is_local(path))?;
    Some(Reference {
        logical: logical.to_owned(),
        property: place.path.last()?,
        path: path.to_owned(),
        span: value.span,
        form: place.form,
        archive: place.archive,
    })
}

fn is_local(path: &str) -> bool {
    !path.is_empty() && ["s3://", "https://", "http://"].iter().all(|scheme| !path.starts_with(scheme))
}

/// The local paths that a template's metadata names.
///
/// # Errors
/// Where an entry lacks a key, or names a parameter that the template has not.
pub fn filled(root: &Node) -> Result<Vec<Filled>, Vec<Diagnostic>> {
    let Some(metadata) = root.get("Metadata").and_then(|metadata| metadata.get(METADATA)) else {
        return Ok(Vec::new());
    };
    let Some(entries) = metadata.as_list() else {
        let message = format!("Metadata {METADATA} must be a list of Path, BucketParameter, KeyParameter");
        return Err(vec![Diagnostic::new(message, metadata.span)]);
    };
    let (mut all, mut mistakes) = (Vec::new(), Vec::new());
    for entry in entries {
        match one(root, entry) {
            Ok(filled) => all.push(filled),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() { Ok(all) } else { Err(mistakes) }
}

fn one(root: &Node, entry: &Node) -> Result<Filled, Diagnostic> {
    let said = |key: &str| {
        let value = entry.get(key).and_then(|value| Some((value.as_str()?, value.span)));
        value.ok_or_else(|| Diagnostic::new(format!("An entry of {METADATA} lacks its {key}"), entry.span))
    };
    let (path, span) = said("Path")?;
    Ok(Filled {
        path: path.to_owned(),
        span,
        bucket: parameter(root, said("BucketParameter")?)?,
        key: parameter(root, said("KeyParameter")?)?,
    })
}

fn parameter(root: &Node, (name, span): (&str, Span)) -> Result<String, Diagnostic> {
    let parameters = root.get("Parameters").and_then(Node::as_map).unwrap_or_default();
    if parameters.iter().any(|entry| entry.key == name) {
        return Ok(name.to_owned());
    }
    let mistake = Diagnostic::new(
        format!("{METADATA} names the parameter {name}, which the template does not have"),
        span,
    );
    Err(mistake.suggest(name, parameters.iter().map(|entry| entry.key.as_str())))
}

/// The source with the bytes of each span replaced. What replaces them is JSON, which stands in YAML as it does in JSON.
pub fn rewritten(source: &str, mut replacements: Vec<(Span, String)>) -> String {
    replacements.sort_by_key(|(span, _)| span.start);
    let (mut text, mut at) = (String::with_capacity(source.len()), 0);
    for (span, replacement) in replacements {
        text.push_str(&source[at..span.start]);
        text.push_str(&replacement);
        at = span.start + quoted(&source[span.range()]);
    }
    text + &source[at..]
}

/// The bytes of a scalar: the span of a quoted one takes a comment behind it along.
fn quoted(text: &str) -> usize {
    let mut characters = text.char_indices();
    let Some((_, quote @ ('\'' | '"'))) = characters.next() else {
        return text.len();
    };
    let mut escaped = false;
    for (at, character) in characters {
        if character == quote && !escaped && !(quote == '\'' && text[at + 1..].starts_with(quote)) {
            return at + 1;
        }
        escaped = !escaped && (character == '\\' && quote == '"' || character == quote);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use tierra_services::cloudformation::template::tree;

    use super::*;

    const SOURCE: &str = r#"# a comment stays
Metadata:
  Tierra::Artifacts:
    - { Path: build/app, BucketParameter: AppBucket, KeyParameter: AppKey }
Parameters: { AppBucket: { Type: String }, AppKey: { Type: String } }
Resources:
  Child: { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: ./child.yaml } }
  Far: { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: "https://s3.amazonaws.com/b/k" } }
  Told: { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: !Ref AppKey } }
  Code:
    Type: AWS::Lambda::Function
    Properties:
      Code: 'src'   # the folder
      Handler: a.b
  Inline: { Type: "AWS::Lambda::Function", Properties: { Code: { ZipFile: "x" } } }
  Job: { Type: "AWS::Glue::Job", Properties: { Command: { ScriptLocation: job.py } } }
  Other: { Type: "AWS::SSM::Parameter", Properties: { TemplateURL: ./no } }
"#;

    #[test]
    fn local_paths_are_found_where_aws_looks_for_them() {
        let found = references(&tree(SOURCE).expect("a tree"));
        let told: Vec<_> = found
            .iter()
            .map(|one| (one.logical.as_str(), one.property, one.path.as_str(), one.archive))
            .collect();
        assert_eq!(
            told,
            [
                ("Child", "TemplateURL", "./child.yaml", false),
                ("Code", "Code", "src", true),
                ("Job", "ScriptLocation", "job.py", false)
            ]
        );
    }

    #[test]
    fn what_replaces_a_path_replaces_nothing_else() {
        let found = references(&tree(SOURCE).expect("a tree"));
        let replacements = found.iter().map(|one| (one.span, r#"{"S3Key":"k"}"#.to_owned())).collect();
        let text = rewritten(SOURCE, replacements);
        assert!(text.starts_with("# a comment stays\n"));
        assert!(
            text.contains("      Code: {\"S3Key\":\"k\"}   # the folder\n      Handler: a.b\n"),
            "{text}"
        );
        let after = tree(&text).expect("still a template");
        let code = after
            .get("Resources")
            .and_then(|all| all.get("Code")?.get("Properties")?.get("Code")?.get("S3Key")?.as_str());
        assert_eq!(code, Some("k"));
    }

    #[test]
    fn a_quoted_scalar_ends_with_its_quote() {
        for (text, want) in [
            ("src", "src"),
            ("'a' # 'b'", "'a'"),
            ("'it''s' #", "'it''s'"),
            (r#""a\"b" # ""#, r#""a\"b""#),
        ] {
            assert_eq!(&text[..quoted(text)], want);
        }
    }

    #[test]
    fn metadata_names_parameters_that_are_there() {
        let want = Filled {
            path: "build/app".to_owned(),
            span: filled(&tree(SOURCE).expect("a tree")).expect("well")[0].span,
            bucket: "AppBucket".to_owned(),
            key: "AppKey".to_owned(),
        };
        assert_eq!(filled(&tree(SOURCE).expect("a tree")), Ok(vec![want]));
        let cases = [
            ("KeyParameter: AppKey }", "KeyParameter: AppKex }", "names the parameter AppKex"),
            ("Path: build/app, ", "", "lacks its Path"),
            ("- { Path", "  { Path", "must be a list"),
        ];
        for (from, to, want) in cases {
            let mistakes = filled(&tree(&SOURCE.replace(from, to)).expect("a tree")).expect_err(want);
            assert!(mistakes[0].message.contains(want), "{mistakes:?}");
        }
    }

    #[test]
    fn what_is_missing_is_said_as_aws_says_it() {
        let found = references(&tree(SOURCE).expect("a tree"));
        assert!(found[0].missing("/x/child.yaml").message.ends_with("Actual: /x/child.yaml"));
        let want = "Parameter Code of resource Code refers to a file or folder that does not exist /x/src";
        assert_eq!(found[1].missing("/x/src").message, want);
    }
}
