use std::sync::Arc;

use bennu::channel::Crash;
use bennu::live;
use bennu::live::upload::{CloseReason, UploadWriter};
use bytes::Bytes;
use tokio::sync::Semaphore;

/// Takes the first chunk and fails at the next.
pub(super) struct Broken {
    chunks: u32,
}

impl UploadWriter for Broken {
    type Options = ();
    type Meta = ();

    async fn init((): ()) -> live::Result<Self> {
        Ok(Self { chunks: 0 })
    }

    async fn write_chunk(&mut self, _: Bytes) -> live::Result<()> {
        if self.chunks == 1 {
            return Err(Crash::new("the disk is full"));
        }
        self.chunks += 1;
        Ok(())
    }

    async fn close(&mut self, _: CloseReason) -> live::Result<()> {
        Ok(())
    }

    fn meta(self) {}
}

/// Counts bytes, a chunk for each permit.
pub(super) struct Paced {
    pace: Arc<Semaphore>,
    bytes: usize,
}

impl UploadWriter for Paced {
    type Options = Arc<Semaphore>;
    type Meta = usize;

    async fn init(pace: Arc<Semaphore>) -> live::Result<Self> {
        Ok(Self { pace, bytes: 0 })
    }

    async fn write_chunk(&mut self, chunk: Bytes) -> live::Result<()> {
        self.pace.acquire().await?.forget();
        self.bytes += chunk.len();
        Ok(())
    }

    async fn close(&mut self, _: CloseReason) -> live::Result<()> {
        Ok(())
    }

    fn meta(self) -> usize {
        self.bytes
    }
}
