//! The network: hosts, the paths between them, and the connections between nodes.

mod delay;

pub use delay::Delay;

/// What a path from one host to another is like.
#[derive(Clone, Debug, PartialEq)]
pub struct PathConfig {
    /// The time that a packet is under way.
    pub latency: Delay,
    /// Bits per second; nothing means unlimited.
    pub bandwidth: Option<u64>,
    /// How many packets in a million are lost and have to be sent again.
    pub loss_ppm: u32,
}
