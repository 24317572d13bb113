//! Compiled modules: their files, whether everything that they need is there, the machine that runs
//! them, and the functions that Erlang has in C.

#[path = "beam/beside.rs"]
mod beside;
#[path = "beam/boot.rs"]
mod boot;
#[path = "beam/command.rs"]
mod command;
#[path = "beam/drawn.rs"]
mod drawn;
#[path = "beam/drawn_rows.rs"]
mod drawn_rows;
#[path = "beam/file.rs"]
mod file;
#[path = "formats/mod.rs"]
mod formats;
#[path = "beam/hostile.rs"]
mod hostile;
#[path = "beam/installed.rs"]
mod installed;
#[path = "beam/machine.rs"]
mod machine;
#[path = "beam/made.rs"]
mod made;
#[path = "beam/mailbox.rs"]
mod mailbox;
#[path = "beam/natives.rs"]
mod natives;
#[path = "beam/node_natives.rs"]
mod node_natives;
#[path = "beam/nodes.rs"]
mod nodes;
#[path = "beam/random_calls.rs"]
mod random_calls;
#[path = "beam/tables.rs"]
mod tables;
