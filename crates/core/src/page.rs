//! Pagination: opaque tokens that name the last item told, so that pages stay right while items come and go.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where to go on; `None` at the end.
    pub next: Option<String>,
}

/// A token that Tierra did not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The provided token is invalid")]
pub struct InvalidToken;

/// Cuts one page of at most `limit` items out of `items`, which must be in the order of `key`.
///
/// # Errors
/// Where `token` was not made here.
pub fn paginate<T>(items: Vec<T>, key: impl Fn(&T) -> String, token: Option<&str>, limit: usize) -> Result<Page<T>, InvalidToken> {
    let after = token.map(decode).transpose()?;
    let mut rest = items
        .into_iter()
        .skip_while(|item| after.as_ref().is_some_and(|after| key(item) <= *after));
    let items: Vec<T> = rest.by_ref().take(limit.max(1)).collect();
    let next = rest
        .next()
        .and(items.last())
        .map(|last| URL_SAFE_NO_PAD.encode(format!("1:{}", key(last))));
    Ok(Page { items, next })
}

fn decode(token: &str) -> Result<String, InvalidToken> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| InvalidToken)?;
    let text = String::from_utf8(bytes).map_err(|_| InvalidToken)?;
    text.strip_prefix("1:").map(str::to_owned).ok_or(InvalidToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_everything_once_even_when_the_last_item_told_is_gone() {
        let all: Vec<u32> = (10..17).collect();
        let first = paginate(all.clone(), u32::to_string, None, 3).expect("first");
        assert_eq!(first.items, [10, 11, 12]);
        let without = all.iter().copied().filter(|n| *n != 12).collect();
        let second = paginate(without, u32::to_string, first.next.as_deref(), 3).expect("second");
        assert_eq!(second.items, [13, 14, 15]);
        let last = paginate(all, u32::to_string, second.next.as_deref(), 3).expect("last");
        assert_eq!((last.items, last.next), (vec![16], None));
        assert_eq!(paginate(vec![1], u32::to_string, Some("!"), 1), Err(InvalidToken));
    }
}
