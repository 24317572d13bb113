//! Users' own compiled code: modules that Erlang's and Elixir's compilers wrote.
//!
//! **Invariant**: knows the engine through one table of operations; no scenario, and no clock but the
//! node's. Nothing here reaches the machine that runs it, but for the files that it is given.
//!
//! [`mod@file`] reads a `.beam` file of OTP 25 to 29 into its parts. Of these an [`image`] is made, which
//! the [`machine`] of a node runs. The values of the code lie on the [`heap`] of the node, which all
//! its processes share: a value is a word, [`Value`]. What the code calls of Erlang's own functions
//! in C is a [`native`] in Rust; [`natives`] are all of them.
//! A node runs compiled code by [`node`]: a function, or OTP's own kernel, which it boots. What that
//! reads of the disk is in a [`library`], and [`kernel`] is what stands in for its parts that reach
//! the machine. [`ets`] are the tables that the processes of a node share. [`index`] finds the modules of folders,
//! of OTP and of Elixir, and [`preflight`] tells before anything runs whether everything is there that
//! modules need.

mod arithmetic;
pub mod atom;
mod compare;
mod date;
pub mod ets;
pub mod external;
pub mod file;
mod function;
mod guards;
pub mod heap;
pub mod identity;
pub mod image;
pub mod index;
mod iodata;
pub mod kernel;
pub mod library;
pub mod machine;
pub mod native;
pub mod natives;
pub mod node;
pub mod preflight;
mod print;
mod regexp;
mod table;
pub mod value;
mod words;

pub use atom::AtomIndex;
pub use function::FunctionName;
pub use heap::{Heap, ValueKind};
pub use identity::{Life, Port, ProcessId, Reference};
pub use image::Image;
pub use library::Library;
pub use machine::Machine;
pub use native::Natives;
pub use print::{Printed, shortest};
pub use value::Value;
