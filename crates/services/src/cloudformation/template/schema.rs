//! AWS's resource schemas, unpacked one type at a time when a template first names it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;

macro_rules! packed {
    ($($service:literal => $file:literal),* $(,)?) => {
        /// One compressed file a service: a line a type, its name, a space, its schema.
        const PACKED: &[(&str, &[u8])] = &[$(($service, include_bytes!(concat!("../../../../../models/resources/", $file, ".json.zst")))),*];
    };
}
packed!(
    "AutoScaling" => "autoscaling", "CertificateManager" => "certificatemanager", "CloudFormation" => "cloudformation",
    "CloudFront" => "cloudfront", "CloudWatch" => "cloudwatch", "DLM" => "dlm", "EC2" => "ec2", "ECR" => "ecr", "EFS" => "efs",
    "ElastiCache" => "elasticache", "ElasticLoadBalancing" => "elasticloadbalancing", "ElasticLoadBalancingV2" => "elasticloadbalancingv2",
    "IAM" => "iam", "KMS" => "kms", "Lambda" => "lambda", "Logs" => "logs", "RDS" => "rds", "Route53" => "route53", "S3" => "s3",
    "SSM" => "ssm", "SecretsManager" => "secretsmanager",
);
const NAMES: &[u8] = include_bytes!("../../../../../models/resources/names.txt.zst");

/// One type's schema.
#[derive(Debug)]
pub struct Schema(Value);

/// Whether a change of a property makes a new resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recreation {
    /// It is changed in place.
    Never,
    /// That depends on the values.
    Conditionally,
    /// Always.
    Always,
}

impl Schema {
    /// The schema of the properties as a whole.
    pub fn root(&self) -> &Value {
        &self.0
    }

    /// A schema with its `$ref` followed.
    pub fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        /// References lead to references at most this often.
        const HOPS: usize = 8;
        let mut schema = schema;
        for _ in 0..HOPS {
            let Some(target) = schema.get("$ref").and_then(Value::as_str) else {
                break;
            };
            schema = self.0.pointer(target.trim_start_matches('#')).unwrap_or(&Value::Null);
        }
        schema
    }

    /// Whether a property (`/Tags`) is AWS's to set.
    pub fn is_read_only(&self, path: &str) -> bool {
        self.lists("readOnlyProperties", path)
    }

    /// Whether changing a top-level property makes a new resource.
    pub fn recreation(&self, name: &str) -> Recreation {
        let inside = |keyword| {
            self.listed(keyword)
                .any(|listed| listed == format!("/{name}") || listed.starts_with(&format!("/{name}/")))
        };
        if self.lists("createOnlyProperties", &format!("/{name}")) {
            Recreation::Always
        } else if inside("conditionalCreateOnlyProperties") || inside("createOnlyProperties") {
            Recreation::Conditionally
        } else {
            Recreation::Never
        }
    }

    /// What `Fn::GetAtt` may ask, as AWS lists it: `Arn`, `Endpoint.Address`.
    pub fn attributes(&self) -> impl Iterator<Item = String> {
        self.listed("readOnlyProperties")
            .map(|path| path.trim_start_matches('/').replace('/', "."))
    }

    fn lists(&self, keyword: &str, path: &str) -> bool {
        self.listed(keyword).any(|listed| listed == path)
    }

    fn listed<'a>(&'a self, keyword: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let paths = self.0.get(keyword).and_then(Value::as_array).into_iter().flatten();
        paths.filter_map(|path| path.as_str()?.strip_prefix("/properties"))
    }
}

/// The schema of a type; `None` where it is not among the services that Tierra is for.
pub fn schema(name: &str) -> Option<Arc<Schema>> {
    static CACHE: Mutex<BTreeMap<String, Arc<Schema>>> = Mutex::new(BTreeMap::new());
    // A panic while inserting leaves a usable map behind, so poison is no reason to stop.
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(schema) = cache.get(name) {
        return Some(Arc::clone(schema));
    }
    let schema = Arc::new(unpack(name)?);
    cache.insert(name.to_owned(), Arc::clone(&schema));
    Some(schema)
}

/// The names of all types that AWS has.
pub fn names() -> &'static str {
    static NAMES_TEXT: OnceLock<String> = OnceLock::new();
    NAMES_TEXT.get_or_init(|| text(NAMES))
}

/// Whether AWS has a type of this name.
pub fn exists(name: &str) -> bool {
    names().lines().any(|line| line == name)
}

fn unpack(name: &str) -> Option<Schema> {
    let service = name.split("::").nth(1)?;
    let (_, packed) = PACKED.iter().find(|(known, _)| *known == service)?;
    let text = text(packed);
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    serde_json::from_str(line).ok().map(Schema)
}

/// What is packed into the binary is whole; were it not, there would be no types, which every test would notice.
fn text(packed: &[u8]) -> String {
    zstd::decode_all(packed)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_tell_types_and_what_makes_a_replacement() {
        let vpc = schema("AWS::EC2::VPC").expect("VPC");
        let cases = [
            ("CidrBlock", Recreation::Always),
            ("InstanceTenancy", Recreation::Conditionally),
            ("Tags", Recreation::Never),
        ];
        for (name, want) in cases {
            assert_eq!(vpc.recreation(name), want, "{name}");
        }
        assert!(vpc.is_read_only("/VpcId") && vpc.attributes().any(|name| name == "DefaultSecurityGroup"));
        assert!(schema("AWS::EC2::Nothing").is_none() && schema("x").is_none());
        assert!(exists("AWS::DynamoDB::Table") && !exists("AWS::DynamoDB::Chair"));
        for (service, _) in PACKED {
            assert!(
                names()
                    .lines()
                    .any(|name| name.split("::").nth(1) == Some(service) && schema(name).is_some()),
                "{service}"
            );
        }
    }
}
