//! The colours of reports.

use anstyle::{AnsiColor, Style};

/// The styles of a report, and its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Styles {
    /// Faults, and everything that broke.
    pub bad: Style,
    /// Everything that works, or works again.
    pub good: Style,
    /// Everything in doubt.
    pub doubtful: Style,
    /// Titles.
    pub title: Style,
    /// Details that can be skipped.
    pub faint: Style,
    /// The most characters of a line of a table.
    pub width: usize,
}

impl Styles {
    /// No colours.
    #[must_use]
    pub const fn plain() -> Styles {
        let plain = Style::new();
        let width = usize::MAX;
        Styles { bad: plain, good: plain, doubtful: plain, title: plain, faint: plain, width }
    }

    /// The usual colours of terminals.
    #[must_use]
    pub const fn coloured() -> Styles {
        Styles {
            bad: AnsiColor::Red.on_default().bold(),
            good: AnsiColor::Green.on_default(),
            doubtful: AnsiColor::Yellow.on_default(),
            title: Style::new().bold(),
            faint: Style::new().dimmed(),
            width: usize::MAX,
        }
    }

    /// The same styles, for lines of at most `width` characters.
    #[must_use]
    pub const fn within(self, width: usize) -> Styles {
        Styles { width, ..self }
    }
}

impl Default for Styles {
    fn default() -> Styles {
        Styles::plain()
    }
}
