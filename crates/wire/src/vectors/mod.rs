//! AWS's protocol cases, run against the codecs as a server: what a client would send is decoded, what a client would read is encoded.

mod input;
mod leftout;
mod output;
mod value;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use tierra_model::catalogue::{Protocol, Service};

use leftout::LEFT_OUT;

/// The folders of cases, from the repository's top; they are kept beside it under their own licence.
const FOLDERS: [&str; 4] = ["input", "output", "legacy/input", "legacy/output"];

/// One case of a suite.
struct Case<'a> {
    /// `legacy/input/query.json 3.0 SomeId`
    id: String,
    service: &'a Service,
    protocol: Protocol,
    case: &'a Json,
}

impl Case<'_> {
    fn operation(&self) -> &str {
        self.case["given"]["name"].as_str().expect("a name")
    }

    /// Whether another's list or ours says that it does not concern a server.
    fn left_out(&self) -> bool {
        LEFT_OUT.iter().any(|(ids, _)| ids.iter().any(|id| self.id.contains(id)))
    }
}

fn folder() -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let places = ["../shared", "../../shared"].map(|place| top.join(place).join("vectors/protocols"));
    let found = places.iter().find(|place| place.is_dir()).unwrap_or(&places[0]);
    found.clone()
}

/// Runs every case of a folder, and gives (passed, failures, left out) by protocol.
fn run(name: &str, tally: &mut BTreeMap<String, [usize; 3]>, failures: &mut Vec<String>) {
    let mut files: Vec<PathBuf> = fs::read_dir(folder().join(name))
        .expect("cases")
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    for file in files {
        let suites: Vec<Json> = serde_json::from_slice(&fs::read(&file).expect("a file")).expect("JSON");
        let stem = file.file_stem().expect("a stem").to_string_lossy().into_owned();
        for (index, suite) in suites.iter().enumerate() {
            for (position, case) in suite["cases"].as_array().into_iter().flatten().enumerate() {
                let service = service(suite, case);
                let id = format!("{name}/{stem} {index}.{position} {}", case["id"].as_str().unwrap_or("-"));
                let protocol = service.metadata.protocols[0];
                let case = Case {
                    id,
                    service: &service,
                    protocol,
                    case,
                };
                let row = tally.entry(format!("{stem:38} {name}")).or_default();
                if case.left_out() {
                    row[2] += 1;
                    continue;
                }
                let result = if name.ends_with("input") {
                    input::check(&case)
                } else {
                    output::check(&case)
                };
                match result {
                    Ok(()) => row[0] += 1,
                    Err(why) => {
                        row[1] += 1;
                        failures.push(format!("{}: {why}", case.id));
                    }
                }
            }
        }
    }
}

/// The small model that a case brings. The oldest ones put a use's traits with the shape, and a shape's payload with its use.
fn service(suite: &Json, case: &Json) -> Service {
    let operation = &case["given"];
    let name = operation["name"].as_str().expect("a name").to_owned();
    let mut shapes = suite["shapes"].clone();
    for side in ["input", "output"] {
        let reference = &operation[side];
        if let (Some(shape), Some(payload)) = (reference["shape"].as_str(), reference.get("payload")) {
            shapes[shape]["payload"] = payload.clone();
        }
    }
    let old = shapes.clone();
    for shape in shapes.as_object_mut().into_iter().flat_map(|shapes| shapes.values_mut()) {
        for member in shape
            .get_mut("members")
            .and_then(Json::as_object_mut)
            .into_iter()
            .flat_map(|members| members.values_mut())
        {
            let target = &old[member["shape"].as_str().expect("a shape")];
            for name in ["location", "locationName"] {
                if target.get("location").is_some() && member.get(name).is_none() && target.get(name).is_some() {
                    member[name] = target[name].clone();
                }
            }
        }
    }
    let model = json!({"metadata": suite["metadata"], "shapes": shapes, "operations": {name: operation}});
    Service::from_json("case", model.to_string().as_bytes()).expect("a model")
}

#[test]
fn the_codecs_pass_every_applicable_case() {
    if !folder().is_dir() {
        eprintln!("SKIPPED: no protocol cases at {}", folder().display());
        return;
    }
    let (mut tally, mut failures) = (BTreeMap::new(), Vec::new());
    for name in FOLDERS {
        run(name, &mut tally, &mut failures);
    }
    for (row, [passed, failed, left_out]) in &tally {
        println!("{row:55} {passed:4} of {:4} applicable, {left_out:3} left out", passed + failed);
    }
    let [passed, failed] = [0, 1].map(|column| tally.values().map(|row| row[column]).sum::<usize>());
    println!("{passed} of {} applicable cases pass", passed + failed);
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
