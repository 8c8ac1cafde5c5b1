//! `cargo xtask models`: botocore's service models, stripped of what Tierra does not read, into `models/`.
//!
//! **Invariant**: the same pin and errata give the same bytes; no sentence of AWS's documentation is kept.

mod errata;
mod strip;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};

use crate::tidy;

/// The package on which the models rest. A new pin is a change of its own, with `cargo nextest run` after it.
const PIN: &str = "botocore==1.44.5";

/// The services that Tierra is for, by botocore's folder names: the catalogue's names too.
const SERVICES: &[&str] = &[
    "acm",
    "autoscaling",
    "cloudformation",
    "cloudfront",
    "cloudwatch",
    "dlm",
    "ec2",
    "ecr",
    "efs",
    "elasticache",
    "elb",
    "elbv2",
    "iam",
    "kms",
    "lambda",
    "logs",
    "rds",
    "resourcegroupstaggingapi",
    "route53",
    "s3",
    "secretsmanager",
    "ssm",
    "sts",
];

/// What all of `models/` may take, in bytes: it is carried in the binary.
const BUDGET: u64 = 700_000;

/// zstd's best; it is done once.
const LEVEL: i32 = 22;

/// Makes `models/` again.
///
/// # Errors
/// Where pip cannot give the package, a model is not as expected, an erratum does not apply, or the budget is passed.
pub fn refresh() -> Result<()> {
    let folder = tidy::top().join("models");
    let errata = errata::read(&folder.join("errata.toml"))?;
    let scratch = tempfile::tempdir()?;
    fetch(scratch.path())?;
    let mut index = Map::new();
    for name in SERVICES {
        let model = service(scratch.path(), name, &errata).with_context(|| (*name).to_owned())?;
        index.insert((*name).to_owned(), model["metadata"].clone());
        fs::write(folder.join(format!("{name}.json.zst")), compress(&model)?)?;
    }
    fs::write(folder.join("index.json"), serde_json::to_string(&index)?)?;
    errata::all_used(&errata)?;
    weigh(&folder)
}

fn fetch(to: &Path) -> Result<()> {
    let pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target"];
    let status = Command::new("python3")
        .args(pip)
        .arg(to)
        .arg(PIN)
        .status()
        .context("python3 -m pip")?;
    ensure!(status.success(), "pip could not install {PIN}");
    Ok(())
}

fn service(package: &Path, name: &str, errata: &[errata::Erratum]) -> Result<Value> {
    let folder = newest(&package.join("botocore/data").join(name))?;
    let model = read(&folder.join("service-2.json"))?;
    let mut model = strip::model(&model);
    let pages = read(&folder.join("paginators-1.json"))?;
    strip::add_pagination(&mut model, &pages);
    errata::apply(errata, name, &mut model)?;
    Ok(model)
}

/// The folder of the newest API version; their names are dates.
fn newest(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let versions: BTreeMap<_, _> = entries.flatten().map(|entry| (entry.file_name(), entry.path())).collect();
    versions.into_values().next_back().context("no version of the model")
}

/// A JSON file, plain or gzipped; an absent one is empty.
fn read(path: &Path) -> Result<Value> {
    if let Ok(text) = fs::read_to_string(path) {
        return Ok(serde_json::from_str(&text)?);
    }
    let zipped = PathBuf::from(format!("{}.gz", path.display()));
    let Ok(file) = File::open(&zipped) else { return Ok(json!({})) };
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text)?;
    Ok(serde_json::from_str(&text)?)
}

fn compress(model: &Value) -> Result<Vec<u8>> {
    // In one piece, so that the size stands in the frame and the reader needs no window.
    Ok(zstd::bulk::compress(serde_json::to_string(model)?.as_bytes(), LEVEL)?)
}

fn weigh(folder: &Path) -> Result<()> {
    let mut total = 0;
    for entry in fs::read_dir(folder)?.flatten() {
        total += entry.metadata()?.len();
    }
    println!("models: {} services, {total} bytes", SERVICES.len());
    if total > BUDGET {
        bail!("models/ takes {total} bytes of {BUDGET}");
    }
    Ok(())
}
