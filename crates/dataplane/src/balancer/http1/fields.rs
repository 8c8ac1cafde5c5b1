//! The lines of a head, in one text that is used again for the next.

use std::ops::Range;

use crate::balancer::head::{Edit, Fields};

/// Where something is in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    from: u32,
    to: u32,
}

impl Span {
    /// Where `part` is in `whole`, which it is a part of. What is empty is anywhere.
    pub fn of(part: &[u8], whole: &[u8]) -> Self {
        if part.is_empty() {
            return Self::default();
        }
        let from = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
        Self::new(from..from + part.len())
    }

    fn new(range: Range<usize>) -> Self {
        // Heads are far shorter than 4 GiB: `wire::MOST`.
        Self {
            from: range.start as u32,
            to: range.end as u32,
        }
    }
}

/// Fields of a head that was parsed, with the changes that were made since.
#[derive(Debug, Default)]
pub struct Lines {
    text: Vec<u8>,
    lines: Vec<(Span, Span)>,
}

impl Lines {
    /// Takes a head in, in place of the one before.
    pub fn load(&mut self, head: &[u8], headers: &[httparse::Header<'_>]) {
        self.text.clear();
        self.text.extend_from_slice(head);
        self.lines.clear();
        let spans = |header: &httparse::Header<'_>| (Span::of(header.name.as_bytes(), head), Span::of(header.value, head));
        self.lines.extend(headers.iter().map(spans));
    }

    /// A part of the head.
    pub fn part(&self, span: Span) -> &[u8] {
        &self.text[span.from as usize..span.to as usize]
    }

    /// A part of the head that was parsed as text.
    pub fn text_part(&self, span: Span) -> &str {
        std::str::from_utf8(self.part(span)).unwrap_or_default()
    }

    /// Writes all lines and the empty one that ends them.
    pub fn write(&self, out: &mut Vec<u8>) {
        for (name, value) in &self.lines {
            out.extend_from_slice(self.part(*name));
            out.extend_from_slice(b": ");
            out.extend_from_slice(self.part(*value));
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
    }

    fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Span {
        let from = self.text.len();
        write(&mut self.text);
        Span::new(from..self.text.len())
    }

    fn is(&self, line: &(Span, Span), name: &str) -> bool {
        self.part(line.0).eq_ignore_ascii_case(name.as_bytes())
    }
}

/// `x-amzn-trace-id` as it is usually written.
pub fn title(name: &str, out: &mut Vec<u8>) {
    let mut first = true;
    out.extend(name.bytes().map(|byte| {
        let upper = std::mem::replace(&mut first, byte == b'-');
        if upper { byte.to_ascii_uppercase() } else { byte }
    }));
}

/// Whether a value can be written without ending its line. Whoever sets one has it from another head or has made it.
fn is_value(value: &[u8]) -> bool {
    !value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0))
}

impl Fields for Lines {
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.lines
            .iter()
            .filter(move |line| self.is(line, name))
            .map(|(_, value)| self.part(*value))
    }

    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.lines.iter().map(|(name, value)| (self.part(*name), self.part(*value)))
    }

    fn bytes(&self) -> u64 {
        let line = |(name, value): &(Span, Span)| self.part(*name).len() + self.part(*value).len() + 4;
        self.lines.iter().map(line).sum::<usize>() as u64
    }
}

impl Edit for Lines {
    fn set(&mut self, name: &str, value: &[u8]) {
        let Some(at) = self.lines.iter().position(|line| self.is(line, name)) else {
            return self.add(name, value);
        };
        if is_value(value) {
            let kept = self.lines[at].0;
            self.lines[at].1 = self.push(|text| text.extend_from_slice(value));
            let text = &self.text;
            let mut seen = 0;
            self.lines.retain(|(other, _)| {
                seen += 1;
                seen <= at + 1
                    || !text[other.from as usize..other.to as usize].eq_ignore_ascii_case(&text[kept.from as usize..kept.to as usize])
            });
        }
    }

    fn add(&mut self, name: &str, value: &[u8]) {
        if is_value(value) {
            let name = self.push(|text| title(name, text));
            let value = self.push(|text| text.extend_from_slice(value));
            self.lines.push((name, value));
        }
    }

    fn retain(&mut self, wanted: impl Fn(&[u8]) -> bool) {
        let text = &self.text;
        self.lines.retain(|(name, _)| wanted(&text[name.from as usize..name.to as usize]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(lines: &Lines) -> String {
        let mut out = Vec::new();
        lines.write(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn lines_are_found_and_changed_whatever_their_case() {
        let head = b"A: 1\r\nx-B: 2\r\nX-b: 3\r\nC:\r\n\r\n";
        let mut headers = [httparse::EMPTY_HEADER; 4];
        httparse::parse_headers(head, &mut headers).expect("head");
        let mut lines = Lines::default();
        lines.load(head, &headers);
        assert_eq!(lines.values("x-b").collect::<Vec<_>>(), [b"2", b"3"]);
        assert_eq!(lines.text("c"), Some(""));
        lines.set("x-b", b"4");
        lines.set("x-forwarded-for", b"10.0.0.1");
        lines.set("a", b"bad\r\nSmuggled: 1");
        lines.remove("c");
        assert_eq!(written(&lines), "A: 1\r\nx-B: 4\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n");
    }
}
