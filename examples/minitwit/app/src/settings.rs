//! What the server is told by its environment. The database's password and the key of the sessions are never arguments, so that
//! no list of processes shows them.

use std::env;

use anyhow::{Context, Result, ensure};
use mysql_async::{Opts, OptsBuilder, PoolConstraints, PoolOpts};

/// Most connections to the database at one time, of one server.
const CONNECTIONS: usize = 16;
/// Least bytes of a key that signs sessions.
const KEY_BYTES: usize = 16;

/// Where the database is, from `DB_HOST`, `DB_PORT`, `DB_USER`, `DB_PASSWORD`, `DB_NAME`.
///
/// # Errors
/// One of them is missing, or the port is no number.
pub fn database() -> Result<Opts> {
    let port = env::var("DB_PORT").unwrap_or_else(|_| "3306".to_owned());
    // A range from zero to a bound larger than zero is a range.
    let constraints = PoolConstraints::new(0, CONNECTIONS).context("the pool's bounds")?;
    let options = OptsBuilder::default()
        .ip_or_hostname(required("DB_HOST")?)
        .tcp_port(port.parse().with_context(|| format!("DB_PORT is {port:?}, which is no port"))?)
        .user(Some(required("DB_USER")?))
        .pass(Some(required("DB_PASSWORD")?))
        .db_name(Some(required("DB_NAME")?))
        .pool_opts(PoolOpts::default().with_constraints(constraints));
    Ok(options.into())
}

/// What signs sessions, from `SECRET_KEY`: the same on every server, so that a user may come to any of them.
///
/// # Errors
/// It is missing or too short.
pub fn session_key() -> Result<Vec<u8>> {
    let key = required("SECRET_KEY")?;
    ensure!(key.len() >= KEY_BYTES, "SECRET_KEY is shorter than {KEY_BYTES} bytes");
    Ok(key.into_bytes())
}

fn required(name: &str) -> Result<String> {
    env::var(name).with_context(|| format!("the environment lacks {name}"))
}
