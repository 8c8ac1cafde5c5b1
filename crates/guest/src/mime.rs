//! MIME archives, as far as user data uses them (RFC 2046 §5.1): nested multiparts, base64 and quoted-printable bodies.

use crate::user_data::decode_base64;

/// How deep archives may be nested.
const DEPTH: usize = 4;

/// A body and what it says it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MimePart {
    /// Lower case, without parameters; empty where it does not say.
    pub content_type: String,
    pub body: Vec<u8>,
}

/// The leaves of a multipart message; nothing where it is none.
pub(crate) fn parse(bytes: &[u8]) -> Option<Vec<MimePart>> {
    let (headers, _) = head_and_body(bytes)?;
    boundary(&headers)?;
    let mut leaves = Vec::new();
    collect(bytes, DEPTH, &mut leaves);
    Some(leaves)
}

fn collect(bytes: &[u8], depth: usize, leaves: &mut Vec<MimePart>) {
    let Some((headers, body)) = head_and_body(bytes) else { return };
    match boundary(&headers) {
        Some(boundary) if depth > 0 => split(body, &boundary).for_each(|part| collect(&part, depth - 1, leaves)),
        _ => leaves.push(MimePart {
            content_type: value(&headers, "content-type"),
            body: decode(&headers, body),
        }),
    }
}

type Headers = Vec<(String, String)>;

/// Headers with lower-case names, and what follows the first empty line. Nothing where a line is no header.
fn head_and_body(bytes: &[u8]) -> Option<(Headers, &[u8])> {
    let mut headers: Headers = Vec::new();
    let mut rest = bytes;
    // mbox writers put a line before the headers.
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        let line = std::str::from_utf8(line).ok()?.trim_end_matches(['\r', '\n']);
        rest = after;
        if line.is_empty() {
            return Some((headers, rest));
        }
        if line.starts_with([' ', '\t']) {
            headers.last_mut()?.1.push_str(line);
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        } else if !line.starts_with("From ") || !headers.is_empty() {
            return None;
        }
    }
    None
}

fn header<'a>(headers: &'a Headers, name: &str) -> &'a str {
    headers
        .iter()
        .find(|header| header.0 == name)
        .map_or("", |header| header.1.as_str())
}

/// A header's value without its parameters, in lower case.
fn value(headers: &Headers, name: &str) -> String {
    header(headers, name)
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

fn boundary(headers: &Headers) -> Option<String> {
    let content_type = header(headers, "content-type");
    if !content_type.to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    let (_, rest) = content_type.split_once("boundary=")?;
    let boundary = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => rest.split([';', ' ']).next()?,
    };
    Some(boundary.to_owned())
}

/// The pieces between the boundary lines. The line break before a boundary belongs to it.
fn split<'a>(body: &'a [u8], boundary: &str) -> impl Iterator<Item = Vec<u8>> + use<'a> {
    let delimiter = format!("--{boundary}").into_bytes();
    let last = format!("--{boundary}--").into_bytes();
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let mut open = false;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.trim_ascii_end();
        if bare == delimiter || bare == last {
            open = bare == delimiter;
            if let Some(piece) = pieces.last_mut() {
                strip_line_break(piece);
            }
            if open {
                pieces.push(Vec::new());
            }
        } else if let Some(piece) = pieces.last_mut().filter(|_| open) {
            piece.extend_from_slice(line);
        }
    }
    pieces.into_iter()
}

fn strip_line_break(piece: &mut Vec<u8>) {
    if piece.ends_with(b"\n\n") || piece.ends_with(b"\r\n\r\n") {
        let crlf = piece.ends_with(b"\r\n");
        piece.truncate(piece.len() - if crlf { 2 } else { 1 });
    }
}

fn decode(headers: &Headers, body: &[u8]) -> Vec<u8> {
    match value(headers, "content-transfer-encoding").as_str() {
        "base64" => decode_base64(body).unwrap_or_else(|| body.to_vec()),
        "quoted-printable" => decode_quoted(body),
        _ => body.to_vec(),
    }
}

fn decode_quoted(body: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut rest = body;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let digits = after
            .get(..2)
            .and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        match (first, digits) {
            (b'=', Some(byte)) => {
                plain.push(byte);
                rest = &after[2..];
            }
            (b'=', None) => rest = after.strip_prefix(b"\r\n").or(after.strip_prefix(b"\n")).unwrap_or(after),
            (byte, _) => plain.push(*byte),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_archive_is_none() {
        for text in [
            "",
            "#!/bin/sh\necho a: b\n\n",
            "Content-Type: text/plain\n\nx",
            "no headers\n\nat all",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn nested_and_quoted_parts_are_found() {
        let text = "MIME-Version: 1.0\nContent-Type: multipart/mixed;\n boundary=a\n\npreamble\n--a\n\
            Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: TEXT/X-ShellScript\n\
            Content-Transfer-Encoding: quoted-printable\n\n#!/bin/sh=0Aecho a=\nb=3D\n\n--b--\n--a--\nepilogue\n";
        let expected = MimePart {
            content_type: "text/x-shellscript".into(),
            body: b"#!/bin/sh\necho ab=\n".to_vec(),
        };
        assert_eq!(parse(text.as_bytes()), Some(vec![expected]));
    }
}
