//! The progress of a command, for those who watch.

use std::fmt;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::engine::time::round_duration;
use crate::explore::ShrinkProgress;

/// A bar on standard error, or nothing if that is not a terminal.
pub(super) struct Progress {
    bar: ProgressBar,
    failed: u64,
}

const BAR: &str = "{bar:32} {human_pos}/{human_len} runs, {msg}, {rate}, {eta} left";
const SPINNER: &str = "{spinner} {human_pos} runs, {msg}, {rate}, {elapsed}";

impl Progress {
    /// A bar for this number of runs; a spinner if the number is unknown.
    pub(super) fn new(runs: Option<u64>) -> Progress {
        let template = if runs.is_some() { BAR } else { SPINNER };
        let bar = ProgressBar::with_draw_target(runs, ProgressDrawTarget::stderr());
        let progress = Progress { bar: bar.with_style(style(template)), failed: 0 };
        progress.tell();
        progress
    }

    /// Sets the number of runs, as far as it is known by now.
    pub(super) fn expect(&self, runs: u64) {
        if self.bar.length() != Some(runs) {
            self.bar.set_style(style(BAR));
            self.bar.set_length(runs);
            self.bar.set_position(0);
        }
    }

    /// Counts a run.
    pub(super) fn advance(&mut self, has_failed: bool) {
        if has_failed {
            self.failed += 1;
            self.tell();
        }
        self.bar.inc(1);
    }

    fn tell(&self) {
        self.bar.set_message(match self.failed {
            0 => "none failed".to_owned(),
            failed => format!("{failed} failed"),
        });
    }

    /// Leaves no trace on the terminal.
    pub(super) fn clear(self) {
        self.bar.finish_and_clear();
    }
}

/// The progress of a search, on standard error, or nothing if that is not a terminal.
pub(super) struct Spinner(ProgressBar);

const SEARCH: &str = "{spinner} {msg}, {elapsed}";

impl Spinner {
    pub(super) fn new() -> Spinner {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        Spinner(bar.with_style(style(SEARCH)))
    }

    /// Shows the progress.
    pub(super) fn tell(&self, step: &ShrinkProgress<'_>) {
        let ShrinkProgress { what, tried, size, .. } = step;
        self.0.set_message(format!(
            "{tried} tried, now {what}: {} faults, {} operations, {} nodes, {}",
            size.faults,
            size.operations,
            size.nodes,
            round_duration(size.duration)
        ));
        self.0.tick();
    }

    /// Leaves no trace on the terminal.
    pub(super) fn clear(self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).expect("a template that is tested");
    style.with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
        // A terminal takes whatever is written.
        let _ = out.write_str(&rate(state.per_sec()));
    })
}

/// The number of runs in a second, in about three digits.
fn rate(per_second: f64) -> String {
    match per_second {
        few if few < 1.0 => format!("{few:.2}/s"),
        some if some < 100.0 => format!("{some:.1}/s"),
        many => format!("{many:.0}/s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_rounded() {
        for (per_second, told) in
            [(0.0, "0.00/s"), (0.0312, "0.03/s"), (31.1531, "31.2/s"), (1234.56, "1235/s")]
        {
            assert_eq!(rate(per_second), told);
        }
    }

    #[test]
    fn both_templates_are_well_formed() {
        for runs in [Some(3), None] {
            let mut progress = Progress::new(runs);
            progress.advance(true);
            assert_eq!(progress.bar.position(), 1);
            assert_eq!(progress.bar.message(), "1 failed");
            progress.clear();
        }
    }
}
