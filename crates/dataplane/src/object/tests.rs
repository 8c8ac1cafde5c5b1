//! Object bytes on a real folder.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::*;

fn read(objects: &Objects, pieces: &[Piece]) -> Vec<u8> {
    let mut reader = objects.open(pieces).expect("open");
    let mut all = Vec::new();
    loop {
        // What is in memory comes without waiting, and as it would have come with it.
        let chunk = reader.chunk_in_memory().unwrap_or_else(|| reader.chunk().expect("read"));
        if chunk.is_empty() {
            return all;
        }
        all.extend(chunk);
    }
}

fn written(objects: &Objects, bytes: &[u8]) -> FileId {
    let mut draft = objects.draft().expect("draft");
    draft.write(bytes).expect("write");
    draft.keep().expect("keep")
}

#[test]
fn pieces_are_read_as_one() {
    let folder = tempfile::tempdir().expect("folder");
    let objects = Objects::new(folder.path().to_owned(), "run");
    let long = vec![7; CHUNK_BYTES + 5];
    let (a, b) = (written(&objects, b"hello "), written(&objects, &long));
    let pieces = vec![Piece::whole(&a, 6), Piece::whole(&b, long.len() as u64)];
    assert_eq!(read(&objects, &pieces).len(), 6 + long.len());
    for (offset, length, want) in [
        (0, 5, b"hello".to_vec()),
        (4, 4, b"o \x07\x07".to_vec()),
        (8, 2, vec![7, 7]),
        (5, 0, Vec::new()),
    ] {
        assert_eq!(
            read(&objects, &Piece::range(pieces.clone(), offset, length)),
            want,
            "{offset}+{length}"
        );
    }
    let copy = objects.copy_bytes(&Piece::range(pieces, 3, 6)).expect("copied");
    assert_eq!(read(&objects, &[Piece::whole(&copy, 6)]), b"lo \x07\x07\x07");
}

#[test]
fn a_copy_outlives_its_source_and_a_reader_what_it_reads() {
    let folder = tempfile::tempdir().expect("folder");
    let objects = Objects::new(folder.path().to_owned(), "run");
    let source = written(&objects, b"bytes");
    let copy = objects.copy(&source).expect("copy");
    let mut reader = objects.open(&[Piece::whole(&source, 5)]).expect("open");
    objects.remove(&source).expect("removed");
    objects.remove(&source).expect("removed twice");
    assert_eq!(reader.chunk().expect("read"), &b"bytes"[..]);
    assert_eq!((reader.chunk_in_memory(), reader.length()), (Some(Bytes::new()), 0));
    assert!(objects.open(&[Piece::whole(&source, 5)]).is_err());
    assert!(objects.copy(&source).is_err());
    assert_eq!(read(&objects, &[Piece::whole(&copy, 5)]), b"bytes");
}

#[test]
fn drafts_leave_nothing_and_orphans_of_earlier_runs_are_swept() {
    let folder = tempfile::tempdir().expect("folder");
    let earlier = Objects::new(folder.path().to_owned(), "first");
    let mut draft = earlier.draft().expect("draft");
    draft.write(b"half").expect("write");
    drop(draft);
    assert_eq!(earlier.earlier().expect("listed"), BTreeSet::new());
    let (kept, orphan) = (written(&earlier, b"kept"), written(&earlier, b"orphan"));
    let objects = Objects::new(folder.path().to_owned(), "second");
    let new = written(&objects, b"new");
    std::fs::write(objects.path("first-1").with_extension("partial"), b"torn").expect("written");
    let found = objects.earlier().expect("listed");
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(objects.sweep(&found, &BTreeSet::from([kept.clone()])).expect("swept"), 2);
    assert!(objects.open(&[Piece::whole(&orphan, 6)]).is_err());
    assert_eq!(read(&objects, &[Piece::whole(&kept, 4), Piece::whole(&new, 3)]), b"keptnew");
}

#[test]
fn a_chunk_that_is_held_is_not_written_over() {
    let folder = tempfile::tempdir().expect("folder");
    let objects = Objects::new(folder.path().to_owned(), "run");
    let (a, b) = (vec![1; CHUNK_BYTES], vec![2; CHUNK_BYTES]);
    let file = written(&objects, &[a.clone(), b.clone()].concat());
    let mut reader = objects.open(&[Piece::whole(&file, 2 * CHUNK_BYTES as u64)]).expect("open");
    let held = reader.chunk().expect("read");
    assert_eq!(reader.chunk().expect("read"), b);
    assert_eq!(held, a);
}
