//! nft, run in the namespace of the thread, and what a table there is known to hold.
//!
//! **Invariant**: one transaction a change, all or nothing. Where it is not known what a table holds, it is made anew, in
//! one transaction too; flows that were let in are tracked elsewhere and go on.

use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::worker::Worker;
use crate::DriverError;
use crate::network::rules::{self, Ruleset, encode};

/// Bytes of nft's complaint that are kept.
const COMPLAINT: usize = 2000;

/// One table of one namespace.
#[derive(Debug)]
pub struct Firewall {
    table: String,
    /// What it holds, where that is known.
    applied: Option<Ruleset>,
}

impl Firewall {
    /// A table, of which nothing is known yet.
    pub fn new(table: impl Into<String>) -> Self {
        Self {
            table: table.into(),
            applied: None,
        }
    }

    /// Looks whether the table holds just this, left by an earlier process.
    pub async fn adopt(&mut self, worker: &Worker, ruleset: Ruleset) -> Result<(), DriverError> {
        let table = self.table.clone();
        let found = worker.run(move |_| async move { chains(&table).await }).await?;
        let there = ruleset.marker().is_some_and(|marker| found.iter().any(|chain| chain == marker));
        self.applied = there.then_some(ruleset);
        Ok(())
    }

    /// Makes the table hold this, in one transaction with what differs.
    pub async fn apply(&mut self, worker: &Worker, ruleset: Ruleset) -> Result<(), DriverError> {
        let changes = rules::diff(self.applied.as_ref(), &ruleset);
        if changes.is_empty() {
            return Ok(());
        }
        self.applied = None;
        let text = encode::transaction(encode::Table(&self.table), &changes);
        worker.run(move |_| async move { nft(&["-j", "-f", "-"], text).await }).await?;
        self.applied = Some(ruleset);
        Ok(())
    }

    /// Takes the table away.
    pub async fn remove(&mut self, worker: &Worker) -> Result<(), DriverError> {
        self.applied = None;
        let text = encode::deletion(encode::Table(&self.table));
        worker
            .run(move |_| async move { nft(&["-j", "-f", "-"], text).await })
            .await
            .map(drop)
    }
}

/// The names of a table's chains; none where there is no table.
async fn chains(table: &str) -> Result<Vec<String>, DriverError> {
    let listed = nft(&["-j", "list", "chains", "inet"], String::new()).await?;
    let listed: serde_json::Value =
        serde_json::from_str(&listed).map_err(|error| DriverError::failed("read nft's list of chains", error))?;
    let chains = listed["nftables"].as_array().into_iter().flatten().map(|item| &item["chain"]);
    Ok(chains
        .filter(|chain| chain["table"] == table)
        .filter_map(|chain| chain["name"].as_str())
        .map(str::to_owned)
        .collect())
}

async fn nft(arguments: &[&str], input: String) -> Result<String, DriverError> {
    let run = async {
        let mut child = Command::new("nft")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // It may refuse before it has read all; what it says of that is in its output.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
        child.wait_with_output().await
    };
    match run.await {
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(output) => Err(DriverError::failed("change the packet filter", complaint(&output))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(DriverError::Missing {
            what: "nft".into(),
            hint: "apt-get install nftables".into(),
        }),
        Err(error) => Err(DriverError::failed("run nft", error)),
    }
}

fn complaint(output: &std::process::Output) -> String {
    let all = [output.stderr.as_slice(), output.stdout.as_slice()].concat();
    String::from_utf8_lossy(&all).chars().take(COMPLAINT).collect()
}
