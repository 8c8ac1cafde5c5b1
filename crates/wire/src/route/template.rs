//! Paths with labels, as the models write them: `/2015-03-31/functions/{FunctionName}/versions?Qualifier`.

use crate::sigv4::percent_decoded;

/// One part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'m> {
    Literal(&'m str),
    Label(&'m str),
    /// The rest of the path, or all but the parts that follow.
    Greedy(&'m str),
}

/// A path with labels, and the query that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template<'m> {
    parts: Vec<Part<'m>>,
    /// The query's pairs; a key without `=` has an empty value.
    pub constants: Vec<(&'m str, &'m str)>,
}

impl<'m> Template<'m> {
    pub(crate) fn parse(uri: &'m str) -> Self {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let constants = query.split('&').filter(|pair| !pair.is_empty());
        Self {
            parts: pieces(path).map(part).collect(),
            constants: constants.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect(),
        }
    }

    /// The labels' values, where the path is of this form.
    pub(crate) fn labels(&self, path: &str) -> Option<Vec<(String, String)>> {
        let given: Vec<&str> = pieces(path).collect();
        let mut labels = Vec::new();
        let mut at = 0;
        for (index, part) in self.parts.iter().enumerate() {
            let after = self.parts.len() - index - 1;
            let end = match part {
                Part::Greedy(_) => given.len().checked_sub(after)?,
                Part::Literal(_) | Part::Label(_) => at + 1,
            };
            let mut text = given.get(at..end)?.join("/");
            // A slash at the end belongs to a key, and to nothing else.
            if matches!(part, Part::Greedy(_)) && after == 0 && at < given.len() && path.ends_with('/') {
                text.push('/');
            }
            match part {
                Part::Literal(literal) if decoded(&text) == decoded(literal) => {}
                Part::Label(name) | Part::Greedy(name) if !text.is_empty() => labels.push(((*name).to_owned(), decoded(&text))),
                _ => return None,
            }
            at = end;
        }
        (at == given.len()).then_some(labels)
    }

    /// Whether the query holds what belongs to the address.
    pub(crate) fn has_constants(&self, query: &[(String, String)]) -> bool {
        let holds = |(key, value): &(&str, &str)| query.iter().any(|(k, v)| k == key && (value.is_empty() || v == value));
        self.constants.iter().all(holds)
    }

    /// How exact it is: of two that fit, the greater is meant.
    pub(crate) fn exactness(&self) -> (usize, usize, usize) {
        let literals = self.parts.iter().filter(|part| matches!(part, Part::Literal(_))).count();
        let greedy = self.parts.iter().any(|part| matches!(part, Part::Greedy(_)));
        (literals, self.constants.len(), usize::from(!greedy))
    }
}

/// A path's pieces; a slash at its end adds none.
fn pieces(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').filter(move |_| !path.is_empty())
}

fn part(piece: &str) -> Part<'_> {
    match piece.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(label) => label.strip_suffix('+').map_or(Part::Label(label), Part::Greedy),
        None => Part::Literal(piece),
    }
}

fn decoded(text: &str) -> String {
    String::from_utf8_lossy(&percent_decoded(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_matched() {
        type Labels = Option<&'static [(&'static str, &'static str)]>;
        let cases: [(&str, &str, Labels); 11] = [
            ("/", "/", Some(&[])),
            ("/{Bucket}", "/", None),
            ("/{Bucket}", "/b", Some(&[("Bucket", "b")])),
            ("/{Bucket}", "/b/", Some(&[("Bucket", "b")])),
            ("/{Bucket}/{Key+}", "/b/k/", Some(&[("Bucket", "b"), ("Key", "k/")])),
            ("/{Bucket}/{Key+}", "/b//k", Some(&[("Bucket", "b"), ("Key", "/k")])),
            ("/{Bucket}/{Key+}", "/b/k/l%20m", Some(&[("Bucket", "b"), ("Key", "k/l m")])),
            ("/v/functions/{Name}/code", "/v/functions/a%2Fb/code", Some(&[("Name", "a/b")])),
            ("/v/functions/{Name}/code", "/v/functions/a", None),
            ("/v/{Rest+}/end", "/v/a/b/end", Some(&[("Rest", "a/b")])),
            ("/v", "/v/w", None),
        ];
        for (template, path, want) in cases {
            let want = want.map(|pairs| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
            assert_eq!(Template::parse(template).labels(path), want, "{template} {path}");
        }
    }
}
