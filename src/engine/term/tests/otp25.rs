//! Terms as Erlang/OTP 25 prints, encodes and sorts them; `otp25.escript` recorded it.

use std::cmp::Ordering;

use crate::engine::term::{Term, decode, encode, external_size};

fn columns(line: &'static str) -> [&'static str; 3] {
    let columns: Vec<_> = line.split('\t').collect();
    columns.try_into().expect("three columns")
}

fn read(text: &str) -> Term {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn unhex(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("two hexadecimal digits");
    (0..hex.len()).step_by(2).map(byte).collect()
}

#[test]
fn terms_are_read_printed_and_encoded_as_by_erlang() {
    let lines: Vec<_> = include_str!("terms.txt").lines().map(columns).collect();
    assert!(lines.len() > 80, "the recording is there");
    for [source, printed, hex] in lines {
        let (term, bytes) = (read(source), unhex(hex));
        assert_eq!(term.to_string(), printed, "printing {source}");
        assert_eq!(read(printed), term, "reading back {printed}");
        assert_eq!(encode(&term), bytes, "encoding {source}");
        assert_eq!(external_size(&term), bytes.len(), "the size of {source}");
        assert_eq!(decode(&bytes), Ok(term), "decoding {source}");
    }
}

#[test]
fn terms_are_sorted_as_by_erlang() {
    type Order = fn(&Term, &Term) -> Ordering;
    let lines: Vec<_> = include_str!("order.txt").lines().map(columns).collect();
    assert!(lines.len() >= 4, "the recording is there");
    for [source, sorted, in_map] in lines {
        let by_value: Order = Term::erlang_cmp;
        for (expected, order) in [(sorted, by_value), (in_map, Term::cmp)] {
            let mut terms = read(source).as_list().unwrap().to_vec();
            terms.sort_by(order);
            let expected = read(expected);
            let expected = expected.as_list().unwrap();
            // Which of two equal terms comes first is nobody's promise.
            let same = terms.iter().zip(expected).all(|(ours, theirs)| order(ours, theirs).is_eq());
            assert!(same && terms.len() == expected.len(), "{terms:?}\n{expected:?}");
        }
    }
}

#[test]
fn numbers_are_equal_by_value_and_different_exactly() {
    for (a, b, equals) in [
        ("1", "1.0", true),
        ("{1,[2.0]}", "{1.0,[2]}", true),
        ("#{a => 1}", "#{a => 1.0}", true),
        ("#{1 => a}", "#{1.0 => a}", false),
        ("9007199254740993", "9007199254740992.0", false),
        ("1180591620717411303424", "1180591620717411303424.0", true),
        ("1180591620717411303425", "1180591620717411303424.0", false),
        ("-9223372036854775808", "-9223372036854775808.0", true),
        ("9223372036854775807", "9223372036854775808.0", false),
        ("1", "a", false),
    ] {
        assert_eq!(read(a).equals(&read(b)), equals, "{a} == {b}");
        assert_ne!(read(a), read(b), "{a} =:= {b}");
    }
    assert_eq!(read("0.0"), read("-0.0"));
}

/// `<0.85.2>` of creation 3 of the node `a@b`, and a reference with the words 7, 1 and 0 of it, as
/// OTP 25 reads and writes them.
#[test]
fn identifiers_are_encoded_as_by_erlang() {
    let pid = "8358640003614062000000550000000200000003";
    let reference = "835A000364000361406200000003000000070000000100000000";
    let term = decode(&unhex(pid)).unwrap();
    let fields = term.as_pid().map(|pid| (pid.node().as_str(), pid.number(), pid.serial()));
    assert_eq!(fields, Some(("a@b", 85, 2)));
    assert_eq!(term.as_pid().unwrap().creation(), 3);
    assert_eq!((encode(&term), external_size(&term)), (unhex(pid), pid.len() / 2));

    let term = decode(&unhex(reference)).unwrap();
    let fields = term.as_reference().map(|it| (it.node().as_str(), it.creation(), it.id()));
    assert_eq!(fields, Some(("a@b", 3, 7 + (1 << 18))));
    assert_eq!((encode(&term), external_size(&term)), (unhex(reference), reference.len() / 2));
}

#[test]
fn older_tags_are_decoded() {
    for (hex, printed) in [
        ("83730161", "a"),
        ("837302E961", "éa"),
        ("8376000161", "a"),
        ("836900000001 6101", "{1}"),
        ("836F0000000900000000000000000001", "18446744073709551616"),
        ("836C0000000161016B000102", "[1,2]"),
        ("836C0000000161016102", "[1|2]"),
        ("836764000361406200000055000000 0203", "<a@b.85.2>"),
        ("8372000164000361406203 00000007", "#Ref<a@b.7>"),
    ] {
        let hex = hex.replace(' ', "");
        assert_eq!(decode(&unhex(&hex)).map(|term| term.to_string()), Ok(printed.to_owned()));
    }
}

#[test]
fn bytes_that_are_no_term_are_refused() {
    for (hex, expected) in [
        ("", "the term goes on beyond the end, byte 0"),
        ("6101", "expected version 131 of the format, found 97"),
        ("836C0000000161", "the term goes on beyond the end, byte 7"),
        ("836D FFFFFFFF 00", "the term goes on beyond the end, byte 7"),
        ("8361 01 02", "the term ends before byte 3, where more bytes follow"),
        ("8361", "the term goes on beyond the end, byte 2"),
        ("8370", "tag 112 at byte 1 is of no known kind of term"),
        ("8346 7FF0000000000000", "expected a finite float before byte 10"),
        ("8377 01 FF", "expected an atom in UTF-8 before byte 4"),
        (
            "835A 0003 64000161 00000001 00000000 00000000 FFFFFFFF",
            "expected a reference with an id of at most 64 bits before byte 24",
        ),
    ] {
        let error = decode(&unhex(&hex.replace(' ', ""))).expect_err(hex);
        assert_eq!(error.to_string(), expected, "{hex}");
    }
    let deep = [vec![131], [104, 1].repeat(100_000), vec![106]].concat();
    assert!(decode(&deep).unwrap_err().to_string().contains("256 terms"));
}
