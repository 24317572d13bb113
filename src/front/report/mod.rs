//! Reports on runs, for people and for programs.
//!
//! The functions give a text with ANSI codes if the [`Styles`] have colours; whether they reach the
//! terminal is the caller's choice.

mod columns;
mod comparison;
mod coverage;
mod difference;
mod explanation;
mod github;
mod heading;
mod json;
mod junit;
mod preflight;
mod proof;
mod results;
mod shrunk;
mod story;
mod styles;
mod suite;
mod sweep;
mod table;
#[cfg(test)]
mod tests;

pub use comparison::comparison_text;
pub use coverage::{coverage_summary_text, coverage_text};
pub use difference::{difference_text, divergence_text};
pub use explanation::explanation_text;
pub use github::{FailureChart, annotations_text, step_summary_text};
pub use heading::heading_text;
#[cfg(feature = "course")]
pub(in crate::front) use heading::wrapped;
pub use json::{run_json, write_trace};
pub use junit::write_junit;
pub use preflight::{PreflightLayout, preflight_json, preflight_text};
pub use proof::{proof_json, proof_text};
pub use results::{JsonLayout, read_results, write_csv, write_results};
pub use shrunk::{shrunk_json, shrunk_text};
pub use story::{StoryLine, Tone, story, story_text};
pub use styles::Styles;
pub use suite::suite_text;
pub use sweep::{extent_text, sweep_text, sweep_text_in_full, totals_text, ways_text};
pub use table::{figures_text, verdict_text};
