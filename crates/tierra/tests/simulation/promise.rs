//! What an answer promised: it has to be there whenever it is quiet, whatever went wrong since.

use crate::request::{Answer, Request};

/// What was acknowledged.
#[derive(Clone, Debug)]
pub struct Promise {
    /// What shows it.
    pub ask: Request,
    /// What it has to be.
    pub value: String,
    /// What an answer shows.
    pub shown: fn(&Answer) -> Vec<String>,
}

impl Promise {
    /// Why an answer does not keep it; nothing where it does.
    pub fn broken(&self, answer: Option<&Answer>) -> Option<String> {
        let found = answer.map(self.shown).unwrap_or_default();
        let is_kept = found.len() == 1 && found[0] == self.value;
        let short = |text: &str| format!("{text:.300}");
        let (value, found) = (short(&self.value), short(&found.join(" ")));
        (!is_kept).then(|| {
            format!(
                "{} is {found:?}, not {value:?}: {:?}",
                self.ask.line(),
                answer.map(|answer| answer.status)
            )
        })
    }
}
