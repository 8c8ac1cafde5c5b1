//! `Filter.N`: which of the described are wanted. One mechanism for every Describe operation.
//! Follows the page "List and filter using the CLI and API" of the EC2 user guide.
//!
//! **Invariant**: a filter looks at what the caller is shown, never at the row behind it; a name that the noun does not have is refused.

use std::fmt::Display;

use tierra_core::{AwsError, Tag};
use tierra_model::Shape;

use super::errors::Ec2Error;

/// Filters of one call.
const FILTERS: usize = 50;
/// Values of one filter.
const VALUES: usize = 200;

/// One filter: any of its values must match.
#[derive(Clone, Debug, Default, Shape)]
pub struct Filter {
    pub name: String,
    pub values: Vec<String>,
}

/// The name of a filter and what of an item it looks at.
pub type Field<T> = (&'static str, fn(&T) -> Vec<String>);

/// What filters can choose among.
pub trait Filterable: Sized + 'static {
    /// Its filters, beside `tag:KEY` and `tag-key`.
    const FILTERS: &'static [Field<Self>];
    /// More of them, where one list would be too long to read.
    const MORE_FILTERS: &'static [Field<Self>] = &[];
    /// Its tags.
    fn tags(&self) -> &[Tag];
}

/// One value, for a [`Field`].
pub fn one(value: &impl Display) -> Vec<String> {
    vec![value.to_string()]
}

/// A value that may be absent, for a [`Field`].
pub fn maybe<T: Display>(value: &Option<T>) -> Vec<String> {
    value.iter().map(ToString::to_string).collect()
}

/// Some part of each of many, for a [`Field`].
pub fn each<T>(items: &[T], part: impl Fn(&T) -> Vec<String>) -> Vec<String> {
    items.iter().flat_map(part).collect()
}

/// The items that every filter lets through.
///
/// # Errors
/// Where a filter is unknown, or there are too many.
pub fn apply<T: Filterable>(items: Vec<T>, filters: &[Filter]) -> Result<Vec<T>, AwsError> {
    if filters.len() > FILTERS || filters.iter().any(|filter| filter.values.len() > VALUES) {
        return Err(Ec2Error::TooManyFilters.into());
    }
    let looks = filters.iter().map(look_at::<T>).collect::<Result<Vec<_>, _>>()?;
    let passes = |item: &T| {
        looks.iter().zip(filters).all(|(look, filter)| {
            look(item)
                .iter()
                .any(|value| filter.values.iter().any(|pattern| matches(pattern, value)))
        })
    };
    Ok(items.into_iter().filter(passes).collect())
}

type Look<T> = Box<dyn Fn(&T) -> Vec<String>>;

fn look_at<T: Filterable>(filter: &Filter) -> Result<Look<T>, Ec2Error> {
    if let Some(key) = filter.name.strip_prefix("tag:").map(str::to_owned) {
        return Ok(Box::new(move |item| tag_values(item.tags(), &key)));
    }
    if filter.name == "tag-key" {
        return Ok(Box::new(|item| each(item.tags(), |tag| one(&tag.key))));
    }
    let field = T::FILTERS.iter().chain(T::MORE_FILTERS).find(|(name, _)| *name == filter.name);
    match field {
        Some((_, values)) => Ok(Box::new(*values)),
        None => Err(Ec2Error::UnknownFilter { name: filter.name.clone() }),
    }
}

fn tag_values(tags: &[Tag], key: &str) -> Vec<String> {
    each(tags, |tag| {
        if tag.key == key {
            vec![tag.value.clone().unwrap_or_default()]
        } else {
            Vec::new()
        }
    })
}

/// Whether `text` is what `pattern` says: `*` is any run of characters, `?` any one, `\` takes the next literally.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    // Where the last star was, and how much of the text it has swallowed: going back there is all the backtracking that is needed.
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some('?') => (p, t) = (p + 1, t + 1),
            Some('\\') if pattern.get(p + 1) == Some(&text[t]) => (p, t) = (p + 2, t + 1),
            Some(c) if *c == text[t] && *c != '\\' => (p, t) = (p + 1, t + 1),
            _ => {
                let Some((at, swallowed)) = star else { return false };
                star = Some((at, swallowed + 1));
                (p, t) = (at + 1, swallowed + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_globs_with_escapes() {
        for (pattern, text, expected) in [
            ("web", "web", true),
            ("web", "Web", false),
            ("w*b", "web-and-tub", true),
            ("*", "", true),
            ("?", "", false),
            ("w?b", "web", true),
            ("*a*a", "banana", true),
            ("*an?", "banana", true),
            ("*nn*", "banana", false),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            (r"a\\b", r"a\b", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
