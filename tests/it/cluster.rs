//! Endpoints of one application on two nodes (channels-wire 10, K-1).

use bennu::protocol::Payload;
use serde_json::json;

use crate::support::{Client, Cluster, Received, Server, Stage, Vsn, builder, rooms};

/// Two servers with rooms, joined by an adapter.
async fn two_nodes() -> [Server; 2] {
    let cluster = Cluster::default();
    let start = async |name| {
        let builder = builder().pubsub(cluster.join(name)).assign(Stage::new());
        Server::start(builder.socket("/socket", rooms())).await
    };
    [start("near@cluster").await, start("far@cluster").await]
}

/// A client at each of them, in the same room.
async fn two_clients(nodes: &[Server; 2]) -> [Client; 2] {
    let [near, far] = nodes;
    let mut clients = [near.connect(Vsn::V2).await, far.connect(Vsn::V2).await];
    for client in &mut clients {
        client.join("1", "room:a").await;
    }
    clients
}

// PS-2, BC-3
#[tokio::test]
async fn channels_broadcast_to_every_node() {
    let nodes = two_nodes().await;
    let [mut near, mut far] = two_clients(&nodes).await;
    near.send(json!(["1", "2", "room:a", "shout", {"n": 1}]))
        .await;
    let shouted = json!([null, null, "room:a", "shouted", {"n": 1}]);
    near.expect(shouted.clone()).await;
    near.expect_ok("1", "2", "room:a", json!({})).await;
    far.expect(shouted).await;
    near.send(json!(["1", "3", "room:a", "whisper", {"n": 2}]))
        .await;
    near.expect_ok("1", "3", "room:a", json!({})).await;
    far.expect(json!([null, null, "room:a", "shouted", {"n": 2}]))
        .await;
}

// BC-2: an event that channels intercept is intercepted where they are.
#[tokio::test]
async fn a_broadcast_of_another_node_is_intercepted() {
    let nodes = two_nodes().await;
    let [_near, mut far] = two_clients(&nodes).await;
    let told = nodes[0]
        .pubsub
        .broadcast("room:a", "secret", Payload::empty());
    told.expect("the adapter delivers");
    far.expect(json!(["1", null, "room:a", "secret", {"seen_by": null}]))
        .await;
}

// PS-1, PS-3
#[tokio::test]
async fn local_and_direct_broadcasts_reach_one_node() {
    let nodes = two_nodes().await;
    let [near, far] = &nodes;
    let [mut near_client, mut far_client] = two_clients(&nodes).await;
    near.pubsub
        .local_broadcast("room:a", "local", Payload::empty());
    for (node_name, event) in [
        (far.pubsub.node_name(), "to far"),
        (near.pubsub.node_name(), "to near"),
        ("nobody@cluster", "to nobody"),
    ] {
        let told = near
            .pubsub
            .direct_broadcast(node_name, "room:a", event, Payload::empty());
        told.expect("the adapter delivers");
    }
    for event in ["local", "to near"] {
        let heard = json!([null, null, "room:a", event, {}]);
        near_client.expect(heard).await;
    }
    let heard = json!([null, null, "room:a", "to far", {}]);
    far_client.expect(heard).await;
    near_client.expect_quiet("1", "room:a").await;
    far_client.expect_quiet("1", "room:a").await;
}

// K-1
#[tokio::test]
async fn disconnect_closes_the_connections_of_an_id_on_every_node() {
    let [near, far] = two_nodes().await;
    let mut clients = [
        near.connect_with(Vsn::V2, "&user=ada").await,
        far.connect_with(Vsn::V2, "&user=ada").await,
    ];
    let told = near
        .pubsub
        .broadcast("users:ada", "disconnect", Payload::empty());
    told.expect("the adapter delivers");
    for client in &mut clients {
        assert_eq!(client.receive().await, Received::Close(1001));
    }
}
