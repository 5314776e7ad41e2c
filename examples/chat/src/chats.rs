//! The chat's store: people, rooms and messages in one SQLite file.
//!
//! One thread owns the connection and takes commands from a bounded queue. SQLite has a single
//! writer anyway; so nothing needs a lock, prepared statements stay warm, async threads never wait
//! for the disk, and callers can pile up in one place only: at `commands_max` they get
//! [`ChatsError::Busy`] instead of a growing wait.

mod database;
pub(crate) mod input;

use std::fmt;
use std::path::Path;
use std::thread;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};

use self::database::Database;
pub(crate) use self::database::OpenError;
use self::input::{Body, Email, RoomName, UserName};

/// How many commands may wait for the database unless [`Chats::open_with`] says otherwise.
pub(crate) const COMMANDS_MAX: usize = 1024;

/// How many messages [`Chats::messages`] returns at most, whatever is asked for.
pub(crate) const MESSAGES_MAX: u32 = 1000;

/// A person who signed in; the email address tells people apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) email: String,
}

/// A chat, which people see as a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chat {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) created_at: Timestamp,
}

/// A message with its author's name, as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MessageRow {
    pub(crate) id: i64,
    pub(crate) chat_id: i64,
    pub(crate) user_id: i64,
    pub(crate) user_name: String,
    pub(crate) body: String,
    pub(crate) inserted_at: Timestamp,
}

/// A handle to the store; clones share the one connection, which closes with the last of them.
#[derive(Clone)]
pub(crate) struct Chats {
    commands: mpsc::Sender<Command>,
}

/// What the thread runs, with the answer's way back inside.
type Command = Box<dyn FnOnce(&mut Database) + Send>;

impl Chats {
    /// Opens the database at `path`, creating it when absent.
    ///
    /// # Errors
    ///
    /// [`OpenError`] when the file cannot be opened, or was written by a newer version of the chat.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, COMMANDS_MAX)
    }

    /// As [`Chats::open`], with room for `commands_max` waiting commands.
    pub(crate) fn open_with(path: &Path, commands_max: usize) -> Result<Self, OpenError> {
        let mut database = Database::open(path)?;
        let (commands, mut waiting) = mpsc::channel::<Command>(commands_max);
        thread::Builder::new()
            .name("chats".to_owned())
            .spawn(move || {
                while let Some(command) = waiting.blocking_recv() {
                    command(&mut database);
                }
            })
            .map_err(OpenError::Thread)?;
        Ok(Self { commands })
    }

    /// Finds the person with this email address, or creates one; the name becomes the one given now.
    pub(crate) async fn sign_in(&self, name: UserName, email: Email) -> Result<User, ChatsError> {
        self.run(move |database| database.sign_in(&name, &email))
            .await
    }

    /// Finds a person, by the id that a session holds.
    pub(crate) async fn user(&self, id: i64) -> Result<Option<User>, ChatsError> {
        self.run(move |database| database.user(id)).await
    }

    /// Lists all rooms by name.
    pub(crate) async fn rooms(&self) -> Result<Vec<Chat>, ChatsError> {
        self.run(|database| database.rooms()).await
    }

    /// Creates a room.
    ///
    /// # Errors
    ///
    /// [`CreateRoomError::NameTaken`] when a room of that name exists; `A` and `a` are the same.
    pub(crate) async fn create_room(&self, name: RoomName) -> Result<Chat, CreateRoomError> {
        let created = self
            .run(move |database| database.create_room(&name))
            .await?;
        created.ok_or(CreateRoomError::NameTaken)
    }

    /// Finds a room, by the id in its address.
    pub(crate) async fn room(&self, id: i64) -> Result<Option<Chat>, ChatsError> {
        self.run(move |database| database.room(id)).await
    }

    /// Returns the last `limit` messages of a room, [`MESSAGES_MAX`] at most, oldest first.
    pub(crate) async fn messages(
        &self,
        chat_id: i64,
        limit: u32,
    ) -> Result<Vec<MessageRow>, ChatsError> {
        self.run(move |database| database.messages(chat_id, limit.min(MESSAGES_MAX)))
            .await
    }

    /// Stores a message and returns it as others will see it.
    ///
    /// # Errors
    ///
    /// [`ChatsError::Database`] when room or author do not exist: a person types neither.
    pub(crate) async fn post(
        &self,
        chat_id: i64,
        user_id: i64,
        body: Body,
    ) -> Result<MessageRow, ChatsError> {
        self.run(move |database| database.post(chat_id, user_id, &body))
            .await
    }

    /// Fills a room with `count` messages of an invented author, for trying a long room.
    pub(crate) async fn seed(&self, chat_id: i64, count: u32) -> Result<(), ChatsError> {
        self.run(move |database| database.seed(chat_id, count))
            .await
    }

    /// Runs `work` on the thread that owns the database.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Database) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ChatsError> {
        let (answer, answered) = oneshot::channel();
        let command: Command = Box::new(move |database| {
            // A caller that was dropped meanwhile has no use for the answer.
            let _ = answer.send(work(database));
        });
        self.commands
            .try_send(command)
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => ChatsError::Busy,
                mpsc::error::TrySendError::Closed(_) => ChatsError::Stopped,
            })?;
        answered
            .await
            .map_err(|_| ChatsError::Stopped)?
            .map_err(ChatsError::Database)
    }
}

impl fmt::Debug for Chats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chats").finish_non_exhaustive()
    }
}

/// Why the store did not answer.
#[derive(Debug)]
pub(crate) enum ChatsError {
    /// As many commands as allowed are waiting already; the same call may succeed a moment later.
    Busy,
    /// The thread that owns the database has ended.
    Stopped,
    /// SQLite refused.
    Database(rusqlite::Error),
}

impl fmt::Display for ChatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("too many commands wait for the database"),
            Self::Stopped => f.write_str("the database thread has ended"),
            Self::Database(error) => write!(f, "database: {error}"),
        }
    }
}

impl std::error::Error for ChatsError {}

/// Why a room was not created.
#[derive(Debug)]
pub(crate) enum CreateRoomError {
    /// A room of that name exists.
    NameTaken,
    /// The store did not answer.
    Chats(ChatsError),
}

impl fmt::Display for CreateRoomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameTaken => f.write_str("a room of that name exists"),
            Self::Chats(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CreateRoomError {}

impl From<ChatsError> for CreateRoomError {
    fn from(error: ChatsError) -> Self {
        Self::Chats(error)
    }
}

#[cfg(test)]
mod tests;
