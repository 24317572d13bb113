//! Compiled nodes beside those of services in Rust.

use super::{Project, answers};

const ACROSS: &str = "
-export([spawned/1, echo/1, monitors/1, links/1, named/1, called/1, apply_there/1, killed/1]).
%% A function of the other node, in a process there.
spawned(Node) ->
    Pid = spawn(Node, erlang, send, [{me(), node()}, {from, Node}]),
    receive {from, Node} -> node(Pid) =:= Node after 1000 -> timeout end.
me() -> Name = list_to_atom(\"me\" ++ integer_to_list(erlang:unique_integer([positive]))), register(Name, self()), Name.
echo(Node) -> erpc:call(Node, erlang, node, []).
apply_there(Node) ->
    try erpc:call(Node, no_module, no_function, []) catch error:{exception, Reason, _} -> Reason end.
called(Node) -> rpc:call(Node, erlang, whereis, [init]) =/= undefined.
%% The end of a process on the other node reaches monitors and links.
monitors(Node) ->
    {Pid, Ref} = spawn_monitor(Node, erlang, exit, [gone]),
    receive {'DOWN', Ref, process, Pid, Reason} -> Reason after 1000 -> timeout end.
links(Node) ->
    process_flag(trap_exit, true),
    Pid = spawn_link(Node, erlang, exit, [gone]),
    receive {'EXIT', Pid, Reason} -> Reason after 1000 -> timeout end.
killed(Node) ->
    Pid = spawn(Node, timer, sleep, [5000]),
    Ref = monitor(process, Pid),
    exit(Pid, kill),
    receive {'DOWN', Ref, process, Pid, Reason} -> Reason after 1000 -> timeout end.
named(Node) ->
    Ref = monitor(process, {nobody, Node}),
    receive {'DOWN', Ref, process, {nobody, Node}, Reason} -> Reason after 1000 -> timeout end.
";

/// A compiled node `a@x` and one of services in Rust, `r@y`; users on `on` call these with the other
/// node's name.
fn across(on: &str, calls: &[(&str, &str)]) -> String {
    let operations =
        calls.iter().map(|(name, call)| format!(r#""{name}": {{ "call": "{call}", "ok": "_" }}"#));
    let operations = operations.collect::<Vec<_>>().join(", ");
    format!(
        r#"{{ "name": "two kinds", "duration": "8s", "hosts": {{ "x": {{}}, "y": {{}} }},
             "erlang": {{ "code": ["ebin"] }},
             "nodes": {{ "a@x": {{ "host": "x" }},
                         "r@y": {{ "host": "y", "runs": "rust", "hidden": true }} }},
             "workload": {{ "users": {{ "client": "calls", "on": "{on}", "rate": "10/s", "from": "1s",
                                        "timeout": "2s", "operations": {{ {operations} }} }} }} }}"#
    )
}

/// Checks the answers of these calls from a node, which are always the same.
#[track_caller]
fn check(on: &str, calls: &[(&str, &str, &str)]) {
    let Some(project) = Project::of(&[("across", ACROSS)]) else { return };
    let named: Vec<(&str, &str)> = calls.iter().map(|(name, call, _)| (*name, *call)).collect();
    let run = project.run(&across(on, &named), 1);
    for (name, call, expected) in calls {
        let answers = answers(&run, name);
        assert!(answers.len() >= 2, "{call}: {answers:?} {:?}", run.history.operations());
        for answer in answers {
            assert_eq!(answer.to_string(), *expected, "{call}");
        }
    }
}

#[test]
fn compiled_code_starts_and_watches_processes_on_a_node_of_services_in_rust() {
    check(
        "a@x",
        &[
            ("spawned", "across:spawned('r@y')", "true"),
            ("echo", "across:echo('r@y')", "r@y"),
            ("undef", "across:apply_there('r@y')", "undef"),
            ("called", "across:called('r@y')", "true"),
            ("monitors", "across:monitors('r@y')", "gone"),
            ("links", "across:links('r@y')", "gone"),
            ("killed", "across:killed('r@y')", "killed"),
            ("named", "across:named('r@y')", "noproc"),
        ],
    );
}

#[test]
fn services_in_rust_call_and_start_compiled_code_on_its_node() {
    check(
        "r@y",
        &[
            ("echo", "erpc:call('a@x', across, echo, ['a@x'])", "a@x"),
            ("lists", "erpc:call('a@x', lists, reverse, [[1,2,3]])", "[3,2,1]"),
            ("back", "erpc:call('a@x', across, spawned, ['r@y'])", "true"),
            ("old", "rpc:call('a@x', lists, max, [[1,7,3]])", "7"),
        ],
    );
}

#[test]
fn a_node_of_services_in_rust_beside_compiled_ones_has_to_be_hidden() {
    let Some(project) = Project::of(&[("across", ACROSS)]) else { return };
    let text = across("a@x", &[("echo", "across:echo('r@y')")]);
    assert!(project.scenario(&text).is_ok());
    let said = project.mistakes(&text.replace(r#", "hidden": true"#, ""));
    let expected = "`r@y` runs services in Rust, which do not take part in the `global`";
    assert!(said.contains(expected) && said.contains("write `\"hidden\": true`"), "{said}");
    let strangers = text.replace(r#", "hidden": true"#, r#", "cookie": "other""#);
    assert!(project.scenario(&strangers).is_ok());
}
