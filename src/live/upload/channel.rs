//! The channel of one entry: `lvu:*` topics (10.4). It takes a file in chunks, in a task of its own, so that neither the
//! view nor another file waits for it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::UploadConfig;
use super::config::Ticket;
use super::held::{Notice, tell};
use super::open::OpenUploads;
use super::state::RegisterError;
use super::token::UploadToken;
use super::writer::{AnyWriter, CloseReason};
use crate::channel::{
    self, Channel, Crash, Flow, JoinError, JoinSocket, Reason, Recipient, Socket, guard,
};
use crate::protocol::Payload;
use crate::protocol::live as wire;
use crate::telemetry;
use crate::token::SecretKeyBase;

/// How many messages wait for a writer. The npm client sends one chunk and waits for its acknowledgement; a client that
/// does not is read no further.
const CHUNKS_WAITING_MAX: usize = 2;

/// What an upload channel has to know of its application.
pub(in crate::live) struct Receiving {
    pub(in crate::live) signing_salt: String,
    pub(in crate::live) uploads: OpenUploads,
}

/// A file on its way.
pub(in crate::live) struct UploadChannel {
    ticket: Ticket,
    /// None once the file is complete or its writer has failed.
    writer: Option<Box<dyn AnyWriter>>,
    received_bytes: u64,
    chunks: ChunkTimer,
}

/// Why the channel does not take something.
#[derive(Debug, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
enum Refusal {
    InvalidToken,
    AlreadyRegistered,
    Disallowed,
    WriterError,
    FileSizeLimitExceeded { limit: u64 },
}

impl UploadChannel {
    /// Starts the task of an entry.
    pub(in crate::live) fn spawn(join: channel::Join) -> Arc<dyn channel::Handle> {
        channel::spawn_with::<Self>(join, CHUNKS_WAITING_MAX)
    }
}

impl Channel for UploadChannel {
    type Info = Notice;

    const LOG_HANDLE_IN: Option<tracing::Level> = None;

    async fn join(
        payload: Payload,
        socket: &mut JoinSocket<Self>,
    ) -> Result<(Self, Payload), JoinError> {
        let registered = register(&payload, socket);
        let (upload, ticket) = registered.map_err(|refusal| JoinError::refuse(&refusal))?;
        let writer = match flatten(guard(upload.open_writer(&ticket.entry)).await) {
            Ok(writer) => writer,
            Err(cause) => {
                fail(&ticket, &cause);
                return Err(JoinError::refuse(&Refusal::WriterError));
            }
        };
        let chunks = ChunkTimer::start(upload.chunk_timeout(), socket.recipient());
        chunks.restart();
        upload.begun(&ticket.entry);
        let channel = Self {
            ticket,
            writer: Some(writer),
            received_bytes: 0,
            chunks,
        };
        Ok((channel, Payload::empty()))
    }

    async fn handle_in(
        &mut self,
        event: &str,
        payload: Payload,
        _: &mut Socket<Self>,
    ) -> channel::Result {
        match (event, payload.as_binary()) {
            (wire::CHUNK, Some(chunk)) => self.receive(chunk.clone()).await,
            (wire::CHUNK, None) => Err(Crash::new("a chunk is binary")),
            _ => Flow::unhandled(event),
        }
    }

    async fn handle_info(&mut self, notice: Notice, _: &mut Socket<Self>) -> channel::Result {
        match notice {
            Notice::Cancelled | Notice::Consumed => Ok(Flow::Stop(Reason::Normal)),
            Notice::ChunkTimeout if self.chunks.is_over() => Ok(self.give_up().await),
            Notice::ChunkTimeout => Ok(Flow::NoReply),
        }
    }

    async fn terminate(&mut self, reason: &Reason, _: &mut Socket<Self>) {
        let Some(writer) = self.writer.take() else {
            return;
        };
        let close = match reason {
            Reason::Error(why) => {
                self.ticket.fail(why.to_string());
                CloseReason::Error
            }
            _ => CloseReason::Cancel,
        };
        self.close_early(writer, close).await;
    }
}

fn register(
    payload: &Payload,
    socket: &JoinSocket<UploadChannel>,
) -> Result<(Arc<UploadConfig>, Ticket), Refusal> {
    let receiving: &Receiving = socket.assigns();
    let secret_key_base: &SecretKeyBase = socket.assigns();
    let join: wire::UploadJoin = payload.deserialize().map_err(|_| Refusal::InvalidToken)?;
    let token = UploadToken::verify(&join.token, secret_key_base, &receiving.signing_salt);
    let token = token.ok_or(Refusal::InvalidToken)?;
    let topic = socket.topic().strip_prefix(wire::UPLOAD_TOPIC_PREFIX);
    if topic != Some(&*token.entry) {
        return Err(Refusal::InvalidToken);
    }
    let upload = receiving.uploads.find(&token.upload);
    let upload = upload.ok_or(Refusal::Disallowed)?;
    let registered = upload.register(&token.entry, socket.recipient());
    let entry = registered.map_err(|error| match error {
        RegisterError::AlreadyRegistered => Refusal::AlreadyRegistered,
        RegisterError::Disallowed => Refusal::Disallowed,
    })?;
    let ticket = Ticket::new(&upload, entry);
    Ok((upload, ticket))
}

impl UploadChannel {
    async fn receive(&mut self, chunk: Bytes) -> channel::Result {
        let limit = self.ticket.entry.client_size;
        let received_bytes = self.received_bytes.saturating_add(chunk.len() as u64);
        if received_bytes > limit || self.writer.is_none() {
            let refusal = Refusal::FileSizeLimitExceeded { limit };
            return stop(&refusal);
        }
        self.chunks.stop();
        let written = self.write(chunk, received_bytes == limit).await;
        if let Err(cause) = written {
            fail(&self.ticket, &cause);
            return stop(&Refusal::WriterError);
        }
        self.received_bytes = received_bytes;
        if self.writer.is_some() {
            self.chunks.restart();
        }
        Flow::ok(Payload::empty())
    }

    /// Ends without a file that comes too slowly. Its client has to be told `phx_error`: at `phx_close` it would send
    /// the event of the form later, in the middle of the next file.
    async fn give_up(&mut self) -> Flow {
        if let Some(writer) = self.writer.take() {
            self.close_early(writer, CloseReason::Cancel).await;
        }
        Flow::Stop(Reason::Error("no chunk came in time".into()))
    }

    /// Writes a chunk, and closes the writer after the last one or when it fails.
    async fn write(&mut self, chunk: Bytes, is_last: bool) -> Result<(), Crash> {
        let writer = self.writer.take();
        let mut writer = writer.ok_or(Crash::new("the writer is closed"))?;
        if let Err(cause) = flatten(guard(writer.write_chunk_as(chunk)).await) {
            self.close_early(writer, CloseReason::Error).await;
            return Err(cause);
        }
        if is_last {
            flatten(guard(writer.close_as(CloseReason::Done)).await)?;
            self.ticket.complete(writer.into_meta());
        } else {
            self.writer = Some(writer);
        }
        Ok(())
    }

    /// Closes a writer that is of no more use.
    async fn close_early(&mut self, mut writer: Box<dyn AnyWriter>, reason: CloseReason) {
        if let Err(cause) = flatten(guard(writer.close_as(reason)).await) {
            telemetry::upload_not_closed(&self.ticket.entry.upload_name, &cause);
        }
    }
}

/// The file of an entry cannot be stored: its view is told, and so are those who run the server.
fn fail(ticket: &Ticket, cause: &Crash) {
    telemetry::upload_failed(&ticket.entry.upload_name, cause);
    ticket.fail(cause.to_string());
}

/// Answers the chunk and ends the channel.
fn stop(refusal: &Refusal) -> channel::Result {
    let Flow::Reply(status, payload) = Flow::error(refusal)? else {
        unreachable!("an error reply is a reply");
    };
    Ok(Flow::StopReply(Reason::Normal, status, payload))
}

fn flatten<T>(result: Result<Result<T, Crash>, Crash>) -> Result<T, Crash> {
    result.and_then(std::convert::identity)
}

/// Tells the channel when no chunk has come for some time.
struct ChunkTimer {
    timeout: Duration,
    /// None while a chunk is written, and once there is none to wait for.
    deadline: watch::Sender<Option<Instant>>,
}

impl ChunkTimer {
    fn start(timeout: Duration, channel: Recipient<Notice>) -> Self {
        let (deadline, changed) = watch::channel(None);
        tokio::spawn(watch_deadline(changed, channel));
        Self { timeout, deadline }
    }

    fn restart(&self) {
        self.deadline
            .send_replace(Instant::now().checked_add(self.timeout));
    }

    fn stop(&self) {
        self.deadline.send_replace(None);
    }

    fn is_over(&self) -> bool {
        let deadline = *self.deadline.borrow();
        deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Ends when the channel does, which holds the sender.
async fn watch_deadline(
    mut deadline: watch::Receiver<Option<Instant>>,
    channel: Recipient<Notice>,
) {
    loop {
        let at = *deadline.borrow_and_update();
        let changed = match at {
            None => deadline.changed().await,
            Some(at) => match timeout_at(at, deadline.changed()).await {
                Ok(changed) => changed,
                Err(_) => {
                    tell(&channel, Notice::ChunkTimeout);
                    deadline.changed().await
                }
            },
        };
        if changed.is_err() {
            return;
        }
    }
}
