//! "Request tracing for your Application Load Balancer": the `X-Amzn-Trace-Id` header.

use std::time::{SystemTime, UNIX_EPOCH};

use super::chance::Chance;

/// Characters of an id.
const ID_LENGTH: usize = 35;

/// A field with a new id: `Root=1-67891233-abcdef012345678912345678`.
fn field(name: &str, now: SystemTime, chance: &Chance) -> String {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let mut field = String::with_capacity(name.len() + ID_LENGTH);
    field.push_str(name);
    field.push_str("1-");
    push_hex(&mut field, seconds, 8);
    field.push('-');
    push_hex(&mut field, chance.next(), 16);
    push_hex(&mut field, chance.next(), 8);
    field
}

/// The lowest digits of a number. Every request has an id: formatting it costs more than the rest of the header.
fn push_hex(text: &mut String, number: u64, digits: u32) {
    for digit in (0..digits).rev() {
        let value = (number >> (4 * digit)) & 0xf;
        text.push(char::from(b"0123456789abcdef"[value as usize]));
    }
}

/// The header that goes on, from the one that came.
pub fn header(came: Option<&str>, now: SystemTime, chance: &Chance) -> String {
    let root = || field("Root=", now, chance);
    let Some(came) = came.map(str::trim).filter(|came| !came.is_empty()) else {
        return root();
    };
    let fields: Vec<&str> = came.split(';').map(str::trim).filter(|field| !field.is_empty()).collect();
    if !fields.iter().any(|field| field.starts_with("Root=")) {
        return [&[root().as_str()], fields.as_slice()].concat().join(";");
    }
    let kept = fields.into_iter().filter(|field| !field.starts_with("Self="));
    let ours = field("Self=", now, chance);
    std::iter::once(ours.as_str()).chain(kept).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_as_aws_adds_them() {
        let chance = Chance::new(1);
        let at = UNIX_EPOCH + std::time::Duration::from_secs(0x67891233);
        let made = header(None, at, &chance);
        assert!(made.starts_with("Root=1-67891233-") && made.len() == 5 + 35, "{made}");
        let cases = [
            ("Root=1-a-b", "Self=*;Root=1-a-b"),
            ("Self=1-c-d;Root=1-a-b;CalledFrom=app", "Self=*;Root=1-a-b;CalledFrom=app"),
            ("CalledFrom=app", "Root=*;CalledFrom=app"),
        ];
        for (came, wanted) in cases {
            let made = header(Some(came), at, &chance);
            let pattern = crate::balancer::pattern::Pattern::exact(wanted);
            assert!(pattern.matches(made.as_bytes()), "{came}: {made}");
        }
    }
}
