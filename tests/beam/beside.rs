//! Calls of functions in a real Erlang.

use std::fs;
use std::process::Command;

use nodedown::beam::external::{ExternalFormat, decode, encode};
use nodedown::beam::{AtomIndex, Heap, Value};

/// A call of a function.
pub(crate) struct Call<'a> {
    pub(crate) module: &'a str,
    pub(crate) function: &'a str,
    pub(crate) args: Vec<Value>,
}

/// What came of a call: a value, or an exception of a class.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    pub(crate) class: Option<AtomIndex>,
    pub(crate) value: Value,
}

/// Reads calls from a file, and writes what comes of them into another.
const PROGRAM: &str = "\
    {ok, In} = file:read_file(\"calls\"), \
    Call = fun({M, F, A}) -> try {ok, apply(M, F, A)} catch C:R -> {C, R} end end, \
    Out = [Call(C) || C <- binary_to_term(In)], \
    ok = file:write_file(\"answers\", term_to_binary(Out)), halt().";

/// What comes of these calls in the Erlang that is installed; `None` without one.
pub(crate) fn answers(heap: &mut Heap, calls: &[Call]) -> Option<Vec<Outcome>> {
    let folder = tempfile::tempdir().unwrap();
    let terms: Vec<Value> = calls
        .iter()
        .map(|call| {
            let args = heap.list(&call.args);
            heap.tuple(&[
                AtomIndex::new(call.module).into(),
                AtomIndex::new(call.function).into(),
                args,
            ])
        })
        .collect();
    let terms = heap.list(&terms);
    fs::write(folder.path().join("calls"), encode(heap, terms, ExternalFormat::Utf8Atoms)).unwrap();
    let erl = Command::new("erl")
        .current_dir(folder.path())
        .args(["-noshell", "-noinput", "-eval", PROGRAM])
        .output();
    let Ok(output) = erl else {
        eprintln!("skipped: there is no erl on the path");
        return None;
    };
    assert!(output.status.success(), "{output:?}");
    let bytes = fs::read(folder.path().join("answers")).unwrap();
    let (answers, _) = decode(heap, &bytes).unwrap();
    let outcome = |answer: Value| {
        let parts = heap.as_tuple(answer).unwrap();
        let class = parts[0].as_atom().filter(|class| class.as_str() != "ok");
        Outcome { class, value: parts[1] }
    };
    Some(heap.as_list(answers).unwrap().into_iter().map(outcome).collect())
}
