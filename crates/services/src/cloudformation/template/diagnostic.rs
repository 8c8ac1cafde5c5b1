//! What is wrong with a template, where, and what may help: a message in AWS's wording, and rustc's way of showing it.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::node::Span;

/// The largest number of edits at which a name still counts as mistyped.
const EDITS: usize = 3;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// In AWS's wording: what the API answers.
    pub message: String,
    /// The text in question.
    pub span: Span,
    /// What is said under that text; empty where the message says it all.
    pub label: String,
    /// What may help.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A mistake at a place.
    pub fn new(message: impl Into<String>, span: Span) -> Self {
        Self {
            message: message.into(),
            span,
            label: String::new(),
            help: None,
        }
    }

    /// With words under the text in question.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With what may help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With the nearest known name, where one is near.
    #[must_use]
    pub fn suggest<'a>(self, wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(wrong, known) {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// File, line, column, the offending text, and the help, as rustc shows its own. `name` is the file's.
    pub fn render(&self, source: &str, name: &str, colour: bool) -> String {
        let span = self.first_line(source);
        let annotation = AnnotationKind::Primary
            .span(span.range())
            .label((!self.label.is_empty()).then_some(self.label.as_str()));
        let snippet = Snippet::source(source).path(name).fold(true).annotation(annotation);
        let mut group = Level::ERROR.primary_title(self.message.replace('\n', " ")).element(snippet);
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }

    /// A mapping of fifty lines is named by its first.
    fn first_line(&self, source: &str) -> Span {
        let start = self.span.start.min(source.len());
        let text = source.get(start..self.span.end.min(source.len())).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default();
        Span {
            start,
            end: start + line.len(),
        }
    }
}

/// The known name nearest to a wrong one, within [`EDITS`] and less than half of it.
fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = wrong.to_lowercase();
    let ranked = known.into_iter().map(|name| (edits(&lower, &name.to_lowercase()), name));
    let (distance, name) = ranked.min_by_key(|(distance, _)| *distance)?;
    (distance <= EDITS && distance * 2 < wrong.chars().count().max(2)).then_some(name)
}

/// Levenshtein's distance.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let known = ["CidrBlock", "EnableDnsSupport", "Tags"];
        let cases = [
            ("CidrBlok", Some("CidrBlock")),
            ("cidrblock", Some("CidrBlock")),
            ("Tag", Some("Tags")),
            ("Zzz", None),
            ("Enable", None),
        ];
        for (wrong, want) in cases {
            assert_eq!(nearest(wrong, known), want, "{wrong}");
        }
    }
}
