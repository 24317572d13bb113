//! A picture in bytes: `NDV1`, the length of the head, the head as JSON, then the columns.
//!
//! The head names each column with its length in bytes. Numbers are LEB128; those that may be
//! negative are zigzag-coded. Texts end with a zero byte each.

use serde_json::{Value, json};

use super::columns::Columns;
use super::picture::Picture;

/// The first bytes.
const MAGIC: &[u8] = b"NDV1";

/// A column under construction.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn number(&mut self, mut number: u64) {
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

/// The bytes of a picture with these records, each text at most this long.
pub(super) fn pack(
    picture: &Picture,
    columns: &Columns,
    longest: Option<usize>,
    left_out: &[String],
) -> Vec<u8> {
    let (texts, renumbered) = used_texts(picture, columns, longest);
    let number_of =
        |all: &[u32]| -> Vec<u32> { all.iter().map(|text| renumbered[*text as usize]).collect() };
    let parts: [(&str, Bytes); 14] = [
        ("id", Bytes::steps(&columns.id)),
        ("kind", Bytes(columns.kind.clone())),
        ("at", times(columns)),
        ("node", Bytes::numbers(&columns.node)),
        ("cause", causes(columns)),
        ("process", Bytes::steps(&columns.process)),
        ("other", Bytes::steps(&columns.other)),
        ("text", text_numbers(columns, &number_of(&columns.text))),
        ("name", Bytes::numbers(&number_of(&columns.name))),
        ("number", Bytes::numbers(&columns.number)),
        ("process_label", Bytes::numbers(&number_of(&labels(picture)))),
        ("process_parent", parents(picture)),
        ("process_place", places(picture)),
        ("texts", Bytes(texts)),
    ];
    let mut head = serde_json::to_value(&picture.head).expect("a head is a JSON object");
    head["left_out"] = json!(left_out);
    head["records"] = json!(columns.len());
    head["processes"] = json!(picture.processes.list.len());
    head["columns"] = parts
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), json!(bytes.0.len())))
        .collect::<serde_json::Map<String, Value>>()
        .into();
    let head = head.to_string();
    let mut packed = MAGIC.to_vec();
    packed.extend((head.len() as u32).to_le_bytes());
    packed.extend(head.as_bytes());
    for (_, bytes) in parts {
        packed.extend(bytes.0);
    }
    packed
}

/// The times, each as the time since the record before.
fn times(columns: &Columns) -> Bytes {
    let mut bytes = Bytes::default();
    let mut last = 0;
    for at in &columns.at {
        bytes.number(at.saturating_sub(last));
        last = *at;
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

/// The texts of the records; 1 stands for that of the cause, others are one more than their number.
fn text_numbers(columns: &Columns, numbers: &[u32]) -> Bytes {
    let mut bytes = Bytes::default();
    for (index, number) in numbers.iter().enumerate() {
        let cause = (columns.cause[index] as usize).checked_sub(1);
        let same = *number > 0 && cause.is_some_and(|cause| numbers[cause] == *number);
        let own = if *number == 0 { 0 } else { u64::from(*number) + 1 };
        bytes.number(if same { 1 } else { own });
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

/// The texts that the records and the processes name, and the new number of each.
fn used_texts(picture: &Picture, columns: &Columns, longest: Option<usize>) -> (Vec<u8>, Vec<u32>) {
    let list = picture.texts.list();
    let mut used = vec![false; list.len()];
    let named = columns.text.iter().chain(&columns.name);
    let labels = labels(picture);
    named.chain(&labels).for_each(|text| used[*text as usize] = true);
    used[0] = true;
    let (mut bytes, mut numbers, mut next) = (Vec::new(), vec![0; list.len()], 0);
    for (number, text) in list.iter().enumerate().filter(|(number, _)| used[*number]) {
        numbers[number] = next;
        next += 1;
        let start = bytes.len();
        match longest.and_then(|longest| text.char_indices().nth(longest)) {
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
    (bytes, numbers)
}
