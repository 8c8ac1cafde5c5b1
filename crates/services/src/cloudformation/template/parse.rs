//! Text to tree. JSON is read as the YAML that it is; CloudFormation's short tags become their long forms (`!Ref x` is
//! `{Ref: x}`), so that nothing below knows two spellings.
//!
//! **Invariant**: what a template may cost is bounded ([`DEPTH`], [`NODES`]), aliases included.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span as Marks, Tag};
use serde_json::{Number, Value};

use super::diagnostic::Diagnostic;
use super::node::{Entry, Node, NodeValue, Span};

/// How deep a template may nest.
pub const DEPTH: usize = 100;
/// How many nodes a template may have after aliases are replaced by what they stand for.
pub const NODES: usize = 200_000;

/// The tags whose long form is `Fn::` and the tag.
const FUNCTION_TAGS: [&str; 19] = [
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ForEach",
];
/// The tags whose long form is the tag itself.
const PLAIN_TAGS: [&str; 2] = ["Ref", "Condition"];

/// Reads a template's text.
///
/// # Errors
/// Where it is neither YAML nor JSON, has an unknown tag, says a key twice, or is too large.
pub fn parse(source: &str) -> Result<Node, Diagnostic> {
    let mut builder = Builder::new(source);
    for event in Parser::new_from_str(source).keep_tags(true) {
        let (event, marks) = event.map_err(|error| builder.not_well_formed(&error))?;
        let span = builder.span(marks);
        if matches!(event, Event::DocumentStart(_)) && builder.root.is_some() {
            return Err(Diagnostic::new(
                "Template format error: YAML not well-formed. (a template is one document)",
                span,
            ));
        }
        builder.take(event, span)?;
    }
    builder
        .root
        .ok_or_else(|| Diagnostic::new("Template format error: unsupported structure.", Span::default()))
}

/// A sequence or mapping that is not yet closed.
struct Open {
    start: Span,
    anchor: usize,
    function: Option<&'static str>,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map {
        entries: Vec<Entry>,
        key: Option<(String, Span)>,
        merges: Vec<Node>,
    },
}

struct Builder<'s> {
    source: &'s str,
    /// The byte of each character; empty where every character is one byte.
    bytes: Vec<usize>,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
    root: Option<Node>,
}

impl<'s> Builder<'s> {
    fn new(source: &'s str) -> Self {
        let bytes = if source.is_ascii() {
            Vec::new()
        } else {
            source.char_indices().map(|(byte, _)| byte).collect()
        };
        Self {
            source,
            bytes,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            nodes: 0,
            root: None,
        }
    }

    fn byte(&self, mark: Marker) -> usize {
        if self.source.is_ascii() {
            return mark.index().min(self.source.len());
        }
        self.bytes.get(mark.index()).copied().unwrap_or(self.source.len())
    }

    /// The bytes between two marks, without the white space that a block scalar or a closed block drags behind it.
    fn span(&self, marks: Marks) -> Span {
        let start = self.byte(marks.start);
        let end = self.byte(marks.end).max(start);
        Span {
            start,
            end: start + self.source[start..end].trim_end().len(),
        }
    }

    fn not_well_formed(&self, error: &ScanError) -> Diagnostic {
        let mark = *error.marker();
        let at = self.byte(mark).min(self.source.len().saturating_sub(1));
        let language = if self.source.trim_start().starts_with('{') {
            "JSON"
        } else {
            "YAML"
        };
        let message = format!(
            "Template format error: {language} not well-formed. (line {}, column {})",
            mark.line(),
            mark.col() + 1
        );
        Diagnostic::new(message, Span { start: at, end: at }).label(error.info())
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        match event {
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), span),
            Event::SequenceStart(anchor, tag) => self.open(span, anchor, tag, Content::List(Vec::new())),
            Event::MappingStart(anchor, tag) => self.open(
                span,
                anchor,
                tag,
                Content::Map {
                    entries: Vec::new(),
                    key: None,
                    merges: Vec::new(),
                },
            ),
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            _ => Ok(()),
        }
    }

    fn open(&mut self, span: Span, anchor: usize, tag: Option<Cow<'_, Tag>>, content: Content) -> Result<(), Diagnostic> {
        if self.open.len() >= DEPTH {
            return Err(Diagnostic::new(
                format!("Template format error: the template nests deeper than {DEPTH} levels"),
                span,
            ));
        }
        let function = function_of(tag.as_deref(), span)?;
        self.open.push(Open {
            start: span,
            anchor,
            function,
            content,
        });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Diagnostic> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let (value, last) = match open.content {
            Content::List(items) => {
                let last = items.last().map_or(open.start.end, |item| item.span.end);
                (NodeValue::List(items), last)
            }
            Content::Map { entries, merges, .. } => {
                let last = entries.last().map_or(open.start.end, |entry| entry.value.span.end);
                (NodeValue::Map(merged(entries, merges)), last)
            }
        };
        // A block has no closing mark of its own: it ends where its last value ends. A flow ends with its bracket.
        let end = if self.source[span.range()].starts_with([']', '}']) {
            span.end
        } else {
            last
        };
        let node = Node {
            value,
            span: Span {
                start: open.start.start,
                end: end.max(open.start.start),
            },
        };
        self.place(long_form(node, open.function), open.anchor)
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, tag: Option<&Tag>, span: Span) -> Result<(), Diagnostic> {
        let function = function_of(tag, span)?;
        if function.is_none() && style == ScalarStyle::Plain && text == "<<" && self.take_merge_key(span) {
            return Ok(());
        }
        let is_text =
            style != ScalarStyle::Plain || function.is_some() || tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
        let value = if is_text { Value::String(text.to_owned()) } else { plain(text) };
        let node = Node {
            value: NodeValue::Scalar(value),
            span,
        };
        self.place(long_form(node, function), anchor)
    }

    /// `<<` as a key: the value that follows is merged, not kept.
    fn take_merge_key(&mut self, span: Span) -> bool {
        match self.open.last_mut() {
            Some(Open {
                content: Content::Map { key: key @ None, .. },
                ..
            }) => {
                *key = Some(("<<".to_owned(), span));
                true
            }
            _ => false,
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Diagnostic> {
        let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
            return Err(Diagnostic::new(
                "Template format error: YAML not well-formed. (an alias must not stand inside what it names)",
                span,
            ));
        };
        self.nodes += size;
        self.place(node, 0)
    }

    fn place(&mut self, node: Node, anchor: usize) -> Result<(), Diagnostic> {
        self.nodes += 1;
        if self.nodes > NODES {
            return Err(Diagnostic::new(
                format!("Template format error: the template has more than {NODES} values"),
                node.span,
            ));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), count(&node)));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { entries, key, merges }) => match key.take() {
                None => *key = Some((key_text(&node)?, node.span)),
                Some((name, _)) if name == "<<" => merges.push(node),
                Some((name, key_span)) => insert(
                    entries,
                    Entry {
                        key: name,
                        key_span,
                        value: node,
                    },
                )?,
            },
        }
        Ok(())
    }
}

fn insert(entries: &mut Vec<Entry>, entry: Entry) -> Result<(), Diagnostic> {
    if entries.iter().any(|earlier| earlier.key == entry.key) {
        let message = format!("Template format error: duplicate key [{}]", entry.key);
        return Err(Diagnostic::new(message, entry.key_span).label("said twice in the same mapping"));
    }
    entries.push(entry);
    Ok(())
}

fn key_text(node: &Node) -> Result<String, Diagnostic> {
    node.scalar_text()
        .ok_or_else(|| Diagnostic::new("Template format error: a key must be a string", node.span))
}

fn count(node: &Node) -> usize {
    match &node.value {
        NodeValue::Scalar(_) => 1,
        NodeValue::List(items) => 1 + items.iter().map(count).sum::<usize>(),
        NodeValue::Map(entries) => 1 + entries.iter().map(|entry| count(&entry.value)).sum::<usize>(),
    }
}

/// Merge keys give what the mapping itself does not say.
fn merged(mut entries: Vec<Entry>, merges: Vec<Node>) -> Vec<Entry> {
    let sources = merges.into_iter().flat_map(|node| match node.value {
        NodeValue::List(items) => items,
        _ => vec![node],
    });
    for source in sources {
        let NodeValue::Map(inherited) = source.value else { continue };
        for entry in inherited {
            if entries.iter().all(|own| own.key != entry.key) {
                entries.push(entry);
            }
        }
    }
    entries
}

/// What an untagged, unquoted scalar is. A number whose text JSON would not give back (`1.10`, `007`) stays text:
/// CloudFormation takes either, and text loses nothing.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let number = text
        .parse::<i64>()
        .ok()
        .map(Number::from)
        .or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64));
    match number {
        Some(number) if number.to_string() == text => Value::Number(number),
        _ => Value::String(text.to_owned()),
    }
}

/// The long name of a short tag; none where there is no tag, or one of YAML's own.
fn function_of(tag: Option<&Tag>, span: Span) -> Result<Option<&'static str>, Diagnostic> {
    let Some(tag) = tag else { return Ok(None) };
    if tag.is_yaml_core_schema() || (tag.handle.is_empty() && tag.suffix == "!") {
        return Ok(None);
    }
    let known = PLAIN_TAGS.iter().chain(&FUNCTION_TAGS).copied();
    match known.clone().find(|name| tag.handle == "!" && *name == tag.suffix) {
        Some(name) => Ok(Some(name)),
        None => {
            let message = format!("Template format error: Unrecognized tag !{}", tag.suffix);
            Err(Diagnostic::new(message, span)
                .label("no such intrinsic function")
                .suggest(&tag.suffix, known))
        }
    }
}

/// `!Tag value` as `{Tag: value}`; `!GetAtt a.b` as its list of two.
fn long_form(node: Node, function: Option<&'static str>) -> Node {
    let Some(name) = function else { return node };
    let span = node.span;
    let key = if PLAIN_TAGS.contains(&name) {
        name.to_owned()
    } else {
        format!("Fn::{name}")
    };
    Node {
        value: NodeValue::Map(vec![Entry {
            key,
            key_span: span,
            value: node,
        }]),
        span,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn yaml_json_tags_anchors_and_merges_become_one_tree() {
        let cases = [
            ("a: 1\nb: [x, 'y', \"z\"]", json!({"a": 1, "b": ["x", "y", "z"]})),
            ("{\"a\": {\"Ref\": \"B\"}, \"c\": true}", json!({"a": {"Ref": "B"}, "c": true})),
            ("a: !Ref B", json!({"a": {"Ref": "B"}})),
            ("a: !GetAtt B.C.D", json!({"a": {"Fn::GetAtt": "B.C.D"}})),
            (
                "a: !Join ['', [x, !Sub '${Y}']]",
                json!({"a": {"Fn::Join": ["", ["x", {"Fn::Sub": "${Y}"}]]}}),
            ),
            (
                "a: !If\n  - C\n  - 1\n  - !Ref AWS::NoValue",
                json!({"a": {"Fn::If": ["C", 1, {"Ref": "AWS::NoValue"}]}}),
            ),
            (
                "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  k: 3\nc: *x",
                json!({"a": {"k": 1, "l": 2}, "b": {"k": 3, "l": 2}, "c": {"k": 1, "l": 2}}),
            ),
            (
                "a: 1.10\nb: 007\nc: 2010-09-09\nd: ~\ne: 1.5\nf: !!str 5",
                json!({"a": "1.10", "b": "007", "c": "2010-09-09", "d": null, "e": 1.5, "f": "5"}),
            ),
            ("a: |\n  one\n  two\n", json!({"a": "one\ntwo\n"})),
        ];
        for (text, want) in cases {
            assert_eq!(parse(text).map(|node| node.to_json()), Ok(want), "{text}");
        }
    }

    #[test]
    fn spans_are_bytes_of_the_source_even_beside_wide_characters() {
        let source = "ö: ü\nkey:\n  - 'väl'\n  - {a: b}\n";
        let node = parse(source).expect("parses");
        let list = node.get("key").expect("key");
        let texts: Vec<_> = list
            .as_list()
            .expect("list")
            .iter()
            .map(|item| &source[item.span.range()])
            .collect();
        assert_eq!(texts, ["'väl'", "{a: b}"]);
    }

    #[test]
    fn what_would_cost_too_much_is_refused() {
        let deep = format!("a: {}{}", "[".repeat(DEPTH + 1), "]".repeat(DEPTH + 1));
        assert!(parse(&deep).expect_err("deep").message.contains("deeper"));
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..8 {
            let below = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
        }
        assert!(parse(&bomb).expect_err("bomb").message.contains("more than"));
    }
}
