//! `Fn::Cidr`: blocks of equal size out of a larger one, from its start.

use ipnet::IpNet;

/// The most blocks that one call gives.
pub const COUNT: u32 = 256;

/// The first `count` blocks that leave `bits` bits for hosts; `None` where the block is no block or holds fewer.
pub fn divide(block: &str, count: u32, bits: u8) -> Option<Vec<String>> {
    let net: IpNet = block.parse().ok()?;
    let length = net.max_prefix_len().checked_sub(bits)?;
    let subnets: Vec<String> = net
        .trunc()
        .subnets(length)
        .ok()?
        .take(usize::try_from(count).ok()?)
        .map(|net| net.to_string())
        .collect();
    (subnets.len() == usize::try_from(count).ok()?).then_some(subnets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_divided_from_the_start() {
        let cases = [
            ("10.0.0.0/16", 2, 8, Some(vec!["10.0.0.0/24", "10.0.1.0/24"])),
            ("10.0.0.0/24", 3, 5, Some(vec!["10.0.0.0/27", "10.0.0.32/27", "10.0.0.64/27"])),
            ("10.0.0.0/24", 3, 8, None),
            ("10.0.0.0/24", 1, 12, None),
            ("10.0.0.0", 1, 8, None),
        ];
        for (block, count, bits, want) in cases {
            let want = want.map(|blocks| blocks.into_iter().map(str::to_owned).collect());
            assert_eq!(divide(block, count, bits), want, "{block} {count} {bits}");
        }
    }
}
