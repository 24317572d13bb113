//! The page: one file that needs no other, and that its own policy keeps from loading any.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};

use crate::engine::time::{Time, format_duration};
use crate::formats::VerdictJson;

use super::pack::pack;
use super::picture::Picture;
use super::thin::{Density, thin};

/// The parts of the script in their order.
const SCRIPTS: [&str; 12] = [
    include_str!("page/pack.js"),
    include_str!("page/model.js"),
    include_str!("page/scale.js"),
    include_str!("page/lanes.js"),
    include_str!("page/scene.js"),
    include_str!("page/paint.js"),
    include_str!("page/find.js"),
    include_str!("page/state.js"),
    include_str!("page/panels.js"),
    include_str!("page/link.js"),
    include_str!("page/keys.js"),
    include_str!("page/main.js"),
];

const STYLE: &str = include_str!("page/page.css");
const FRAME: &str = include_str!("page/page.html");

/// The lengths to which texts are cut where a page would be too large, in characters.
const LENGTHS: [usize; 3] = [4_000, 1_000, 200];

/// The most that bytes shrink when they are packed: what is larger than that is not tried.
const BEST_RATIO: usize = 16;

/// The limits of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimits {
    /// The largest size in bytes.
    pub bytes: usize,
    /// The longest text that is shown whole, in characters; `None` is as long as there is room.
    pub longest: Option<usize>,
    /// The time from which on single messages are shown.
    pub from: Time,
    /// The time up to which single messages are shown.
    pub to: Time,
}

impl Default for PageLimits {
    fn default() -> PageLimits {
        PageLimits { bytes: 8 << 20, longest: None, from: Time::ZERO, to: Time::MAX }
    }
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its text.
    pub html: String,
    /// The omissions, a sentence each.
    pub left_out: Vec<String>,
}

/// A run has so many records that no page of it is small enough.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{records} records make a page of more than {limit} MiB even without most of their messages; \
     show a part of the time with --from and --to, or allow more with --max-size"
)]
pub struct PageTooLarge {
    records: usize,
    limit: usize,
}

/// The page of a picture, the same bytes for the same picture.
///
/// A page that would be too large has long texts cut first, then leaves out records far from
/// faults; it says so.
///
/// # Errors
/// [`PageTooLarge`] if all that is not enough.
pub fn page(picture: &Picture, limits: &PageLimits) -> Result<Page, PageTooLarge> {
    let window = (limits.from.as_nanos(), limits.to.as_nanos());
    for density in [Density::All, Density::PlumbingNearFaults, Density::StoryAndFaults] {
        let thinned = thin(picture, density, window);
        let columns = thinned.as_ref().unwrap_or(&picture.columns);
        let lengths = LENGTHS.map(Some).into_iter();
        let lengths = lengths.filter(|length| limits.longest.is_none_or(|own| *length < Some(own)));
        for longest in [limits.longest].into_iter().chain(lengths) {
            let mut left_out = picture.head.left_out.clone();
            left_out.extend(notes(picture, columns.len(), density, longest, limits));
            let packed = pack(picture, columns, longest, &left_out);
            if packed.len() / BEST_RATIO > limits.bytes {
                continue;
            }
            let html = html(picture, &left_out, &packed);
            if html.len() <= limits.bytes {
                return Ok(Page { html, left_out });
            }
        }
    }
    Err(PageTooLarge { records: picture.records(), limit: limits.bytes >> 20 })
}

/// The omissions.
fn notes(
    picture: &Picture,
    shown: usize,
    density: Density,
    longest: Option<usize>,
    limits: &PageLimits,
) -> Vec<String> {
    let mut notes = Vec::new();
    let missing = picture.records() - shown;
    if density != Density::All {
        notes.push(format!("{missing} records are left out: {}", density.text()));
    } else if missing > 0 {
        let to = if limits.to == Time::MAX { String::new() } else { format!(" to {}", limits.to) };
        let from = format_duration(limits.from.since_start());
        notes.push(format!(
            "{missing} records are left out: single messages are shown from {from}{to}"
        ));
    }
    let is_cut = |longest: &usize| {
        picture
            .texts
            .list()
            .iter()
            .any(|text| text.len() > *longest && text.chars().nth(*longest).is_some())
    };
    notes.extend(
        longest.filter(is_cut).map(|longest| format!("texts are cut after {longest} characters")),
    );
    notes
}

fn html(picture: &Picture, left_out: &[String], packed: &[u8]) -> String {
    let script = format!("(() => {{\n\"use strict\";\n{}}})();\n", SCRIPTS.concat());
    let hash = |text: &str| format!("'sha256-{}'", base64(&Sha256::digest(text)));
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data: blob:; base-uri 'none'; \
         form-action 'none'",
        hash(&script),
        hash(STYLE)
    );
    let data = base64(&gzip(packed));
    let title = match picture.head.seed {
        Some(seed) => format!("{}, seed {seed}", picture.head.name),
        None => picture.head.name.clone(),
    };
    let mut html = String::with_capacity(data.len() + script.len() + FRAME.len() + 16_384);
    // Each part once, so that nothing that was put in is looked at again.
    let parts = FRAME.split("{{");
    for (index, part) in parts.enumerate() {
        let Some((name, rest)) = part.split_once("}}").filter(|_| index > 0) else {
            html += part;
            continue;
        };
        match name {
            "title" => html += &escaped(&title),
            "policy" => html += &policy,
            "style" => html += STYLE,
            "script" => html += &script,
            "data" => html += &data,
            "plain" => html += &plain(picture, left_out),
            other => unreachable!("the frame has no place for {other}"),
        }
        html += rest;
    }
    html
}

/// The verdict and the story for browsers that run no scripts.
fn plain(picture: &Picture, left_out: &[String]) -> String {
    let mut text = String::new();
    let head = &picture.head;
    if let Some(verdict) = head.verdict {
        let _ = writeln!(text, "verdict: {}", word(verdict));
    }
    for check in &head.checks {
        let result = word(check.result);
        let _ = writeln!(text, "{result}: {}: {}", check.expectation, check.summary);
    }
    for line in &head.story {
        let _ = writeln!(text, "{:>9}  {}  {}", line.at.to_string(), line.who, line.what);
    }
    for note in left_out {
        let _ = writeln!(text, "note: {note}");
    }
    escaped(&text)
}

const fn word(verdict: VerdictJson) -> &'static str {
    match verdict {
        VerdictJson::Pass => "pass",
        VerdictJson::Violated => "violated",
        VerdictJson::Inconclusive => "inconclusive",
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            other => safe.push(other),
        }
    }
    safe
}

/// Packed bytes, with no time and no name of a machine in them.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let level = if bytes.len() > 32 << 20 { Compression::new(6) } else { Compression::best() };
    let mut packer = GzBuilder::new().mtime(0).write(Vec::new(), level);
    packer.write_all(bytes).expect("a vector takes all bytes");
    packer.finish().expect("a vector takes all bytes")
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            if digit <= chunk.len() {
                text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        let examples =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (text, expected) in examples {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }
}
