//! The lines of the source that instructions come from.

use crate::beam::file::Lines;

/// A line of a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::beam) struct Location<'a> {
    /// The file; `None` for the module's own.
    pub(in crate::beam) file: Option<&'a str>,
    pub(in crate::beam) line: u32,
}

/// The first line that is too large for Erlang's stack traces.
const LINE_END: u32 = 1 << 24;

/// The lines of the code of an image.
#[derive(Default)]
pub(super) struct LineTable {
    /// The place where the code of each line begins, and the number of the line.
    places: Vec<(u32, u32)>,
    lines: Lines,
}

impl LineTable {
    pub(super) fn new(lines: Option<&Lines>) -> LineTable {
        LineTable { places: Vec::new(), lines: lines.cloned().unwrap_or_default() }
    }

    /// The code from `place` on is that of line item `item`.
    pub(super) fn add(&mut self, place: u32, item: u32) {
        if self.places.last().is_some_and(|(last, _)| *last == place) {
            self.places.pop();
        }
        self.places.push((place, item));
    }

    /// The line of a place in the function that begins at `start`.
    pub(super) fn find(&self, start: u32, place: u32) -> Option<Location<'_>> {
        let after = self.places.partition_point(|(begin, _)| *begin <= place);
        let (begin, item) = *self.places.get(after.checked_sub(1)?)?;
        // The line of a function stands before its first instruction.
        if begin < start {
            return None;
        }
        let item = self
            .lines
            .items
            .get(item as usize)
            .filter(|item| (1..LINE_END).contains(&item.line))?;
        let file = (item.file as usize).checked_sub(1);
        let file = file.and_then(|file| self.lines.files.get(file)).map(String::as_str);
        Some(Location { file, line: item.line })
    }
}
