//! Every scenario, small and short, against the bench application.

use std::error::Error;
use std::net::SocketAddr;

use bennu_load::options::Options;
use bennu_load::report::{Phase, Report};
use clap::Parser;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

type Failure = Box<dyn Error + Send + Sync>;

/// The bench application in this process.
struct Server {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let endpoint = bench_server::endpoint().unwrap();
        let serving = tokio::spawn(async move {
            endpoint
                .serve(listener, std::future::pending())
                .await
                .unwrap();
        });
        Self { address, serving }
    }

    async fn load(&self, line: &str) -> Result<Report, Failure> {
        let (url, pid) = (
            format!("http://127.0.0.1:{}", self.address.port()),
            std::process::id().to_string(),
        );
        let words = ["bennu-load", "--quiet", "--url", &url, "--pid", &pid];
        let options = Options::try_parse_from(words.into_iter().chain(line.split_whitespace()))?;
        bennu_load::execute(&options).await
    }

    async fn phases(&self, line: &str) -> Vec<Phase> {
        let report = self.load(line).await.unwrap();
        assert_eq!(report.errors, 0, "{:?}", report.error_examples);
        report.phases
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

#[tokio::test]
async fn idle_connections_join_stay_and_answer_a_heartbeat() {
    let server = Server::start().await;
    let phases = server
        .phases("idle --connections 20 --settle-s 0 --source-addresses 3")
        .await;
    let operations: Vec<u64> = phases.iter().map(|phase| phase.operations).collect();
    assert_eq!(operations, [20, 0, 20]);
    assert!(phases[0].latency.is_some());
    assert!(phases[0].server.unwrap().cpu_us_per_operation.is_some());
    assert!(phases[2].rss_bytes_per_client.is_some());
}

#[tokio::test]
async fn requests_are_echoed_one_at_a_time_and_in_flight() {
    let server = Server::start().await;
    for in_flight in [1, 8] {
        let line =
            format!("echo --connections 4 --in-flight {in_flight} --warm-up-s 0 --duration-s 1");
        let phases = server.phases(&line).await;
        assert!(phases[0].operations > 10, "{phases:?}");
        assert!(!phases[0].samples.is_empty());
    }
}

#[tokio::test]
async fn everyone_gets_what_is_published() {
    let server = Server::start().await;
    for pace in ["--outstanding 1", "--outstanding 4", "--rate-per-s 20"] {
        let line = format!("fanout --subscribers 10 {pace} --warm-up-s 0 --duration-s 1");
        let phases = server.phases(&line).await;
        assert!(phases[0].operations > 10, "{phases:?}");
    }
}

#[tokio::test]
async fn everyone_sees_everyone() {
    let server = Server::start().await;
    let phases = server.phases("presence --clients 8 --rounds 2").await;
    assert_eq!(phases[0].operations, 16);
}

#[tokio::test]
async fn live_pages_are_mounted_and_stay() {
    let server = Server::start().await;
    for page in ["/counter", "/list", "/stream"] {
        let phases = server
            .phases(&format!("mount --page {page} --views 4 --settle-s 0"))
            .await;
        assert_eq!(phases[0].operations, 4, "{page}");
    }
}

#[tokio::test]
async fn live_pages_answer_clicks() {
    let server = Server::start().await;
    for (page, event) in [("/counter", "inc"), ("/list", "tick"), ("/stream", "tick")] {
        let line =
            format!("live --page {page} --event {event} --views 2 --warm-up-s 0 --duration-s 1");
        let phases = server.phases(&line).await;
        assert!(phases[0].operations > 2, "{page}: {phases:?}");
    }
}

#[tokio::test]
async fn clients_come_back_after_a_storm() {
    let server = Server::start().await;
    let phases = server.phases("reconnect --connections 10 --rounds 2").await;
    assert_eq!(phases[0].operations, 20);
}

#[tokio::test]
async fn pages_are_loaded_over_kept_connections() {
    let server = Server::start().await;
    for path in ["/counter", "/plain"] {
        let line = format!("page --connections 4 --path {path} --warm-up-s 0 --duration-s 1");
        let phases = server.phases(&line).await;
        assert!(phases[0].operations > 10, "{path}: {phases:?}");
    }
}

#[tokio::test]
async fn a_server_that_closes_after_each_page_is_connected_to_again() {
    const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = [0; 1024];
            if connection
                .read(&mut request)
                .await
                .is_ok_and(|read| read > 0)
            {
                connection.write_all(PAGE).await.unwrap();
            }
        }
    });
    let server = Server { address, serving };
    let line = "page --connections 1 --path / --warm-up-s 0 --duration-s 1";
    assert!(server.phases(line).await[0].operations > 10);
}

#[tokio::test]
async fn a_client_that_fails_while_it_is_measured_is_an_error_of_the_report() {
    let server = Server::start().await;
    let line = "live --event nonsense --views 2 --warm-up-s 0 --duration-s 1";
    let report = server.load(line).await.unwrap();
    assert_eq!((report.errors, report.phases[0].operations), (2, 0));
    let example = &report.error_examples[0];
    assert!(example.contains("phx_error"), "{example}");
}

#[tokio::test]
async fn messages_that_nobody_gets_are_an_error_of_the_report() {
    let server = Server::start().await;
    let line =
        "fanout --event echo --subscribers 2 --warm-up-s 0 --duration-s 1 --answer-timeout-s 1";
    let report = server.load(line).await.unwrap();
    assert_eq!((report.errors, report.phases[0].operations), (1, 0));
    let example = &report.error_examples[0];
    assert!(example.contains("everyone has got a message"), "{example}");
}

#[tokio::test]
async fn a_failure_says_which_request_it_was() {
    let server = Server::start().await;
    let failure = server
        .load("idle --socket /nowhere --connections 1")
        .await
        .unwrap_err();
    let expected = "GET /nowhere/websocket was answered with status 404";
    assert_eq!(failure.to_string(), expected);
}

#[tokio::test]
async fn what_keeps_a_scenario_from_being_measured_ends_the_run() {
    let server = Server::start().await;
    for line in [
        "page --path /missing --connections 1 --warm-up-s 0 --duration-s 1",
        "mount --page /plain --views 1",
        "idle --topic-prefix nowhere: --connections 1",
        "idle --socket /nowhere --connections 1",
    ] {
        let ended = server.load(line).await;
        let failed = ended.is_err() || ended.is_ok_and(|report| report.errors > 0);
        assert!(failed, "{line}");
    }
}
