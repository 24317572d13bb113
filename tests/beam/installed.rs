//! The modules of the Erlang/OTP that is installed here, and what its compiler writes.

use std::fs;
use std::path::Path;
use std::process::Command;

use nodedown::beam::file::Module;
use nodedown::beam::index::{Index, Otp};
use nodedown::beam::library::FileEntry;
use nodedown::beam::preflight::Preflight;
use nodedown::beam::{AtomIndex, FunctionName, Image, Library, natives};

/// The installed OTP; a test has nothing to look at without one.
pub(crate) fn otp() -> Option<Otp> {
    let found = Otp::find(None);
    if let Err(error) = &found {
        eprintln!("skipped: {error}");
    }
    found.ok()
}

#[test]
fn every_module_of_otp_is_read_and_has_the_digest_that_erlang_computes() {
    let Some(otp) = otp() else { return };
    let index = otp.index().unwrap();
    let names: Vec<&str> = index.modules().map(|(name, _)| name).collect();
    for name in &names {
        let module = index.load(name).unwrap().unwrap();
        assert!(module.code.len() > 5, "{name}");
        assert_eq!(module.release(), Some(otp.release()), "{name}");
    }
    let ask = "[io:format(\"~s ~s~n\", [M, binary:encode_hex(M:module_info(md5))]) \
               || M <- [lists, gen_server, global, supervisor, maps]], halt().";
    let output = Command::new("erl").args(["-noshell", "-eval", ask]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 5);
    for line in text.lines() {
        let (name, expected) = line.split_once(' ').unwrap();
        let digest = index.load(name).unwrap().unwrap().md5;
        let digest = u128::from_be_bytes(digest);
        assert_eq!(format!("{digest:032X}"), expected, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_release_has_the_modules_that_nodes_begin_with_in_its_program() {
    let Some(otp) = otp() else { return };
    let installed = otp.index().unwrap();
    let Some(erts) = installed.find("erlang").and_then(|file| file.parent()?.parent()) else {
        return;
    };
    let erts = erts.file_name().unwrap();
    let program = otp.root.join(erts).join("bin/beam.smp");
    if !program.is_file() {
        return eprintln!("skipped: there is no {}", program.display());
    }
    let folder = tempfile::tempdir().unwrap();
    let link = |from: &Path| {
        let to = folder.path().join(from.strip_prefix(&otp.root).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(from, to).unwrap();
    };
    for library in
        otp.folders().iter().filter(|library| !library.starts_with(otp.root.join("lib").join(erts)))
    {
        link(library.parent().unwrap());
    }
    let release = Otp { root: folder.path().to_owned(), ..otp.clone() };
    let why = Library::new(&release, &[]).err().unwrap().to_string();
    assert!(why.contains("has no runtime system: neither lib/erts-*/ebin nor"), "{why}");
    link(&program);
    let index = release.index().unwrap();
    for name in ["erlang", "init", "prim_file", "zlib", "persistent_term"] {
        let [here, there] = [&index, &installed].map(|index| index.load(name).unwrap().unwrap());
        // They may be older than those beside them.
        assert_eq!((here.name, here.exports.len()), (there.name, there.exports.len()), "{name}");
    }
    let library = Library::new(&release, &[]).unwrap();
    let file = library.file_of(AtomIndex::new("init")).unwrap();
    assert_eq!(file, folder.path().join("lib").join(erts).join("ebin/init.beam"));
    assert!(
        matches!(library.entry(file), Ok(FileEntry::File(bytes)) if bytes.starts_with(b"FOR1"))
    );
    assert!(library.image(AtomIndex::new("erlang")).is_some());
}

#[test]
fn the_machine_takes_every_module_of_otp() {
    let Some(otp) = otp() else { return };
    let (index, natives) = (otp.index().unwrap(), natives::all());
    let names: Vec<&str> = index.modules().map(|(name, _)| name).collect();
    assert!(names.len() > 100, "{names:?}");
    for name in &names {
        let module = index.load(name).unwrap().unwrap();
        let image = Image::new(&module, &natives);
        assert_eq!(image.err().map(|error| error.to_string()), None);
    }
}

#[test]
fn what_the_compiler_writes_is_followed_to_what_is_missing() {
    let Some(otp) = otp() else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = "-module(m).\n-export([f/1, g/1, h/0]).\n-on_load(init/0).\n-nifs([native/1]).\n\
        init() -> erlang:load_nif(\"nowhere\", 0).\n\
        native(_) -> erlang:nif_error(not_loaded).\n\
        f(X) -> lists:map(fun(Y) -> helper(Y) end, X).\n\
        helper(X) -> gone:away(native(X)).\n\
        g(X) when is_list(X) -> length(X).\n\
        h() -> [{later, fun gone:later/3}].\n";
    fs::write(folder.path().join("m.erl"), source).unwrap();
    let output = Command::new("erlc").current_dir(folder.path()).arg("m.erl").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let path = folder.path().join("m.beam");
    let module = Module::parse(&fs::read(&path).unwrap()).unwrap();
    let report = Preflight {
        given: &[(path, module)],
        libraries: &Index::new(),
        otp: &otp.index().unwrap(),
        natives: &natives::all(),
    }
    .report();
    let name = |module, function, arity| {
        FunctionName::new(AtomIndex::new(module), AtomIndex::new(function), arity)
    };
    let nifs: Vec<_> = report.nifs.iter().map(|nif| nif.name).collect();
    assert_eq!(nifs, [name("m", "native", 1)]);
    assert_eq!(report.nifs[0].callers, [name("m", "helper", 1)].into());
    let missing: Vec<_> =
        report.missing.iter().filter(|it| !it.needed.callers.is_empty()).collect();
    let missing: Vec<_> = missing.into_iter().map(|missing| missing.needed.name).collect();
    assert_eq!(missing, [name("gone", "away", 1), name("gone", "later", 3)]);
    assert_eq!(report.unrunnable, Vec::<String>::new());
    assert!(report.unreadable.is_empty(), "{:?}", report.unreadable);
}
