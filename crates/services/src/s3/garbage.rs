//! Files that nobody names any more are removed: those that rows gave up, as they come, and at the start those that a crash left
//! between a file and its row.

use std::collections::BTreeSet;
use std::time::Duration;

use tierra_core::{Key, Store, StoreError};
use tierra_dataplane::object::Objects;
use tokio::sync::watch;
use tokio::time::sleep;

use super::model::content::Bytes;
use super::model::object::{Object, Older};
use super::model::{Garbage, Part, partition};

/// Files that one commit forgets.
const BATCH: usize = 1000;
/// How long files are gathered before a commit: they cost nothing but their room.
const GATHER: Duration = Duration::from_millis(500);

/// Removes files until `stop` says true.
pub async fn run(store: Store, objects: Objects, mut stop: watch::Receiver<bool>) {
    let (at, bytes) = (store.clone(), objects.clone());
    match store.blocking().run(move || sweep(&at, &bytes)).await {
        Ok(Ok(0)) => {}
        Ok(Ok(count)) => tracing::info!(count, "files that a crash left were removed"),
        Ok(Err(error)) => tracing::warn!(%error, "files that a crash left stay"),
        Err(panic) => tracing::error!(%panic, "sweeping"),
    }
    let mut revisions = store.revisions();
    while !*stop.borrow() {
        revisions.see();
        let (at, bytes) = (store.clone(), objects.clone());
        if let Ok(Err(error)) = store.blocking().run(move || collect(&at, &bytes)).await {
            tracing::warn!(%error, "files that nobody names stay");
        }
        let gathered = async {
            revisions.changed().await;
            sleep(GATHER).await;
        };
        tokio::select! {
            biased;
            _ = stop.changed() => {}
            () = gathered => {}
        }
    }
}

/// Removes the files of earlier runs that no row names.
fn sweep(store: &Store, objects: &Objects) -> std::io::Result<usize> {
    // The files first: whatever is named later was not among them.
    let files = objects.earlier()?;
    if files.is_empty() {
        return Ok(0);
    }
    let known = store.read(known).map_err(std::io::Error::other)?;
    objects.sweep(&files, &known)
}

fn known(tx: &mut tierra_core::Tx) -> Result<BTreeSet<String>, StoreError> {
    let mut known = BTreeSet::new();
    let newest = tx.all::<Object>().into_iter();
    let older = tx.all::<Older>().into_iter().map(|older| older.0);
    let contents = newest
        .chain(older)
        .filter_map(|object| object.version.content)
        .map(|content| content.bytes);
    for bytes in contents.chain(tx.all::<Part>().into_iter().map(|part| part.bytes)) {
        if let Bytes::Files(files) = bytes {
            known.extend(files.into_iter().map(|(id, _)| id));
        }
    }
    Ok(known)
}

/// Removes what rows gave up. The file first: a crash between the two removes it once more.
fn collect(store: &Store, objects: &Objects) -> std::io::Result<()> {
    loop {
        let given_up: Vec<Garbage> = store
            .read(|tx| Ok::<_, StoreError>(tx.range(&partition(), "", None, BATCH)))
            .map_err(std::io::Error::other)?;
        if given_up.is_empty() {
            return Ok(());
        }
        for garbage in &given_up {
            objects.remove(&garbage.file)?;
        }
        let forget = |tx: &mut tierra_core::Tx| {
            given_up
                .iter()
                .for_each(|garbage| tx.delete(&Key::<Garbage>::new(&partition(), &garbage.file)));
            Ok::<_, StoreError>(())
        };
        store.write(forget).map_err(std::io::Error::other)?;
    }
}
