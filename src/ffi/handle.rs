//! What a handle of the caller's really points to, and what may be done with it at a given moment.
//!
//! Every handle begins with a tag that tells its kind. A handle of the wrong kind is refused in any
//! build; in a debug build a freed handle is refused too, since the last few hundred freed headers are
//! kept for that (reading memory that was truly given back would itself be a fault).
//!
//! A handle for one thread at a time says busy when two are inside it. When it is freed in such a
//! moment, the call that is inside frees it on its way out.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use super::guard;
use crate::error::{Error, Result, Status};

/// An opaque type of the header, and the Rust value behind it.
pub(super) trait Opaque: 'static {
    /// What a handle of this kind holds.
    type Value: Send;
    /// What any thread may reach while another one uses the value.
    type Side: Sync;
    /// What tells handles of this kind from others and from other memory.
    const TAG: u32;
    /// The name in C.
    const NAME: &'static str;

    /// The side of a value, taken when its handle is made.
    fn side(value: &Self::Value) -> Self::Side;
}

/// What a `*mut O` points to.
#[repr(C)]
struct Handle<O: Opaque> {
    tag: AtomicU32,
    use_: AtomicU8,
    /// False for a row that its cursor lends.
    owned: bool,
    side: O::Side,
    value: UnsafeCell<Option<O::Value>>,
}

const FREED: u32 = 0xdead_0000;

const IDLE: u8 = 0;
const IN_USE: u8 = 1;
const DOOMED: u8 = 2;

/// Hands a value to the caller, as a handle of its kind.
pub(super) fn give<O: Opaque>(value: O::Value) -> *mut O {
    Box::into_raw(Box::new(Handle::<O>::new(value, true))).cast()
}

impl<O: Opaque> Handle<O> {
    fn new(value: O::Value, owned: bool) -> Handle<O> {
        Handle {
            tag: AtomicU32::new(O::TAG),
            use_: AtomicU8::new(IDLE),
            owned,
            side: O::side(&value),
            value: UnsafeCell::new(Some(value)),
        }
    }
}

/// A value that the caller may look at but that stays ours, such as a cursor's row.
pub(super) struct Lent<O: Opaque> {
    handle: *mut Handle<O>,
}

// SAFETY: the handle is only reached through `&mut self` here, and by the caller under its own rules.
unsafe impl<O: Opaque> Send for Lent<O> where O::Value: Send {}

impl<O: Opaque> Lent<O> {
    pub(super) fn new(value: O::Value) -> Lent<O> {
        Lent {
            handle: Box::into_raw(Box::new(Handle::<O>::new(value, false))),
        }
    }

    /// Lends another value: under the same pointer, unless somebody is reading the old one.
    pub(super) fn replace(&mut self, value: O::Value) {
        // SAFETY: `handle` is a live Box of ours.
        let use_ = unsafe { &(*self.handle).use_ };
        let free = use_.compare_exchange(IDLE, IN_USE, Ordering::Acquire, Ordering::Relaxed);
        if free.is_err() {
            *self = Lent::new(value);
            return;
        }
        // SAFETY: IN_USE keeps every other use out.
        unsafe { *(*self.handle).value.get() = Some(value) };
        use_.store(IDLE, Ordering::Release);
    }

    pub(super) fn pointer(&self) -> *const O {
        self.handle.cast()
    }
}

impl<O: Opaque> Drop for Lent<O> {
    fn drop(&mut self) {
        // SAFETY: `handle` came from Box::into_raw in `new`. Nobody is inside, or whoever is
        // releases it on the way out.
        unsafe {
            if (*self.handle).use_.swap(DOOMED, Ordering::AcqRel) == IDLE {
                release(self.handle);
            }
        }
    }
}

/// The value of a handle that any number of threads may use.
///
/// # Safety
/// `pointer` is NULL, or a handle of this library that outlives `'a`.
pub(super) unsafe fn shared<'a, O: Opaque>(
    pointer: *const O,
    argument: &str,
) -> Result<&'a O::Value>
where
    O::Value: Sync,
{
    // SAFETY: as promised by the caller.
    let handle = unsafe { checked(pointer, argument)? };
    // SAFETY: the value of a live handle of a shared kind is never replaced, so shared references
    // to it are all there are.
    unsafe { (*handle.value.get()).as_ref() }.ok_or_else(|| unusable::<O>(argument))
}

/// The side of a handle, which any thread may reach.
///
/// # Safety
/// `pointer` is NULL, or a handle of this library that outlives `'a`.
pub(super) unsafe fn side<'a, O: Opaque>(pointer: *const O, argument: &str) -> Result<&'a O::Side> {
    // SAFETY: as promised by the caller.
    Ok(&unsafe { checked(pointer, argument)? }.side)
}

/// The value of a handle that one thread at a time may use.
///
/// # Safety
/// `pointer` is NULL, or a handle of this library that outlives `'a`.
pub(super) unsafe fn exclusive<'a, O: Opaque>(
    pointer: *const O,
    argument: &str,
) -> Result<Exclusive<'a, O>> {
    // SAFETY: as promised by the caller.
    let handle = unsafe { checked(pointer, argument)? };
    handle
        .use_
        .compare_exchange(IDLE, IN_USE, Ordering::Acquire, Ordering::Relaxed)
        .map_err(|_| {
            let problem = format!(
                "{argument}: this {} is in use by another call, on this thread or another",
                O::NAME
            );
            Error::new(Status::Busy, problem)
        })?;
    Ok(Exclusive {
        handle: pointer.cast_mut().cast(),
        use_: PhantomData,
    })
}

/// The sole use of a handle, until it is dropped.
pub(super) struct Exclusive<'a, O: Opaque> {
    // The pointer that was given away, not a reference: dropping may have to release it.
    handle: *mut Handle<O>,
    use_: PhantomData<&'a Handle<O>>,
}

impl<O: Opaque> Exclusive<'_, O> {
    /// Whether the handle was freed while this use lasts.
    pub(super) fn is_doomed(&self) -> bool {
        self.handle().use_.load(Ordering::Acquire) == DOOMED
    }

    /// Whether it stays ours, and the caller may only look at it.
    pub(super) fn is_lent(&self) -> bool {
        !self.handle().owned
    }

    fn handle(&self) -> &Handle<O> {
        // SAFETY: it lives as long as this use.
        unsafe { &*self.handle }
    }
}

impl<O: Opaque> Deref for Exclusive<'_, O> {
    type Target = O::Value;

    fn deref(&self) -> &O::Value {
        // SAFETY: IN_USE keeps every other use out.
        unsafe { (*self.handle().value.get()).as_ref() }.expect("a live handle has its value")
    }
}

impl<O: Opaque> DerefMut for Exclusive<'_, O> {
    fn deref_mut(&mut self) -> &mut O::Value {
        // SAFETY: IN_USE keeps every other use out.
        unsafe { (*self.handle().value.get()).as_mut() }.expect("a live handle has its value")
    }
}

impl<O: Opaque> Drop for Exclusive<'_, O> {
    fn drop(&mut self) {
        if self.handle().use_.swap(IDLE, Ordering::AcqRel) == DOOMED {
            // SAFETY: whoever freed it left it to this use, and nothing else may reach it any more.
            unsafe { release(self.handle) };
        }
    }
}

/// Ends a handle. NULL, a lent one, one of another kind and (in a debug build) one that was freed
/// before are left alone.
///
/// # Safety
/// `pointer` is NULL or a handle of this library, and the caller gives it up.
pub(super) unsafe fn free<O: Opaque>(pointer: *mut O) {
    // SAFETY: as promised by the caller.
    let Ok(handle) = (unsafe { checked(pointer.cast_const(), "handle") }) else {
        return;
    };
    if handle.owned && handle.use_.swap(DOOMED, Ordering::AcqRel) == IDLE {
        // SAFETY: it came from `give`, nobody is inside, and the tag kept a second free out.
        unsafe { release(pointer.cast::<Handle<O>>()) };
    }
}

/// # Safety
/// `pointer` is NULL, or a handle of this library that outlives `'a`.
unsafe fn checked<'a, O: Opaque>(pointer: *const O, argument: &str) -> Result<&'a Handle<O>> {
    if pointer.is_null() {
        return Err(null(argument));
    }
    if !pointer.cast::<Handle<O>>().is_aligned() {
        return Err(unusable::<O>(argument));
    }
    // SAFETY: every handle begins with a tag, whatever its kind.
    let tag = unsafe { (*pointer.cast::<AtomicU32>()).load(Ordering::Acquire) };
    if tag != O::TAG {
        return Err(unusable::<O>(argument));
    }
    // SAFETY: the tag tells that this is a handle of this kind.
    Ok(unsafe { &*pointer.cast::<Handle<O>>() })
}

/// The error for a pointer that must not be NULL.
pub(super) fn null(argument: &str) -> Error {
    Error::new(
        Status::NullArgument,
        format!("{argument}: it must not be NULL"),
    )
}

fn unusable<O: Opaque>(argument: &str) -> Error {
    let problem = format!("{argument}: this is no {}, or one that was freed", O::NAME);
    Error::new(Status::InvalidHandle, problem)
}

/// # Safety
/// `handle` came from `Box::into_raw`, and nothing else reaches it any more.
unsafe fn release<O: Opaque>(handle: *mut Handle<O>) {
    // What it holds may close descriptors.
    let _undisturbed = guard::Undisturbed::begin();
    // SAFETY: as promised by the caller.
    unsafe {
        (*handle).tag.store(FREED, Ordering::Release);
        drop((*(*handle).value.get()).take());
        graveyard::bury(handle);
    }
}

/// Freed headers, kept for a while in a debug build so that another use of them can be told.
#[cfg(debug_assertions)]
mod graveyard {
    use std::collections::VecDeque;
    use std::sync::Mutex;

    use super::{Handle, Opaque};

    const PLACES: usize = 512;

    struct Grave {
        header: *mut u8,
        give_back: unsafe fn(*mut u8),
    }

    // SAFETY: a grave is reached by whoever holds the lock alone.
    unsafe impl Send for Grave {}

    static GRAVES: Mutex<VecDeque<Grave>> = Mutex::new(VecDeque::new());

    /// # Safety
    /// `handle` came from `Box::into_raw`, and nothing uses it any more.
    pub(super) unsafe fn bury<O: Opaque>(handle: *mut Handle<O>) {
        unsafe fn give_back<O: Opaque>(header: *mut u8) {
            // SAFETY: `header` is the handle that was buried, and it is dug up once.
            drop(unsafe { Box::from_raw(header.cast::<Handle<O>>()) });
        }
        let grave = Grave {
            header: handle.cast(),
            give_back: give_back::<O>,
        };
        // Never waited for: a child of a fork may find it locked for ever.
        let oldest = match GRAVES.try_lock() {
            Ok(mut graves) => {
                graves.push_back(grave);
                if graves.len() <= PLACES {
                    return;
                }
                graves.pop_front()
            }
            Err(_) => Some(grave),
        };
        if let Some(oldest) = oldest {
            // SAFETY: it left the queue, so this is the only time.
            unsafe { (oldest.give_back)(oldest.header) };
        }
    }
}

#[cfg(not(debug_assertions))]
mod graveyard {
    use super::{Handle, Opaque};

    /// # Safety
    /// `handle` came from `Box::into_raw`, and nothing uses it any more.
    pub(super) unsafe fn bury<O: Opaque>(handle: *mut Handle<O>) {
        // SAFETY: as promised by the caller.
        drop(unsafe { Box::from_raw(handle) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Number;

    impl Opaque for Number {
        type Value = u32;
        type Side = ();
        const TAG: u32 = 0x534e_ffff;
        const NAME: &'static str = "number";

        fn side(_: &u32) {}
    }

    #[test]
    fn a_handle_that_is_freed_while_it_is_used_goes_with_that_use() {
        let handle = give::<Number>(7);
        // SAFETY: `handle` is live until the use ends.
        let used = unsafe { exclusive(handle, "n") }.expect("a live handle");
        // SAFETY: it is freed once.
        unsafe { free(handle) };
        assert!(used.is_doomed());
        assert_eq!(*used, 7);
        drop(used);
        if cfg!(debug_assertions) {
            // SAFETY: headers of freed handles are kept for a while in a debug build.
            let again = unsafe { exclusive(handle, "n") }.map(drop);
            assert_eq!(again.expect_err("freed").status(), Status::InvalidHandle);
        }
    }

    #[test]
    fn a_second_use_is_told_that_the_handle_is_busy() {
        let handle = give::<Number>(7);
        // SAFETY: `handle` is live until it is freed below.
        let used = unsafe { exclusive(handle, "n") }.expect("a live handle");
        // SAFETY: as above.
        let second = unsafe { exclusive(handle, "n") }.map(drop);
        assert_eq!(
            second.expect_err("in use").message(),
            "n: this number is in use by another call, on this thread or another"
        );
        drop(used);
        // SAFETY: it is freed once.
        unsafe { free(handle) };
    }

    #[test]
    fn a_lent_value_that_is_being_read_is_not_replaced_under_the_reader() {
        let mut lent = Lent::<Number>::new(1);
        let first = lent.pointer();
        lent.replace(2);
        assert_eq!(lent.pointer(), first);
        // SAFETY: a lent handle that is being read outlives its replacement.
        let reader = unsafe { exclusive(first, "n") }.expect("a live handle");
        lent.replace(3);
        assert_ne!(lent.pointer(), first);
        assert_eq!(*reader, 2);
        drop(lent);
        drop(reader);
    }
}
