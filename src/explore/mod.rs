//! Many runs instead of one: each run is simulated on one thread, several at once.
//!
//! - `pool`: work spread over threads, its results in the order of the work

pub mod pool;
