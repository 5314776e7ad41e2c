//! The registry beside a plain hash map and other concurrent maps.
//!
//! `cargo bench --bench registry`, or with words to select by: `-- uuid 100000 zipf`. Keys are
//! UUIDs, texts of 16 bytes on the heap ("string"), and the same texts in a type that holds short
//! ones in itself ("inline").
//!
//! An operation finds a session by its key and reads one of its fields; the registry keeps the
//! session in its entry, the maps keep what their users would, an `Arc`. "plain" is
//! single-threaded `hashbrown` without any lock and thus only reads; "plain inline" keeps the
//! session in its table. All use foldhash.
//!
//! Times are thread CPU time, so that a busy machine disturbs less, and candidates take turns;
//! `ns` is the median over the rounds of the mean, `ratio` the median of each round's ratio to
//! "plain" reading in the same number of threads. A read may begin before the one before it has
//! ended, as far as the processor sees to that; not so in the column `dep`, where each key depends
//! on what was found before. `p50` and `p99` are of single reads, the clock's own time taken off,
//! and `w` is the p99 of single writes.
//!
//! What maps with locks that readers write to cost in two threads depends on how far the two cores
//! are from each other, and a virtual machine's cores may move: each table says how long a cache
//! line took to the other core and back, before and after.

#![expect(clippy::print_stdout, reason = "the report is the purpose")]

use std::borrow::Borrow;
use std::hash::Hash;
use std::hint::{self, black_box};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

use bennu::registry::{Registration, Registry};
use compact_str::CompactString;
use foldhash::fast::RandomState;
use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use uuid::Uuid;

const ROUNDS: usize = 5;
const READS_PER_PASS: usize = 80_000;
const STREAM: usize = 1 << 18;
const HELD_PER_THREAD: usize = 512;

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    for entries in [1_000, 10_000, 100_000, 1_000_000] {
        for skew in [Skew::Uniform, Skew::Zipf] {
            compare::<Uuid>("uuid", entries, skew, &words);
            compare::<String>("string", entries, skew, &words);
            compare::<CompactString>("inline", entries, skew, &words);
        }
    }
    if words.is_empty() || words.iter().any(|word| word == "duplicate") {
        duplicates();
    }
}

#[derive(Clone, Copy, Debug)]
enum Skew {
    Uniform,
    Zipf,
}

/// How the operations of a run follow each other.
#[derive(Clone, Copy)]
struct Mode {
    name: &'static str,
    threads: usize,
    writes_percent: usize,
    /// Whether each read waits for the one before it.
    dependent: bool,
    /// The mode of the plain map that this one is held against.
    against: usize,
}

impl Mode {
    const fn new(
        name: &'static str,
        threads: usize,
        writes_percent: usize,
        against: usize,
    ) -> Self {
        Self {
            name,
            threads,
            writes_percent,
            dependent: false,
            against,
        }
    }
}

const MODES: [Mode; 7] = [
    Mode {
        dependent: true,
        ..Mode::new("1 thread, dep", 1, 0, 0)
    },
    Mode::new("1 thread, 100/0", 1, 0, 1),
    Mode::new("1 thread, 99/1", 1, 1, 1),
    Mode::new("1 thread, 95/5", 1, 5, 1),
    Mode::new("2 threads, 100/0", 2, 0, 4),
    Mode::new("2 threads, 99/1", 2, 1, 4),
    Mode::new("2 threads, 95/5", 2, 5, 4),
];

fn compare<K: Key>(keys: &str, entries: usize, skew: Skew, words: &[String]) {
    let title = format!("{keys} {entries} {skew:?}").to_lowercase();
    if !words
        .iter()
        .all(|word| title.split(' ').any(|part| part == word))
    {
        return;
    }
    let load = Load::<K>::new(entries, skew);
    let subjects: [Box<dyn Subject<K>>; 8] = [
        Box::new(Plain::filled(&load.keys)),
        Box::new(PlainInline::filled(&load.keys)),
        Box::new(Filled::filled(&load.keys)),
        Box::new(Locked::filled(&load.keys)),
        Box::new(Dash::filled(&load.keys)),
        Box::new(Papaya::filled(&load.keys)),
        Box::new(SccIndex::filled(&load.keys)),
        Box::new(SccMap::filled(&load.keys)),
    ];
    let before = round_trip_ns();
    let mut figures = [[[Figures::default(); ROUNDS]; MODES.len()]; 8];
    for round in 0..ROUNDS {
        for (number, mode) in MODES.into_iter().enumerate() {
            for (subject, figures) in subjects.iter().zip(&mut figures) {
                figures[number][round] = subject.measure(&load, mode);
            }
        }
    }
    let after = round_trip_ns();
    println!("\n## {title}\n\nround trip of a cache line: {before:.0} {after:.0} ns\n");
    report(&subjects, &figures);
}

fn report<K: Key>(
    subjects: &[Box<dyn Subject<K>>; 8],
    figures: &[[[Figures; ROUNDS]; MODES.len()]; 8],
) {
    print!("| {:24} |", "ns (ratio) p50/p99 w");
    for mode in MODES {
        print!(" {:24} |", mode.name);
    }
    println!("\n|{}", "---|".repeat(MODES.len() + 1));
    for (subject, rows) in subjects.iter().zip(figures) {
        print!("| {:24} |", subject.name());
        for (rounds, mode) in rows.iter().zip(MODES) {
            print!(" {:24} |", cell(rounds, &figures[0][mode.against]));
        }
        println!();
    }
}

fn cell(rounds: &[Figures; ROUNDS], plain: &[Figures; ROUNDS]) -> String {
    let of = |figure: fn(&Figures) -> f64| median(rounds.iter().map(figure));
    if rounds[0].mean.is_nan() {
        return "-".to_owned();
    }
    let ratio = median(
        rounds
            .iter()
            .zip(plain)
            .map(|(own, plain)| own.mean / plain.mean),
    );
    let (mean, p50, p99) = (of(|f| f.mean), of(|f| f.p50), of(|f| f.p99));
    let writes = match rounds[0].write_p99 {
        Some(_) => format!(" w{:.0}", of(|f| f.write_p99.unwrap_or_default())),
        None => String::new(),
    };
    format!("{mean:.0} ({ratio:.2}x) {p50:.0}/{p99:.0}{writes}")
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// How long a cache line takes to the other core and back, in nanoseconds: the median of some
/// hundred exchanges, as others may hold up a few.
fn round_trip_ns() -> f64 {
    const EXCHANGES: u64 = 300;
    const TURNS: u64 = 200;
    let ball = AtomicU64::new(0);
    let pass = |from: u64| {
        while ball.load(Ordering::Acquire) != from {
            hint::spin_loop();
        }
        ball.store(from + 1, Ordering::Release);
    };
    let exchange = |number: u64| {
        let started = Instant::now();
        for turn in number * TURNS..(number + 1) * TURNS {
            pass(2 * turn);
        }
        started.elapsed().as_nanos() as f64 / TURNS as f64
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            pin(1);
            (0..EXCHANGES * TURNS).for_each(|turn| pass(2 * turn + 1));
        });
        let times = scope.spawn(|| {
            pin(0);
            median((0..EXCHANGES).map(exchange))
        });
        times.join().expect("nobody drops the ball")
    })
}

fn pin(core: usize) {
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).expect("the machine has two cores");
}

/// What an operation is about: as large as a small connection handle.
#[derive(Clone, Copy)]
struct Session {
    id: u64,
    _rest: [u64; 3],
}

impl Session {
    fn new(id: u64) -> Self {
        Self { id, _rest: [0; 3] }
    }
}

/// A key, how it is looked up, and how to make the n-th one.
trait Key: Hash + Eq + Ord + Clone + Send + Sync + Borrow<Self::Query> + 'static {
    type Query: Hash + Eq + Ord + ?Sized;
    /// A query as it sits in the request that brings it: never the map's own memory.
    type Arriving: Copy + Send + Sync;

    fn nth(n: u64) -> Self;
    fn arriving(&self) -> Self::Arriving;
    fn query(arriving: &Self::Arriving) -> &Self::Query;
}

impl Key for Uuid {
    type Query = Self;
    type Arriving = Self;

    fn nth(n: u64) -> Self {
        Self::from_u64_pair(scramble(n), scramble(!n))
    }

    fn arriving(&self) -> Self {
        *self
    }

    fn query(arriving: &Self) -> &Self {
        arriving
    }
}

impl Key for String {
    type Query = str;
    type Arriving = [u8; 16];

    fn nth(n: u64) -> Self {
        format!("event_bus:{n:06x}")[..16].to_owned()
    }

    fn arriving(&self) -> [u8; 16] {
        self.as_bytes().try_into().expect("keys have 16 bytes")
    }

    fn query(arriving: &[u8; 16]) -> &str {
        str::from_utf8(arriving).expect("keys are ASCII")
    }
}

impl Key for CompactString {
    type Query = str;
    type Arriving = [u8; 16];

    fn nth(n: u64) -> Self {
        String::nth(n).into()
    }

    fn arriving(&self) -> [u8; 16] {
        self.as_bytes().try_into().expect("keys have 16 bytes")
    }

    fn query(arriving: &[u8; 16]) -> &str {
        String::query(arriving)
    }
}

struct Load<K: Key> {
    keys: Vec<K>,
    stream: Vec<K::Arriving>,
    /// For each thread the keys it comes and goes with; none is in `keys`.
    churn: [Vec<K>; 2],
}

impl<K: Key> Load<K> {
    fn new(entries: usize, skew: Skew) -> Self {
        let keys: Vec<K> = (0..entries as u64).map(K::nth).collect();
        let mut draw = Draw::new(entries, skew);
        let stream = (0..STREAM).map(|_| keys[draw.next()].arriving()).collect();
        let churn = [0, 1].map(|thread| {
            let first = entries as u64 + thread * 4_096;
            (first..first + 4_096).map(K::nth).collect()
        });
        Self {
            keys,
            stream,
            churn,
        }
    }
}

struct Draw {
    seed: u64,
    entries: usize,
    /// For Zipf's law with exponent 0.99, each rank's share of the accesses added to those before.
    shares: Vec<f64>,
}

impl Draw {
    fn new(entries: usize, skew: Skew) -> Self {
        let mut sum = 0.0;
        let share = |rank: usize| {
            sum += (rank as f64).powf(-0.99);
            sum
        };
        let shares = match skew {
            Skew::Uniform => Vec::new(),
            Skew::Zipf => (1..=entries).map(share).collect(),
        };
        Self {
            seed: 1,
            entries,
            shares,
        }
    }

    fn next(&mut self) -> usize {
        self.seed += 1;
        let random = scramble(self.seed);
        let Some(all) = self.shares.last() else {
            return random as usize % self.entries;
        };
        let point = random as f64 / u64::MAX as f64 * all;
        let rank = self.shares.partition_point(|share| *share < point);
        // Frequent keys are anywhere in memory, not the first that were registered.
        scramble(rank as u64) as usize % self.entries
    }
}

/// Steele and Vigna's SplitMix64, one step.
fn scramble(n: u64) -> u64 {
    let z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

#[derive(Clone, Copy, Default)]
struct Figures {
    mean: f64,
    p50: f64,
    p99: f64,
    write_p99: Option<f64>,
}

impl Figures {
    const NONE: Self = Self {
        mean: f64::NAN,
        p50: f64::NAN,
        p99: f64::NAN,
        write_p99: None,
    };
}

trait Subject<K: Key>: Sync {
    fn name(&self) -> &'static str;
    fn measure(&self, load: &Load<K>, mode: Mode) -> Figures;
}

/// A map under test.
trait Map<K: Key>: Sync + Sized {
    const NAME: &str;
    const WRITES: bool = true;
    /// What keeps an entry in, or says which to take out.
    type Held: Send;

    fn filled(keys: &[K]) -> Self;
    fn read(&self, key: &K::Query) -> Option<u64>;
    fn enter(&self, key: K, session: Session) -> Self::Held;
    fn leave(&self, held: Self::Held);
}

impl<K: Key, M: Map<K>> Subject<K> for M {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn measure(&self, load: &Load<K>, mode: Mode) -> Figures {
        if mode.writes_percent > 0 && !M::WRITES {
            return Figures::NONE;
        }
        let threads = mode.threads;
        let barrier = Barrier::new(threads);
        let runs = thread::scope(|scope| {
            let start = |thread: usize| {
                let barrier = &barrier;
                scope.spawn(move || match mode.dependent {
                    true => Run::<K, M, true>::new(self, load, thread, mode).figures(barrier),
                    false => Run::<K, M, false>::new(self, load, thread, mode).figures(barrier),
                })
            };
            let running: Vec<_> = (0..threads).map(start).collect();
            running
                .into_iter()
                .map(|run| run.join().expect("a run does not panic"))
                .collect::<Vec<_>>()
        });
        let mean =
            |figure: fn(&Figures) -> f64| runs.iter().map(figure).sum::<f64>() / threads as f64;
        Figures {
            mean: mean(|f| f.mean),
            p50: mean(|f| f.p50),
            p99: mean(|f| f.p99),
            write_p99: runs[0]
                .write_p99
                .map(|_| mean(|f| f.write_p99.unwrap_or_default())),
        }
    }
}

/// One thread's turn; in a dependent one each read waits for the one before it.
struct Run<'a, K: Key, M: Map<K>, const DEPENDENT: bool> {
    map: &'a M,
    stream: &'a [K::Arriving],
    thread: usize,
    at: usize,
    churn: std::iter::Cycle<std::slice::Iter<'a, K>>,
    held: std::collections::VecDeque<M::Held>,
    reads_per_write: usize,
    /// Of single writes, since the reads are timed one by one.
    write_times: Option<Vec<f64>>,
}

impl<'a, K: Key, M: Map<K>, const DEPENDENT: bool> Run<'a, K, M, DEPENDENT> {
    fn new(map: &'a M, load: &'a Load<K>, thread: usize, mode: Mode) -> Self {
        Self {
            map,
            stream: &load.stream,
            thread,
            at: thread * STREAM / 2,
            churn: load.churn[thread].iter().cycle(),
            held: std::collections::VecDeque::with_capacity(HELD_PER_THREAD + 1),
            reads_per_write: 100_usize
                .checked_div(mode.writes_percent)
                .map_or(usize::MAX, |operations| operations - 1),
            write_times: None,
        }
    }

    fn figures(mut self, barrier: &Barrier) -> Figures {
        pin(self.thread);
        self.pass(READS_PER_PASS / 4, Self::read);
        barrier.wait();
        let started = thread_time();
        let operations = self.pass(READS_PER_PASS, Self::read);
        let mean = (thread_time() - started) / operations as f64;

        barrier.wait();
        let mut times = Vec::with_capacity(READS_PER_PASS);
        self.write_times = Some(Vec::with_capacity(READS_PER_PASS / 10));
        self.pass(READS_PER_PASS, |run| {
            let started = Instant::now();
            run.read();
            times.push(started.elapsed().as_nanos() as f64);
        });
        while let Some(held) = self.held.pop_front() {
            self.map.leave(held);
        }
        let clock = clock_cost();
        let mut write_times = self.write_times.take().unwrap_or_default();
        times.sort_by(f64::total_cmp);
        write_times.sort_by(f64::total_cmp);
        let percentile = |times: &[f64], percent: usize| {
            let time = times.get(times.len() * percent / 100)?;
            Some(time - clock)
        };
        let of_reads = |percent| percentile(&times, percent).expect("there are reads");
        Figures {
            mean,
            p50: of_reads(50),
            p99: of_reads(99),
            write_p99: percentile(&write_times, 99),
        }
    }

    fn pass(&mut self, reads: usize, mut read: impl FnMut(&mut Self)) -> usize {
        let mut writes = 0;
        for turn in 1..=reads {
            read(self);
            if turn % self.reads_per_write == 0 {
                self.timed_write();
                writes += 1;
            }
        }
        reads + writes
    }

    fn read(&mut self) {
        let found = self.map.read(K::query(&self.stream[self.at]));
        let id = black_box(found.expect("every key of the stream is there"));
        // Sessions' ids are below 2^32; neither compiler nor processor knows it.
        let nothing = if DEPENDENT { id >> 32 } else { 0 };
        self.at = (self.at + 1 + nothing as usize) % STREAM;
    }

    fn timed_write(&mut self) {
        let started = Instant::now();
        self.write();
        if let Some(times) = &mut self.write_times {
            times.push(started.elapsed().as_nanos() as f64);
        }
    }

    /// Enters until enough is held, then takes turns.
    fn write(&mut self) {
        if self.held.len() >= HELD_PER_THREAD {
            let held = self.held.pop_front().expect("something is held");
            self.map.leave(held);
            return;
        }
        let key = self.churn.next().expect("a cycle has no end").clone();
        self.held.push_back(self.map.enter(key, Session::new(0)));
    }
}

fn thread_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn clock_cost() -> f64 {
    median((0..1_001).map(|_| Instant::now().elapsed().as_nanos() as f64))
}

type Plain<K> = hashbrown::HashMap<K, Arc<Session>, RandomState>;

impl<K: Key> Map<K> for Plain<K> {
    const NAME: &str = "plain";
    const WRITES: bool = false;
    type Held = ();

    fn filled(keys: &[K]) -> Self {
        sessions(keys)
            .map(|(key, session)| (key, Arc::new(session)))
            .collect()
    }

    fn read(&self, key: &K::Query) -> Option<u64> {
        self.get(key).map(|session| session.id)
    }

    fn enter(&self, _: K, _: Session) {}

    fn leave(&self, (): ()) {}
}

struct PlainInline<K>(hashbrown::HashMap<K, Session, RandomState>);

impl<K: Key> Map<K> for PlainInline<K> {
    const NAME: &str = "plain inline";
    const WRITES: bool = false;
    type Held = ();

    fn filled(keys: &[K]) -> Self {
        Self(sessions(keys).collect())
    }

    fn read(&self, key: &K::Query) -> Option<u64> {
        self.0.get(key).map(|session| session.id)
    }

    fn enter(&self, _: K, _: Session) {}

    fn leave(&self, (): ()) {}
}

struct Filled<K, V> {
    registry: Registry<K, V>,
    _registrations: Vec<Registration<K, V>>,
}

impl<K: Key> Map<K> for Filled<K, Session> {
    const NAME: &str = "bennu Registry";
    type Held = Registration<K, Session>;

    fn filled(keys: &[K]) -> Self {
        let registry = Registry::unique();
        let register = |(key, session)| registry.register(key, session).expect("keys differ");
        let _registrations = sessions(keys).map(register).collect();
        Self {
            registry,
            _registrations,
        }
    }

    fn read(&self, key: &K::Query) -> Option<u64> {
        self.registry.with(key, |session| session.id)
    }

    fn enter(&self, key: K, session: Session) -> Self::Held {
        self.registry.register(key, session).expect("keys differ")
    }

    fn leave(&self, held: Self::Held) {
        drop(held);
    }
}

/// The obvious: one lock for each of 256 maps.
struct Locked<K> {
    hasher: RandomState,
    shards: Vec<crossbeam_utils::CachePadded<parking_lot::RwLock<Plain<K>>>>,
}

impl<K: Key> Locked<K> {
    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> &parking_lot::RwLock<Plain<K>> {
        use std::hash::BuildHasher;
        &self.shards[(self.hasher.hash_one(key) >> 42) as usize % self.shards.len()]
    }
}

impl<K: Key> Map<K> for Locked<K> {
    const NAME: &str = "sharded parking_lot";
    type Held = K;

    fn filled(keys: &[K]) -> Self {
        let hasher = RandomState::default();
        let shard = |_| parking_lot::RwLock::new(Plain::with_hasher(hasher.clone())).into();
        let shards = (0..256).map(shard).collect();
        let map = Self {
            hasher: hasher.clone(),
            shards,
        };
        for (key, session) in sessions(keys) {
            map.enter(key, session);
        }
        map
    }

    fn read(&self, key: &K::Query) -> Option<u64> {
        self.shard(key).read().get(key).map(|session| session.id)
    }

    fn enter(&self, key: K, session: Session) -> K {
        self.shard(&key)
            .write()
            .insert(key.clone(), Arc::new(session));
        key
    }

    fn leave(&self, key: K) {
        self.shard(&key).write().remove(key.borrow());
    }
}

type Dash<K> = dashmap::DashMap<K, Arc<Session>, RandomState>;

impl<K: Key> Map<K> for Dash<K> {
    const NAME: &str = "dashmap";
    type Held = K;

    fn filled(keys: &[K]) -> Self {
        sessions(keys)
            .map(|(key, session)| (key, Arc::new(session)))
            .collect()
    }

    fn read(&self, key: &K::Query) -> Option<u64> {
        self.get(key).map(|session| session.id)
    }

    fn enter(&self, key: K, session: Session) -> K {
        self.insert(key.clone(), Arc::new(session));
        key
    }

    fn leave(&self, key: K) {
        self.remove(key.borrow());
    }
}

type Papaya<K> = papaya::HashMap<K, Arc<Session>, RandomState>;

impl<K: Key> Map<K> for Papaya<K> {
    const NAME: &str = "papaya";
    type Held = K;

    fn filled(keys: &[K]) -> Self {
        sessions(keys)
            .map(|(key, session)| (key, Arc::new(session)))
            .collect()
    }

    fn read(&self, key: &K::Query) -> Option<u64> {
        self.pin().get(key).map(|session| session.id)
    }

    fn enter(&self, key: K, session: Session) -> K {
        self.pin().insert(key.clone(), Arc::new(session));
        key
    }

    fn leave(&self, key: K) {
        self.pin().remove(key.borrow());
    }
}

type SccIndex<K> = scc::HashIndex<K, Arc<Session>, RandomState>;

impl<K: Key> Map<K> for SccIndex<K> {
    const NAME: &str = "scc HashIndex";
    type Held = K;

    fn filled(keys: &[K]) -> Self {
        let map = Self::with_hasher(RandomState::default());
        for (key, session) in sessions(keys) {
            map.enter(key, session);
        }
        map
    }

    fn read(&self, key: &K::Query) -> Option<u64> {
        self.peek_with(key, |_, session| session.id)
    }

    fn enter(&self, key: K, session: Session) -> K {
        assert!(self.insert_sync(key.clone(), Arc::new(session)).is_ok());
        key
    }

    fn leave(&self, key: K) {
        self.remove_sync(key.borrow());
    }
}

type SccMap<K> = scc::HashMap<K, Arc<Session>, RandomState>;

impl<K: Key> Map<K> for SccMap<K> {
    const NAME: &str = "scc HashMap";
    type Held = K;

    fn filled(keys: &[K]) -> Self {
        let map = Self::with_hasher(RandomState::default());
        for (key, session) in sessions(keys) {
            map.enter(key, session);
        }
        map
    }

    fn read(&self, key: &K::Query) -> Option<u64> {
        self.read_sync(key, |_, session| session.id)
    }

    fn enter(&self, key: K, session: Session) -> K {
        assert!(self.insert_sync(key.clone(), Arc::new(session)).is_ok());
        key
    }

    fn leave(&self, key: K) {
        self.remove_sync(key.borrow());
    }
}

fn sessions<K: Key>(keys: &[K]) -> impl Iterator<Item = (K, Session)> {
    keys.iter().cloned().zip((0..).map(Session::new))
}

/// What a topic costs: to visit a subscriber, and to subscribe and unsubscribe.
fn duplicates() {
    println!("\n## duplicate keys: ns per visited value, and to register and unregister\n");
    println!("| values of the key | visit | come and go |\n|---|---|---|");
    for values in [1, 10, 100, 1_000, 10_000] {
        let registry = Registry::duplicate();
        let register = |id| registry.register("room:lobby".to_owned(), Session::new(id));
        let mut held: Vec<_> = (0..values).map(register).collect();
        let visits = 2_000_000 / values;
        let visit = median((0..ROUNDS).map(|_| {
            let started = thread_time();
            for _ in 0..visits {
                registry.for_each("room:lobby", |session| {
                    black_box(session.id);
                });
            }
            (thread_time() - started) / (visits * values) as f64
        }));
        let come_and_go = median((0..ROUNDS).map(|_| {
            let started = thread_time();
            for turn in 0..100_000_u64 {
                let leaver = scramble(turn) as usize % held.len();
                held.push(register(turn));
                drop(held.swap_remove(leaver));
            }
            (thread_time() - started) / 1e5
        }));
        println!("| {values} | {visit:.2} | {come_and_go:.0} |");
    }
}
