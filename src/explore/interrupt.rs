//! A request to stop that reaches all threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A request to stop, shared by all its clones: once it is raised, work begins nothing new and
/// returns its results so far.
///
/// ```
/// use nodedown::explore::Interrupt;
///
/// let interrupt = Interrupt::default();
/// let elsewhere = interrupt.clone();
/// elsewhere.raise();
/// assert!(interrupt.is_raised());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Requests a stop; this cannot be undone.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// True once a stop was requested.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
