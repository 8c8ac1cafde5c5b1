//! Where `unsafe`, clocks, chance and threads may be.

use super::Source;

/// What no simulation runs or what looks up and never walks, so that its order may be chance's.
const BESIDE_THE_SIMULATION: &[&str] = &[
    "crates/dataplane/",
    "crates/drivers/",
    "crates/guest/",
    "crates/model/",
    "crates/tierra/src/edge/tls.rs",
    "examples/",
];
/// Where threads may be begun: everyone else says what blocks to `Blocking`.
const THREADS: &[&str] = &[
    "crates/core/src/blocking.rs",
    "crates/dataplane/src/balancer/",
    "crates/drivers/",
    "crates/tierra/src/agent/",
    "crates/tierra/src/cli/",
    "crates/tierra/src/home/",
    "examples/",
];
/// Where `select!` looks at its branches in the order in which they stand, not by chance: what a simulation runs.
const SIMULATED: &[&str] = &[
    "crates/core/src/",
    "crates/services/src/",
    "crates/tierra/src/edge/",
    "crates/tierra/src/vpc/",
];

/// A word, what it is, and the paths (by what they hold) where it may be.
const PLACES: &[(&str, &str, &[&str])] = &[
    ("unsafe {", "unsafe", &["crates/drivers/src/"]),
    ("unsafe fn", "unsafe", &["crates/drivers/src/"]),
    ("unsafe impl", "unsafe", &["crates/drivers/src/"]),
    (
        "SystemTime::now",
        "the clock",
        &["crates/core/src/clock.rs", "crates/guest/src/", "crates/tierra/src/cli/"],
    ),
    ("Timestamp::now", "the clock", &["examples/"]),
    ("Utc::now", "the clock", &[]),
    ("rand::", "chance", &["crates/core/src/ids.rs"]),
    ("Uuid::new", "chance", &[]),
    ("RandomState", "chance", &["crates/tierra/src/cli/lb_node.rs"]),
    ("HashMap", "an order by chance", BESIDE_THE_SIMULATION),
    ("HashSet", "an order by chance", BESIDE_THE_SIMULATION),
    ("spawn_blocking", "a thread", THREADS),
    ("thread::spawn", "a thread", THREADS),
    (
        "Command::new",
        "a program",
        &[
            "crates/drivers/src/",
            "crates/guest/src/",
            "crates/tierra/src/",
            "xtask/src/",
            "examples/",
        ],
    ),
];

/// Words outside their places. Within drivers, `unsafe` and programs belong to a `linux` folder, or to a test's own program.
pub fn broken(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| !source.is_test() && source.path != "xtask/src/tidy/places.rs")
        .flat_map(file)
        .collect()
}

fn file(source: &Source) -> Vec<String> {
    let code = source.body().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.flat_map(|(at, line)| {
        let wrong = PLACES
            .iter()
            .filter(|(word, what, places)| line.contains(word) && !allowed(&source.path, what, places));
        wrong.map(move |(word, what, _)| format!("{}:{}: {what} ({word}) is not made here", source.path, at + 1))
    })
    .chain(unbiased(source))
    .collect()
}

fn unbiased(source: &Source) -> Option<String> {
    let lines: Vec<&str> = source.body().collect();
    let is_simulated = SIMULATED.iter().any(|room| source.path.starts_with(room));
    let chance = |at: &usize| lines[*at].contains("select!") && lines.get(at + 1).is_none_or(|next| next.trim() != "biased;");
    let at = (0..lines.len()).filter(|_| is_simulated).find(chance)?;
    Some(format!("{}:{}: select! begins with biased; here", source.path, at + 1))
}

fn allowed(path: &str, what: &str, places: &[&str]) -> bool {
    let linux_only = path.starts_with("crates/drivers/") && matches!(what, "unsafe" | "a program");
    places.iter().any(|place| path.starts_with(place))
        && (!linux_only || ["/linux/", "/linux.rs", "/src/bin/"].iter().any(|place| path.contains(place)))
}
