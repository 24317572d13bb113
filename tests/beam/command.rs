//! `nodedown beam`: whether everything is there that compiled modules need.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::formats::assert_fits;
use crate::made::{Made, MadeFunction, code, function, module};

/// A folder with modules, and a small OTP beside them.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Place {
        let place = Place { folder: tempfile::tempdir().unwrap() };
        place.write("otp/releases/start_erl.data", b"13.1.5 25\n");
        place.write("otp/releases/25/OTP_VERSION", b"25.2.3\n");
        place.module("otp/lib/kernel-8.5.3/ebin", "kernel", &[]);
        // The newer version counts.
        place.module(
            "otp/lib/stdlib-4.10/ebin",
            "lists",
            &[
                function("map", 2, &[("erlang", "length", 1), ("erts_debug", "size", 1)]),
                function("later_native", 1, &[("erlang", "nif_error", 1)]),
            ],
        );
        place.module("otp/lib/stdlib-4.9/ebin", "lists", &[]);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn module(&self, folder: &str, name: &'static str, functions: &[MadeFunction]) {
        self.write(&format!("{folder}/{name}.beam"), &module(name, functions));
    }

    /// Standard output, standard error and the exit code of `nodedown beam` with these arguments.
    fn run(&self, arguments: &str) -> (String, String, i32) {
        let mut command = Command::cargo_bin("nodedown").unwrap();
        command.current_dir(self.folder.path()).env("NO_COLOR", "1");
        command.env("NODEDOWN_OTP", "otp").env("PATH", "").arg("beam");
        let output = command.args(arguments.split_whitespace()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr), output.status.code().unwrap())
    }

    #[track_caller]
    fn check(&self, arguments: &str, code: i32, wanted: &[&str]) {
        let (out, err, status) = self.run(arguments);
        assert_eq!(status, code, "{out}\n{err}");
        for part in wanted {
            assert!(out.contains(part) || err.contains(part), "no {part:?} in\n{out}\n{err}");
        }
    }

    fn json(&self, arguments: &str) -> Value {
        let document = serde_json::from_str(&self.run(&format!("{arguments} --json")).0).unwrap();
        assert_fits("beam", &document);
        document
    }
}

#[test]
fn modules_that_call_each_other_and_otp_are_complete() {
    let place = Place::new();
    place.module("app/ebin", "a", &[function("f", 1, &[("b", "g", 0), ("lists", "map", 2)])]);
    place.module("app/ebin", "b", &[function("g", 0, &[])]);
    let calls = [
        "  a                   OTP 25          1           1          0    1",
        "complete: everything",
        "with Erlang/OTP 25.2.3 in otp",
    ];
    place.check("app", 0, &calls);
    place.check("app/ebin/a.beam --code app/ebin", 0, &["complete"]);
    place.check("app/ebin/a.beam --code */ebin", 0, &["complete"]);
    place.check("app/ebin/a.beam --code app", 0, &["complete"]);
}

#[test]
fn modules_that_a_later_compiler_wrote_are_told() {
    let place = Place::new();
    let own = "compiled for a later release, whose modules real nodes of this one may refuse: ";
    let mut later = module("a", &[function("f", 0, &[])]);
    place.write("app/ebin/a.beam", &later);
    assert!(!place.run("app").0.contains(own));
    let at = later.windows(5).position(|part| part == b"8.2.3").unwrap();
    later[at..at + 5].copy_from_slice(b"8.6.1");
    place.write("app/ebin/a.beam", &later);
    place.check("app", 0, &["OTP 27", &format!("{own}a\n"), "that of the compiler: --otp DIR"]);
    place.module("app/ebin", "b", &[function("f", 0, &[])]);
    place.check("app", 0, &[&format!("{own}a\n")]);
}

#[test]
fn a_release_is_read_with_the_modules_in_its_program() {
    let place = Place::new();
    place.module("app/ebin", "a", &[function("f", 1, &[("prim_eval", "wait", 2)])]);
    place.check("app", 1, &["there is no module prim_eval"]);
    let evals = module("prim_eval", &[function("wait", 2, &[])]);
    let lists = module("lists", &[]);
    let program = [b"\x7fELF FOR1\0\0\xff\xff BEAM", &evals[..], b"..FOR1", &lists, b"FOR1\0\0\0"];
    place.write("otp/erts-13.1/bin/beam.smp", b"another one");
    place.write("otp/erts-13.1.5/bin/beam.smp", &program.concat());
    place.check("app", 0, &["complete: everything"]);
    place.module("app/ebin", "b", &[function("f", 1, &[("lists", "map", 2)])]);
    place.check("app", 0, &["complete: everything"]);
}

#[test]
fn a_function_that_is_nowhere_is_told_with_who_calls_it() {
    let place = Place::new();
    let calls = [("poolboy", "transaction", 2), ("lists", "map", 3), ("lists", "mop", 2)];
    place.module("app", "a", &[function("f", 1, &calls), function("g", 1, &calls[..1])]);
    place.check(
        "app",
        1,
        &[
            "poolboy:transaction/2  called by a:f/1, a:g/1",
            "there is no module poolboy: name its folder with --code",
            "lists has map/2",
            "lists has no function mop",
            "incomplete: 3 functions that are nowhere",
        ],
    );
    let missing = &place.json("app")["missing"];
    assert_eq!(missing[2]["function"], "poolboy:transaction/2");
    assert_eq!(missing[2]["callers"], json!(["a:f/1", "a:g/1"]));
    assert_eq!(missing[2]["module_found"], false);
    assert_eq!(missing[0]["other_arities"], json!([2]));
}

#[test]
fn functions_in_c_are_told_from_compiled_ones() {
    let place = Place::new();
    let calls = [("erts_debug", "size_shared", 1), ("lists", "later_native", 1)];
    place.module("app", "a", &[function("f", 0, &calls)]);
    place.module(
        "app",
        "j",
        &[
            function("init", 0, &[("erlang", "load_nif", 2)]),
            function("decode", 1, &[("erlang", "nif_error", 1)]),
            function("parse", 1, &[("j", "decode", 1)]),
        ],
    );
    place.check(
        "app",
        1,
        &[
            "Functions of Erlang in C that nodedown does not have",
            "lists:later_native/1  called by a:f/0",
            "j:decode/1  called by j:parse/1",
            "1 function of a library in C",
        ],
    );
    let (out, _, _) = place.run("app");
    assert!(!out.contains("load_nif") && !out.contains("j:init/0"), "{out}");
}

#[test]
fn the_natives_of_a_booted_node_count_as_there() {
    let place = Place::new();
    let calls = [
        ("prim_file", "open_nif", 2),
        ("prim_buffer", "new", 0),
        ("zlib", "deflate_nif", 4),
        ("crypto", "hash_nif", 2),
        ("atomics", "get", 2),
        ("erts_internal", "counters_new", 1),
        ("code_server", "call", 1),
        ("persistent_term", "info", 0),
        ("erlang", "send", 2),
    ];
    place.module("app", "a", &[function("f", 0, &calls)]);
    place.check("app", 0, &["complete"]);
}

#[test]
fn what_only_libraries_reach_is_counted_and_shown_in_full() {
    let place = Place::new();
    place.module("app", "a", &[function("f", 1, &[("lists", "map", 2), ("p", "open", 0)])]);
    place.module("lib/p/ebin", "p", &[function("open", 0, &[("erlang", "open_port", 2)])]);
    place.check("app --code lib/*/ebin", 0, &["complete"]);
    let way = "erlang:open_port/2  by way of a:f/1 -> p:open/0";
    place.check("app --code lib/*/ebin --full", 0, &[way]);
    let outside = &place.json("app --code lib/*/ebin")["outside"];
    assert_eq!(outside[0]["way"], json!(["a:f/1", "p:open/0"]));
    assert_eq!(outside[0]["callers"], json!([]));
}

#[test]
fn instructions_that_are_not_executed_are_told() {
    let place = Place::new();
    // put_string, which no compiler writes any more.
    let bytes = Made::new().with("Code", code(68, 3, 1, &[68, 0x10, 0x00, 0x03, 3])).bytes();
    place.write("m.beam", &bytes);
    place.check("m.beam", 1, &["put_string/3, 1 time, in m", "incomplete: 1 instruction"]);
    let unknown = json!([{
        "name": "put_string", "arity": 3, "number": 68, "since": 0, "modules": { "m": 1 },
    }]);
    assert_eq!(place.json("m.beam")["opcodes"], unknown);
}

#[test]
fn a_module_of_a_later_release_is_told() {
    let place = Place::new();
    place.write("m.beam", &Made::new().with("Code", code(200, 3, 1, &[3])).bytes());
    let told = ["error: m.beam: the module was compiled for a later release than OTP 29"];
    place.check("m.beam", 66, &told);
}

#[test]
fn input_that_is_no_module_is_refused() {
    let place = Place::new();
    place.write("app/a.beam", b"-module(a).\n");
    place.write("app/b.beam", b"\x7fELF");
    place.write("empty/readme.txt", b"nothing\n");
    place.check("app", 66, &[
        "error: app/a.beam: no compiled module: the file is Erlang source code, which erlc compiles",
        "error: app/b.beam: no compiled module: the file is a program or library of Linux (ELF)",
    ]);
    place.check("empty", 66, &["error: empty has no compiled modules (files that end in .beam)"]);
    place.check("nowhere.beam", 66, &["error: cannot read nowhere.beam: No such file"]);
    place.check("", 64, &["<FILE|DIR>"]);
    place.module("good", "a", &[]);
    place.check("good --code nowhere", 66, &["error: no folder nowhere"]);
    place.check("good --code no*", 66, &["error: no folder no*: nothing fits the pattern"]);
    place.check("good --code empty", 66, &["error: empty has no compiled modules"]);
}

#[test]
fn otp_is_where_one_says_or_the_error_says_what_to_do() {
    let place = Place::new();
    place.module("app", "a", &[]);
    place.check(
        "app --otp app",
        66,
        &["app is no folder of Erlang/OTP: it has no lib/kernel-*/ebin"],
    );
    place.module("old/lib/kernel-5.4/ebin", "kernel", &[]);
    place.check(
        "app --otp old",
        66,
        &["old is Erlang/OTP with kernel 5.4: modules of OTP 25 to 29"],
    );
    place.module("usr/lib/erlang/lib/kernel-9.2/ebin", "kernel", &[]);
    place.check("app --otp usr", 66, &["did you mean usr/lib/erlang?"]);
    place.check("app --otp usr/lib/erlang", 0, &["with Erlang/OTP 26 in usr/lib/erlang"]);
    let mut command = Command::cargo_bin("nodedown").unwrap();
    command.current_dir(place.folder.path()).env_remove("NODEDOWN_OTP").env("PATH", "");
    let output = command.args(["beam", "app"]).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.starts_with("error: no Erlang/OTP is found"), "{err}");
    assert_eq!(output.status.code(), Some(66));
}

#[test]
fn a_file_that_is_named_for_another_module_is_told() {
    let place = Place::new();
    place.module("app", "a", &[function("f", 0, &[("x", "f", 0)])]);
    place.write("lib/x.beam", &module("y", &[]));
    let told = "unreadable: lib/x.beam: the module in it is y: rename the file to y.beam";
    place.check("app --code lib", 1, &[told, "there is no module x"]);
}
