mod pictures;

use std::time::Duration;

use bennu::pubsub::PubSub;
use bennu::testing::{self, Conn, View, build_conn};
use bennu::token::SecretKeyBase;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::timeout;

use super::typing::PAUSE;
use crate::chats::input::{Email, RoomName, UserName};
use crate::chats::{Chat, Chats};
use crate::live_socket::sign_channel_token;
use crate::pages::{USER_ID, USER_NAME};

const WAIT: Duration = Duration::from_secs(10);

/// The whole chat, with a database of its own.
struct Site {
    chats: Chats,
    endpoint: bennu::endpoint::Endpoint,
    secret_key_base: SecretKeyBase,
    _folder: TempDir,
}

impl Site {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let chats = Chats::open(&folder.path().join("chat.db"), PubSub::new()).unwrap();
        let secret_key_base = SecretKeyBase::new("k".repeat(64)).unwrap();
        let endpoint = crate::endpoint(secret_key_base.clone(), chats.clone()).unwrap();
        Self {
            chats,
            endpoint,
            secret_key_base,
            _folder: folder,
        }
    }

    async fn room(&self, name: &str) -> Chat {
        let name = RoomName::parse(name).unwrap();
        self.chats.create_room(name).await.unwrap()
    }

    /// The browser of somebody who is signed in.
    async fn browser(&self, name: &str) -> Conn {
        let email = Email::parse(&format!("{name}@example.org")).unwrap();
        let name = UserName::parse(name).unwrap();
        let user = self.chats.sign_in(name, email).await.unwrap();
        let channel_token = sign_channel_token(&self.secret_key_base);
        build_conn(&self.endpoint)
            .init_test_session(|session| {
                session.put(USER_ID, user.id);
                session.put(USER_NAME, user.name);
            })
            .put_connect_params(json!({"channel_token": channel_token}))
    }

    async fn enter(&self, name: &str, room: &Chat) -> View {
        let browser = self.browser(name).await;
        let path = format!("/chats/{}", room.id);
        let (view, _) = testing::live(&browser, &path).await.unwrap();
        view
    }
}

async fn send(view: &View, body: &str) {
    let composer = view.form("#composer", json!({"body": body}));
    composer.render_submit().await.unwrap();
}

async fn open_form_of(view: &View, id: i64) {
    let edit = view.element(&format!("#message-{id} .edit"));
    edit.render_click().await.unwrap();
}

#[tokio::test]
async fn a_message_is_seen_by_everybody_in_the_room_and_by_nobody_else() {
    let site = Site::start();
    let (general, lunch) = (site.room("General").await, site.room("Lunch").await);
    let ada = site.enter("Ada", &general).await;
    let grace = site.enter("Grace", &general).await;
    let alan = site.enter("Alan", &lunch).await;
    assert!(ada.has_element("#no-messages").await);

    send(&ada, "hello").await;
    assert!(ada.has_text("#message-1.own .body", "hello").await);
    assert!(grace.has_text("#message-1:not(.own) .body", "hello").await);
    assert!(!alan.has_element("#message-1").await);
}

#[tokio::test]
async fn who_leaves_a_draft_alone_is_no_longer_typing() {
    let site = Site::start();
    let room = site.room("General").await;
    let ada = site.enter("Ada", &room).await;
    let grace = site.enter("Grace", &room).await;
    let composer = grace.form("#composer", json!({"body": "h"}));
    composer.render_change().await.unwrap();
    let becomes = async |typing: bool| {
        let differs = async || ada.has_text("#typing", "Grace is typing").await != typing;
        let waiting = async { while differs().await {} };
        timeout(WAIT, waiting).await.expect("the room is told");
    };
    becomes(true).await;

    tokio::time::pause();
    tokio::time::advance(PAUSE).await;
    tokio::time::resume();
    becomes(false).await;
}

#[tokio::test]
async fn an_edited_message_changes_for_everybody_and_says_so() {
    let site = Site::start();
    let room = site.room("General").await;
    let ada = site.enter("Ada", &room).await;
    let grace = site.enter("Grace", &room).await;
    send(&ada, "helo").await;

    open_form_of(&ada, 1).await;
    assert!(ada.has_text("#edit-body-1", "helo").await);
    let form = ada.form("#edit-message", json!({"body": "hello"}));
    form.render_submit().await.unwrap();
    for view in [&ada, &grace] {
        assert!(view.has_text("#message-1 .body", "hello").await);
        assert!(view.has_text("#message-1 .edited", "edited").await);
    }
    assert!(!ada.has_element("#edit-message").await);
}

#[tokio::test]
async fn an_edit_that_is_too_long_stays_in_its_form_with_the_reason() {
    let site = Site::start();
    let room = site.room("General").await;
    let ada = site.enter("Ada", &room).await;
    send(&ada, "short").await;

    open_form_of(&ada, 1).await;
    let form = ada.form("#edit-message", json!({"body": "x".repeat(4001)}));
    form.render_submit().await.unwrap();
    assert!(ada.has_text("#edit-message .error", "4001").await);
    let field = ada.element("#edit-body-1").value(json!({"key": "Escape"}));
    field.render_keydown().await.unwrap();
    assert!(ada.has_text("#message-1 .body", "short").await);
    assert!(!ada.has_element("#edit-message").await);
}

#[tokio::test]
async fn only_the_author_edits_and_deletes_whatever_a_page_sends() {
    let site = Site::start();
    let room = site.room("General").await;
    let ada = site.enter("Ada", &room).await;
    let grace = site.enter("Grace", &room).await;
    send(&ada, "mine").await;
    assert!(!grace.has_element("#message-1 .edit").await);

    for id in [1, 2, -1] {
        grace.render_click("edit", json!({"id": id})).await.unwrap();
        grace
            .render_submit("save", json!({"body": "yours"}))
            .await
            .unwrap();
        grace.render_click("delete", json!({})).await.unwrap();
    }
    for view in [&ada, &grace] {
        assert!(view.has_text("#message-1 .body", "mine").await);
    }
}

#[tokio::test]
async fn a_deleted_message_is_gone_and_the_next_one_shows_its_author() {
    let site = Site::start();
    let room = site.room("General").await;
    let ada = site.enter("Ada", &room).await;
    let grace = site.enter("Grace", &room).await;
    for body in ["one", "two"] {
        send(&ada, body).await;
    }
    assert!(grace.has_element("#message-2.follows").await);

    open_form_of(&ada, 1).await;
    ada.element("#edit-message .danger")
        .render_click()
        .await
        .unwrap();
    for view in [&ada, &grace] {
        assert!(!view.has_element("#message-1").await);
        assert!(view.has_element("#message-2:not(.follows)").await);
    }
    // An id is never given again: a page that still knows the old one would mean another message.
    open_form_of(&ada, 2).await;
    ada.element("#edit-message .danger")
        .render_click()
        .await
        .unwrap();
    send(&ada, "three").await;
    assert!(grace.has_text("#message-3 .body", "three").await);
}

#[tokio::test]
async fn whoever_goes_to_another_room_is_a_member_there_and_no_longer_here() {
    let site = Site::start();
    let (general, lunch) = (site.room("General").await, site.room("Lunch").await);
    let grace = site.enter("Grace", &general).await;
    let ada = site.enter("Ada", &general).await;
    grace.assert_html(">Ada<").await;

    let (ada, _) = ada
        .live_redirect(&format!("/chats/{}", lunch.id))
        .await
        .unwrap();
    assert_eq!(ada.page_title().await, "Lunch · Bennu Chat");
    ada.assert_html(">Ada<").await;
    assert!(grace.render_async().await.contains(">Grace<"));
    assert!(!grace.has_text("#members", "Ada").await);
    assert!(!ada.has_text("#members", "Grace").await);
}

#[tokio::test]
async fn a_new_room_joins_the_list_of_those_who_are_in_another() {
    let site = Site::start();
    let room = site.room("General").await;
    let ada = site.enter("Ada", &room).await;
    assert!(ada.has_text("#room-list [aria-current]", "General").await);
    site.room("Announcements").await;
    assert!(
        ada.has_text("#room-list li:first-child", "Announcements")
            .await
    );
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_the_sign_in_page() {
    let site = Site::start();
    let room = site.room("General").await;
    let path = format!("/chats/{}", room.id);
    let sent = testing::live(&build_conn(&site.endpoint), &path).await;
    assert_eq!(
        sent.err().map(|to| to.to().to_owned()),
        Some("/".to_owned())
    );
}
