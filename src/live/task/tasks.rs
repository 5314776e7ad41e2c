use std::collections::HashMap;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::{ASYNC_TASKS_MAX, Exit, Timer, TooManyTasks};
use crate::channel::guard;
use crate::live::component::ComponentId;

/// 30 years: with a longer period the next turn may be beyond what an [`Instant`] can be.
const PERIOD_MAX: Duration = Duration::from_hours(24 * 365 * 30);

/// The tasks and timers of a view; they end when this is dropped.
#[derive(Debug, Default)]
pub(in crate::live) struct Tasks {
    at_work: JoinSet<()>,
    newest: HashMap<Task, Newest>,
    /// Counts the named tasks.
    started: u64,
}

/// A task's name and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::live) struct Task {
    component: Option<ComponentId>,
    name: String,
}

#[derive(Debug)]
struct Newest {
    number: u64,
    task: AbortHandle,
}

/// Tells one task from another of the same name.
#[derive(Debug)]
pub(crate) struct TaskToken {
    task: Task,
    number: u64,
}

impl TaskToken {
    /// The task's.
    pub(in crate::live) fn name(&self) -> &str {
        &self.task.name
    }
}

impl Task {
    pub(in crate::live) fn of_view(name: &str) -> Self {
        let name = name.to_owned();
        Self {
            component: None,
            name,
        }
    }

    pub(in crate::live) fn of_component(component: ComponentId, name: &str) -> Self {
        Self {
            component: Some(component),
            name: name.to_owned(),
        }
    }
}

impl Tasks {
    /// Starts a task in the place of one of the same name; `answer` is called once with its result, whatever ends it.
    pub(super) fn start<T: Send + 'static>(
        &mut self,
        task: Task,
        future: impl Future<Output = T> + Send + 'static,
        answer: impl FnOnce(TaskToken, Result<T, Exit>) + Send + 'static,
    ) -> Result<(), TooManyTasks> {
        self.make_room()?;
        self.started += 1;
        let number = self.started;
        let token = TaskToken {
            task: task.clone(),
            number,
        };
        let answer = Answer::by(|result| answer(token, result));
        let task_at_work = self.at_work.spawn(async move {
            let ended = guard(future).await;
            answer.give(ended.map_err(Exit::Panicked));
        });
        let newest = Newest {
            number,
            task: task_at_work,
        };
        self.newest.insert(task, newest);
        Ok(())
    }

    /// Runs `send` after a while.
    pub(super) fn after(
        &mut self,
        delay: Duration,
        send: impl FnOnce() + Send + 'static,
    ) -> Result<Timer, TooManyTasks> {
        self.make_room()?;
        let task = self.at_work.spawn(async move {
            tokio::time::sleep(delay).await;
            send();
        });
        Ok(Timer(Some(task)))
    }

    /// Runs `send` again and again, until it breaks off.
    pub(super) fn every(
        &mut self,
        period: Duration,
        mut send: impl FnMut() -> ControlFlow<()> + Send + 'static,
    ) -> Result<Timer, TooManyTasks> {
        self.make_room()?;
        let period = period.min(PERIOD_MAX);
        let task = self.at_work.spawn(async move {
            let mut turns = interval_at(Instant::now() + period, period);
            turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                turns.tick().await;
                if send().is_break() {
                    return;
                }
            }
        });
        Ok(Timer(Some(task)))
    }

    fn make_room(&mut self) -> Result<(), TooManyTasks> {
        while self.at_work.try_join_next().is_some() {}
        if self.at_work.len() == ASYNC_TASKS_MAX {
            return Err(TooManyTasks);
        }
        Ok(())
    }

    /// Whether this task is the newest of its name; then its name is free.
    pub(in crate::live) fn has_ended(&mut self, token: &TaskToken) -> bool {
        let newest = self.newest.get(&token.task);
        let counts = newest.is_some_and(|newest| newest.number == token.number);
        if counts {
            self.newest.remove(&token.task);
        }
        counts
    }

    pub(super) fn cancel(&self, task: &Task) {
        if let Some(newest) = self.newest.get(task) {
            newest.task.abort();
        }
    }

    /// Ends the tasks of components that are no more.
    pub(in crate::live) fn end_of_components(&mut self, gone: impl Fn(ComponentId) -> bool) {
        self.newest.retain(|task, newest| {
            let ends = task.component.is_some_and(&gone);
            if ends {
                newest.task.abort();
            }
            !ends
        });
    }
}

/// Gives a task's result, also when the task is dropped before it has one.
struct Answer<T, F: FnOnce(Result<T, Exit>)> {
    give: Option<F>,
    result: PhantomData<fn(T)>,
}

impl<T, F: FnOnce(Result<T, Exit>)> Answer<T, F> {
    const fn by(give: F) -> Self {
        Self {
            give: Some(give),
            result: PhantomData,
        }
    }

    fn give(mut self, result: Result<T, Exit>) {
        if let Some(give) = self.give.take() {
            give(result);
        }
    }
}

impl<T, F: FnOnce(Result<T, Exit>)> Drop for Answer<T, F> {
    fn drop(&mut self) {
        if let Some(give) = self.give.take() {
            give(Err(Exit::Cancelled));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Instant` has an end, and an application may mean "never".
    #[tokio::test(start_paused = true)]
    async fn a_period_that_reaches_beyond_all_clocks_is_never_over() {
        let mut tasks = Tasks::default();
        let timer = tasks.every(Duration::MAX, || panic!("that is never"));
        assert!(timer.is_ok());
        // The clock stands still until nothing else is left to do.
        let ended = tokio::time::timeout(Duration::from_hours(24), tasks.at_work.join_next());
        assert!(ended.await.is_err(), "the timer is at work");
    }
}
