//! A server in a thread whose allocations are counted.

#![expect(
    unsafe_code,
    reason = "an allocator cannot be written without; this one hands everything to the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use tokio::net::TcpListener;
use tokio::runtime::Builder;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    /// Where the allocations of this thread are counted, if they are.
    static COUNT: Cell<Option<&'static AtomicUsize>> = const { Cell::new(None) };
}

struct Counting;

impl Counting {
    fn count(&self) {
        if let Some(count) = COUNT.get() {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

// SAFETY: each method is the system allocator's, whose contract is the same.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        self.count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.realloc(memory, layout, bytes) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// The bench application, served by one thread until the test process ends.
pub(crate) struct Server {
    pub(crate) addr: SocketAddr,
    count: &'static AtomicUsize,
}

impl Server {
    pub(crate) fn start() -> Self {
        let count: &'static AtomicUsize = Box::leak(Box::default());
        let (told, addr) = mpsc::channel();
        thread::spawn(move || {
            COUNT.set(Some(count));
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(serve(told));
        });
        let addr = addr.recv().expect("the server has an address");
        Self { addr, count }
    }

    /// How many allocations the server has made, those that grow or shrink memory included.
    pub(crate) fn allocations(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }
}

async fn serve(told: mpsc::Sender<SocketAddr>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("a bound listener");
    told.send(addr).expect("the test waits for it");
    let endpoint = bench_server::endpoint().expect("the configuration is fixed");
    let served = endpoint.serve(listener, std::future::pending()).await;
    served.expect("the listener has an address");
}
