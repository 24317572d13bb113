//! Exports of a run, each read as those who take its format read it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::Path;

use assert_cmd::Command;
use flate2::read::GzDecoder;
use regex_lite::Regex;
use serde_json::Value;

use crate::browser::Browser;

/// A database that moves to another host when its first host is cut off.
const CLUSTER: &str = r#"{
  "name": "a <b>cut</b> & more", "seed": 3, "duration": "20s",
  "hosts": { "x": {}, "y": {}, "z": {} },
  "nodes": { "a@x": { "host": "x" }, "b@y": { "host": "y" }, "w@x": { "host": "x" }, "u@z": { "host": "z" } },
  "sync_nodes": { "optional": ["a@x", "b@y", "w@x"], "timeout": "1s" },
  "network": { "net_ticktime": "4s" },
  "applications": {
    "database": { "config": { "replication": "sync" }, "distributed": { "nodes": ["a@x", "b@y"] } },
    "http": { "nodes": ["w@x"] },
  },
  "workload": { "users": { "client": "chat_user", "on": "u@z", "count": 6, "rate": "14/s", "from": "2s", "until": "12s" } },
  "faults": [{ "at": "5s", "partition": [["a@x", "w@x", "u@z"], ["b@y"]], "heal_after": "8s" }],
  "expect": [{ "transparent": "users", "within": "1ms" }],
}"#;

/// The run of a command in a folder where the cluster is.
fn command(arguments: &[&str]) -> Command {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("view-export");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("cut.json");
    if fs::read_to_string(&file).ok().as_deref() != Some(CLUSTER) {
        fs::write(&file, CLUSTER).unwrap();
    }
    let mut command = Command::cargo_bin("nodedown").unwrap();
    command.current_dir(folder).args(["export", "cut.json"]).args(arguments);
    command
}

/// The output of `nodedown export` for the cluster.
fn exported(format: &str, options: &[&str]) -> String {
    let done = command(&[&["--as", format], options].concat()).assert().success();
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

/// From shortly before the cut on.
const PART: [&str; 4] = ["--from", "4.5s", "--to", "5.5s"];

#[test]
fn a_sequence_diagram_has_balanced_blocks_and_only_participants_that_it_names() {
    let text = exported("mermaid", &PART);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("sequenceDiagram"));
    let arrow = Regex::new(r"^n(\d+)(->>|-\)|--x)n(\d+): \d+\.\d{3}s [^;]+$").unwrap();
    let note = Regex::new(r"^Note over n\d+(,n\d+)?: [^;]+$").unwrap();
    let (mut depth, mut named, mut arrows) = (0, BTreeSet::new(), Vec::new());
    for line in lines.map(|line| {
        line.trim().replace("#59;", "").replace("#35;", "").replace("#lt;", "").replace("#gt;", "")
    }) {
        if line.starts_with("box ") || line.starts_with("rect ") {
            depth += 1;
        } else if line == "end" {
            depth -= 1;
        } else if let Some(rest) = line.strip_prefix("participant n") {
            named.insert(rest.split(' ').next().unwrap().to_owned());
        } else if let Some(found) = arrow.captures(&line) {
            assert!(named.contains(&found[1]) && named.contains(&found[3]), "{line}");
            arrows.push(found[2].to_owned());
        } else {
            assert!(note.is_match(&line), "{line}");
        }
        assert!(depth >= 0, "{line}");
    }
    assert_eq!(depth, 0);
    assert!(arrows.iter().any(|arrow| arrow == "--x") && arrows.iter().any(|arrow| arrow == "->>"));
    assert!((15..=60).contains(&arrows.len()), "{} arrows", arrows.len());
    // The whole run has far too many messages, and says so.
    let whole = exported("mermaid", &[]);
    assert!(whole.len() < 50_000 && whole.contains("more messages"));
}

#[test]
fn trace_events_are_json_in_which_every_arrow_has_two_ends() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.json.gz");
    exported("perfetto", &[&PART[..], &["--out", file.to_str().unwrap()]].concat());
    let mut text = String::new();
    GzDecoder::new(fs::File::open(&file).unwrap()).read_to_string(&mut text).unwrap();
    let read: Value = serde_json::from_str(&text).unwrap();
    let events = read["traceEvents"].as_array().unwrap();
    let of = |ph: &str| events.iter().filter(|event| event["ph"] == ph).collect::<Vec<_>>();
    for (begins, ends) in [("b", "e"), ("s", "f")] {
        let ids =
            |ph: &str| of(ph).iter().map(|event| event["id"].to_string()).collect::<BTreeSet<_>>();
        let (begins, ends) = (ids(begins), ids(ends));
        assert!(begins.len() > 5, "{begins:?}");
        // What is under way when the part ends has no end.
        assert!(ends.difference(&begins).count() + begins.difference(&ends).count() < 12);
    }
    // An arrow is bound to the slice at its time.
    let slices: BTreeSet<String> = of("X")
        .iter()
        .map(|slice| format!("{} {} {}", slice["pid"], slice["tid"], slice["ts"]))
        .collect();
    for end in of("s").iter().chain(&of("f")) {
        assert!(slices.contains(&format!("{} {} {}", end["pid"], end["tid"], end["ts"])), "{end}");
    }
    let faults: Vec<_> = of("i").into_iter().filter(|event| event["s"] == "g").collect();
    assert_eq!(faults.len(), 1);
    assert_eq!(of("M").iter().filter(|event| event["name"] == "process_name").count(), 5);
}

#[test]
fn each_operation_is_a_trace_whose_spans_have_their_parents_in_it() {
    let text = exported("otlp", &PART);
    let mut traces = BTreeSet::new();
    for line in text.lines() {
        let read: Value = serde_json::from_str(line).unwrap();
        let resources = read["resourceSpans"].as_array().unwrap();
        let spans: Vec<&Value> = (resources.iter())
            .flat_map(|resource| resource["scopeSpans"][0]["spans"].as_array().unwrap())
            .collect();
        let ids: BTreeSet<&str> =
            spans.iter().map(|span| span["spanId"].as_str().unwrap()).collect();
        let roots = spans.iter().filter(|span| span.get("parentSpanId").is_none());
        assert_eq!((ids.len(), roots.count()), (spans.len(), 1));
        for span in &spans {
            let time = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
            assert!(time("startTimeUnixNano") <= time("endTimeUnixNano"));
            assert_eq!(span["traceId"].as_str().unwrap().len(), 32);
            let parent = span.get("parentSpanId").and_then(Value::as_str);
            assert!(parent.is_none_or(|parent| ids.contains(parent)), "{span}");
            traces.insert(span["traceId"].as_str().unwrap().to_owned());
        }
    }
    assert!(traces.len() == text.lines().count() && traces.len() > 4, "{}", traces.len());
}

#[test]
fn a_log_has_clocks_in_which_each_node_counts_its_own_events() {
    let text = exported("shiviz", &PART);
    let pattern = Regex::new(r"(?<event>.*)\n(?<host>\S*) (?<clock>\{.*\})").unwrap();
    let mut clocks: BTreeMap<String, u64> = BTreeMap::new();
    let mut seen = 0;
    for found in pattern.captures_iter(&text) {
        let host = found["host"].to_owned();
        let clock: BTreeMap<String, u64> = serde_json::from_str(&found["clock"]).unwrap();
        let own = clocks.entry(host.clone()).or_default();
        *own += 1;
        assert_eq!(clock[&host], *own, "{}", &found["event"]);
        for (other, count) in clock {
            // Nobody knows of what has not happened yet.
            assert!(
                clocks.get(&other).is_some_and(|own| *own >= count),
                "{other} in {}",
                &found[0]
            );
        }
        seen += 1;
    }
    assert_eq!(seen * 2, text.lines().count());
    assert!(seen > 30 && clocks.len() >= 3, "{seen} events of {clocks:?}");
    let refused = command(&["--as", "shiviz"]).assert().code(64);
    let error = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    assert!(error.contains("too many for shiviz") && error.contains("--force"), "{error}");
}

#[test]
fn a_graph_names_each_node_once_and_joins_only_those() {
    let text = exported("dot", &[]);
    assert_eq!(text.matches('{').count(), text.matches('}').count());
    let node = Regex::new(r#"(?m)^    (n\d+) \[label="[^"]+"\];$"#).unwrap();
    let nodes: BTreeSet<String> = node.captures_iter(&text).map(|it| it[1].to_owned()).collect();
    let edge = Regex::new(r#"(?m)^  (n\d+) -> (n\d+) \[label="\d+[^"]*"(, [^\]]*)?\];$"#).unwrap();
    let edges: Vec<_> = edge.captures_iter(&text).collect();
    assert_eq!((nodes.len(), text.matches("subgraph cluster_").count()), (4, 3));
    assert!(edges.len() >= 6, "{text}");
    assert!(edges.iter().all(|edge| nodes.contains(&edge[1]) && nodes.contains(&edge[2])));
    assert_eq!(text.matches(" -> ").count(), edges.len());
}

/// What a link of a page shows is exported: the time in view, lanes, a record with its relatives.
#[test]
fn a_link_of_a_page_selects_the_records() {
    let rows = |link: &str| {
        let mut rows = csv_rows(&exported("csv", &["--selection", link]));
        let titles = rows.remove(0);
        let column = |name: &str| titles.iter().position(|title| title == name).unwrap();
        let (id, node, cause) = (column("id"), column("node"), column("cause"));
        let row = |row: &Vec<String>| (row[id].clone(), row[node].clone(), row[cause].clone());
        rows.iter().map(row).collect::<Vec<_>>()
    };
    let shown = rows("#t=4.5-5.5&x=order&tab=why");
    let part = exported("csv", &PART);
    assert_eq!(shown.len() + 1, csv_rows(&part).len());
    let lanes = rows("file:///tmp/cut.html#t=4.5-5.5&h=u%40z,w@x&k=0");
    let visible: Vec<_> =
        shown.iter().filter(|(_, node, _)| !["u@z", "w@x"].contains(&node.as_str())).collect();
    assert!(visible.len() > 20 && visible.len() < shown.len());
    assert_eq!(lanes.iter().collect::<Vec<_>>(), visible);
    // The chain of a record: each is the cause of the next.
    let last = shown.last().unwrap().0.clone();
    let chain = rows(&format!("#r={last}"));
    assert_eq!(chain.last().map(|row| &row.0), Some(&last));
    assert!(chain.windows(2).all(|pair| pair[1].2 == pair[0].0), "{chain:?}");
    let first = chain[0].0.clone();
    let numbers = |rows: Vec<(String, String, String)>| {
        rows.into_iter().map(|row| row.0).collect::<BTreeSet<String>>()
    };
    let (led, all) =
        (numbers(rows(&format!("#r={first}&c=led"))), numbers(rows(&format!("#r={first}&c=all"))));
    assert!(led.contains(&last) && led.is_subset(&all) && led.len() < all.len());
    let error = |link: &str| {
        let refused = command(&["--as", "csv", "--selection", link]).assert().code(64);
        String::from_utf8(refused.get_output().stderr.clone()).unwrap()
    };
    assert!(error("#r=999999").contains("there is no record 999999 in the run"));
    assert!(error("#t=6-5").contains("the earlier one first"), "{}", error("#t=6-5"));
    assert!(error("page.html").contains("copy the link"), "{}", error("page.html"));
    let other = command(&["--as", "csv", "--selection", "#tab=why&d=0123456789abcdef"]).assert();
    let warned = String::from_utf8(other.success().get_output().stderr.clone()).unwrap();
    assert!(warned.contains("the link is of a run with digest 0123456789abcdef"), "{warned}");
    // Formats that draw lanes leave out those that are hidden.
    let text = exported("svg", &["--selection", "#t=4.5-5.5&h=u%40z"]);
    assert!(text.contains(">w@x<") && !text.contains(">u@z<"));
    let text = exported("mermaid", &["--selection", "#t=4.5-5.5&h=u%40z"]);
    assert!(text.contains("as w@x") && !text.contains("as u@z"), "{text}");
}

#[test]
fn a_graph_shows_the_state_at_a_time() {
    let state = |at: &str| exported("dot", &["--at", at]);
    let before = state("4s");
    assert!(before.contains(r#"label="a@x\ndatabase_store\n[database]""#), "{before}");
    assert!(before.contains(r#"label="a <b>cut</b> & more at 4.000s""#), "{before}");
    assert_eq!(before.matches("dir=none").count(), before.matches(" -> ").count());
    // The database runs on both sides of the cut, and nobody there sees the other side.
    let cut = state("11.5s");
    assert!(cut.contains(r"network cut: "), "{cut}");
    assert!(cut.contains(r"b@y\ndatabase_store\n[database] {failover,a@x}"), "{cut}");
    assert!(cut.matches(" -> ").count() < before.matches(" -> ").count(), "{cut}");
    // When the first one has noticed it the other side has not.
    let rows = csv_rows(&exported("csv", &[]));
    let first = rows.iter().find(|row| row[4] == "node_down").unwrap();
    let noticed = state(&format!("{}ns", first[2]));
    assert!(noticed.contains("one side only"), "{noticed}");
    let tree = exported("dot", &["--at", "4s", "--processes", "a@x"]);
    let node = Regex::new(r#"(?m)^    (p\d+) \[label="([^"]+)"[^\]]*\];$"#).unwrap();
    let processes: BTreeMap<String, String> =
        node.captures_iter(&tree).map(|it| (it[1].to_owned(), it[2].to_owned())).collect();
    let edge = Regex::new(r"(?m)^  (p\d+) -> (p\d+);$").unwrap();
    let mut parents = BTreeMap::new();
    for found in edge.captures_iter(&tree) {
        assert!(processes.contains_key(&found[1]) && processes.contains_key(&found[2]), "{tree}");
        assert_eq!(parents.insert(found[2].to_owned(), found[1].to_owned()), None);
    }
    // From a server of the database up to the master of its application.
    let mut way = processes.iter().find(|(_, label)| label.starts_with("database\\n")).unwrap().0;
    let mut labels = Vec::new();
    while let Some(parent) = parents.get(way) {
        labels.push(processes[parent].split('\\').next().unwrap().to_owned());
        way = parent;
    }
    assert!(labels.iter().any(|label| label.contains("database")), "{labels:?} in {tree}");
    for (options, told) in [
        (&["--as", "svg", "--at", "4s"][..], "--at is for `--as dot`, not for `svg`"),
        (
            &["--as", "dot", "--at", "4s", "--processes", "c@x"],
            "there is no node c@x in the run; it has a@x",
        ),
    ] {
        let refused = command(options).assert().code(64);
        let error = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn a_table_has_a_row_for_each_record() {
    let mut rows = csv_rows(&exported("csv", &[]));
    let titles = rows.remove(0);
    assert_eq!(titles.len(), 11);
    assert!(rows.len() > 1_500 && rows.iter().all(|row| row.len() == titles.len()));
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row[0], (index + 1).to_string());
    }
}

/// The cells of a table whose cells may be in quotes.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    rows
}

#[test]
fn a_drawing_opens_in_a_browser_and_an_operation_can_be_drawn_alone() {
    let Some(browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in [("part", &PART[..]), ("one", &["--operation", "20", "--order"][..])] {
        let file = folder.path().join(format!("{name}.svg"));
        fs::write(&file, exported("svg", options)).unwrap();
        browser.open(&file, "");
        let seen = browser.run(
            "const all = (name) => document.querySelectorAll(name).length; return [document.documentElement.nodeName, \
             all('parsererror'), all('line'), all('text'), document.querySelector('title').textContent]",
        );
        assert_eq!((&seen[0], &seen[1]), (&"svg".into(), &0.into()), "{seen}");
        assert!(seen[2].as_u64().unwrap() > 12 && seen[3].as_u64().unwrap() > 12, "{seen}");
        assert_eq!(seen[4], "a <b>cut</b> & more");
    }
}
