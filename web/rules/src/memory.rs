//! What a program without an operating system needs: memory, and what to do in a panic.
//!
//! An instance is for one call. So nothing is ever given back but what was taken last, and the memory of the instance goes as a whole.

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32,
    cell::Cell,
    panic::PanicInfo,
    ptr,
};

/// Bytes of a page of memory.
const PAGE: usize = 64 * 1024;

#[global_allocator]
static HEAP: Heap = Heap { next: Cell::new(0) };

/// Memory from the end of what the program came with.
struct Heap {
    /// The first byte that is free; 0 before anything was taken.
    next: Cell<usize>,
}

// SAFETY: WebAssembly without the feature for threads has one.
unsafe impl Sync for Heap {}

impl Heap {
    /// Makes sure that the memory goes to `end`.
    fn reach(&self, end: usize) -> bool {
        let size = wasm32::memory_size::<0>() * PAGE;
        let missing = end.saturating_sub(size).div_ceil(PAGE);
        missing == 0 || wasm32::memory_grow::<0>(missing) != usize::MAX
    }

    fn take(&self, size: usize, align: usize) -> Option<usize> {
        let next = match self.next.get() {
            // What comes with the program is in the pages that are there at the beginning.
            0 => wasm32::memory_size::<0>() * PAGE,
            next => next,
        };
        let begin = next.checked_next_multiple_of(align)?;
        let end = begin.checked_add(size)?;
        self.reach(end).then(|| self.next.set(end))?;
        Some(begin)
    }
}

// SAFETY: what was taken is taken by nobody else, as `next` only grows, unless the last one gives it back or makes it longer.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout.size(), layout.align()).map_or(ptr::null_mut(), |begin| begin as *mut u8)
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        if place as usize + layout.size() == self.next.get() {
            self.next.set(place as usize);
        }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let begin = place as usize;
        let is_last = begin + layout.size() == self.next.get();
        if let Some(end) = begin.checked_add(size).filter(|_| is_last) {
            if !self.reach(end) {
                return ptr::null_mut();
            }
            self.next.set(end);
            return place;
        }
        let Some(other) = self.take(size, layout.align()) else { return ptr::null_mut() };
        let other = other as *mut u8;
        // SAFETY: both have that many bytes, and do not overlap.
        unsafe { ptr::copy_nonoverlapping(place, other, layout.size().min(size)) };
        other
    }
}

/// The page sees that the instance has trapped.
#[panic_handler]
fn trap(_: &PanicInfo<'_>) -> ! {
    wasm32::unreachable()
}
