//! Natives beside those of a real Erlang: the same arguments, the same results and exceptions.

use std::collections::BTreeMap;

use nodedown::beam::{AtomIndex, Heap, Natives, Value, natives};

use crate::beside::{Call, Outcome, answers};
use crate::drawn::{Draw, Drawer};

/// How often each function is called.
const CALLS: usize = 200;

/// Functions, and what their arguments are drawn from.
type Table<'a> = &'a [(&'a str, &'a str, &'a [Draw])];

/// The outcome of a call here.
fn outcome(natives: &Natives, heap: &mut Heap, call: &Call) -> Outcome {
    let [module, function] = [call.module, call.function].map(AtomIndex::new);
    let native = natives.get(module, function, call.args.len() as u8);
    let native = native.unwrap_or_else(|| panic!("no native {module}:{function}"));
    match native(heap, &call.args) {
        Ok(value) => Outcome { class: None, value },
        Err(raise) => Outcome { class: Some(raise.class.atom()), value: raise.reason },
    }
}

/// Are two outcomes the same, as far as they have to be?
fn same(heap: &Heap, call: &Call, ours: Outcome, theirs: Outcome) -> bool {
    let close = heap.as_float(ours.value).zip(heap.as_float(theirs.value));
    if let (Some((ours, theirs)), "math") = (close, call.module) {
        // The last digits of a sine are each library's own.
        return (ours - theirs).abs() <= theirs.abs() * 4.0 * f64::EPSILON;
    }
    ours.class == theirs.class && heap.equals(ours.value, theirs.value)
}

fn shown(heap: &Heap, outcome: Outcome) -> String {
    let value = heap.print(outcome.value);
    outcome.class.map_or_else(|| value.to_string(), |class| format!("{class} {value}"))
}

/// Draws arguments for each function, and compares what comes of them here and there.
fn check(table: Table) {
    let mut heap = Heap::new();
    let mut calls = Vec::new();
    for (index, (module, function, draws)) in table.iter().enumerate() {
        let mut drawer = Drawer::new(index as u64);
        for _ in 0..CALLS {
            let args = draws.iter().map(|draw| drawer.draw(&mut heap, *draw)).collect();
            calls.push(Call { module, function, args });
        }
    }
    let Some(answers) = answers(&mut heap, &calls) else { return };
    assert_eq!(answers.len(), calls.len());
    let natives = natives::all();
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut returned: BTreeMap<String, usize> = BTreeMap::new();
    for (call, theirs) in calls.iter().zip(answers) {
        let name = format!("{}:{}/{}", call.module, call.function, call.args.len());
        *returned.entry(name.clone()).or_default() += usize::from(theirs.class.is_none());
        let ours = outcome(&natives, &mut heap, call);
        if !same(&heap, call, ours, theirs) {
            let args: Vec<String> =
                call.args.iter().map(|arg| heap.print(*arg).to_string()).collect();
            let [ours, theirs] = [ours, theirs].map(|outcome| shown(&heap, outcome));
            let line = format!("({}): {ours} here, {theirs} in Erlang", args.join(", "));
            wrong.entry(name).or_default().push(line);
        }
    }
    let report: Vec<String> = wrong
        .iter()
        .map(|(name, lines)| {
            let first = lines.iter().take(4).cloned().collect::<Vec<_>>().join("\n  ");
            format!("{name}, {} of {CALLS}\n  {first}", lines.len())
        })
        .collect();
    assert!(wrong.is_empty(), "{}", report.join("\n"));
    // Arguments that are always wrong would prove nothing.
    for (name, count) in returned {
        assert!(count >= CALLS / 10, "{name} returned only {count} times");
    }
}

#[test]
fn lists_and_tuples() {
    use Draw::{Any, List, PairList, Small, Tuple, TupleList};
    check(&[
        ("lists", "member", &[Small, List]),
        ("lists", "reverse", &[List, Any]),
        ("lists", "keyfind", &[Small, Small, TupleList]),
        ("lists", "keymember", &[Small, Small, TupleList]),
        ("lists", "keysearch", &[Small, Small, TupleList]),
        ("erlang", "++", &[List, Any]),
        ("erlang", "--", &[List, List]),
        ("erlang", "append", &[List, List]),
        ("erlang", "subtract", &[List, List]),
        ("erlang", "append_element", &[Tuple, Any]),
        ("erlang", "delete_element", &[Small, Tuple]),
        ("erlang", "insert_element", &[Small, Tuple, Any]),
        ("erlang", "list_to_tuple", &[List]),
        ("erlang", "make_tuple", &[Small, Any]),
        ("erlang", "make_tuple", &[Small, Any, PairList]),
        ("erlang", "setelement", &[Small, Tuple, Any]),
        ("erlang", "tuple_to_list", &[Tuple]),
    ]);
}

#[test]
fn maps() {
    use Draw::{Any, List, Map, PairList, Small};
    check(&[
        ("maps", "find", &[Small, Map]),
        ("maps", "from_keys", &[List, Any]),
        ("maps", "from_list", &[PairList]),
        ("maps", "get", &[Small, Map]),
        ("maps", "is_key", &[Small, Map]),
        ("maps", "keys", &[Map]),
        ("maps", "merge", &[Map, Map]),
        ("maps", "put", &[Small, Any, Map]),
        ("maps", "remove", &[Small, Map]),
        ("maps", "take", &[Small, Map]),
        ("maps", "update", &[Small, Any, Map]),
        ("maps", "values", &[Map]),
    ]);
}

#[test]
fn atoms_and_numbers_as_text() {
    use Draw::{
        Any, Atom, Base, Chars, Digits, DigitsBinary, Encoding, Float, FloatOptions, FloatText,
        FloatTextBinary, Integer, TextBinary,
    };
    check(&[
        ("erlang", "atom_to_list", &[Atom]),
        ("erlang", "atom_to_binary", &[Atom, Encoding]),
        ("erlang", "binary_to_atom", &[TextBinary, Encoding]),
        ("erlang", "list_to_atom", &[Chars]),
        ("erlang", "integer_to_list", &[Integer]),
        ("erlang", "integer_to_list", &[Integer, Base]),
        ("erlang", "integer_to_binary", &[Integer]),
        ("erlang", "integer_to_binary", &[Integer, Base]),
        ("erlang", "list_to_integer", &[Digits]),
        ("erlang", "list_to_integer", &[Digits, Base]),
        ("erlang", "binary_to_integer", &[DigitsBinary]),
        ("erlang", "binary_to_integer", &[DigitsBinary, Base]),
        ("string", "list_to_integer", &[Digits]),
        ("string", "list_to_integer", &[Any]),
        ("erlang", "float_to_list", &[Float]),
        ("erlang", "float_to_list", &[Float, FloatOptions]),
        ("erlang", "float_to_binary", &[Float]),
        ("erlang", "float_to_binary", &[Float, FloatOptions]),
        ("erlang", "list_to_float", &[FloatText]),
        ("erlang", "binary_to_float", &[FloatTextBinary]),
        ("string", "list_to_float", &[FloatText]),
        ("string", "list_to_float", &[Any]),
    ]);
}

#[test]
fn bytes_and_text() {
    use Draw::{Binary, Bits, Chardata, Encoding, Iodata, List, Small};
    check(&[
        ("erlang", "binary_to_list", &[Binary]),
        ("erlang", "binary_to_list", &[Bits]),
        ("erlang", "binary_to_list", &[Binary, Small, Small]),
        ("erlang", "bitstring_to_list", &[Bits]),
        ("erlang", "iolist_size", &[Iodata]),
        ("erlang", "iolist_to_binary", &[Iodata]),
        ("erlang", "list_to_binary", &[Iodata]),
        ("erlang", "list_to_bitstring", &[Iodata]),
        ("erlang", "list_to_bitstring", &[List]),
        ("erlang", "split_binary", &[Bits, Small]),
        ("unicode", "bin_is_7bit", &[Bits]),
        ("unicode", "characters_to_binary", &[Chardata, Encoding]),
        ("unicode", "characters_to_list", &[Chardata, Encoding]),
    ]);
}

#[test]
fn searching_in_binaries() {
    use Draw::{
        Binary, BinaryList, Bits, Endian, Integer, Pair, Pattern, ScopeOptions, ShortBinary, Small,
        SplitOptions,
    };
    check(&[
        ("binary", "at", &[Binary, Small]),
        ("binary", "copy", &[Bits]),
        ("binary", "copy", &[Bits, Small]),
        ("binary", "decode_unsigned", &[Binary]),
        ("binary", "decode_unsigned", &[Binary, Endian]),
        ("binary", "encode_unsigned", &[Integer]),
        ("binary", "encode_unsigned", &[Integer, Endian]),
        ("binary", "first", &[Binary]),
        ("binary", "last", &[Binary]),
        ("binary", "list_to_bin", &[Draw::Iodata]),
        ("binary", "longest_common_prefix", &[BinaryList]),
        ("binary", "longest_common_suffix", &[BinaryList]),
        ("binary", "match", &[ShortBinary, Pattern]),
        ("binary", "match", &[ShortBinary, Pattern, ScopeOptions]),
        ("binary", "matches", &[ShortBinary, Pattern]),
        ("binary", "matches", &[ShortBinary, Pattern, ScopeOptions]),
        ("binary", "part", &[ShortBinary, Pair]),
        ("binary", "part", &[ShortBinary, Small, Small]),
        ("binary", "split", &[ShortBinary, Pattern]),
        ("binary", "split", &[ShortBinary, Pattern, SplitOptions]),
    ]);
}

#[test]
fn checksums_hashes_and_functions_of_numbers() {
    use Draw::{Any, Iodata, Number, Size, Unsigned32, Unsigned33};
    check(&[
        ("erlang", "adler32", &[Iodata]),
        ("erlang", "adler32", &[Unsigned32, Iodata]),
        ("erlang", "adler32_combine", &[Unsigned32, Unsigned32, Size]),
        ("erlang", "crc32", &[Iodata]),
        ("erlang", "crc32", &[Unsigned32, Iodata]),
        ("erlang", "crc32_combine", &[Unsigned32, Unsigned32, Size]),
        ("erlang", "md5", &[Iodata]),
        ("erlang", "phash2", &[Any]),
        ("erlang", "phash2", &[Any, Unsigned33]),
        ("math", "acos", &[Number]),
        ("math", "acosh", &[Number]),
        ("math", "asin", &[Number]),
        ("math", "asinh", &[Number]),
        ("math", "atan", &[Number]),
        ("math", "atan2", &[Number, Number]),
        ("math", "atanh", &[Number]),
        ("math", "ceil", &[Number]),
        ("math", "cos", &[Number]),
        ("math", "cosh", &[Number]),
        ("math", "erf", &[Number]),
        ("math", "erfc", &[Number]),
        ("math", "exp", &[Number]),
        ("math", "floor", &[Number]),
        ("math", "fmod", &[Number, Number]),
        ("math", "log", &[Number]),
        ("math", "log10", &[Number]),
        ("math", "log2", &[Number]),
        ("math", "pow", &[Number, Number]),
        ("math", "sin", &[Number]),
        ("math", "sinh", &[Number]),
        ("math", "sqrt", &[Number]),
        ("math", "tan", &[Number]),
        ("math", "tanh", &[Number]),
    ]);
}

#[test]
fn times_and_order() {
    use Draw::{Any, DateTime, Seconds};
    check(&[
        ("erlang", "posixtime_to_universaltime", &[Seconds]),
        ("erlang", "universaltime_to_posixtime", &[DateTime]),
        ("erts_internal", "cmp_term", &[Any, Any]),
        ("erlang", "is_builtin", &[Draw::Module, Draw::Function, Draw::Small]),
    ]);
}

#[test]
fn from_otp_26_on_atoms_are_written_as_utf8() {
    let mut heap = Heap::new();
    for (release, expected) in [(25, &b"\x83\x64\0\x02ok"[..]), (26, b"\x83\x77\x02ok")] {
        let natives = natives::of_release(release);
        let native =
            natives.get(AtomIndex::new("erlang"), AtomIndex::new("term_to_binary"), 1).unwrap();
        let bytes = native(&mut heap, &[AtomIndex::new("ok").into()]).unwrap();
        assert_eq!(heap.as_bytes(bytes).unwrap()[..], *expected);
    }
}

#[test]
fn terms_as_bytes() {
    use Draw::{Any, DecodeOptions, EncodeOptions, External};
    check(&[
        ("erlang", "term_to_binary", &[Any]),
        ("erlang", "term_to_binary", &[Any, EncodeOptions]),
        ("erlang", "binary_to_term", &[External]),
        ("erlang", "binary_to_term", &[External, DecodeOptions]),
    ]);
}

#[test]
fn a_compressed_term_is_read_back() {
    let mut heap = Heap::new();
    let natives = natives::all();
    let text = heap.binary(&[b'a'; 5000]);
    let compressed = heap.list(&[AtomIndex::new("compressed").into()]);
    let native =
        |name, arity| natives.get(AtomIndex::new("erlang"), AtomIndex::new(name), arity).unwrap();
    let bytes = native("term_to_binary", 2)(&mut heap, &[text, compressed]).unwrap();
    assert!(heap.as_bytes(bytes).unwrap().len() < 100);
    let read = native("binary_to_term", 1)(&mut heap, &[bytes]).unwrap();
    assert!(heap.equals(read, text));
    let used = heap.list(&[AtomIndex::new("used").into()]);
    let size = heap.as_bytes(bytes).unwrap().len();
    let longer = [&heap.as_bytes(bytes).unwrap()[..], b"more"].concat();
    let longer = heap.binary(&longer);
    let read = native("binary_to_term", 2)(&mut heap, &[longer, used]).unwrap();
    assert_eq!(heap.as_size(heap.as_tuple(read).unwrap()[1]), Some(size));
}

#[test]
fn a_digest_of_parts_is_that_of_the_whole() {
    let mut heap = Heap::new();
    let natives = natives::all();
    let native =
        |name, arity| natives.get(AtomIndex::new("erlang"), AtomIndex::new(name), arity).unwrap();
    for sizes in [[0, 0, 0], [1, 2, 3], [63, 1, 64], [100, 0, 1000]] {
        let parts = sizes.map(|size| vec![b'x'; size]);
        let mut context = native("md5_init", 0)(&mut heap, &[]).unwrap();
        for part in &parts {
            let part = heap.binary(part);
            context = native("md5_update", 2)(&mut heap, &[context, part]).unwrap();
        }
        let digest = native("md5_final", 1)(&mut heap, &[context]).unwrap();
        let whole = heap.binary(&parts.concat());
        let expected = native("md5", 1)(&mut heap, &[whole]).unwrap();
        assert!(heap.equals(digest, expected), "{sizes:?}");
    }
    let short = heap.binary(b"short");
    assert!(native("md5_final", 1)(&mut heap, &[short]).is_err());
}

#[test]
fn a_term_that_nobody_vouches_for_makes_no_atoms() {
    let mut heap = Heap::new();
    let natives = natives::all();
    let native =
        natives.get(AtomIndex::new("erlang"), AtomIndex::new("binary_to_term"), 2).unwrap();
    let safe = heap.list(&[AtomIndex::new("safe").into()]);
    let known = heap.binary(b"\x83\x77\x04safe");
    let read = native(&mut heap, &[known, safe]).unwrap();
    assert_eq!(read.as_atom(), Some(AtomIndex::new("safe")));
    let unknown = heap.binary(b"\x83\x77\x0enever_made_yet");
    assert!(native(&mut heap, &[unknown, safe]).is_err());
    assert!(native(&mut heap, &[unknown, Value::NIL]).is_ok());
}
