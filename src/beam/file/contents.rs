//! Told by its first bytes: the kind of a file that is no compiled module.

use std::fmt;

/// The kind of a file that is no compiled module, as far as its first bytes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Contents {
    /// There is nothing in it.
    Empty,
    /// Readable text.
    Text,
    /// Readable text that is Erlang's source code.
    ErlangSource,
    /// Readable text that is Elixir's source code.
    ElixirSource,
    /// Compressed by gzip, with no module inside.
    Gzip,
    /// A ZIP archive, as `.ez` files are.
    Zip,
    /// A program or library of Linux.
    Elf,
    /// A program or library of macOS.
    MachO,
    /// A program or library of Windows.
    WindowsProgram,
    /// A term in Erlang's external format, as boot scripts are.
    ExternalTerm,
    /// A file of chunks of another kind.
    OtherChunks,
    /// A tar archive.
    Tar,
    /// None of these.
    Unknown,
}

impl Contents {
    /// Told by the bytes of the file.
    pub(super) fn of(bytes: &[u8]) -> Contents {
        let magic = MAGIC.iter().find(|(start, _)| bytes.starts_with(start));
        match magic {
            _ if bytes.is_empty() => Contents::Empty,
            Some((_, contents)) => *contents,
            None if bytes.get(257..262) == Some(b"ustar") => Contents::Tar,
            None => text(bytes).unwrap_or(Contents::Unknown),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Contents::Empty => "empty",
            Contents::Text => "text",
            Contents::ErlangSource => "Erlang source code, which erlc compiles",
            Contents::ElixirSource => "Elixir source code, which elixirc compiles",
            Contents::Gzip => "a gzip file with something else inside",
            Contents::Zip => "a ZIP archive: unpack it first",
            Contents::Elf => "a program or library of Linux (ELF)",
            Contents::MachO => "a program or library of macOS",
            Contents::WindowsProgram => "a program or library of Windows",
            Contents::ExternalTerm => "a term in Erlang's external format",
            Contents::OtherChunks => "an IFF file of another kind",
            Contents::Tar => "a tar archive: unpack it first",
            Contents::Unknown => "of no kind that is known",
        }
    }
}

const MAGIC: [(&[u8], Contents); 9] = [
    (&[0x1f, 0x8b], Contents::Gzip),
    (b"PK\x03\x04", Contents::Zip),
    (b"\x7fELF", Contents::Elf),
    (&[0xcf, 0xfa, 0xed, 0xfe], Contents::MachO),
    (&[0xca, 0xfe, 0xba, 0xbe], Contents::MachO),
    (b"MZ\x90", Contents::WindowsProgram),
    (&[131, 104], Contents::ExternalTerm),
    (&[131, 80], Contents::ExternalTerm),
    (b"FOR1", Contents::OtherChunks),
];

/// The kind of text that a file begins with, if it is text.
fn text(bytes: &[u8]) -> Option<Contents> {
    let start = &bytes[..bytes.len().min(4096)];
    let text = match std::str::from_utf8(start) {
        Ok(text) => text,
        // The last character may be cut.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&start[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    if text.contains(|c: char| c.is_control() && !c.is_whitespace()) {
        return None;
    }
    let begins = |word: &str| text.lines().any(|line| line.starts_with(word));
    Some(match () {
        () if begins("-module(") => Contents::ErlangSource,
        () if begins("defmodule ") => Contents::ElixirSource,
        () => Contents::Text,
    })
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}
