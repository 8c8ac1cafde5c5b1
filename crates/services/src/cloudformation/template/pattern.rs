//! Patterns as AWS writes them, in the dialect of Java and ECMAScript.

use fancy_regex::Regex;

/// Whether a text matches; `None` where the pattern is not understood or costs too much: then it is the service that judges.
pub fn matches(pattern: &str, text: &str) -> Option<bool> {
    compile(pattern).ok()?.is_match(text).ok()
}

/// Understands a pattern.
///
/// # Errors
/// Where it is no pattern.
pub fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(&escaped(pattern)).map_err(|error| error.to_string())
}

/// In those dialects `[` needs no escape inside a class; in Rust's it opens another.
fn escaped(pattern: &str) -> String {
    let (mut out, mut in_class, mut escape) = (String::with_capacity(pattern.len()), false, false);
    for c in pattern.chars() {
        if in_class && c == '[' && !escape {
            out.push('\\');
        }
        in_class = if escape { in_class } else { (in_class || c == '[') && c != ']' };
        escape = c == '\\' && !escape;
        out.push(c);
    }
    out
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
            ("(", "", None),
        ];
        for (pattern, text, want) in cases {
            assert_eq!(matches(pattern, text), want, "{pattern} {text}");
        }
    }
}
