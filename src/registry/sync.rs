//! What the lock-free parts are built on: the real thing, or loom's model of it.
//!
//! `make model` tries the ways in which threads can come in each other's way; the tests are in
//! `model.rs`. The flag is not loom's usual one, which other dependencies heed, too.

#[cfg(not(bennu_loom))]
pub(super) use std::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU64, Ordering, compiler_fence, fence,
};

#[cfg(not(bennu_loom))]
pub(super) use parking_lot::{Mutex, MutexGuard, RwLock, RwLockWriteGuard};

#[cfg(bennu_loom)]
pub(super) use self::model::{
    AtomicBool, AtomicPtr, AtomicU64, Mutex, MutexGuard, Ordering, RwLock, RwLockWriteGuard,
    compiler_fence, fence,
};

#[cfg(bennu_loom)]
mod model {
    pub(in super::super) use std::sync::atomic::compiler_fence;

    pub(in super::super) use loom::sync::atomic::{
        AtomicBool, AtomicPtr, AtomicU64, Ordering, fence,
    };
    pub(in super::super) use loom::sync::{MutexGuard, RwLockReadGuard, RwLockWriteGuard};

    /// Locks as `parking_lot` spells it.
    pub(in super::super) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(in super::super) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(in super::super) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("a model that panics ends at once")
        }
    }

    /// As `parking_lot` spells it, too.
    pub(in super::super) struct RwLock<T>(loom::sync::RwLock<T>);

    impl<T> RwLock<T> {
        pub(in super::super) fn new(value: T) -> Self {
            Self(loom::sync::RwLock::new(value))
        }

        pub(in super::super) fn read(&self) -> RwLockReadGuard<'_, T> {
            self.0.read().expect("a model that panics ends at once")
        }

        pub(in super::super) fn write(&self) -> RwLockWriteGuard<'_, T> {
            self.0.write().expect("a model that panics ends at once")
        }
    }

    impl<T: Default> Default for Mutex<T> {
        fn default() -> Self {
            Self::new(T::default())
        }
    }
}
