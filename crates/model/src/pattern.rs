//! Regular expressions as AWS writes them, in the dialect of Java and ECMAScript. The one module that knows how Rust's differs.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use fancy_regex::Regex;

/// Whether a text holds what the pattern says; `None` where the pattern is not understood or costs too much.
pub fn matches(pattern: &str, text: &str) -> Option<bool> {
    compile(pattern).ok()?.is_match(text).ok()
}

/// Whether the whole of a text is what the pattern says, as Java's `matches` has it; `None` as in [`matches`].
pub fn matches_whole(pattern: &str, text: &str) -> Option<bool> {
    compile(&format!("^(?:{pattern})$")).ok()?.is_match(text).ok()
}

/// As [`matches_whole`], for a pattern of the models: each is compiled once. Not for what callers bring, who could fill the memory.
pub fn matches_whole_kept(pattern: &str, text: &str) -> Option<bool> {
    static KEPT: LazyLock<Mutex<HashMap<String, Option<Arc<Regex>>>>> = LazyLock::new(Mutex::default);
    // A panic while compiling leaves the map as it was.
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let compiled = || compile(&format!(r"\A(?:{pattern})\z")).ok().map(Arc::new);
    let regex = match kept.get(pattern) {
        Some(regex) => regex.clone(),
        None => kept.entry(pattern.to_owned()).or_insert_with(compiled).clone(),
    };
    drop(kept);
    regex?.is_match(text).ok()
}

/// Understands a pattern.
///
/// # Errors
/// Where it is no pattern.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(&translated(pattern)).map_err(|error| error.to_string())
}

/// In those dialects `[` needs no escape inside a class, `\w` and `\d` are ASCII's, and `\u0020` is a character.
fn translated(pattern: &str) -> String {
    let (mut out, mut in_class) = (String::with_capacity(pattern.len()), false);
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => {
                let escaped = rest.next().unwrap_or('\\');
                out.push_str(&escape(escaped, in_class));
                // `[\w-.]`: after a class of characters a dash is no range.
                if in_class && matches!(escaped, 'w' | 'd') && rest.next_if_eq(&'-').is_some() {
                    out.push_str(r"\-");
                }
                if escaped == 'u' {
                    out.push_str(&format!("{{{}}}", rest.by_ref().take(4).collect::<String>()));
                }
            }
            '[' if in_class => out.push_str(r"\["),
            _ => {
                in_class = (in_class || c == '[') && c != ']';
                out.push(c);
            }
        }
    }
    out
}

/// What stands for an escaped character; of `\u` the first half.
fn escape(c: char, in_class: bool) -> Cow<'static, str> {
    match (c, in_class) {
        ('w', true) => "a-zA-Z0-9_".into(),
        ('w', false) => "[a-zA-Z0-9_]".into(),
        ('d', true) => "0-9".into(),
        ('d', false) => "[0-9]".into(),
        ('u', _) => r"\x".into(),
        // Rust takes no escapes that say nothing, save those of signs.
        (other, _) if other.is_ascii() => format!("\\{other}").into(),
        (other, _) => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patterns_of_aws_are_understood() {
        let cases = [
            (r"^([a-z,A-Z,0-9,. _\-:/()#,@[\]+=&;\{\}!$*])*$", "web [80]", Some(true)),
            (r"^([a-z,A-Z,0-9,. _\-:/()#,@[\]+=&;\{\}!$*])*$", "für", Some(false)),
            (r"^(?=.*[A-Z])(?=.*[0-9]).{4,}$", "Abc1", Some(true)),
            (r"^(?=.*[A-Z])(?=.*[0-9]).{4,}$", "abc1", Some(false)),
            (r"^[\w\[]+$", "a[", Some(true)),
            (r"[\w+=,.@-]+", "é", Some(false)),
            (r"^[\w-.]+$", "a-b.c", Some(true)),
            (r"^[\u0020-\u00FF]+$", "é !", Some(true)),
            (r"^[\u0020-\u00FF]+$", "\t", Some(false)),
            (r"^\d{12}$", "123456789012", Some(true)),
            ("(", "", None),
        ];
        for (pattern, text, want) in cases {
            assert_eq!(matches(pattern, text), want, "{pattern} {text}");
        }
        assert_eq!(matches_whole("a|ab", "ab"), Some(true));
        assert_eq!(matches_whole_kept("[a-z]+", "ab1"), Some(false));
        assert_eq!(matches_whole_kept("[a-z]+", "ab\n"), Some(false));
    }
}
