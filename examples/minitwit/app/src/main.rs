//! MiniTwit: a microblog whose servers share one MySQL database. After the example of that name of the Flask project.
//!
//! `minitwit serve` answers HTTP; `minitwit initdb` makes the tables. Both are told where the database is by their environment
//! ([`settings`]). Servers keep nothing: sessions are signed cookies, everything else is a row.

mod database;
mod pages;
mod password;
mod routes;
mod session;
mod settings;
mod visit;

use std::net::SocketAddr;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use self::database::Database;
use self::visit::App;

/// A small microblog over MySQL. It reads DB_HOST, DB_PORT, DB_USER, DB_PASSWORD, DB_NAME and SECRET_KEY.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer HTTP until SIGTERM
    Serve {
        /// Where to listen
        #[arg(long, default_value = "0.0.0.0:5000")]
        listen: SocketAddr,
    },
    /// Make the tables; what was in them is lost
    Initdb {
        /// Keep tables that are there already
        #[arg(long)]
        if_missing: bool,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    let database = Database::new(settings::database()?);
    match Arguments::parse().command {
        Command::Serve { listen } => serve(database, listen).await,
        Command::Initdb { if_missing } => initdb(database, if_missing).await,
    }
}

async fn initdb(database: Database, if_missing: bool) -> Result<()> {
    let made = database.init(if_missing).await.context("making the tables")?;
    println!(
        "{}",
        if made {
            "Initialized the database."
        } else {
            "The database is initialized already."
        }
    );
    Ok(database.close().await?)
}

async fn serve(database: Database, listen: SocketAddr) -> Result<()> {
    let app = App {
        database,
        key: settings::session_key()?.into(),
    };
    let listener = TcpListener::bind(listen).await.with_context(|| format!("listening on {listen}"))?;
    println!("MiniTwit answers on http://{listen}");
    let mut end = signal(SignalKind::terminate())?;
    axum::serve(listener, routes::router(app))
        .with_graceful_shutdown(async move {
            end.recv().await;
        })
        .await?;
    Ok(())
}
