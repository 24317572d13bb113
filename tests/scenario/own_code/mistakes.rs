//! Messages about code that cannot be used, or not in full.

use std::fs;

use nodedown::scenario::ScenarioError;
use nodedown::trace::{Fact, NodeFact};

use super::{Project, SHOP, SHOP_APP, answers, calls, shop_project, told};

const QUICK: &str = "-export([quick/0]).\nquick() -> erlang:monotonic_time().\n";

#[test]
fn what_cannot_be_a_way_to_run_code_is_a_mistake_of_the_file() {
    let Some(project) = Project::of(&[("spin", QUICK)]) else { return };
    let check = |erlang: &str, expected: &[&str]| {
        let said = project.mistakes(&calls("1s", erlang, &[("quick", "spin:quick()")]));
        for expected in expected {
            assert!(said.contains(expected), "{expected}\n{said}");
        }
    };
    check(
        r#", "cost_per_reduction": "0s""#,
        &["code that takes no time never ends if it polls the clock", "write a duration above 0"],
    );
    check(r#", "slice": 0"#, &["slice", "1 to 1000000"]);
    check(r#", "slice": "often""#, &["unknown slice `often`", "write a whole number or \"seed\""]);
    check(r#", "map_order": "random""#, &["map_order"]);
    check(
        r#", "mapp_order": "seed""#,
        &["unknown field `mapp_order`", "did you mean `map_order`?"],
    );
}

#[test]
fn modules_that_are_not_built_are_no_mistake_where_the_scenario_says_how_to_build_them() {
    let Some(project) = Project::of(&[]) else { return };
    let text = calls("1s", "", &[("quick", "spin:quick()")]);
    let said = project.mistakes(&text);
    assert!(said.contains("has no compiled modules") && said.contains("build the project first"));
    let text = text.replace(r#"["ebin"]"#, r#"["ebin"], "build": "make all""#);
    let error = project.scenario(&text).unwrap_err();
    assert!(matches!(error, ScenarioError::NoErlang(_)), "{error}");
    let said = error.to_string();
    assert!(
        said.contains("its modules are not built") && said.contains("run `make all`"),
        "{said}"
    );
}

/// The scenario of one node that starts an application.
fn starts(application: &str) -> String {
    format!(
        r#"{{ "name": "one", "duration": "10s", "hosts": {{ "x": {{}} }},
             "erlang": {{ "code": ["ebin"] }},
             "nodes": {{ "a@x": {{ "host": "x", "start": ["{application}"] }} }} }}"#
    )
}

#[test]
fn an_application_without_one_that_it_needs_is_a_mistake_of_the_file() {
    let Some(project) = shop_project() else { return };
    let needy = SHOP_APP.replace("[kernel, stdlib]", "[kernel, stdlib, till]");
    let optional = needy.replace("{mod,", "{optional_applications, [till]}, {mod,");
    let write = |text: &str| fs::write(project.path().join("ebin/shop.app"), text).unwrap();
    write(&needy);
    let said = project.mistakes(&starts("shop"));
    let expected = "`shop` needs the application `till`: no folder of code has till.app";
    assert!(said.contains(expected), "{said}");
    write(&optional);
    assert!(project.scenario(&starts("shop")).is_ok());
    let said = project.mistakes(&starts("shpo"));
    assert!(said.contains("there is no application `shpo`") && said.contains("`shop`?"), "{said}");
}

#[test]
fn an_application_that_does_not_start_says_why_in_the_words_of_otp() {
    let Some(project) = shop_project() else { return };
    project.compile(
        "shop",
        &SHOP.replace("opened as ~p\", [Type])", "x\", []), exit({no_key, Type})"),
    );
    let told = told(&project.run(&starts("shop"), 1));
    let reason = "could not start application shop: {shop,{bad_return,{{shop,start,[normal,[]]},{'EXIT',{no_key,normal}}}}}";
    assert!(told.iter().any(|line| line.contains(reason)), "{told:#?}");
    // It is a permanent one: its node goes down.
    let run = project.run(&starts("shop"), 1);
    let down = run.trace.records().iter().any(|record| {
        matches!(record.fact, Fact::Node(NodeFact::Stopped { .. } | NodeFact::Crashed))
    });
    assert!(down);
}

const REACHES_OUT: &str = "
-export([sync/0, hash/1, open/0]).
-on_load(load/0).
load() -> case erlang:load_nif(\"priv/hash\", 0) of ok -> ok; {error, _} -> ok end.
hash(_) -> erlang:nif_error(not_loaded).
sync() -> os:cmd(\"sync\").
open() -> open_port({spawn, \"cat\"}, []).
";

#[test]
fn functions_in_c_and_ports_are_told_when_the_file_is_read() {
    let Some(project) = Project::of(&[("reaches", REACHES_OUT)]) else { return };
    let text = calls(
        "3s",
        "",
        &[("hash", "reaches:hash(1)"), ("sync", "reaches:sync()"), ("open", "reaches:open()")],
    );
    let scenario = project.scenario(&text).unwrap();
    let warnings = scenario.warnings.to_string();
    for expected in [
        "functions in C are not loaded by a simulated node, and fail: those of reaches (hash/1)",
        "runs no programs and opens no ports; these calls fail with enoent",
        "reaches:open/0 (erlang:open_port/2)",
        "reaches:sync/0 (os:cmd/1)",
    ] {
        assert!(warnings.contains(expected), "{expected}\n{warnings}");
    }
    let run = project.run(&text, 1);
    let told = |name: &str| {
        let operations = run.history.operations().iter();
        let mut own = operations.filter(|each| each.name.as_str() == name);
        format!("{:?}", own.next().unwrap().completion)
    };
    assert!(told("hash").contains("not_loaded"), "{}", told("hash"));
    assert!(told("sync").contains("enoent"), "{}", told("sync"));
    assert!(told("open").contains("enoent"), "{}", told("open"));
}

#[test]
fn a_module_of_a_later_release_is_told_when_the_file_is_read() {
    let Some(project) = Project::of(&[("spin", QUICK)]) else { return };
    let later = r#"
        {ok, spin, Chunks} = beam_lib:all_chunks("ebin/spin.beam"),
        Info = term_to_binary([{version, "10.0"}]),
        {ok, Beam} = beam_lib:build_module(lists:keyreplace("CInf", 1, Chunks, {"CInf", Info})),
        ok = file:write_file("ebin/spin.beam", Beam), halt()."#;
    let mut erl = std::process::Command::new("erl");
    let status = erl.args(["-noshell", "-eval", later]).current_dir(project.path()).status();
    assert!(status.unwrap().success());
    let text = calls("2s", "", &[("quick", "spin:quick()")]);
    let warnings = project.scenario(&text).unwrap().warnings.to_string();
    let expected = "compiled for a later release than that of the nodes, whose real ones may refuse it: \
                    spin (Erlang/OTP 29)";
    assert!(warnings.contains(expected), "{warnings}");
    assert!(!answers(&project.run(&text, 1), "quick").is_empty());
    // One that no release of today writes is refused.
    fs::write(project.path().join("ebin/spin.beam"), "FOR1").unwrap();
    let said = project.mistakes(&text);
    assert!(said.contains("the module spin cannot be used"), "{said}");
}

#[test]
fn without_erlang_it_is_told_what_to_install() {
    let Some(project) = Project::of(&[("spin", QUICK)]) else { return };
    let text = calls("1s", "", &[("quick", "spin:quick()")]);
    fs::write(project.path().join("scenario.json"), text).unwrap();
    let nodedown = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("nodedown").unwrap();
        command.env("PATH", "").env_remove("NODEDOWN_OTP");
        let output = command.args(arguments).current_dir(project.path()).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (String::from_utf8(text).unwrap(), output.status.code())
    };
    let (said, code) = nodedown(&["run", "scenario.json"]);
    assert!(said.contains("there is no Erlang/OTP: install it"), "{said}");
    assert_ne!(code, Some(0));
    let (said, code) = nodedown(&["test", "scenario.json"]);
    assert!(said.contains("skipped") && code == Some(3), "{code:?} {said}");
}

#[test]
fn arguments_that_a_simulated_node_makes_nothing_of_are_told() {
    let Some(project) = Project::of(&[("spin", QUICK)]) else { return };
    fs::write(
        project.path().join("vm.args"),
        "-name prod@host\n+K true\n-setcookie nodedown\n-proto_dist inet_tls\n-bank mode test\n",
    )
    .unwrap();
    let of = |erlang: &str| calls("2s", erlang, &[("quick", "spin:quick()")]);
    let warnings = project.scenario(&of(r#", "vm_args": "vm.args""#)).unwrap().warnings.to_string();
    assert!(warnings.contains("`-proto_dist` has no effect: the network"), "{warnings}");
    assert!(!warnings.contains("-bank") && !warnings.contains("-name"), "{warnings}");
    let said = project.mistakes(&of(r#", "vm_args": "none.args""#));
    assert!(said.contains("cannot read the file of arguments"), "{said}");
    fs::write(project.path().join("broken.args"), "-a 'b").unwrap();
    let said = project.mistakes(&of(r#", "vm_args": "broken.args""#));
    assert!(said.contains("line 1: a quotation that begins here does not end"), "{said}");
    let said = project.mistakes(&of(r#", "args": ["-setcookie x"]"#));
    assert!(said.contains("write each word by itself"), "{said}");
    let said = project.mistakes(&of(r#", "boot": "none""#));
    assert!(said.contains("cannot read the boot file"), "{said}");
}
