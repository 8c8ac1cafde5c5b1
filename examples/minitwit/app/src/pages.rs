//! What a browser is shown. Everything that a user wrote is escaped by the markup.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use crate::database::{Message, User};

/// What every page shows.
pub struct Frame<'a> {
    /// Who is logged in.
    pub user: Option<&'a User>,
    /// Messages about what was just done.
    pub flashes: &'a [String],
}

/// Which messages a page shows.
pub enum Timeline<'a> {
    /// Those of the user and of whom the user follows.
    Mine,
    /// Everyone's.
    Public,
    /// Those of one user.
    Of {
        /// Whose they are.
        profile: &'a User,
        /// Whether the user who is logged in follows the profile's.
        followed: bool,
    },
}

impl Timeline<'_> {
    fn title(&self) -> String {
        match self {
            Self::Mine => "My Timeline".to_owned(),
            Self::Public => "Public Timeline".to_owned(),
            Self::Of { profile, .. } => format!("{}'s Timeline", profile.username),
        }
    }
}

/// A list of messages, newest first.
pub fn timeline(frame: &Frame<'_>, kind: &Timeline<'_>, messages: &[Message]) -> Markup {
    let body = html! {
        h2 { (kind.title()) }
        @if let Some(user) = frame.user {
            @match kind {
                Timeline::Of { profile, followed } => (follow_status(user, profile, *followed)),
                Timeline::Mine => (twit_box(user)),
                Timeline::Public => {},
            }
        }
        ul.messages {
            @for message in messages { (item(message)) }
            @if messages.is_empty() { li { em { "There's no message so far." } } }
        }
    };
    layout(frame, &kind.title(), &body)
}

fn follow_status(user: &User, profile: &User, followed: bool) -> Markup {
    let name = &profile.username;
    html! {
        div.followstatus {
            @if user.user_id == profile.user_id {
                "This is you!"
            } @else if followed {
                "You are currently following this user. "
                a.unfollow href={ "/" (name) "/unfollow" } { "Unfollow user" } "."
            } @else {
                "You are not yet following this user. "
                a.follow href={ "/" (name) "/follow" } { "Follow user" } "."
            }
        }
    }
}

fn twit_box(user: &User) -> Markup {
    html! {
        div.twitbox {
            h3 { "What's on your mind " (user.username) "?" }
            form action="/add_message" method="post" {
                p { input type="text" name="text" size="60"; input type="submit" value="Share"; }
            }
        }
    }
}

fn item(message: &Message) -> Markup {
    html! {
        li {
            p {
                strong { a href={ "/" (message.username) } { (message.username) } }
                " " (message.text) " "
                small { "— " (date(message.pub_date)) }
            }
        }
    }
}

/// `2026-11-21 @ 07:30`
fn date(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .map(|at| at.strftime("%Y-%m-%d @ %H:%M").to_string())
        .unwrap_or_default()
}

/// The form to log in.
pub fn login(frame: &Frame<'_>, error: Option<&str>, username: &str) -> Markup {
    let fields = html! {
        (field("Username", "text", "username", username))
        (field("Password", "password", "password", ""))
    };
    form(frame, "Sign In", error, &fields)
}

/// The form to register.
pub fn register(frame: &Frame<'_>, error: Option<&str>, username: &str, email: &str) -> Markup {
    let fields = html! {
        (field("Username", "text", "username", username))
        (field("E-Mail", "text", "email", email))
        (field("Password", "password", "password", ""))
        dt { "Password " small { "(repeat)" } ":" }
        dd { input type="password" name="password2" size="30"; }
    };
    form(frame, "Sign Up", error, &fields)
}

fn field(label: &str, kind: &str, name: &str, value: &str) -> Markup {
    html! {
        dt { (label) ":" }
        dd { input type=(kind) name=(name) size="30" value=(value); }
    }
}

fn form(frame: &Frame<'_>, title: &str, error: Option<&str>, fields: &Markup) -> Markup {
    let body = html! {
        h2 { (title) }
        @if let Some(error) = error { div.error { strong { "Error:" } " " (error) } }
        form action="" method="post" {
            dl { (fields) }
            div.actions { input type="submit" value=(title); }
        }
    };
    layout(frame, title, &body)
}

/// A page that only says something.
pub fn notice(frame: &Frame<'_>, title: &str, text: &str) -> Markup {
    layout(frame, title, &html! { h2 { (title) } p { (text) } })
}

fn layout(frame: &Frame<'_>, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " | MiniTwit" }
                style { (include_str!("style.css")) }
            }
            body {
                div.page {
                    h1 { "MiniTwit" }
                    (navigation(frame.user))
                    @if !frame.flashes.is_empty() {
                        ul.flashes { @for flash in frame.flashes { li { (flash) } } }
                    }
                    div.body { (body) }
                    div.footer { "MiniTwit — served by " (server()) }
                }
            }
        }
    }
}

fn navigation(user: Option<&User>) -> Markup {
    html! {
        div.navigation {
            @if let Some(user) = user {
                a href="/" { "my timeline" } " | "
                a href="/public" { "public timeline" } " | "
                a href="/logout" { "sign out [" (user.username) "]" }
            } @else {
                a href="/public" { "public timeline" } " | "
                a href="/register" { "sign up" } " | "
                a href="/login" { "sign in" }
            }
        }
    }
}

/// The name of the machine, so that one sees which server answered.
fn server() -> String {
    std::fs::read_to_string("/etc/hostname")
        .map(|name| name.trim().to_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(user_id: u64, username: &str) -> User {
        User {
            user_id,
            username: username.into(),
            email: "a@example.com".into(),
            pw_hash: String::new(),
        }
    }

    #[test]
    fn a_timeline_says_what_its_reader_can_do() {
        let (ann, bob) = (user(1, "ann"), user(2, "bob"));
        let of = |followed| Timeline::Of { profile: &bob, followed };
        let cases = [
            (
                None,
                Timeline::Public,
                vec!["Public Timeline | MiniTwit", "sign up", "no message so far"],
            ),
            (
                Some(&ann),
                Timeline::Mine,
                vec!["My Timeline", "What's on your mind ann?", "sign out [ann]"],
            ),
            (Some(&ann), of(false), vec!["bob's Timeline", "not yet following", "/bob/follow"]),
            (Some(&ann), of(true), vec!["currently following", "/bob/unfollow"]),
            (Some(&bob), of(false), vec!["This is you!"]),
        ];
        for (user, kind, expected) in cases {
            let page = timeline(&Frame { user, flashes: &[] }, &kind, &[]).into_string();
            for words in expected {
                assert!(page.contains(words), "{words:?} in {page}");
            }
        }
    }

    #[test]
    fn what_a_user_wrote_is_escaped() {
        let message = Message {
            username: "ann".into(),
            text: "<script>1 & 2</script>".into(),
            pub_date: 0,
        };
        let page = timeline(
            &Frame {
                user: None,
                flashes: &["<b>".into()],
            },
            &Timeline::Public,
            &[message],
        )
        .into_string();
        assert!(
            page.contains("&lt;script&gt;1 &amp; 2&lt;/script&gt;") && page.contains("&lt;b&gt;"),
            "{page}"
        );
        assert!(page.contains("1970-01-01 @ 00:00"), "{page}");
    }
}
