//! The file of a compiled module, read into its parts: names, instructions, literals, tables.
//!
//! A file is a list of chunks, each with a name of four characters; it may be gzip'ed as a whole.
//! Whatever the bytes are, reading ends in a [`Module`] or in a [`FileError`], and takes no more
//! memory than a fixed multiple of the bytes that are there. All that an operand names is in its
//! table: an atom, a literal, a label.

mod chunks;
mod code;
mod compact;
mod contents;
mod digest;
mod error;
mod inflate;
mod lines;
mod opcodes;
mod reader;
mod tables;

use num_bigint::BigInt;

pub use error::FileError;
pub use lines::{LineItem, Lines};
pub use opcodes::{HIGHEST_OPCODE, OPCODES, Opcode, opcode};

use chunks::Chunks;
pub(in crate::beam) use chunks::chunk_of;

/// A compiled module, as it lies in its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// Its name: the first of the atoms.
    pub name: String,
    /// The atoms that it mentions; [`Operand::Atom`] is an index into them.
    pub atoms: Vec<String>,
    /// The functions that others may call, `module_info/0,1` among them.
    pub exports: Vec<Function>,
    /// The functions that are called by nobody else; absent when they were stripped.
    pub locals: Vec<Function>,
    /// The functions of other modules that it calls; call instructions hold an index into them.
    pub imports: Vec<Import>,
    /// Its instructions, up to and without the mark at the end.
    pub code: Vec<Instruction>,
    /// One more than the highest label.
    pub label_count: u32,
    /// The number of its functions.
    pub function_count: u32,
    /// The highest instruction that the compiler says it used.
    pub highest_opcode: u8,
    /// Constant terms, each in Erlang's external format; [`Operand::Literal`] is an index into them.
    pub literals: Vec<Vec<u8>>,
    /// The anonymous functions, in the order of their numbers in the code.
    pub funs: Vec<Lambda>,
    /// The bytes of constant binaries, which instructions name by offset and length.
    pub strings: Vec<u8>,
    /// The lines of the source that the instructions `line` stand for; absent when stripped.
    pub lines: Option<Lines>,
    /// The attributes of the source, in the external format.
    pub attributes: Vec<u8>,
    /// The compiler's version, options and source, in the external format.
    pub compile_info: Vec<u8>,
    /// The features of the language that it was compiled with, in the external format.
    pub meta: Vec<u8>,
    /// Its digest, as `erlang:get_module_info(Module, md5)` returns it.
    pub md5: [u8; 16],
}

/// A function of the module and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name: an index into the atoms.
    pub name: u32,
    /// The number of its arguments.
    pub arity: u8,
    /// The label at which it begins.
    pub label: u32,
}

/// A function of another module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Import {
    /// The module: an index into the atoms.
    pub module: u32,
    /// The name of the function: an index into the atoms.
    pub function: u32,
    /// The number of its arguments.
    pub arity: u8,
}

/// An anonymous function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lambda {
    /// The name of its body: an index into the atoms.
    pub name: u32,
    /// The number of arguments of its body, with the variables that it closes over.
    pub arity: u8,
    /// The label at which its body begins.
    pub label: u32,
    /// Its number in the module.
    pub index: u32,
    /// The number of variables that it closes over.
    pub free: u8,
    /// A hash of its code.
    pub old_uniq: u32,
}

/// One generic instruction.
#[derive(Clone, Debug, PartialEq)]
pub struct Instruction {
    /// Its number: see [`opcode`].
    pub opcode: u8,
    /// Its operands, as many as the table of instructions says.
    pub operands: Vec<Operand>,
}

/// An operand of an instruction.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A count, a size or an index.
    Unsigned(u64),
    /// An integer of 64 bits.
    Integer(i64),
    /// An integer that does not fit into 64 bits.
    BigInteger(BigInt),
    /// An atom: an index into the module's atoms.
    Atom(u32),
    /// The empty list.
    Nil,
    /// A register for arguments and results.
    X(u16),
    /// A place in the frame of the function.
    Y(u16),
    /// A place in the code; 0 stands for none: an exception is raised instead.
    Label(u32),
    /// A character.
    Character(u32),
    /// Several operands in a row.
    List(Vec<Operand>),
    /// A register for floats.
    FloatRegister(u16),
    /// The memory that the next instructions need.
    AllocationList(Vec<Allocation>),
    /// A constant term: an index into the module's literals.
    Literal(u32),
}

/// Memory that the next instructions need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// For which kind of value.
    pub kind: AllocationKind,
    /// The number of them; for words, the number of words.
    pub count: u32,
}

/// The values that memory is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllocationKind {
    /// Words of tuples and lists.
    Words,
    /// Floats.
    Floats,
    /// Anonymous functions.
    Funs,
}

impl Module {
    /// Reads the bytes of a `.beam` file.
    ///
    /// # Errors
    ///
    /// When it is no compiled module, was compiled for a release of OTP that is later than all that
    /// are known, or is damaged: the error names the chunk and the byte.
    pub fn parse(bytes: &[u8]) -> Result<Module, FileError> {
        let inflated = inflate::whole_file(bytes)?;
        let chunks = Chunks::of(inflated.as_deref().unwrap_or(bytes))?;
        tables::module(&chunks)
    }

    /// The text of an atom of this module.
    ///
    /// # Panics
    ///
    /// When the index is not of this module.
    pub fn atom(&self, index: u32) -> &str {
        &self.atoms[index as usize]
    }

    /// The version of the compiler that wrote it, if it says so.
    pub fn compiler_version(&self) -> Option<String> {
        // The atom `version` and a string behind it, which is all of the term that counts here.
        let mark = b"version\x6b";
        let place = self.compile_info.windows(mark.len()).position(|window| window == mark)?;
        let rest = &self.compile_info[place + mark.len()..];
        let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
        Some(String::from_utf8_lossy(rest.get(2..2 + length)?).into_owned())
    }

    /// The release of OTP whose compiler wrote it, if its version says so.
    pub fn release(&self) -> Option<u32> {
        let version = self.compiler_version()?;
        let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
        match (numbers.next()?, numbers.next().unwrap_or(0)) {
            (7, 5) => Some(22),
            (7, 6) => Some(23),
            (8, 0 | 1) => Some(24),
            (8, 2) => Some(25),
            (8, 3 | 4) => Some(26),
            (8, _) => Some(27),
            (9, _) => Some(28),
            (10, _) => Some(29),
            _ => None,
        }
    }
}
