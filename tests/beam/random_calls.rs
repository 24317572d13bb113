//! OTP's own pure modules on the machine beside a real Erlang: random arguments, the same values and
//! exceptions.
//!
//! The functions are all that the modules export, so that what is not thought of is called too.
//! `NODEDOWN_RANDOM_CALLS=100000` makes so many calls instead of a few.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use nodedown::beam::heap::ExternalFun;
use nodedown::beam::machine::{Machine, Nobody, Stop};
use nodedown::beam::{AtomIndex, Heap, Life, ProcessId, Value, natives};

use crate::beside::{Call, Outcome, answers};
use crate::drawn::{Draw, Drawer};
use crate::machine::loader;

/// The modules whose functions are called.
const MODULES: [&str; 17] = [
    "lists",
    "maps",
    "binary",
    "string",
    "io_lib",
    "math",
    "unicode",
    "sets",
    "ordsets",
    "gb_trees",
    "gb_sets",
    "array",
    "queue",
    "orddict",
    "dict",
    "proplists",
    "base64",
];

/// Functions that are left out: those whose results depend on the machine or need not end.
const LEFT_OUT: [(&str, &str); 8] = [
    ("binary", "compile_pattern"),
    ("binary", "referenced_byte_size"),
    ("lists", "zf"),
    ("io_lib", "write_atom_as_latin1"),
    ("unicode", "characters_to_nfkd_list"),
    ("io_lib", "limit_term"),
    ("maps", "iterator"),
    ("maps", "next"),
];

/// How many calls are made.
fn calls_wanted() -> usize {
    std::env::var("NODEDOWN_RANDOM_CALLS").ok().and_then(|count| count.parse().ok()).unwrap_or(2000)
}

/// The functions that the modules export, as a real Erlang tells them; `None` without one.
fn functions() -> Option<Vec<(String, String, u8)>> {
    let code = format!(
        "[io:format(\"~w ~w ~w~n\", [M, F, A]) || M <- [{}], {{F, A}} <- lists:sort(M:module_info(exports)), \
         F =/= module_info, A > 0, A < 5], halt().",
        MODULES.join(",")
    );
    let output = Command::new("erl").args(["-noshell", "-noinput", "-eval", &code]).output();
    let Ok(output) = output else {
        eprintln!("skipped: there is no erl on the path");
        return None;
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let parts = text.lines().map(|line| {
        let mut words = line.split(' ').map(|word| word.trim_matches('\'').to_owned());
        let (module, function) = (words.next().unwrap(), words.next().unwrap());
        (module, function, words.next().unwrap().parse().unwrap())
    });
    let known = |module: &str, function: &str| LEFT_OUT.contains(&(module, function));
    Some(parts.filter(|(module, function, _)| !known(module, function)).collect())
}

/// Functions that are arguments of others, with so many arguments.
const FUNS: [(&str, &str, u8); 14] = [
    ("erlang", "abs", 1),
    ("erlang", "is_atom", 1),
    ("erlang", "length", 1),
    ("erlang", "integer_to_list", 1),
    ("lists", "reverse", 1),
    ("erlang", "element", 2),
    ("erlang", "+", 2),
    ("erlang", "=<", 2),
    ("erlang", "max", 2),
    ("erlang", "++", 2),
    ("lists", "member", 2),
    ("maps", "put", 3),
    ("lists", "keyfind", 3),
    ("erlang", "self", 0),
];

fn fun(heap: &mut Heap, drawer: &mut Drawer) -> Value {
    let (module, function, arity) = FUNS[drawer.index(FUNS.len())];
    let [module, function] = [module, function].map(AtomIndex::new);
    heap.external_fun(ExternalFun { module, function, arity })
}

/// A format of `io_lib:format/2`, whose arguments are drawn apart from it.
fn format_text(drawer: &mut Drawer) -> String {
    let parts = [
        "~p", "~w", "~s", "~ts", "~10.3f", "~e", "~g", "~b", "~x", "~20p", "~-8w|", "~c", "~i",
        "~~", "~n", "text ", "~W", "~P", "~.16B", "~+", "~5..0w", "~tp", "~#",
    ];
    (0..=drawer.below(4)).map(|_| drawer.of(&parts)).collect()
}

/// A structure that functions of a module take as it is, made by the module itself.
fn structure(drawer: &mut Drawer, machine: &mut Machine, module: &str) -> Option<Value> {
    let (function, draw) = match module {
        "sets" | "ordsets" | "gb_sets" | "queue" | "array" => ("from_list", Draw::List),
        "gb_trees" | "dict" | "orddict" => ("from_list", Draw::PairList),
        _ => return None,
    };
    let list = drawer.draw(machine.heap_mut(), draw);
    let name = if module == "gb_trees" { "from_orddict" } else { function };
    let made = run(machine, module, name, &[list])?;
    made.class.is_none().then_some(made.value)
}

/// A number that says how long something gets must not be one that fills the memory.
const LARGEST: u64 = 10_000;

fn argument(drawer: &mut Drawer, machine: &mut Machine, module: &str) -> Value {
    let drawn = drawn(drawer, machine, module);
    let heap = machine.heap();
    let is_small = heap.as_integer(drawn).is_some_and(|number| number.unsigned_abs() <= LARGEST);
    let is_large = heap.is_number(drawn) && heap.as_float(drawn).is_none() && !is_small;
    if is_large && module != "math" { drawer.small(50) } else { drawn }
}

fn drawn(drawer: &mut Drawer, machine: &mut Machine, module: &str) -> Value {
    if drawer.below(3) == 0
        && let Some(made) = structure(drawer, machine, module)
    {
        return made;
    }
    let heap = machine.heap_mut();
    let is_text = matches!(module, "string" | "unicode" | "base64" | "io_lib" | "binary");
    match drawer.below(14) {
        0 | 1 => drawer.draw(heap, Draw::Small),
        2 | 3 if is_text => drawer.draw(heap, Draw::Chardata),
        4 if is_text => drawer.draw(heap, Draw::ShortBinary),
        5 if module == "io_lib" => {
            let text = format_text(drawer);
            heap.string(&text)
        }
        2 | 3 => drawer.draw(heap, Draw::List),
        4 => drawer.draw(heap, Draw::TupleList),
        5 => drawer.draw(heap, Draw::PairList),
        6 | 12 => fun(heap, drawer),
        7 => drawer.draw(heap, Draw::Map),
        8 => drawer.draw(heap, Draw::Chars),
        9 => drawer.draw(heap, Draw::Binary),
        10 => drawer.draw(heap, Draw::Atom),
        11 => drawer.draw(heap, Draw::Number),
        _ => drawer.draw(heap, Draw::Any),
    }
}

/// Arguments of a function with which it ends: most often some with which it returns here, if they
/// are found soon.
fn arguments(
    drawer: &mut Drawer,
    machine: &mut Machine,
    (module, function): (&str, &str),
    arity: u8,
) -> Vec<Value> {
    let tries = if drawer.below(3) == 0 { 1 } else { 8 };
    let mut ending = None;
    for tried in 1.. {
        let args: Vec<Value> = (0..arity).map(|_| argument(drawer, machine, module)).collect();
        if let Some(outcome) = run(machine, module, function, &args) {
            ending = Some(args);
            if tried >= tries || outcome.class.is_none() {
                break;
            }
        }
    }
    ending.expect("it was tried until it ended")
}

/// The slices after which a call has to be over.
const SLICES: usize = 200;

/// What comes of a call; `None` when it does not end.
fn run(machine: &mut Machine, module: &str, function: &str, args: &[Value]) -> Option<Outcome> {
    let pid =
        ProcessId { life: Life::new(AtomIndex::new("nonode@nohost"), 0), number: 85, serial: 0 };
    let process = machine.spawn(pid, AtomIndex::new(module), AtomIndex::new(function), args);
    for _ in 0..SLICES {
        match machine.run(process, &mut Nobody::default()) {
            Stop::Yield | Stop::Sleep(_) => {}
            Stop::Wait(_) => break,
            Stop::Return(value) => return Some(Outcome { class: None, value }),
            Stop::Raise { class, reason, .. } => {
                return Some(Outcome { class: Some(class.atom()), value: reason });
            }
        }
    }
    machine.remove(process);
    None
}

/// Are two outcomes the same, as far as they have to be?
fn same(heap: &Heap, call: &Call, ours: Outcome, theirs: Outcome) -> bool {
    let close = heap.as_float(ours.value).zip(heap.as_float(theirs.value));
    if let (Some((ours, theirs)), "math") = (close, call.module) {
        // The last digits of a sine are each library's own.
        return (ours - theirs).abs() <= theirs.abs() * 4.0 * f64::EPSILON;
    }
    ours.class == theirs.class && heap.equals(ours.value, theirs.value)
}

fn shown(heap: &Heap, outcome: Outcome) -> String {
    let value = heap.print(outcome.value);
    outcome.class.map_or_else(|| value.to_string(), |class| format!("{class} {value}"))
}

/// The calls of one part: a machine keeps what they make until it is done.
const PART: usize = 2000;

#[test]
fn the_modules_of_otp_do_the_same_on_random_arguments() {
    let Some(functions) = functions() else { return };
    let natives = natives::all();
    let wanted = calls_wanted();
    let (mut wrong, mut returned, mut made) = (BTreeMap::new(), 0, 0);
    for part in 0..wanted.div_ceil(PART) {
        let mut machine = Machine::new(&natives);
        machine.set_loader(loader(&natives));
        // What is held in Rust must stay where it is.
        machine.heap_mut().collect_never();
        let mut drawer = Drawer::new(part as u64);
        let calls: Vec<Call> = (0..PART.min(wanted - made))
            .map(|_| {
                let (module, function, arity) = &functions[drawer.index(functions.len())];
                let args = arguments(&mut drawer, &mut machine, (module, function), *arity);
                Call { module, function, args }
            })
            .collect();
        made += calls.len();
        let Some(theirs) = answers(machine.heap_mut(), &calls) else { return };
        for (call, theirs) in calls.iter().zip(theirs) {
            returned += usize::from(theirs.class.is_none());
            let ours = run(&mut machine, call.module, call.function, &call.args).unwrap();
            let heap = machine.heap();
            if !same(heap, call, ours, theirs) {
                let args: Vec<String> =
                    call.args.iter().map(|arg| heap.print(*arg).to_string()).collect();
                let [ours, theirs] = [ours, theirs].map(|outcome| shown(heap, outcome));
                let line = format!("({}): {ours} here, {theirs} in Erlang", args.join(", "));
                let name = format!("{}:{}/{}", call.module, call.function, call.args.len());
                wrong.entry(name).or_insert_with(Vec::new).push(line);
            }
        }
    }
    let mut report = String::new();
    for (name, lines) in &wrong {
        writeln!(
            report,
            "{name}, {} times\n  {}",
            lines.len(),
            lines[..lines.len().min(3)].join("\n  ")
        )
        .unwrap();
    }
    assert!(wrong.is_empty(), "{report}");
    // Arguments that are always wrong would prove little.
    assert!(returned * 4 > made, "only {returned} of {made} calls returned");
    eprintln!("{made} calls of {} functions, {returned} returned", functions.len());
}
