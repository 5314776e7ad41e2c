//! The server under load, and from which addresses it is reached.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Uri;
use tokio::net::{TcpSocket, TcpStream};

use crate::failure::Failure;

/// A server, by its base URL.
#[derive(Debug)]
pub struct Target {
    url: String,
    authority: String,
    address: SocketAddr,
    /// How many of 127.0.0.1, 127.0.0.2 ... connections come from in turn; none leaves it to the system.
    sources: Option<usize>,
    next_source: AtomicUsize,
}

/// Why a URL names no server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetError {
    /// It is not of the form `http://host:port`.
    Malformed,
    /// Its host has no address.
    Unknown,
    /// Several source addresses were asked for, and the server is not on 127.0.0.0/8.
    NotLoopback,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the URL has to be of the form http://host:port",
            Self::Unknown => "the URL's host has no address",
            Self::NotLoopback => "several source addresses need a server at 127.0.0.1",
        })
    }
}

impl std::error::Error for TargetError {}

impl Target {
    /// Looks the server up; `sources` of the addresses from 127.0.0.1 on are used if there are several.
    ///
    /// # Errors
    /// When the URL names no server, or not one that the addresses reach.
    pub fn new(url: &str, sources: u8) -> Result<Self, TargetError> {
        let uri: Uri = url.parse().map_err(|_| TargetError::Malformed)?;
        let (Some("http"), Some(host), "/" | "") = (uri.scheme_str(), uri.host(), uri.path())
        else {
            return Err(TargetError::Malformed);
        };
        let port = uri.port_u16().unwrap_or(80);
        let address = (host, port)
            .to_socket_addrs()
            .ok()
            .and_then(|mut addresses| addresses.next())
            .ok_or(TargetError::Unknown)?;
        let sources = (sources > 1).then_some(usize::from(sources));
        if sources.is_some() && !is_loopback_v4(address) {
            return Err(TargetError::NotLoopback);
        }
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            authority: format!("{host}:{port}"),
            address,
            sources,
            next_source: AtomicUsize::new(0),
        })
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Host and port, the `Host` of requests.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Opens a TCP connection.
    ///
    /// # Errors
    /// When the system or the server refuses.
    pub async fn connect(&self) -> Result<TcpStream, Failure> {
        let socket = match self.address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        if let Some(source) = self.source() {
            socket.bind(SocketAddr::new(source, 0))?;
        }
        let connected = socket.connect(self.address).await;
        let stream = connected.map_err(|cause| Failure::Unreachable {
            authority: self.authority.clone(),
            cause,
        })?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn source(&self) -> Option<IpAddr> {
        let turn = self.next_source.fetch_add(1, Ordering::Relaxed) % self.sources?;
        let last = u8::try_from(turn + 1).expect("there are at most 255 source addresses");
        Some(Ipv4Addr::new(127, 0, 0, last).into())
    }
}

fn is_loopback_v4(address: SocketAddr) -> bool {
    address.is_ipv4() && address.ip().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_taken_apart() {
        let target = Target::new("http://127.0.0.1:4100/", 1).unwrap();
        assert_eq!(target.url(), "http://127.0.0.1:4100");
        assert_eq!(target.authority(), "127.0.0.1:4100");
        assert_eq!(target.source(), None);
    }

    #[test]
    fn what_is_no_base_url_is_refused() {
        for url in ["", "4100", "https://localhost", "http://localhost/path"] {
            assert_eq!(
                Target::new(url, 1).unwrap_err(),
                TargetError::Malformed,
                "{url}"
            );
        }
    }

    #[test]
    fn source_addresses_take_turns() {
        let target = Target::new("http://127.0.0.1:4100", 2).unwrap();
        let turns: Vec<String> = (0..3)
            .filter_map(|_| target.source())
            .map(|address| address.to_string())
            .collect();
        assert_eq!(turns, ["127.0.0.1", "127.0.0.2", "127.0.0.1"]);
    }

    #[test]
    fn source_addresses_need_a_server_they_reach() {
        let refused = Target::new("http://192.0.2.1:80", 2).unwrap_err();
        assert_eq!(refused, TargetError::NotLoopback);
    }
}
