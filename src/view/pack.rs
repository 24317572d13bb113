//! A picture in bytes: `NDV2`, the length of the head, the head as JSON, then the columns.
//!
//! The head names each column with its length in bytes. Numbers are LEB128; those that may be
//! negative are zigzag-coded. Texts end with a zero byte each; a second picture of a page has only
//! the texts that the first does not have, and its numbers go on from there.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use serde_json::{Value, json};

use super::columns::Columns;
use super::guess::process_codes;
use super::picture::Picture;

/// The first bytes.
const MAGIC: &[u8] = b"NDV2";

/// A column under construction.
#[derive(Default)]
pub(super) struct Bytes(Vec<u8>);

impl Bytes {
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)) as u64);
    }

    fn numbers<T: Into<u64> + Copy>(all: &[T]) -> Bytes {
        let mut bytes = Bytes::default();
        for number in all {
            bytes.number((*number).into());
        }
        bytes
    }

    /// The distances between neighbours, which may be negative.
    fn steps(all: &[u32]) -> Bytes {
        let mut bytes = Bytes::default();
        let mut last = 0;
        for number in all {
            bytes.signed(i64::from(*number) - last);
            last = i64::from(*number);
        }
        bytes
    }
}

/// The texts of a page so far, each kept once. Number 0 is the empty text.
#[derive(Debug, Default)]
pub(super) struct PageTexts<'a> {
    numbers: HashMap<&'a str, u32, FxBuildHasher>,
    /// The longest that is kept whole, in characters.
    longest: Option<usize>,
}

/// A picture in bytes.
#[derive(Debug)]
pub(super) struct Packed {
    pub bytes: Vec<u8>,
    /// The place from which on they are texts.
    pub texts_at: usize,
}

/// The bytes of a picture with these records. The first picture of a page has no texts before it.
pub(super) fn pack<'a>(
    picture: &'a Picture,
    columns: &Columns,
    page_texts: &mut PageTexts<'a>,
    left_out: &[String],
) -> Packed {
    let is_below = !page_texts.numbers.is_empty();
    let (texts, renumbered) = page_texts.take(picture, columns);
    let [process, other] = process_codes(picture, columns);
    let number_of =
        |all: &[u32]| -> Vec<u32> { all.iter().map(|text| renumbered[*text as usize]).collect() };
    let parts: [(&str, Bytes); 16] = [
        ("id", Bytes::steps(&columns.id)),
        ("kind", Bytes(columns.kind.clone())),
        ("at", distances(&columns.at)),
        ("node", Bytes::numbers(&columns.node)),
        ("cause", causes(columns)),
        ("process", process),
        ("other", other),
        ("text", text_numbers(columns, &number_of(&columns.text))),
        ("name", Bytes::numbers(&number_of(&columns.name))),
        ("source", Bytes::numbers(&number_of(&columns.source))),
        ("number", Bytes::numbers(&columns.number)),
        ("step", distances(&columns.step)),
        ("process_label", Bytes::numbers(&number_of(&labels(picture)))),
        ("process_parent", parents(picture)),
        ("process_place", places(picture)),
        ("texts", Bytes(texts)),
    ];
    let mut head = serde_json::to_value(&picture.head).expect("a head is a JSON object");
    if is_below {
        // Its operations are compared with those above by their times alone.
        head["operations"]["answer"] = json!([]);
        head["operations"]["value"] = json!([]);
    }
    head["left_out"] = json!(left_out);
    head["records"] = json!(columns.len());
    head["processes"] = json!(picture.processes.list.len());
    head["columns"] = parts
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), json!(bytes.0.len())))
        .collect::<serde_json::Map<String, Value>>()
        .into();
    let head = head.to_string();
    let mut bytes = MAGIC.to_vec();
    bytes.extend((head.len() as u32).to_le_bytes());
    bytes.extend(head.as_bytes());
    let mut texts_at = 0;
    for (_, part) in parts {
        texts_at = bytes.len();
        bytes.extend(part.0);
    }
    Packed { bytes, texts_at }
}

/// Numbers that never become less, such as times, each as its distance from the one before.
fn distances(all: &[u64]) -> Bytes {
    let mut bytes = Bytes::default();
    let mut last = 0;
    for number in all {
        bytes.number(number.saturating_sub(last));
        last = *number;
    }
    bytes
}

/// The distance of each record from its cause; 0 if it has none.
fn causes(columns: &Columns) -> Bytes {
    let mut bytes = Bytes::default();
    for (index, cause) in columns.cause.iter().enumerate() {
        let own = index as u64 + 1;
        bytes.number(if *cause == 0 { 0 } else { own - u64::from(*cause) });
    }
    bytes
}

/// The texts of the records; 1 stands for that of the cause, others for the distance from the next
/// text that no record before had.
fn text_numbers(columns: &Columns, numbers: &[u32]) -> Bytes {
    let mut bytes = Bytes::default();
    let mut next = 1;
    for (index, number) in numbers.iter().enumerate() {
        let cause = (columns.cause[index] as usize).checked_sub(1);
        let same = *number > 0 && cause.is_some_and(|cause| numbers[cause] == *number);
        if *number == 0 || same {
            bytes.number(u64::from(same));
            continue;
        }
        let distance = i64::from(*number) - i64::from(next);
        bytes.number(2 + ((distance << 1) ^ (distance >> 63)) as u64);
        next = next.max(*number + 1);
    }
    bytes
}

fn labels(picture: &Picture) -> Vec<u32> {
    picture.processes.list.iter().map(|process| process.label).collect()
}

fn parents(picture: &Picture) -> Bytes {
    let parents: Vec<u32> = picture.processes.list.iter().map(|process| process.parent).collect();
    Bytes::numbers(&parents)
}

/// For each process its owner, its node, and the two numbers of its pid.
fn places(picture: &Picture) -> Bytes {
    let mut bytes = Bytes::default();
    for (process, owner) in picture.processes.list.iter().zip(&picture.owner_of) {
        let inner = process.pid.trim_start_matches('<').trim_end_matches('>');
        let mut parts = inner.rsplitn(3, '.');
        let mut number = || parts.next().and_then(|part| part.parse::<u64>().ok()).unwrap_or(0);
        let (serial, number) = (number(), number());
        bytes.number(u64::from(*owner));
        bytes.number(u64::from(process.node));
        bytes.number(number);
        bytes.number(serial);
    }
    bytes
}

impl<'a> PageTexts<'a> {
    /// No texts yet, of which each is to be at most so many characters long.
    pub(super) fn new(longest: Option<usize>) -> PageTexts<'a> {
        PageTexts { longest, ..PageTexts::default() }
    }

    /// Takes in the texts that the records and the processes of a picture name: the bytes of the new
    /// ones, and the number on this page of each text of the picture.
    fn take(&mut self, picture: &'a Picture, columns: &Columns) -> (Vec<u8>, Vec<u32>) {
        let list = picture.texts.list();
        let mut used = vec![false; list.len()];
        let named = columns.text.iter().chain(&columns.name).chain(&columns.source);
        let labels = labels(picture);
        named.chain(&labels).for_each(|text| used[*text as usize] = true);
        used[0] = true;
        let (mut bytes, mut numbers) = (Vec::new(), vec![0; list.len()]);
        for (number, text) in list.iter().enumerate().filter(|(number, _)| used[*number]) {
            let next = self.numbers.len() as u32;
            numbers[number] = *self.numbers.entry(*text).or_insert(next);
            if numbers[number] == next {
                self.write(text, &mut bytes);
            }
        }
        (bytes, numbers)
    }

    fn write(&self, text: &str, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        match self.longest.and_then(|longest| text.char_indices().nth(longest)) {
            Some((end, _)) => {
                bytes.extend(&text.as_bytes()[..end]);
                let rest = text[end..].chars().count();
                bytes.extend(format!(" …and {rest} more characters").as_bytes());
            }
            None => bytes.extend(text.as_bytes()),
        }
        // A zero byte ends a text.
        bytes[start..].iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
        bytes.push(0);
    }
}
