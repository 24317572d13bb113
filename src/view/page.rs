//! The page: one file that needs no other, and that its own policy keeps from loading any.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};

use crate::engine::time::{Time, format_duration};

use super::html::{base64, escaped, word};
use super::pack::{PageTexts, pack};
use super::palette;
use super::picture::Picture;
use super::strip;
use super::thin::{Density, thin};

/// The parts of the script in their order.
const SCRIPTS: [&str; 15] = [
    include_str!("page/pack.js"),
    include_str!("page/model.js"),
    include_str!("page/scale.js"),
    include_str!("page/lanes.js"),
    include_str!("page/clients.js"),
    include_str!("page/scene.js"),
    include_str!("page/paint.js"),
    include_str!("page/find.js"),
    include_str!("page/state.js"),
    include_str!("page/panels.js"),
    include_str!("page/link.js"),
    include_str!("page/keys.js"),
    include_str!("page/pointer.js"),
    include_str!("page/print.js"),
    include_str!("page/main.js"),
];

const STYLE: &str = include_str!("page/page.css");
const FRAME: &str = include_str!("page/page.html");

/// The lengths to which texts are cut where a page would be too large, in characters.
const LENGTHS: [usize; 3] = [4_000, 1_000, 200];

/// The bytes of a block of a sample, and the blocks of which one is taken.
const SAMPLE: usize = 1 << 16;
const SAMPLE_STEP: usize = 16;

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
    /// True if it shows two runs.
    pub has_beside: bool,
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
    page_with(picture, None, limits)
}

/// The page of two pictures, one below the other; the first is that of [`Picture::beside`]. Where it
/// would be too large, it is the page of the first alone, and says so.
///
/// # Errors
/// [`PageTooLarge`] if that is too large as well.
pub fn page_of_two(
    picture: &Picture,
    other: &Picture,
    limits: &PageLimits,
) -> Result<Page, PageTooLarge> {
    page_with(picture, Some(other), limits)
}

fn page_with(
    picture: &Picture,
    other: Option<&Picture>,
    limits: &PageLimits,
) -> Result<Page, PageTooLarge> {
    let alone = [Density::All, Density::PlumbingNearFaults, Density::StoryAndFaults];
    let tries = other.map(|other| (Some(other), Density::All)).into_iter();
    for (shown, density) in tries.chain(alone.map(|density| (None, density))) {
        if let Some(mut page) = page_at(picture, shown, density, limits) {
            page.has_beside = shown.is_some();
            return Ok(page);
        }
    }
    Err(PageTooLarge { records: picture.records(), limit: limits.bytes >> 20 })
}

/// The page with so many records, its texts as long as there is room; `None` if there is none.
fn page_at(
    picture: &Picture,
    other: Option<&Picture>,
    density: Density,
    limits: &PageLimits,
) -> Option<Page> {
    let window = (limits.from.as_nanos(), limits.to.as_nanos());
    let [thinned, other_thinned] =
        [Some(picture), other].map(|each| each.and_then(|each| thin(each, density, window)));
    let columns = thinned.as_ref().unwrap_or(&picture.columns);
    let is_alone = other.is_none() && !picture.head.beside.is_empty();
    let lengths = LENGTHS.map(Some).into_iter();
    let lengths = lengths.filter(|length| limits.longest.is_none_or(|own| *length < Some(own)));
    for longest in [limits.longest].into_iter().chain(lengths) {
        let mut left_out = picture.head.left_out.clone();
        left_out.extend(notes(picture, columns.len(), density, longest, limits));
        if is_alone {
            left_out
                .push(format!("{} is not shown beside it: there is no room", picture.head.beside));
        }
        let mut texts = PageTexts::new(longest);
        let packed = pack(picture, columns, &mut texts, &left_out);
        let beside = other.map(|other| {
            let columns = other_thinned.as_ref().unwrap_or(&other.columns);
            pack(other, columns, &mut texts, &[])
        });
        let parts = || [Some(&packed), beside.as_ref()].into_iter().flatten();
        // Where there is no room even without texts, cutting them is no use.
        let most = limits.bytes / 4 * 5;
        if parts().map(|part| estimated(&part.bytes[..part.texts_at])).sum::<usize>() > most {
            return None;
        }
        if parts().map(|part| estimated(&part.bytes)).sum::<usize>() > most {
            continue;
        }
        let beside = beside.as_ref().map(|packed| packed.bytes.as_slice());
        let html = html(picture, &left_out, &packed.bytes, beside);
        if html.len() <= limits.bytes {
            return Some(Page { html, left_out, has_beside: false });
        }
    }
    None
}

/// The size of bytes on a page, packed and as text, as far as a sample of them shows: packing all of
/// what will not fit takes longer than anything else.
fn estimated(bytes: &[u8]) -> usize {
    if bytes.len() < 2 * SAMPLE * SAMPLE_STEP {
        // As little as that is packed at once.
        return 0;
    }
    let blocks = bytes.chunks(SAMPLE).step_by(SAMPLE_STEP);
    let sample: Vec<u8> = blocks.flatten().copied().collect();
    // Four characters stand for three bytes.
    (gzip(&sample).len() as f64 * (bytes.len() as f64 / sample.len() as f64) * 4.0 / 3.0) as usize
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

fn html(picture: &Picture, left_out: &[String], packed: &[u8], beside: Option<&[u8]>) -> String {
    let script = script();
    let style = strip::style(&(palette::style() + STYLE));
    let hash = |text: &str| format!("'sha256-{}'", base64(&Sha256::digest(text)));
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data: blob:; base-uri 'none'; \
         form-action 'none'",
        hash(&script),
        hash(&style)
    );
    let data = base64(&gzip(packed));
    let beside = beside.map_or(String::new(), |packed| base64(&gzip(packed)));
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
            "style" => html += &style,
            "script" => html += &script,
            "data" => html += &data,
            "beside" => html += &beside,
            "plain" => html += &plain(picture, left_out),
            other => unreachable!("the frame has no place for {other}"),
        }
        html += rest;
    }
    html
}

/// The whole script, in a scope of its own.
fn script() -> String {
    strip::script(&format!("(() => {{\n\"use strict\";\n{}}})();\n", SCRIPTS.concat()))
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

/// Packed bytes, with no time and no name of a machine in them.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    // The highest levels take several times as long for a hundredth of the size.
    let mut packer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::new(6));
    packer.write_all(bytes).expect("a vector takes all bytes");
    packer.finish().expect("a vector takes all bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page is read by people and sent by mail: what it carries besides its data stays small.
    #[test]
    fn a_page_carries_little_besides_its_data() {
        let (script, style) = (script().len(), strip::style(&(palette::style() + STYLE)).len());
        let written = SCRIPTS.iter().map(|part| part.len()).sum::<usize>() + STYLE.len();
        assert!(script + style < 135_000, "script {script}, style {style} of {written} bytes");
    }
}
