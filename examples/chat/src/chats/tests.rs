use std::sync::mpsc::{Sender, channel};

use tempfile::TempDir;

use super::input::Body;
use super::message::Message;
use super::*;

pub(super) struct Store {
    pub(super) chats: Chats,
    /// Holds the database; removed when the test ends.
    pub(super) folder: TempDir,
}

impl Store {
    pub(super) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let chats = Chats::open(&folder.path().join("chat.db"), PubSub::new()).unwrap();
        Self { chats, folder }
    }

    pub(super) async fn user(&self, name: &str) -> User {
        let email = format!("{name}@example.org");
        let name = UserName::parse(name).unwrap();
        self.chats
            .sign_in(name, Email::parse(&email).unwrap())
            .await
            .unwrap()
    }

    pub(super) async fn room(&self, name: &str) -> Chat {
        self.chats
            .create_room(RoomName::parse(name).unwrap())
            .await
            .unwrap()
    }

    pub(super) async fn post(&self, chat: &Chat, user: &User, body: &str) -> Message {
        self.chats
            .post(chat.id, user.id, Body::parse(body).unwrap(), None)
            .await
            .unwrap()
    }

    /// Occupies the database thread until the returned sender is dropped.
    fn occupy(&self) -> Sender<()> {
        let (release, released) = channel::<()>();
        let (started, running) = channel();
        let command: Command = Box::new(move |_| {
            started.send(()).unwrap();
            let _ = released.recv();
        });
        self.chats.commands.try_send(command).unwrap();
        running.recv().unwrap();
        release
    }
}

#[tokio::test]
async fn signing_in_twice_is_one_user_with_the_newer_name() {
    let store = Store::open();
    let first = store.user("ada").await;
    let name = UserName::parse("Ada Lovelace").unwrap();
    let email = Email::parse("ADA@Example.org").unwrap();
    let second = store.chats.sign_in(name, email).await.unwrap();
    assert_eq!(second.id, first.id);
    assert_eq!(second.name, "Ada Lovelace");
    assert_eq!(store.chats.user(first.id).await.unwrap(), Some(second));
}

#[tokio::test]
async fn two_addresses_are_two_users() {
    let store = Store::open();
    assert_ne!(store.user("ada").await.id, store.user("grace").await.id);
}

#[tokio::test]
async fn an_unknown_id_finds_no_user_and_no_room() {
    let store = Store::open();
    for id in [i64::MIN, -1, 0, 1, i64::MAX] {
        assert_eq!(store.chats.user(id).await.unwrap(), None);
        assert_eq!(store.chats.room(id).await.unwrap(), None);
        assert_eq!(store.chats.messages(id, 10).await.unwrap(), []);
    }
}

#[tokio::test]
async fn rooms_are_listed_by_name_whatever_the_case() {
    let store = Store::open();
    for name in ["lunch", "General", "announcements"] {
        let room = store.room(name).await;
        assert_eq!(store.chats.room(room.id).await.unwrap(), Some(room));
    }
    let names: Vec<_> = store
        .chats
        .rooms()
        .await
        .unwrap()
        .into_iter()
        .map(|room| room.name)
        .collect();
    assert_eq!(names, ["announcements", "General", "lunch"]);
}

#[tokio::test]
async fn a_room_name_is_taken_once() {
    let store = Store::open();
    store.room("General").await;
    let again = store
        .chats
        .create_room(RoomName::parse("GENERAL").unwrap())
        .await;
    assert!(
        matches!(again, Err(CreateRoomError::NameTaken)),
        "{again:?}"
    );
    assert_eq!(store.chats.rooms().await.unwrap().len(), 1);
}

#[tokio::test]
async fn seeding_none_adds_none_and_seeding_twice_keeps_one_author() {
    let store = Store::open();
    let room = store.room("Long").await;
    store.chats.seed(room.id, 0).await.unwrap();
    assert_eq!(store.chats.messages(room.id, 10).await.unwrap(), []);
    store.chats.seed(room.id, 1).await.unwrap();
    store.chats.seed(room.id, 1).await.unwrap();
    let rows = store.chats.messages(room.id, 10).await.unwrap();
    assert_eq!(rows[0].user_id, rows[1].user_id);
}

#[tokio::test]
async fn what_was_stored_is_there_after_reopening() {
    let store = Store::open();
    let (ada, room) = (store.user("ada").await, store.room("General").await);
    let posted = store.post(&room, &ada, "hello").await;
    let Store { chats, folder } = store;
    drop(chats);
    let reopened = Chats::open(&folder.path().join("chat.db"), PubSub::new()).unwrap();
    assert_eq!(reopened.messages(room.id, 10).await.unwrap(), [posted]);
}

#[tokio::test]
async fn two_stores_may_write_to_one_file() {
    let store = Store::open();
    let (ada, room) = (store.user("ada").await, store.room("General").await);
    let other = Chats::open(&store.folder.path().join("chat.db"), PubSub::new()).unwrap();
    other
        .post(room.id, ada.id, Body::parse("there").unwrap(), None)
        .await
        .unwrap();
    store.post(&room, &ada, "here").await;
    assert_eq!(other.messages(room.id, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_full_queue_answers_busy_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let chats = Chats::open_with(&folder.path().join("chat.db"), PubSub::new(), 2).unwrap();
    let store = Store { chats, folder };
    let release = store.occupy();

    for _ in 0..2 {
        store.chats.commands.try_send(Box::new(|_| {})).unwrap();
    }
    assert!(matches!(store.chats.rooms().await, Err(ChatsError::Busy)));

    drop(release);
    drop(store.chats.commands.reserve().await.unwrap());
    assert_eq!(store.chats.rooms().await.unwrap(), []);
}

#[tokio::test]
async fn a_panic_in_the_database_thread_answers_stopped() {
    let store = Store::open();
    let panicked = store
        .chats
        .run(|_| -> rusqlite::Result<()> { panic!("on purpose") })
        .await;
    assert!(matches!(panicked, Err(ChatsError::Stopped)), "{panicked:?}");
    assert!(matches!(
        store.chats.rooms().await,
        Err(ChatsError::Stopped)
    ));
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 3).unwrap();
    drop(connection);
    let opened = Chats::open(&path, PubSub::new());
    assert!(matches!(opened, Err(OpenError::Version(3))), "{opened:?}");
}

#[test]
fn a_missing_folder_is_an_error_not_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let opened = Chats::open(&folder.path().join("absent").join("chat.db"), PubSub::new());
    assert!(matches!(opened, Err(OpenError::Database(_))), "{opened:?}");
}

#[tokio::test]
async fn a_file_of_an_older_version_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chat.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch(database::LAYOUT_1).unwrap();
    connection
        .execute_batch(
            "PRAGMA user_version = 1;
             INSERT INTO users VALUES (1, 'Ada', 'ada@example.org');
             INSERT INTO chats VALUES (1, 'General', 0);
             INSERT INTO messages VALUES (7, 1, 1, 'hello', 0);",
        )
        .unwrap();
    drop(connection);
    let chats = Chats::open(&path, PubSub::new()).unwrap();
    let messages = chats.messages(1, 10).await.unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].id, &*messages[0].body), (7, "hello"));
    let again = Chats::open(&path, PubSub::new()).unwrap();
    assert_eq!(again.messages(1, 10).await.unwrap(), messages);
}
