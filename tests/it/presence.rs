//! Presences as an application and its clients see them (channels-wire 11.1, 11.2).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bennu::Presence;
use bennu::presence::{
    Fetch, HandleMetas, Owner, PresenceDiff, PresenceState, TaskOwner, TrackError, UpdateError,
};
use bennu::pubsub::{
    Adapter, AdapterError, Broadcast, PubSub, Subscriber, SubscriberId, Subscription,
};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};

const ROOM: &str = "room:1";

/// A node with one topic that is listened to.
struct Node {
    presence: Presence,
    diffs: mpsc::UnboundedReceiver<Value>,
    _subscription: Subscription,
}

fn node(presence: impl FnOnce(PubSub) -> Presence) -> Node {
    let pubsub = PubSub::new();
    let (sender, diffs) = mpsc::unbounded_channel();
    let subscription = pubsub
        .subscribe(ROOM, SubscriberId::unique(), Arc::new(Listener(sender)))
        .expect("the hub has room");
    Node {
        presence: presence(pubsub),
        diffs,
        _subscription: subscription,
    }
}

struct Listener(mpsc::UnboundedSender<Value>);

impl Subscriber for Listener {
    fn deliver(&self, broadcast: &Broadcast) {
        assert_eq!(broadcast.event(), "presence_diff");
        let diff = broadcast
            .payload()
            .deserialize()
            .expect("a diff is an object");
        // A test that has seen enough hangs up before its owners leave.
        let _ = self.0.send(diff);
    }
}

impl Node {
    fn track(&self, key: &str, meta: Value) -> (TaskOwner, String) {
        let mut owner = TaskOwner::new();
        let tracked = self.presence.track_in(&mut owner, ROOM, key, meta);
        (owner, tracked.expect("there is room for one more"))
    }

    /// The diff that was broadcast before the last call returned.
    fn diff(&mut self) -> Value {
        self.diffs.try_recv().expect("a diff was broadcast")
    }

    fn is_quiet(&mut self) -> bool {
        self.diffs.try_recv().is_err()
    }

    async fn list(&self) -> Value {
        json!(self.presence.list(ROOM).await)
    }
}

// PR-1, PR-2
#[tokio::test]
async fn tracking_broadcasts_a_join_and_is_listed() {
    let mut node = node(Presence::new);
    let (_ada, phx_ref) = node.track("ada", json!({"status": "online"}));
    assert_eq!(phx_ref.len(), 16);
    let metas = json!({"ada": {"metas": [{"phx_ref": phx_ref, "status": "online"}]}});
    assert_eq!(node.diff(), json!({"joins": metas, "leaves": {}}));
    assert_eq!(node.list().await, metas);
    assert!(node.is_quiet());
}

// PR-4
#[tokio::test]
async fn a_diff_lists_only_the_metas_that_changed() {
    let mut node = node(Presence::new);
    let (_phone, phone_ref) = node.track("ada", json!({"device": "phone"}));
    node.diff();
    let (laptop, laptop_ref) = node.track("ada", json!({"device": "laptop"}));
    let phone = json!({"phx_ref": phone_ref, "device": "phone"});
    let second = json!({"phx_ref": laptop_ref, "device": "laptop"});
    assert_eq!(node.diff()["joins"], json!({"ada": {"metas": [&second]}}));
    assert_eq!(
        node.list().await,
        json!({"ada": {"metas": [&phone, &second]}})
    );
    drop(laptop);
    assert_eq!(
        node.diff(),
        json!({"joins": {}, "leaves": {"ada": {"metas": [second]}}})
    );
    assert_eq!(node.list().await, json!({"ada": {"metas": [phone]}}));
}

// PR-3
#[tokio::test]
async fn an_update_is_one_diff_with_the_former_meta_leaving() {
    let mut node = node(Presence::new);
    let (mut ada, first) = node.track("ada", json!({"status": "online", "typing": false}));
    node.diff();
    let second = node
        .presence
        .update_in(&mut ada, ROOM, "ada", json!({"status": "away"}))
        .expect("ada is tracked");
    let joins =
        json!({"ada": {"metas": [{"phx_ref": second, "phx_ref_prev": first, "status": "away"}]}});
    let leaves =
        json!({"ada": {"metas": [{"phx_ref": first, "status": "online", "typing": false}]}});
    assert_eq!(node.diff(), json!({"joins": joins, "leaves": leaves}));

    // The leave of the next diff carries all of the former meta, its references included.
    let meta = node.presence.meta_in(&ada, ROOM, "ada").expect("present");
    let mut meta: Value = meta.deserialize().expect("an object");
    assert_eq!(meta["phx_ref_prev"], first.as_str());
    meta["typing"] = json!(true);
    let third = node
        .presence
        .update_in(&mut ada, ROOM, "ada", meta)
        .expect("ada is tracked");
    let diff = node.diff();
    assert_eq!(diff["leaves"], joins);
    assert_eq!(
        diff["joins"]["ada"]["metas"],
        json!([{"phx_ref": third, "phx_ref_prev": second, "status": "away", "typing": true}])
    );
}

// PR-10
#[tokio::test]
async fn tracking_twice_and_updating_nobody_are_refused() {
    let mut node = node(Presence::new);
    let (mut ada, _) = node.track("ada", json!({}));
    node.diff();
    let again = node.presence.track_in(&mut ada, ROOM, "ada", json!({}));
    assert!(matches!(again, Err(TrackError::AlreadyTracked)));
    let nobody = node.presence.update_in(&mut ada, ROOM, "eve", json!({}));
    assert!(matches!(nobody, Err(UpdateError::NoPresence)));
    assert!(node.is_quiet());
    assert!(node.presence.meta_in(&ada, ROOM, "eve").is_none());
}

// PR-10
#[tokio::test]
async fn untracking_is_always_fine_and_may_be_followed_by_tracking() {
    let mut node = node(Presence::new);
    let (mut ada, first) = node.track("ada", json!({}));
    node.diff();
    for _ in 0..2 {
        node.presence.untrack_in(&mut ada, ROOM, "ada");
    }
    assert_eq!(
        node.diff()["leaves"]["ada"]["metas"][0]["phx_ref"],
        first.as_str()
    );
    assert!(node.is_quiet());
    let tracked = node.presence.track_in(&mut ada, ROOM, "ada", json!({}));
    assert_ne!(tracked.expect("ada is gone"), first);
    node.diff();
    drop(ada);
    assert_eq!(node.diff()["joins"], json!({}));
    assert_eq!(node.list().await, json!({}));
}

// PR-10
#[tokio::test]
async fn an_owner_leaves_every_topic_at_once() {
    let mut node = node(Presence::new);
    let (mut ada, _) = node.track("ada", json!({}));
    let elsewhere = node.presence.track_in(&mut ada, "attic", "ada", json!({}));
    assert!(elsewhere.is_ok());
    node.presence.untrack_all(&mut ada);
    assert!(node.presence.list("attic").await.is_empty());
    assert_eq!(node.list().await, json!({}));
    node.diff();
    assert_eq!(node.diff()["joins"], json!({}));
    assert!(node.is_quiet(), "the attic is another topic");
}

// PR-11
#[tokio::test]
async fn one_key_is_found_by_itself() {
    let node = node(Presence::new);
    let (_ada, phx_ref) = node.track("ada", json!({}));
    let (_bob, _) = node.track("bob", json!({}));
    let ada = node.presence.get_by_key(ROOM, "ada").await;
    assert_eq!(json!(ada), json!({"metas": [{"phx_ref": phx_ref}]}));
    assert!(node.presence.get_by_key(ROOM, "eve").await.is_none());
}

#[tokio::test]
async fn metas_are_objects_and_keys_and_metas_have_a_largest_size() {
    let meta_bytes = |text: usize| json!({ "text": "x".repeat(text) });
    let overhead = r#"{"phx_ref":"16 characters...","text":""}"#.len();
    let mut node = node(|pubsub| {
        Presence::builder(pubsub)
            .key_bytes_max(3)
            .meta_bytes_max(overhead + 10)
            .build()
    });
    let (mut ada, _) = node.track("ada", meta_bytes(10));
    node.diff();
    let track = |owner: &mut TaskOwner, key: &str, meta: Value| {
        node.presence.track_in(owner, ROOM, key, meta)
    };
    assert!(matches!(
        track(&mut ada, "bob", meta_bytes(11)),
        Err(TrackError::MetaTooLong { bytes }) if bytes == overhead + 11
    ));
    assert!(matches!(
        track(&mut ada, "anna", json!({})),
        Err(TrackError::KeyTooLong { bytes: 4 })
    ));
    assert!(matches!(
        track(&mut ada, "bob", json!([])),
        Err(TrackError::Meta(_))
    ));
    let update =
        |owner: &mut TaskOwner, meta: Value| node.presence.update_in(owner, ROOM, "ada", meta);
    assert!(matches!(
        update(&mut ada, meta_bytes(11)),
        Err(UpdateError::MetaTooLong { .. })
    ));
    assert!(matches!(
        update(&mut ada, json!("text")),
        Err(UpdateError::Meta(_))
    ));
    assert!(node.is_quiet());
}

#[tokio::test]
async fn no_more_presences_than_allowed() {
    let node = node(|pubsub| Presence::builder(pubsub).presences_max(2).build());
    let (mut ada, _) = node.track("ada", json!({}));
    let (bob, _) = node.track("bob", json!({}));
    let track = |owner: &mut TaskOwner| node.presence.track_in(owner, ROOM, "eve", json!({}));
    assert!(matches!(track(&mut ada), Err(TrackError::Full)));
    drop(bob);
    assert!(track(&mut ada).is_ok());
}

// PR-14
#[tokio::test]
async fn diffs_stay_on_their_node() {
    #[derive(Clone, Default)]
    struct Counting(Arc<AtomicUsize>);

    impl Adapter for Counting {
        fn broadcast(&self, _: &Broadcast) -> Result<(), AdapterError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }

        fn direct_broadcast(&self, _: &str, broadcast: &Broadcast) -> Result<(), AdapterError> {
            self.broadcast(broadcast)
        }

        fn node_name(&self) -> &str {
            "here"
        }
    }

    let adapter = Counting::default();
    let presence = Presence::new(PubSub::with_adapter(adapter.clone()));
    let mut ada = TaskOwner::new();
    let tracked = presence.track_in(&mut ada, ROOM, "ada", json!({}));
    assert!(tracked.is_ok());
    drop(ada);
    assert_eq!(adapter.0.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_subscriber_may_ask_who_is_present() {
    struct Asking(Presence, Mutex<TaskOwner>, Mutex<Vec<bool>>);

    impl Subscriber for Asking {
        fn deliver(&self, _: &Broadcast) {
            let owner = self.1.lock().expect("nobody panics");
            let present = self.0.meta_in(&*owner, ROOM, "ada").is_some();
            self.2.lock().expect("nobody panics").push(present);
        }
    }

    let pubsub = PubSub::new();
    let presence = Presence::new(pubsub.clone());
    let mut ada = TaskOwner::new();
    let tracked = presence.track_in(&mut ada, ROOM, "ada", json!({}));
    assert!(tracked.is_ok());
    let asking = Arc::new(Asking(presence.clone(), Mutex::new(ada), Mutex::default()));
    let _subscription = pubsub
        .subscribe(ROOM, SubscriberId::unique(), asking.clone())
        .expect("the hub has room");
    let mut bob = TaskOwner::new();
    let tracked = presence.track_in(&mut bob, ROOM, "bob", json!({}));
    assert!(tracked.is_ok());
    assert_eq!(*asking.2.lock().expect("nobody panics"), [true]);
}

/// What a client that folds diffs in the order of their arrival believes, from PR-7.
#[derive(Default)]
struct Client(BTreeMap<String, String>);

impl Client {
    fn fold(&mut self, diff: &PresenceDiff) {
        for (key, entry) in &diff.joins {
            for meta in &entry.metas {
                self.0.insert(meta.phx_ref().to_owned(), key.clone());
            }
        }
        for entry in diff.leaves.values() {
            for meta in &entry.metas {
                let known = self.0.remove(meta.phx_ref());
                assert!(known.is_some(), "{} left before it came", meta.phx_ref());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn diffs_go_out_in_the_order_of_the_changes() {
    let mut node = node(Presence::new);
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8 {
        let presence = node.presence.clone();
        tasks.spawn(async move {
            let mut owner = TaskOwner::new();
            let key = format!("user{}", task % 3);
            for round in 0..50 {
                let track = presence.track_in(&mut owner, ROOM, &*key, json!({"round": round}));
                assert!(track.is_ok());
                let update = presence.update_in(&mut owner, ROOM, &*key, json!({"again": round}));
                assert!(update.is_ok());
                presence.untrack_in(&mut owner, ROOM, &*key);
            }
            let last = presence.track_in(&mut owner, ROOM, &*key, json!({"last": true}));
            assert!(last.is_ok());
            owner
        });
    }
    let owners = tasks.join_all().await;
    let mut client = Client::default();
    while client.0.len() < owners.len() || !listed(&node, &client).await {
        let diff = node.diffs.recv().await.expect("the node listens");
        client.fold(&serde_json::from_value(diff).expect("a diff"));
    }
    assert!(node.is_quiet());
}

async fn listed(node: &Node, client: &Client) -> bool {
    let list = node.presence.list(ROOM).await;
    let present = list.iter().flat_map(|(key, entry)| {
        let metas = entry.metas.iter();
        metas.map(|meta| (meta.phx_ref().to_owned(), key.clone()))
    });
    client.0 == present.collect()
}

/// Adds a field to everyone, one call for each permit.
struct Names(Arc<Semaphore>);

impl Fetch for Names {
    async fn fetch(&self, topic: &str, mut presences: PresenceState) -> PresenceState {
        let permit = self.0.acquire().await.expect("never closed");
        permit.forget();
        for (key, entry) in &mut presences {
            assert!(!key.contains("boom"), "no name for {key} in {topic}");
            let name = format!("Name of {key}");
            entry.extra.insert("name".into(), name.into());
        }
        presences
    }
}

fn named_node(permits: usize) -> (Node, Arc<Semaphore>) {
    let semaphore = Arc::new(Semaphore::new(permits));
    let names = Names(semaphore.clone());
    let node = node(|pubsub| {
        Presence::builder(pubsub)
            .waiting_metas_max(3)
            .fetch(names)
            .build()
    });
    (node, semaphore)
}

// PR-12
#[tokio::test]
async fn lists_and_both_parts_of_a_diff_are_fetched() {
    let (mut node, _) = named_node(100);
    let (mut ada, first) = node.track("ada", json!({}));
    let named = json!({"ada": {"metas": [{"phx_ref": first}], "name": "Name of ada"}});
    let diff = node.diffs.recv().await.expect("the node listens");
    assert_eq!(diff, json!({"joins": named, "leaves": {}}));
    assert_eq!(node.list().await, named);
    let ada_alone = node.presence.get_by_key(ROOM, "ada").await;
    assert_eq!(json!(ada_alone), named["ada"]);
    let updated = node.presence.update_in(&mut ada, ROOM, "ada", json!({}));
    assert!(updated.is_ok());
    let diff = node.diffs.recv().await.expect("the node listens");
    assert_eq!(diff["leaves"], named);
    assert_eq!(diff["joins"]["ada"]["name"], "Name of ada");
}

// PR-12
#[tokio::test]
async fn what_waits_for_a_slow_fetch_is_published_in_order_and_bounded() {
    let (mut node, permits) = named_node(0);
    let (ada, _) = node.track("ada", json!({}));
    tokio::task::yield_now().await; // The first diff is being fetched from here on.
    let (bob, _) = node.track("bob", json!({}));
    let (_cyd, _) = node.track("cyd", json!({}));
    drop(bob);
    let mut eve = TaskOwner::new();
    let track = |owner: &mut TaskOwner| node.presence.track_in(owner, ROOM, "eve", json!({}));
    assert!(matches!(track(&mut eve), Err(TrackError::Busy)));
    // Who leaves, leaves all the same.
    drop(ada);
    permits.add_permits(100);
    let mut client = Client::default();
    for joined in [vec!["ada"], vec!["bob", "cyd"]] {
        let diff = node.diffs.recv().await.expect("the node listens");
        let diff: PresenceDiff = serde_json::from_value(diff).expect("a diff");
        assert!(diff.joins.keys().eq(joined));
        client.fold(&diff);
    }
    assert_eq!(client.0.values().collect::<Vec<_>>(), ["cyd"]);
    assert!(track(&mut eve).is_ok());
}

#[tokio::test]
async fn a_fetch_that_panics_leaves_the_presences_as_they_were() {
    let (mut node, _) = named_node(100);
    let (_boom, phx_ref) = node.track("boom", json!({}));
    let bare = json!({"boom": {"metas": [{"phx_ref": phx_ref}]}});
    let diff = node.diffs.recv().await.expect("the node listens");
    assert_eq!(diff["joins"], bare);
    assert_eq!(node.list().await, bare);
}

/// Tells how many were present after each diff.
struct Counting(mpsc::UnboundedSender<(usize, usize, usize)>);

impl HandleMetas for Counting {
    async fn handle_metas(&self, topic: &str, diff: &PresenceDiff, presences: &PresenceState) {
        assert_eq!(topic, ROOM);
        assert!(!diff.joins.contains_key("boom"), "a handler that panics");
        let counts = (diff.joins.len(), diff.leaves.len(), presences.len());
        let _ = self.0.send(counts);
    }
}

// PR-13
#[tokio::test]
async fn metas_are_handled_after_their_diff_was_broadcast() {
    let (sender, mut counts) = mpsc::unbounded_channel();
    let handler = Counting(sender);
    let mut node = node(|pubsub| Presence::builder(pubsub).handle_metas(handler).build());
    let (ada, _) = node.track("ada", json!({}));
    assert_eq!(counts.recv().await, Some((1, 0, 1)));
    node.diff();
    let (boom, _) = node.track("boom", json!({}));
    node.diffs.recv().await.expect("the node listens");
    tokio::task::yield_now().await;
    drop(ada);
    assert_eq!(counts.recv().await, Some((0, 1, 1)));
    drop(boom);
    assert_eq!(counts.recv().await, Some((0, 1, 0)));
}

#[tokio::test]
async fn two_owners_are_never_the_same() {
    assert_ne!(
        TaskOwner::new().subscriber_id(),
        TaskOwner::new().subscriber_id()
    );
}
