//! The tables, and every question that is asked of them.

use mysql_async::prelude::{FromRow, Queryable};
use mysql_async::{Opts, Params, Pool, Result, params};

/// Messages on a page.
const PER_PAGE: u32 = 30;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The row's key.
    pub user_id: u64,
    /// Unique.
    pub username: String,
    /// As it was given.
    pub email: String,
    /// See [`crate::password`].
    pub pw_hash: String,
}

/// A message and who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The author's name.
    pub username: String,
    /// What was written.
    pub text: String,
    /// Seconds since 1970.
    pub pub_date: i64,
}

/// The database of all servers.
#[derive(Clone)]
pub struct Database(Pool);

impl Database {
    /// Opens nothing yet: connections are made when they are needed, and made anew after the database was away.
    pub fn new(options: Opts) -> Self {
        Self(Pool::new(options))
    }

    /// Makes the tables; what was in them is lost. Those that are there already can be kept. Whether it made them.
    ///
    /// One server at a time: two that start together on an empty database must not make the tables of each other.
    pub async fn init(&self, keep: bool) -> Result<bool> {
        let mut connection = self.0.get_conn().await?;
        connection.query_drop("select get_lock('initdb', 60)").await?;
        let there: Option<String> = connection.query_first("show tables like 'message'").await?;
        let make = !keep || there.is_none();
        if make {
            for statement in include_str!("schema.sql").split(';').map(str::trim).filter(|one| !one.is_empty()) {
                connection.query_drop(statement).await?;
            }
        }
        connection.query_drop("select release_lock('initdb')").await?;
        Ok(make)
    }

    /// Closes the connections.
    pub async fn close(self) -> Result<()> {
        self.0.disconnect().await
    }

    /// The user with this key.
    pub async fn user(&self, user_id: u64) -> Result<Option<User>> {
        self.one_user("user_id = :user_id", params! { user_id }).await
    }

    /// The user of this name.
    pub async fn named(&self, username: &str) -> Result<Option<User>> {
        self.one_user("username = :username", params! { username }).await
    }

    /// Adds a user; `false` where the name is taken.
    pub async fn register(&self, username: &str, email: &str, pw_hash: &str) -> Result<bool> {
        let insert = "insert ignore into user (username, email, pw_hash) values (:username, :email, :pw_hash)";
        self.change(insert, params! { username, email, pw_hash })
            .await
            .map(|rows| rows == 1)
    }

    /// Everyone's newest messages.
    pub async fn public(&self) -> Result<Vec<Message>> {
        self.messages("true", params! { "limit" => PER_PAGE }).await
    }

    /// The newest messages of one user.
    pub async fn by(&self, user_id: u64) -> Result<Vec<Message>> {
        self.messages("user_id = :user_id", params! { user_id, "limit" => PER_PAGE }).await
    }

    /// The newest messages of a user and of those whom the user follows.
    pub async fn timeline(&self, user_id: u64) -> Result<Vec<Message>> {
        let followed = "user_id = :user_id or user_id in (select whom_id from follower where who_id = :user_id)";
        self.messages(followed, params! { user_id, "limit" => PER_PAGE }).await
    }

    /// Keeps a message.
    pub async fn add(&self, author_id: u64, text: &str, pub_date: i64) -> Result<()> {
        let insert = "insert into message (author_id, text, pub_date) values (:author_id, :text, :pub_date)";
        self.change(insert, params! { author_id, text, pub_date }).await.map(drop)
    }

    /// Whether the one follows the other.
    pub async fn follows(&self, who_id: u64, whom_id: u64) -> Result<bool> {
        let found: Option<u8> = self
            .first(
                "select 1 from follower where who_id = :who_id and whom_id = :whom_id",
                params! { who_id, whom_id },
            )
            .await?;
        Ok(found.is_some())
    }

    /// Has the one follow the other.
    pub async fn follow(&self, who_id: u64, whom_id: u64) -> Result<()> {
        let insert = "insert ignore into follower (who_id, whom_id) values (:who_id, :whom_id)";
        self.change(insert, params! { who_id, whom_id }).await.map(drop)
    }

    /// Has the one no longer follow the other.
    pub async fn unfollow(&self, who_id: u64, whom_id: u64) -> Result<()> {
        let delete = "delete from follower where who_id = :who_id and whom_id = :whom_id";
        self.change(delete, params! { who_id, whom_id }).await.map(drop)
    }

    async fn one_user(&self, condition: &str, params: Params) -> Result<Option<User>> {
        let select = format!("select user_id, username, email, pw_hash from user where {condition}");
        let row = self.first(&select, params).await?;
        Ok(row.map(|(user_id, username, email, pw_hash)| User {
            user_id,
            username,
            email,
            pw_hash,
        }))
    }

    async fn messages(&self, condition: &str, params: Params) -> Result<Vec<Message>> {
        let select = format!(
            "select username, text, pub_date from message join user on author_id = user_id \
             where {condition} order by pub_date desc, message_id desc limit :limit"
        );
        let mut connection = self.0.get_conn().await?;
        let message = |(username, text, pub_date)| Message { username, text, pub_date };
        connection.exec_map(select, params, message).await
    }

    async fn first<T: FromRow + Send + 'static>(&self, query: &str, params: Params) -> Result<Option<T>> {
        self.0.get_conn().await?.exec_first(query, params).await
    }

    /// Returns how many rows are other than before.
    async fn change(&self, statement: &str, params: Params) -> Result<u64> {
        let mut connection = self.0.get_conn().await?;
        connection.exec_drop(statement, params).await?;
        Ok(connection.affected_rows())
    }
}
