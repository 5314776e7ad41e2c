//! A panic in a callback is an error of its channel.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{Crash, Result};

/// Runs a callback; a panic becomes an error.
pub(crate) const fn guard<F: Future>(callback: F) -> Guard<F> {
    Guard { callback }
}

pin_project! {
    // An async function would keep room for the callback twice: as its argument, and pinned.
    pub(crate) struct Guard<F> {
        #[pin]
        callback: F,
    }
}

impl<F: Future> Future for Guard<F> {
    type Output = Result<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let callback = self.project().callback;
        match catch_unwind(AssertUnwindSafe(|| callback.poll(cx))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(Crash::new(panic_text(&*panic)))),
        }
    }
}

/// As [`guard`], for a callback that does not wait.
pub(crate) fn guard_now<T>(callback: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(callback)).map_err(|panic| Crash::new(panic_text(&*panic)))
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panicked: {}", text.unwrap_or("no message"))
}
