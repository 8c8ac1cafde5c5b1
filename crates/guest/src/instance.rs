//! What an instance remembers of its starts, where cloud-init keeps it: `/var/lib/cloud/instances/ID`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where cloud-init's state lies.
const CLOUD: &str = "/var/lib/cloud";

/// The memory of one instance id. A disk that becomes an image brings the memory of its old id, which binds nobody.
pub(crate) struct Instance {
    folder: PathBuf,
    /// Whether this disk was started under another id before.
    pub moved: bool,
}

impl Instance {
    /// The memory of this id, which is the disk's own from now on.
    pub fn open(id: &str) -> io::Result<Self> {
        Self::open_in(Path::new(CLOUD), id)
    }

    /// The id that the first stage found.
    pub fn current() -> io::Result<Self> {
        let id = fs::read_to_string(Path::new(CLOUD).join("data/instance-id"))?;
        Self::open(id.trim())
    }

    fn open_in(cloud: &Path, id: &str) -> io::Result<Self> {
        let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let folder = cloud.join("instances").join(&id);
        for name in ["sem", "scripts"] {
            fs::create_dir_all(folder.join(name))?;
        }
        fs::create_dir_all(cloud.join("data"))?;
        let note = cloud.join("data/instance-id");
        let before = fs::read_to_string(&note).unwrap_or_default();
        let moved = !before.is_empty() && before.trim() != id;
        fs::write(&note, format!("{id}\n"))?;
        let link = cloud.join("instance");
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(&folder, link)?;
        Ok(Self { folder, moved })
    }

    /// Does something once in the life of this id. It is noted before it is done: half-done once is better than twice.
    pub fn once(&self, what: &str, work: impl FnOnce()) {
        let note = self.folder.join("sem").join(format!("config_{what}"));
        if fs::File::create_new(note).is_ok() {
            work();
        }
    }

    /// Where a script of the user data is kept.
    pub fn script(&self, name: &str) -> PathBuf {
        self.folder.join("scripts").join(name)
    }

    /// Keeps the user data, for the second stage and for people.
    pub fn keep_user_data(&self, bytes: &[u8]) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let path = self.folder.join("user-data.txt");
        fs::write(&path, bytes)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))
    }

    /// The user data that was kept.
    pub fn user_data(&self) -> io::Result<Vec<u8>> {
        fs::read(self.folder.join("user-data.txt"))
    }

    /// Tells whoever waits for it that all is done.
    pub fn finish(&self) -> io::Result<()> {
        fs::write(self.folder.join("boot-finished"), "finished\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_is_once_for_each_id() {
        let dir = tempfile::tempdir().unwrap();
        let mut done = Vec::new();
        for id in ["i-1", "i-1", "i-2", "i-1"] {
            let instance = Instance::open_in(dir.path(), id).unwrap();
            let moved = instance.moved;
            instance.once("scripts", || done.push((id, moved)));
        }
        assert_eq!(done, [("i-1", false), ("i-2", true)]);
        assert_eq!(
            fs::read_link(dir.path().join("instance")).unwrap(),
            dir.path().join("instances/i-1")
        );
    }
}
