//! The link of a page: the view that it shows, as text behind a `#`.

use std::str::FromStr;
use std::time::Duration;

use crate::engine::time::{Time, parse_duration};

/// The part of a run that a link of its page shows: everything behind the `#`.
///
/// ```
/// use nodedown::view::{PageLink, Relatives};
///
/// let link: PageLink = "#t=19.998-20.525&r=14193&c=led&h=ops@b&tab=why".parse()?;
/// assert_eq!((link.record, link.relatives), (Some(14193), Relatives::Effects));
/// assert_eq!(link.hidden, ["ops@b"]);
/// assert!("r=first".parse::<PageLink>().is_err());
/// # Ok::<(), nodedown::view::UnreadableLink>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageLink {
    /// The times of the left and of the right edge; `None` if the whole run is in view.
    pub window: Option<(Time, Time)>,
    /// The nodes whose lanes are hidden.
    pub hidden: Vec<String>,
    /// The chosen record, by its number in the trace.
    pub record: Option<u32>,
    /// The records that are shown with the chosen one.
    pub relatives: Relatives,
    /// True if each instant has the same room.
    pub is_ordered: bool,
    /// The digest of the run that the link is of, if it says so.
    pub digest: Option<String>,
}

/// The records that are shown with a chosen one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Relatives {
    /// Those that led to it.
    #[default]
    Causes,
    /// These, and all that it led to.
    Effects,
    /// All that could have influenced it, and all that it could have influenced.
    HappenedBefore,
}

/// The reason why a text is no link of a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableLink {
    /// It has no view in it.
    #[error(
        "there is no view in it; copy the link of a page with `y`: it has a `#` with `t=`, `r=` or `tab=` behind it"
    )]
    Empty,
    /// A part of it has a value that it cannot have.
    #[error("`{part}`: {expected}")]
    Value {
        /// The part.
        part: String,
        /// A sentence that says what is expected.
        expected: &'static str,
    },
}

impl FromStr for PageLink {
    type Err = UnreadableLink;

    /// Reads a link, or only what stands behind its `#`. Parts that say nothing about records, and those
    /// that are not known, do not matter.
    fn from_str(text: &str) -> Result<PageLink, UnreadableLink> {
        let view = text.rsplit_once('#').map_or(text, |(_, view)| view);
        let mut link = PageLink::default();
        let mut is_empty = true;
        for part in view.split('&') {
            let Some((key, value)) = part.split_once('=') else { continue };
            is_empty = false;
            let wrong = |expected| UnreadableLink::Value { part: part.to_owned(), expected };
            match key {
                "t" => link.window = Some(window(value).ok_or_else(|| wrong(WINDOW))?),
                "r" => link.record = Some(value.parse().map_err(|_| wrong(RECORD))?),
                "c" => link.relatives = relatives(value).ok_or_else(|| wrong(CONE))?,
                "h" => link.hidden = names(value).ok_or_else(|| wrong(NAMES))?,
                "x" => link.is_ordered = value == "order",
                "d" => link.digest = Some(value.to_owned()),
                _ => {}
            }
        }
        if is_empty { Err(UnreadableLink::Empty) } else { Ok(link) }
    }
}

const WINDOW: &str = "write the time in view in seconds, the earlier one first: `t=19.5-21`";
const RECORD: &str = "write the number of a record: `r=14193`";
const CONE: &str = "write `c=chain`, `c=led` or `c=all`";
const NAMES: &str = "write the names of nodes, with commas between them: `h=web@a,ops@b`";

fn window(text: &str) -> Option<(Time, Time)> {
    let (from, to) = text.split_once('-')?;
    let [from, to] = [from, to].map(seconds);
    let (from, to) = (from?, to?);
    (from < to).then_some((Time::ZERO + from, Time::ZERO + to))
}

/// A number of seconds; digits behind those of a nanosecond do not count.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_in_order = is_number(whole) && is_number(rest) && !(whole.is_empty() && rest.is_empty());
    let whole = if whole.is_empty() { "0" } else { whole };
    let rest = &rest[..rest.len().min(9)];
    is_in_order.then(|| parse_duration(&format!("{whole}.{rest:0<9}s")).ok())?
}

fn relatives(text: &str) -> Option<Relatives> {
    Some(match text {
        "chain" => Relatives::Causes,
        "led" => Relatives::Effects,
        "all" => Relatives::HappenedBefore,
        _ => return None,
    })
}

fn names(text: &str) -> Option<Vec<String>> {
    text.split(',').filter(|name| !name.is_empty()).map(decoded).collect()
}

/// A name without the `%` codes that a link needs.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        if *first == b'%' {
            let digits = others.get(..2).and_then(|digits| std::str::from_utf8(digits).ok())?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &others[2..];
        } else {
            bytes.push(*first);
            rest = others;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(text: &str, expected: &PageLink) {
        assert_eq!(text.parse().as_ref(), Ok(expected), "{text}");
    }

    #[test]
    fn a_link_says_what_is_in_view() {
        let window = Some((Time::from_nanos(19_998_000_000), Time::from_nanos(20_525_000_001)));
        let part = PageLink { window, record: Some(7), is_ordered: true, ..PageLink::default() };
        read("file:///a%20b.html#t=19.998-20.525000001&x=order&r=7&tab=why&new=1", &part);
        let hidden = vec!["é@b".to_owned(), "ops@b".to_owned()];
        read("#h=%C3%A9%40b,ops@b&tab=why", &PageLink { hidden, ..PageLink::default() });
        let digest = Some("9ff6".to_owned());
        read(
            "c=all&d=9ff6",
            &PageLink { relatives: Relatives::HappenedBefore, digest, ..PageLink::default() },
        );
    }

    #[test]
    fn what_no_page_writes_is_refused() {
        for text in ["", "#", "page.html", "#tab", "https://x.org/#top"] {
            assert_eq!(text.parse::<PageLink>(), Err(UnreadableLink::Empty), "{text}");
        }
        for part in ["t=5", "t=5-4", "t=a-b", "t=-1-4", "r=-1", "r=", "c=both", "h=%zz", "h=%e9"] {
            let found = format!("#tab=why&{part}").parse::<PageLink>();
            let is_named =
                matches!(&found, Err(UnreadableLink::Value { part: told, .. }) if told == part);
            assert!(is_named, "{part}: {found:?}");
        }
    }
}
