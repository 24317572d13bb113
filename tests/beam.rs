//! Compiled modules: their files, whether everything that they need is there, and the machine that
//! runs them.

#[path = "beam/file.rs"]
mod file;
#[path = "beam/machine.rs"]
mod machine;
#[path = "beam/made.rs"]
mod made;
