//! User data: from the bytes of the metadata service to the parts that are done one after the other.

use std::io::Read;

use base64::Engine as _;

use crate::mime;

/// The most bytes that compressed user data may grow to.
const UNPACKED_BYTES: u64 = 64 << 20;

/// One thing that user data asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A program, run once.
    Script(Vec<u8>),
    /// A program, run at every boot, early.
    BootHook(Vec<u8>),
    /// `#cloud-config`.
    CloudConfig(String),
    /// What is not understood, and why.
    Unknown(String),
}

/// The parts of user data, in their order.
pub(crate) fn parts(bytes: &[u8]) -> Vec<Part> {
    let plain = unpack(bytes);
    match mime::parse(&plain) {
        Some(parts) => parts
            .iter()
            .filter(|part| !blank(&part.body))
            .map(|part| of_type(&part.content_type, &part.body))
            .collect(),
        None if blank(&plain) => Vec::new(),
        None => vec![by_first_line(&plain)],
    }
}

/// Undoes gzip, and base64 that a caller applied once too often.
fn unpack(bytes: &[u8]) -> Vec<u8> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return gunzip(bytes).unwrap_or_else(|| bytes.to_vec());
    }
    match decode_base64(bytes) {
        Some(inner) if inner.starts_with(&[0x1f, 0x8b]) => gunzip(&inner).unwrap_or(inner),
        Some(inner) if inner.starts_with(b"#") || mime::parse(&inner).is_some() => inner,
        _ => bytes.to_vec(),
    }
}

/// Bytes from gzip.
pub(crate) fn gunzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .take(UNPACKED_BYTES)
        .read_to_end(&mut plain)
        .ok()?;
    Some(plain)
}

/// Bytes from base64 with any line breaks.
pub(crate) fn decode_base64(bytes: &[u8]) -> Option<Vec<u8>> {
    let dense: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(dense).ok()
}

fn blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

fn of_type(content_type: &str, body: &[u8]) -> Part {
    let body = if body.starts_with(&[0x1f, 0x8b]) {
        gunzip(body).unwrap_or_default()
    } else {
        body.to_vec()
    };
    match content_type {
        "text/x-shellscript" => Part::Script(body),
        "text/cloud-boothook" => Part::BootHook(without_first_line(&body)),
        "text/cloud-config" => Part::CloudConfig(String::from_utf8_lossy(&body).into_owned()),
        "text/plain" | "application/octet-stream" | "" => by_first_line(&body),
        other => Part::Unknown(format!("a part of type {other}")),
    }
}

fn by_first_line(body: &[u8]) -> Part {
    let first = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let first = String::from_utf8_lossy(first).trim_end().to_owned();
    match first.as_str() {
        "#cloud-config" => Part::CloudConfig(String::from_utf8_lossy(body).into_owned()),
        "#cloud-boothook" => Part::BootHook(without_first_line(body)),
        line if line.starts_with("#!") => Part::Script(body.to_vec()),
        line => Part::Unknown(format!(
            "user data that begins with {:?}",
            line.chars().take(40).collect::<String>()
        )),
    }
}

/// A boot hook's first line may name its kind; what is run is what follows.
fn without_first_line(body: &[u8]) -> Vec<u8> {
    match body.strip_prefix(b"#cloud-boothook") {
        Some(rest) => rest.iter().copied().skip_while(|byte| byte.is_ascii_whitespace()).collect(),
        None => body.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const SCRIPT: &[u8] = b"#!/bin/sh\necho hi\n";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn base64(bytes: &[u8]) -> Vec<u8> {
        base64::engine::general_purpose::STANDARD.encode(bytes).into_bytes()
    }

    #[test]
    fn every_wrapping_is_undone() {
        for wrapped in [SCRIPT.to_vec(), gzip(SCRIPT), base64(SCRIPT), base64(&gzip(SCRIPT))] {
            assert_eq!(parts(&wrapped), [Part::Script(SCRIPT.to_vec())]);
        }
    }

    #[test]
    fn kinds_are_told_by_the_first_line() {
        let config = "#cloud-config\nhostname: a\n";
        for (text, expected) in [
            ("", vec![]),
            ("\n \n", vec![]),
            (config, vec![Part::CloudConfig(config.into())]),
            (
                "#cloud-boothook\n#!/bin/sh\nls\n",
                vec![Part::BootHook(b"#!/bin/sh\nls\n".to_vec())],
            ),
            ("hello", vec![Part::Unknown("user data that begins with \"hello\"".into())]),
            (
                "#include\nhttp://x.example/",
                vec![Part::Unknown("user data that begins with \"#include\"".into())],
            ),
        ] {
            assert_eq!(parts(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn parts_of_an_archive_come_in_order() {
        let archive = "Content-Type: multipart/mixed; boundary=\"==B==\"\nMIME-Version: 1.0\n\n--==B==\n\
            Content-Type: text/cloud-config; charset=\"us-ascii\"\n\nhostname: b\n\n--==B==\n\
            Content-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\nIyEvYmluL3NoCmVjaG8g\naGkK\n--==B==\n\
            Content-Type: text/jinja2\n\n{{ x }}\n--==B==--\n";
        let expected = [
            Part::CloudConfig("hostname: b\n".into()),
            Part::Script(SCRIPT.to_vec()),
            Part::Unknown("a part of type text/jinja2".into()),
        ];
        assert_eq!(parts(archive.as_bytes()), expected);
        assert_eq!(parts(archive.replace('\n', "\r\n").as_bytes()).len(), 3);
    }
}
