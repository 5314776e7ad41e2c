//! The chat's store: people, rooms and messages in one SQLite file.
//!
//! One thread owns the connection and takes commands from a bounded queue. SQLite has a single
//! writer anyway; so nothing needs a lock, prepared statements stay warm, async threads never wait
//! for the disk, and callers can pile up in one place only: at `commands_max` they get
//! [`ChatsError::Busy`] instead of a growing wait.
//!
//! What changes is broadcast from that thread, too: everybody hears of it in the order in which it was stored.

mod database;
mod error;
pub(crate) mod input;
pub(crate) mod message;
pub(crate) mod picture;

use std::fmt;
use std::path::Path;
use std::thread;

use bennu::channel::{IntoPayload, PushError};
use bennu::pubsub::PubSub;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use self::database::Database;
pub(crate) use self::database::OpenError;
pub(crate) use self::error::{ChatsError, CreateRoomError};
use self::input::{Email, RoomName, UserName};

/// How many commands may wait for the database unless [`Chats::open_with`] says otherwise.
pub(crate) const COMMANDS_MAX: usize = 1024;

/// How many rooms [`Chats::rooms`] returns at most.
pub(crate) const ROOMS_MAX: u32 = 500;

/// The topic that is told of new rooms, by the event of the same name.
pub(crate) const ROOMS: &str = "rooms";

/// A person who signed in; the email address tells people apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) email: String,
}

/// A chat, which people see as a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chat {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) created_at: Timestamp,
}

/// A handle to the store; clones share the one connection, which closes with the last of them.
#[derive(Clone)]
pub(crate) struct Chats {
    commands: mpsc::Sender<Command>,
    pubsub: PubSub,
}

/// What the thread runs, with the answer's way back inside.
type Command = Box<dyn FnOnce(&mut Database) + Send>;

impl Chats {
    /// Opens the database at `path`, creating it when absent; `pubsub` is told of what changes.
    ///
    /// # Errors
    ///
    /// [`OpenError`] when the file cannot be opened, or was written by a newer version of the chat.
    pub(crate) fn open(path: &Path, pubsub: PubSub) -> Result<Self, OpenError> {
        Self::open_with(path, pubsub, COMMANDS_MAX)
    }

    /// As [`Chats::open`], with room for `commands_max` waiting commands.
    pub(crate) fn open_with(
        path: &Path,
        pubsub: PubSub,
        commands_max: usize,
    ) -> Result<Self, OpenError> {
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
        Ok(Self { commands, pubsub })
    }

    /// Moves what stands beside the file into it, so that the file alone is all there is to keep.
    pub(crate) async fn checkpoint(&self) -> Result<(), ChatsError> {
        self.run(|database| database.checkpoint()).await
    }

    /// The hub that is told of what changes.
    pub(crate) const fn pubsub(&self) -> &PubSub {
        &self.pubsub
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

    /// Lists the rooms by name, [`ROOMS_MAX`] at most.
    pub(crate) async fn rooms(&self) -> Result<Vec<Chat>, ChatsError> {
        self.run(|database| database.rooms()).await
    }

    /// Creates a room.
    ///
    /// # Errors
    ///
    /// [`CreateRoomError::NameTaken`] when a room of that name exists; `A` and `a` are the same.
    pub(crate) async fn create_room(&self, name: RoomName) -> Result<Chat, CreateRoomError> {
        let pubsub = self.pubsub.clone();
        let created = self.run(move |database| {
            let created = database.create_room(&name)?;
            if let Some(chat) = &created {
                tell(&pubsub, ROOMS.to_owned(), ROOMS, chat);
            }
            Ok(created)
        });
        created.await?.ok_or(CreateRoomError::NameTaken)
    }

    /// Finds a room, by the id in its address.
    pub(crate) async fn room(&self, id: i64) -> Result<Option<Chat>, ChatsError> {
        self.run(move |database| database.room(id)).await
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

/// Broadcasts what was stored; it stays stored if that fails.
fn tell(pubsub: &PubSub, topic: String, event: &'static str, what: &impl Serialize) {
    let broadcast = || -> Result<(), PushError> {
        pubsub.broadcast(topic, event, what.into_payload()?)?;
        Ok(())
    };
    if let Err(cause) = broadcast() {
        tracing::error!("{event} stored, but not broadcast: {cause}");
    }
}

impl fmt::Debug for Chats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chats").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
