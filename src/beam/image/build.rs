//! The parts of an image, put together while the instructions are translated.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::line::LineTable;
use super::op::{ALL_REGISTERS, CONSTANT, Dst, FRAME, LIST_CONSTANT, LIST_FRAME, Label, List};
use super::op::{Op, REGISTERS, Src};
use super::{FunEntry, Function, Image, Info, Select, calls, translate, verify};
use crate::beam::atom::AtomIndex;
use crate::beam::external::{self, ExternalError};
use crate::beam::file::{self, Operand};
use crate::beam::function::FunctionName;
use crate::beam::heap::Heap;
use crate::beam::native::{Effect, Natives, Pure};
use crate::beam::value::Value;

/// A file says what no compiler writes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// An atom has too many characters.
    #[error("module {module}: an atom has {characters} characters, the most are 255")]
    Atom {
        /// The module.
        module: String,
        /// The number that the atom has.
        characters: usize,
    },
    /// A literal cannot be read.
    #[error("module {module}: literal {index}: {error}")]
    Literal {
        /// The module.
        module: String,
        /// Its number.
        index: usize,
        /// The reason.
        error: ExternalError,
    },
    /// An instruction has an operand that it cannot have.
    #[error("module {module}, function {function}: instruction {index}, {name}: {problem}")]
    Instruction {
        /// The module.
        module: String,
        /// The function, with the number of its arguments.
        function: String,
        /// Its place in the file.
        index: usize,
        /// Its name.
        name: &'static str,
        /// The problem with it.
        problem: &'static str,
    },
    /// A function would lead the machine astray.
    #[error("module {module}, function {function}: {problem}")]
    Function {
        /// The module.
        module: String,
        /// The function, with the number of its arguments.
        function: String,
        /// The problem with it.
        problem: &'static str,
    },
    /// A table names code that is not there.
    #[error("module {module}: {problem}")]
    Table {
        /// The module.
        module: String,
        /// The problem with it.
        problem: &'static str,
    },
}

/// A problem with an instruction.
pub(super) type Problem = &'static str;

/// An image that is being made.
pub(super) struct Builder<'a> {
    pub(super) file: &'a file::Module,
    pub(super) natives: &'a Natives,
    pub(super) name: AtomIndex,
    pub(super) atoms: Vec<AtomIndex>,
    /// The literals of the file, and integers that are no words.
    heap: Heap,
    literals: Vec<Value>,
    pub(super) code: Vec<Op>,
    constants: Vec<Value>,
    constant_numbers: HashMap<u64, u32, FxBuildHasher>,
    pub(super) lists: Vec<u32>,
    pub(super) selects: Vec<Select>,
    pure: Vec<(Pure, FunctionName)>,
    effects: Vec<(Effect, FunctionName)>,
    native_numbers: HashMap<FunctionName, u16, FxBuildHasher>,
    pub(super) functions: Vec<Function>,
    /// The place of each label.
    pub(super) labels: Vec<u32>,
    /// The places that have labels, in order.
    pub(super) targets: Vec<u32>,
    /// The native whose call is the code of the function that begins.
    pub(super) native_code: Option<(NativeNumber, u8)>,
    pub(super) lines: LineTable,
    /// The registers that hold constants for the present instruction.
    taken: u16,
    pub(super) on_load: Option<u32>,
}

/// The image of a module.
pub(super) fn image(
    file: &file::Module,
    natives: &Natives,
    number: u32,
) -> Result<Image, ImageError> {
    let mut builder = Builder::new(file, natives)?;
    translate::all(&mut builder)?;
    builder.check_labels()?;
    let image = builder.finish(number);
    match verify::verify(&image) {
        Ok(()) => Ok(image),
        Err(verify::Fault { function, problem }) => {
            let module = file.name.clone();
            Err(match function.map(|index| image.functions()[index]) {
                Some(function) => {
                    ImageError::Function { module, function: function.to_string(), problem }
                }
                None => ImageError::Table { module, problem },
            })
        }
    }
}

/// Code that calls each of the natives.
pub(super) fn natives(natives: &Natives, number: u32) -> Image {
    let file = file::Module {
        name: String::new(),
        atoms: Vec::new(),
        exports: Vec::new(),
        locals: Vec::new(),
        imports: Vec::new(),
        code: Vec::new(),
        label_count: 0,
        function_count: 0,
        highest_opcode: 0,
        literals: Vec::new(),
        funs: Vec::new(),
        strings: Vec::new(),
        lines: None,
        attributes: Vec::new(),
        compile_info: Vec::new(),
        meta: Vec::new(),
        md5: [0; 16],
    };
    let mut builder = Builder::new(&file, natives).expect("there is nothing to be wrong");
    let mut exports = Vec::new();
    let names = natives.names().map(|(module, name, arity)| FunctionName::new(module, name, arity));
    for name in names.chain(calls::special_names()) {
        exports.push((name, builder.here()));
        calls::call_as_function(&mut builder, name);
    }
    exports.push((calls::caught_name(), builder.here()));
    calls::caught(&mut builder);
    Image { exports: exports.into(), ..builder.finish(number) }
}

impl<'a> Builder<'a> {
    fn new(file: &'a file::Module, natives: &'a Natives) -> Result<Builder<'a>, ImageError> {
        let module = || file.name.clone();
        let atoms =
            file.atoms.iter().map(|name| AtomIndex::try_new(name)).collect::<Result<_, _>>();
        let atoms: Vec<AtomIndex> =
            atoms.map_err(|error| ImageError::Atom { module: module(), characters: error.0 })?;
        let mut heap = Heap::for_literals();
        let mut literals = Vec::with_capacity(file.literals.len());
        for (index, bytes) in file.literals.iter().enumerate() {
            let (value, _) = external::decode(&mut heap, bytes)
                .map_err(|error| ImageError::Literal { module: module(), index, error })?;
            literals.push(value);
        }
        Ok(Builder {
            file,
            natives,
            name: AtomIndex::new(&file.name),
            atoms,
            heap,
            literals,
            // No label is at place 0.
            code: vec![Op::IfEnd],
            constants: Vec::new(),
            constant_numbers: HashMap::default(),
            lists: Vec::new(),
            selects: Vec::new(),
            pure: Vec::new(),
            effects: Vec::new(),
            native_numbers: HashMap::default(),
            functions: Vec::new(),
            labels: vec![0; file.label_count as usize + 1],
            targets: Vec::new(),
            native_code: None,
            lines: LineTable::new(file.lines.as_ref()),
            taken: 0,
            on_load: None,
        })
    }

    /// Looks whether each label that an instruction names is somewhere.
    fn check_labels(&mut self) -> Result<(), ImageError> {
        let labels = &self.labels;
        let is_missing =
            |label: u32| label != 0 && labels.get(label as usize).is_none_or(|place| *place == 0);
        let problem = "a label is named that is nowhere";
        let module = || self.file.name.clone();
        for (place, op) in (0..).zip(&mut self.code) {
            if op.label_mut().is_some_and(|label| is_missing(*label)) {
                let before = self.functions.iter().take_while(|function| function.start <= place);
                let function = before.last().map_or_else(String::new, Function::to_string);
                return Err(ImageError::Function { module: module(), function, problem });
            }
        }
        let mut selected = self.selects.iter().flat_map(Select::labels).copied();
        if selected.any(is_missing) {
            return Err(ImageError::Table { module: module(), problem });
        }
        Ok(())
    }

    fn finish(mut self, number: u32) -> Image {
        let labels = &self.labels;
        let place = |label: &mut Label| *label = labels.get(*label as usize).copied().unwrap_or(0);
        self.code.iter_mut().filter_map(Op::label_mut).for_each(place);
        self.selects.iter_mut().flat_map(Select::labels_mut).for_each(place);
        let exports = self.file.exports.iter().map(|export| {
            let function = self.atoms[export.name as usize];
            let name = FunctionName::new(self.name, function, export.arity);
            (name, self.labels[export.label as usize])
        });
        let funs = self.file.funs.iter().map(|fun| FunEntry {
            place: self.labels[fun.label as usize],
            arity: fun.arity.saturating_sub(fun.free),
            free: fun.free,
            uniq: fun.old_uniq,
        });
        let (exports, funs) = (exports.collect(), funs.collect());
        let literals = self.heap.into_literals(number, &mut self.constants);
        Image {
            number,
            name: self.name,
            code: self.code.into(),
            constants: self.constants.into(),
            lists: self.lists.into(),
            selects: self.selects.into(),
            pure: self.pure.into(),
            effects: self.effects.into(),
            functions: self.functions.into(),
            exports,
            funs,
            strings: self.file.strings.clone().into(),
            lines: self.lines,
            literals,
            info: Info {
                attributes: self.file.attributes.clone(),
                compilation: self.file.compile_info.clone(),
                md5: self.file.md5,
            },
            on_load: self.on_load,
        }
    }

    /// Begins the next instruction.
    pub(super) fn begin(&mut self) {
        self.taken = 0;
    }

    /// The place of the next instruction.
    pub(super) fn here(&self) -> u32 {
        self.code.len() as u32
    }

    /// Is there a label at this place, one of the last?
    pub(super) fn is_target(&self, place: u32) -> bool {
        self.targets
            .iter()
            .rev()
            .take_while(|target| **target >= place)
            .any(|target| *target == place)
    }

    pub(super) fn emit(&mut self, op: Op) {
        self.code.push(op);
    }

    /// The value of an operand that is a constant.
    pub(super) fn constant(&mut self, operand: &Operand) -> Option<Value> {
        match operand {
            Operand::Unsigned(value) => Some(self.heap.unsigned(*value)),
            Operand::Integer(value) => Some(self.heap.integer(*value)),
            Operand::BigInteger(value) => Some(self.heap.big_integer(value)),
            Operand::Atom(index) => Some(self.atoms[*index as usize].into()),
            Operand::Nil => Some(Value::NIL),
            Operand::Character(character) => Some(Value::small((*character).into())),
            Operand::Literal(index) => Some(self.literals[*index as usize]),
            Operand::X(_)
            | Operand::Y(_)
            | Operand::Label(_)
            | Operand::List(_)
            | Operand::FloatRegister(_)
            | Operand::AllocationList(_) => None,
        }
    }

    /// The elements of a literal that is a list of atoms.
    pub(super) fn atoms_of(&self, value: Value) -> Option<Vec<AtomIndex>> {
        self.heap.as_list(value)?.into_iter().map(Value::as_atom).collect()
    }

    /// The number of a constant of the image.
    pub(super) fn constant_number(&mut self, value: Value) -> u32 {
        let next = self.constants.len() as u32;
        let number = *self.constant_numbers.entry(value.word()).or_insert(next);
        if number == next {
            self.constants.push(value);
        }
        number
    }

    /// An operand that is a value.
    pub(super) fn src(&mut self, operand: &Operand) -> Result<Src, Problem> {
        match operand {
            Operand::X(register) => Ok(Src(register_of(*register)?)),
            Operand::Y(place) => Ok(Src(frame_of(*place)?)),
            Operand::Unsigned(_)
            | Operand::Integer(_)
            | Operand::BigInteger(_)
            | Operand::Atom(_)
            | Operand::Nil
            | Operand::Character(_)
            | Operand::Literal(_) => {
                let value = self.constant(operand).ok_or("an operand is no constant")?;
                Ok(self.constant_src(value))
            }
            Operand::Label(_)
            | Operand::List(_)
            | Operand::FloatRegister(_)
            | Operand::AllocationList(_) => Err("an operand is no value"),
        }
    }

    pub(super) fn constant_src(&mut self, value: Value) -> Src {
        let number = self.constant_number(value);
        match u16::try_from(number) {
            Ok(number) if number < CONSTANT => Src(CONSTANT | number),
            Ok(_) | Err(_) => {
                let register = self.scratch();
                self.emit(Op::Load { constant: number, dst: Dst(register) });
                Src(register)
            }
        }
    }

    /// A register that the compiler does not know of, for the present instruction.
    pub(super) fn scratch(&mut self) -> u16 {
        self.taken += 1;
        REGISTERS + self.taken - 1
    }

    /// An operand of a list of operands.
    pub(super) fn list_src(&mut self, operand: &Operand) -> Result<u32, Problem> {
        match self.constant(operand) {
            Some(value) => Ok(LIST_CONSTANT | self.constant_number(value)),
            None => match self.src(operand)?.0 {
                place if place & FRAME != 0 => Ok(LIST_FRAME | u32::from(place & !FRAME)),
                register => Ok(register.into()),
            },
        }
    }

    /// Several operands as a list.
    pub(super) fn list(&mut self, operands: &[Operand]) -> Result<List, Problem> {
        let items: Result<Vec<u32>, _> = operands.iter().map(|item| self.list_src(item)).collect();
        Ok(self.add_list(&items?))
    }

    pub(super) fn add_list(&mut self, items: &[u32]) -> List {
        let start = self.lists.len() as u32;
        self.lists.extend_from_slice(items);
        List { start, len: items.len() as u32 }
    }

    /// The number of the native of this name among those of the image, if there is one.
    pub(super) fn native(&mut self, name: FunctionName) -> Option<NativeNumber> {
        let (module, function, arity) = name.parts();
        if let Some(pure) = self.natives.get(module, function, arity) {
            return Some(NativeNumber::Pure(self.pure_number(pure, name)));
        }
        let effect = self.natives.get_effect(module, function, arity)?;
        let next = self.effects.len() as u16;
        let number = *self.native_numbers.entry(name).or_insert(next);
        if number == next {
            self.effects.push((effect, name));
        }
        Some(NativeNumber::Effect(number))
    }

    pub(super) fn pure_number(&mut self, pure: Pure, name: FunctionName) -> u16 {
        let next = self.pure.len() as u16;
        let number = *self.native_numbers.entry(name).or_insert(next);
        if number == next {
            self.pure.push((pure, name));
        }
        number
    }
}

/// A native of the image.
#[derive(Clone, Copy)]
pub(super) enum NativeNumber {
    Pure(u16),
    Effect(u16),
}

fn register_of(register: u16) -> Result<u16, Problem> {
    if register < REGISTERS { Ok(register) } else { Err("there is no such register") }
}

fn frame_of(place: u16) -> Result<u16, Problem> {
    if place < FRAME { Ok(FRAME | place) } else { Err("there is no such place in a frame") }
}

/// An operand that a result goes to.
pub(super) fn dst(operand: &Operand) -> Result<Dst, Problem> {
    match operand {
        Operand::X(register) => Ok(Dst(register_of(*register)?)),
        Operand::Y(place) => Ok(Dst(frame_of(*place)?)),
        Operand::Unsigned(_)
        | Operand::Integer(_)
        | Operand::BigInteger(_)
        | Operand::Atom(_)
        | Operand::Nil
        | Operand::Label(_)
        | Operand::Character(_)
        | Operand::List(_)
        | Operand::FloatRegister(_)
        | Operand::AllocationList(_)
        | Operand::Literal(_) => Err("a result goes to no register"),
    }
}

const _: () = assert!(ALL_REGISTERS > REGISTERS as usize + 16);
