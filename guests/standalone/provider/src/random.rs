//! Random numbers for libraries: those of the host.

use wasip2::random::random::get_random_bytes;

/// What `getrandom` calls by this name where it is built with the backend `custom`.
///
/// # Safety
///
/// `dest` points to `len` bytes that may be written.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    dest: *mut u8,
    len: usize,
) -> Result<(), getrandom::Error> {
    let bytes = get_random_bytes(len as u64);
    // SAFETY: the caller says so, and the host returns as many bytes as were asked for.
    unsafe { dest.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len().min(len)) };
    Ok(())
}

getrandom_02::register_custom_getrandom!(fill);

/// The same for the version before.
fn fill(bytes: &mut [u8]) -> Result<(), getrandom_02::Error> {
    bytes.copy_from_slice(&get_random_bytes(bytes.len() as u64));
    Ok(())
}
