//! Projects as tools lay them out: a release of Erlang with its own boot file, and one of mix.

use std::fs;
use std::process::Command;

use super::{answers, nodedown, shop_project, told};

#[test]
fn a_release_boots_by_its_own_boot_file() {
    let Some(project) = shop_project() else { return };
    let make = r#"
        {ok, _} = application:ensure_all_started(sasl),
        Version = fun(App) -> application:load(App), {ok, V} = application:get_key(App, vsn), {App, V} end,
        Erts = erlang:system_info(version),
        Apps = [Version(kernel), Version(stdlib), Version(sasl), {shop, "1"}],
        ok = file:write_file("rel.rel", io_lib:format("~p.~n", [{release, {"rel", "1"}, {erts, Erts}, Apps}])),
        ok = systools:make_script("rel", [{path, ["ebin"]}]),
        halt()."#;
    let mut erl = Command::new("erl");
    let status = erl.args(["-noshell", "-eval", make]).current_dir(project.path()).status();
    assert!(status.unwrap().success());
    assert!(project.path().join("rel.boot").is_file());
    let text = r#"{ "name": "a release", "duration": "5s", "hosts": { "x": {} },
        "erlang": { "code": ["ebin"], "boot": "rel" },
        "nodes": { "a@x": { "host": "x" } },
        "workload": { "users": { "client": "calls", "on": "a@x", "rate": "2/s", "from": "1s", "timeout": "1s",
            "operations": {
                "clerk": { "call": "shop:clerk()", "ok": "_" },
                "apps": { "call": "application:which_applications()", "ok": "_" } } } } }"#;
    let run = project.run(text, 1);
    let clerks = answers(&run, "clerk");
    assert!(clerks.len() >= 2 && clerks.iter().all(|clerk| clerk.as_pid().is_some()), "{clerks:?}");
    let running = answers(&run, "apps")[0].to_string();
    for application in ["shop", "sasl", "kernel", "stdlib"] {
        assert!(running.contains(&format!("{{{application},")), "{running}");
    }
    assert!(told(&run).iter().any(|line| line.contains("opened as normal")));
}

const COUNTER: &str = r#"
defmodule Counter.Application do
  use Application
  def start(_type, _args) do
    Supervisor.start_link([Counter], strategy: :one_for_one, name: Counter.Supervisor)
  end
end

defmodule Counter do
  use GenServer
  def start_link(_), do: GenServer.start_link(__MODULE__, 0, name: __MODULE__)
  def increment, do: GenServer.call(__MODULE__, :increment)
  def words, do: Regex.split(~r/[,;] */, "a, b;c")
  def limit, do: {System.get_env("COUNTER_LIMIT"), Application.get_env(:counter, :step)}
  def init(count), do: {:ok, count}
  def handle_call(:increment, _from, count), do: {:reply, count + 1, count + 1}
end
"#;

#[test]
fn a_project_of_mix_runs_as_mix_builds_it() {
    let Some(project) = super::Project::of(&[]) else { return };
    let mix = |arguments: &[&str], folder: &str| {
        let mut command = Command::new("mix");
        command.args(arguments).current_dir(project.path().join(folder)).env("MIX_ENV", "prod");
        command.env("HOME", project.path()).output()
    };
    if mix(&["--version"], ".").is_err() {
        eprintln!("skipped: there is no mix on the path");
        return;
    }
    let made = mix(&["new", "counter", "--sup"], ".").unwrap();
    assert!(made.status.success(), "{made:?}");
    let folder = project.path().join("counter");
    fs::write(folder.join("lib/counter.ex"), COUNTER).unwrap();
    fs::remove_file(folder.join("lib/counter/application.ex")).unwrap();
    let built = mix(&["compile"], "counter").unwrap();
    assert!(built.status.success(), "{built:?}");
    fs::create_dir(folder.join("scenarios")).unwrap();
    let text = r#"{
      "name": "the counter is there again after a kill", "duration": "10s", "hosts": { "x": {} },
      "erlang": {
        "code": ["../_build/prod/lib/*/ebin"],
        "build": "MIX_ENV=prod mix compile",
        "env": { "COUNTER_LIMIT": "7" }, "args": ["-counter", "step", "3"]
      },
      "nodes": { "a@x": { "host": "x", "start": ["counter"] } },
      "workload": { "users": {
        "client": "calls", "on": "a@x", "rate": "5/s", "from": "1s", "timeout": "1s",
        "operations": {
          "increment": { "call": "'Elixir.Counter':increment()", "ok": "_" },
          "words": { "call": "'Elixir.Counter':words()", "ok": "[<<\"a\">>, <<\"b\">>, <<\"c\">>]" },
          "limit": { "call": "'Elixir.Counter':limit()", "ok": "_" }
        } } },
      "faults": [{ "at": "5s", "kill": "counter/Elixir.Counter" }],
      "expect": [{ "availability": "users", "at_least": "90%" }]
    }"#;
    fs::write(folder.join("scenarios/counter.json"), text).unwrap();
    let (said, code) = nodedown(&project, &["run", "counter/scenarios/counter.json"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("exit signal kill to counter/Elixir.Counter"), "{said}");
}
