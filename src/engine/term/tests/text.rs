//! Text that is read as a term although Erlang does not print it so, and text that is rejected.

use crate::engine::term::{Pid, Ref, Term};

#[test]
fn identifiers_are_read_from_text() {
    let pid: Pid = "<db1@host-a.example.85.2>".parse().unwrap();
    assert_eq!((pid.node().as_str(), pid.creation()), ("db1@host-a.example", 0));
    assert_eq!((pid.number(), pid.serial()), (85, 2));
    let reference: Ref = "#Ref<db1@a.17>".parse().unwrap();
    assert_eq!((reference.node().as_str(), reference.id()), ("db1@a", 17));
    let term: Term = "{<db1@a.1.0>,#Ref<db1@a.17>}".parse().unwrap();
    assert_eq!(term.to_string(), "{<db1@a.1.0>,#Ref<db1@a.17>}");
}

#[test]
fn a_text_that_is_no_term_is_refused_where_it_goes_wrong() {
    for (text, offset, expected) in [
        ("", 0, "a term"),
        ("{ok,", 4, "a term"),
        ("{ok", 3, "`,` or `}`"),
        ("[1,2", 4, "`,` or `]`"),
        ("[1|2,3]", 4, "`]`"),
        ("[|2]", 1, "a term"),
        ("[1,]", 3, "a term"),
        ("{ok} x", 5, "the end"),
        ("Variable", 0, "a term"),
        ("\"abc", 4, "the closing `\"`"),
        ("'abc", 4, "the closing `'`"),
        ("#{a 1}", 4, "`=>`"),
        ("#[]", 0, "`#{` or `#Ref<`"),
        ("1.0e", 4, "digits"),
        ("1__0", 0, "digits"),
        ("37#1", 0, "a base from 2 to 36"),
        ("2#2", 2, "digits"),
        ("1.0e999", 0, "a float that is not too large"),
        ("<<256>>", 2, "a byte or a text"),
        ("<<a>>", 2, "a byte or a text"),
        ("<<\"日\">>", 7, "`/utf8` after a text with characters beyond Latin-1"),
        ("<<1,2", 5, "`,` or `>>`"),
        ("<db1@a.85>", 0, "a pid such as `<db1@a.85.0>`"),
        ("<db1@a.85.0", 0, "a pid such as `<db1@a.85.0>`"),
        ("#Ref<17>", 0, "a reference such as `#Ref<db1@a.17>`"),
        ("\"\\x{110000}\"", 2, "the code of a character"),
        ("\"\\x{41\"", 6, "`}`"),
        ("$", 1, "a character"),
        ("[end]", 1, "a term (a reserved word is an atom in quotes only)"),
    ] {
        let error = text.parse::<Term>().expect_err(text);
        assert_eq!((error.offset, &*error.expected), (offset, expected), "{text}");
    }
    assert!("a".repeat(256).parse::<Term>().is_err());
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(deep.parse::<Term>().unwrap_err().offset, 256);
}
