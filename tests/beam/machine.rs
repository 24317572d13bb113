//! The machine beside Erlang itself: the same code, the same values and exceptions.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc;

use nodedown::beam::machine::{Loader, Machine, Nobody, Stop};
use nodedown::beam::{AtomIndex, Image, Life, Natives, ProcessId, Value, file, natives};

/// Is Erlang there? Says so if not.
pub(crate) fn erlang_is_missing() -> bool {
    let missing = Command::new("erlc").arg("-h").output().is_err();
    if missing {
        eprintln!("skipped: erlc is not on the path");
    }
    missing
}

/// Compiles a module of `tests/beam/code` into `folder`.
pub(crate) fn compile(module: &str, options: &[&str], folder: &Path) -> PathBuf {
    let source =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/beam/code/{module}.erl"));
    let mut erlc = Command::new("erlc");
    let output = erlc.args(options).arg("-o").arg(folder).arg(source).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    folder.join(format!("{module}.beam"))
}

/// What Erlang itself prints of all cases.
fn expected(module: &str, folders: &[PathBuf]) -> Vec<String> {
    let code = format!(
        "[io:format(\"~0p~n\", [{module}:run(N)]) || N <- lists:seq(1, {module}:cases())], halt()."
    );
    let mut erl = Command::new("erl");
    let output = erl.args(["-noshell", "-pa"]).args(folders).args(["-eval", &code]);
    let output = output.output().unwrap();
    // Erlang writes Latin-1 where it is not told otherwise.
    let text: String = output.stdout.into_iter().map(char::from).collect();
    text.lines().map(str::to_owned).collect()
}

/// The folder of OTP's own libraries.
fn libraries() -> PathBuf {
    let code = "io:format(\"~s\", [code:lib_dir()]), halt().";
    let output = Command::new("erl").args(["-noshell", "-eval", code]).output().unwrap();
    PathBuf::from(String::from_utf8(output.stdout).unwrap())
}

/// The folder of Elixir's own modules, if it is there. Says so if not.
fn elixir() -> Option<PathBuf> {
    let output = Command::new("elixir").args(["-e", "IO.write(:code.lib_dir(:elixir))"]).output();
    let Ok(output) = output else {
        eprintln!("skipped: elixir is not on the path");
        return None;
    };
    Some(PathBuf::from(String::from_utf8(output.stdout).unwrap()).join("ebin"))
}

/// Finds modules in the folders `kernel`, `stdlib` and `erts` of an installation.
pub(crate) fn loader(natives: &Natives) -> Loader {
    loader_with(natives, &[])
}

/// As [`loader`], with more folders.
fn loader_with(natives: &Natives, more: &[PathBuf]) -> Loader {
    let mut folders = more.to_vec();
    for library in std::fs::read_dir(libraries()).unwrap() {
        let library = library.unwrap().path();
        let name = library.file_name().unwrap().to_string_lossy().into_owned();
        if ["kernel-", "stdlib-", "erts-"].iter().any(|start| name.starts_with(start)) {
            folders.push(library.join("ebin"));
        }
    }
    let natives = natives.clone();
    Rc::new(move |module| {
        let file = format!("{}.beam", module.as_str());
        let path = folders.iter().map(|folder| folder.join(&file)).find(|path| path.exists())?;
        Some(image(&path, &natives))
    })
}

pub(crate) fn image(path: &Path, natives: &Natives) -> Arc<Image> {
    let module = file::Module::parse(&std::fs::read(path).unwrap()).unwrap();
    Image::new(&module, natives).unwrap()
}

/// The text of what a function returns or raises.
fn call(machine: &mut Machine, module: &str, function: &str, args: &[Value]) -> String {
    let pid =
        ProcessId { life: Life::new(AtomIndex::new("nonode@nohost"), 0), number: 85, serial: 0 };
    let process = machine.spawn(pid, AtomIndex::new(module), AtomIndex::new(function), args);
    let mut nobody = Nobody::default();
    loop {
        match machine.run(process, &mut nobody) {
            Stop::Yield | Stop::Sleep(_) => {}
            Stop::Wait(Some(_)) => machine.processes_mut().get_mut(process).unwrap().time_out(),
            Stop::Wait(None) => return "it waits".to_owned(),
            Stop::Return(value) => return machine.heap().print(value).to_string(),
            Stop::Raise { class, reason, trace } => {
                let heap = machine.heap();
                return format!("{class:?} {} {}", heap.print(reason), heap.print(trace));
            }
        }
    }
}

/// Runs all cases of a module in the machine and in Erlang.
fn check(module: &str, options: &[&str], stress: bool) {
    if !erlang_is_missing() {
        check_with(module, options, stress, &[]);
    }
}

/// As [`check`], with more folders of modules.
fn check_with(module: &str, options: &[&str], stress: bool, more: &[PathBuf]) {
    let folder = tempfile::tempdir().unwrap();
    let path = compile(module, options, folder.path());
    let folders = [&[folder.path().to_owned()], more].concat();
    let expected = expected(module, &folders);
    assert!(expected.len() > 30, "Erlang ran the cases: {expected:?}");
    let natives = natives::all();
    let mut machine = Machine::new(&natives);
    machine.set_loader(loader_with(&natives, more));
    machine.load(image(&path, &natives));
    if stress {
        machine.heap_mut().collect_always();
        machine.set_slice(7);
    }
    let mut differences = String::new();
    for (number, expected) in (1..).zip(&expected) {
        let found = call(&mut machine, module, "run", &[Value::small(number)]);
        if found != *expected {
            let _ = writeln!(differences, "case {number}\n  Erlang  {expected}\n  machine {found}");
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn code_does_in_the_machine_what_it_does_in_erlang() {
    check("language", &[], false);
}

#[test]
fn code_for_older_releases_does_the_same() {
    check("language", &["+r22"], false);
}

#[test]
fn code_that_is_not_optimised_does_the_same() {
    check("language", &["+no_copt", "+no_ssa_opt", "+no_bsm_opt"], false);
}

#[test]
fn a_collection_at_every_call_changes_nothing() {
    check("language", &[], true);
}

#[test]
fn otps_own_modules_do_in_the_machine_what_they_do_in_erlang() {
    check("library", &[], false);
}

#[test]
fn otps_own_modules_do_the_same_with_a_collection_at_every_call() {
    check("library", &[], true);
}

#[test]
fn tables_do_in_the_machine_what_they_do_in_erlang() {
    check("tables", &[], false);
}

#[test]
fn tables_do_the_same_with_a_collection_at_every_call() {
    check("tables", &[], true);
}

#[test]
fn regular_expressions_match_what_they_match_in_erlang() {
    check("regexps", &[], false);
}

#[test]
fn an_exported_regular_expression_is_compiled_anew_from_its_text() {
    let mut machine = Machine::new(&natives::all());
    let exported = |machine: &mut Machine, code: &[u8], checked: &[u8]| {
        let heap = machine.heap_mut();
        let checksum = crc32fast::hash(checked).to_be_bytes();
        let header = heap.binary(&[&b"re-PCRE2"[..], &checksum, &[1, 0]].concat());
        let options = ["export", "caseless"].map(|name| AtomIndex::new(name).into());
        let (text, options) = (heap.binary(b"a(b)"), heap.list(&options));
        let (name, code) = (AtomIndex::new("re_exported_pattern").into(), heap.binary(code));
        heap.tuple(&[name, header, text, options, code])
    };
    let of_another = exported(&mut machine, b"S2RP", b"S2RP");
    let imported = call(&mut machine, "re", "import", &[of_another]);
    assert!(imported.starts_with("{re_pattern,1,0,0,"), "{imported}");
    let damaged = exported(&mut machine, b"S2RP", b"S3RP");
    let refused = call(&mut machine, "re", "import", &[damaged]);
    assert!(refused.starts_with("Error badarg"), "{refused}");
    // The bytes that a real emulator has compiled are not taken for an expression.
    let heap = machine.heap_mut();
    let (code, subject) = (heap.binary(b"ERCP\x89\0\0\0\0\0\0\0"), heap.binary(b"ab"));
    let numbers = [1, 0, 0].map(Value::small);
    let name = AtomIndex::new("re_pattern").into();
    let foreign = heap.tuple(&[name, numbers[0], numbers[1], numbers[2], code]);
    let refused = call(&mut machine, "re", "run", &[subject, foreign]);
    assert!(refused.starts_with("Error badarg"), "{refused}");
}

#[test]
fn elixirs_own_modules_do_in_the_machine_what_they_do_in_erlang() {
    if !erlang_is_missing()
        && let Some(elixir) = elixir()
    {
        check_with("elixir_calls", &[], false, &[elixir]);
    }
}

#[test]
fn a_node_has_a_date_and_a_time() {
    let mut machine = Machine::new(&natives::all());
    assert_eq!(call(&mut machine, "erlang", "date", &[]), "{1970,1,1}");
    assert_eq!(call(&mut machine, "erlang", "time", &[]), "{0,0,0}");
    assert_eq!(call(&mut machine, "erlang", "localtime", &[]), "{{1970,1,1},{0,0,0}}");
}
