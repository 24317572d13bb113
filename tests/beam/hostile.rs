//! Damaged modules: whatever is wrong with one, it is refused with the name of the function, or it runs
//! without harm to the machine.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use nodedown::beam::file::{Instruction, Module, Operand, opcode};
use nodedown::beam::machine::{Machine, Nobody, Stop};
use nodedown::beam::{AtomIndex, Heap, Image, Life, Natives, ProcessId, Value, natives};

use crate::machine::{compile, erlang_is_missing};

/// Numbers by chance, the same ones each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((word ^ word >> 31) % limit.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Another operand in the place of one.
fn other_operand(chance: &mut Chance, module: &Module, old: &Operand) -> Operand {
    let any = |chance: &mut Chance| match chance.below(9) {
        0 => Operand::X(chance.below(1024) as u16),
        1 => Operand::Y(chance.below(12) as u16),
        2 => Operand::Unsigned(chance.below(70_000) as u64),
        3 => Operand::Integer(i64::from(chance.below(2000) as u32) - 1000),
        4 => Operand::Nil,
        5 => Operand::FloatRegister(chance.below(1024) as u16),
        6 if !module.literals.is_empty() => {
            Operand::Literal(chance.below(module.literals.len()) as u32)
        }
        7 => Operand::Label(chance.below(module.label_count as usize) as u32),
        _ => Operand::Atom(chance.below(module.atoms.len()) as u32),
    };
    match old {
        _ if chance.below(8) == 0 => any(chance),
        Operand::X(_) => Operand::X(chance.below(6) as u16),
        Operand::Y(_) => Operand::Y(chance.below(6) as u16),
        Operand::Unsigned(_) => Operand::Unsigned(chance.below(12) as u64),
        Operand::Label(old) => match chance.below(3) {
            0 => Operand::Label(chance.below(module.label_count as usize) as u32),
            1 => Operand::Label(old.saturating_sub(1)),
            _ => Operand::Label((old + 1).min(module.label_count - 1)),
        },
        Operand::List(items) => {
            let mut items = items.clone();
            if !items.is_empty() {
                let at = chance.below(items.len());
                match chance.below(4) {
                    0 => drop(items.remove(at)),
                    1 => items.push(items[at].clone()),
                    _ => items[at] = other_operand(chance, module, &items[at]),
                }
            }
            Operand::List(items)
        }
        Operand::Integer(_)
        | Operand::BigInteger(_)
        | Operand::Atom(_)
        | Operand::Nil
        | Operand::Character(_)
        | Operand::FloatRegister(_)
        | Operand::AllocationList(_)
        | Operand::Literal(_) => any(chance),
    }
}

/// Instructions that take as many operands.
fn alike(old: u8) -> Vec<u8> {
    let arity = |number: u8| opcode(number).map(|opcode| opcode.arity);
    (1..=u8::MAX)
        .filter(|number| arity(*number).is_some() && arity(*number) == arity(old))
        .collect()
}

/// Damages a module in one place.
fn damage(chance: &mut Chance, module: &mut Module) {
    let at = chance.below(module.code.len());
    match chance.below(12) {
        0 => drop(module.code.remove(at)),
        1 => {
            let other = module.code[chance.below(module.code.len())].clone();
            module.code.insert(at, other);
        }
        2 => {
            let other = chance.below(module.code.len());
            module.code.swap(at, other);
        }
        3 => module.code[at].opcode = *chance.pick(&alike(module.code[at].opcode)),
        4 if !module.funs.is_empty() => {
            let labels = module.label_count as usize;
            let fun = chance.below(module.funs.len());
            let fun = &mut module.funs[fun];
            match chance.below(3) {
                0 => fun.free = chance.below(5) as u8,
                1 => fun.arity = chance.below(5) as u8,
                _ => fun.label = chance.below(labels) as u32,
            }
        }
        5 if !module.imports.is_empty() => {
            let import = chance.below(module.imports.len());
            module.imports[import].arity = chance.below(6) as u8;
        }
        6 => {
            let (labels, export) =
                (module.label_count as usize, chance.below(module.exports.len()));
            module.exports[export].label = chance.below(labels) as u32;
        }
        _ => {
            let Instruction { operands, .. } = &module.code[at];
            if !operands.is_empty() {
                let index = chance.below(operands.len());
                let other = other_operand(chance, module, &operands[index]);
                module.code[at].operands[index] = other;
            }
        }
    }
}

/// Any value.
fn argument(chance: &mut Chance, heap: &mut Heap) -> Value {
    match chance.below(8) {
        0 => Value::NIL,
        1 => AtomIndex::new("a").into(),
        2 => heap.binary(b"some bytes"),
        3 => {
            let pairs =
                [(Value::small(1), Value::NIL), (AtomIndex::new("k").into(), Value::small(2))];
            heap.map(&pairs)
        }
        4 => {
            let elements: Vec<Value> =
                (0..chance.below(4)).map(|_| argument(chance, heap)).collect();
            heap.tuple(&elements)
        }
        5 => {
            let elements: Vec<Value> =
                (0..chance.below(4)).map(|_| argument(chance, heap)).collect();
            heap.list(&elements)
        }
        6 => heap.float(1.5),
        _ => Value::size(chance.below(100)),
    }
}

/// Calls functions of an image, for a while.
fn run(chance: &mut Chance, machine: &mut Machine, module: &Module, image: &std::sync::Arc<Image>) {
    machine.load(image.clone());
    let life = Life::new(AtomIndex::new("nonode@nohost"), 0);
    for number in 0..6 {
        let export = *chance.pick(&module.exports);
        let args: Vec<Value> =
            (0..export.arity).map(|_| argument(chance, machine.heap_mut())).collect();
        let pid = ProcessId { life, number: 85 + number, serial: 0 };
        let function = AtomIndex::new(module.atom(export.name));
        let place = machine.spawn(pid, image.name(), function, &args);
        let mut ended = false;
        for _ in 0..40 {
            match machine.run(place, &mut Nobody::default()) {
                Stop::Yield | Stop::Sleep(_) => {}
                Stop::Wait(_) => {
                    let message = argument(chance, machine.heap_mut());
                    let process = machine.processes_mut().get_mut(place);
                    let process = process.expect("it waits");
                    process.deliver(message);
                    process.time_out();
                }
                Stop::Return(value) => {
                    assert!(machine.heap().print(value).to_string().len() < usize::MAX);
                    ended = true;
                }
                Stop::Raise { reason, .. } => {
                    assert!(machine.heap().print(reason).to_string().len() < usize::MAX);
                    ended = true;
                }
            }
            if ended {
                break;
            }
        }
        if !ended {
            machine.remove(place);
        }
    }
}

/// The fates of damaged modules.
#[derive(Debug, Default)]
struct Fates {
    refused: usize,
    run: usize,
}

fn damage_and_run(path: &PathBuf, natives: &Natives, rounds: u64, fates: &mut Fates) {
    let whole = Module::parse(&std::fs::read(path).unwrap()).unwrap();
    let mut machine = Machine::new(natives);
    machine.heap_mut().collect_always();
    for seed in 0..rounds {
        let mut chance = Chance(seed);
        let mut module = whole.clone();
        for _ in 0..=chance.below(3) {
            damage(&mut chance, &mut module);
        }
        if seed % 16 == 0 {
            machine = Machine::new(natives);
            if seed % 32 == 0 {
                machine.heap_mut().collect_always();
            }
            machine.set_slice(300);
        }
        let done = catch_unwind(AssertUnwindSafe(|| match Image::new(&module, natives) {
            Ok(image) => {
                run(&mut chance, &mut machine, &module, &image);
                true
            }
            Err(error) => {
                assert!(error.to_string().contains(&module.name), "{error}");
                false
            }
        }));
        if done.unwrap_or_else(|_| panic!("{}, seed {seed}", path.display())) {
            fates.run += 1;
        } else {
            fates.refused += 1;
        }
    }
}

#[test]
fn a_damaged_module_is_refused_or_runs_without_harm() {
    if erlang_is_missing() {
        return;
    }
    let rounds = std::env::var("DAMAGED_MODULES").map_or(400, |rounds| rounds.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let natives = natives::all();
    let mut fates = Fates::default();
    for (module, options) in
        [("language", &[][..]), ("language", &["+r22"]), ("tables", &[]), ("counter", &[])]
    {
        let path = compile(module, options, folder.path());
        damage_and_run(&path, &natives, rounds, &mut fates);
    }
    assert!(fates.refused > 100 && fates.run > 100, "{fates:?}");
}

/// The problem of a module whose function `f/0` has this code.
fn problem(instructions: &[u8]) -> String {
    let bytes = crate::made::Made::new().with_code(instructions).bytes();
    let module = Module::parse(&bytes).unwrap();
    Image::new(&module, &natives::all()).map_or_else(|error| error.to_string(), |_| String::new())
}

#[test]
fn a_refusal_names_the_function_and_the_reason() {
    let begin = [&[1, 0x10][..], &[2, 0x12, 0x22, 0x00], &[1, 0x20]].concat();
    let with = |code: &[u8]| [&begin[..], code, &[3]].concat();
    assert_eq!(problem(&with(&[64, 0x32, 0x03, 19])), "");
    for (code, expected) in [
        (&[64, 0x13, 0x03, 19][..], "a register is read that holds no value"),
        (&[64, 0x04, 0x03, 19], "a place in a frame is named, but there is none"),
        (&[12, 0x10, 0x00, 64, 0x14, 0x03, 18, 0x10, 19], "the frame has no such place"),
        (&[12, 0x10, 0x00, 64, 0x32, 0x03, 19], "the function is left with its frame"),
        (&[61, 0x25], "a loop makes no call"),
        (&[4, 0x10, 0x25, 19], "a call leads to no function with as many arguments"),
    ] {
        let found = problem(&with(code));
        assert_eq!(found, format!("module m, function f/0: {expected}"));
    }
}
