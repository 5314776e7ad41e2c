//! The rows: what is measured, with which load, and where the bar is.

use bennu_load::report::{Phase, Report};

/// What is measured of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Resident memory for each client at the end of a phase, in bytes.
    Memory(&'static str),
    /// The server's processor time for each operation of a phase, in microseconds.
    Cost(&'static str),
}

/// Which server is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Server {
    /// The bench application.
    Bench,
    /// The bare WebSocket server.
    Floor,
}

/// What is measured against a bar.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) key: &'static str,
    pub(crate) work: &'static str,
    pub(crate) bar: Option<f64>,
    /// The row that says what the machine can do.
    pub(crate) floor: Option<&'static str>,
    pub(crate) server: Server,
    /// The generator's command line.
    pub(crate) load: &'static str,
    pub(crate) figure: Figure,
}

impl Row {
    /// The phase that counts.
    pub(crate) fn phase<'r>(&self, report: &'r Report) -> Option<&'r Phase> {
        let (Figure::Memory(name) | Figure::Cost(name)) = self.figure;
        report.phase(name)
    }

    /// The figure.
    pub(crate) fn value(&self, report: &Report) -> Option<f64> {
        let phase = self.phase(report)?;
        match self.figure {
            Figure::Memory(_) => phase.rss_bytes_per_client,
            Figure::Cost(_) => phase.server?.cpu_us_per_operation,
        }
    }

    pub(crate) const fn unit(&self) -> &'static str {
        match self.figure {
            Figure::Memory(_) => "bytes",
            Figure::Cost(_) => "us",
        }
    }
}

const IDLE: &str = "idle --connections 10000";

/// The floors come first: they are shown beside the rows that name them.
pub(crate) const ROWS: &[Row] = &[
    Row {
        key: "floor-echo",
        work: "floor: bare fastwebsockets echo",
        bar: None,
        floor: None,
        server: Server::Floor,
        load: "echo --bare --socket /echo",
        figure: Figure::Cost("echo"),
    },
    Row {
        key: "floor-echo-8",
        work: "floor: bare fastwebsockets echo, 8 in flight",
        bar: None,
        floor: None,
        server: Server::Floor,
        load: "echo --bare --socket /echo --in-flight 8",
        figure: Figure::Cost("echo"),
    },
    Row {
        key: "floor-fanout",
        work: "floor: raw write loop to 1,000 sockets",
        bar: None,
        floor: None,
        server: Server::Floor,
        load: "fanout --bare --socket /fanout",
        figure: Figure::Cost("fan-out"),
    },
    Row {
        key: "floor-fanout-4",
        work: "floor: raw write loop to 1,000 sockets, 4 outstanding",
        bar: None,
        floor: None,
        server: Server::Floor,
        load: "fanout --bare --socket /fanout --outstanding 4",
        figure: Figure::Cost("fan-out"),
    },
    Row {
        key: "idle-memory",
        work: "memory of an idle joined channel connection, of 10,000 after a heartbeat each",
        bar: Some(5_000.0),
        floor: None,
        server: Server::Bench,
        load: IDLE,
        figure: Figure::Memory("heartbeat"),
    },
    Row {
        key: "view-memory",
        work: "memory of a connected counter live view",
        bar: Some(10_000.0),
        floor: None,
        server: Server::Bench,
        load: "mount --views 5000",
        figure: Figure::Memory("settled"),
    },
    Row {
        key: "connect",
        work: "connect and join",
        bar: Some(100.0),
        floor: None,
        server: Server::Bench,
        load: IDLE,
        figure: Figure::Cost("connect and join"),
    },
    Row {
        key: "echo",
        work: "push and reply, 100 connections",
        bar: Some(14.0),
        floor: Some("floor-echo"),
        server: Server::Bench,
        load: "echo",
        figure: Figure::Cost("echo"),
    },
    Row {
        key: "echo-8",
        work: "push and reply, 8 in flight each",
        bar: Some(4.0),
        floor: Some("floor-echo-8"),
        server: Server::Bench,
        load: "echo --in-flight 8",
        figure: Figure::Cost("echo"),
    },
    Row {
        key: "fanout",
        work: "broadcast to 1,000 subscribers, per delivery, one at a time",
        bar: Some(12.5),
        floor: Some("floor-fanout"),
        server: Server::Bench,
        load: "fanout",
        figure: Figure::Cost("fan-out"),
    },
    Row {
        key: "fanout-4",
        work: "broadcast to 1,000 subscribers, per delivery, 4 outstanding",
        bar: Some(6.0),
        floor: Some("floor-fanout-4"),
        server: Server::Bench,
        load: "fanout --outstanding 4",
        figure: Figure::Cost("fan-out"),
    },
    Row {
        key: "mount",
        work: "live view: page, connect and join",
        bar: Some(200.0),
        floor: None,
        server: Server::Bench,
        load: "mount --views 5000",
        figure: Figure::Cost("mount"),
    },
    Row {
        key: "click",
        work: "counter: click to diff",
        bar: Some(16.0),
        floor: Some("floor-echo"),
        server: Server::Bench,
        load: "live",
        figure: Figure::Cost("live"),
    },
    Row {
        key: "table",
        work: "table of 1,000 rows, one changes",
        bar: Some(200.0),
        floor: None,
        server: Server::Bench,
        load: "live --page /list --event tick --views 20",
        figure: Figure::Cost("live"),
    },
    Row {
        key: "stream",
        work: "stream of 1,000 rows, one is inserted",
        bar: Some(20.0),
        floor: Some("floor-echo"),
        server: Server::Bench,
        load: "live --page /stream --event tick --views 20",
        figure: Figure::Cost("live"),
    },
    Row {
        key: "page",
        work: "counter page, HTTP GET",
        bar: Some(30.0),
        floor: None,
        server: Server::Bench,
        load: "page --path /counter",
        figure: Figure::Cost("page"),
    },
    Row {
        key: "page-table",
        work: "page of 1,000 rows, HTTP GET",
        bar: Some(250.0),
        floor: None,
        server: Server::Bench,
        load: "page --path /list",
        figure: Figure::Cost("page"),
    },
    Row {
        key: "presence",
        work: "200 clients join one presence topic, per join",
        bar: Some(1_000.0),
        floor: None,
        server: Server::Bench,
        load: "presence --rounds 10",
        figure: Figure::Cost("presence"),
    },
];

/// The row with this key.
pub(crate) fn row(key: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.key == key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use bennu_load::options::Options;
    use clap::Parser;

    use super::*;

    #[test]
    fn every_row_has_its_own_key_and_a_load_that_the_generator_knows() {
        let keys: BTreeSet<&str> = ROWS.iter().map(|row| row.key).collect();
        assert_eq!(keys.len(), ROWS.len());
        for row in ROWS {
            let words = std::iter::once("bennu-load").chain(row.load.split(' '));
            Options::try_parse_from(words).unwrap_or_else(|error| panic!("{}: {error}", row.key));
            assert!(row.floor.is_none_or(|floor| keys.contains(floor)));
        }
    }
}
