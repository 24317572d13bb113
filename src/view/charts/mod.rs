//! Charts of many runs: the results of a sweep, of a test, of a search for faults that are not masked.
//!
//! - `plot`: axes, points and lines in SVG
//! - `sweep`: distributions of times, ways of failing, coverage
//! - `proof`: the points at which a fault struck, and what came of it

mod plot;
mod proof;
mod style;
mod sweep;

use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::html::{base64, escaped};
use super::palette;
use crate::formats::proof::ProofJson;
use crate::formats::results::ResultsJson;
use style::STYLE;

/// Results that cannot be shown.
#[derive(Debug, thiserror::Error)]
#[error("these are results of many runs that cannot be shown: {0}")]
pub struct UnreadableResults(#[from] serde_json::Error);

/// The page of the results of many runs, as `nodedown sweep --out`, `nodedown test --out` and
/// `nodedown prove --json` write them; `None` if a text is something else.
///
/// ```
/// let none = nodedown::view::charts(r#"{ "name": "a scenario" }"#)?;
/// assert!(none.is_none());
/// # Ok::<(), nodedown::view::UnreadableResults>(())
/// ```
///
/// # Errors
/// [`UnreadableResults`] if they are of another version, or have mistakes.
pub fn charts(text: &str) -> Result<Option<String>, UnreadableResults> {
    let start: String = text.chars().filter(|c| !c.is_whitespace()).take(12).collect();
    if start.starts_with("{\"results\":") {
        let results: ResultsJson = read(text)?;
        let names: Vec<&str> = results.scenarios.iter().map(|each| each.name.as_str()).collect();
        return Ok(Some(page(&names.join(", "), &sweep::body(&results))));
    }
    if start.starts_with("{\"proof\":") {
        let proof: ProofJson = read(text)?;
        return Ok(Some(page(&proof.name, &proof::body(&proof))));
    }
    Ok(None)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, UnreadableResults> {
    Ok(serde_json::from_str(text)?)
}

/// A page that runs no script at all.
fn page(title: &str, body: &str) -> String {
    let style = palette::style() + STYLE;
    let hash = base64(&Sha256::digest(&style));
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'sha256-{hash}'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}
