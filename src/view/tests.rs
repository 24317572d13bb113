//! Pictures against the runs that they are of.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value;

use super::{
    Focus, Opening, Page, PageLimits, Picture, StoryEntry, Subject, UnreadableTrace, page,
    page_of_two,
};
use crate::engine::time::Time;
use crate::engine::trace::Detail;
use crate::formats::trace::TraceLineJson;
use crate::scenario::Scenario;
use crate::scenario::services::Programs;
use crate::scenario::simulation::{Run, Simulation};
use crate::verdict::check;
use crate::verdict::explain::explain;

/// A database that moves to another host when its first host is cut off.
const CLUSTER: &str = r#"{
  "name": "a <b>cut</b> & more", "seed": 3, "duration": "20s",
  "hosts": { "x": {}, "y": {} },
  "nodes": { "a@x": { "host": "x" }, "b@y": { "host": "y" }, "w@x": { "host": "x" } },
  "sync_nodes": { "optional": ["a@x", "b@y", "w@x"], "timeout": "1s" },
  "network": { "net_ticktime": "4s" },
  "applications": {
    "database": { "distributed": { "nodes": ["a@x", "b@y"] } },
    "http": { "nodes": ["w@x"] },
  },
  "workload": { "users": { "client": "chat_user", "on": "w@x", "count": 2, "rate": "2/s", "from": "2s", "until": "15s" } },
  "faults": [
    { "at": "5s", "partition": [["a@x", "w@x"], ["b@y"]], "heal_after": "8s" },
    { "at": "14s", "crash": "a@x" },
  ],
  "expect": [{ "transparent": "users", "within": "1ms" }],
}"#;

fn run() -> Run {
    let programs = Programs::builtin();
    let scenario = Scenario::parse(CLUSTER, "cut.json", &programs.catalogue());
    let scenario = scenario.unwrap_or_else(|error| panic!("{error}"));
    Simulation::new(scenario.plan(3), &programs).detail(Detail::Full).with_twin().run()
}

fn picture(run: &Run) -> Picture {
    let verdict = check(run);
    let explanation = explain(run, &verdict);
    let story = vec![StoryEntry {
        record: Some(1),
        at: Time::ZERO,
        who: "cluster".to_owned(),
        what: "</script><script>alert(1)</script>".to_owned(),
        tone: "plain",
    }];
    let command = "nodedown view cut.json --seed 3".to_owned();
    let scenario = "{}".to_owned();
    let explanation = &explanation;
    Picture::of_run(Subject { run, verdict: &verdict, explanation, story, command, scenario })
}

fn page_of(picture: &Picture) -> Page {
    page(picture, &PageLimits::default()).unwrap()
}

/// The trace as a file has it, with each record as JSON.
fn trace_of(run: &Run) -> (String, Vec<Value>) {
    let records = run.trace.records().iter();
    let values: Vec<Value> =
        records.map(|each| serde_json::to_value(TraceLineJson::from(each)).unwrap()).collect();
    let lines: Vec<String> = values.iter().map(ToString::to_string).collect();
    (lines.join("\n") + "\n", values)
}

/// The data of a page: the head, and the bytes of each column.
fn unpack(html: &str) -> (Value, BTreeMap<String, Vec<u8>>) {
    let start = html.find("<template id=\"data\">").unwrap() + "<template id=\"data\">".len();
    let end = start + html[start..].find('<').unwrap();
    let mut bytes = Vec::new();
    GzDecoder::new(from_base64(&html[start..end]).as_slice()).read_to_end(&mut bytes).unwrap();
    assert_eq!(&bytes[..4], b"NDV2");
    let length = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let head: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let mut at = 8 + length;
    let mut columns = BTreeMap::new();
    for (name, size) in head["columns"].as_object().unwrap() {
        let size = size.as_u64().unwrap() as usize;
        columns.insert(name.clone(), bytes[at..at + size].to_vec());
        at += size;
    }
    assert_eq!(at, bytes.len());
    (head, columns)
}

fn from_base64(text: &str) -> Vec<u8> {
    let digit = |c: u8| match c {
        b'A'..=b'Z' => u32::from(c - b'A'),
        b'a'..=b'z' => u32::from(c - b'a') + 26,
        b'0'..=b'9' => u32::from(c - b'0') + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for chunk in text.as_bytes().chunks(4) {
        let own = chunk.iter().filter(|c| **c != b'=').count();
        let bits = chunk[..own].iter().fold(0, |bits, c| bits << 6 | digit(*c)) << (6 * (4 - own));
        bytes.extend(&bits.to_be_bytes()[1..own]);
    }
    bytes
}

fn numbers(bytes: &[u8]) -> Vec<u64> {
    let mut numbers = Vec::new();
    let (mut number, mut shift) = (0, 0);
    for byte in bytes {
        number |= u64::from(byte & 127) << shift;
        shift += 7;
        if *byte < 128 {
            numbers.push(number);
            (number, shift) = (0, 0);
        }
    }
    numbers
}

#[test]
fn the_same_run_makes_the_same_page() {
    let [one, other] = [run(), run()].map(|run| page_of(&picture(&run)));
    assert_eq!(one.html, other.html);
    assert!(one.left_out.is_empty() && one.html.len() > 50_000);
}

#[test]
fn a_page_holds_every_record_of_its_run() {
    let run = run();
    let (_, records) = trace_of(&run);
    let (head, columns) = unpack(&page_of(&picture(&run)).html);
    assert_eq!(head["records"], records.len());
    assert!(records.len() > 1_500, "{} records", records.len());
    let kinds = &columns["kind"];
    let nodes = numbers(&columns["node"]);
    let (mut at, causes) = (0, numbers(&columns["cause"]));
    let times = numbers(&columns["at"]);
    for (index, record) in records.iter().enumerate() {
        at += times[index];
        assert_eq!(record["at"], at);
        assert_eq!(record["what"], head["kinds"][kinds[index] as usize]);
        let cause = if causes[index] == 0 { 0 } else { index as u64 + 1 - causes[index] };
        assert_eq!(record["cause"], cause);
        let node = nodes[index].checked_sub(1).map(|node| &head["nodes"][node as usize]["name"]);
        assert_eq!(record.get("node"), node);
    }
}

#[test]
fn a_page_holds_every_message_once() {
    let run = run();
    let (_, records) = trace_of(&run);
    let (head, columns) = unpack(&page_of(&picture(&run)).html);
    let texts: Vec<&[u8]> = columns["texts"].split(|byte| *byte == 0).collect();
    let (causes, coded) = (numbers(&columns["cause"]), numbers(&columns["text"]));
    let mut own = vec![0; coded.len()];
    let mut messages = 0;
    let mut next = 1;
    for (index, record) in records.iter().enumerate() {
        own[index] = match coded[index] {
            0 => 0,
            1 => own[index - causes[index] as usize],
            code => {
                let (half, is_back) = ((code - 2) / 2, code % 2 == 1);
                let number = if is_back { next - half as usize - 1 } else { next + half as usize };
                next = next.max(number + 1);
                number
            }
        };
        if let Some(message) = record.get("message") {
            assert_eq!(texts[own[index]], message.as_str().unwrap().as_bytes());
            messages += 1;
        }
    }
    assert!(messages > 900, "{messages} messages");
    let distinct: std::collections::BTreeSet<_> = texts.iter().collect();
    assert_eq!(distinct.len(), texts.len() - 1, "the text after the last zero byte is empty");
    assert_eq!(
        head["operations"]["invoked"].as_array().unwrap().len(),
        run.history.operations().len()
    );
}

#[test]
fn faults_have_their_times_and_their_nodes() {
    let picture = picture(&run());
    let faults: Vec<(&str, u64, Option<u64>, usize, usize)> = (picture.head.faults.iter())
        .map(|each| (each.text.as_str(), each.from, each.to, each.nodes.len(), each.groups.len()))
        .collect();
    let s = 1_000_000_000;
    assert_eq!(
        faults,
        [
            ("network cut: a@x, w@x | b@y", 5 * s, Some(13 * s), 3, 2),
            ("a@x crashes", 14 * s, None, 1, 0),
        ]
    );
}

#[test]
fn a_cut_loses_messages_that_say_why() {
    let picture = picture(&run());
    let lost = &picture.head.lost;
    assert!(!lost.is_empty());
    for message in lost {
        assert!(message.until.is_some_and(|until| until > 5_000_000_000), "{message:?}");
        assert!(message.why.contains("gave up the connection") || message.why.contains("crashed"));
    }
}

#[test]
fn what_the_trace_calls_lost_was_sent_and_never_arrives() {
    let (_, records) = trace_of(&run());
    let lost: Vec<&Value> = records.iter().filter(|record| record["what"] == "lost").collect();
    assert!(!lost.is_empty());
    for record in lost {
        let sent = &records[record["cause"].as_u64().unwrap() as usize - 1];
        assert_eq!((&sent["what"], &sent["message"]), (&"sent".into(), &record["message"]));
        let arrived = records.iter().filter(|other| other["cause"] == sent["id"]);
        assert_eq!(arrived.filter(|other| other["what"] == "delivered").count(), 0);
        assert!(record.get("node").is_none() && record["why"].is_string(), "{record}");
    }
    // What is dropped follows from its sending, if it was sent by a process.
    let dropped = records.iter().filter(|record| record["what"] == "dropped");
    let followed = dropped.clone().filter(|record| {
        let cause = record["cause"].as_u64().unwrap() as usize;
        cause > 0 && records[cause - 1]["what"] == "sent"
    });
    assert!(followed.count() * 2 > dropped.count());
}

#[test]
fn a_crash_is_over_when_its_node_is_back() {
    let programs = Programs::builtin();
    let text = CLUSTER.replace(r#""crash": "a@x" }"#, r#""crash": "a@x", "restart_after": "2s" }"#);
    let scenario = Scenario::parse(&text, "cut.json", &programs.catalogue()).unwrap();
    let run = Simulation::new(scenario.plan(3), &programs).detail(Detail::Full).run();
    let picture = Picture::of_run_alone(&run);
    let crash = picture.head.faults.iter().find(|fault| fault.text == "a@x crashes").unwrap();
    assert_eq!(crash.to, Some(16_000_000_000));
}

#[test]
fn two_runs_are_compared_operation_by_operation() {
    let programs = Programs::builtin();
    let run = run();
    let plan = run.plan.without_faults();
    let twin = Simulation::new(plan, &programs).detail(Detail::Full).run();
    let twin = Picture::of_run_alone(&twin);
    let own = picture(&run).head.operations.twin;
    let picture = picture(&run).beside("without faults", &twin);
    assert_eq!(picture.head.operations.twin, own);
    let parting = picture.head.parting.unwrap();
    let (_, records) = trace_of(&run);
    assert_eq!(records[parting as usize - 1]["what"], "fault_injected");
    let page = page_of_two(&picture, &twin, &PageLimits::default()).unwrap();
    assert!(page.has_beside && page.left_out.is_empty());
    let alone = page_of_two(
        &picture,
        &twin,
        &PageLimits { bytes: page.html.len() - 9_000, ..PageLimits::default() },
    );
    let alone = alone.unwrap();
    assert!(alone.html.len() < page.html.len() && !alone.left_out.is_empty());
}

#[test]
fn a_page_opens_with_what_is_there_only() {
    for (text, focus) in [
        ("3", Some(Focus::Operation(3))),
        ("op/3", Some(Focus::Operation(3))),
        ("fault/0", Some(Focus::Fault(0))),
        ("record/12", Some(Focus::Record(12))),
        ("x/1", None),
        ("", None),
        ("op/-1", None),
    ] {
        assert_eq!(text.parse::<Focus>().ok(), focus, "{text}");
    }
    let open =
        |focus| picture(&run()).opening(Opening { focus: Some(focus), ..Opening::default() });
    assert!(open(Focus::Fault(1)).is_ok());
    let error = open(Focus::Operation(99_999)).unwrap_err().to_string();
    assert_eq!(error, "there is no op/99999 in this run");
}

#[test]
fn lives_connections_and_applications_end_with_a_crash() {
    let picture = picture(&run());
    let a = picture.nodes().position(|name| name == "a@x").unwrap() as u16 + 1;
    let crash = 14_000_000_000;
    let head = &picture.head;
    for spans in [&head.lives, &head.connections, &head.applications] {
        let own: Vec<_> = spans.iter().filter(|span| span.node == a).collect();
        assert!(!own.is_empty() && own.iter().all(|span| span.to.is_some_and(|to| to <= crash)));
    }
    assert!(head.applications.iter().any(|span| span.name == "database" && span.to.is_none()));
}

#[test]
fn a_trace_file_makes_the_same_picture_of_what_happened() {
    let run = run();
    let (text, _) = trace_of(&run);
    let of_file = Picture::of_trace("cut", text.as_bytes()).unwrap();
    let of_run = picture(&run);
    assert_eq!(of_file.records(), of_run.records());
    assert_eq!(of_file.columns.cause, of_run.columns.cause);
    assert_eq!(of_file.columns.number, of_run.columns.number);
    let told = |picture: &Picture| {
        let texts = picture.texts.list();
        let columns = &picture.columns;
        let text = |all: &[u32]| all.iter().map(|text| texts[*text as usize].to_owned()).collect();
        let processes = picture.processes.list.iter().map(|process| process.pid.clone());
        let told: [Vec<String>; 2] = [text(&columns.text), text(&columns.name)];
        (told, columns.process.clone(), columns.other.clone(), processes.collect::<Vec<_>>())
    };
    assert_eq!(told(&of_file), told(&of_run));
    assert_eq!(of_file.head.lives.len(), of_run.head.lives.len());
    assert_eq!(of_file.head.lost, of_run.head.lost);
    assert!(of_file.left_out()[0].starts_with("this is a trace alone"));
}

#[test]
fn a_trace_that_is_cut_off_is_shown_as_far_as_it_goes() {
    let (text, records) = trace_of(&run());
    let cut = &text[..text.len() - 20];
    let picture = Picture::of_trace("cut", cut.as_bytes()).unwrap();
    assert_eq!(picture.records(), records.len() - 1);
    let line = records.len();
    let expected = format!("the trace is cut off in line {line}, after record {}", line - 1);
    assert!(page_of(&picture).left_out.contains(&expected));
}

#[test]
fn what_is_no_trace_is_refused_with_its_line() {
    let good = r#"{"id":1,"cause":0,"at":0,"node":"a@x","what":"node_started","creation":1}"#;
    let read = |text: &str| Picture::of_trace("x", text.as_bytes()).unwrap_err();
    assert!(matches!(read(""), UnreadableTrace::Empty));
    assert!(matches!(read("{oops"), UnreadableTrace::Line(1)));
    assert!(matches!(read(&format!("{good}\n{{oops\n{good}\n")), UnreadableTrace::Line(2)));
    assert!(matches!(read(&format!("{good}\n{{\"at\":3}}\n")), UnreadableTrace::Line(2)));
}

#[test]
fn a_page_that_would_be_too_large_leaves_out_and_says_so() {
    let picture = picture(&run());
    let whole = page_of(&picture).html.len();
    let limits = |bytes| PageLimits { bytes, ..PageLimits::default() };
    let shorter = page(&picture, &limits(whole - 200)).unwrap();
    assert!(shorter.html.len() <= whole - 200);
    assert!(!shorter.left_out.is_empty());
    let (head, _) = unpack(&shorter.html);
    assert_eq!(head["left_out"].as_array().unwrap().len(), shorter.left_out.len());
    let error = page(&picture, &limits(10_000)).unwrap_err().to_string();
    assert!(error.contains("--from"), "{error}");
}

#[test]
fn records_outside_the_time_shown_are_left_out_and_causes_go_on() {
    let picture = picture(&run());
    let limits = PageLimits {
        from: Time::from_nanos(6_000_000_000),
        to: Time::from_nanos(7_000_000_000),
        ..PageLimits::default()
    };
    let page = page(&picture, &limits).unwrap();
    let (head, columns) = unpack(&page.html);
    let shown = head["records"].as_u64().unwrap() as usize;
    assert!(shown > 50 && shown < picture.records() / 2, "{shown} of {}", picture.records());
    assert_eq!(page.left_out.len(), 1);
    let causes = numbers(&columns["cause"]);
    assert!(causes.iter().enumerate().all(|(index, distance)| *distance <= index as u64));
}

#[test]
fn a_page_loads_nothing_and_runs_only_its_own_script() {
    let html = page_of(&picture(&run())).html;
    assert!(html.contains("default-src 'none'; script-src 'sha256-"));
    assert!(!html.contains("unsafe-"));
    for outside in ["src=\"http", "href=\"http", "url(http", "@import", "fetch(", "XMLHttpRequest"]
    {
        assert!(!html.contains(outside), "{outside}");
    }
    // What people named and said stays text.
    assert_eq!(html.matches("<script>").count(), 1);
    assert_eq!(html.matches("</script>").count(), 1);
    assert!(html.contains("<title>a &lt;b&gt;cut&lt;/b&gt; &amp; more, seed 3</title>"));
}
