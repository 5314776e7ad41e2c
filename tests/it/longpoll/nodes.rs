//! Requests that a load balancer sends to another node than their session (L-12, L-13).

use bennu::endpoint::{Endpoint, LongPollOptions};
use bennu::protocol::Payload;
use http::Method;
use serde_json::json;
use tokio::join;
use tokio::time::Instant;

use super::app::{Gate, builder, mount};
use super::client::{Client, after, call, push, reply, request};
use crate::support::Cluster;

/// The same application on two nodes.
fn two_nodes(cluster: &Cluster) -> [Endpoint; 2] {
    ["near@cluster", "far@cluster"].map(|name| {
        let mount = mount().longpoll(LongPollOptions::default());
        let builder = builder()
            .pubsub(cluster.join(name))
            .socket("/socket", mount);
        builder.build().expect("the parts fit")
    })
}

/// A client whose session is at the first node, and which asks the second one.
async fn two_clients(nodes: &[Endpoint; 2]) -> [Client; 2] {
    let [near, far] = nodes;
    let at_near = Client::join(near, "room:a").await;
    let uri = "/socket/longpoll?vsn=2.0.0";
    let at_far = Client::with_token(far, uri, &at_near.token);
    [at_near, at_far]
}

#[tokio::test(start_paused = true)]
async fn polls_and_posts_reach_a_session_from_another_node() {
    let nodes = two_nodes(&Cluster::default());
    let [near, far] = two_clients(&nodes).await;
    assert_eq!(far.push("2", "echo").await, 200);
    assert_eq!(after(1, far.messages()).await, [reply("2")]);
    assert_eq!(far.push("3", "echo").await, 200);
    assert_eq!(after(1, near.messages()).await, [reply("3")]);
    let (polled, posted) = join!(far.messages(), after(1, near.push("4", "echo")));
    assert_eq!((polled, posted), (vec![reply("4")], 200));
    assert_eq!(nodes[0].pubsub().subscriber_count("room:a"), 1);
    assert_eq!(nodes[1].pubsub().subscriber_count("room:a"), 0);
}

// L-6
#[tokio::test(start_paused = true)]
async fn binaries_reach_a_session_from_another_node() {
    let nodes = two_nodes(&Cluster::default());
    let [_near, far] = two_clients(&nodes).await;
    // A binary push of the event "shape" in base64.
    assert_eq!(far.post("AAEBBgUxMnJvb206YXNoYXBl/wA=").await, 200);
    let messages = after(1, far.messages()).await;
    assert_eq!(messages[0][4]["response"], json!({"binary": true}));
}

// L-4, L-7
#[tokio::test(start_paused = true)]
async fn windows_hold_at_another_node_too() {
    let nodes = two_nodes(&Cluster::default());
    let [_near, far] = two_clients(&nodes).await;
    let (status, took) = far.poll_timed().await;
    assert_eq!((status, took.as_secs()), (204, 10));
    let events = [("2", "wait"), ("3", "echo"), ("4", "echo"), ("5", "echo")];
    let batch = events
        .map(|(reference, event)| push(reference, event))
        .join("\n");
    let started = Instant::now();
    assert_eq!(far.post(&batch).await, 408);
    assert_eq!(started.elapsed().as_secs(), 10);
    nodes[0].assigns().expect::<Gate>().open();
}

// M-1
#[tokio::test(start_paused = true)]
async fn a_malformed_message_from_another_node_ends_the_session() {
    let nodes = two_nodes(&Cluster::default());
    let [near, far] = two_clients(&nodes).await;
    let answer = far.post_as(None, "{nope").await;
    assert_eq!(answer.json(), json!({"status": 408}));
    assert_eq!(near.poll().await["status"], 410);
}

// K-1, L-12
#[tokio::test(start_paused = true)]
async fn another_node_learns_at_once_that_the_session_ends() {
    let nodes = two_nodes(&Cluster::default());
    let [_near, far] = two_clients(&nodes).await;
    let disconnect = async {
        let told = nodes[1]
            .pubsub()
            .broadcast("users:ada", "disconnect", Payload::empty());
        assert!(told.is_ok());
    };
    let (polled, ()) = join!(far.poll_timed(), after(3, disconnect));
    assert_eq!((polled.0, polled.1.as_secs()), (410, 3));
}

// L-12
#[tokio::test(start_paused = true)]
async fn a_session_whose_node_does_not_answer_in_time_is_gone() {
    let cluster = Cluster::default();
    let nodes = two_nodes(&cluster);
    let [_near, far] = two_clients(&nodes).await;
    cluster.leave("near@cluster");
    let started = Instant::now();
    assert_eq!(far.push("2", "echo").await, 410);
    assert_eq!(started.elapsed().as_secs(), 2);
    let (status, took) = far.poll_timed().await;
    assert_eq!((status, took.as_secs()), (410, 2));
}

#[tokio::test(start_paused = true)]
async fn so_many_requests_of_other_nodes_are_served_and_no_more() {
    let nodes = two_nodes(&Cluster::default());
    let [near, far] = two_clients(&nodes).await;
    let polls: Vec<_> = (0..16)
        .map(|_| {
            let far = far.clone();
            tokio::spawn(async move { far.poll().await })
        })
        .collect();
    // The seventeenth is told so, and the session lives on.
    assert_eq!(after(1, far.push("2", "echo")).await, 408);
    assert_eq!(near.push("3", "echo").await, 200);
    let mut statuses = Vec::new();
    for poll in polls {
        let answer = poll.await.expect("a poll does not panic");
        statuses.push(answer["status"].as_u64().expect("a status"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert_eq!(statuses[1..], [204; 15]);
}

// L-13
#[tokio::test(start_paused = true)]
async fn a_session_is_opened_where_its_client_asks() {
    let nodes = two_nodes(&Cluster::default());
    let client = Client::open(&nodes[1], "").await;
    let poll = request(Method::GET, client.uri(), "");
    let heartbeat = r#"[null,"1","phoenix","heartbeat",{}]"#;
    assert_eq!(client.post(heartbeat).await, 200);
    let answer = call(&nodes[0], poll).await;
    assert_eq!(answer.json()["messages"].as_array().map(Vec::len), Some(1));
}
