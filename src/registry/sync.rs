//! What the lock-free parts are built on: the real thing, or loom's model of it.
//!
//! `RUSTFLAGS="--cfg bennu_loom" cargo test -p bennu --lib registry::model` tries all the ways in
//! which threads can come in each other's way; the tests are in `model.rs`.

#[cfg(not(bennu_loom))]
pub(super) use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU64, Ordering, compiler_fence, fence,
};

#[cfg(not(bennu_loom))]
pub(super) use parking_lot::{Mutex, MutexGuard};

#[cfg(bennu_loom)]
pub(super) use self::model::{
    AtomicBool, AtomicPtr, AtomicU64, Mutex, MutexGuard, Ordering, compiler_fence, fence,
};

#[cfg(bennu_loom)]
mod model {
    pub(in super::super) use std::sync::atomic::compiler_fence;

    pub(in super::super) use loom::sync::MutexGuard;
    pub(in super::super) use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU64, Ordering, fence,
    };

    /// Locks as `parking_lot` spells it.
    pub(in super::super) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(in super::super) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("a model that panics ends at once")
        }
    }

    impl<T: Default> Default for Mutex<T> {
        fn default() -> Self {
            Self(loom::sync::Mutex::new(T::default()))
        }
    }
}
