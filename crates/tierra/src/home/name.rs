//! What a cloud is called on its machine, and which user its control plane is: both follow from where its data directory is.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use tierra_drivers::network::names::digest;

/// Where every cloud of the machine keeps what does not outlive the machine's next start.
pub const RUN: &str = "/run/tierra";
/// Numbers that neither Debian's, systemd's nor a user's allocations touch ("Users, Groups, UIDs and GIDs on systemd Systems").
const FIRST_USER: u32 = 60_578;
const USERS: u64 = 606;

/// The user as which the cloud's control plane runs, and its group. Nothing on the machine belongs to it but this cloud's files,
/// no account needs to be made or removed for it, and two clouds are strangers to each other.
pub fn user(data: &Path) -> u32 {
    // The remainder is far below the bound of the type.
    FIRST_USER + u32::try_from(digest(&data.to_string_lossy()) % USERS).unwrap_or(0)
}

/// Where a cloud keeps what does not outlive the machine's next start.
pub fn run_folder(data: &Path) -> PathBuf {
    Path::new(RUN).join(cloud_name(data))
}

/// A short name for the cloud of a data directory: its devices and tables on the host carry it.
pub fn cloud_name(data: &Path) -> String {
    let old = former_name(data);
    if Path::new(RUN).join(&old).exists() {
        old
    } else {
        letters(digest(&data.to_string_lossy()))
    }
}

/// The name that clouds had whose number came from the standard library's hasher, which another compiler may change. What runs
/// under such a name keeps it until the cloud is stopped.
fn former_name(data: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    letters(hasher.finish())
}

fn letters(number: u64) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    let mut rest = number;
    let mut name = String::from("t");
    for _ in 0..4 {
        name.push(char::from(LETTERS[(rest % 26) as usize]));
        rest /= 26;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_users_stay_from_build_to_build() {
        let data = Path::new("/home/ann/.local/share/tierra");
        assert_eq!((cloud_name(data), user(data)), ("tfium".to_owned(), 61117));
        assert_ne!(user(data), user(Path::new("/root/.local/share/tierra")));
    }
}
