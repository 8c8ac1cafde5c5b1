//! `cargo xtask schemas`: AWS's resource schemas out of a pinned cfn-lint wheel into `models/resources/`, one compressed file a
//! service, without prose. What is kept is listed in [`KEPT`]; everything else is dropped.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The package and its version.
const WHEEL: &str = "cfn-lint==1.58.0";
/// Where its schemas lie once unpacked.
const DATA: &str = "cfnlint/data/schemas";
/// The services whose schemas are kept: those that Tierra is for.
const SERVICES: [&str; 21] = [
    "AutoScaling",
    "CertificateManager",
    "CloudFormation",
    "CloudFront",
    "CloudWatch",
    "DLM",
    "EC2",
    "ECR",
    "EFS",
    "ElastiCache",
    "ElasticLoadBalancing",
    "ElasticLoadBalancingV2",
    "IAM",
    "KMS",
    "Lambda",
    "Logs",
    "RDS",
    "Route53",
    "S3",
    "SSM",
    "SecretsManager",
];
/// The keywords that are kept.
const KEPT: [&str; 35] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "conditionalCreateOnlyProperties",
    "const",
    "createOnlyProperties",
    "definitions",
    "dependentExcluded",
    "dependentRequired",
    "enum",
    "enumCaseInsensitive",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "oneOf",
    "pattern",
    "patternProperties",
    "primaryIdentifier",
    "properties",
    "readOnlyProperties",
    "replacementStrategy",
    "required",
    "requiredOr",
    "requiredXor",
    "type",
    "uniqueItems",
    "writeOnlyProperties",
    "deprecatedProperties",
];
/// Keywords whose values are maps from names to schemas: a property may be called `description`.
const MAPS: [&str; 3] = ["definitions", "patternProperties", "properties"];
/// Keywords whose values are data, not schemas.
const DATA_KEYWORDS: [&str; 3] = ["const", "dependentExcluded", "dependentRequired"];
/// As small as zstd makes it: it is done once.
const LEVEL: i32 = 19;

/// Writes `models/resources` below `root`.
pub fn refresh(root: &Path) -> Result<()> {
    let scratch = std::env::temp_dir().join(format!("schemas-{}", std::process::id()));
    fs::create_dir_all(&scratch)?;
    let result = unpack(&scratch).and_then(|()| write(&scratch.join(DATA), &root.join("models/resources")));
    fs::remove_dir_all(&scratch)?;
    result
}

fn unpack(scratch: &Path) -> Result<()> {
    run(scratch, &["-m", "pip", "download", "--quiet", "--no-deps", WHEEL])?;
    let wheel = fs::read_dir(scratch)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .find(|name| name.ends_with(".whl"));
    run(scratch, &["-m", "zipfile", "-e", &wheel.context("pip brought no wheel")?, "."])
}

fn run(dir: &Path, arguments: &[&str]) -> Result<()> {
    let status = Command::new("python3")
        .args(arguments)
        .current_dir(dir)
        .status()
        .context("python3 is needed")?;
    if !status.success() {
        bail!("python3 {} failed: {status}", arguments.join(" "));
    }
    Ok(())
}

fn write(data: &Path, out: &Path) -> Result<()> {
    let index: BTreeMap<String, String> = read(&data.join("providers/us-east-1.json"))?;
    fs::create_dir_all(out)?;
    let names: Vec<&str> = index.keys().map(String::as_str).collect();
    store(&out.join("names.txt.zst"), names.join("\n").as_bytes())?;
    for service in SERVICES {
        let prefix = format!("AWS::{service}::");
        let mut lines = String::new();
        for (name, file) in index.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix)) {
            let mut schema: Value = read(&data.join(format!("resources/{file}.json")))?;
            strip(&mut schema);
            lines.push_str(&format!("{name} {schema}\n"));
        }
        store(&out.join(format!("{}.json.zst", service.to_lowercase())), lines.as_bytes())?;
    }
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    Ok(serde_json::from_slice(&bytes)?)
}

fn store(path: &Path, bytes: &[u8]) -> Result<()> {
    let packed = zstd::encode_all(bytes, LEVEL)?;
    println!("{:>9} {:>8} {}", bytes.len(), packed.len(), path.display());
    Ok(fs::write(path, packed)?)
}

/// Drops every keyword that is not kept, all the way down.
fn strip(schema: &mut Value) {
    match schema {
        Value::Object(keywords) => {
            keywords.retain(|keyword, _| KEPT.contains(&keyword.as_str()));
            for (keyword, value) in keywords {
                match value {
                    Value::Object(named) if MAPS.contains(&keyword.as_str()) => named.values_mut().for_each(strip),
                    _ if DATA_KEYWORDS.contains(&keyword.as_str()) => {}
                    _ => strip(value),
                }
            }
        }
        Value::Array(schemas) => schemas.iter_mut().for_each(strip),
        _ => {}
    }
}
