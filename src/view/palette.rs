//! The colours of pages, charts and drawings: those of Okabe and Ito, darker on light ground and
//! lighter on dark ground where text or thin lines need the contrast.

use std::fmt::Write;

/// A colour by its role.
#[derive(Clone, Copy, Debug)]
pub(super) struct Colour {
    /// The name of its variable in style sheets.
    name: &'static str,
    pub light: &'static str,
    dark: &'static str,
    /// The system colour in its place where the reader has chosen the colours.
    forced: &'static str,
}

const fn colour(
    name: &'static str,
    light: &'static str,
    dark: &'static str,
    forced: &'static str,
) -> Colour {
    Colour { name, light, dark, forced }
}

pub(super) const PAPER: Colour = colour("paper", "#ffffff", "#14171a", "Canvas");
pub(super) const INK: Colour = colour("ink", "#15181c", "#eef1f4", "CanvasText");
pub(super) const SOFT: Colour = colour("soft", "#5a6472", "#a3adb8", "CanvasText");
pub(super) const GRID: Colour = colour("grid", "#e6eaef", "#262c33", "GrayText");
pub(super) const MESSAGE: Colour = colour("message", "#0072b2", "#56b4e9", "CanvasText");
pub(super) const LATE: Colour = colour("late", "#e69f00", "#e69f00", "CanvasText");
pub(super) const LATE_EDGE: Colour = colour("late-edge", "#9a6700", "#e69f00", "CanvasText");
pub(super) const BAD: Colour = colour("bad", "#d55e00", "#f0743a", "LinkText");
pub(super) const BAD_INK: Colour = colour("bad-ink", "#a33f00", "#ff9a66", "LinkText");
pub(super) const APPLICATION: Colour = colour("app", "#009e73", "#0aa57a", "CanvasText");
pub(super) const FAULT: Colour = colour("fault", "#f3c98b", "#6b4a17", "GrayText");

/// All colours.
const ALL: [Colour; 20] = [
    PAPER,
    colour("panel", "#f5f7fa", "#1b1f24", "Canvas"),
    INK,
    SOFT,
    colour("rule", "#d0d7de", "#3a424b", "CanvasText"),
    GRID,
    MESSAGE,
    LATE,
    LATE_EDGE,
    BAD,
    BAD_INK,
    APPLICATION,
    colour("app-ink", "#00734f", "#4fd1a5", "CanvasText"),
    colour("effect", "#aa4a86", "#d58bb4", "Highlight"),
    colour("chain", "#000000", "#ffffff", "Highlight"),
    FAULT,
    colour("select", "#fff3c4", "#3b3413", "Canvas"),
    colour("focus", "#0b57d0", "#8ab4f8", "Highlight"),
    colour("good-ink", "#00734f", "#4fd1a5", "CanvasText"),
    colour("doubt-ink", "#7a5200", "#f0c060", "CanvasText"),
];

/// The style sheet of the colours: light or dark as the reader's system is, unless the page says
/// otherwise, and the reader's own colours where there are any, whatever the page says.
pub(super) fn style() -> String {
    let block = |of: fn(&Colour) -> &'static str| {
        let mut text = String::new();
        for colour in &ALL {
            let _ = write!(text, " --{}: {};", colour.name, of(colour));
        }
        text
    };
    let [light, dark, forced] =
        [block(|each| each.light), block(|each| each.dark), block(|each| each.forced)];
    format!(
        ":root {{{light} }}\n@media (prefers-color-scheme: dark) {{ :root:not([data-theme=\"light\"]) \
         {{{dark} }} }}\n:root[data-theme=\"dark\"] {{{dark} }}\n@media (forced-colors: active) {{ \
         :root:root:root {{{forced} }} }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of a colour (WCAG 2).
    fn luminance(hex: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.039_28 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let [one, other] = [one, other].map(luminance);
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn texts_and_lines_stand_out_on_both_grounds() {
        let mut seen = 0;
        for each in ALL {
            let least = match each.name {
                "ink" | "soft" | "bad-ink" | "app-ink" | "good-ink" | "doubt-ink" => 4.5,
                "message" | "bad" | "late-edge" | "app" | "effect" | "chain" | "focus" => 3.0,
                _ => continue,
            };
            for (own, paper) in [(each.light, PAPER.light), (each.dark, PAPER.dark)] {
                let contrast = contrast(own, paper);
                assert!(contrast >= least, "{} on {paper}: {contrast:.2}", each.name);
                seen += 1;
            }
        }
        assert_eq!(seen, 26);
    }
}
