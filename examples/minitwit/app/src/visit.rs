//! One request's visitor: the session, who is logged in, and the answers that keep the session true.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use maud::Markup;

use crate::database::{Database, User};
use crate::pages::{self, Frame};
use crate::session::Session;

/// What every request shares.
#[derive(Clone)]
pub struct App {
    /// The database of all servers.
    pub database: Database,
    /// What signs sessions.
    pub key: Arc<[u8]>,
}

/// The database did not do what was asked.
pub struct Failure(mysql_async::Error);

impl From<mysql_async::Error> for Failure {
    fn from(error: mysql_async::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        eprintln!("database: {}", self.0);
        let page = pages::notice(
            &Frame { user: None, flashes: &[] },
            "Internal Server Error",
            "The database did not answer.",
        );
        (StatusCode::INTERNAL_SERVER_ERROR, Html(page.into_string())).into_response()
    }
}

/// Who asks.
pub struct Visit {
    /// What every request shares.
    pub app: App,
    /// As the cookie has it; answers take it back.
    pub session: Session,
    /// Who is logged in.
    pub user: Option<User>,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let session = Session::of(&parts.headers, &app.key);
        let user = match session.user_id {
            Some(user_id) => app.database.user(user_id).await?,
            None => None,
        };
        Ok(Self {
            app: app.clone(),
            session,
            user,
        })
    }
}

impl Visit {
    /// A page, on which the waiting messages are shown.
    pub fn page(mut self, render: impl FnOnce(&Frame<'_>) -> Markup) -> Response {
        let flashes = std::mem::take(&mut self.session.flashes);
        let page = render(&Frame {
            user: self.user.as_ref(),
            flashes: &flashes,
        });
        self.sign(Html(page.into_string()).into_response())
    }

    /// A page that only says why there is no other.
    pub fn refuse(self, status: StatusCode, text: &str) -> Response {
        let title = status.canonical_reason().unwrap_or_default();
        let mut response = self.page(|frame| pages::notice(frame, title, text));
        *response.status_mut() = status;
        response
    }

    /// On to another page.
    pub fn go(self, to: &str) -> Response {
        let mut response = StatusCode::FOUND.into_response();
        if let Ok(location) = HeaderValue::from_str(to) {
            response.headers_mut().insert(LOCATION, location);
        }
        self.sign(response)
    }

    /// On to another page, which shows this message.
    pub fn tell(mut self, message: impl Into<String>, to: &str) -> Response {
        self.session.flash(message);
        self.go(to)
    }

    fn sign(self, mut response: Response) -> Response {
        if let Ok(cookie) = HeaderValue::from_str(&self.session.cookie(&self.app.key)) {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        response
    }
}
