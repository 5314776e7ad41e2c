use super::*;
use crate::chats::tests::Store;

/// The first bytes of a picture, 3 pixels wide and 2 high.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02";

#[tokio::test]
async fn a_posted_message_is_returned_as_it_is_listed() {
    let store = Store::open();
    let (ada, room) = (store.user("ada").await, store.room("General").await);
    let posted = store
        .post(&room, &ada, "<b>\u{0}'; DROP TABLE users; --")
        .await;
    assert_eq!((posted.chat_id, posted.user_id), (room.id, ada.id));
    assert_eq!(posted.author, "ada");
    assert_eq!(posted.body, "<b>\u{0}'; DROP TABLE users; --");
    assert!(posted.at >= room.created_at);
    assert_eq!(store.chats.messages(room.id, 10).await.unwrap(), [posted]);
}

#[tokio::test]
async fn messages_are_the_last_ones_of_their_room_oldest_first() {
    let store = Store::open();
    let (ada, grace) = (store.user("ada").await, store.user("grace").await);
    let (general, lunch) = (store.room("General").await, store.room("Lunch").await);
    for body in ["one", "two", "three"] {
        store.post(&general, &ada, body).await;
        store.post(&lunch, &grace, "elsewhere").await;
    }
    let bodies = async |limit| -> Vec<String> {
        let rows = store.chats.messages(general.id, limit).await.unwrap();
        rows.into_iter().map(|row| row.body).collect()
    };
    assert_eq!(bodies(0).await, [""; 0]);
    assert_eq!(bodies(2).await, ["two", "three"]);
    assert_eq!(bodies(10).await, ["one", "two", "three"]);
}

#[tokio::test]
async fn messages_are_one_thousand_at_most() {
    let store = Store::open();
    let room = store.room("Long").await;
    store.chats.seed(room.id, 1001).await.unwrap();
    let rows = store.chats.messages(room.id, u32::MAX).await.unwrap();
    assert_eq!(rows.len(), 1000);
    assert_eq!(rows[0].body, "Message 2 of 1001");
    assert_eq!(rows[999].body, "Message 1001 of 1001");
}

#[tokio::test]
async fn a_message_needs_an_existing_room_and_author() {
    let store = Store::open();
    let (ada, room) = (store.user("ada").await, store.room("General").await);
    let body = Body::parse("hello").unwrap();
    for (chat_id, user_id) in [(room.id + 1, ada.id), (room.id, ada.id + 1)] {
        let refused = store.chats.post(chat_id, user_id, body.clone(), None).await;
        assert!(
            matches!(refused, Err(ChatsError::Database(_))),
            "{refused:?}"
        );
    }
    assert_eq!(store.chats.messages(room.id, 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_message_follows_one_of_the_same_author_in_the_same_room() {
    let store = Store::open();
    let (ada, grace) = (store.user("ada").await, store.user("grace").await);
    let (general, lunch) = (store.room("General").await, store.room("Lunch").await);
    assert!(!store.post(&general, &ada, "one").await.follows);
    assert!(!store.post(&lunch, &ada, "elsewhere").await.follows);
    assert!(store.post(&general, &ada, "two").await.follows);
    assert!(!store.post(&general, &grace, "three").await.follows);
    assert!(!store.post(&general, &ada, "four").await.follows);
}

#[tokio::test]
async fn a_deleted_message_frees_the_next_one_from_following_it() {
    let store = Store::open();
    let (ada, room) = (store.user("ada").await, store.room("General").await);
    let one = store.post(&room, &ada, "one").await;
    let two = store.post(&room, &ada, "two").await;
    let mut told = store.chats.pubsub().receiver(topic(room.id)).unwrap();
    assert!(store.chats.delete(one.id, ada.id).await.unwrap());
    let deleted = told.receive().await.unwrap();
    assert_eq!(deleted.event(), event::DELETED);
    let next = Some(Message {
        follows: false,
        ..two.clone()
    });
    let expected = Deleted { id: one.id, next };
    assert_eq!(
        deleted.payload().deserialize::<Deleted>().unwrap(),
        expected
    );
    assert!(!store.chats.delete(one.id, ada.id).await.unwrap());
    let left = store.chats.messages(room.id, 10).await.unwrap();
    assert_eq!(
        left,
        [Message {
            follows: false,
            ..two
        }]
    );
}

#[tokio::test]
async fn only_its_author_edits_or_deletes_a_message() {
    let store = Store::open();
    let (ada, grace) = (store.user("ada").await, store.user("grace").await);
    let room = store.room("General").await;
    let posted = store.post(&room, &ada, "mine").await;
    let body = Body::parse("yours").unwrap();
    let edited = store.chats.edit(posted.id, grace.id, body).await.unwrap();
    assert_eq!(edited, None);
    assert!(!store.chats.delete(posted.id, grace.id).await.unwrap());
    assert_eq!(
        store.chats.own_message(posted.id, grace.id).await.unwrap(),
        None
    );
    assert_eq!(store.chats.messages(room.id, 10).await.unwrap(), [posted]);
}

#[tokio::test]
async fn a_picture_is_stored_with_its_message_and_deleted_with_it() {
    let store = Store::open();
    let (ada, room) = (store.user("ada").await, store.room("General").await);
    let path = store.folder.path().join("upload");
    std::fs::write(&path, PNG).unwrap();
    let picture = Picture::sniff("<b>.png", &path).unwrap();
    let caption = Body::parse_caption(" ").unwrap();
    let posted = store.chats.post(room.id, ada.id, caption, Some(picture));
    let posted = posted.await.unwrap();
    let link = posted.picture.as_ref().unwrap();
    assert_eq!((&*posted.body, &*link.name), ("", "<b>.png"));
    assert_eq!((link.width, link.height), (3, 2));

    let stored = store.chats.picture(link.key.clone()).await.unwrap();
    let content = std::fs::read(&path).unwrap();
    assert_eq!(stored, Some(("image/png".to_owned(), content)));
    assert!(store.chats.delete(posted.id, ada.id).await.unwrap());
    assert_eq!(store.chats.picture(link.key.clone()).await.unwrap(), None);
}

#[tokio::test]
async fn a_message_whose_picture_is_gone_is_not_stored() {
    let store = Store::open();
    let (ada, room) = (store.user("ada").await, store.room("General").await);
    let path = store.folder.path().join("upload");
    std::fs::write(&path, PNG).unwrap();
    let picture = Picture::sniff("a.png", &path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let body = Body::parse("look").unwrap();
    let refused = store.chats.post(room.id, ada.id, body, Some(picture)).await;
    assert!(
        matches!(refused, Err(ChatsError::Database(_))),
        "{refused:?}"
    );
    assert_eq!(store.chats.messages(room.id, 10).await.unwrap(), []);
}
