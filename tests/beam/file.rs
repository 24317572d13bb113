//! The file of a compiled module, read into its parts.

use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use nodedown::beam::file::{
    Allocation, AllocationKind, Function, Import, LineItem, Module, Operand, opcode,
};
use num_bigint::BigInt;
use proptest::prelude::*;

use crate::made::{Made, atoms, code, words};

fn parsed(made: &Made) -> Module {
    Module::parse(&made.bytes()).unwrap()
}

#[track_caller]
fn refused(bytes: &[u8], expected: &str) {
    assert_eq!(Module::parse(bytes).unwrap_err().to_string(), expected);
}

/// The operands of one instruction: `move` with two, its second being x(0).
fn operand(encoded: &[u8]) -> Operand {
    let instructions = [&[64], encoded, &[0x03, 3]].concat();
    parsed(&Made::new().with_code(&instructions)).code[0].operands[0].clone()
}

#[track_caller]
fn operand_refused(encoded: &[u8], expected: &str) {
    let instructions = [&[64], encoded, &[0x03, 3]].concat();
    refused(&Made::new().with_code(&instructions).bytes(), expected);
}

#[test]
fn a_module_has_its_names_functions_and_instructions() {
    let module = parsed(&Made::new().with("ImpT", words(&[1, 1, 3, 2])));
    assert_eq!(module.name, "m");
    assert_eq!(module.atoms, ["m", "f", "ok"]);
    assert_eq!(module.exports, [Function { name: 1, arity: 0, label: 2 }]);
    assert_eq!(module.imports, [Import { module: 0, function: 2, arity: 2 }]);
    let names: Vec<_> = module.code.iter().map(|it| opcode(it.opcode).unwrap().name).collect();
    assert_eq!(names, ["label", "func_info", "label", "move", "return"]);
    assert_eq!(module.code[3].operands, [Operand::Atom(2), Operand::X(0)]);
    assert_eq!((module.label_count, module.function_count, module.highest_opcode), (3, 1, 64));
}

#[test]
fn a_number_has_four_bits_or_eleven_or_several_bytes() {
    for (encoded, value) in [
        (&[0x01][..], 0),
        (&[0xf1], 15),
        (&[0x09, 0x10], 16),
        (&[0xe9, 0xff], 2047),
        (&[0x19, 0x08, 0x00], 2048),
        (&[0x19, 0xff, 0xff], -1),
        (&[0x39, 0x80, 0x00, 0x00], -(1 << 23)),
        (&[0xd9, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], i64::MAX),
        (&[0xd9, 0x80, 0, 0, 0, 0, 0, 0, 0], i64::MIN),
    ] {
        assert_eq!(operand(encoded), Operand::Integer(value), "{encoded:x?}");
    }
    let beyond = BigInt::from(1) << 64;
    assert_eq!(operand(&[0xf9, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0]), Operand::BigInteger(beyond));
    let lowest = BigInt::from(-1) << 79;
    assert_eq!(
        operand(&[0xf9, 0x10, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        Operand::BigInteger(lowest)
    );
}

#[test]
fn each_tag_is_an_operand_of_its_own() {
    let made = Made::new().with("LitT", words(&[0, 1, 2, 0x8361_0000])[..14].to_vec());
    for (encoded, expected) in [
        (&[0x50][..], Operand::Unsigned(5)),
        (&[0x02], Operand::Nil),
        (&[0x32], Operand::Atom(2)),
        (&[0x2b, 0xff], Operand::X(511)),
        (&[0x14], Operand::Y(1)),
        (&[0x05], Operand::Label(0)),
        (&[0x25], Operand::Label(2)),
        (&[0x66], Operand::Character(6)),
        (&[0x27, 0x30], Operand::FloatRegister(3)),
        (&[0x47, 0x00], Operand::Literal(0)),
        (&[0x57, 0x23, 0x70], Operand::X(2)),
        (&[0x57, 0x24, 0x70], Operand::Y(2)),
        (&[0x17, 0x20, 0x13, 0x01], Operand::List(vec![Operand::X(1), Operand::Integer(0)])),
        (
            &[0x37, 0x20, 0x00, 0x30, 0x10, 0x10],
            Operand::AllocationList(vec![
                Allocation { kind: AllocationKind::Words, count: 3 },
                Allocation { kind: AllocationKind::Floats, count: 1 },
            ]),
        ),
    ] {
        let instructions = [&[64], encoded, &[0x03, 3]].concat();
        let module = parsed(&made.clone().with_code(&instructions));
        assert_eq!(module.code[0].operands[0], expected, "{encoded:x?}");
        assert_eq!(module.literals, [vec![0x83, 0x61]]);
    }
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn literals_are_compressed_up_to_otp_27_and_not_from_28_on() {
    let table = [words(&[2, 2]), vec![0x83, 0x61], words(&[3]), vec![0x83, 0x64, 0x00]].concat();
    let literals = [vec![0x83, 0x61], vec![0x83, 0x64, 0x00]];
    let compressed = [words(&[table.len() as u32]), zlib(&table)].concat();
    assert_eq!(parsed(&Made::new().with("LitT", compressed)).literals, literals);
    let plain = [words(&[0]), table].concat();
    assert_eq!(parsed(&Made::new().with("LitT", plain)).literals, literals);
}

#[test]
fn atoms_have_lengths_of_a_byte_or_compact_ones() {
    let long = "a".repeat(200);
    let compact = [
        words(&[(-3_i32) as u32]),
        vec![0x10, b'm', 0x20, b'o', b'k', 0x08, 200],
        long.clone().into_bytes(),
    ];
    let module = parsed(&Made::new().with("AtU8", compact.concat()));
    assert_eq!(module.atoms, ["m", "ok", &long]);
    let latin1 = Made::new().without("AtU8").with("Atom", atoms(&["m", "f", "ok"]));
    assert_eq!(parsed(&latin1).atoms, ["m", "f", "ok"]);
}

#[test]
fn a_file_may_be_compressed_as_a_whole() {
    let bytes = Made::new().bytes();
    assert_eq!(Module::parse(&gzip(&bytes)), Module::parse(&bytes));
    assert!(Module::parse(&bytes).is_ok());
}

#[test]
fn lines_belong_to_the_files_that_are_named_before_them() {
    let chunk = [
        words(&[0, 0, 3, 3, 1]),
        vec![0x71, 0x12, 0x09, 0x20, 0x02, 0x81],
        vec![0, 5],
        b"x.hrl".to_vec(),
    ];
    let lines = parsed(&Made::new().with("Line", chunk.concat())).lines.unwrap();
    let expected = [(0, 0), (0, 7), (1, 32), (0, 8)].map(|(file, line)| LineItem { file, line });
    assert_eq!(lines.items, expected);
    assert_eq!(lines.files, ["x.hrl"]);
}

#[test]
fn chunks_of_unknown_names_and_versions_are_left_out() {
    let made =
        Made::new().with("Type", words(&[99, 1])).with("Line", words(&[7])).with("Zzzz", vec![1]);
    let module = parsed(&made);
    assert_eq!(module.lines, None);
    assert_eq!(module.code, parsed(&Made::new()).code);
}

#[test]
fn another_file_is_told_by_its_kind() {
    for (bytes, kind) in [
        (&b""[..], "empty"),
        (b"-module(m).\n", "Erlang source code, which erlc compiles"),
        (b"defmodule M do\nend", "Elixir source code, which elixirc compiles"),
        (b"hello\n", "text"),
        (b"\x7fELF\x02", "a program or library of Linux (ELF)"),
        (b"PK\x03\x04..", "a ZIP archive: unpack it first"),
        (&gzip(b"hello"), "a gzip file with something else inside"),
        (&[0x1f, 0x8b, 8], "a gzip file with something else inside"),
        (b"FOR1\0\0\0\x04AIFF", "an IFF file of another kind"),
        (&[0, 1, 2, 3], "of no kind that is known"),
    ] {
        refused(bytes, &format!("no compiled module: the file is {kind}"));
    }
}

#[test]
fn a_damaged_file_is_refused_with_its_place() {
    let made = Made::new;
    refused(&made().bytes()[..70], "the file ends at byte 70, in the middle of a chunk");
    refused(&made().without("ImpT").bytes(), "the file has no chunk ImpT");
    refused(&made().without("AtU8").bytes(), "the file has no chunk AtU8");
    for (name, data, expected) in [
        ("ExpT", words(&[1, 2, 0, 9]), "chunk ExpT, byte 12: label 9 is out of range"),
        ("ExpT", words(&[1, 4, 0, 2]), "chunk ExpT, byte 4: atom 4 is out of range"),
        ("ExpT", words(&[1, 0, 0, 2]), "chunk ExpT, byte 4: atom 0 is out of range"),
        (
            "ImpT",
            words(&[1 << 30]),
            "chunk ImpT, byte 0: the number of imports 1073741824 is out of range",
        ),
        ("AtU8", words(&[0]), "chunk AtU8, byte 0: the number of atoms 0 is out of range"),
        ("AtU8", vec![0, 0, 0, 1, 1, 0xff], "chunk AtU8, byte 4: an atom is not UTF-8"),
        (
            "AtU8",
            vec![0, 0, 0, 1, 9, b'm'],
            "chunk AtU8, byte 4: the length of an atom 9 is out of range",
        ),
        ("LitT", words(&[8, 1, 2]), "chunk LitT, byte 4: the compressed data is damaged"),
        (
            "LitT",
            words(&[0, 1, 9]),
            "chunk LitT, byte 12: the chunk ends here, where more bytes are due",
        ),
        (
            "Code",
            code(60, 3, 1, &[1, 0x10]),
            "chunk Code, byte 22: the chunk ends here, without the mark of its end",
        ),
        (
            "Code",
            code(60, 3, 1, &[1]),
            "chunk Code, byte 21: the chunk ends here, where more bytes are due",
        ),
        ("Code", code(60, 3, 1, &[0, 3]), "chunk Code, byte 20: 0 is no instruction"),
    ] {
        refused(&made().with(name, data).bytes(), expected);
    }
}

#[test]
fn a_damaged_operand_is_refused_with_its_place() {
    for (encoded, expected) in [
        (&[0x42][..], "atom 4 is out of range"),
        (&[0x35], "label 3 is out of range"),
        (&[0x47, 0x00], "literal 0 is out of range"),
        (&[0x8b, 0x00], "register 1024 is out of range"),
        (&[0x18, 0xff, 0xff], "the number 18446744073709551615 is out of range"),
        (&[0x07], "a compact term has the unknown form 0x07"),
        (&[0x17, 0x10, 0x17, 0x00], "a list of operands holds a list"),
        (&[0x17, 0xf0], "the length of a list 15 is out of range"),
        (&[0x57, 0x12, 0x00], "only a register has a type"),
    ] {
        let offset = match encoded {
            [0x47 | 0x57, ..] | [0x17, 0xf0] => 22,
            [0x17, ..] => 23,
            _ => 21,
        };
        operand_refused(encoded, &format!("chunk Code, byte {offset}: {expected}"));
    }
}

#[test]
fn a_module_of_a_later_release_is_told_from_a_damaged_one() {
    let bytes = Made::new().with("Code", code(200, 3, 1, &[200, 3])).bytes();
    let expected =
        "the module was compiled for a later release than OTP 29: it has instruction 200";
    refused(&bytes, expected);
}

#[test]
fn what_inflates_beyond_all_measure_is_refused() {
    let zeros = vec![0; (64 << 20) + 2];
    let bomb = gzip(&zeros);
    assert!(bomb.len() < 1 << 20);
    refused(&bomb, "the file inflates to more than 67108864 bytes");
    let literals = [words(&[u32::MAX]), zlib(&zeros)].concat();
    let bytes = Made::new().with("LitT", literals).bytes();
    refused(&bytes, "chunk LitT inflates to more than 67108864 bytes");
    let more_than_it_says = [words(&[100]), zlib(&zeros)].concat();
    let bytes = Made::new().with("LitT", more_than_it_says).bytes();
    refused(&bytes, "chunk LitT, byte 4: the compressed data is damaged");
}

/// A module with a bit of everything.
fn rich() -> Made {
    let instructions = [
        &[1, 0x10, 2, 0x12, 0x22, 0x00, 1, 0x20][..],
        &[64, 0xf9, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x03],
        &[64, 0x47, 0x00, 0x57, 0x23, 0x70],
        &[59, 0x03, 0x05, 0x17, 0x40, 0x22, 0x15, 0x32, 0x25],
        &[12, 0x37, 0x10, 0x00, 0x30, 0x10, 19, 3],
    ];
    Made::new()
        .with_code(&instructions.concat())
        .with("LitT", words(&[0, 1, 2, 0x8361_0000])[..14].to_vec())
        .with("FunT", words(&[1, 2, 1, 2, 0, 1, 77]))
        .with("Line", [words(&[0, 0, 1, 1, 0]), vec![0x71]].concat())
        .with("ImpT", words(&[1, 1, 2, 3]))
}

#[test]
fn a_module_may_have_a_bit_of_everything() {
    let module = parsed(&rich());
    assert_eq!(module.funs[0].old_uniq, 77);
    assert_eq!(module.code[5].operands.len(), 3);
}

proptest! {
    #[test]
    fn no_bytes_make_reading_fail_otherwise_than_by_an_error(bytes: Vec<u8>) {
        let _ = Module::parse(&bytes);
        let chunk = Made::new().with("Code", code(193, 9, 9, &bytes));
        let _ = Module::parse(&chunk.bytes());
        for name in ["AtU8", "LitT", "Line", "FunT", "LocT"] {
            let _ = Module::parse(&Made::new().with(name, bytes.clone()).bytes());
        }
    }

    #[test]
    fn a_changed_module_is_read_or_refused(changes: Vec<(prop::sample::Index, u8)>, cut: prop::sample::Index) {
        let mut bytes = rich().bytes();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let _ = Module::parse(&bytes);
        let _ = Module::parse(&bytes[..cut.index(bytes.len())]);
    }
}
