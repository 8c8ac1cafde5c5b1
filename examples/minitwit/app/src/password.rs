//! Passwords are kept as Argon2 hashes, each with a salt of its own.

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{Error, PasswordHash, PasswordHasher, PasswordVerifier, SaltString};

/// The hash to keep, in the PHC format.
///
/// # Errors
/// The password is longer than Argon2 takes.
pub fn hash(password: &str) -> Result<String, Error> {
    let salt = SaltString::generate(&mut OsRng);
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt)?.to_string())
}

/// Whether this is the password that was hashed. A hash that cannot be read fits none.
pub fn fits(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_fits_its_hash() {
        let kept = hash("default").expect("hashed");
        assert!(!kept.contains("default"));
        assert_ne!(kept, hash("default").expect("hashed"), "each has a salt of its own");
        for (password, expected) in [("default", true), ("Default", false), ("", false)] {
            assert_eq!(fits(password, &kept), expected, "{password:?}");
        }
        assert!(!fits("default", "no hash"));
    }
}
