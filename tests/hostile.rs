//! Guests that mean harm. Each harms itself alone: it gets a text that says so, the program goes on in bounded
//! memory, and users beside it lose nothing. `docs/hostile.md` lists them.

mod boundary;
mod compile;
mod component;
mod cpu;
mod documents;
mod guests;
pub(crate) mod harness;
mod memory;
mod network;
mod resources;
mod shim;
