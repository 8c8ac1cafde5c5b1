//! The image contract, and what only archives show.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use tierra_drivers::DriverError;
use tierra_drivers::image::linux::LinuxImages;
use tierra_drivers::image::sim::SimImages;
use tierra_drivers::image::{Images, Import, Silent};

async fn names_come_and_go<T: Images + Import>(images: &T, source: &Path) {
    assert!(matches!(images.ensure("no-such-image").await, Err(DriverError::NotFound { .. })));
    assert!(matches!(images.ensure("../x").await, Err(DriverError::Refused { .. })));
    let image = images.import("mine", source).await.unwrap();
    assert_eq!(images.ensure("mine").await.unwrap(), image);
    assert_eq!(images.observe().await.unwrap(), [image]);
    images.remove("mine").await.unwrap();
    images.remove("mine").await.unwrap();
    assert_eq!(images.observe().await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn sim() {
    names_come_and_go(&SimImages::default(), Path::new("any")).await;
}

fn linux_in(folder: &Path) -> Option<LinuxImages> {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: images keep owners, which needs root");
        return None;
    }
    Some(LinuxImages::new(&folder.join("images"), Arc::new(Silent)).unwrap())
}

/// A tar archive of files; a name that ends in `/` is a folder.
fn tar_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        let folder = name.ends_with('/');
        header.set_entry_type(if folder {
            tar::EntryType::Directory
        } else {
            tar::EntryType::Regular
        });
        header.set_mode(if folder { 0o755 } else { 0o640 });
        header.set_uid(7);
        header.set_gid(8);
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, name, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

#[tokio::test]
async fn linux_archives_of_every_compression() {
    use std::os::unix::fs::MetadataExt;
    let folder = tempfile::tempdir().unwrap();
    let Some(images) = linux_in(folder.path()) else { return };
    let plain = tar_of(&[("etc/", ""), ("etc/name", "mini")]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    for bytes in [gzip.finish().unwrap(), zstd::encode_all(&plain[..], 1).unwrap(), plain] {
        let source = folder.path().join("source");
        fs::write(&source, bytes).unwrap();
        let image = images.import("archive", &source).await.unwrap();
        let name = Path::new(&image.layers[0]).join("etc/name");
        assert_eq!(fs::read_to_string(&name).unwrap(), "mini");
        assert_eq!(
            (fs::metadata(&name).unwrap().uid(), fs::metadata(&name).unwrap().mode() & 0o777),
            (7, 0o640)
        );
        images.remove("archive").await.unwrap();
    }
    names_come_and_go(&images, &folder.path().join("source")).await;
    assert_eq!(fs::read_dir(folder.path().join("images/layers")).unwrap().count(), 0);
}

/// Writes a blob of a layout; its descriptor.
fn blob(layout: &Path, bytes: &[u8]) -> String {
    let hash = hex::encode(Sha256::digest(bytes));
    fs::create_dir_all(layout.join("blobs/sha256")).unwrap();
    fs::write(layout.join("blobs/sha256").join(&hash), bytes).unwrap();
    format!(r#"{{"digest":"sha256:{hash}"}}"#)
}

#[tokio::test]
async fn linux_oci_layers_take_away_what_they_hide() {
    let folder = tempfile::tempdir().unwrap();
    let Some(images) = linux_in(folder.path()) else { return };
    let layout = folder.path().join("layout");
    let lower = tar_of(&[
        ("a/", ""),
        ("a/old", "1"),
        ("a/kept", "1"),
        ("b/", ""),
        ("b/old", "1"),
        ("file", "1"),
        ("dir/", ""),
        ("dir/x", "1"),
    ]);
    let upper = tar_of(&[
        ("a/.wh.old", ""),
        ("b/new", "2"),
        ("b/.wh..wh..opq", ""),
        ("file/", ""),
        ("file/in", "2"),
        (".wh.dir", ""),
    ]);
    let layers = [blob(&layout, &lower), blob(&layout, &zstd::encode_all(&upper[..], 1).unwrap())].join(",");
    let manifest = blob(&layout, format!(r#"{{"layers":[{layers}]}}"#).as_bytes());
    fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    fs::write(layout.join("index.json"), format!(r#"{{"manifests":[{manifest}]}}"#)).unwrap();

    let mut archive = tar::Builder::new(fs::File::create(folder.path().join("layout.tar")).unwrap());
    archive.append_dir_all(".", &layout).unwrap();
    archive.finish().unwrap();
    for source in ["layout", "layout.tar"] {
        let image = images.import("oci", &folder.path().join(source)).await.unwrap();
        let root = Path::new(&image.layers[0]);
        for (path, there) in [
            ("a/old", false),
            ("a/kept", true),
            ("b/old", false),
            ("b/new", true),
            ("file/in", true),
            ("dir", false),
            ("a/.wh.old", false),
        ] {
            assert_eq!(root.join(path).exists(), there, "{source}: {path}");
        }
    }
}

/// An archive as `docker save` wrote them before it knew OCI.
fn saved(manifest: &str, layers: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let manifest = ("manifest.json", manifest.as_bytes().to_vec());
    for (name, content) in layers.iter().chain([&manifest]) {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, name, &content[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

#[tokio::test]
async fn linux_archives_of_docker_save() {
    let folder = tempfile::tempdir().unwrap();
    let Some(images) = linux_in(folder.path()) else { return };
    let layers = [
        ("a/layer.tar", tar_of(&[("old", "1"), ("kept", "1")])),
        ("b/layer.tar", tar_of(&[(".wh.old", "")])),
    ];
    let source = folder.path().join("saved.tar");
    fs::write(
        &source,
        saved(r#"[{"Config":"c","Layers":["a/layer.tar","b/layer.tar"]}]"#, &layers),
    )
    .unwrap();
    let image = images.import("saved", &source).await.unwrap();
    let root = Path::new(&image.layers[0]);
    assert_eq!((root.join("old").exists(), root.join("kept").exists()), (false, true));
    for (manifest, reason) in [
        (r#"[{"Layers":[]}]"#, "without layers"),
        (r#"[{"Layers":["a/layer.tar"]},{"Layers":["b/layer.tar"]}]"#, "more than one image"),
        (r#"[{"Layers":["../../names/saved"]}]"#, "outside the archive"),
        ("{}", "invalid type"),
    ] {
        fs::write(&source, saved(manifest, &layers)).unwrap();
        let refused = images.import("bad", &source).await;
        assert!(
            matches!(&refused, Err(DriverError::Refused { reason: said }) if said.contains(reason)),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn linux_refuses_what_is_no_image_and_keeps_nothing_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let Some(images) = linux_in(folder.path()) else { return };
    let layout = folder.path().join("layout");
    let good = blob(&layout, b"{}");
    fs::write(layout.join("blobs/sha256").join(&good[18..82]), "changed").unwrap();
    fs::write(layout.join("index.json"), format!(r#"{{"manifests":[{good}]}}"#)).unwrap();
    let refused = images.import("bad", &layout).await;
    assert!(
        matches!(&refused, Err(DriverError::Refused { reason }) if reason.contains("does not match")),
        "{refused:?}"
    );
    assert!(matches!(
        images.import("bad", &folder.path().join("none")).await,
        Err(DriverError::NotFound { .. })
    ));
    assert_eq!(images.observe().await.unwrap(), []);
}
