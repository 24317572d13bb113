//! Applications of one server under a supervisor.

use std::cell::Cell;

use crate::engine::runtime::Context;
use crate::engine::term::Atom;
use crate::otp::application::{ApplicationSpec, StartType};
use crate::otp::supervisor::{self, ChildSpec, Flags, StartResult};

/// An application of one server, which is called as the application is. The server is told how the
/// application starts; a restart by the supervisor is a start like any other.
pub(super) fn application<F, Fut>(name: Atom, flags: Flags, start: F) -> ApplicationSpec
where
    F: Fn(Context, StartType) -> Fut + Clone + 'static,
    Fut: Future<Output = StartResult> + 'static,
{
    ApplicationSpec::new(name.as_str(), move |ctx, start_type| {
        let (start, first) = (start.clone(), Cell::new(start_type));
        let server = ChildSpec::worker(name.as_str(), move |ctx| {
            start(ctx, first.replace(StartType::Normal))
        });
        async move { supervisor::start_link(&ctx, None, flags, vec![server]).await }
    })
}
