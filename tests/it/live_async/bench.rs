//! A view whose tasks end when the test says so.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bennu::channel::{Crash, Flow};
use bennu::endpoint::{Mount, Router};
use bennu::heex;
use bennu::live::async_result::{AsyncResult, async_result};
use bennu::live::component::{self, ComponentId, LiveComponent, live_component};
use bennu::live::rendered::Render;
use bennu::live::stream::Stream;
use bennu::live::task::{Exit, Timer, TooManyTasks};
use bennu::live::{self, LiveView, LiveViews, MountError, Page, RootLayout, Socket};
use bennu::protocol::form::{Param, Params};
use bennu::session::{Session, SessionOptions};
use bennu::socket::{Anyone, Limits, Routes};
use serde_json::json;
use tokio::sync::{Notify, oneshot, watch};

use crate::support::{Server, builder, patiently};

type Outcome = Result<String, String>;

/// Where tests leave the work that tasks will find.
#[derive(Clone)]
pub(super) struct Bench {
    works: Arc<Mutex<VecDeque<Job>>>,
    gate: Arc<watch::Sender<bool>>,
    busy: Arc<Notify>,
}

struct Job {
    outcome: oneshot::Receiver<Outcome>,
    _finished: oneshot::Sender<()>,
}

/// The work of one task, in the hands of the test.
pub(super) struct Work {
    outcome: Option<oneshot::Sender<Outcome>>,
    finished: oneshot::Receiver<()>,
}

impl Bench {
    fn new() -> Self {
        Self {
            works: Arc::default(),
            gate: Arc::new(watch::Sender::new(false)),
            busy: Arc::default(),
        }
    }

    /// Work for the task that comes next.
    pub(super) fn work(&self) -> Work {
        let (outcome, receiver) = oneshot::channel();
        let (sender, finished) = oneshot::channel();
        let job = Job {
            outcome: receiver,
            _finished: sender,
        };
        self.works
            .lock()
            .expect("nobody panics here")
            .push_back(job);
        Work {
            outcome: Some(outcome),
            finished,
        }
    }

    /// Lets whoever waits at the gate go on.
    pub(super) fn open_gate(&self) {
        self.gate.send_replace(true);
    }

    pub(super) async fn until_busy(&self) {
        patiently("the view to be busy", self.busy.notified()).await;
    }

    fn at_gate(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut gate = self.gate.subscribe();
        async move {
            gate.wait_for(|open| *open).await.expect("the gate stands");
        }
    }

    /// Takes the work that was left first.
    fn job(&self) -> impl Future<Output = Outcome> + Send + use<> {
        let job = self.works.lock().expect("nobody panics here").pop_front();
        async { job.expect("the test left work").run().await }
    }

    /// As `job`, and takes it only when the task runs.
    fn job_when_run(&self) -> impl Future<Output = Outcome> + Send + use<> {
        let bench = self.clone();
        async move { bench.job().await }
    }
}

impl Job {
    async fn run(self) -> Outcome {
        let outcome = self.outcome.await;
        outcome.unwrap_or_else(|_| panic!("the work was thrown away"))
    }
}

impl Work {
    pub(super) fn done(&mut self, result: &str) {
        self.end(Ok(result.to_owned()));
    }

    pub(super) fn fail(&mut self, error: &str) {
        self.end(Err(error.to_owned()));
    }

    fn end(&mut self, outcome: Outcome) {
        let sender = self.outcome.take().expect("work ends once");
        sender.send(outcome).expect("a task is at work");
    }

    /// Waits until the task is no more.
    pub(super) async fn ended(self) {
        let _ = patiently("the task to end", self.finished).await;
    }
}

struct Worker {
    bench: Bench,
    text: String,
    cake: AsyncResult<String, String>,
    items: Stream<char>,
    loaded: AsyncResult<(), String>,
    timer: Option<Timer>,
    /// Whether the oven starts a task as soon as it is there, while it is there.
    oven: Option<bool>,
}

/// Some time has passed.
struct Later(&'static str);

const A_WHILE: Duration = Duration::from_secs(10);

impl Worker {
    fn start(&self, name: &str, socket: &mut Socket<Self>) -> live::Result<()> {
        socket.start_async(name, self.bench.job(), |view, result, _| {
            view.text = told(result)?;
            Ok(())
        })?;
        Ok(())
    }

    fn assign(&self, socket: &mut Socket<Self>) -> live::Result<AsyncResult<String, String>> {
        Ok(socket.assign_async("cake", |view| &mut view.cake, self.bench.job())?)
    }

    fn stream(&self, socket: &mut Socket<Self>) -> live::Result<AsyncResult<(), String>> {
        let job = self.bench.job();
        let letters = async { Ok(job.await?.chars().collect::<Vec<_>>()) };
        Ok(socket.stream_async("items", |view| (&mut view.items, &mut view.loaded), letters)?)
    }

    /// Starts tasks as long as it may.
    fn crowd(&self, socket: &mut Socket<Self>) -> live::Result {
        let start =
            |name: String| socket.start_async(&name, self.bench.at_gate(), |_, _, _| Ok(()));
        let started = (0..).map(|name| name.to_string()).map(start);
        let started = started.take_while(Result::is_ok).count();
        Flow::ok(json!({"started": started}))
    }
}

fn told(result: Result<Outcome, Exit>) -> live::Result<String> {
    match result {
        Ok(outcome) if outcome.as_deref() == Ok("poison") => Err(Crash::new("poisoned")),
        Ok(outcome) => Ok(format!("done: {}", outcome.unwrap_or_else(|error| error))),
        Err(exit) => Ok(exit.to_string()),
    }
}

impl LiveView for Worker {
    type Info = Later;

    async fn mount(
        params: &Params,
        _: &Session,
        socket: &mut Socket<Self>,
    ) -> Result<Self, MountError> {
        let bench = socket.assigns::<Bench>().clone();
        let cake = match params.get("load") {
            Some(_) => socket.assign_async("cake", |view| &mut view.cake, bench.job_when_run())?,
            None => AsyncResult::default(),
        };
        Ok(Self {
            bench,
            text: String::new(),
            cake,
            items: Stream::new("item", |item| *item),
            loaded: AsyncResult::default(),
            timer: None,
            oven: Some(false),
        })
    }

    async fn handle_event(
        &mut self,
        event: &str,
        _: Param,
        socket: &mut Socket<Self>,
    ) -> live::Result {
        match event {
            "noop" => {}
            "start" => self.start("work", socket)?,
            "start three" => {
                for name in ["one", "two", "three"] {
                    self.start(name, socket)?;
                }
            }
            "cancel" => socket.cancel_async("work"),
            "assign" => self.cake = self.assign(socket)?,
            "reload" => self.cake.reload(self.assign(socket)?),
            "stream" => self.loaded = self.stream(socket)?,
            "crowd" => return self.crowd(socket),
            "hide" => self.oven = None,
            "show eager" => self.oven = Some(true),
            "each while" => {
                let mut turns = ["again", "once"].into_iter().cycle();
                let next = move || Later(turns.next().unwrap_or_default());
                self.timer = Some(socket.send_interval(A_WHILE, next)?);
            }
            "panic in a while" => {
                drop(socket.send_interval(A_WHILE, || panic!("on purpose"))?);
            }
            "no more" => {
                if let Some(timer) = self.timer.take() {
                    timer.cancel();
                }
            }
            "in a while" => drop(socket.send_self_after(Later("a while later"), A_WHILE)?),
            "not at all" => socket
                .send_self_after(Later("too early"), A_WHILE / 2)?
                .cancel(),
            "update later" => {
                drop(socket.send_update_after::<Oven>("oven", Bake("later".into()), A_WHILE)?);
            }
            "busy" => {
                self.bench.busy.notify_one();
                self.bench.at_gate().await;
            }
            "panic" => panic!("on purpose"),
            _ => return Flow::unhandled(event),
        }
        Ok(Flow::NoReply)
    }

    async fn handle_info(&mut self, Later(text): Later, _: &mut Socket<Self>) -> live::Result {
        text.clone_into(&mut self.text);
        Ok(Flow::NoReply)
    }

    fn render(&self, _: &Socket<Self>) -> impl Render {
        heex! {
            <p>{&self.text}</p>
            <.async_result :let={cake} assign={&self.cake}>
                <:loading><b>loading</b></:loading>
                <:failed :let={why}>{why.to_string()}</:failed>
                {cake}
            </.async_result>
            <i>{(self.cake.is_loading() || self.loaded.is_loading()).then_some("...")}</i>
            <ul id="items" phx-update="stream">
                <li :for={(dom_id, item) in &self.items} id={dom_id}>{item.to_string()}</li>
            </ul>
            {self.oven.map(|eager| live_component::<Oven>("oven", if eager { Bake::EAGERLY } else { Bake::NOTHING }))}
        }
    }
}

/// What comes out of an oven.
struct Oven(Cow<'static, str>);

/// What to put into it.
struct Bake(Cow<'static, str>);

impl Bake {
    const NOTHING: Self = Self(Cow::Borrowed(""));
    const EAGERLY: Self = Self(Cow::Borrowed("eagerly"));
}

impl Oven {
    fn start(socket: &mut component::Socket<'_, Self>) -> Result<(), TooManyTasks> {
        let job = socket.assigns::<Bench>().job();
        socket.start_async("bake", job, |oven, baked, _| {
            oven.0 = baked?.unwrap_or_else(|error| error).into();
            Ok(())
        })
    }
}

impl LiveComponent for Oven {
    type Props = Bake;

    fn mount(Bake(how): Bake, socket: &mut component::Socket<'_, Self>) -> Self {
        if how == "eagerly" {
            Self::start(socket).expect("there is room for one task");
        }
        Self("".into())
    }

    fn update(&mut self, Bake(what): Bake, _: &mut component::Socket<'_, Self>) {
        if !what.is_empty() {
            self.0 = what;
        }
    }

    async fn handle_event(
        &mut self,
        _: &str,
        _: Param,
        socket: &mut component::Socket<'_, Self>,
    ) -> live::Result {
        Self::start(socket)?;
        Ok(Flow::NoReply)
    }

    fn render(&self, _: Option<ComponentId>) -> impl Render {
        heex! { <p>{&*self.0}</p> }
    }
}

struct Layout;

impl RootLayout for Layout {
    fn render(&self, page: &Page<'_>) -> impl Render {
        heex! { <html><head><meta name="csrf-token" content={page.csrf_token()}/></head><body>{page.content()}</body></html> }
    }
}

pub(super) async fn server() -> (Server, Bench) {
    server_with_mail_max(Limits::default().mail_max).await
}

pub(super) async fn server_with_mail_max(mail_max: usize) -> (Server, Bench) {
    let bench = Bench::new();
    let views = LiveViews::new("live salt", Layout).view::<Worker>("/");
    let limits = Limits {
        mail_max,
        ..Limits::default()
    };
    let builder = builder()
        .assign(bench.clone())
        .session(SessionOptions::new("_test_key", "session salt"))
        .socket(
            "/live",
            Mount::new(Anyone, Routes::new().live(&views)).limits(limits),
        )
        .router(Router::new().live(&views));
    (Server::start(builder).await, bench)
}
