//! The task of a raw socket.

use std::any::type_name;
use std::borrow::Cow;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::task::coop::consume_budget;

use super::{Control, RawFlow, RawLink, RawSocket};
use crate::assigns::Assigns;
use crate::channel::{
    Cell, CloseCode, InFlight, Link, Mail, Reason, Refused, Result, Seat, Task, guard,
};
use crate::protocol::Frame;
use crate::protocol::form::Params;
use crate::socket::{ConnectError, ConnectInfo};
use crate::telemetry;

/// Starts the task of a socket that accepted its connection.
pub(crate) type Start = Box<dyn FnOnce(&Arc<Link>) -> Arc<dyn RawHandle> + Send>;

type Connecting<'c> =
    Pin<Box<dyn Future<Output = std::result::Result<Start, ConnectError>> + Send + 'c>>;

/// A [`RawSocket`] whose type a mount need not know.
pub(crate) trait Connect: Send + Sync {
    fn connect<'c>(
        &'c self,
        params: &'c Params,
        info: &'c ConnectInfo,
        assigns: &'c Assigns,
    ) -> Connecting<'c>;
}

/// What connects sockets of type `S`.
pub(crate) fn connector<S: RawSocket>() -> Arc<dyn Connect> {
    Arc::new(Connector(PhantomData::<fn() -> S>))
}

struct Connector<S>(PhantomData<fn() -> S>);

impl<S: RawSocket> Connect for Connector<S> {
    fn connect<'c>(
        &'c self,
        params: &'c Params,
        info: &'c ConnectInfo,
        assigns: &'c Assigns,
    ) -> Connecting<'c> {
        Box::pin(async move {
            let raw = S::connect(params, info, assigns).await?;
            Ok(Box::new(|link: &Arc<Link>| spawn(raw, link)) as Start)
        })
    }
}

/// What a client sent to a raw socket.
#[derive(Debug)]
pub(crate) enum Incoming {
    Frame(Frame),
    Control(Control),
}

impl Incoming {
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Frame(Frame::Text(text)) => text.len(),
            Self::Frame(Frame::Binary(bytes))
            | Self::Control(Control::Ping(bytes) | Control::Pong(bytes)) => bytes.len(),
        }
    }
}

/// What the connection holds of a raw socket.
pub(crate) trait RawHandle: Task {
    fn deliver(
        &self,
        incoming: Incoming,
        counted: InFlight,
    ) -> std::result::Result<(), Refused<Incoming>>;
    /// Ready when `deliver` finds room for it or finds the socket ended.
    fn poll_room(&self, cx: &mut Context<'_>, incoming: &Incoming) -> Poll<()>;
}

enum RawMail<I> {
    Incoming(Incoming, InFlight),
    /// With its size in bytes.
    Info(I, usize),
    ShutDown(Reason),
}

type RawCell<I> = Cell<RawMail<I>>;

impl<I: Send + 'static> Mail for RawMail<I> {
    type Info = I;

    fn info(info: I, bytes: usize) -> Self {
        Self::Info(info, bytes)
    }

    fn into_info(self) -> Option<I> {
        match self {
            Self::Info(info, _) => Some(info),
            _ => None,
        }
    }

    fn shut_down(reason: Reason) -> Self {
        Self::ShutDown(reason)
    }

    #[cfg(feature = "live")]
    fn is_end(&self) -> bool {
        matches!(self, Self::ShutDown(_))
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Incoming(incoming, _) => incoming.bytes(),
            Self::Info(_, bytes) => *bytes,
            Self::ShutDown(_) => 0,
        }
    }
}

impl<I: Send + 'static> RawHandle for RawCell<I> {
    fn deliver(
        &self,
        incoming: Incoming,
        counted: InFlight,
    ) -> std::result::Result<(), Refused<Incoming>> {
        self.send(RawMail::Incoming(incoming, counted))
            .map_err(|refused| {
                refused.map(|mail| match mail {
                    RawMail::Incoming(incoming, _) => incoming,
                    _ => unreachable!("a mailbox hands back the mail it refused"),
                })
            })
    }

    fn poll_room(&self, cx: &mut Context<'_>, incoming: &Incoming) -> Poll<()> {
        Self::poll_room(self, cx, incoming.bytes())
    }
}

fn spawn<S: RawSocket>(raw: S, link: &Arc<Link>) -> Arc<dyn RawHandle> {
    let cell = Arc::new(RawCell::<S::Info>::new(link.limits));
    let seat = Seat::new(
        link.clone(),
        link.assigns.clone(),
        cell.clone(),
        type_name::<S>().into(),
    );
    let served = Served {
        raw,
        link: RawLink::new(seat),
        ending: Ending {
            cell: cell.clone(),
            link: link.clone(),
        },
    };
    let task = tokio::spawn(served.serve());
    cell.runs_in(task.abort_handle());
    cell
}

/// A raw socket at work.
struct Served<S: RawSocket> {
    raw: S,
    link: RawLink<S>,
    ending: Ending<S::Info>,
}

/// Why a raw socket ends, and what its client is told; none where the client has gone.
type End = (Reason, Option<CloseCode>);

impl<S: RawSocket> Served<S> {
    async fn serve(mut self) {
        let (reason, code) = self.until_end().await;
        self.ending.cell.end_for(reason.clone());
        if let Some(code) = code {
            self.ending.link.outbox.close(code);
        }
        drop(self.ending.cell.close());
        if let Err(cause) = guard(self.raw.terminate(&reason)).await {
            telemetry::raw_socket_crashed(type_name::<S>(), "terminate", &cause);
        }
    }

    async fn until_end(&mut self) -> End {
        let begun = guard(self.raw.init(&mut self.link)).await;
        let mut step = flatten(begun).map(|()| RawFlow::NoReply);
        loop {
            match step {
                Ok(RawFlow::NoReply) => {}
                Ok(RawFlow::Reply(frame)) => self.link.push(&frame),
                Ok(RawFlow::Stop(code)) => return (Reason::Normal, Some(code)),
                Err(cause) => {
                    telemetry::raw_socket_crashed(type_name::<S>(), "callback", &cause);
                    let reason = Reason::Error(cause.to_string().into());
                    return (reason, Some(CloseCode::Malformed));
                }
            }
            // A mailbox that never empties must not keep the thread from the other tasks.
            consume_budget().await;
            let mail = self.ending.cell.receive().await;
            let link = &mut self.link;
            step = match mail {
                Ok(RawMail::Incoming(Incoming::Frame(frame), _in_flight)) => {
                    flatten(guard(self.raw.handle_in(frame, link)).await)
                }
                Ok(RawMail::Incoming(Incoming::Control(control), _in_flight)) => {
                    flatten(guard(self.raw.handle_control(control, link)).await)
                }
                Ok(RawMail::Info(info, _)) => {
                    flatten(guard(self.raw.handle_info(info, link)).await)
                }
                Ok(RawMail::ShutDown(reason)) => return (reason, None),
                Err(overflowed) => Err(overflowed.into()),
            };
        }
    }
}

/// The reason of a socket that was not there to give one.
const KILLED: Reason = Reason::Error(Cow::Borrowed("killed"));

/// Closes the connection and tells those who wait, at the latest when the task is dropped.
struct Ending<I: Send + 'static> {
    cell: Arc<RawCell<I>>,
    link: Arc<Link>,
}

impl<I: Send + 'static> Drop for Ending<I> {
    fn drop(&mut self) {
        drop(self.cell.close());
        // The first code counts: this is for a task that came to no end of its own.
        self.link.outbox.close(CloseCode::Malformed);
        self.cell.end_for(KILLED);
        self.cell.ended();
    }
}

fn flatten<T>(result: Result<Result<T>>) -> Result<T> {
    result.and_then(std::convert::identity)
}
