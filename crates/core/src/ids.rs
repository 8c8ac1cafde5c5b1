//! Ids as arguments: a stream of AWS-shaped names, seeded in tests, from the system's entropy in the binary.

use std::fmt::{Debug, Display};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// How many hexadecimal digits follow an EC2 id's prefix.
const EC2_ID_DIGITS: usize = 17;
const UPPER_ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LOWER_ALNUM: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// An id of one kind of resource, made by [`id_type!`](crate::id_type).
pub trait AwsId: Clone + Debug + Display + FromStr {
    /// What it starts with, the dash included: `vpc-`.
    const PREFIX: &'static str;
    /// Wraps a finished id.
    fn from_text(text: String) -> Self;
}

/// A stream of ids. Clones share the stream.
#[derive(Clone, Debug)]
pub struct Ids(Arc<Mutex<StdRng>>);

impl Ids {
    /// A stream that always gives the same ids.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// A stream that no one can foretell.
    pub fn from_entropy() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_os_rng())))
    }

    fn with<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        // A panic while drawing leaves a usable generator behind, so poison is no reason to stop.
        draw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next EC2-shaped id: prefix and 17 hexadecimal digits.
    pub fn next<I: AwsId>(&self) -> I {
        I::from_text(format!("{}{}", I::PREFIX, self.hex(EC2_ID_DIGITS)))
    }

    /// `digits` lower-case hexadecimal digits.
    pub fn hex(&self, digits: usize) -> String {
        self.text(b"0123456789abcdef", digits)
    }

    /// Upper-case letters and digits, as in access key ids and role ids.
    pub fn upper(&self, length: usize) -> String {
        self.text(UPPER_ALNUM, length)
    }

    /// Letters and digits.
    pub fn alnum(&self, length: usize) -> String {
        self.text(ALNUM, length)
    }

    /// Lower-case letters and digits, as at the end of generated names.
    pub fn lower(&self, length: usize) -> String {
        self.text(LOWER_ALNUM, length)
    }

    /// A random (version 4) UUID.
    pub fn uuid(&self) -> String {
        let mut b: [u8; 16] = self.with(|rng| rng.random());
        b[6] = (b[6] & 0x0f) | 0x40;
        b[8] = (b[8] & 0x3f) | 0x80;
        let h = hex::encode(b);
        format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..])
    }

    /// A number below `bound` (at least 1).
    pub fn below(&self, bound: u64) -> u64 {
        self.with(|rng| rng.random_range(0..bound.max(1)))
    }

    /// Random bytes, for keys and tokens.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.with(|rng| rng.fill(&mut out[..]));
        out
    }

    fn text(&self, alphabet: &[u8], length: usize) -> String {
        self.with(|rng| {
            (0..length)
                .map(|_| char::from(alphabet[rng.random_range(0..alphabet.len())]))
                .collect()
        })
    }
}

/// Declares the id type of a resource: `id_type!(/// doc VpcId, "vpc-")`. Any text parses, since AWS answers `NotFound` where no
/// resource has that id; [`AwsId::PREFIX`] tells what a well-formed one looks like.
#[macro_export]
macro_rules! id_type {
    ($(#[$meta:meta])* $name:ident, $prefix:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl $crate::ids::AwsId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_text(text: String) -> Self {
                Self(text)
            }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self(text.to_owned()))
            }
        }
        ::tierra_model::text_shape!($name);
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    id_type!(
        /// For the test.
        ThingId,
        "thing-"
    );

    #[test]
    fn ids_follow_their_seed_and_look_like_aws() {
        let (a, b) = (Ids::seeded(7), Ids::seeded(7));
        let id: ThingId = a.next();
        assert_eq!(id, b.next::<ThingId>());
        assert!(id.as_str().strip_prefix("thing-").is_some_and(|rest| rest.len() == EC2_ID_DIGITS));
        assert_ne!(a.uuid(), a.uuid());
    }
}
