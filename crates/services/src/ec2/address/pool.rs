//! The public addresses of the whole cloud: part of the host's loopback range.

use std::net::Ipv4Addr;

use tierra_core::{Expect, Ids, Key, Place, Tx};

use super::errors::AddressError;
use super::model::{Lease, cloud};

/// The third octets in use; 0 is left to the host.
const THIRDS: u64 = 255;
/// The fourth octets in use; 0 and 255 look like networks and are left out.
const FOURTHS: u64 = 254;

/// The public address of this ordinal.
fn address(ordinal: u64) -> Ipv4Addr {
    let octet = |n: u64| u8::try_from(n).unwrap_or(u8::MAX);
    Ipv4Addr::new(127, 100, octet(ordinal / FOURTHS % THIRDS + 1), octet(ordinal % FOURTHS + 1))
}

/// Takes a public address for this account's region.
///
/// # Errors
/// Where none is left.
pub fn take(tx: &mut Tx, ids: &Ids, holder: &Place) -> Result<Ipv4Addr, AddressError> {
    let count = THIRDS * FOURTHS;
    let start = ids.below(count);
    (start..start + count)
        .map(|ordinal| address(ordinal % count))
        .find(|address| tx.put(Lease::new(*address, holder), Expect::New).is_ok())
        .ok_or(AddressError::Exhausted)
}

/// Gives a public address back.
pub fn give_back(tx: &mut Tx, address: Ipv4Addr) {
    tx.delete(&Key::<Lease>::new(&cloud(), address));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ordinals_are_distinct_public_addresses() {
        let all: BTreeSet<Ipv4Addr> = (0..THIRDS * FOURTHS).map(address).collect();
        assert_eq!(all.len() as u64, THIRDS * FOURTHS);
        assert_eq!(all.first(), Some(&Ipv4Addr::new(127, 100, 1, 1)));
        assert_eq!(all.last(), Some(&Ipv4Addr::new(127, 100, 255, 254)));
    }
}
