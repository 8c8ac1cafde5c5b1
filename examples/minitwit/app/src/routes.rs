//! What each address answers. Routes, form fields and messages are those of the original MiniTwit.

use axum::Router;
use axum::extract::{Form, Path};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::Deserialize;

use crate::database::User;
use crate::pages::{self, Timeline};
use crate::password;
use crate::visit::{App, Failure, Visit};

/// Longest user name, in characters: what its column holds.
const NAME_CHARS: usize = 80;

type Answer = Result<Response, Failure>;

/// Every route.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(mine))
        .route("/public", get(public))
        .route("/login", get(login_form).post(login))
        .route("/logout", get(logout))
        .route("/register", get(register_form).post(register))
        .route("/add_message", post(add_message))
        .route("/{username}", get(of))
        .route("/{username}/follow", get(follow))
        .route("/{username}/unfollow", get(unfollow))
        .with_state(app)
}

async fn mine(visit: Visit) -> Answer {
    let Some(user_id) = visit.user.as_ref().map(|user| user.user_id) else {
        return Ok(visit.go("/public"));
    };
    let messages = visit.app.database.timeline(user_id).await?;
    Ok(visit.page(|frame| pages::timeline(frame, &Timeline::Mine, &messages)))
}

async fn public(visit: Visit) -> Answer {
    let messages = visit.app.database.public().await?;
    Ok(visit.page(|frame| pages::timeline(frame, &Timeline::Public, &messages)))
}

async fn of(visit: Visit, Path(username): Path<String>) -> Answer {
    let Some(profile) = visit.app.database.named(&username).await? else {
        return Ok(no_user(visit));
    };
    let followed = match &visit.user {
        Some(user) => visit.app.database.follows(user.user_id, profile.user_id).await?,
        None => false,
    };
    let messages = visit.app.database.by(profile.user_id).await?;
    let kind = Timeline::Of {
        profile: &profile,
        followed,
    };
    Ok(visit.page(|frame| pages::timeline(frame, &kind, &messages)))
}

async fn follow(visit: Visit, Path(username): Path<String>) -> Answer {
    let (who, whom) = match pair(&visit, &username).await? {
        Ok(pair) => pair,
        Err(status) => return Ok(refused(visit, status)),
    };
    visit.app.database.follow(who.user_id, whom.user_id).await?;
    Ok(visit.tell(format!("You are now following \"{}\"", whom.username), &format!("/{username}")))
}

async fn unfollow(visit: Visit, Path(username): Path<String>) -> Answer {
    let (who, whom) = match pair(&visit, &username).await? {
        Ok(pair) => pair,
        Err(status) => return Ok(refused(visit, status)),
    };
    visit.app.database.unfollow(who.user_id, whom.user_id).await?;
    Ok(visit.tell(
        format!("You are no longer following \"{}\"", whom.username),
        &format!("/{username}"),
    ))
}

/// Who is logged in, and the user of this name.
async fn pair(visit: &Visit, username: &str) -> Result<Result<(User, User), StatusCode>, Failure> {
    let Some(who) = visit.user.clone() else {
        return Ok(Err(StatusCode::UNAUTHORIZED));
    };
    let whom = visit.app.database.named(username).await?;
    Ok(whom.map(|whom| (who, whom)).ok_or(StatusCode::NOT_FOUND))
}

fn refused(visit: Visit, status: StatusCode) -> Response {
    match status {
        StatusCode::NOT_FOUND => no_user(visit),
        _ => visit.refuse(StatusCode::UNAUTHORIZED, "Please sign in first."),
    }
}

fn no_user(visit: Visit) -> Response {
    visit.refuse(StatusCode::NOT_FOUND, "There is no user of that name.")
}

#[derive(Deserialize)]
struct MessageForm {
    #[serde(default)]
    text: String,
}

async fn add_message(visit: Visit, Form(form): Form<MessageForm>) -> Answer {
    let Some(user_id) = visit.user.as_ref().map(|user| user.user_id) else {
        return Ok(refused(visit, StatusCode::UNAUTHORIZED));
    };
    if form.text.is_empty() {
        return Ok(visit.go("/"));
    }
    visit.app.database.add(user_id, &form.text, Timestamp::now().as_second()).await?;
    Ok(visit.tell("Your message was recorded", "/"))
}

#[derive(Deserialize)]
struct LoginForm {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
}

async fn login_form(visit: Visit) -> Response {
    match visit.user {
        Some(_) => visit.go("/"),
        None => visit.page(|frame| pages::login(frame, None, "")),
    }
}

async fn login(mut visit: Visit, Form(form): Form<LoginForm>) -> Answer {
    if visit.user.is_some() {
        return Ok(visit.go("/"));
    }
    let error = match visit.app.database.named(&form.username).await? {
        None => "Invalid username",
        Some(user) if !fits(form.password, user.pw_hash.clone()).await => "Invalid password",
        Some(user) => {
            visit.session.user_id = Some(user.user_id);
            return Ok(visit.tell("You were logged in", "/"));
        }
    };
    Ok(visit.page(|frame| pages::login(frame, Some(error), &form.username)))
}

/// Hashing is meant to be slow: it keeps no other request waiting.
async fn fits(password: String, hash: String) -> bool {
    tokio::task::spawn_blocking(move || password::fits(&password, &hash))
        .await
        .unwrap_or(false)
}

async fn logout(mut visit: Visit) -> Response {
    visit.session.user_id = None;
    visit.tell("You were logged out", "/public")
}

#[derive(Deserialize)]
struct RegisterForm {
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    password2: String,
}

impl RegisterForm {
    /// The first mistake, in the original's words.
    fn mistake(&self) -> Option<&'static str> {
        let rules = [
            (self.username.is_empty(), "You have to enter a username"),
            (
                self.username.chars().count() > NAME_CHARS || !self.username.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)),
                "A username has up to 80 letters, digits, dots, dashes and underscores",
            ),
            (!self.email.contains('@'), "You have to enter a valid email address"),
            (self.password.is_empty(), "You have to enter a password"),
            (self.password != self.password2, "The two passwords do not match"),
        ];
        rules.into_iter().find_map(|(broken, words)| broken.then_some(words))
    }
}

async fn register_form(visit: Visit) -> Response {
    match visit.user {
        Some(_) => visit.go("/"),
        None => visit.page(|frame| pages::register(frame, None, "", "")),
    }
}

async fn register(visit: Visit, Form(form): Form<RegisterForm>) -> Answer {
    if visit.user.is_some() {
        return Ok(visit.go("/"));
    }
    let error = match form.mistake() {
        Some(mistake) => mistake,
        None => match keep(&visit, &form).await? {
            Ok(()) => return Ok(visit.tell("You were successfully registered and can login now", "/login")),
            Err(taken) => taken,
        },
    };
    Ok(visit.page(|frame| pages::register(frame, Some(error), &form.username, &form.email)))
}

async fn keep(visit: &Visit, form: &RegisterForm) -> Result<Result<(), &'static str>, Failure> {
    let password = form.password.clone();
    let hashed = tokio::task::spawn_blocking(move || password::hash(&password)).await;
    let Ok(Ok(hash)) = hashed else {
        return Ok(Err("The password is too long"));
    };
    let added = visit.app.database.register(&form.username, &form.email, &hash).await?;
    Ok(if added { Ok(()) } else { Err("The username is already taken") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registration_names_its_first_mistake() {
        let cases = [
            ("", "a@b", "x", "x", Some("You have to enter a username")),
            (
                "a/b",
                "a@b",
                "x",
                "x",
                Some("A username has up to 80 letters, digits, dots, dashes and underscores"),
            ),
            ("ann", "nowhere", "x", "x", Some("You have to enter a valid email address")),
            ("ann", "a@b", "", "", Some("You have to enter a password")),
            ("ann", "a@b", "x", "y", Some("The two passwords do not match")),
            ("ann", "a@b", "x", "x", None),
        ];
        for (username, email, password, password2, expected) in cases {
            let form = RegisterForm {
                username: username.into(),
                email: email.into(),
                password: password.into(),
                password2: password2.into(),
            };
            assert_eq!(form.mistake(), expected, "{username} {email}");
        }
    }
}
