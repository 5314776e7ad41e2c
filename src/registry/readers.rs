//! Who is reading at the moment, and whether all who were have finished.
//!
//! A reader of the [`Buckets`](super::buckets::Buckets) takes no lock and counts no reference. It
//! only shows that it reads, by a sign that its thread alone writes. Whoever takes something out
//! of the readers' sight keeps it until each reader that may have seen it has put its sign down: a
//! [`GracePeriod`], as in read-copy-update.
//!
//! # Why this is sound
//!
//! A reader (1) puts its sign up, (2) passes the light barrier, (3) loads pointers and follows
//! them, (4) puts its sign down, a release store. A writer (a) takes a pointer out of the readers'
//! sight, (b) passes the heavy barrier, (c) looks at the signs, with acquire loads.
//!
//! The two barriers see to it that (c) sees (1), or (3) sees (a). In the second case the reader
//! never had the pointer. In the first the writer waits until the sign has changed, and seeing (4)
//! or something later, it comes after all that the reader did at (3). A thread whose sign is not
//! yet on the list at (c) puts it there later, under the list's lock, and so sees (a).
//!
//! The barriers are a sequentially consistent fence on either side where nothing better is known.
//! On Linux the writer's is a `membarrier` system call, which makes each running thread of the
//! process execute a full barrier between two instructions of its program; the reader then only
//! has to keep the compiler from moving (3) before (1). Reading is far more frequent.

use std::cell::Cell;
use std::marker::PhantomData;

use crossbeam_utils::CachePadded;

use super::sync::{AtomicBool, AtomicU64, Mutex, Ordering, compiler_fence, fence};

/// One thread's sign. Signs are never freed, but handed on when their thread ends.
#[derive(Debug)]
pub(super) struct Sign {
    /// Odd while the thread reads; written by that thread alone.
    turns: AtomicU64,
    taken: AtomicBool,
    /// How many signs were made before this one.
    number: usize,
}

type Signs = Mutex<Vec<&'static CachePadded<Sign>>>;

/// As many as there ever were threads that read at a time.
#[cfg(not(bennu_loom))]
static SIGNS: Signs = Signs::new(Vec::new());

#[cfg(bennu_loom)]
loom::lazy_static! {
    static ref SIGNS: Signs = Signs::default();
}

#[cfg(not(bennu_loom))]
thread_local! {
    static SIGN: Cell<Option<&'static Sign>> = const { Cell::new(None) };
    /// The sign of a thread that has one and needs no fence to put it up.
    static LIGHT_SIGN: Cell<Option<&'static Sign>> = const { Cell::new(None) };
    static RETURNED: Return = const { Return };
}

#[cfg(bennu_loom)]
loom::thread_local! {
    static SIGN: Cell<Option<&'static Sign>> = Cell::new(None);
    static LIGHT_SIGN: Cell<Option<&'static Sign>> = Cell::new(None);
    static RETURNED: Return = Return;
}

/// While it lives, nothing that this thread sees is taken from under it.
pub(super) struct Reading {
    sign: &'static Sign,
    /// The sign's count when this ends. Where the thread reads already, and will then still, it is
    /// what the count was before.
    turns_after: u64,
    /// The sign is this thread's: a reading does not go to another.
    _not_send: PhantomData<*const ()>,
}

impl Reading {
    #[inline]
    pub(super) fn begin() -> Self {
        let Some(sign) = LIGHT_SIGN.with(Cell::get) else {
            return Self::begin_with_fence();
        };
        let reading = Self::put_up(sign);
        compiler_fence(Ordering::SeqCst);
        reading
    }

    /// The first reading of a thread, and all where the writer's barrier is but a fence.
    #[cold]
    #[inline(never)]
    fn begin_with_fence() -> Self {
        let reading = Self::put_up(own_sign());
        fence(Ordering::SeqCst);
        reading
    }

    #[inline]
    fn put_up(sign: &'static Sign) -> Self {
        let turns = sign.turns.load(Ordering::Relaxed);
        let reading = turns | 1;
        // Who sees this count instead of the one before must come after the reading before, too.
        sign.turns.store(reading, Ordering::Release);
        Self {
            sign,
            turns_after: reading + (reading ^ turns),
            _not_send: PhantomData,
        }
    }
}

impl Drop for Reading {
    #[inline]
    fn drop(&mut self) {
        self.sign.turns.store(self.turns_after, Ordering::Release);
    }
}

/// The readers that may still see what was taken out of sight before.
pub(super) struct GracePeriod {
    waiting: Vec<(&'static Sign, u64)>,
}

impl GracePeriod {
    /// Nothing if the barrier fails; then nobody knows who sees what, and it may be tried again.
    pub(super) fn begin() -> Option<Self> {
        if !barrier::heavy() {
            return None;
        }
        let signs = SIGNS.lock();
        let turn =
            |sign: &&'static CachePadded<Sign>| (&***sign, sign.turns.load(Ordering::Acquire));
        let waiting = signs.iter().map(turn).filter(|(_, turn)| turn & 1 == 1);
        Some(Self {
            waiting: waiting.collect(),
        })
    }

    /// Whether all those readers have finished since.
    pub(super) fn is_over(&self) -> bool {
        let reads_on = |(sign, turn): &(&Sign, u64)| sign.turns.load(Ordering::Acquire) == *turn;
        !self.waiting.iter().any(reads_on)
    }
}

/// A small number that no other thread has at the same time.
pub(super) fn thread_number() -> usize {
    own_sign().number
}

fn own_sign() -> &'static Sign {
    SIGN.with(Cell::get).unwrap_or_else(introduce)
}

/// Gives this thread a sign.
#[cold]
fn introduce() -> &'static Sign {
    let mut signs = SIGNS.lock();
    let sign = signs.iter().copied().find(|sign| sign.take());
    let sign = sign.unwrap_or_else(|| {
        let new: &'static _ = Box::leak(Box::new(CachePadded::new(Sign::new(signs.len()))));
        signs.push(new);
        new
    });
    drop(signs);
    SIGN.with(|own| own.set(Some(sign)));
    LIGHT_SIGN.with(|own| own.set(barrier::is_asymmetric().then_some(sign)));
    // Where the thread is so near its end that this fails, its sign is never handed on.
    let _ = RETURNED.try_with(|_| ());
    sign
}

impl Sign {
    fn new(number: usize) -> Self {
        Self {
            turns: AtomicU64::new(0),
            taken: AtomicBool::new(true),
            number,
        }
    }

    fn take(&self) -> bool {
        !self.taken.swap(true, Ordering::Acquire)
    }
}

/// Gives the thread's sign back when the thread ends.
struct Return;

impl Drop for Return {
    fn drop(&mut self) {
        let _ = LIGHT_SIGN.try_with(Cell::take);
        if let Ok(Some(sign)) = SIGN.try_with(Cell::take) {
            sign.taken.store(false, Ordering::Release);
        }
    }
}

#[cfg(all(target_os = "linux", not(bennu_loom)))]
mod barrier {
    use std::sync::OnceLock;
    use std::sync::atomic::{Ordering, fence};

    use rustix::thread::{MembarrierCommand, membarrier};

    /// Decided once: readers and writers must agree.
    static ASYMMETRIC: OnceLock<bool> = OnceLock::new();

    /// Old kernels and some sandboxes refuse.
    pub(super) fn is_asymmetric() -> bool {
        let register = || membarrier(MembarrierCommand::RegisterPrivateExpedited).is_ok();
        *ASYMMETRIC.get_or_init(register)
    }

    pub(super) fn heavy() -> bool {
        if is_asymmetric() {
            return membarrier(MembarrierCommand::PrivateExpedited).is_ok();
        }
        fence(Ordering::SeqCst);
        true
    }
}

#[cfg(any(not(target_os = "linux"), bennu_loom))]
mod barrier {
    use super::{Ordering, fence};

    pub(super) fn is_asymmetric() -> bool {
        false
    }

    pub(super) fn heavy() -> bool {
        fence(Ordering::SeqCst);
        true
    }
}
