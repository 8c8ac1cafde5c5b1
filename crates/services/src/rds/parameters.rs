//! The engines' parameters, as data: name, whether it takes effect at once, type, what is allowed, RDS's value where it sets one.
//!
//! One line a parameter in `parameters/*.tsv`. They are the parameters that the engines inside really have: what a group sets is
//! written into the engine's configuration.

use std::sync::LazyLock;

use super::model::Family;

/// What is known of a parameter.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) dynamic: bool,
    /// `integer`, `string`, `boolean`, `float`, `list`
    pub(super) kind: &'static str,
    /// `1-100`, `0,1`, `ON,OFF`; empty: anything.
    pub(super) allowed: &'static str,
    /// The value that RDS sets.
    pub(super) default: Option<&'static str>,
    pub(super) modifiable: bool,
}

static MYSQL: LazyLock<Vec<Known>> = LazyLock::new(|| read(include_str!("parameters/mysql.tsv")));
static POSTGRES: LazyLock<Vec<Known>> = LazyLock::new(|| read(include_str!("parameters/postgres.tsv")));

/// The parameters of a family.
pub(super) fn of(family: Family) -> impl Iterator<Item = &'static Known> {
    let table = match family {
        Family::Mysql57 | Family::Mysql80 | Family::Mariadb1011 => &MYSQL,
        Family::Postgres15 => &POSTGRES,
    };
    table.iter()
}

/// The values that RDS itself sets, by name; those that only the engine's own keeper says are not among them.
pub(super) fn defaults(family: Family) -> impl Iterator<Item = (&'static str, &'static str)> {
    of(family)
        .filter(|known| known.modifiable)
        .filter_map(|known| Some((known.name, known.default?)))
}

/// The parameter of this name.
pub(super) fn find(family: Family, name: &str) -> Option<&'static Known> {
    of(family).find(|known| known.name == name)
}

fn read(table: &'static str) -> Vec<Known> {
    table.lines().filter(|line| !line.starts_with('#')).filter_map(line).collect()
}

fn line(line: &'static str) -> Option<Known> {
    let mut cells = line.split('\t');
    let mut next = || cells.next();
    Some(Known {
        name: next()?,
        dynamic: next()? == "dynamic",
        kind: next()?,
        allowed: next()?,
        default: next().filter(|text| !text.is_empty()),
        modifiable: next() != Some("no"),
    })
}

impl Known {
    /// Whether a value is allowed. A formula (`{DBInstanceClassMemory*3/4}`) is, where numbers are.
    pub(super) fn allows(&self, value: &str) -> bool {
        if self.allowed.is_empty() || (self.kind == "integer" && value.starts_with('{') && value.ends_with('}')) {
            return true;
        }
        match bounds(self.allowed) {
            Some((least, most)) => value.parse::<f64>().is_ok_and(|number| (least..=most).contains(&number)),
            None if self.kind == "list" => value.split(',').all(|part| self.names(part.trim())),
            None => self.names(value),
        }
    }

    fn names(&self, value: &str) -> bool {
        self.allowed.split(',').any(|word| word.eq_ignore_ascii_case(value))
    }
}

/// `1-100`, `-1-100`
fn bounds(allowed: &str) -> Option<(f64, f64)> {
    let dash = allowed.get(1..)?.find('-')? + 1;
    Some((allowed[..dash].parse().ok()?, allowed[dash + 1..].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_and_values_checked() {
        for (family, name, value, allowed) in [
            (Family::Mysql80, "max_connections", "500", true),
            (Family::Mysql80, "max_connections", "0", false),
            (Family::Mysql80, "max_connections", "{DBInstanceClassMemory/12582880}", true),
            (Family::Mysql80, "character_set_server", "utf8mb4", true),
            (Family::Mysql57, "character_set_server", "klingon", false),
            (Family::Postgres15, "log_min_duration_statement", "-1", true),
            (Family::Postgres15, "work_mem", "4096", true),
            (Family::Postgres15, "rds.force_ssl", "2", false),
        ] {
            let known = find(family, name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(known.allows(value), allowed, "{name} = {value}");
        }
        for family in [Family::Mysql80, Family::Postgres15] {
            assert!(of(family).count() > 50);
            let mut names: Vec<_> = of(family).map(|known| known.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), of(family).count());
        }
    }
}
