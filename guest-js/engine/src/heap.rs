//! The heap of an instance, in two parts: what the snapshot holds is frozen and shared by all virtual
//! users, what an instance allocates later is its own.
//!
//! A page of the snapshot that is written to is copied for that virtual user, so after [`freeze`]
//! nothing is allocated there, and nothing that is there is ever freed. QuickJS does the same with what
//! it keeps in its blocks (`quickjs/frozen-heap.patch`).

use std::alloc::{GlobalAlloc, Layout};
use std::cell::{RefCell, UnsafeCell};

use dlmalloc::Dlmalloc;

/// The unit in which a memory grows, in bytes.
const PAGE: usize = 64 << 10;

/// How much memory the snapshot has behind what is frozen, in pages. A virtual user that needs no more
/// never asks the host for memory; pages that it does not touch cost nothing.
const RESERVE: usize = 8;

/// The memory of the instance behind what was there before, as one range.
struct Pages {
    /// What the snapshot has reserved and no heap has taken.
    reserve: UnsafeCell<(usize, usize)>,
}

// SAFETY: an instance has one thread, and `dlmalloc` calls no method inside another.
unsafe impl dlmalloc::Allocator for Pages {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        // SAFETY: nothing else refers to it.
        let (next, left) = unsafe { &mut *self.reserve.get() };
        if size <= *left {
            // All of it: parts that follow each other would be joined anyway.
            let taken = (*next, *left);
            *left = 0;
            return (taken.0 as *mut u8, taken.1, 0);
        }
        let pages = size.div_ceil(PAGE);
        match core::arch::wasm32::memory_grow(0, pages) {
            usize::MAX => (std::ptr::null_mut(), 0, 0),
            before => ((before * PAGE) as *mut u8, pages * PAGE, 0),
        }
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        std::ptr::null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        true
    }

    fn page_size(&self) -> usize {
        PAGE
    }
}

struct State {
    heap: Dlmalloc<Pages>,
    /// Where the frozen part ends; 0 before there is one.
    frozen_end: usize,
}

struct Heap(UnsafeCell<State>);

// SAFETY: an instance has one thread.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap(UnsafeCell::new(State { heap: new_heap(0, 0), frozen_end: 0 }));

const fn new_heap(start: usize, size: usize) -> Dlmalloc<Pages> {
    Dlmalloc::new_with_allocator(Pages { reserve: UnsafeCell::new((start, size)) })
}

impl Heap {
    #[expect(
        clippy::mut_from_ref,
        reason = "an instance has one thread, and no call is inside another"
    )]
    fn state(&self) -> &mut State {
        // SAFETY: see above.
        unsafe { &mut *self.0.get() }
    }
}

// SAFETY: the methods hand on to dlmalloc, and what is frozen stays as it is.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the same.
        unsafe { self.state().heap.malloc(layout.size(), layout.align()) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are the same.
        unsafe { self.state().heap.calloc(layout.size(), layout.align()) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let state = self.state();
        if pointer as usize >= state.frozen_end {
            // SAFETY: the caller's promises are the same.
            unsafe { state.heap.free(pointer, layout.size(), layout.align()) }
        }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let state = self.state();
        // SAFETY: the caller's promises are the same; what is frozen is copied.
        unsafe {
            if pointer as usize >= state.frozen_end {
                return state.heap.realloc(pointer, layout.size(), layout.align(), new_size);
            }
            let new = state.heap.malloc(new_size, layout.align());
            if !new.is_null() {
                new.copy_from_nonoverlapping(pointer, layout.size().min(new_size));
            }
            new
        }
    }
}

/// The pages of a host, in bytes: what it copies when a page of the snapshot is written to.
const HOST_PAGE: usize = 4 << 10;

/// The most pages of what changes that are written at the start; there are two or three. More would be written later, which
/// only takes longer.
const MAX_TOUCHED: usize = 16;

/// What changes: where it starts, and the first byte of each of its pages.
struct Changing {
    start: usize,
    pages: usize,
    bytes: [u8; MAX_TOUCHED],
}

thread_local! {
    static CHANGING: RefCell<Changing> =
        const { RefCell::new(Changing { start: 0, pages: 0, bytes: [0; MAX_TOUCHED] }) };
}

/// Notes what [`touch_changing`] writes: all up to here that changes. After this nothing changes any more before the snapshot.
pub fn note_changing(end: usize) {
    CHANGING.with_borrow_mut(|changing| {
        let pages = (end - changing.start).div_ceil(HOST_PAGE).min(MAX_TOUCHED);
        changing.pages = pages;
        for (page, byte) in changing.bytes.iter_mut().enumerate().take(pages) {
            // SAFETY: it is inside the memory.
            *byte = unsafe { ((changing.start + page * HOST_PAGE) as *const u8).read_volatile() };
        }
    });
}

/// Writes to each page of what changes before anything there is read. When a page that has been read is written to and
/// copied, the host's kernel must tell all processors on which virtual users run.
pub fn touch_changing() {
    CHANGING.with_borrow(|changing| {
        for (page, byte) in changing.bytes.iter().enumerate().take(changing.pages) {
            // SAFETY: what is written is what is there.
            unsafe { ((changing.start + page * HOST_PAGE) as *mut u8).write_volatile(*byte) }
        }
    });
}

/// Freezes all that is allocated, and so many bytes behind it, whose start is returned; the first `lasting` of them are
/// only read. From now on memory comes from behind those: what is put there shares its last page with what is allocated
/// first.
///
/// What changes starts where a page of WebAssembly does: a host's kernel maps up to so much at once around a page that is
/// read, and none of what is there may come to be read before it is written.
pub fn freeze(lasting: usize, last: usize) -> usize {
    let pages = last.div_ceil(PAGE) + 1 + RESERVE;
    let before = core::arch::wasm32::memory_grow(0, pages);
    assert_ne!(before, usize::MAX, "a snapshot has room for its reserve");
    let lasting = lasting / HOST_PAGE * HOST_PAGE;
    let ahead = lasting.next_multiple_of(PAGE) - lasting;
    let start = before * PAGE + ahead;
    CHANGING.with_borrow_mut(|changing| changing.start = start + lasting);
    let state = HEAP.state();
    state.heap = new_heap(start + last, pages * PAGE - ahead - last);
    state.frozen_end = start + last;
    start
}
