//! Arguments drawn by chance, the same ones each time.

use nodedown::beam::external::{ExternalFormat, encode};
use nodedown::beam::heap::{Bits, ExternalFun};
use nodedown::beam::{AtomIndex as Name, Heap, Value};
use num_bigint::BigInt;

/// What an argument is drawn from. One in twelve is any term instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Draw {
    Any,
    /// -3 to 9.
    Small,
    /// Of any size.
    Integer,
    Size,
    Unsigned32,
    Unsigned33,
    Float,
    Number,
    Atom,
    Base,
    Endian,
    Encoding,
    List,
    Tuple,
    TupleList,
    /// Pairs of a small integer and any term.
    PairList,
    Pair,
    Map,
    /// Characters, of Latin-1 or not.
    Chars,
    Digits,
    DigitsBinary,
    FloatText,
    FloatTextBinary,
    FloatOptions,
    TextBinary,
    Binary,
    Bits,
    /// A few letters, so that patterns are found in it.
    ShortBinary,
    BinaryList,
    Pattern,
    ScopeOptions,
    SplitOptions,
    Iodata,
    Chardata,
    External,
    EncodeOptions,
    DecodeOptions,
    /// A key of a table: a few of them, so that they come again.
    Key,
    /// A row of a table.
    Row,
    Rows,
    RowPattern,
    MatchSpec,
    CounterSteps,
    InfoItem,
    Seconds,
    DateTime,
    Module,
    Function,
}

/// A source of arguments.
pub(crate) struct Drawer {
    state: u64,
}

const ATOMS: [&str; 12] =
    ["a", "b", "ok", "true", "false", "", "é", "ÿé", "éa", "hello world", "日本", "nodedown"];

impl Drawer {
    pub(crate) fn new(seed: u64) -> Drawer {
        Drawer { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678 }
    }

    /// Any 64 bits.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A place in a list of so many.
    pub(crate) fn index(&mut self, count: usize) -> usize {
        self.below(count as u64) as usize
    }

    /// A small integer below a limit.
    pub(crate) fn small(&mut self, limit: u64) -> Value {
        Value::small(self.below(limit).cast_signed())
    }

    /// A small integer from a number on, one of so many.
    pub(crate) fn small_from(&mut self, first: i64, count: u64) -> Value {
        Value::small(first + self.below(count).cast_signed())
    }

    pub(crate) fn of<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn bytes(&mut self, max: u64) -> Vec<u8> {
        (0..self.below(max + 1)).map(|_| self.next() as u8).collect()
    }

    fn letters(&mut self, max: u64) -> Vec<u8> {
        (0..self.below(max + 1)).map(|_| b"aab"[self.below(3) as usize]).collect()
    }

    pub(crate) fn draw(&mut self, heap: &mut Heap, draw: Draw) -> Value {
        if self.below(12) == 0 { self.any(heap, 3) } else { self.chosen(heap, draw) }
    }

    fn any(&mut self, heap: &mut Heap, depth: u32) -> Value {
        let kinds = if depth == 0 { 9 } else { 14 };
        match self.below(kinds) {
            0 => self.chosen(heap, Draw::Small),
            1 => self.chosen(heap, Draw::Integer),
            2 => self.chosen(heap, Draw::Float),
            3 => self.chosen(heap, Draw::Atom),
            4 => Value::NIL,
            5 => self.chosen(heap, Draw::Binary),
            6 => self.chosen(heap, Draw::Bits),
            7 => self.chosen(heap, Draw::Chars),
            8 => heap.external_fun(ExternalFun {
                module: Name::new("lists"),
                function: Name::new("map"),
                arity: 2,
            }),
            9 | 10 => {
                let elements = self.several(heap, depth);
                let is_proper = self.below(6) > 0;
                let tail = if is_proper { Value::NIL } else { self.any(heap, 0) };
                heap.list_with_tail(&elements, tail)
            }
            11 | 12 => {
                let elements = self.several(heap, depth);
                heap.tuple(&elements)
            }
            _ => {
                let keys = self.several(heap, depth);
                let pairs: Vec<_> =
                    keys.into_iter().map(|key| (key, self.any(heap, depth - 1))).collect();
                heap.map(&pairs)
            }
        }
    }

    fn several(&mut self, heap: &mut Heap, depth: u32) -> Vec<Value> {
        (0..self.below(5)).map(|_| self.any(heap, depth.saturating_sub(1))).collect()
    }

    fn number_text(&mut self) -> String {
        let sign = self.of(&["", "", "-", "+"]);
        let digits = match self.below(4) {
            0 => format!("{:x}", self.next()),
            1 => self.next().to_string().repeat(3),
            _ => (self.next() >> self.below(64)).to_string(),
        };
        let end = self.of(&["", "", "", "x", " ", "Z1"]);
        format!("{sign}{digits}{end}")
    }

    fn float_text(&mut self) -> String {
        let sign = self.of(&["", "", "-", "+"]);
        let whole = self.below(100_000);
        let point = self.of(&[".", ".", ".", ",", ""]);
        let fraction = self.of(&["0", "25", "125", "1000", "333333333333333333333", ""]);
        let exponent = self.of(&["", "", "e1", "e-7", "E+20", "e", "e+", "e400", "e-400", "x"]);
        format!("{sign}{whole}{point}{fraction}{exponent}")
    }

    fn text(&mut self) -> String {
        let letters = ['a', 'b', 'Z', '0', 'é', 'ÿ', 'Ā', '日', '😀', '\n'];
        (0..self.below(8)).map(|_| letters[self.below(10) as usize]).collect()
    }

    /// A text, of which bytes may be changed or missing.
    fn broken_text(&mut self) -> Vec<u8> {
        let mut bytes = self.text().into_bytes();
        if self.below(3) == 0 && !bytes.is_empty() {
            let at = self.below(bytes.len() as u64) as usize;
            bytes.truncate(at + 1);
            if self.below(2) == 0 {
                bytes[at] = self.next() as u8;
            }
        }
        bytes
    }

    pub(crate) fn chosen(&mut self, heap: &mut Heap, draw: Draw) -> Value {
        match draw {
            Draw::Any => self.any(heap, 3),
            Draw::Small
            | Draw::Integer
            | Draw::Size
            | Draw::Unsigned32
            | Draw::Unsigned33
            | Draw::Float
            | Draw::Number
            | Draw::Base => self.number(heap, draw),
            Draw::Atom => Name::new(self.of(&ATOMS)).into(),
            Draw::Endian => Name::new(self.of(&["big", "little"])).into(),
            Draw::Encoding => Name::new(self.of(&["latin1", "utf8", "unicode"])).into(),
            Draw::List
            | Draw::Tuple
            | Draw::TupleList
            | Draw::PairList
            | Draw::Pair
            | Draw::Map => self.collection(heap, draw),
            Draw::Chars
            | Draw::Digits
            | Draw::DigitsBinary
            | Draw::FloatText
            | Draw::FloatTextBinary
            | Draw::TextBinary => self.text_of(heap, draw),
            Draw::Binary | Draw::Bits | Draw::ShortBinary | Draw::BinaryList | Draw::Pattern => {
                self.bits(heap, draw)
            }
            Draw::FloatOptions
            | Draw::ScopeOptions
            | Draw::SplitOptions
            | Draw::EncodeOptions
            | Draw::DecodeOptions => self.options(heap, draw),
            Draw::Iodata => self.iodata(heap, 3),
            Draw::Chardata => self.chardata(heap, 3),
            Draw::External => self.external(heap),
            Draw::Key
            | Draw::Row
            | Draw::Rows
            | Draw::RowPattern
            | Draw::MatchSpec
            | Draw::CounterSteps
            | Draw::InfoItem => self.for_tables(heap, draw),
            Draw::Module => Name::new(self.of(&["erlang", "lists", "maps", "ets"])).into(),
            Draw::Function => {
                Name::new(self.of(&["reverse", "put", "insert", "+", "map", "get"])).into()
            }
            Draw::Seconds => self.small_from(-(1 << 35), 1 << 38),
            Draw::DateTime => self.date_time(heap),
        }
    }

    fn number(&mut self, heap: &mut Heap, draw: Draw) -> Value {
        match draw {
            Draw::Integer => {
                let bits = [4, 8, 27, 28, 31, 32, 33, 59, 60, 63, 64, 65, 130, 300];
                let bits = bits[self.below(14) as usize];
                let near: BigInt = (BigInt::from(1) << bits) + self.below(5) - 2;
                let value = if self.below(2) == 0 { near } else { near / self.below(1000).max(1) };
                heap.big_integer(&if self.below(2) == 0 { -value } else { value })
            }
            Draw::Size => self.small(100_000),
            Draw::Unsigned32 => self.small(1 << 32),
            Draw::Unsigned33 => {
                let bits = 32 - self.below(28);
                self.small_from(1, 1 << bits)
            }
            Draw::Base => self.small_from(2, 35),
            Draw::Float => self.float(heap),
            Draw::Number if self.below(2) == 0 => self.float(heap),
            Draw::Number => self.small_from(-10, 50),
            _ => self.small_from(-3, 13),
        }
    }

    fn float(&mut self, heap: &mut Heap) -> Value {
        let float = match self.below(6) {
            0 => f64::from_bits(self.next()),
            1 => self.below(1000) as f64 / 8.0,
            2 => self.below(1_000_000) as f64 / 100.0,
            3 => (self.below(2000) as f64 - 1000.0) / 1000.0,
            4 => self.next() as f64,
            _ => [0.0, -0.0, 1.0, 0.1, 1e22, 0.5, 0.05, 999.95, 5e-324][self.below(9) as usize],
        };
        heap.float(if float.is_finite() { float } else { 1.5 })
    }

    fn collection(&mut self, heap: &mut Heap, draw: Draw) -> Value {
        let few = |drawer: &mut Drawer| (0..drawer.below(9)).collect::<Vec<_>>();
        match draw {
            Draw::List => {
                let kinds = [Draw::Small, Draw::Small, Draw::Atom, Draw::Float];
                let elements: Vec<Value> = few(self)
                    .into_iter()
                    .map(|_| {
                        let kind = kinds[self.below(4) as usize];
                        self.draw(heap, kind)
                    })
                    .collect();
                heap.list(&elements)
            }
            Draw::Tuple => {
                let elements = self.several(heap, 2);
                heap.tuple(&elements)
            }
            Draw::TupleList => {
                let tuples: Vec<Value> = few(self)
                    .into_iter()
                    .map(|_| {
                        let elements = [Draw::Small, Draw::Number, Draw::Any];
                        let elements = elements.map(|kind| self.draw(heap, kind));
                        let len = 1 + self.below(3) as usize;
                        heap.tuple(&elements[..len])
                    })
                    .collect();
                heap.list(&tuples)
            }
            Draw::PairList => {
                let pairs: Vec<Value> = few(self)
                    .into_iter()
                    .map(|_| {
                        let key = self.small_from(1, 5);
                        let value = self.any(heap, 1);
                        heap.tuple(&[key, value])
                    })
                    .collect();
                heap.list(&pairs)
            }
            Draw::Pair => {
                let pair = [Draw::Small; 2].map(|kind| self.chosen(heap, kind));
                heap.tuple(&pair)
            }
            _ => {
                let pairs: Vec<_> = few(self)
                    .into_iter()
                    .map(|_| (self.draw(heap, Draw::Small), self.any(heap, 1)))
                    .collect();
                heap.map(&pairs)
            }
        }
    }

    fn text_of(&mut self, heap: &mut Heap, draw: Draw) -> Value {
        match draw {
            Draw::Digits => {
                let text = self.number_text();
                heap.string(&text)
            }
            Draw::DigitsBinary => {
                let text = self.number_text();
                heap.binary(text.as_bytes())
            }
            Draw::FloatText => {
                let text = self.float_text();
                heap.string(&text)
            }
            Draw::FloatTextBinary => {
                let text = self.float_text();
                heap.binary(text.as_bytes())
            }
            Draw::TextBinary => {
                let text = match self.below(8) {
                    0 => "x".repeat(250 + self.below(12) as usize).into_bytes(),
                    _ => self.broken_text(),
                };
                heap.binary(&text)
            }
            _ => {
                let text = match self.below(10) {
                    0 => "é".repeat(250 + self.below(12) as usize),
                    _ => self.text(),
                };
                heap.string(&text)
            }
        }
    }

    fn bits(&mut self, heap: &mut Heap, draw: Draw) -> Value {
        match draw {
            Draw::Bits => {
                let bytes = self.bytes(90);
                let bits = bytes.len() * 8;
                let start = (self.below(10) as usize).min(bits);
                let len = (bits - start).saturating_sub(self.below(3) as usize * 3);
                let whole = heap.bits(Bits::of(&bytes));
                heap.part(whole, start, len).unwrap()
            }
            Draw::ShortBinary => {
                let letters = self.letters(12);
                heap.binary(&letters)
            }
            Draw::BinaryList => {
                let start = self.letters(6);
                let binaries: Vec<Value> = (0..=self.below(3))
                    .map(|_| {
                        let bytes = [start.clone(), self.letters(3), start.clone()].concat();
                        heap.binary(&bytes)
                    })
                    .collect();
                heap.list(&binaries)
            }
            Draw::Pattern => {
                let patterns: Vec<Value> = (0..=self.below(3))
                    .map(|_| {
                        let letters = [self.letters(2), vec![b'a' + self.below(2) as u8]].concat();
                        heap.binary(&letters)
                    })
                    .collect();
                if patterns.len() == 1 { patterns[0] } else { heap.list(&patterns) }
            }
            _ => {
                let max = if self.below(4) == 0 { 200 } else { 12 };
                let bytes = self.bytes(max);
                heap.binary(&bytes)
            }
        }
    }

    fn options(&mut self, heap: &mut Heap, draw: Draw) -> Value {
        let choices: &[&str] = match draw {
            Draw::FloatOptions => &["compact", "short", "decimals", "scientific", "decimals"],
            Draw::ScopeOptions => &["scope"],
            Draw::SplitOptions => &["global", "trim", "trim_all", "scope", "global"],
            Draw::EncodeOptions => &["minor_version", "deterministic"],
            _ => &["used", "used"],
        };
        let options: Vec<Value> = (0..self.below(4))
            .map(|_| {
                let name = self.of(choices);
                let value = match name {
                    "decimals" | "scientific" => self.small(25),
                    "minor_version" => self.small(3),
                    "scope" => self.chosen(heap, Draw::Pair),
                    _ => return Name::new(name).into(),
                };
                heap.tuple(&[Name::new(name).into(), value])
            })
            .collect();
        heap.list(&options)
    }

    fn iodata(&mut self, heap: &mut Heap, depth: u32) -> Value {
        if self.below(3) == 0 || depth == 0 {
            return self.chosen(heap, Draw::Binary);
        }
        let parts: Vec<Value> = (0..self.below(6))
            .map(|_| match self.below(10) {
                0 => self.iodata(heap, depth - 1),
                1 => self.chosen(heap, Draw::Binary),
                2 if self.below(6) == 0 => self.chosen(heap, Draw::Bits),
                3 if self.below(6) == 0 => self.any(heap, 1),
                _ => self.small(256),
            })
            .collect();
        let tail = if self.below(4) == 0 { self.chosen(heap, Draw::Binary) } else { Value::NIL };
        heap.list_with_tail(&parts, tail)
    }

    fn chardata(&mut self, heap: &mut Heap, depth: u32) -> Value {
        if self.below(3) == 0 || depth == 0 {
            let text = self.broken_text();
            return heap.binary(&text);
        }
        let parts: Vec<Value> = (0..self.below(6))
            .map(|_| match self.below(12) {
                0 | 1 => self.chardata(heap, depth - 1),
                2..=4 => {
                    let text = self.broken_text();
                    heap.binary(&text)
                }
                5 if self.below(5) == 0 => self.any(heap, 0),
                6 => self.small(0x12_0000),
                _ => self.small(256),
            })
            .collect();
        let text = self.broken_text();
        let tail = if self.below(4) == 0 { heap.binary(&text) } else { Value::NIL };
        heap.list_with_tail(&parts, tail)
    }

    /// A term as bytes, of which some may be changed, missing, or too many.
    fn external(&mut self, heap: &mut Heap) -> Value {
        let term = self.any(heap, 3);
        let format =
            [ExternalFormat::TextFloats, ExternalFormat::Latin1Atoms, ExternalFormat::Utf8Atoms];
        let mut bytes = encode(heap, term, format[self.below(3) as usize]);
        match self.below(8) {
            0 => bytes.push(0),
            1 => bytes.truncate(self.below(bytes.len() as u64) as usize),
            _ => {}
        }
        heap.binary(&bytes)
    }

    /// A date and a time, which may be wrong.
    fn date_time(&mut self, heap: &mut Heap) -> Value {
        let date = [self.small_from(1890, 300), self.small_from(1, 12), self.small_from(1, 31)];
        let time = [self.small(25), self.small(60), self.small(60)];
        let parts = [heap.tuple(&date), heap.tuple(&time)];
        heap.tuple(&parts)
    }
}
