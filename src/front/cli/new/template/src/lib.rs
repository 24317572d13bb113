//! A service to be simulated, and a client that uses it.

mod client;
mod service;

use nodedown::prelude::*;

/// Everything that a scenario of this crate can name: the programs that come with nodedown, and
/// this crate's.
pub fn programs() -> Programs {
    Programs::builtin().with_service(service::Store).with_client(client::StoreUser)
}
