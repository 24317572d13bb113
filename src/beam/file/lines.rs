//! The chunk `Line`: which line of which source file an instruction comes from.

use super::compact;
use super::error::{FileError, Problem};
use super::reader::Reader;

/// The table of lines of a module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// True if the instructions `executable_line` count the runs of each line.
    pub executable: bool,
    /// The items; an instruction `line` holds an index into them. The first is that of no line.
    pub items: Vec<LineItem>,
    /// The names of the source files beyond the module's own.
    pub files: Vec<String>,
}

/// A line of a source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineItem {
    /// The file: 0 is the module's own, others are one more than an index into the names.
    pub file: u32,
    /// The line, counted from 1; 0 for none.
    pub line: u32,
}

/// Reads the chunk; a version that is not known is left out, since lines only serve to be shown.
pub(super) fn lines(mut reader: Reader) -> Result<Option<Lines>, FileError> {
    if reader.u32()? != 0 {
        return Ok(None);
    }
    let executable = reader.u32()? & 1 == 1;
    reader.u32()?;
    let item_count = reader.count("the number of lines", 1)?;
    let files_offset = reader.offset();
    let file_count = reader.count("the number of source files", 2)?;
    let mut items = vec![LineItem::default()];
    let mut file = 0;
    while items.len() <= item_count {
        match compact::line_item(&mut reader)? {
            (true, index) => file = index,
            (false, line) => items.push(LineItem { file, line }),
        }
    }
    if let Some(item) = items.iter().find(|item| item.file as usize > file_count) {
        let value = u64::from(item.file);
        return Err(
            reader.damaged(files_offset, Problem::OutOfRange { what: "source file", value })
        );
    }
    let files: Result<_, _> = (0..file_count).map(|_| file_name(&mut reader)).collect();
    Ok(Some(Lines { executable, items, files: files? }))
}

fn file_name(reader: &mut Reader) -> Result<String, FileError> {
    let length = usize::from(reader.u16()?);
    Ok(String::from_utf8_lossy(reader.take(length)?).into_owned())
}
