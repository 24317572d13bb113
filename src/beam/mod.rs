//! Users' own compiled code: modules that Erlang's and Elixir's compilers wrote.
//!
//! [`file`] reads a `.beam` file of OTP 25 to 29 into its parts. The values of the code lie on the
//! [`heap`] of their node, which all its processes share: a value is a word, [`Value`]. What the
//! code calls of Erlang's own functions in C is a [`native`] in Rust.

#![allow(dead_code, reason = "what runs the code is not there yet")]

pub mod atom;
mod compare;
pub mod file;
pub mod heap;
pub mod identity;
pub mod native;
mod print;
mod table;
pub mod value;

pub use atom::Atom;
pub use heap::{Heap, Kind};
pub use identity::{Life, Pid, Port, Reference};
pub use print::{Printed, shortest};
pub use value::Value;
