//! What the machine can do: a bare WebSocket server, with no protocol above the frames.
//!
//! `/echo` sends back what it gets, with fastwebsockets alone. `/fanout` writes what it gets to every socket there is, one
//! `write` after the other. Port: `PORT`, 4101 unless set.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::rc::Rc;

use fastwebsockets::upgrade::{is_upgrade_request, upgrade};
use fastwebsockets::{FragmentCollector, Frame, OpCode, Role, WebSocket, WebSocketError};
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::upgrade::Upgraded;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{Join, Sink, join, sink};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const BACKLOG: u32 = 1024;

type Sockets = Rc<RefCell<FanOut>>;

/// The sockets of `/fanout`.
#[derive(Default)]
struct FanOut {
    by_number: BTreeMap<u64, OwnedWriteHalf>,
    last_number: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::var("PORT").map_or(Ok(4101), |port| port.parse())?;
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(([127, 0, 0, 1], port).into())?;
    let listener = socket.listen(BACKLOG)?;
    tokio::task::LocalSet::new()
        .run_until(serve(listener))
        .await
}

async fn serve(listener: TcpListener) -> Result<(), Box<dyn Error>> {
    let sockets = Sockets::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let sockets = sockets.clone();
        tokio::task::spawn_local(async move {
            let service = service_fn(move |request| answer(request, sockets.clone()));
            // A client that hangs up ends its own connection.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades()
                .await;
        });
    }
}

async fn answer(
    mut request: Request<Incoming>,
    sockets: Sockets,
) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let path = request.uri().path().to_owned();
    if !is_upgrade_request(&request) || !["/echo", "/fanout"].contains(&&*path) {
        let mut response = Response::new(Empty::new());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return Ok(response);
    }
    let (response, websocket) = upgrade(&mut request)?;
    tokio::task::spawn_local(async move {
        let Ok(websocket) = websocket.await else {
            return;
        };
        // A client that hangs up ends its own connection.
        let _ = match &*path {
            "/echo" => echo(FragmentCollector::new(websocket)).await,
            _ => fan_out(websocket.into_inner(), &sockets).await,
        };
    });
    Ok(response)
}

async fn echo(mut websocket: FragmentCollector<TokioIo<Upgraded>>) -> Result<(), Box<dyn Error>> {
    loop {
        let frame = websocket.read_frame().await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text | OpCode::Binary => websocket.write_frame(frame).await?,
            _ => {}
        }
    }
}

/// Writes each message of this client to everyone.
async fn fan_out(upgraded: TokioIo<Upgraded>, sockets: &Sockets) -> Result<(), Box<dyn Error>> {
    let parts = upgraded.into_inner().downcast::<TokioIo<TcpStream>>();
    let parts = parts.map_err(|_| "the connection is no TCP stream")?;
    // Halves of one descriptor: with two for each client, the system's limit comes at half as many.
    let (reading, writing) = parts.io.into_inner().into_split();
    let number = sockets.borrow_mut().add(writing);
    let reading = WebSocket::after_handshake(join(reading, sink()), Role::Server);
    let result = publish(FragmentCollector::new(reading), sockets).await;
    sockets.borrow_mut().by_number.remove(&number);
    result
}

async fn publish(
    mut reading: FragmentCollector<Join<OwnedReadHalf, Sink>>,
    sockets: &Sockets,
) -> Result<(), Box<dyn Error>> {
    let mut buffer = Vec::new();
    loop {
        let message = reading.read_frame().await?;
        match message.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text => {
                let mut frame = Frame::text(message.payload);
                sockets.borrow().write(frame.write(&mut buffer))?;
            }
            _ => {}
        }
    }
}

impl FanOut {
    fn add(&mut self, socket: OwnedWriteHalf) -> u64 {
        self.last_number += 1;
        self.by_number.insert(self.last_number, socket);
        self.last_number
    }

    /// One system call for each socket; what does not fit into a socket's buffer ends the measurement.
    fn write(&self, wire: &[u8]) -> io::Result<()> {
        for socket in self.by_number.values() {
            if socket.try_write(wire)? < wire.len() {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        Ok(())
    }
}
