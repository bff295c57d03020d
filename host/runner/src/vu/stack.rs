//! The stack that a virtual user does not need while it waits.

/// How much is given back below the deepest frame, in bytes. What a script has used of its stack before it waits is
/// mostly less. There is as much: wasmtime keeps more than this below a guest's frames for those of the host
/// (`wasock_script::engine`), and a call that waits has few.
const RELEASED: usize = 256 << 10;

/// What is kept below the caller's frame, in bytes: room for the frames of this function and of the system call.
const KEPT: usize = 1 << 10;

/// Gives memory back that lies below the caller's frame, on whose stack nothing is then. What is called later finds
/// zeros there, as on a new stack.
#[cfg(unix)]
pub(super) fn release() {
    let frame = 0u8;
    let here = std::ptr::from_ref(std::hint::black_box(&frame)).addr();
    // SAFETY: it reads a number.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
    let end = (here - KEPT) & !(page - 1);
    // SAFETY: the range is part of this stack, below all frames: stacks grow downwards on all that wasmtime compiles
    // for. No memory that is in use changes.
    unsafe {
        libc::madvise(
            std::ptr::without_provenance_mut(end - RELEASED),
            RELEASED,
            libc::MADV_DONTNEED,
        );
    }
}

/// Stacks are left as they are.
#[cfg(not(unix))]
pub(super) fn release() {}
