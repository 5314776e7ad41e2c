//! The command line. Every count and time has a largest value, so that a slip of the finger ends in a message.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use serde::de::IgnoredAny;

/// Puts load on a server that speaks the protocol of Phoenix channels and LiveView, and measures it.
///
/// docs/load-testing.md explains the method, each scenario, and how to read the figures.
#[derive(Clone, Debug, Parser)]
#[command(name = "bennu-load", version, max_term_width = 120)]
pub struct Options {
    /// Options of every scenario.
    #[command(flatten)]
    pub general: General,
    /// What to do.
    #[command(subcommand)]
    pub scenario: Scenario,
}

/// Options of every scenario.
#[derive(Clone, Debug, Args)]
pub struct General {
    /// The server's base URL
    #[arg(long, global = true, default_value = "http://127.0.0.1:4100")]
    pub url: String,
    /// The server's process on this machine, whose processor time and memory are measured
    #[arg(long, global = true)]
    pub pid: Option<u32>,
    /// How many connections are opened at the same time, 1 to 10000 [default: the scenario's]
    #[arg(long, global = true, value_parser = value_parser!(u32).range(1..=10_000))]
    pub at_once: Option<u32>,
    /// Connect from so many addresses, 127.0.0.1 to 127.0.0.N, each good for some 28,000 connections, 1 to 250
    #[arg(long, global = true, default_value_t = 1, value_parser = value_parser!(u8).range(1..=250))]
    pub source_addresses: u8,
    /// How long to wait for an answer, in seconds, 1 to 300
    #[arg(long, global = true, default_value_t = 10, value_parser = value_parser!(u64).range(1..=300))]
    pub answer_timeout_s: u64,
    /// Threads of the generator, 1 to 64
    #[arg(long, global = true, default_value_t = 1, value_parser = value_parser!(u16).range(1..=64))]
    pub threads: u16,
    /// Write the report to this file as JSON
    #[arg(long, global = true, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the report to this file as an HTML page with plots
    #[arg(long, global = true, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Show no progress
    #[arg(long, global = true)]
    pub quiet: bool,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum Scenario {
    /// Connections that join a topic of their own and stay: connect and join, memory, one heartbeat each
    Idle(Idle),
    /// Push and reply in a closed loop: the next request goes out when a reply has come in
    Echo(Echo),
    /// One publisher and many subscribers of one topic
    Fanout(Fanout),
    /// Many clients join one presence topic until everyone has seen everyone
    Presence(Presence),
    /// Live pages: load the page, connect and join with its tokens, stay
    Mount(Mount),
    /// An event on connected live pages in a closed loop: click, wait for the reply, click again
    Live(Live),
    /// All clients lose their connection at once and come back
    Reconnect(Reconnect),
    /// Pages over kept connections in a closed loop
    Page(Page),
}

/// How long to measure.
#[derive(Clone, Copy, Debug, Args)]
pub struct Timing {
    /// How long to work before it counts, in seconds, 0 to 600
    #[arg(long, default_value_t = 2, value_parser = value_parser!(u64).range(0..=600))]
    pub warm_up_s: u64,
    /// How long to measure, in seconds, 1 to 3600
    #[arg(long, default_value_t = 10, value_parser = value_parser!(u64).range(1..=3_600))]
    pub duration_s: u64,
}

impl Timing {
    /// How long to work before it counts.
    #[must_use]
    pub const fn warm_up(&self) -> Duration {
        Duration::from_secs(self.warm_up_s)
    }

    /// How long to measure.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        Duration::from_secs(self.duration_s)
    }
}

/// Where channels are.
#[derive(Clone, Debug, Args)]
pub struct Channel {
    /// The path of the socket; parameters may follow as `?name=value`
    #[arg(long, default_value = "/socket")]
    pub socket: String,
    /// The payload of joins, as a JSON object
    #[arg(long, default_value = "{}", value_parser = json_object)]
    pub join_params: String,
}

/// The text of a JSON object, as it is.
fn json_object(text: &str) -> Result<String, serde_json::Error> {
    serde_json::from_str::<BTreeMap<String, IgnoredAny>>(text)?;
    Ok(text.to_owned())
}

impl Channel {
    /// Path and query of the WebSocket.
    #[must_use]
    pub fn websocket_path(&self) -> String {
        let (socket, query) = self.socket.split_once('?').unwrap_or((&self.socket, ""));
        let separator = if query.is_empty() { "" } else { "&" };
        format!("{socket}/websocket?{query}{separator}vsn=2.0.0")
    }
}

/// Options of `idle`.
#[derive(Clone, Debug, Args)]
pub struct Idle {
    /// How many connections, 1 to 1000000
    #[arg(long, default_value_t = 1_000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub connections: u32,
    /// Topics are this and a number
    #[arg(long, default_value = "room:idle-")]
    pub topic_prefix: String,
    /// How long to wait before memory is looked at, in seconds, 0 to 600
    #[arg(long, default_value_t = 2, value_parser = value_parser!(u64).range(0..=600))]
    pub settle_s: u64,
    /// Where channels are
    #[command(flatten)]
    pub channel: Channel,
}

/// Options of `echo`.
#[derive(Clone, Debug, Args)]
pub struct Echo {
    /// How many connections, 1 to 100000
    #[arg(long, default_value_t = 100, value_parser = value_parser!(u32).range(1..=100_000))]
    pub connections: u32,
    /// How many requests of a connection wait for their reply, 1 to 1000
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..=1_000))]
    pub in_flight: u32,
    /// How long the text of a request is, in bytes, 0 to 1000000
    #[arg(long, default_value_t = 100, value_parser = value_parser!(u32).range(0..=1_000_000))]
    pub body_bytes: u32,
    /// Topics are this and a number
    #[arg(long, default_value = "room:echo-")]
    pub topic_prefix: String,
    /// The event whose reply is the payload as it came
    #[arg(long, default_value = "echo")]
    pub event: String,
    /// The socket is a bare WebSocket that sends back what it gets, without topics: what the machine can do
    #[arg(long)]
    pub bare: bool,
    /// Where channels are
    #[command(flatten)]
    pub channel: Channel,
    /// How long to measure
    #[command(flatten)]
    pub timing: Timing,
}

/// Options of `fanout`.
#[derive(Clone, Debug, Args)]
pub struct Fanout {
    /// How many subscribers, one of which publishes, 1 to 100000
    #[arg(long, default_value_t = 1_000, value_parser = value_parser!(u32).range(1..=100_000))]
    pub subscribers: u32,
    /// How many messages not everyone has got yet, 1 to 1000
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(1..=1_000))]
    pub outstanding: u32,
    /// Publish at this rate, in messages a second, 1 to 100000, whether or not everyone has got the last
    #[arg(long, conflicts_with = "outstanding", value_parser = value_parser!(u32).range(1..=100_000))]
    pub rate_per_s: Option<u32>,
    /// How long the text of a message is, in bytes, 0 to 1000000
    #[arg(long, default_value_t = 100, value_parser = value_parser!(u32).range(0..=1_000_000))]
    pub body_bytes: u32,
    /// The topic
    #[arg(long, default_value = "room:fanout")]
    pub topic: String,
    /// The event that has the payload broadcast to the topic, the sender included
    #[arg(long, default_value = "broadcast")]
    pub event: String,
    /// The socket is a bare WebSocket that sends everyone what it gets, without topics: what the machine can do
    #[arg(long)]
    pub bare: bool,
    /// Where channels are
    #[command(flatten)]
    pub channel: Channel,
    /// How long to measure
    #[command(flatten)]
    pub timing: Timing,
}

/// Options of `presence`.
#[derive(Clone, Debug, Args)]
pub struct Presence {
    /// How many clients besides the observer, 1 to 10000
    #[arg(long, default_value_t = 200, value_parser = value_parser!(u32).range(1..=10_000))]
    pub clients: u32,
    /// How often they come, each time to a topic of its own, 1 to 1000; the first time does not count
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=1_000))]
    pub rounds: u32,
    /// Topics are this and the round's number
    #[arg(long, default_value = "presence:p")]
    pub topic_prefix: String,
    /// The member of the join's payload that says who joins; it must become the presence key
    #[arg(long, default_value = "uid")]
    pub key: String,
    /// The path of the socket; parameters may follow as `?name=value`
    #[arg(long, default_value = "/socket")]
    pub socket: String,
}

/// Where a live page is.
#[derive(Clone, Debug, Args)]
pub struct LivePath {
    /// The path of the page
    #[arg(long, default_value = "/counter")]
    pub page: String,
    /// The path of the live socket
    #[arg(long, default_value = "/live")]
    pub live_socket: String,
}

/// Options of `mount`.
#[derive(Clone, Debug, Args)]
pub struct Mount {
    /// How many pages, 1 to 100000
    #[arg(long, default_value_t = 1_000, value_parser = value_parser!(u32).range(1..=100_000))]
    pub views: u32,
    /// How long to wait before memory is looked at, in seconds, 0 to 600
    #[arg(long, default_value_t = 2, value_parser = value_parser!(u64).range(0..=600))]
    pub settle_s: u64,
    /// Where the live page is
    #[command(flatten)]
    pub live: LivePath,
}

/// What causes an event of a live page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Cause {
    /// `phx-click`; the value is a JSON object
    Click,
    /// `phx-change` or `phx-submit`; the value is a URL-encoded form
    Form,
    /// A hook's `pushEvent`; the value is any JSON
    Hook,
}

/// Options of `live`.
#[derive(Clone, Debug, Args)]
pub struct Live {
    /// How many pages, 1 to 100000
    #[arg(long, default_value_t = 100, value_parser = value_parser!(u32).range(1..=100_000))]
    pub views: u32,
    /// The event
    #[arg(long, default_value = "inc")]
    pub event: String,
    /// What causes it
    #[arg(long, value_enum, default_value_t = Cause::Click)]
    pub cause: Cause,
    /// Its value, in the form that the cause has [default: {}, or nothing for a form]
    #[arg(long)]
    pub value: Option<String>,
    /// Where the live page is
    #[command(flatten)]
    pub live: LivePath,
    /// How long to measure
    #[command(flatten)]
    pub timing: Timing,
}

/// Options of `reconnect`.
#[derive(Clone, Debug, Args)]
pub struct Reconnect {
    /// How many clients, 1 to 100000
    #[arg(long, default_value_t = 1_000, value_parser = value_parser!(u32).range(1..=100_000))]
    pub connections: u32,
    /// How often they lose their connection, 1 to 1000
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u32).range(1..=1_000))]
    pub rounds: u32,
    /// Topics are this and a number
    #[arg(long, default_value = "room:storm-")]
    pub topic_prefix: String,
    /// Where channels are
    #[command(flatten)]
    pub channel: Channel,
}

/// Options of `page`.
#[derive(Clone, Debug, Args)]
pub struct Page {
    /// How many connections, 1 to 100000
    #[arg(long, default_value_t = 50, value_parser = value_parser!(u32).range(1..=100_000))]
    pub connections: u32,
    /// The path of the page
    #[arg(long, default_value = "/counter")]
    pub path: String,
    /// How long to measure
    #[command(flatten)]
    pub timing: Timing,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;

    fn parse(line: &str) -> Result<Options, clap::Error> {
        let words = line.split_whitespace();
        Options::try_parse_from(std::iter::once("bennu-load").chain(words))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn every_number_has_its_bounds() {
        for (scenario, option, max) in [
            ("idle", "connections", 1_000_000),
            ("idle", "settle-s", 600),
            ("idle", "at-once", 10_000),
            ("idle", "source-addresses", 250),
            ("idle", "answer-timeout-s", 300),
            ("idle", "threads", 64),
            ("echo", "connections", 100_000),
            ("echo", "in-flight", 1_000),
            ("echo", "body-bytes", 1_000_000),
            ("echo", "warm-up-s", 600),
            ("echo", "duration-s", 3_600),
            ("fanout", "subscribers", 100_000),
            ("fanout", "outstanding", 1_000),
            ("fanout", "rate-per-s", 100_000),
            ("fanout", "body-bytes", 1_000_000),
            ("presence", "clients", 10_000),
            ("presence", "rounds", 1_000),
            ("mount", "views", 100_000),
            ("mount", "settle-s", 600),
            ("live", "views", 100_000),
            ("reconnect", "connections", 100_000),
            ("reconnect", "rounds", 1_000),
            ("page", "connections", 100_000),
        ] {
            parse(&format!("{scenario} --{option} {max}")).unwrap();
            let refused = parse(&format!("{scenario} --{option} {}", max + 1)).unwrap_err();
            assert_eq!(
                refused.kind(),
                ErrorKind::ValueValidation,
                "{scenario} {option}"
            );
        }
    }

    #[test]
    fn every_number_of_the_command_line_is_among_those_bounded() {
        let mut numbers = 0;
        for scenario in Options::command().get_subcommands_mut() {
            for option in scenario.get_arguments() {
                let Some(help) = option.get_help().map(ToString::to_string) else {
                    continue;
                };
                let counts = ["how many", "how long", "how often", "rate"];
                let is_number = counts
                    .iter()
                    .any(|count| help.to_lowercase().contains(count));
                if is_number {
                    numbers += 1;
                    assert!(help.contains(" to "), "{help:?} does not say its bounds");
                }
            }
        }
        assert!(numbers > 20, "only {numbers} numbers were found");
    }

    #[test]
    fn the_payload_of_joins_is_a_json_object() {
        parse(r#"echo --join-params {"token":"x"}"#).unwrap();
        for text in ["x", "[1]", "{"] {
            let refused = parse(&format!("echo --join-params {text}")).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::ValueValidation, "{text}");
        }
    }

    #[test]
    fn a_sockets_own_parameters_are_kept() {
        let path = |socket: &str| {
            Channel {
                socket: socket.into(),
                join_params: String::new(),
            }
            .websocket_path()
        };
        assert_eq!(path("/socket"), "/socket/websocket?vsn=2.0.0");
        assert_eq!(
            path("/socket?token=x"),
            "/socket/websocket?token=x&vsn=2.0.0"
        );
    }
}
