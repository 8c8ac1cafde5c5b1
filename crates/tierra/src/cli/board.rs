//! The live picture of a stack: each resource with its state and how long it has taken. On a terminal it is drawn in place; else each
//! change is one line.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use tokio::time::Instant;

use super::say;
use super::stack::Event;

/// The widest that a resource's name is shown.
const NAME_WIDTH: usize = 32;

/// One resource.
struct Row {
    logical: String,
    kind: String,
    status: String,
    begun: Instant,
    ended: Option<Instant>,
}

/// The picture.
pub struct Board {
    rows: Vec<Row>,
    told: usize,
    drawn: usize,
    begun: Instant,
    live: bool,
}

impl Board {
    /// An empty one, drawn on stderr.
    pub fn new(begun: Instant) -> Self {
        Self {
            rows: Vec::new(),
            told: 0,
            drawn: 0,
            begun,
            live: std::io::stderr().is_terminal(),
        }
    }

    /// Shows all events so far; those that were shown before are skipped.
    pub fn show(&mut self, events: &[Event], now: Instant) {
        for event in events.iter().skip(self.told) {
            self.take(event, now);
            if !self.live {
                self.line(event, now);
            }
        }
        self.told = events.len();
        if self.live {
            self.draw(now);
        }
    }

    /// Leaves the picture as it is.
    pub fn end(&mut self) {
        self.drawn = 0;
    }

    fn take(&mut self, event: &Event, now: Instant) {
        let settled = !event.status.ends_with("_IN_PROGRESS");
        let at = self.rows.iter().position(|row| row.logical == event.logical);
        let at = at.unwrap_or_else(|| {
            self.rows.push(Row {
                logical: event.logical.clone(),
                kind: event.kind.clone(),
                status: String::new(),
                begun: now,
                ended: None,
            });
            self.rows.len() - 1
        });
        let row = &mut self.rows[at];
        // A new work on the same resource (a roll back) has its own time.
        if row.ended.take().is_some() && !settled {
            row.begun = now;
        }
        row.status.clone_from(&event.status);
        row.ended = settled.then_some(now);
    }

    fn line(&self, event: &Event, now: Instant) {
        let reason = if event.reason.is_empty() {
            String::new()
        } else {
            format!("  {}", event.reason)
        };
        let time = seconds(now.duration_since(self.begun));
        say::note(format!("{time}  {:<NAME_WIDTH$} {}{reason}", event.logical, event.status));
    }

    fn draw(&mut self, now: Instant) {
        let mut picture = String::new();
        if self.drawn > 0 {
            picture.push_str(&format!("\x1b[{}A", self.drawn));
        }
        for row in &self.rows {
            let time = seconds(row.ended.unwrap_or(now).duration_since(row.begun));
            let (style, mark) = look(&row.status);
            let status = say::painted(style, format!("{mark} {:<24}", row.status));
            let kind = say::painted(say::DIM, &row.kind);
            picture.push_str(&format!("\x1b[2K{status} {time}  {:<NAME_WIDTH$} {kind}\n", row.logical));
        }
        self.drawn = self.rows.len();
        // A picture that cannot be drawn changes nothing of what it shows.
        let _ = anstream::stderr().write_all(picture.as_bytes());
    }
}

fn look(status: &str) -> (clap::builder::styling::Style, &'static str) {
    if status.ends_with("_FAILED") || status.contains("ROLLBACK") {
        (say::BAD, "✗")
    } else if status.ends_with("_IN_PROGRESS") {
        (say::WARN, "…")
    } else {
        (say::GOOD, "✓")
    }
}

fn seconds(time: Duration) -> String {
    format!("{:6.1}s", time.as_secs_f64())
}
