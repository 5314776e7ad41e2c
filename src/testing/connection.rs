//! The connection in memory: the task that a transport is elsewhere.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::sync::{mpsc, oneshot};

use super::inbox::Inbox;
use crate::channel::{CloseCode, Handle, Link, Reason};
use crate::protocol::{Message, Name, Payload, Ref, WireFrame, event};
use crate::socket::{Accepted, Channels, Driver};

/// What the sockets and channels of one test connection share; the connection closes with the last of them.
pub(super) struct Connection {
    pub(super) link: Arc<Link>,
    pub(super) inbox: Arc<Inbox>,
    /// Unbounded: only the test itself fills it.
    commands: mpsc::UnboundedSender<Command>,
    last_ref: AtomicU64,
}

enum Command {
    Handle(Message),
    Join(Message, oneshot::Sender<Option<Arc<dyn Handle>>>),
    Close(oneshot::Sender<()>),
}

impl Connection {
    pub(super) fn open(accepted: Accepted) -> Self {
        let Driver::Channels(driver) = Driver::new(accepted) else {
            panic!("a raw socket has no channels to test");
        };
        let (commands, received) = mpsc::unbounded_channel();
        let inbox = Arc::new(Inbox::default());
        let link = driver.link().clone();
        let task = Task {
            driver,
            commands: received,
            inbox: inbox.clone(),
            batch: VecDeque::new(),
        };
        tokio::spawn(task.run());
        Self {
            link,
            inbox,
            commands,
            last_ref: AtomicU64::new(0),
        }
    }

    /// The next reference, counted through the connection as the JavaScript client does (N-6).
    pub(super) fn next_ref(&self) -> Ref {
        let number = self.last_ref.fetch_add(1, Ordering::Relaxed) + 1;
        Ref::from_text(&number.to_string())
    }

    pub(super) fn send(&self, join_ref: Ref, topic: &str, event: &str, payload: Payload) -> Ref {
        let message = self.message(Some(join_ref), topic, event, payload);
        let reference = message.reference.clone();
        self.command(Command::Handle(message));
        reference
    }

    /// Sends a join; returns its reference and the channel that it started, if it started one.
    pub(super) async fn join(
        &self,
        topic: &str,
        payload: Payload,
    ) -> (Ref, Option<Arc<dyn Handle>>) {
        let message = self.message(None, topic, event::PHX_JOIN, payload);
        let reference = message.reference.clone();
        let (answer, answered) = oneshot::channel();
        self.command(Command::Join(message, answer));
        (reference, answered.await.ok().flatten())
    }

    /// Closes the connection; ready when its channels have ended.
    pub(super) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        self.command(Command::Close(answer));
        // An error means that it was closed before.
        let _ = answered.await;
    }

    fn message(
        &self,
        join_ref: Option<Ref>,
        topic: &str,
        event: &str,
        payload: Payload,
    ) -> Message {
        let reference = self.next_ref();
        Message {
            join_ref: join_ref.unwrap_or_else(|| reference.clone()),
            reference,
            topic: Name::from(topic),
            event: Name::from(event),
            payload,
        }
    }

    fn command(&self, command: Command) {
        // What is sent over a closed connection is lost, as on any transport.
        let _ = self.commands.send(command);
    }
}

struct Task {
    driver: Channels,
    commands: mpsc::UnboundedReceiver<Command>,
    inbox: Arc<Inbox>,
    batch: VecDeque<WireFrame>,
}

/// How a connection ends.
enum End {
    Server(CloseCode),
    Client(Option<oneshot::Sender<()>>),
}

impl Task {
    async fn run(mut self) {
        let end = poll_fn(|cx| self.poll(cx)).await;
        let (code, answer) = match end {
            End::Server(code) => (Some(code), None),
            End::Client(answer) => (None, answer),
        };
        let reason = Reason::Closed;
        self.driver.terminate(reason).await;
        self.inbox.close(code);
        if let Some(answer) = answer {
            let _ = answer.send(());
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        loop {
            while let Poll::Ready(mut taken) =
                self.driver.link().outbox.poll_take(cx, &mut self.batch)
            {
                for frame in self.batch.drain(..) {
                    self.inbox.put(&frame);
                }
                self.driver.hear(&mut taken);
                self.inbox.wake();
                if let Some(code) = taken.close {
                    return Poll::Ready(End::Server(code));
                }
            }
            ready!(self.driver.poll_ready(cx));
            match ready!(self.commands.poll_recv(cx)) {
                Some(Command::Handle(message)) => drop(self.driver.handle(message)),
                Some(Command::Join(message, answer)) => self.join(message, answer),
                Some(Command::Close(answer)) => return Poll::Ready(End::Client(Some(answer))),
                None => return Poll::Ready(End::Client(None)),
            }
        }
    }

    fn join(&mut self, message: Message, answer: oneshot::Sender<Option<Arc<dyn Handle>>>) {
        let topic = message.topic.to_text().to_owned();
        self.driver.handle(message);
        let _ = answer.send(self.driver.channel(&topic));
    }
}
