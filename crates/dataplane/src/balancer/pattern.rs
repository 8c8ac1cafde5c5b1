//! AWS's wildcards: `*` is any run of characters, `?` any one. Everything else is itself.

/// A pattern of a rule's condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: Vec<u8>,
    fold: bool,
}

impl Pattern {
    /// A pattern for which case matters.
    pub fn exact(text: &str) -> Self {
        Self {
            text: text.as_bytes().to_vec(),
            fold: false,
        }
    }

    /// A pattern for which case does not matter.
    pub fn folded(text: &str) -> Self {
        Self {
            text: text.to_ascii_lowercase().into_bytes(),
            fold: true,
        }
    }

    /// Whether the whole of `value` is what the pattern says.
    ///
    /// A star that fails later is given one more character; only the last star seen needs that, so the work is bounded by
    /// the product of both lengths.
    pub fn matches(&self, value: &[u8]) -> bool {
        let (mut at, mut seen) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while seen < value.len() {
            match self.text.get(at) {
                Some(b'*') => {
                    star = Some((at, seen));
                    at += 1;
                }
                Some(&wanted) if wanted == b'?' || wanted == self.byte(value[seen]) => {
                    at += 1;
                    seen += 1;
                }
                _ => match star {
                    Some((star_at, star_seen)) => {
                        star = Some((star_at, star_seen + 1));
                        (at, seen) = (star_at + 1, star_seen + 1);
                    }
                    None => return false,
                },
            }
        }
        self.text[at..].iter().all(|byte| *byte == b'*')
    }

    fn byte(&self, byte: u8) -> u8 {
        if self.fold { byte.to_ascii_lowercase() } else { byte }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Pattern;

    #[test]
    fn wildcards() {
        let cases = [
            ("/img/*", "/img/", true),
            ("/img/*", "/img/a/b.png", true),
            ("/img/*", "/IMG/a", false),
            ("/img/*/pics", "/img/a/b/pics", true),
            ("/img/*/pics", "/img/pics", false),
            ("*.example.com", "www.example.com", true),
            ("*.example.com", "example.com", false),
            ("/?", "/a", true),
            ("/?", "/", false),
            ("*a*b", "xaxbxb", true),
            ("*a*b", "xaxbx", false),
            ("", "", true),
            ("*", "", true),
            ("a", "", false),
        ];
        for (pattern, value, holds) in cases {
            assert_eq!(Pattern::exact(pattern).matches(value.as_bytes()), holds, "{pattern} {value}");
        }
        assert!(Pattern::folded("WWW.*").matches(b"www.Example.com"));
    }

    /// What the pattern means, in the shortest words.
    fn means(pattern: &[u8], value: &[u8]) -> bool {
        match (pattern.split_first(), value.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => means(rest, value) || (!value.is_empty() && means(pattern, &value[1..])),
            (Some((b'?', rest)), Some((_, left))) => means(rest, left),
            (Some((wanted, rest)), Some((byte, left))) => wanted == byte && means(rest, left),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matches_what_it_means(pattern in "[ab*?]{0,8}", value in "[ab]{0,10}") {
            prop_assert_eq!(Pattern::exact(&pattern).matches(value.as_bytes()), means(pattern.as_bytes(), value.as_bytes()));
        }

        #[test]
        fn case_is_folded_on_both_sides(text in "[a-zA-Z]{0,12}") {
            prop_assert!(Pattern::folded(&text.to_uppercase()).matches(text.to_lowercase().as_bytes()));
        }
    }
}
