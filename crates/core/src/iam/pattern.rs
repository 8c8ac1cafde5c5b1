//! Texts with wildcards and policy variables. Follows the IAM page "IAM policy elements: Variables and tags".
//!
//! **Invariant**: matching never takes more than text × pattern steps, and what a variable stands for is never read as a wildcard.

use super::context::Context;

/// A text of a policy, read once: `arn:aws:s3:::home/${aws:username}/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Plain(Token),
    Variable { key: String, default: Option<String> },
}

/// One step of a pattern whose variables are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// This character.
    Char(char),
    /// `?`: any one character.
    One,
    /// `*`: any characters, none too.
    Run,
}

/// How texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Sensitive,
    Ignored,
}

/// What is special in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    /// `*` and `?` are wildcards.
    pub wildcards: bool,
    /// `${…}` is a variable: from version 2012-10-17 on.
    pub variables: bool,
}

impl Pattern {
    /// A pattern with wildcards and no variables, as a caller gives it outside policies.
    pub fn wildcards(text: &str) -> Self {
        let syntax = Syntax {
            wildcards: true,
            variables: false,
        };
        Self::parse(text, syntax)
    }

    pub(super) fn parse(text: &str, syntax: Syntax) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some((piece, after)) = rest.strip_prefix("${").filter(|_| syntax.variables).and_then(variable) {
                pieces.push(piece);
                rest = after;
                continue;
            }
            pieces.push(Piece::Plain(match first {
                '*' if syntax.wildcards => Token::Run,
                '?' if syntax.wildcards => Token::One,
                other => Token::Char(other),
            }));
            rest = &rest[first.len_utf8()..];
        }
        Self(pieces)
    }

    /// The pattern with its variables replaced; `None` where the request has no value for one.
    pub(super) fn resolve(&self, context: &Context) -> Option<Vec<Token>> {
        let mut tokens = Vec::with_capacity(self.0.len());
        for piece in &self.0 {
            match piece {
                Piece::Plain(token) => tokens.push(*token),
                Piece::Variable { key, default } => {
                    let value = context.single(key).or(default.as_deref())?;
                    tokens.extend(value.chars().map(Token::Char));
                }
            }
        }
        Some(tokens)
    }

    /// Whether the pattern fits the whole of `text`.
    pub fn fits(&self, text: &str, context: &Context) -> bool {
        self.resolve(context).is_some_and(|tokens| matches(&tokens, text, Case::Sensitive))
    }

    /// As [`Pattern::fits`], without regard to case: how actions are compared.
    pub fn fits_any_case(&self, text: &str, context: &Context) -> bool {
        self.resolve(context).is_some_and(|tokens| matches(&tokens, text, Case::Ignored))
    }
}

/// What follows `${`: the variable and the text after its `}`.
fn variable(text: &str) -> Option<(Piece, &str)> {
    let (inside, after) = text.split_once('}')?;
    if let "*" | "?" | "$" = inside {
        return inside.chars().next().map(|c| (Piece::Plain(Token::Char(c)), after));
    }
    let (key, default) = inside.split_once(',').map_or((inside, None), |(key, default)| (key, Some(default)));
    let default = default.map(|text| text.trim().trim_matches('\'').to_owned());
    let key = key.trim().to_owned();
    (!key.is_empty()).then_some((Piece::Variable { key, default }, after))
}

/// Whether `pattern` fits the whole of `text`: on a mismatch only the newest `*` takes one character more, since what earlier ones
/// took cannot matter any more.
pub(super) fn matches(pattern: &[Token], text: &str, case: Case) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut p) = (0, 0);
    let mut retry = None;
    while at < text.len() {
        match pattern.get(p) {
            Some(Token::Run) => {
                p += 1;
                retry = Some((p, at));
            }
            Some(token) if token.takes(text[at], case) => {
                p += 1;
                at += 1;
            }
            _ => {
                let Some((after_run, taken_to)) = retry else { return false };
                retry = Some((after_run, taken_to + 1));
                (p, at) = (after_run, taken_to + 1);
            }
        }
    }
    pattern[p..].iter().all(|token| *token == Token::Run)
}

impl Token {
    fn takes(self, c: char, case: Case) -> bool {
        match (self, case) {
            (Self::One, _) => true,
            (Self::Char(own), Case::Sensitive) => own == c,
            (Self::Char(own), Case::Ignored) => own.to_lowercase().eq(c.to_lowercase()),
            (Self::Run, _) => false,
        }
    }
}

/// The six parts of an ARN, each to be compared on its own: wildcards of `ArnLike` do not cross colons.
pub(super) fn arn_matches(pattern: &[Token], text: &str) -> bool {
    const PARTS: usize = 6;
    let patterns = pattern.splitn(PARTS, |token| *token == Token::Char(':'));
    let texts: Vec<&str> = text.splitn(PARTS, ':').collect();
    let patterns: Vec<&[Token]> = patterns.collect();
    patterns.len() == texts.len() && patterns.iter().zip(texts).all(|(p, t)| matches(p, t, Case::Sensitive))
}
