//! The scenarios, with many seeds each. `NODEDOWN_SEEDS=10000 cargo test` runs more of them, and a
//! failure says how to see it again.

use nodedown::prelude::*;
use {crate}::programs;

fn scenario() -> Scenario {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/store.json");
    let read = Scenario::from_file(file, &programs().catalogue());
    read.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_store_remembers() {
    scenario().run_seeds(1..=20, &programs()).assert_pass();
}

/// A test that cannot fail proves nothing: a store that does not wait for its disk forgets.
#[test]
fn a_store_that_does_not_wait_for_its_disk_forgets() {
    let mut forgetful = scenario();
    forgetful.applications[0].config["fsync"] = false.into();
    forgetful.run_seeds(1..=5, &programs()).assert_violated();
}
