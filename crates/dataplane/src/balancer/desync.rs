//! "Desync mitigation mode": requests that two readers could read differently, classified as AWS's http-desync-guardian does, whose
//! words are those of "Classification reasons" in "Access logs for your Application Load Balancer".
//!
//! **Invariant**: a class says how a request looks; a request has the reason that was found first among the worst. Where a head
//! cannot be written anew without guessing, or nobody can know where its body ends, it is refused whatever the mode (`http1`'s
//! parser and its framing): Tierra's balancer is stricter there than AWS's.

mod head;

use http::Version;

use self::head::of_lines;
use super::config::DesyncMode;
use super::head::{Fields, Head};

pub use self::head::classify_text;

/// AWS's classes, the worse the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// "Complies with RFC 7230 and poses no known security threats."
    Compliant,
    /// "Does not comply with RFC 7230 but poses no known security threats."
    Acceptable,
    /// "Poses a risk, as various web servers and proxies could handle it differently."
    Ambiguous,
    /// "Poses a high security risk."
    Severe,
}

/// A request's class, and AWS's word for the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The class.
    pub class: Class,
    reason: &'static str,
}

/// Classifies a request that was parsed. HTTP/2 frames its bodies itself, and is compliant.
pub fn classify<F: Fields>(head: &Head<'_, F>) -> Verdict {
    let mut verdict = Verdict::COMPLIANT;
    if head.version != Version::HTTP_2 {
        let old = head.version < Version::HTTP_11;
        of_lines(&mut verdict, head.method.as_bytes(), old, head.fields.lines());
    }
    verdict
}

impl Verdict {
    /// Nothing was found.
    const COMPLIANT: Self = Self {
        class: Class::Compliant,
        reason: "-",
    };

    /// This was found as well.
    fn note(&mut self, class: Class, reason: &'static str) {
        if class > self.class {
            *self = Self { class, reason };
        }
    }

    /// Class and reason, as access logs write them; nothing where there is nothing to say.
    pub fn words(self) -> Option<(&'static str, &'static str)> {
        let class = match self.class {
            Class::Compliant => return None,
            Class::Acceptable => "Acceptable",
            Class::Ambiguous => "Ambiguous",
            Class::Severe => "Severe",
        };
        Some((class, self.reason))
    }
}

impl DesyncMode {
    /// Whether a request of the class is refused.
    pub fn refuses(self, class: Class) -> bool {
        match self {
            Self::Monitor => false,
            Self::Defensive => class >= Class::Severe,
            Self::Strictest => class > Class::Compliant,
        }
    }

    /// "Routes the requests but closes the client and target connections."
    pub fn closes(self, class: Class) -> bool {
        self == Self::Defensive && class == Class::Ambiguous
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes() {
        // The table of "Edit attributes for your Application Load Balancer: Desync mitigation mode", which is that of "Configure
        // desync mitigation mode for your Classic Load Balancer": whether each mode allows a class, and whether connections end.
        let table = [
            (Class::Compliant, [true, true, true], false),
            (Class::Acceptable, [true, true, false], false),
            (Class::Ambiguous, [true, true, false], true),
            (Class::Severe, [true, false, false], false),
        ];
        let modes = [DesyncMode::Monitor, DesyncMode::Defensive, DesyncMode::Strictest];
        for (class, allowed, closes) in table {
            assert_eq!(modes.map(|mode| !mode.refuses(class)), allowed, "{class:?}");
            assert_eq!(modes.map(|mode| mode.closes(class)), [false, closes, false], "{class:?}");
        }
    }
}
