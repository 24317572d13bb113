//! The tables of a module: atoms, imports, exports, funs, literals; and the module made of them.

use super::chunks::Chunks;
use super::compact::{self, Limits};
use super::error::{FileError, Problem};
use super::reader::Reader;
use super::{Function, Import, Lambda, Module, code, digest, inflate, lines};

/// More arguments than this no function takes.
const ARITIES: u32 = 256;

/// The module that lies in the chunks of a file.
pub(super) fn module(chunks: &Chunks) -> Result<Module, FileError> {
    let atoms = atoms(chunks)?;
    let mut reader = chunks.expect("Code")?;
    let header = code::header(&mut reader)?;
    let literals = optional(chunks, "LitT", literals)?;
    let limits = Limits {
        atoms: atoms.len() as u32,
        labels: header.labels,
        literals: literals.len() as u32,
    };
    let code = code::instructions(&mut reader, limits)?;
    Ok(Module {
        name: atoms[0].clone(),
        exports: functions(chunks.expect("ExpT")?, limits)?,
        locals: optional(chunks, "LocT", |reader| functions(reader, limits))?,
        imports: imports(chunks.expect("ImpT")?, limits)?,
        code,
        label_count: header.labels,
        function_count: header.functions,
        highest_opcode: header.highest_opcode,
        funs: optional(chunks, "FunT", |reader| funs(reader, limits))?,
        strings: chunks.bytes("StrT").to_vec(),
        lines: chunks.find("Line").map(lines::lines).transpose()?.flatten(),
        attributes: chunks.bytes("Attr").to_vec(),
        compile_info: chunks.bytes("CInf").to_vec(),
        meta: chunks.bytes("Meta").to_vec(),
        md5: digest::md5(chunks),
        atoms,
        literals,
    })
}

/// A table that a module may be without.
fn optional<'a, T: Default>(
    chunks: &Chunks<'a>,
    name: &'static str,
    read: impl FnOnce(Reader<'a>) -> Result<T, FileError>,
) -> Result<T, FileError> {
    chunks.find(name).map_or_else(|| Ok(T::default()), read)
}

/// The atoms, of which the first is the name of the module.
fn atoms(chunks: &Chunks) -> Result<Vec<String>, FileError> {
    // Before OTP 20 atoms were Latin-1.
    let (mut reader, latin1) = match chunks.find("AtU8") {
        Some(reader) => (reader, false),
        None => (chunks.find("Atom").ok_or(FileError::NoChunk { chunk: "AtU8" })?, true),
    };
    let count = reader.u32()?.cast_signed();
    // From OTP 28 on a negative count says that lengths are compact terms.
    let compact = count < 0;
    let what = "the number of atoms";
    let count = reader.fits(0, what, u64::from(count.unsigned_abs()), 1)?;
    if count == 0 {
        return Err(reader.damaged(0, Problem::OutOfRange { what, value: 0 }));
    }
    (0..count).map(|_| atom(&mut reader, compact, latin1)).collect()
}

fn atom(reader: &mut Reader, compact: bool, latin1: bool) -> Result<String, FileError> {
    let offset = reader.offset();
    let length = if compact { compact::unsigned(reader)? } else { u64::from(reader.u8()?) };
    let length = reader.fits(offset, "the length of an atom", length, 1)?;
    let text = reader.take(length)?;
    if latin1 {
        return Ok(text.iter().map(|byte| char::from(*byte)).collect());
    }
    let text = std::str::from_utf8(text).map_err(|_| reader.damaged(offset, Problem::NotUtf8))?;
    match text.chars().count() {
        0..=255 => Ok(text.to_owned()),
        longer => {
            let what = "the length of an atom";
            Err(reader.damaged(offset, Problem::OutOfRange { what, value: longer as u64 }))
        }
    }
}

/// An index into the atoms, which the file counts from 1.
fn name(reader: &mut Reader, limits: Limits) -> Result<u32, FileError> {
    let offset = reader.offset();
    let value = reader.below("atom", limits.atoms + 1)?;
    value.checked_sub(1).ok_or_else(|| {
        reader.damaged(offset, Problem::OutOfRange { what: "atom", value: u64::from(value) })
    })
}

/// A table of functions of this module.
fn functions(mut reader: Reader, limits: Limits) -> Result<Vec<Function>, FileError> {
    let count = reader.count("the number of functions", 12)?;
    (0..count)
        .map(|_| {
            Ok(Function {
                name: name(&mut reader, limits)?,
                arity: reader.below("the number of arguments", ARITIES)? as u8,
                label: label(&mut reader, limits)?,
            })
        })
        .collect()
}

/// A label that stands for a place in the code.
fn label(reader: &mut Reader, limits: Limits) -> Result<u32, FileError> {
    let offset = reader.offset();
    match reader.below("label", limits.labels)? {
        0 => Err(reader.damaged(offset, Problem::OutOfRange { what: "label", value: 0 })),
        label => Ok(label),
    }
}

fn imports(mut reader: Reader, limits: Limits) -> Result<Vec<Import>, FileError> {
    let count = reader.count("the number of imports", 12)?;
    (0..count)
        .map(|_| {
            Ok(Import {
                module: name(&mut reader, limits)?,
                function: name(&mut reader, limits)?,
                arity: reader.below("the number of arguments", ARITIES)? as u8,
            })
        })
        .collect()
}

fn funs(mut reader: Reader, limits: Limits) -> Result<Vec<Lambda>, FileError> {
    let count = reader.count("the number of funs", 24)?;
    (0..count)
        .map(|_| {
            Ok(Lambda {
                name: name(&mut reader, limits)?,
                arity: reader.below("the number of arguments", ARITIES)? as u8,
                label: label(&mut reader, limits)?,
                index: reader.u32()?,
                free: reader.below("the number of variables", ARITIES)? as u8,
                old_uniq: reader.u32()?,
            })
        })
        .collect()
}

/// The literals; from OTP 28 on they are no longer compressed.
fn literals(mut reader: Reader) -> Result<Vec<Vec<u8>>, FileError> {
    let size = reader.u32()?;
    if size == 0 {
        return literal_table(reader);
    }
    let inflated = inflate::literals(reader.rest(), size)?;
    literal_table(Reader::new("LitT", &inflated))
}

fn literal_table(mut reader: Reader) -> Result<Vec<Vec<u8>>, FileError> {
    let count = reader.count("the number of literals", 4)?;
    (0..count)
        .map(|_| {
            let size = reader.u32()? as usize;
            Ok(reader.take(size)?.to_vec())
        })
        .collect()
}
