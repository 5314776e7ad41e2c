//! Values that are loaded beside the callbacks: `Phoenix.LiveView.AsyncResult`, `assign_async` and `stream_async`.

mod assign;

use std::fmt;

use bennu_macros::{component, heex};

use super::rendered::{Render, Slot};
use super::task::Exit;
use crate::channel::Crash;

/// A value that a task loads, and how that stands: `Phoenix.LiveView.AsyncResult`.
///
/// A view or component holds it in a field, which `assign_async` makes, and shows it with [`async_result`]:
///
/// ```
/// use bennu::channel::Crash;
/// use bennu::heex;
/// use bennu::live::async_result::{AsyncResult, async_result};
/// use bennu::live::rendered::Render;
/// use bennu::live::{LiveView, MountError, Socket};
/// use bennu::protocol::form::Params;
/// use bennu::session::Session;
///
/// struct Profile {
///     name: AsyncResult<String>,
/// }
///
/// async fn load_name() -> Result<String, Crash> {
///     Ok("Ada".to_owned())
/// }
///
/// impl LiveView for Profile {
///     type Info = ();
///
///     async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
///         Ok(Self {
///             name: socket.assign_async("name", |view| &mut view.name, load_name())?,
///         })
///     }
///
///     fn render(&self, _: &Socket<Self>) -> impl Render {
///         heex! {
///             <.async_result :let={name} assign={&self.name}>
///                 <:loading>Loading...</:loading>
///                 <:failed :let={why}>No name: {why.to_string()}</:failed>
///                 <p>Hello {name}</p>
///             </.async_result>
///         }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct AsyncResult<T, E = Crash> {
    result: Option<T>,
    loading: bool,
    failed: Option<Failed<E>>,
}

impl<T, E> AsyncResult<T, E> {
    /// A value that is being loaded for the first time.
    #[must_use]
    pub const fn loading() -> Self {
        Self {
            result: None,
            loading: true,
            failed: None,
        }
    }

    /// A value that is there.
    #[must_use]
    pub const fn loaded(result: T) -> Self {
        Self {
            result: Some(result),
            loading: false,
            failed: None,
        }
    }

    /// The value that was loaded last, also while another one is loaded and after that failed.
    #[must_use]
    pub const fn ok(&self) -> Option<&T> {
        self.result.as_ref()
    }

    /// Whether a task is loading the value.
    #[must_use]
    pub const fn is_loading(&self) -> bool {
        self.loading
    }

    /// Why the last task did not load the value.
    #[must_use]
    pub const fn failed(&self) -> Option<&Failed<E>> {
        self.failed.as_ref()
    }

    /// Loads the value again and keeps the present one until then: give it what `assign_async` returned. Setting the
    /// field to that instead forgets the present value, Phoenix's `reset: true`.
    pub fn reload(&mut self, loading: Self) {
        *self = Self {
            result: self.result.take(),
            ..loading
        };
    }

    /// Takes what the task ended with.
    pub fn settle(&mut self, ended: Result<Result<T, E>, Exit>) {
        self.loading = false;
        self.failed = None;
        match ended {
            Ok(Ok(result)) => self.result = Some(result),
            Ok(Err(error)) => self.failed = Some(Failed::Error(error)),
            Err(exit) => self.failed = Some(Failed::Exit(exit)),
        }
    }
}

/// Nothing was loaded, and nothing is.
impl<T, E> Default for AsyncResult<T, E> {
    fn default() -> Self {
        Self {
            result: None,
            loading: false,
            failed: None,
        }
    }
}

/// Why a value was not loaded.
#[derive(Debug)]
pub enum Failed<E> {
    /// The task returned an error, `{:error, reason}`.
    Error(E),
    /// The task did not end by itself, `{:exit, reason}`.
    Exit(Exit),
}

impl<E: fmt::Display> fmt::Display for Failed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            Self::Exit(exit) => exit.fmt(f),
        }
    }
}

/// Shows a value once it was loaded, `:loading` before that, and `:failed` if it could not be loaded:
/// `Phoenix.Component.async_result/1`.
///
/// A value that is there stays on the page while it is loaded again, and when that fails.
#[component]
pub fn async_result<'a, T, E>(
    assign: &'a AsyncResult<T, E>,
    loading: Slot<'_>,
    failed: Slot<'_, &'a Failed<E>>,
    inner_block: Slot<'_, &'a T>,
) -> impl Render {
    heex! {
        {if let Some(result) = assign.ok() {
            <>{inner_block.render(result)}</>
        } else if assign.is_loading() {
            <>{loading}</>
        } else if let Some(why) = assign.failed() {
            <>{failed.render(why)}</>
        }}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Number = AsyncResult<u8, &'static str>;

    fn page(number: &Number) -> String {
        let mut html = Vec::new();
        let shown = heex! {
            <.async_result :let={n} assign={number}><:loading>...</:loading><:failed :let={why}>no: {why.to_string()}</:failed>{n}</.async_result>
        };
        super::super::html::write(shown, &mut html).expect("a flat template");
        without_comments(std::str::from_utf8(&html).expect("templates are text"))
    }

    /// The feature `debug-annotations` adds comments.
    fn without_comments(html: &str) -> String {
        let mut pieces = html.split("<!--");
        let first = pieces.next().unwrap_or_default();
        let behind = pieces.filter_map(|piece| Some(piece.split_once("-->")?.1));
        std::iter::once(first).chain(behind).collect()
    }

    #[test]
    fn a_value_is_loading_until_it_settles() {
        let mut number = Number::loading();
        assert_eq!(
            (number.ok(), number.is_loading(), &*page(&number)),
            (None, true, "...")
        );
        number.settle(Ok(Ok(1)));
        assert_eq!(
            (number.ok(), number.is_loading(), &*page(&number)),
            (Some(&1), false, "1")
        );
    }

    #[test]
    fn a_reload_keeps_the_value_and_a_failure_too() {
        let mut number = Number::loaded(1);
        number.reload(Number::loading());
        assert_eq!((number.is_loading(), &*page(&number)), (true, "1"));
        number.settle(Ok(Err("lost")));
        assert!(matches!(number.failed(), Some(Failed::Error("lost"))));
        assert_eq!(page(&number), "1");
        number.settle(Ok(Ok(2)));
        assert!(number.failed().is_none());
    }

    #[test]
    fn a_first_failure_is_shown() {
        let mut number = Number::loading();
        number.settle(Ok(Err("lost")));
        assert_eq!(page(&number), "no: lost");
        number.reload(Number::loading());
        assert_eq!(page(&number), "...");
        number.settle(Err(Exit::Cancelled));
        assert_eq!(page(&number), "no: the task was cancelled");
        assert_eq!(page(&Number::default()), "");
    }
}
