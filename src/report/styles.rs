//! The colours of reports.

use anstyle::{AnsiColor, Style};

/// How the parts of a report look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
}

impl Styles {
    /// No colours.
    #[must_use]
    pub const fn plain() -> Styles {
        let plain = Style::new();
        Styles { bad: plain, good: plain, doubtful: plain, title: plain, faint: plain }
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
        }
    }
}
