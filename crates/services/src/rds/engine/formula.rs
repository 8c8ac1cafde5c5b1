//! Formulas of parameter values: `{DBInstanceClassMemory*3/4}`, `LEAST({DBInstanceClassMemory/9531392},5000)`. Follows the user
//! guide's page "Specifying DB parameters".

/// How deep a formula may be nested.
const DEPTH: usize = 16;

/// The value of a parameter: a formula is computed, anything else is its own value. `None` for a formula that cannot be: it has a
/// variable that `variable` does not know, or is none.
pub fn compute(text: &str, variable: &dyn Fn(&str) -> Option<f64>) -> Option<String> {
    if !text.contains('{') {
        return Some(text.to_owned());
    }
    let mut reader = Reader {
        rest: text.trim(),
        depth: 0,
        variable,
    };
    let value = reader.sum()?;
    // Parameters are whole numbers; what is beyond them is cut off, as RDS does.
    (reader.rest.is_empty() && value.is_finite()).then(|| format!("{:.0}", value.trunc()))
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
    variable: &'a dyn Fn(&str) -> Option<f64>,
}

impl Reader<'_> {
    fn takes(&mut self, mark: char) -> bool {
        let rest = self.rest.trim_start().strip_prefix(mark);
        if let Some(rest) = rest {
            self.rest = rest.trim_start();
        }
        rest.is_some()
    }

    fn sum(&mut self) -> Option<f64> {
        self.depth += 1;
        let mut value = self.product().filter(|_| self.depth <= DEPTH)?;
        loop {
            if self.takes('+') {
                value += self.product()?;
            } else if self.takes('-') {
                value -= self.product()?;
            } else {
                self.depth -= 1;
                return Some(value);
            }
        }
    }

    fn product(&mut self) -> Option<f64> {
        let mut value = self.factor()?;
        loop {
            if self.takes('*') {
                value *= self.factor()?;
            } else if self.takes('/') {
                value /= self.factor()?;
            } else {
                return Some(value);
            }
        }
    }

    fn factor(&mut self) -> Option<f64> {
        for (open, close) in [('{', '}'), ('(', ')')] {
            if self.depth <= DEPTH && self.takes(open) {
                let value = self.sum()?;
                return self.takes(close).then_some(value);
            }
        }
        if self.takes('-') {
            return Some(-self.word().parse::<f64>().ok()?);
        }
        let word = self.word();
        if self.takes('(') {
            return self.function(&word);
        }
        word.parse().ok().or_else(|| (self.variable)(&word))
    }

    fn word(&mut self) -> String {
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn function(&mut self, name: &str) -> Option<f64> {
        let mut values = vec![self.sum()?];
        while self.takes(',') {
            values.push(self.sum()?);
        }
        let values = self.takes(')').then_some(values)?.into_iter();
        match name.to_ascii_uppercase().as_str() {
            "LEAST" => values.reduce(f64::min),
            "GREATEST" => values.reduce(f64::max),
            "SUM" => Some(values.sum()),
            "LOG" => values.last().map(f64::log2),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_computed() {
        let variable = |name: &str| (name == "DBInstanceClassMemory").then_some((1u64 << 30) as f64);
        let deep = format!("{}1{}", "{".repeat(100), "}".repeat(100));
        for (text, expected) in [
            ("50", Some("50")),
            ("O_DIRECT", Some("O_DIRECT")),
            ("{DBInstanceClassMemory*3/4}", Some("805306368")),
            ("{DBInstanceClassMemory/12582880}", Some("85")),
            ("LEAST({DBInstanceClassMemory/9531392},5000)", Some("112")),
            ("GREATEST({DBInstanceClassMemory/63963136},64)", Some("64")),
            ("SUM({DBInstanceClassMemory/1024}, -48576)", Some("1000000")),
            ("{log(DBInstanceClassMemory/1024)*2+(1-1)}", Some("40")),
            ("{ServerId}", None),
            ("{DBInstanceClassMemory/0}", None),
            ("{DBInstanceClassMemory", None),
            ("{1}}", None),
            (deep.as_str(), None),
        ] {
            assert_eq!(compute(text, &variable).as_deref(), expected, "{text}");
        }
    }
}
