//! What people and programs get to read about a run.
//!
//! The functions give a text with ANSI codes if the [`Styles`] have colours; whether they reach the
//! terminal is the caller's choice.

mod columns;
mod comparison;
mod difference;
mod explanation;
mod heading;
mod json;
mod story;
mod styles;
mod table;
#[cfg(test)]
mod tests;

pub use comparison::comparison_text;
pub use difference::{difference_text, parting_text};
pub use explanation::explanation_text;
pub use heading::heading_text;
pub use json::{to_json, write_trace};
pub use story::{StoryLine, Tone, story, story_text};
pub use styles::Styles;
pub use table::{figures_text, verdict_text};
