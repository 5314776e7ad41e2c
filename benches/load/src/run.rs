//! A run: the target, its clients, and the phases that are measured.

use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use crate::failure::Failure;
use crate::options::Timing;
use crate::process::{Process, Usage};
use crate::progress::Progress;
use crate::recorder::Recorder;
use crate::report::{Cost, Phase, Sample};
use crate::target::Target;

/// How many samples of a phase are kept.
pub const SAMPLES_MAX: u32 = 600;
const SAMPLE_INTERVAL_MIN: Duration = Duration::from_millis(250);

/// What all clients of a run share.
#[derive(Debug)]
pub struct Run {
    /// The server.
    pub target: Target,
    /// Where clients record what they did.
    pub recorder: Recorder,
    /// How long a client waits for an answer outside of what is measured.
    pub answer_timeout: Duration,
    /// How many connections are opened at the same time.
    pub at_once: usize,
    /// What a person sees.
    pub progress: Progress,
    server: Option<Process>,
    stopped: AtomicBool,
}

impl Run {
    /// A run against `target`, whose process is known or not.
    #[must_use]
    pub fn new(
        target: Target,
        server: Option<Process>,
        answer_timeout: Duration,
        at_once: usize,
        progress: Progress,
    ) -> Self {
        Self {
            target,
            recorder: Recorder::new(),
            answer_timeout,
            at_once,
            server,
            progress,
            stopped: AtomicBool::new(false),
        }
    }

    /// Whether clients are to end after what they are at.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// The server's memory now, in bytes; none if its process is not known.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn server_rss_bytes(&self) -> io::Result<Option<u64>> {
        Ok(self.server_usage()?.map(|usage| usage.rss_bytes))
    }

    fn server_usage(&self) -> io::Result<Option<Usage>> {
        self.server.as_ref().map(Process::usage).transpose()
    }

    /// Waits no longer than an answer may take; `what` says for what.
    ///
    /// # Errors
    /// That of `answer`, or when the time is over.
    pub async fn within<T>(
        &self,
        what: &str,
        answer: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        timeout(self.answer_timeout, answer)
            .await
            .unwrap_or_else(|_| Err(self.timed_out(what)))
    }

    /// The failure of something that took longer than an answer may take.
    fn timed_out(&self, what: &str) -> Failure {
        Failure::TimedOut {
            what: what.to_owned(),
            limit: self.answer_timeout,
        }
    }

    /// Does `work` for each item, with at most so many at the same time; the first failure ends it.
    ///
    /// # Errors
    /// The first failure, a timeout included.
    pub async fn each<I, T, W, F>(
        self: &Arc<Self>,
        name: &str,
        items: impl IntoIterator<Item = I>,
        at_once: usize,
        work: W,
    ) -> Result<Vec<T>, Failure>
    where
        I: Send + 'static,
        T: Send + 'static,
        W: Fn(Arc<Self>, I) -> F + Clone + Send + 'static,
        F: Future<Output = Result<T, Failure>> + Send,
    {
        let items: Vec<I> = items.into_iter().collect();
        let count = items.len();
        let items = Arc::new(Mutex::new(items.into_iter()));
        let (sender, mut results) = tokio::sync::mpsc::channel(at_once.max(1));
        let mut workers = JoinSet::new();
        for _ in 0..at_once.min(count) {
            let (run, items, sender, work) =
                (self.clone(), items.clone(), sender.clone(), work.clone());
            let name = name.to_owned();
            workers.spawn(async move {
                while let Some(item) = next(&items) {
                    let result = run.within(&name, work(run.clone(), item)).await;
                    if sender.send(result).await.is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut done = Vec::with_capacity(count);
        while let Some(result) = results.recv().await {
            done.push(result?);
            self.progress.count(name, done.len(), count);
        }
        if done.len() < count {
            return Err(Failure::Crashed(format!("{name}: a worker panicked")));
        }
        Ok(done)
    }

    /// Warms up, then measures for as long as asked; clients work all the while.
    ///
    /// # Errors
    /// When the server's process has ended.
    pub async fn timed(
        &self,
        name: &str,
        operation: &str,
        timing: &Timing,
    ) -> Result<Phase, Failure> {
        self.progress.say(&format!("{name}: warming up"));
        tokio::time::sleep(timing.warm_up()).await;
        let mut measurement = self.begin(name, operation)?;
        let end = measurement.started + timing.duration();
        let interval = (timing.duration() / SAMPLES_MAX).max(SAMPLE_INTERVAL_MIN);
        let mut next = measurement.started + interval;
        while next < end {
            sleep_until(next).await;
            measurement.sample()?;
            next += interval;
        }
        sleep_until(end).await;
        measurement.sample()?;
        measurement.end()
    }

    /// Begins to measure.
    ///
    /// # Errors
    /// When the server's process has ended.
    pub fn begin(&self, name: &str, operation: &str) -> Result<Measurement<'_>, Failure> {
        let moment = self.moment()?;
        self.recorder.start();
        Ok(Measurement {
            run: self,
            name: name.to_owned(),
            operation: operation.to_owned(),
            started: moment.at,
            first: moment,
            last_sample: moment,
            samples: Vec::new(),
        })
    }

    fn moment(&self) -> io::Result<Moment> {
        Ok(Moment {
            server: self.server_usage()?,
            generator: Process::own().usage()?,
            operations: self.recorder.operations(),
            at: Instant::now(),
        })
    }

    /// Tells the clients to end and waits for them; those that fail or do not end in time count as errors.
    pub async fn stop(&self, mut clients: JoinSet<Result<(), Failure>>) {
        self.stopped.store(true, Ordering::Relaxed);
        self.progress.say("stopping");
        let ended = async {
            while let Some(ended) = clients.join_next().await {
                self.count_failure(ended);
            }
        };
        if timeout(self.answer_timeout, ended).await.is_err() {
            for _ in 0..clients.len() {
                self.recorder
                    .fail(&self.timed_out("waiting for the last answer"));
            }
        }
    }

    /// Counts the clients that have failed as errors and ends the others.
    pub async fn abort(&self, mut clients: JoinSet<Result<(), Failure>>) {
        self.count_failed(&mut clients);
        clients.shutdown().await;
    }

    /// Counts the clients that have failed as errors; the others go on.
    pub fn count_failed(&self, clients: &mut JoinSet<Result<(), Failure>>) {
        while let Some(ended) = clients.try_join_next() {
            self.count_failure(ended);
        }
    }

    fn count_failure(&self, ended: Result<Result<(), Failure>, JoinError>) {
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => self.recorder.fail(&failure),
            Err(panic) => self.recorder.fail(&Failure::Crashed(panic.to_string())),
        }
    }
}

fn next<I>(items: &Mutex<std::vec::IntoIter<I>>) -> Option<I> {
    items.lock().expect("taking an item does not panic").next()
}

/// Counters at one moment.
#[derive(Clone, Copy, Debug)]
struct Moment {
    server: Option<Usage>,
    generator: Usage,
    operations: u64,
    at: Instant,
}

/// A phase that is being measured.
#[derive(Debug)]
pub struct Measurement<'r> {
    run: &'r Run,
    name: String,
    operation: String,
    started: Instant,
    first: Moment,
    last_sample: Moment,
    samples: Vec<Sample>,
}

impl Measurement<'_> {
    /// Keeps how it goes just now.
    fn sample(&mut self) -> io::Result<()> {
        let now = self.run.moment()?;
        let before = if self.samples.is_empty() {
            // Operations start to count at zero.
            Moment {
                operations: 0,
                ..self.first
            }
        } else {
            self.last_sample
        };
        let seconds = (now.at - before.at).as_secs_f64();
        let operations_per_s = per(now.operations.saturating_sub(before.operations), seconds);
        self.samples.push(Sample {
            at_s: (now.at - self.started).as_secs_f64(),
            operations_per_s,
            server_busy_percent: cpu(now.server, before.server).map(|cpu| 100.0 * cpu / seconds),
            server_rss_bytes: now.server.map(|usage| usage.rss_bytes),
        });
        self.last_sample = now;
        let text = format!("{}: {operations_per_s:.0} a second", self.name);
        self.run.progress.say(&text);
        Ok(())
    }

    /// Ends the phase after some seconds.
    ///
    /// # Errors
    /// When the server's process has ended.
    pub async fn end_after(self, seconds: u64) -> Result<Phase, Failure> {
        self.run.progress.say(&format!("{}: waiting", self.name));
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        self.end()
    }

    /// Ends the phase.
    ///
    /// # Errors
    /// When the server's process has ended.
    pub fn end(self) -> Result<Phase, Failure> {
        self.run.recorder.stop();
        let last = self.run.moment()?;
        let elapsed_s = (last.at - self.started).as_secs_f64();
        let cost = |now: Usage, before: Usage| cost(now, before, last.operations, elapsed_s);
        Ok(Phase {
            name: self.name,
            operation: self.operation,
            operations: last.operations,
            elapsed_s,
            latency: self.run.recorder.latency(),
            server: last
                .server
                .zip(self.first.server)
                .map(|(now, before)| cost(now, before)),
            generator: cost(last.generator, self.first.generator),
            rss_bytes_per_client: None,
            samples: self.samples,
        })
    }
}

fn cost(now: Usage, before: Usage, operations: u64, elapsed_s: f64) -> Cost {
    let cpu_s = now.cpu_since(&before).as_secs_f64();
    Cost {
        cpu_s,
        cpu_us_per_operation: (operations > 0).then(|| 1.0 / per(operations, cpu_s * 1e6)),
        busy_percent: 100.0 * cpu_s / elapsed_s,
        rss_bytes: now.rss_bytes,
    }
}

fn cpu(now: Option<Usage>, before: Option<Usage>) -> Option<f64> {
    Some(now?.cpu_since(&before?).as_secs_f64())
}

#[expect(clippy::cast_precision_loss, reason = "a count of operations")]
fn per(operations: u64, of: f64) -> f64 {
    operations as f64 / of.max(f64::MIN_POSITIVE)
}
