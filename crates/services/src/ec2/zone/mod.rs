//! Regions, their availability zones, and what an account may have.

use tierra_core::Place;

/// The zones that every region has here.
const LETTERS: [char; 3] = ['a', 'b', 'c'];

/// The names of a region's availability zones.
pub fn names(place: &Place) -> impl Iterator<Item = String> + '_ {
    LETTERS.iter().map(|letter| place.region.zone(*letter))
}
