//! Compiled modules made by hand, byte for byte.

/// A file of chunks that becomes a module.
#[derive(Clone, Default)]
pub(crate) struct Made {
    chunks: Vec<(&'static str, Vec<u8>)>,
}

/// Numbers as the tables hold them.
pub(crate) fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// The chunk of atoms as compilers up to OTP 27 write it.
pub(crate) fn atoms(names: &[&str]) -> Vec<u8> {
    let mut bytes = words(&[names.len() as u32]);
    for name in names {
        bytes.push(name.len() as u8);
        bytes.extend(name.as_bytes());
    }
    bytes
}

/// The chunk of instructions with its header.
pub(crate) fn code(highest: u32, labels: u32, functions: u32, instructions: &[u8]) -> Vec<u8> {
    let mut bytes = words(&[16, 0, highest, labels, functions]);
    bytes.extend(instructions);
    bytes
}

impl Made {
    /// The module `m` with a function `f/0` that returns `ok`.
    pub(crate) fn new() -> Made {
        let instructions = [
            &[1, 0x10][..],         // label 1
            &[2, 0x12, 0x22, 0x00], // func_info m f 0
            &[1, 0x20],             // label 2
            &[64, 0x32, 0x03],      // move ok x(0)
            &[19],                  // return
            &[3],                   // int_code_end
        ];
        Made::default()
            .with("AtU8", atoms(&["m", "f", "ok"]))
            .with("Code", code(64, 3, 1, &instructions.concat()))
            .with("StrT", Vec::new())
            .with("ImpT", words(&[0]))
            .with("ExpT", words(&[1, 2, 0, 2]))
    }

    /// The same with a chunk added, or put in the place of that of this name.
    pub(crate) fn with(mut self, name: &'static str, data: Vec<u8>) -> Made {
        match self.chunks.iter_mut().find(|(found, _)| *found == name) {
            Some((_, old)) => *old = data,
            None => self.chunks.push((name, data)),
        }
        self
    }

    /// The same with other instructions, of three labels and one function.
    pub(crate) fn with_code(self, instructions: &[u8]) -> Made {
        self.with("Code", code(193, 3, 1, instructions))
    }

    /// The same without a chunk.
    pub(crate) fn without(mut self, name: &str) -> Made {
        self.chunks.retain(|(found, _)| *found != name);
        self
    }

    /// The bytes of the file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut body = b"BEAM".to_vec();
        for (name, data) in &self.chunks {
            body.extend(name.as_bytes());
            body.extend((data.len() as u32).to_be_bytes());
            body.extend(data);
            body.resize(body.len().next_multiple_of(4), 0);
        }
        [b"FOR1".to_vec(), words(&[body.len() as u32]), body].concat()
    }
}

/// A function of a module that is made of functions.
pub(crate) struct MadeFunction {
    /// Its name and number of arguments.
    pub(crate) name: (&'static str, u8),
    /// The functions that it calls: module, name and number of arguments.
    pub(crate) calls: Vec<(&'static str, &'static str, u8)>,
}

/// A function that calls others.
pub(crate) fn function(
    name: &'static str,
    arity: u8,
    calls: &[(&'static str, &'static str, u8)],
) -> MadeFunction {
    MadeFunction { name: (name, arity), calls: calls.to_vec() }
}

/// A number with a tag, as instructions hold it.
fn tagged(tag: u8, value: usize) -> Vec<u8> {
    assert!(value < 2048);
    if value < 16 {
        return vec![(value as u8) << 4 | tag];
    }
    vec![(value >> 8 << 5) as u8 | 0b1000 | tag, value as u8]
}

/// A module of functions, all exported, which OTP 25 compiled.
pub(crate) fn module(name: &'static str, functions: &[MadeFunction]) -> Vec<u8> {
    let mut names = vec![name];
    let mut atom = |text: &'static str| {
        let place = names.iter().position(|found| *found == text);
        place.unwrap_or_else(|| {
            names.push(text);
            names.len() - 1
        }) + 1
    };
    let (mut imports, mut exports, mut instructions) = (Vec::new(), Vec::new(), Vec::new());
    for (index, function) in functions.iter().enumerate() {
        let (name, arity) = function.name;
        let (name, entry) = (atom(name), 2 * index + 2);
        exports.extend([name as u32, u32::from(arity), entry as u32]);
        instructions.extend([vec![1], tagged(0, entry - 1), vec![2, 0x12], tagged(2, name)]);
        instructions.extend([tagged(0, arity.into()), vec![1], tagged(0, entry)]);
        // Each call gets empty lists; it returns into a frame without registers.
        let empty_list = |register: u8| vec![64, 0x02, register << 4 | 3];
        if function.calls.is_empty() {
            instructions.push(empty_list(0));
        } else {
            instructions.push([vec![12, 0x00], tagged(0, arity.into())].concat());
        }
        for (module, called, arity) in &function.calls {
            let import = [atom(module) as u32, atom(called) as u32, u32::from(*arity)];
            let place = imports.iter().position(|found| *found == import);
            let place = place.unwrap_or_else(|| {
                imports.push(import);
                imports.len() - 1
            });
            instructions.extend((0..*arity).map(empty_list));
            instructions.extend([vec![7], tagged(0, (*arity).into()), tagged(0, place)]);
        }
        if !function.calls.is_empty() {
            instructions.push(vec![18, 0x00]);
        }
        instructions.push(vec![19]);
    }
    instructions.push(vec![3]);
    let count = functions.len() as u32;
    let version = b"\x83\x6c\0\0\0\x01\x68\x02\x77\x07version\x6b\0\x058.2.3\x6a";
    Made::default()
        .with("AtU8", atoms(&names))
        .with("Code", code(180, 2 * count + 1, count, &instructions.concat()))
        .with("ImpT", [words(&[imports.len() as u32]), words(&imports.concat())].concat())
        .with("ExpT", [words(&[count]), words(&exports)].concat())
        .with("CInf", version.to_vec())
        .bytes()
}
