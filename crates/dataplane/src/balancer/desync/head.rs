//! What is found in a head: in the lines of one that was parsed, or in the bytes of one that could not be.

use super::{Class, Verdict};
use crate::balancer::head::number;

/// Transfer codings that are known, whether they are supported or not.
const CODINGS: [&[u8]; 5] = [b"chunked", b"compress", b"deflate", b"gzip", b"identity"];
/// The names that frame a body.
const LENGTH: &[u8] = b"content-length";
const CODING: &[u8] = b"transfer-encoding";

/// Looks through the lines of a head. `old` is HTTP/1.0, or older.
pub fn of_lines<'a>(verdict: &mut Verdict, method: &[u8], old: bool, lines: impl Iterator<Item = (&'a [u8], &'a [u8])>) {
    let mut body = Body::default();
    for (name, value) in lines {
        body.line(verdict, name, value);
    }
    if old && body.coded {
        verdict.note(Class::Ambiguous, "UndefinedTransferEncodingSemantics");
        return;
    }
    if let Some((class, reason)) = body.worst {
        verdict.note(class, reason);
    }
    if matches!(method, b"GET" | b"HEAD") {
        if body.coded {
            verdict.note(Class::Ambiguous, "UndefinedTransferEncodingSemantics");
        }
        match body.length {
            Some(0) => verdict.note(Class::Acceptable, "GetHeadZeroContentLength"),
            Some(_) => verdict.note(Class::Ambiguous, "UndefinedContentLengthSemantics"),
            None => {}
        }
    }
    if body.coded && body.length.is_some() {
        verdict.note(Class::Ambiguous, "BothTeClPresent");
    }
}

/// What lines say of a body.
#[derive(Debug, Default)]
struct Body {
    coded: bool,
    chunked: bool,
    length: Option<u64>,
    worst: Option<(Class, &'static str)>,
}

impl Body {
    fn line(&mut self, verdict: &mut Verdict, name: &[u8], value: &[u8]) {
        // Nearly all names end here.
        let Some(first) = name.iter().find(|byte| byte.is_ascii_alphanumeric()) else {
            return;
        };
        let framing = match first.to_ascii_lowercase() {
            b'c' => LENGTH,
            b't' => CODING,
            _ => return,
        };
        if !name.eq_ignore_ascii_case(framing) {
            if !is_near(name, framing) {
                return;
            }
            verdict.note(Class::Ambiguous, "SuspiciousHeader");
        }
        if framing == LENGTH {
            self.length(value);
        } else {
            value.split(|byte| *byte == b',').for_each(|coding| self.coding(coding));
        }
    }

    fn length(&mut self, value: &[u8]) {
        match (number(value.trim_ascii()), self.length) {
            (None, _) => self.found(Class::Severe, "BadContentLength"),
            (Some(new), None) => self.length = Some(new),
            (Some(new), Some(known)) if new == known => self.found(Class::Ambiguous, "DuplicateContentLength"),
            (Some(_), Some(_)) => self.found(Class::Severe, "MultipleContentLength"),
        }
    }

    fn coding(&mut self, coding: &[u8]) {
        self.coded = true;
        let name = coding.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let chunked = name.eq_ignore_ascii_case(b"chunked");
        if !CODINGS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            self.found(Class::Severe, "BadTransferEncoding");
        } else if chunked && self.chunked {
            self.found(Class::Severe, "MultipleTransferEncodingChunked");
        }
        self.chunked = chunked;
    }

    fn found(&mut self, class: Class, reason: &'static str) {
        if self.worst.is_none_or(|(worst, _)| class > worst) {
            self.worst = Some((class, reason));
        }
    }
}

/// "A header that can be normalized to Transfer-Encoding or Content-Length using common text normalization techniques": it has the
/// same letters, but for what stands between, before or behind them.
fn is_near(name: &[u8], framing: &[u8]) -> bool {
    let letters = |text: &'_ [u8]| -> Vec<u8> {
        let mut letters = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((first, behind)) = rest.split_first() {
            rest = behind;
            match (first, behind.first()) {
                // "ſ" and "ı": in upper case they are S and I.
                (0xc5, Some(0xbf)) => letters.push(b's'),
                (0xc4, Some(0xb1)) => letters.push(b'i'),
                (byte, _) if byte.is_ascii_alphanumeric() => letters.push(byte.to_ascii_lowercase()),
                _ => {}
            }
        }
        letters
    };
    let wanted = letters(framing);
    let before_space = name.trim_ascii_start().split(|byte| matches!(byte, b' ' | b'\t')).next();
    name.len() >= framing.len() && (letters(name) == wanted || before_space.is_some_and(|name| letters(name) == wanted))
}

/// Classifies a head that could not be parsed; nothing where it is none at all, but some other protocol's.
pub fn classify_text(text: &[u8]) -> Option<Verdict> {
    let mut lines = text.split(|byte| *byte == b'\n');
    let first = lines.next()?;
    let first = first.strip_suffix(b"\r").unwrap_or(first);
    let (method, rest) = halves(first, first.iter().position(|byte| *byte == b' ')?);
    let (uri, version) = halves(rest, rest.iter().rposition(|byte| *byte == b' ')?);
    if !version.starts_with(b"HTTP/") {
        return None;
    }
    let mut verdict = Verdict::COMPLIANT;
    let pairs = lines
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .take_while(|line| !line.is_empty());
    let pairs: Vec<(&[u8], &[u8])> = pairs
        .map(|line| halves(line, line.iter().position(|byte| *byte == b':').unwrap_or(line.len())))
        .collect();
    pairs.iter().for_each(|(name, value)| characters(&mut verdict, name, value));
    of_lines(&mut verdict, method, version < b"HTTP/1.1".as_slice(), pairs.into_iter());
    if !method.iter().all(|byte| is_token(*byte)) {
        verdict.note(Class::Severe, "BadMethod");
    }
    match version {
        b"HTTP/1.0" | b"HTTP/1.1" => {}
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor] if minor.is_ascii_digit() => {
            verdict.note(Class::Acceptable, "NonCompliantVersion")
        }
        _ => verdict.note(Class::Severe, "BadVersion"),
    }
    for byte in uri {
        match byte {
            0 | b'\r' => verdict.note(Class::Severe, "BadUri"),
            b' ' => verdict.note(Class::Acceptable, "SpaceInUri"),
            1..b' ' | 0x7f => verdict.note(Class::Ambiguous, "AmbiguousUri"),
            _ => {}
        }
    }
    Some(verdict)
}

/// What is before the byte, and what is behind it.
fn halves(text: &[u8], at: usize) -> (&[u8], &[u8]) {
    (&text[..at], text.get(at + 1..).unwrap_or_default())
}

fn characters(verdict: &mut Verdict, name: &[u8], value: &[u8]) {
    let bad = |byte: &u8| matches!(byte, 0 | b'\r');
    let control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
    if name.iter().chain(value).any(bad) {
        verdict.note(Class::Severe, "BadHeader");
    } else if name.iter().any(|byte| !is_token(*byte)) || value.iter().any(control) {
        verdict.note(Class::Acceptable, "NonCompliantHeader");
    }
    if name.trim_ascii().is_empty() {
        verdict.note(Class::Ambiguous, "EmptyHeader");
    }
}

/// RFC 9110's `tchar`.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::super::classify;
    use super::*;
    use crate::balancer::head::Head;

    /// A head, and its class and reason. The cases are those of "Classification reasons" and of the guardian's own documentation.
    const CASES: &[(&str, &str)] = &[
        ("GET /|Host: a", "-"),
        ("POST /|Content-Length: 1000", "-"),
        ("POST /|Transfer-Encoding: chunked", "-"),
        ("POST /|Transfer-Encoding: gzip , deflate,\tidentity, compress , Chunked;param", "-"),
        ("POST /|Transfer-Encoding: gzip|Transfer-Encoding: chunked", "-"),
        ("POST /|X_Y.!#$%&'*+^`~9: \u{e9}", "-"),
        ("GET /?%09%20%0D|Host: a", "-"),
        ("GET /|Content-Language: de|Content-Length2: 5|TE: trailers|Trailer: x", "-"),
        // Acceptable
        ("GET /|Content-Length: 0", "Acceptable GetHeadZeroContentLength"),
        ("HEAD /|Content-Length: 0", "Acceptable GetHeadZeroContentLength"),
        ("PUT /|X-Custom : v|Content-Length: 5", "Acceptable NonCompliantHeader"),
        ("PUT /|X-Custom: \x01v", "Acceptable NonCompliantHeader"),
        ("PUT /|X-Cust\u{f6}m: v", "Acceptable NonCompliantHeader"),
        ("GET / HTTP/1.2|Host: a", "Acceptable NonCompliantVersion"),
        ("GET /a b|Host: a", "Acceptable SpaceInUri"),
        // Ambiguous
        ("GET /a\tb|Host: a", "Ambiguous AmbiguousUri"),
        ("GET /a\x01b|Host: a", "Ambiguous AmbiguousUri"),
        ("POST /|: v", "Ambiguous EmptyHeader"),
        ("POST /|  \t : v", "Ambiguous EmptyHeader"),
        ("POST /|Transfer-Encoding: chunked|Content-Length: 100", "Ambiguous BothTeClPresent"),
        ("POST /|Transfer-Encoding: gzip|Content-Length: 100", "Ambiguous BothTeClPresent"),
        ("PUT /|Content-Length: 5|Content-Length: 5", "Ambiguous DuplicateContentLength"),
        ("GET /|Content-Length: 1000", "Ambiguous UndefinedContentLengthSemantics"),
        ("HEAD /|Content-Length: 1000", "Ambiguous UndefinedContentLengthSemantics"),
        ("GET /|Transfer-Encoding: chunked", "Ambiguous UndefinedTransferEncodingSemantics"),
        ("HEAD /|Transfer-Encoding: chunked", "Ambiguous UndefinedTransferEncodingSemantics"),
        (
            "POST / HTTP/1.0|Transfer-Encoding: chunked",
            "Ambiguous UndefinedTransferEncodingSemantics",
        ),
        ("POST /|Transfer_Encoding: chunked", "Ambiguous SuspiciousHeader"),
        ("POST /|Content_Length: 1000", "Ambiguous SuspiciousHeader"),
        ("POST /|Transfer-Encoding : chunked", "Ambiguous SuspiciousHeader"),
        ("POST /|Transfer-Encoding\t: chunked", "Ambiguous SuspiciousHeader"),
        ("POST /|Transfer- Encoding: chunked", "Ambiguous SuspiciousHeader"),
        ("POST /|Transfer---Encoding: chunked", "Ambiguous SuspiciousHeader"),
        ("POST /|Transfer-Encoding XY: chunked", "Ambiguous SuspiciousHeader"),
        ("POST /|\x01Content-Length: 1", "Ambiguous SuspiciousHeader"),
        ("POST /|Tran\u{17f}fer-Encoding: chunked", "Ambiguous SuspiciousHeader"),
        ("POST /|Transfer-Encod\u{131}ng: chunked", "Ambiguous SuspiciousHeader"),
        ("POST /|Transfer\u{2015}Encoding: chunked", "Ambiguous SuspiciousHeader"),
        (
            "POST /|Transfer-Encoding : chunked|Content-Length: 1000",
            "Ambiguous SuspiciousHeader",
        ),
        // Severe
        ("POST /|Content-Length: 1000|Content-Length: 100", "Severe MultipleContentLength"),
        ("POST /|Content-Length : 100|Content-Length: 1000", "Severe MultipleContentLength"),
        ("POST /|Content-Length: 1000,1000", "Severe BadContentLength"),
        ("POST /|Content-Length: 1000 1000", "Severe BadContentLength"),
        ("POST /|Content-Length: 1000.1000", "Severe BadContentLength"),
        ("POST /|Content-Length: +5", "Severe BadContentLength"),
        ("POST /|Content-Length:", "Severe BadContentLength"),
        ("POST /|Content-Length: 18446744073709551616", "Severe BadContentLength"),
        ("POST /|Content-Length: 1000\x11", "Severe BadContentLength"),
        ("POST /|Transfer-Encoding: xchunked", "Severe BadTransferEncoding"),
        ("POST /|Transfer-Encoding: chunked\x11", "Severe BadTransferEncoding"),
        (
            "POST /|Transfer-Encoding: chunked|Transfer-Encoding: chunked",
            "Severe MultipleTransferEncodingChunked",
        ),
        (
            "POST /|Transfer-Encoding: chunked, chunked",
            "Severe MultipleTransferEncodingChunked",
        ),
        (
            "POST /|Transfer-Encoding : chunked|Transfer-Encoding: chunked",
            "Severe MultipleTransferEncodingChunked",
        ),
        ("POST /|X: a\rb", "Severe BadHeader"),
        ("POST /|X\0: a", "Severe BadHeader"),
        ("POST /|X: a\0b|Content-Length: 100", "Severe BadHeader"),
        ("bad_method\x01 /|Host: a", "Severe BadMethod"),
        ("GET /a\0b|Host: a", "Severe BadUri"),
        ("GET /a\rb|Host: a", "Severe BadUri"),
        ("GET / HTTP/1.x|Host: a", "Severe BadVersion"),
        // The worst counts, and of the equally bad the first.
        ("POST /|X: \x12|Content-Length: 1000\x11", "Severe BadContentLength"),
        (
            "GET /|X: \x01|Transfer-Encoding: chunked",
            "Ambiguous UndefinedTransferEncodingSemantics",
        ),
        ("GET /a\tb|X: \x01|Content-Length: 9", "Ambiguous UndefinedContentLengthSemantics"),
        (
            "POST /|Transfer-Encoding: chunked\u{80}|Content-Length: $9",
            "Severe BadTransferEncoding",
        ),
    ];

    fn said(verdict: Verdict) -> String {
        verdict
            .words()
            .map_or("-".to_owned(), |(class, reason)| format!("{class} {reason}"))
    }

    #[test]
    fn reasons() {
        for (case, wanted) in CASES {
            let (first, lines) = case.split_once('|').expect("lines");
            let version = if first.contains(" HTTP/") { "" } else { " HTTP/1.1" };
            let text = format!("{first}{version}\r\n{}\r\n\r\n", lines.replace('|', "\r\n"));
            assert_eq!(classify_text(text.as_bytes()).map(said).as_deref(), Some(*wanted), "{case:?}");
        }
    }

    #[test]
    fn what_was_parsed_has_the_same_reason() {
        let mut seen = 0;
        for (case, wanted) in CASES {
            let (first, lines) = case.split_once('|').expect("lines");
            let Some((method, "/")) = first.split_once(' ') else { continue };
            let mut request = http::Request::builder().method(method).uri("/");
            for (name, value) in lines.split('|').filter_map(|line| line.split_once(':')) {
                request = request.header(name, value.trim().as_bytes());
            }
            let Ok(request) = request.body(()) else { continue };
            let (parts, ()) = request.into_parts();
            // Lines of one name are together in a map, in their order.
            assert_eq!(said(classify(&Head::of(&parts))), *wanted, "{case:?}");
            seen += 1;
        }
        assert!(seen >= 30, "{seen} of the cases can be parsed");
    }

    #[test]
    fn another_protocol_has_no_class() {
        for text in ["\x16\x03\x01\x02", "SSH-2.0-x\r\n", "GET /\r\n\r\n", "PRI\r\n"] {
            assert_eq!(classify_text(text.as_bytes()), None, "{text:?}");
        }
    }
}
