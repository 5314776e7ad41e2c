//! A panic in a callback is an error of its channel.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use super::{Crash, Result};

/// Runs a callback; a panic becomes an error.
pub(crate) async fn guard<F: Future>(callback: F) -> Result<F::Output> {
    let mut callback = pin!(callback);
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| callback.as_mut().poll(cx))) {
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) => Poll::Ready(Err(Crash::new(panic_text(&*panic)))),
        },
    )
    .await
}

/// As [`guard`], for a callback that does not wait.
pub(super) fn guard_now<T>(callback: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(callback)).map_err(|panic| Crash::new(panic_text(&*panic)))
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("panicked: {}", text.unwrap_or("no message"))
}
