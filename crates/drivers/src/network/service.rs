//! What kinds of packet a group's rules name, as intervals on one line, so that they can be joined and subtracted.
//!
//! **Invariant**: each protocol owns 65,536 places of the line; a TCP or UDP packet stands at its destination port, an ICMP
//! packet at type × 256 + code. [`Services`] is sorted, and its intervals neither touch nor overlap: equal sets are equal values.

use crate::network::Traffic;

/// The protocol number of ICMP, whose place on the line is read from the first two bytes of its header.
pub const ICMP: u8 = 1;
/// The protocol number of TCP.
pub const TCP: u8 = 6;
/// The protocol number of UDP.
pub const UDP: u8 = 17;

const PLACES: u32 = 1 << 16;

/// A set of kinds of packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Services(Vec<(u32, u32)>);

/// A part of [`Services`] that one element of a packet filter's set can hold. Both ends of each range are included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceBox {
    /// Protocol numbers.
    pub protocols: (u8, u8),
    /// The first two bytes behind the IP header: source port, or ICMP type and code.
    pub first: (u16, u16),
    /// The next two: destination port.
    pub second: (u16, u16),
}

const EVERY: (u16, u16) = (0, u16::MAX);

impl From<Traffic> for Services {
    fn from(traffic: Traffic) -> Self {
        let within = |protocol: u8, (low, high): (u16, u16)| {
            let base = u32::from(protocol) * PLACES;
            (base + u32::from(low), base + u32::from(high))
        };
        Self(vec![match traffic {
            Traffic::Any => (0, 256 * PLACES - 1),
            Traffic::Tcp(low, high) => within(TCP, (low, high)),
            Traffic::Udp(low, high) => within(UDP, (low, high)),
            Traffic::Icmp(None, _) => within(ICMP, EVERY),
            Traffic::Icmp(Some(kind), None) => within(ICMP, (u16::from_be_bytes([kind, 0]), u16::from_be_bytes([kind, 255]))),
            Traffic::Icmp(Some(kind), Some(code)) => within(ICMP, (u16::from_be_bytes([kind, code]), u16::from_be_bytes([kind, code]))),
            Traffic::Protocol(number) => within(number, EVERY),
        }])
    }
}

impl FromIterator<Traffic> for Services {
    fn from_iter<I: IntoIterator<Item = Traffic>>(traffic: I) -> Self {
        let mut all: Vec<_> = traffic.into_iter().flat_map(|one| Self::from(one).0).collect();
        all.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::with_capacity(all.len());
        for (low, high) in all {
            match joined.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => joined.push((low, high)),
            }
        }
        Self(joined)
    }
}

impl Services {
    /// What is in this set and not in the other.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for &(start, high) in &self.0 {
            let mut low = start;
            for &(cut_low, cut_high) in other.0.iter().filter(|cut| cut.1 >= start && cut.0 <= high) {
                if cut_low > low {
                    left.push((low, cut_low - 1));
                }
                low = cut_high + 1;
            }
            if low <= high {
                left.push((low, high));
            }
        }
        Self(left)
    }

    /// The same set as disjoint boxes, at most three an interval: the end of one protocol, whole protocols, the start of one.
    pub fn boxes(&self) -> Vec<ServiceBox> {
        let mut boxes = Vec::new();
        for &(mut low, high) in &self.0 {
            while low <= high {
                let part = leading_box(low, high);
                boxes.push(part.0);
                low = part.1 + 1;
            }
        }
        boxes
    }
}

/// The longest box that begins at `low`, and the last place that it holds.
fn leading_box(low: u32, high: u32) -> (ServiceBox, u32) {
    let (first, last) = (low / PLACES, high / PLACES);
    let begins_whole = low.is_multiple_of(PLACES);
    let end_of_whole = if high % PLACES == PLACES - 1 { last } else { last.wrapping_sub(1) };
    if begins_whole && first <= end_of_whole && end_of_whole != u32::MAX {
        let whole = ServiceBox {
            protocols: (first as u8, end_of_whole as u8),
            first: EVERY,
            second: EVERY,
        };
        return (whole, end_of_whole * PLACES + PLACES - 1);
    }
    let end = high.min(first * PLACES + PLACES - 1);
    let places = ((low % PLACES) as u16, (end % PLACES) as u16);
    let protocol = first as u8;
    let (first, second) = if protocol == ICMP { (places, EVERY) } else { (EVERY, places) };
    (
        ServiceBox {
            protocols: (protocol, protocol),
            first,
            second,
        },
        end,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn traffic() -> impl Strategy<Value = Traffic> {
        let ports = || (0u16..6, 0u16..6).prop_map(|(a, b)| (a.min(b), a.max(b)));
        prop_oneof![
            Just(Traffic::Any),
            ports().prop_map(|(a, b)| Traffic::Tcp(a, b)),
            Just(Traffic::Tcp(0, u16::MAX)),
            ports().prop_map(|(a, b)| Traffic::Udp(a, b)),
            (proptest::option::of(0u8..3), proptest::option::of(0u8..3)).prop_map(|(t, c)| Traffic::Icmp(t, c)),
            (0u8..20).prop_map(Traffic::Protocol),
        ]
    }

    /// (protocol, place) pairs on both sides of every edge that the strategy can make.
    fn places() -> Vec<(u8, u16)> {
        let edges = [
            0,
            1,
            2,
            3,
            4,
            5,
            6,
            7,
            255,
            256,
            257,
            258,
            259,
            511,
            512,
            513,
            514,
            767,
            768,
            40_000,
            u16::MAX,
        ];
        (0..22)
            .chain([255])
            .flat_map(|protocol| edges.map(|place| (protocol, place)))
            .collect()
    }

    fn holds(part: &ServiceBox, (protocol, place): (u8, u16)) -> bool {
        let range = if protocol == ICMP && part.protocols.0 == ICMP {
            part.first
        } else {
            part.second
        };
        (part.protocols.0..=part.protocols.1).contains(&protocol) && (range.0..=range.1).contains(&place)
    }

    fn names(traffic: &Traffic, (protocol, place): (u8, u16)) -> bool {
        let [kind, code] = place.to_be_bytes();
        match *traffic {
            Traffic::Any => true,
            Traffic::Tcp(low, high) => protocol == TCP && (low..=high).contains(&place),
            Traffic::Udp(low, high) => protocol == UDP && (low..=high).contains(&place),
            Traffic::Icmp(want, and) => protocol == ICMP && want.is_none_or(|want| want == kind && and.is_none_or(|and| and == code)),
            Traffic::Protocol(number) => protocol == number,
        }
    }

    proptest! {
        #[test]
        fn boxes_hold_what_the_rules_name_each_once(mine in proptest::collection::vec(traffic(), 0..6), theirs in proptest::collection::vec(traffic(), 0..4)) {
            let left = mine.iter().copied().collect::<Services>().minus(&theirs.iter().copied().collect());
            let boxes = left.boxes();
            for place in places() {
                let expected = mine.iter().any(|t| names(t, place)) && !theirs.iter().any(|t| names(t, place));
                let found = boxes.iter().filter(|part| holds(part, place)).count();
                prop_assert_eq!(found, usize::from(expected), "{:?} of {:?} less {:?} as {:?}", place, mine, theirs, boxes);
            }
        }
    }

    #[test]
    fn any_is_one_box() {
        let boxes = Services::from(Traffic::Any).boxes();
        assert_eq!(
            boxes,
            [ServiceBox {
                protocols: (0, 255),
                first: EVERY,
                second: EVERY
            }]
        );
    }
}
