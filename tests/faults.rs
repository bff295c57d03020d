//! Connections that break in every way: what scripts see, and that no session is lost from the books.

mod books;
#[cfg(target_os = "linux")]
mod leaks;
mod restart;
mod table;
