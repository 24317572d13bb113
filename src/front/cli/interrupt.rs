//! Ctrl-C, and the other signals by which people and schedulers ask a program to end.

use std::io::Write;
use std::process;
use std::sync::OnceLock;

use super::Ending;
use crate::explore::Interrupt;

/// The request to stop that Ctrl-C raises, for commands that hand over the results so far. A second
/// Ctrl-C ends the program at once.
pub(super) fn on_ctrl_c() -> &'static Interrupt {
    static INTERRUPT: OnceLock<Interrupt> = OnceLock::new();
    INTERRUPT.get_or_init(|| {
        let interrupt = Interrupt::default();
        let raised = interrupt.clone();
        let handler = move || {
            if raised.is_raised() {
                process::exit(Ending::Interrupted as i32);
            }
            raised.raise();
            // Nobody is there to be told that nobody can be told.
            let _ = writeln!(
                anstream::stderr(),
                "\ninterrupted: finishing the runs under way; Ctrl-C again to give up at once"
            );
        };
        // Where there are no signals, Ctrl-C ends the program as it always does.
        let _ = ctrlc::set_handler(handler);
        interrupt
    })
}
