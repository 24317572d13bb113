//! The colours of reports.

use anstyle::{AnsiColor, Style};

/// How the parts of a report look, and how wide they may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Styles {
    /// What is injected, and what broke.
    pub bad: Style,
    /// What is well, or well again.
    pub good: Style,
    /// What is in doubt.
    pub doubtful: Style,
    /// Titles.
    pub title: Style,
    /// What can be passed over.
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

    /// For lines of at most so many characters.
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
