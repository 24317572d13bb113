//! ETS tables beside those of a real Erlang: the same calls one after the other, the same answers.

use nodedown::beam::ets::{Call, ETS, Message, TableNative, TableUser, Tables};
use nodedown::beam::{AtomIndex, Heap, Life, ProcessId, Reference, Value, natives};

use crate::beside::{self, Outcome, answers};
use crate::drawn::{Draw, Drawer};

/// A process that uses tables.
struct Process {
    pid: ProcessId,
    references: u128,
    alive: Vec<ProcessId>,
}

impl TableUser for Process {
    fn clocks(&self) -> (i64, i64) {
        (0, 0)
    }

    fn pid(&self) -> ProcessId {
        self.pid
    }

    fn make_reference(&mut self) -> Reference {
        self.references += 1;
        Reference::new(self.pid.life, self.references)
    }

    fn is_alive(&mut self, pid: ProcessId) -> bool {
        self.alive.contains(&pid)
    }
}

/// A node with tables and one process.
struct Node {
    heap: Heap,
    tables: Tables,
    process: Process,
    sent: Vec<Message>,
}

impl Node {
    fn new() -> Node {
        let life = Life::new(AtomIndex::new("nonode@nohost"), 0);
        let pid = ProcessId { life, number: 85, serial: 0 };
        let process = Process { pid, references: 0, alive: vec![pid] };
        Node { heap: Heap::new(), tables: Tables::new(natives::all()), process, sent: Vec::new() }
    }

    fn call(&mut self, function: &str, args: &[Value]) -> Outcome {
        let all = ETS.iter().copied().flatten();
        let is_meant = |native: &&(&str, u8, TableNative)| {
            native.0 == function && usize::from(native.1) == args.len()
        };
        let (_, _, native) = all
            .clone()
            .find(is_meant)
            .unwrap_or_else(|| panic!("no ets:{function}/{}", args.len()));
        let Node { heap, tables, process, sent } = self;
        let mut call = Call { tables, heap, caller: process, messages: Vec::new() };
        let returned = native(&mut call, args);
        sent.append(&mut call.messages);
        match returned {
            Ok(value) => Outcome { class: None, value },
            Err(raise) => Outcome { class: Some(raise.class.atom()), value: raise.reason },
        }
    }

    #[track_caller]
    fn returns(&mut self, function: &str, args: &[Value]) -> Value {
        let outcome = self.call(function, args);
        assert_eq!(outcome.class, None, "{}", self.heap.print(outcome.value));
        outcome.value
    }

    #[track_caller]
    fn shows(&mut self, function: &str, args: &[Value], expected: &str) {
        let value = self.returns(function, args);
        assert_eq!(self.heap.print(value).to_string(), expected, "ets:{function}");
    }

    #[track_caller]
    fn refuses(&mut self, function: &str, args: &[Value]) {
        let outcome = self.call(function, args);
        assert_eq!(outcome.class.map(AtomIndex::as_str), Some("error"), "ets:{function}");
    }

    fn atom(name: &str) -> Value {
        AtomIndex::new(name).into()
    }

    fn atoms(&mut self, names: &[&str]) -> Value {
        let atoms: Vec<Value> = names.iter().map(|name| Node::atom(name)).collect();
        self.heap.list(&atoms)
    }

    /// A named table `t`.
    fn with_table(kind: &str) -> Node {
        let mut node = Node::new();
        let options = node.atoms(&["named_table", kind]);
        node.returns("new", &[Node::atom("t"), options]);
        node
    }

    fn insert(&mut self, row: &[i64]) {
        let row: Vec<Value> = row.iter().map(|number| Value::small(*number)).collect();
        let row = self.heap.tuple(&row);
        self.returns("insert", &[Node::atom("t"), row]);
    }
}

/// The functions that are called by chance, and what their arguments beside the table are.
const CALLS: [(&str, &[Draw]); 28] = [
    ("insert", &[Draw::Row]),
    ("insert", &[Draw::Row]),
    ("insert", &[Draw::Rows]),
    ("insert", &[Draw::Rows]),
    ("insert_new", &[Draw::Row]),
    ("insert_new", &[Draw::Rows]),
    ("lookup", &[Draw::Key]),
    ("lookup_element", &[Draw::Key, Draw::Small]),
    ("member", &[Draw::Key]),
    ("take", &[Draw::Key]),
    ("delete", &[Draw::Key]),
    ("delete_object", &[Draw::Row]),
    ("update_counter", &[Draw::Key, Draw::CounterSteps]),
    ("update_counter", &[Draw::Key, Draw::CounterSteps, Draw::Row]),
    ("update_element", &[Draw::Key, Draw::Pair]),
    ("match", &[Draw::RowPattern]),
    ("match_object", &[Draw::RowPattern]),
    ("select", &[Draw::MatchSpec]),
    ("select", &[Draw::MatchSpec]),
    ("select", &[Draw::MatchSpec]),
    ("select_count", &[Draw::MatchSpec]),
    ("select_reverse", &[Draw::MatchSpec]),
    ("internal_select_delete", &[Draw::MatchSpec]),
    ("first", &[]),
    ("last", &[]),
    ("next", &[Draw::Key]),
    ("prev", &[Draw::Key]),
    ("info", &[Draw::InfoItem]),
];

/// Functions whose answers follow the order of the table, which is each one's own.
const ORDERED: [&str; 4] = ["first", "last", "next", "prev"];

fn sorted(heap: &mut Heap, value: Value) -> Value {
    let Some(mut list) = heap.as_list(value) else { return value };
    list.sort_by(|a, b| heap.compare_exact(*a, *b));
    heap.list(&list)
}

/// Calls functions by chance on a table of a kind, here and there.
fn check(kind: &str) {
    let mut node = Node::new();
    let mut drawer = Drawer::new(kind.len() as u64);
    let options = node.atoms(&["named_table", kind]);
    let mut calls =
        vec![beside::Call { module: "ets", function: "new", args: vec![Node::atom("t"), options] }];
    let is_ordered = kind == "ordered_set";
    while calls.len() < 4000 {
        let (function, draws) = CALLS[drawer.index(CALLS.len())];
        if !is_ordered && ORDERED.contains(&function) {
            continue;
        }
        let mut args = vec![Node::atom("t")];
        args.extend(draws.iter().map(|draw| drawer.draw(&mut node.heap, *draw)));
        calls.push(beside::Call { module: "ets", function, args });
    }
    let Some(answers) = answers(&mut node.heap, &calls) else { return };
    let mut returned = 0;
    for (index, (call, theirs)) in calls.iter().zip(answers).enumerate() {
        let mut ours = node.call(call.function, &call.args);
        let mut theirs = theirs;
        // OTP 25 turns the rows around that are inserted into a bag as a list, others do not.
        let in_order = matches!(call.function, "lookup" | "take") && kind != "bag";
        if !is_ordered && !in_order {
            ours.value = sorted(&mut node.heap, ours.value);
            theirs.value = sorted(&mut node.heap, theirs.value);
        }
        returned += usize::from(theirs.class.is_none());
        let heap = &node.heap;
        let args: Vec<String> = call.args.iter().map(|arg| heap.print(*arg).to_string()).collect();
        assert!(
            ours.class == theirs.class && heap.equals(ours.value, theirs.value),
            "{kind}, call {index}: ets:{}({}): {:?} {} here, {:?} {} in Erlang",
            call.function,
            args.join(", "),
            ours.class,
            heap.print(ours.value),
            theirs.class,
            heap.print(theirs.value),
        );
    }
    assert!(returned > 2000, "only {returned} calls returned");
}

#[test]
fn a_set_is_as_erlangs() {
    check("set");
}

#[test]
fn an_ordered_set_is_as_erlangs() {
    check("ordered_set");
}

#[test]
fn a_bag_is_as_erlangs() {
    check("bag");
}

#[test]
fn a_duplicate_bag_is_as_erlangs() {
    check("duplicate_bag");
}

#[test]
fn a_selection_in_parts_is_the_whole_selection() {
    for kind in ["set", "ordered_set", "bag", "duplicate_bag"] {
        for limit in [1, 2, 3, 7, 100] {
            let mut node = Node::with_table(kind);
            for number in 0..40 {
                node.insert(&[number % 13, number]);
            }
            let pattern = node.heap.tuple(&[Node::atom("$1"), Node::atom("$2")]);
            let body = node.atoms(&["$_"]);
            let clause = node.heap.tuple(&[pattern, Value::NIL, body]);
            let spec = node.heap.list(&[clause]);
            for function in ["select", "select_reverse"] {
                let whole = node.returns(function, &[Node::atom("t"), spec]);
                let whole = node.heap.as_list(whole).unwrap();
                let size = Value::small(limit);
                let (mut parts, mut next) =
                    (Vec::new(), node.returns(function, &[Node::atom("t"), spec, size]));
                while let Some(&[list, rest]) = node.heap.as_tuple(next) {
                    let list = node.heap.as_list(list).unwrap();
                    assert!(list.len() <= limit as usize);
                    parts.extend(list);
                    next = node.returns(function, &[rest]);
                }
                let [whole, parts] = [whole, parts].map(|rows| node.heap.list(&rows));
                assert!(node.heap.equals(whole, parts), "{kind} {limit} {function}");
                assert!(node.heap.list_len(whole).unwrap() >= 13);
            }
        }
    }
}

#[test]
fn the_rows_of_a_key_of_a_bag_stay_in_the_order_in_which_they_came() {
    let mut node = Node::with_table("bag");
    for row in [[1, 5], [1, 3], [2, 0], [1, 4], [1, 3]] {
        node.insert(&row);
    }
    node.shows("lookup", &[Node::atom("t"), Value::small(1)], "[{1,5},{1,3},{1,4}]");
}

#[test]
fn keys_are_found_with_their_rows_and_elements_with_a_default() {
    let mut node = Node::with_table("ordered_set");
    node.insert(&[1, 10]);
    node.insert(&[2, 20]);
    let (t, one) = (Node::atom("t"), Value::small(1));
    node.shows("first_lookup", &[t], "{1,[{1,10}]}");
    node.shows("last_lookup", &[t], "{2,[{2,20}]}");
    node.shows("next_lookup", &[t, one], "{2,[{2,20}]}");
    node.shows("prev_lookup", &[t, one], "'$end_of_table'");
    node.shows("lookup_element", &[t, one, Value::small(2), t], "10");
    node.shows("lookup_element", &[t, Value::small(9), Value::small(2), t], "t");
}

#[test]
fn a_table_is_known_by_its_name_or_by_its_reference() {
    let mut node = Node::with_table("set");
    let t = Node::atom("t");
    let unnamed = node.returns("new", &[t, Value::NIL]);
    assert!(node.heap.as_reference(unnamed).is_some());
    let named = node.returns("whereis", &[t]);
    let life = node.process.pid.life;
    let no_table = node.heap.reference(Reference::new(life, 1000));
    node.refuses("info", &[no_table]);
    node.insert(&[1, 2]);
    node.shows("info", &[named, Node::atom("size")], "1");
    node.shows("info", &[unnamed, Node::atom("size")], "0");
    let other = Node::atom("other");
    node.shows("rename", &[t, other], "other");
    node.shows("whereis", &[t], "undefined");
    node.shows("info", &[named, Node::atom("name")], "other");
    let options = node.atoms(&["named_table"]);
    node.refuses("new", &[other, options]);
    node.shows("delete", &[other], "true");
    node.shows("info", &[named], "undefined");
    node.refuses("lookup", &[named, Value::small(1)]);
    assert_eq!(node.tables.len(), 1);
}

#[test]
fn others_read_a_protected_table_and_do_not_see_a_private_one() {
    for (protection, reads, writes) in
        [("public", true, true), ("protected", true, false), ("private", false, false)]
    {
        let mut node = Node::new();
        let options = node.atoms(&["named_table", protection]);
        node.returns("new", &[Node::atom("t"), options]);
        node.insert(&[1, 2]);
        node.process.pid.number += 1;
        let read = node.call("lookup", &[Node::atom("t"), Value::small(1)]);
        assert_eq!(read.class.is_none(), reads, "{protection}");
        let written = node.call("delete", &[Node::atom("t"), Value::small(1)]);
        assert_eq!(written.class.is_none(), writes, "{protection}");
        node.shows("info", &[Node::atom("t"), Node::atom("protection")], protection);
    }
}

#[test]
fn a_table_goes_with_its_owner_or_to_its_heir() {
    let mut node = Node::with_table("set");
    let owner = node.process.pid;
    let heir = ProcessId { number: 99, ..owner };
    let heir_value = node.heap.pid(heir);
    node.process.alive.push(heir);
    let option = node.heap.tuple(&[Node::atom("heir"), heir_value, Value::small(7)]);
    let options = node.heap.list(&[option, Node::atom("named_table")]);
    node.returns("new", &[Node::atom("kept"), options]);
    let messages = node.tables.owner_ended(&mut node.heap, owner, |pid| pid == heir);
    assert_eq!(node.tables.len(), 1);
    let Message { to, message } = messages[0];
    assert_eq!(to, heir);
    let message = node.heap.as_tuple(message).unwrap().to_vec();
    assert_eq!(message[0], Node::atom("ETS-TRANSFER"));
    assert_eq!((message[1], message[3]), (Node::atom("kept"), Value::small(7)));
    assert_eq!(node.heap.as_pid(message[2]), Some(owner));
    let known = node.returns("info", &[Node::atom("kept"), Node::atom("heir")]);
    assert_eq!(node.heap.as_pid(known), Some(heir));
    node.tables.owner_ended(&mut node.heap, heir, |_| true);
    assert!(node.tables.is_empty());
}

#[test]
fn a_table_knows_the_large_binaries_of_its_rows() {
    let mut node = Node::with_table("set");
    let (t, binary) = (Node::atom("t"), Node::atom("binary"));
    let large = node.heap.binary(&[7; 100]);
    for key in [1, 2] {
        let row = node.heap.tuple(&[Value::small(key), large, Node::atom("x")]);
        node.returns("insert", &[t, row]);
    }
    node.shows("info", &[t, binary], "[{1,100,3},{1,100,3}]");
    node.returns("delete", &[t, Value::small(1)]);
    node.shows("info", &[t, binary], "[{1,100,2}]");
    // A fixed table keeps what is deleted.
    node.returns("safe_fixtable", &[t, true.into()]);
    node.returns("delete", &[t, Value::small(2)]);
    node.shows("info", &[t, binary], "[{1,100,2}]");
    node.returns("safe_fixtable", &[t, false.into()]);
    node.shows("info", &[t, binary], "[]");
}

#[test]
fn a_process_that_has_ended_is_no_heir() {
    let mut node = Node::new();
    let gone = ProcessId { number: 99, ..node.process.pid };
    let gone = node.heap.pid(gone);
    let option = node.heap.tuple(&[Node::atom("heir"), gone, Value::small(7)]);
    let options = node.heap.list(&[option, Node::atom("named_table")]);
    node.returns("new", &[Node::atom("t"), options]);
    node.shows("info", &[Node::atom("t"), Node::atom("heir")], "none");
}

#[test]
fn a_table_can_be_given_away() {
    let mut node = Node::with_table("set");
    let other = ProcessId { number: 99, ..node.process.pid };
    let value = node.heap.pid(other);
    node.refuses("give_away", &[Node::atom("t"), value, Value::NIL]);
    node.process.alive.push(other);
    node.shows("give_away", &[Node::atom("t"), value, Value::NIL], "true");
    assert_eq!(node.sent[0].to, other);
    node.refuses("insert", &[Node::atom("t"), value]);
}

#[test]
fn a_fixed_table_goes_on_from_a_key_that_is_gone() {
    let mut node = Node::with_table("set");
    for number in 0..20 {
        node.insert(&[number, 0]);
    }
    let t = Node::atom("t");
    node.returns("safe_fixtable", &[t, true.into()]);
    let (mut key, mut seen) = (node.returns("first", &[t]), 0);
    while key.as_small().is_some() {
        node.returns("delete", &[t, key]);
        seen += 1;
        key = node.returns("next", &[t, key]);
    }
    assert_eq!(seen, 20);
    node.returns("safe_fixtable", &[t, false.into()]);
    node.refuses("next", &[t, Value::small(3)]);
}

#[test]
fn rows_outlive_what_is_forgotten_beside_them() {
    let mut node = Node::with_table("set");
    let large = node.heap.binary(&[7; 1000]);
    let t = Node::atom("t");
    for number in 0..20_000 {
        let row = node.heap.tuple(&[Value::small(number % 50), large, Value::small(number)]);
        node.returns("insert", &[t, row]);
    }
    node.shows("lookup_element", &[t, Value::small(3), Value::small(3)], "19953");
    let stored = node.returns("lookup_element", &[t, Value::small(3), Value::small(2)]);
    assert!(node.heap.equals(stored, large));
    node.shows("info", &[t, Node::atom("size")], "50");
}

#[test]
fn a_compiled_specification_runs_on_a_list() {
    let mut node = Node::new();
    let pattern = node.heap.tuple(&[Node::atom("$1"), Node::atom("_")]);
    let body = node.atoms(&["$1"]);
    let clause = node.heap.tuple(&[pattern, Value::NIL, body]);
    let spec = node.heap.list(&[clause]);
    node.shows("is_compiled_ms", &[spec], "false");
    let compiled = node.returns("match_spec_compile", &[spec]);
    node.shows("is_compiled_ms", &[compiled], "true");
    let rows: Vec<Value> =
        (1..4).map(|number| node.heap.tuple(&[Value::small(number), Value::NIL])).collect();
    let rows = node.heap.list(&[&rows[..], &[Value::NIL]].concat());
    node.shows("match_spec_run_r", &[rows, compiled, Value::NIL], "[3,2,1]");
    let wrong = node.atoms(&["$1"]);
    node.refuses("match_spec_compile", &[wrong]);
}

#[test]
fn a_specification_replaces_rows_and_keeps_their_keys() {
    let mut node = Node::with_table("ordered_set");
    for number in 0..3 {
        node.insert(&[number, 10 * number]);
    }
    let pattern = node.heap.tuple(&[Node::atom("$1"), Node::atom("$2")]);
    let sum = node.heap.tuple(&[Node::atom("+"), Node::atom("$2"), Value::small(1)]);
    let made = |node: &mut Node, key| {
        let inner = node.heap.tuple(&[key, sum]);
        let outer = node.heap.tuple(&[inner]);
        let body = node.heap.list(&[outer]);
        let clause = node.heap.tuple(&[pattern, Value::NIL, body]);
        node.heap.list(&[clause])
    };
    let spec = made(&mut node, Node::atom("$1"));
    node.shows("select_replace", &[Node::atom("t"), spec], "3");
    let any = Node::atom("_");
    node.shows("match_object", &[Node::atom("t"), any], "[{0,1},{1,11},{2,21}]");
    let spec = made(&mut node, Value::small(5));
    node.refuses("select_replace", &[Node::atom("t"), spec]);
}
