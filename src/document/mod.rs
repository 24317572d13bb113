//! Files that people write: JSON with places, shapes, diagnostics, and the layout of what is written.
//!
//! **Invariant**: it knows no field of a scenario, only the kinds of names that a file gives. It is
//! given names and shapes, and says what is wrong with a text, where, and what to write instead.
//!
//! - [`diagnostic`]: errors and warnings with their places
//! - [`shape`]: what a value may be, for checking and for the published schema
//! - `syntax`: JSON with comments and trailing commas, each value with its place
//! - `names`: the names that a file may refer to; `check`: a value against its shape
//! - `layout`: JSON as a person would break its lines

pub(crate) mod check;
pub mod diagnostic;
pub(crate) mod layout;
pub(crate) mod names;
pub mod shape;
pub(crate) mod syntax;

pub(crate) use check::Checker;
pub(crate) use layout::{in_line, layout};
pub(crate) use names::Names;
pub(crate) use syntax::{Document, Node, STRICT_JSON};
