//! Images from elsewhere: a root filesystem as a tar archive, an OCI layout as a folder or tar archive (what `docker save` and
//! `skopeo copy … oci:` write), or the archive that `docker save` wrote before it knew OCI. Compression is told by the first bytes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::DriverError;
use crate::image::Progress;

/// The most bytes of an OCI document.
const DOCUMENT_BYTES: u64 = 4 << 20;
/// How deep indexes may be nested.
const INDEX_DEPTH: usize = 4;
/// The names of what a layer takes away (OCI image-spec, "Whiteouts").
const WHITEOUT: &str = ".wh.";
/// … and of a folder whose content below it takes away.
const OPAQUE: &str = ".wh..wh..opq";

/// Unpacks `source` into the empty folder `root`. Returns the hash of what was imported.
pub(super) fn import(source: &Path, root: &Path, progress: &dyn Progress) -> Result<String, DriverError> {
    if !source.exists() {
        return Err(DriverError::NotFound {
            what: source.display().to_string(),
        });
    }
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::InvalidData => DriverError::Refused {
            reason: format!("{}: {error}", source.display()),
        },
        _ => DriverError::failed(format!("importing {}", source.display()), error),
    };
    if source.is_dir() {
        return import_layout(source, root, progress).map_err(failed);
    }
    let imported = match Form::of(source).map_err(failed)? {
        Form::Root => open(source)
            .and_then(|archive| unpack(archive, root))
            .and_then(|()| hash_of(source)),
        Form::Layout => unpacked(source, root, |layout| import_layout(layout, root, progress)),
        Form::Docker => unpacked(source, root, |folder| import_docker(folder, root, progress)).and_then(|()| hash_of(source)),
    };
    imported.map_err(failed)
}

/// Works on an archive that is unpacked beside `root` for so long.
fn unpacked<T>(source: &Path, root: &Path, work: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let folder = root.with_file_name("layout");
    fs::create_dir(&folder)?;
    let done = unpack(open(source)?, &folder).and_then(|()| work(&folder));
    fs::remove_dir_all(&folder)?;
    done
}

/// What an archive holds.
enum Form {
    Root,
    Layout,
    Docker,
}

impl Form {
    /// By the file at the archive's top that says so. Newer archives of `docker save` hold both.
    fn of(archive: &Path) -> io::Result<Self> {
        let mut form = Self::Root;
        let mut archive = tar::Archive::new(open(archive)?);
        for entry in archive.entries()? {
            let entry = entry?;
            let path = entry.path()?;
            let is = |name: &str| {
                path.components()
                    .filter(|part| *part != Component::CurDir)
                    .eq([Component::Normal(name.as_ref())])
            };
            if is("oci-layout") {
                return Ok(Self::Layout);
            }
            if is("manifest.json") {
                form = Self::Docker;
            }
        }
        Ok(form)
    }
}

/// An archive, whatever it is compressed with.
fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut first = [0; 4];
    let known = File::open(path)?.read(&mut first)?;
    let file = BufReader::new(File::open(path)?);
    Ok(match &first[..known] {
        [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(file)),
        [0x28, 0xb5, 0x2f, 0xfd] => Box::new(zstd::Decoder::new(file)?),
        _ => Box::new(file),
    })
}

fn hash_of(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hex::encode(hasher.finalize()))
}

/// Unpacks with owners, modes, times and extended attributes; device nodes are left out, `/dev` is never the image's.
fn unpack(archive: impl Read, root: &Path) -> io::Result<()> {
    for_each_entry(archive, |entry, _| entry.unpack_in(root).map(drop))
}

fn for_each_entry<R: Read>(archive: R, mut each: impl FnMut(&mut tar::Entry<'_, R>, &Path) -> io::Result<()>) -> io::Result<()> {
    let mut archive = tar::Archive::new(archive);
    archive.set_preserve_permissions(true);
    archive.set_preserve_ownerships(true);
    archive.set_unpack_xattrs(true);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let kind = entry.header().entry_type();
        if kind.is_character_special() || kind.is_block_special() || kind.is_fifo() {
            continue;
        }
        let path = entry.path()?.into_owned();
        each(&mut entry, &path)?;
    }
    Ok(())
}

/// A reference to a blob.
#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    #[serde(default)]
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    architecture: String,
}

/// An index or a manifest: which members it has tells which it is.
#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    manifests: Vec<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

fn import_layout(layout: &Path, root: &Path, progress: &dyn Progress) -> io::Result<String> {
    let mut document: Document = read_document(&layout.join("index.json"))?;
    let mut hash = hash_of(&layout.join("index.json"))?;
    for _ in 0..INDEX_DEPTH {
        if document.manifests.is_empty() {
            break;
        }
        let chosen = choose(&document.manifests).ok_or_else(|| invalid("no manifest for this machine's architecture"))?;
        let path = blob(layout, &chosen.digest)?;
        hash = hash_of(&path)?;
        document = read_document(&path)?;
    }
    let layers = document
        .layers
        .iter()
        .map(|layer| blob(layout, &layer.digest))
        .collect::<io::Result<Vec<_>>>()?;
    apply_layers(&layers, root, progress)?;
    Ok(hash)
}

/// One image of an archive that `docker save` wrote.
#[derive(Deserialize)]
struct Saved {
    #[serde(rename = "Layers")]
    layers: Vec<PathBuf>,
}

fn import_docker(folder: &Path, root: &Path, progress: &dyn Progress) -> io::Result<()> {
    let saved: Vec<Saved> = read_document(&folder.join("manifest.json"))?;
    let [image] = saved.as_slice() else {
        return Err(invalid("an archive of more than one image"));
    };
    let inner = |layer: &PathBuf| inside(folder, layer)?.ok_or_else(|| invalid("a layer that lies outside the archive"));
    let layers = image.layers.iter().map(inner).collect::<io::Result<Vec<_>>>()?;
    apply_layers(&layers, root, progress)
}

fn apply_layers(layers: &[PathBuf], root: &Path, progress: &dyn Progress) -> io::Result<()> {
    if layers.is_empty() {
        return Err(invalid("an image without layers"));
    }
    for (index, layer) in layers.iter().enumerate() {
        progress.detail(&format!("layer {} of {}", index + 1, layers.len()));
        apply_layer(open(layer)?, root)?;
    }
    Ok(())
}

/// The manifest for this machine: of its architecture, or the only one without any.
fn choose(manifests: &[Descriptor]) -> Option<&Descriptor> {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let fits = |m: &&Descriptor| m.platform.as_ref().is_none_or(|p| p.architecture == architecture);
    manifests.iter().find(fits)
}

fn read_document<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let mut text = Vec::new();
    File::open(path)?.take(DOCUMENT_BYTES).read_to_end(&mut text)?;
    serde_json::from_slice(&text).map_err(|error| invalid(&error.to_string()))
}

/// The file of a digest, checked against it.
fn blob(layout: &Path, digest: &str) -> io::Result<PathBuf> {
    let hex = digest
        .strip_prefix("sha256:")
        .filter(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
    let hex = hex.ok_or_else(|| invalid("a digest that is not SHA-256"))?;
    let path = layout.join("blobs/sha256").join(hex);
    if hash_of(&path)? != hex {
        Err(invalid(&format!("{digest} does not match its content")))
    } else {
        Ok(path)
    }
}

/// Lays one layer over what `root` holds. Whiteouts take away what lower layers brought, never what this one did.
fn apply_layer(archive: impl Read, root: &Path) -> io::Result<()> {
    let mut brought: BTreeMap<PathBuf, ()> = BTreeMap::new();
    for_each_entry(archive, |entry, path| {
        let path: PathBuf = path.components().filter(|part| matches!(part, Component::Normal(_))).collect();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let folder = path.parent().unwrap_or(Path::new(""));
        if name == OPAQUE {
            return empty(root, folder, &brought);
        }
        if let Some(hidden) = name.strip_prefix(WHITEOUT) {
            return take_away(root, &folder.join(hidden));
        }
        replace(root, &path, entry.header().entry_type().is_dir())?;
        brought.insert(path, ());
        entry.unpack_in(root).map(drop)
    })
}

/// Makes way where the kinds of the old and the new differ.
fn replace(root: &Path, path: &Path, by_folder: bool) -> io::Result<()> {
    let Some(place) = inside(root, path)? else { return Ok(()) };
    match fs::symlink_metadata(&place) {
        Ok(old) if old.is_dir() != by_folder => take_away(root, path),
        _ => Ok(()),
    }
}

fn empty(root: &Path, folder: &Path, brought: &BTreeMap<PathBuf, ()>) -> io::Result<()> {
    let Some(place) = inside(root, folder)? else { return Ok(()) };
    for entry in fs::read_dir(place).into_iter().flatten() {
        let path = folder.join(entry?.file_name());
        if !brought.contains_key(&path) {
            take_away(root, &path)?;
        }
    }
    Ok(())
}

fn take_away(root: &Path, path: &Path) -> io::Result<()> {
    let Some(place) = inside(root, path)? else { return Ok(()) };
    match fs::symlink_metadata(&place) {
        Ok(old) if old.is_dir() => fs::remove_dir_all(place),
        Ok(_) => fs::remove_file(place),
        Err(_) => Ok(()),
    }
}

/// The place of a path below `root`; nothing where a link on the way leads out of it.
fn inside(root: &Path, path: &Path) -> io::Result<Option<PathBuf>> {
    let Some((parent, name)) = path.parent().zip(path.file_name()) else {
        return Ok(Some(root.to_owned()));
    };
    let parent = match root.join(parent).canonicalize() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    Ok(parent.starts_with(root.canonicalize()?).then(|| parent.join(name)))
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
