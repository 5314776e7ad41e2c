//! What a live view does beside its callbacks: tasks whose result comes back to it, and timers.
//!
//! ```
//! use bennu::heex;
//! use bennu::live::task::Exit;
//! use bennu::live::rendered::Render;
//! use bennu::live::{LiveView, MountError, Socket};
//! use bennu::protocol::form::Params;
//! use bennu::session::Session;
//!
//! struct Weather {
//!     degrees: Option<i32>,
//! }
//!
//! async fn measure() -> i32 {
//!     21
//! }
//!
//! impl LiveView for Weather {
//!     type Info = ();
//!
//!     async fn mount(_: &Params, _: &Session, socket: &mut Socket<Self>) -> Result<Self, MountError> {
//!         socket.start_async("measure", measure(), |view, measured: Result<i32, Exit>, _| {
//!             view.degrees = Some(measured?);
//!             Ok(())
//!         })?;
//!         Ok(Self { degrees: None })
//!     }
//!
//!     fn render(&self, _: &Socket<Self>) -> impl Render {
//!         heex! { <p>{self.degrees} C</p> }
//!     }
//! }
//! ```

mod ended;
mod tasks;

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::time::Duration;

use tokio::task::AbortHandle;

use super::component::{ComponentId, LiveComponent, Socket as ComponentSocket};
use super::mail::{Mail, PartMail, ToComponent};
use super::{AnySocket, LiveView, Result, Socket};
use crate::channel::{Crash, guard_now};

use ended::{Ended, InComponent};
use tasks::TaskToken;

pub(in crate::live) use ended::{AnyEnded, EndedOf, EndedOfComponent};
pub(in crate::live) use tasks::{Task, Tasks};

/// How many tasks and timers a view may have at work, those of its components included.
///
/// One more is not started, and whoever starts it is told [`TooManyTasks`].
pub const ASYNC_TASKS_MAX: usize = 500;

impl<V: LiveView> Socket<V> {
    /// Runs `future` in a task of its own and hands its result to `then`, which runs in this view as its callbacks do:
    /// `start_async/4` and `handle_async/3` in one.
    ///
    /// The newest task of a name counts: the result of one that was started before is dropped. The task ends with the
    /// view. While the page is only being loaded nothing is started. Hooks see the result before `then`, see
    /// [`Hook::handle_async`](super::lifecycle::Hook::handle_async).
    ///
    /// # Errors
    /// When the view has [`ASYNC_TASKS_MAX`] tasks at work.
    pub fn start_async<T: Send + 'static>(
        &mut self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(&mut V, std::result::Result<T, Exit>, &mut Self) -> Result<()>
        + Send
        + 'static,
    ) -> std::result::Result<(), TooManyTasks> {
        self.start_task(name, future, |token, result| {
            Mail::Async(Box::new(Ended {
                token,
                result,
                then,
            }))
        })
    }

    /// As [`start_async`](Self::start_async), for results that are not shown to hooks.
    pub(in crate::live) fn load_async<T: Send + 'static>(
        &mut self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(&mut V, std::result::Result<T, Exit>) + Send + 'static,
    ) -> std::result::Result<(), TooManyTasks> {
        self.start_task(name, future, |token, result| {
            Mail::Run(Box::new(move |view, socket: &mut Self| {
                if socket.tasks().has_ended(&token) {
                    then(view, result);
                }
                Ok(())
            }))
        })
    }

    fn start_task<T: Send + 'static>(
        &mut self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
        into_mail: impl FnOnce(TaskToken, std::result::Result<T, Exit>) -> Mail<V> + Send + 'static,
    ) -> std::result::Result<(), TooManyTasks> {
        let Some(view) = self.mailbox() else {
            return Ok(());
        };
        self.tasks()
            .start(Task::of_view(name), future, move |token, result| {
                view.send_or_end(into_mail(token, result));
            })
    }

    /// Ends the task of this name; its `then` gets [`Exit::Cancelled`]. Without such a task nothing happens.
    pub fn cancel_async(&mut self, name: &str) {
        self.tasks().cancel(&Task::of_view(name));
    }

    /// As [`send_self`](Self::send_self), after `delay`: `Process.send_after(self(), ..)`. The timer ends with the view.
    ///
    /// # Errors
    /// When the view has [`ASYNC_TASKS_MAX`] tasks at work.
    pub fn send_self_after(
        &mut self,
        info: V::Info,
        delay: Duration,
    ) -> std::result::Result<Timer, TooManyTasks> {
        let Some(view) = self.mailbox() else {
            return Ok(Timer::never());
        };
        self.tasks()
            .after(delay, move || view.send_or_end(Mail::Info(info)))
    }
}

impl<V: LiveView> Socket<V> {
    /// Sends this view a message each time `period` has passed, until the view ends or the timer is cancelled:
    /// `:timer.send_interval/2`. A turn for which the mailbox has no room is left out. A panic of `info` ends the view, as
    /// one of a callback does.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # use bennu::live::task::TooManyTasks;
    /// # use bennu::live::{LiveView, Socket};
    /// # struct Clock;
    /// enum Info {
    ///     Tick,
    /// }
    /// # fn start(socket: &mut Socket<Clock>) -> Result<(), TooManyTasks> {
    /// socket.send_interval(Duration::from_secs(1), || Info::Tick)?;
    /// # Ok(())
    /// # }
    /// # impl LiveView for Clock {
    /// #   type Info = Info;
    /// #   async fn mount(_: &bennu::protocol::form::Params, _: &bennu::session::Session, _: &mut Socket<Self>) -> Result<Self, bennu::live::MountError> { unreachable!() }
    /// #   fn render(&self, _: &Socket<Self>) -> impl bennu::live::rendered::Render { bennu::heex! { <p></p> } }
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the view has [`ASYNC_TASKS_MAX`] tasks at work.
    ///
    /// # Panics
    /// When the period is zero.
    pub fn send_interval(
        &mut self,
        period: Duration,
        mut info: impl FnMut() -> V::Info + Send + 'static,
    ) -> std::result::Result<Timer, TooManyTasks> {
        assert!(!period.is_zero(), "a period of no time");
        let Some(view) = self.mailbox() else {
            return Ok(Timer::never());
        };
        self.tasks()
            .every(period, move || match guard_now(&mut info) {
                Ok(info) => {
                    // Only a mailbox that is full refuses; the view that has ended has ended its timers.
                    let _ = view.send(Mail::Info(info));
                    ControlFlow::Continue(())
                }
                Err(cause) => {
                    view.send_or_end(Mail::Run(Box::new(|_, _| Err(cause))));
                    ControlFlow::Break(())
                }
            })
    }
}

impl<C: LiveComponent> ComponentSocket<'_, C> {
    /// Runs `future` in a task of its own and hands its result to `then`, which runs in this component; see
    /// [`live::Socket::start_async`](Socket::start_async). The task ends with the component.
    ///
    /// # Errors
    /// When the view has [`ASYNC_TASKS_MAX`] tasks at work.
    pub fn start_async<T: Send + 'static>(
        &mut self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(
            &mut C,
            std::result::Result<T, Exit>,
            &mut ComponentSocket<'_, C>,
        ) -> Result<()>
        + Send
        + 'static,
    ) -> std::result::Result<(), TooManyTasks> {
        self.start_task(name, future, |myself, token, result| {
            let ended = Ended {
                token,
                result,
                then,
            };
            let component = PhantomData::<fn(C)>;
            PartMail::Async(myself, Box::new(InComponent { ended, component }))
        })
    }

    /// As [`start_async`](Self::start_async), for results that are not shown to hooks.
    pub(in crate::live) fn load_async<T: Send + 'static>(
        &mut self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(&mut C, std::result::Result<T, Exit>) + Send + 'static,
    ) -> std::result::Result<(), TooManyTasks> {
        self.start_task(name, future, |myself, token, result| {
            PartMail::component::<C>(ToComponent::Id(myself), move |component, socket| {
                if socket.tasks().has_ended(&token) {
                    then(component, result);
                }
                Ok(())
            })
        })
    }

    fn start_task<T: Send + 'static>(
        &mut self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
        into_mail: impl FnOnce(ComponentId, TaskToken, std::result::Result<T, Exit>) -> PartMail
        + Send
        + 'static,
    ) -> std::result::Result<(), TooManyTasks> {
        let (Some(view), Some(myself)) = (self.mailbox(), self.myself()) else {
            return Ok(());
        };
        let task = Task::of_component(myself, name);
        self.tasks().start(task, future, move |token, result| {
            view.send_or_end(into_mail(myself, token, result));
        })
    }

    /// Ends this component's task of this name; its `then` gets [`Exit::Cancelled`].
    pub fn cancel_async(&mut self, name: &str) {
        if let Some(myself) = self.myself() {
            self.tasks().cancel(&Task::of_component(myself, name));
        }
    }
}

impl AnySocket {
    /// As [`send_update`](Self::send_update), after `delay`: `send_update_after/4`. The timer ends with the view.
    ///
    /// # Errors
    /// When the view has [`ASYNC_TASKS_MAX`] tasks at work.
    pub fn send_update_after<C: LiveComponent>(
        &mut self,
        id: impl Into<String>,
        props: C::Props,
        delay: Duration,
    ) -> std::result::Result<Timer, TooManyTasks>
    where
        C::Props: Send + 'static,
    {
        let Some(view) = self.mailbox() else {
            return Ok(Timer::never());
        };
        let mail = PartMail::update::<C>(id.into(), props);
        self.tasks().after(delay, move || view.send_or_end(mail))
    }
}

/// Why a task has no result: what `{:exit, reason}` tells a `handle_async`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Exit {
    /// The application cancelled it.
    Cancelled,
    /// It panicked.
    Panicked(Crash),
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("the task was cancelled"),
            Self::Panicked(cause) => write!(f, "the task {cause}"),
        }
    }
}

impl std::error::Error for Exit {}

/// The application started more than [`ASYNC_TASKS_MAX`] tasks in one view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyTasks;

impl fmt::Display for TooManyTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the view has {ASYNC_TASKS_MAX} tasks at work")
    }
}

impl std::error::Error for TooManyTasks {}

/// A message that will be sent; dropping this lets it go on.
#[derive(Debug)]
pub struct Timer(Option<AbortHandle>);

impl Timer {
    /// The timer of a page that is only being loaded.
    const fn never() -> Self {
        Self(None)
    }

    /// Sends nothing, unless it was sent already: `Process.cancel_timer/1`.
    pub fn cancel(self) {
        if let Some(task) = self.0 {
            task.abort();
        }
    }
}
