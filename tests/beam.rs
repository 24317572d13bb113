//! Compiled modules: their files, and whether everything that they need is there.

#[path = "beam/file.rs"]
mod file;
#[path = "beam/made.rs"]
mod made;
