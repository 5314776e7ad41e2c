use std::future::Future;

use super::AsyncResult;
use crate::live::component::{LiveComponent, Socket as ComponentSocket};
use crate::live::stream::Stream;
use crate::live::task::TooManyTasks;
use crate::live::{LiveView, Socket};

impl<V: LiveView> Socket<V> {
    /// Loads a value in a task of its own and puts it, or why there is none, into the field: `assign_async/4`. What is
    /// returned belongs into that field until then. While the page is only being loaded nothing is started.
    ///
    /// `name` is the task's, as for [`start_async`](Self::start_async): the newest counts.
    ///
    /// # Errors
    /// When the view has [`ASYNC_TASKS_MAX`](crate::live::task::ASYNC_TASKS_MAX) tasks at work.
    pub fn assign_async<T: Send + 'static, E: Send + 'static>(
        &mut self,
        name: &str,
        field: impl FnOnce(&mut V) -> &mut AsyncResult<T, E> + Send + 'static,
        load: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<AsyncResult<T, E>, TooManyTasks> {
        self.load_async(name, load, |view, loaded| {
            field(view).settle(loaded);
        })?;
        Ok(AsyncResult::loading())
    }

    /// Loads items in a task of its own and inserts them into a stream: `stream_async/4`. `fields` names the stream and
    /// the field that tells how the loading stands.
    ///
    /// ```no_run
    /// # use bennu::live::async_result::AsyncResult;
    /// # use bennu::live::stream::Stream;
    /// # use bennu::live::task::TooManyTasks;
    /// # use bennu::live::{LiveView, Socket};
    /// struct Posts {
    ///     posts: Stream<(u32, String)>,
    ///     loaded: AsyncResult<()>,
    /// }
    /// # fn reload(view: &mut Posts, socket: &mut Socket<Posts>) -> Result<(), TooManyTasks> {
    /// # async fn newest() -> Result<Vec<(u32, String)>, bennu::channel::Crash> { Ok(Vec::new()) }
    /// view.loaded = socket.stream_async("posts", |view| (&mut view.posts, &mut view.loaded), newest())?;
    /// # Ok(())
    /// # }
    /// # impl LiveView for Posts {
    /// #   type Info = ();
    /// #   async fn mount(_: &bennu::protocol::form::Params, _: &bennu::session::Session, _: &mut Socket<Self>) -> Result<Self, bennu::live::MountError> { unreachable!() }
    /// #   fn render(&self, _: &Socket<Self>) -> impl bennu::live::rendered::Render { bennu::heex! { <p></p> } }
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`assign_async`](Self::assign_async).
    pub fn stream_async<T: Send + 'static, E: Send + 'static, I>(
        &mut self,
        name: &str,
        fields: impl FnOnce(&mut V) -> (&mut Stream<T>, &mut AsyncResult<(), E>) + Send + 'static,
        load: impl Future<Output = Result<I, E>> + Send + 'static,
    ) -> Result<AsyncResult<(), E>, TooManyTasks>
    where
        I: IntoIterator<Item = T> + Send + 'static,
    {
        self.load_async(name, load, |view, loaded| {
            let (stream, result) = fields(view);
            result.settle(loaded.map(|items| items.map(|items| stream.extend(items))));
        })?;
        Ok(AsyncResult::loading())
    }
}

impl<C: LiveComponent> ComponentSocket<'_, C> {
    /// Loads a value into a field of this component; see
    /// [`live::Socket::assign_async`](Socket::assign_async).
    ///
    /// # Errors
    /// When the view has [`ASYNC_TASKS_MAX`](crate::live::task::ASYNC_TASKS_MAX) tasks at work.
    pub fn assign_async<T: Send + 'static, E: Send + 'static>(
        &mut self,
        name: &str,
        field: impl FnOnce(&mut C) -> &mut AsyncResult<T, E> + Send + 'static,
        load: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<AsyncResult<T, E>, TooManyTasks> {
        self.load_async(name, load, |component, loaded| {
            field(component).settle(loaded);
        })?;
        Ok(AsyncResult::loading())
    }

    /// Loads items into a stream of this component; see
    /// [`live::Socket::stream_async`](Socket::stream_async).
    ///
    /// # Errors
    /// As [`assign_async`](Self::assign_async).
    pub fn stream_async<T: Send + 'static, E: Send + 'static, I>(
        &mut self,
        name: &str,
        fields: impl FnOnce(&mut C) -> (&mut Stream<T>, &mut AsyncResult<(), E>) + Send + 'static,
        load: impl Future<Output = Result<I, E>> + Send + 'static,
    ) -> Result<AsyncResult<(), E>, TooManyTasks>
    where
        I: IntoIterator<Item = T> + Send + 'static,
    {
        self.load_async(name, load, |component, loaded| {
            let (stream, result) = fields(component);
            result.settle(loaded.map(|items| items.map(|items| stream.extend(items))));
        })?;
        Ok(AsyncResult::loading())
    }
}
