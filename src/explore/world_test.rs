//! Many seeds of a world that was made in Rust, as one test under `cargo test`.

use std::env;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::thread;

use super::run_seeds::{TestEnvironment, replay_command};
use super::seeds::Seeds;
use crate::engine::runtime::{World, WorldConfig, panic_text};

/// The number of story lines that are shown: the last ones.
const STORY_LINES: usize = 60;

/// A test that makes a world, lets it run and looks at it, once with each of many seeds.
///
/// ```
/// use nodedown::prelude::*;
///
/// WorldTest::new(WorldConfig::default()).seeds(0..20).run(|world| {
///     let [a, b] = kernel::start_nodes(world, ["a@x", "b@y"]);
///     let peer = world.run(a, |ctx| async move { Ok(ctx.ping(atom!("b@y")).await) });
///     assert_eq!(peer, Ok(true));
///     world.crash_node(b);
///     world.run_for(Duration::from_secs(1));
///     assert!(world.whereis(b, atom!("init")).is_none());
/// });
/// ```
///
/// As with [`RunSeeds`](super::RunSeeds), `NODEDOWN_SEED` and `NODEDOWN_SEEDS` choose other seeds.
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is run"]
pub struct WorldTest {
    config: WorldConfig,
    seeds: Seeds,
}

impl WorldTest {
    /// A test of worlds with these settings, with ten seeds from that of the settings on.
    pub fn new(config: WorldConfig) -> WorldTest {
        let last = config.seed.saturating_add(9);
        WorldTest { seeds: Seeds::from(config.seed..=last), config }
    }

    /// Sets the seeds.
    pub fn seeds(self, seeds: impl Into<Seeds>) -> WorldTest {
        WorldTest { seeds: seeds.into(), ..self }
    }

    /// Runs the test with each seed in turn, up to the first that fails.
    ///
    /// # Panics
    /// If the test panics: with its message, the story of the world, and the command to run it
    /// again. Also if there are no seeds, or if an environment variable is invalid.
    #[track_caller]
    pub fn run(self, test: impl Fn(&World)) {
        let environment = TestEnvironment::from_environment(|name| env::var(name).ok());
        let environment = environment.unwrap_or_else(|error| panic!("{error}"));
        let seeds = environment.seeds(self.seeds.clone());
        assert!(seeds.count() > 0, "there are no seeds to run the test with");
        for seed in seeds.iter() {
            let world = World::new(WorldConfig { seed, ..self.config.clone() });
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| test(&world))) {
                match panic_text(&*payload) {
                    Some(message) => panic!("{}", complaint(&world, seed, message)),
                    None => panic_any(payload),
                }
            }
        }
    }
}

/// The message for a test that failed.
fn complaint(world: &World, seed: u64, message: &str) -> String {
    let mut text = format!("seed {seed}: {message}\n");
    let story = world.trace().log_text();
    let lines: Vec<&str> = story.lines().collect();
    let left_out = lines.len().saturating_sub(STORY_LINES);
    if left_out > 0 {
        let _ = writeln!(text, "  … {left_out} earlier lines");
    }
    for line in &lines[left_out..] {
        let _ = writeln!(text, "  {line}");
    }
    for name in world.unregistered_names() {
        let _ = writeln!(text, "  {name}");
    }
    let _ = write!(text, "  replay: {}", replay_command(seed, thread::current().name()));
    text
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::*;
    use crate::engine::term::Term;
    use crate::otp::{gen_server, kernel};
    use crate::{atom, tuple};

    #[test]
    fn every_seed_is_run() {
        let sum = Cell::new(0);
        let config = WorldConfig { seed: 3, ..WorldConfig::default() };
        WorldTest::new(config.clone()).run(|_| sum.set(sum.get() + 1));
        assert_eq!(sum.replace(0), 10);
        WorldTest::new(config).seeds(5..8).run(|_| sum.set(sum.get() + 1));
        assert_eq!(sum.get(), 3);
    }

    #[test]
    fn a_failure_carries_the_story_and_the_command() {
        let failing = || {
            WorldTest::new(WorldConfig::default()).seeds(4..6).run(|world| {
                let [a, b] = kernel::start_nodes(world, ["a@x", "b@y"]);
                let cut = world.partition(&[vec![a], vec![b]]);
                world.run_for(Duration::from_secs(1));
                world.heal(cut);
                let asked = world.run(a, |ctx| async move {
                    ctx.register(atom!("store"), ctx.pid())?;
                    gen_server::call::<Term>(&ctx, "stroe", tuple![]).await
                });
                assert!(asked.is_ok(), "the store is gone");
            });
        };
        let payload = catch_unwind(AssertUnwindSafe(failing)).unwrap_err();
        let text = payload.downcast_ref::<String>().unwrap();
        insta::assert_snapshot!(text);
    }

    #[test]
    #[should_panic(expected = "there are no seeds")]
    fn no_seed_is_no_test() {
        WorldTest::new(WorldConfig::default()).seeds(5..5).run(|_| {});
    }
}
