//! Kernel settings under `/proc/sys/net`, which show and change those of the namespace that the thread is in.

use std::path::PathBuf;

use crate::DriverError;

fn path(name: &str) -> PathBuf {
    PathBuf::from("/proc/sys/net").join(name)
}

/// A setting's value; `None` where this kernel has no such setting.
pub fn get(name: &str) -> Option<String> {
    std::fs::read_to_string(path(name)).ok().map(|value| value.trim().to_owned())
}

/// Changes a setting (`ipv4/ip_forward`) where it has another value.
///
/// # Errors
/// `Failed` where the kernel refuses.
pub fn set(name: &str, value: &str) -> Result<(), DriverError> {
    if get(name).is_some_and(|there| there == value) {
        return Ok(());
    }
    std::fs::write(path(name), value).map_err(|error| DriverError::failed(format!("set net/{name}"), error))
}

/// Changes settings in order; those that this kernel lacks (IPv6 switched off) are left out.
///
/// # Errors
/// As [`set`].
pub fn set_present(settings: &[(&str, &str)]) -> Result<(), DriverError> {
    settings
        .iter()
        .filter(|(name, _)| path(name).exists())
        .try_for_each(|(name, value)| set(name, value))
}
