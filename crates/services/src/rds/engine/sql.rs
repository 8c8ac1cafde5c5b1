//! Words that SQL takes as they are, whatever they hold.

/// A string literal of standard SQL, where a backslash means itself.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', "''"))
}

/// A string literal of MariaDB, where a backslash escapes: statements are told in a session of the default mode.
pub(super) fn escaped(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\\', "\\\\").replace('\'', "''"))
}

/// A name in standard SQL.
pub(super) fn name(text: &str) -> String {
    format!("\"{}\"", text.replace('\0', "").replace('"', "\"\""))
}

/// A name in MariaDB.
pub(super) fn ticked(text: &str) -> String {
    format!("`{}`", text.replace('\0', "").replace('`', "``"))
}

/// Whether a text can stand in a statement as the name of a variable.
pub(super) fn is_variable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
}
