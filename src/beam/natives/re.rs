//! The natives of the module `re`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::{Heap, ValueKind};
use crate::beam::iodata::bytes_of;
use crate::beam::machine::NativeContext;
use crate::beam::native::{Effect, NativeNext, Raise};
use crate::beam::regexp::{
    Exhausted, LineEnding, Options, Regexp, STEPS_MAX, Spans, Start, SyntaxError,
};
use crate::beam::value::Value;

use super::checksums::crc32;

/// The natives of `re`.
pub(super) const RE: &[(&str, u8, Effect)] = &[
    ("version", 0, version),
    ("compile", 1, |ctx, args| compile(ctx, args[0], Value::NIL)),
    ("compile", 2, |ctx, args| compile(ctx, args[0], args[1])),
    ("import", 1, import),
    ("inspect", 2, inspect),
    ("run", 2, |ctx, args| run(ctx, [args[0], args[1], Value::NIL])),
    ("run", 3, |ctx, args| run(ctx, [args[0], args[1], args[2]])),
    ("internal_run", 4, |ctx, args| {
        let settings = Settings::of(ctx.local.heap, args[2])?;
        execute(ctx.local.heap, args[0], args[1], &settings).map(NativeNext::Return)
    }),
];

type Result<T> = std::result::Result<T, Raise>;

/// The parts of a match that are wanted.
#[derive(Clone, Debug, Default)]
enum Wanted {
    #[default]
    All,
    AllButFirst,
    AllNames,
    First,
    Nothing,
    Some(Vec<Value>),
}

/// The form of the parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Form {
    #[default]
    Index,
    List,
    Binary,
}

/// All options of a call.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent options, as `re` has them")]
struct Settings {
    options: Options,
    start: Start,
    wanted: Wanted,
    form: Form,
    is_global: bool,
    reports_errors: bool,
    steps: Option<u64>,
    /// Is there an option of a search?
    runs: bool,
    /// Is there an option that only an expression that is compiled anew can have?
    compiles: bool,
    /// Is the expression for any node?
    exports: bool,
}

impl Settings {
    fn of(heap: &Heap, list: Value) -> Result<Settings> {
        let mut settings = Settings::default();
        for option in heap.as_list(list).ok_or(Raise::BAD_OPTION)? {
            match option.as_atom() {
                Some(name) => settings.flag(name.as_str())?,
                None => settings.value(heap, option)?,
            }
        }
        Ok(settings)
    }

    fn flag(&mut self, name: &str) -> Result<()> {
        let (options, start) = (&mut self.options, &mut self.start);
        let flag = match name {
            "unicode" => &mut options.unicode,
            "ucp" => &mut options.everywhere,
            "caseless" => &mut options.caseless,
            "multiline" => &mut options.multiline,
            "dotall" => &mut options.dotall,
            "extended" => &mut options.extended,
            "ungreedy" => &mut options.ungreedy,
            "dupnames" => &mut options.dupnames,
            "dollar_endonly" => &mut options.dollar_endonly,
            "no_auto_capture" => &mut options.no_auto_capture,
            "firstline" => &mut options.firstline,
            "anchored" => &mut options.anchored,
            "never_utf" => &mut options.never_utf,
            "bsr_anycrlf" | "bsr_unicode" => return Ok(()),
            "export" => &mut self.exports,
            "no_start_optimize" => {
                self.compiles = true;
                &mut options.tries_everywhere
            }
            "global" => &mut self.is_global,
            "report_errors" => &mut self.reports_errors,
            "notbol" => &mut start.not_bol,
            "noteol" => &mut start.not_eol,
            "notempty" => &mut start.not_empty,
            "notempty_atstart" => &mut start.not_empty_first,
            _ => return Err(Raise::BAD_OPTION),
        };
        *flag = true;
        let runs = matches!(
            name,
            "global" | "report_errors" | "notbol" | "noteol" | "notempty" | "notempty_atstart"
        );
        self.runs |= runs;
        self.compiles |= !runs && name != "anchored";
        Ok(())
    }

    fn value(&mut self, heap: &Heap, option: Value) -> Result<()> {
        let elements = heap.as_tuple(option).ok_or(Raise::BAD_OPTION)?;
        let name = elements.first().and_then(|name| name.as_atom()).ok_or(Raise::BAD_OPTION)?;
        match (name.as_str(), &elements[1..]) {
            ("newline", [kind]) => {
                let kind = kind.as_atom().and_then(|kind| LineEnding::named(kind.as_str()));
                self.options.newline = kind.ok_or(Raise::BAD_OPTION)?;
                self.start.newline = kind;
                return Ok(());
            }
            ("offset", [offset]) => {
                self.start.offset = heap.as_size(*offset).ok_or(Raise::BAD_OPTION)?;
            }
            ("match_limit" | "match_limit_recursion", [limit]) => {
                let limit = heap.as_size(*limit).ok_or(Raise::BAD_OPTION)?;
                if name.as_str() == "match_limit" {
                    self.steps = Some(limit as u64);
                } else {
                    self.start.open_max = Some(limit);
                }
            }
            ("capture", [wanted]) => self.wanted = wanted_of(heap, *wanted)?,
            ("capture", [wanted, form]) => {
                self.wanted = wanted_of(heap, *wanted)?;
                self.form = match form.as_atom().map(AtomIndex::as_str) {
                    Some("index") => Form::Index,
                    Some("list") => Form::List,
                    Some("binary") => Form::Binary,
                    Some(_) | None => return Err(Raise::BAD_OPTION),
                };
            }
            (_, _) => return Err(Raise::BAD_OPTION),
        }
        self.runs = true;
        Ok(())
    }
}

fn wanted_of(heap: &Heap, value: Value) -> Result<Wanted> {
    Ok(match value.as_atom().map(AtomIndex::as_str) {
        Some("all") => Wanted::All,
        Some("all_but_first") => Wanted::AllButFirst,
        Some("all_names") => Wanted::AllNames,
        Some("first") => Wanted::First,
        Some("none") => Wanted::Nothing,
        Some(_) => return Err(Raise::BADARG),
        None => Wanted::Some(heap.as_list(value).ok_or(Raise::BADARG)?),
    })
}

/// Expressions by their options and their text.
type Compiled = BTreeMap<(u32, Vec<u8>), Rc<Regexp>>;

thread_local! {
    /// Expressions that were compiled lately.
    static COMPILED: RefCell<Compiled> = RefCell::default();
}

/// The most expressions that are kept.
const COMPILED_MAX: usize = 256;

/// The options of compiling as a number, and back.
fn number_of(options: Options) -> u32 {
    flags(options).iter().enumerate().fold(0, |all, (bit, flag)| all | u32::from(*flag) << bit)
}

fn flags(options: Options) -> [bool; 17] {
    let newline = options.newline as u8;
    [
        options.unicode,
        options.everywhere,
        options.caseless,
        options.multiline,
        options.dotall,
        options.extended,
        options.ungreedy,
        options.dupnames,
        options.dollar_endonly,
        options.no_auto_capture,
        options.anchored,
        options.firstline,
        options.never_utf,
        newline & 1 == 1,
        newline >> 1 & 1 == 1,
        newline >> 2 & 1 == 1,
        options.tries_everywhere,
    ]
}

fn options_of(number: u32) -> Options {
    let flag = |bit: u32| number >> bit & 1 == 1;
    Options {
        unicode: flag(0),
        everywhere: flag(1),
        caseless: flag(2),
        multiline: flag(3),
        dotall: flag(4),
        extended: flag(5),
        ungreedy: flag(6),
        dupnames: flag(7),
        dollar_endonly: flag(8),
        no_auto_capture: flag(9),
        anchored: flag(10),
        firstline: flag(11),
        never_utf: flag(12),
        newline: LineEnding::ALL[(number >> 13 & 7).min(5) as usize],
        tries_everywhere: flag(16),
    }
}

fn regexp(text: Vec<u8>, options: Options) -> std::result::Result<Rc<Regexp>, SyntaxError> {
    COMPILED.with_borrow_mut(|compiled| {
        let key = (number_of(options), text);
        if let Some(found) = compiled.get(&key) {
            return Ok(Rc::clone(found));
        }
        let new = Rc::new(Regexp::new(&key.1, options)?);
        if compiled.len() >= COMPILED_MAX {
            compiled.clear();
        }
        compiled.insert(key, Rc::clone(&new));
        Ok(new)
    })
}

/// The text of an expression; what is no binary is made one by OTP's own code where it is Unicode.
fn compile(ctx: &mut NativeContext<'_>, text: Value, options: Value) -> Result<NativeNext> {
    let heap = &mut *ctx.local.heap;
    let settings = Settings::of(heap, options)?;
    if settings.runs || settings.exports && ctx.node.release().is_some_and(|it| it < EXPORTS_FROM) {
        return Err(Raise::BAD_OPTION);
    }
    if settings.options.unicode && heap.kind(text) != ValueKind::Bits {
        let (module, function) = (AtomIndex::new("re"), AtomIndex::new("ucompile"));
        return Ok(NativeNext::Call { module, function, args: vec![text, options] });
    }
    let bytes = bytes_of(heap, text)?;
    let compiled = if settings.exports {
        exported(heap, bytes, settings.options, options)
    } else {
        pattern(heap, bytes, settings.options)
    };
    Ok(NativeNext::Return(match compiled {
        Ok(pattern) => heap.tuple(&[atom::OK.into(), pattern]),
        Err(error) => {
            let pair = error_pair(heap, error);
            heap.tuple(&[atom::ERROR.into(), pair])
        }
    }))
}

/// The first release whose expressions can be exported.
const EXPORTS_FROM: u32 = 28;
/// The bytes that the code of an expression begins with: as PCRE's does, with a size that none has.
const MAGIC: [u8; 8] = *b"ERCP\xff\xff\xff\xff";
/// The bytes that the header of an exported expression begins with.
const EXPORTED: &[u8; 8] = b"re-PCRE2";
/// The form of its code: that of PCRE2.
const EXPORTED_FORM: u8 = 1;

/// A version that no PCRE has had. Elixir keeps compiled expressions in its modules, and compiles them
/// anew where the version is another one than that of the machine on which they were built.
#[expect(clippy::unnecessary_wraps, reason = "natives have one signature")]
fn version(ctx: &mut NativeContext<'_>, _: &[Value]) -> Result<NativeNext> {
    let has_pcre2 = ctx.node.release().is_some_and(|release| release >= 28);
    let version = if has_pcre2 { "10.99 2025-10-21" } else { "8.99 2021-06-15" };
    Ok(NativeNext::Return(ctx.local.heap.binary(version.as_bytes())))
}

/// The code of an expression: its options and its text.
fn code_of(bytes: &[u8], options: Options) -> Vec<u8> {
    [&MAGIC[..], &number_of(options).to_be_bytes(), bytes].concat()
}

/// The options and the text of an expression by its code, if it was compiled by a simulated node.
fn expression_of(code: &[u8]) -> Option<(Options, &[u8])> {
    let (number, text) = code.strip_prefix(&MAGIC)?.split_first_chunk()?;
    Some((options_of(u32::from_be_bytes(*number)), text))
}

/// `{re_exported_pattern, Header, Text, Options, Code}`; the header has a checksum of the code.
fn exported(
    heap: &mut Heap,
    bytes: Vec<u8>,
    options: Options,
    given: Value,
) -> std::result::Result<Value, SyntaxError> {
    let (text, code) = (heap.binary(&bytes), code_of(&bytes, options));
    regexp(bytes, options)?;
    let checksum = crc32(0, &code).to_be_bytes();
    let header = [&EXPORTED[..], &checksum, &[EXPORTED_FORM, options.unicode.into()]].concat();
    let (header, code) = (heap.binary(&header), heap.binary(&code));
    Ok(heap.tuple(&[AtomIndex::new("re_exported_pattern").into(), header, text, given, code]))
}

/// `re:import/1`: what real nodes have exported is compiled anew from its text.
fn import(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result<NativeNext> {
    let heap = &mut *ctx.local.heap;
    let Some(&[name, header, text, options, code]) = heap.as_tuple(args[0]) else {
        return Err(Raise::BADARG);
    };
    let header = heap.as_bytes(header).ok_or(Raise::BADARG)?;
    let (checksum, form) = match header.strip_prefix(EXPORTED) {
        Some(&[a, b, c, d, form, _, ..]) => (u32::from_be_bytes([a, b, c, d]), form),
        Some(_) | None => return Err(Raise::BADARG),
    };
    let code = heap.as_bytes(code).filter(|code| crc32(0, code) == checksum);
    if name != AtomIndex::new("re_exported_pattern").into()
        || form == EXPORTED_FORM && code.is_none()
    {
        return Err(Raise::BADARG);
    }
    let own = code.and_then(|code| expression_of(&code).map(|(own, text)| (own, text.to_vec())));
    let (options, bytes) = match own {
        Some(own) => own,
        None if heap.kind(text) == ValueKind::Bits => {
            (Settings::of(heap, options)?.options, bytes_of(heap, text)?)
        }
        None => return Err(Raise::BADARG),
    };
    let pattern = pattern(heap, bytes, options).map_err(|_| Raise::BADARG)?;
    Ok(NativeNext::Return(pattern))
}

/// `{re_pattern, Groups, Unicode, NewlineIsCrLf, Code}`: the code are the options and the text.
fn pattern(
    heap: &mut Heap,
    bytes: Vec<u8>,
    options: Options,
) -> std::result::Result<Value, SyntaxError> {
    let code = code_of(&bytes, options);
    let groups = regexp(bytes, options)?.groups;
    let code = heap.binary(&code);
    Ok(heap.tuple(&[
        AtomIndex::new("re_pattern").into(),
        Value::small(groups.into()),
        Value::small(options.unicode.into()),
        Value::small(
            matches!(options.newline, LineEnding::CrLf | LineEnding::AnyCrLf | LineEnding::Any)
                .into(),
        ),
        code,
    ]))
}

fn error_pair(heap: &mut Heap, error: SyntaxError) -> Value {
    let text = heap.string(error.text);
    heap.tuple(&[text, Value::size(error.place)])
}

/// The answer of a search with an expression that cannot be compiled.
fn compile_error(heap: &mut Heap, error: SyntaxError) -> Value {
    let pair = error_pair(heap, error);
    let reason = heap.tuple(&[AtomIndex::new("compile").into(), pair]);
    heap.tuple(&[atom::ERROR.into(), reason])
}

/// A compiled pattern.
fn compiled(heap: &Heap, value: Value) -> Option<Result<Rc<Regexp>>> {
    let Some(&[name, _, _, _, code]) = heap.as_tuple(value) else { return None };
    if name != AtomIndex::new("re_pattern").into() {
        return None;
    }
    let found = heap.as_bytes(code).and_then(|code| {
        let (options, text) = expression_of(&code)?;
        regexp(text.to_vec(), options).ok()
    });
    Some(found.ok_or(Raise::BADARG))
}

fn inspect(ctx: &mut NativeContext<'_>, args: &[Value]) -> Result<NativeNext> {
    let heap = &mut *ctx.local.heap;
    let regexp = compiled(heap, args[0]).ok_or(Raise::BADARG)??;
    if args[1] != AtomIndex::new("namelist").into() {
        return Err(Raise::BADARG);
    }
    let names: Vec<Value> = regexp.names.keys().map(|name| heap.binary(name.as_bytes())).collect();
    let names = heap.list(&names);
    Ok(NativeNext::Return(heap.tuple(&[args[1], names])))
}

/// `re:run/3`; all matches, and text that is no binary, are the business of OTP's own code.
fn run(ctx: &mut NativeContext<'_>, args: [Value; 3]) -> Result<NativeNext> {
    let [subject, expression, options] = args;
    let heap = &mut *ctx.local.heap;
    let settings = Settings::of(heap, options)?;
    if settings.exports {
        return Err(Raise::BAD_OPTION);
    }
    let is_compiled = compiled(heap, expression).transpose()?;
    if is_compiled.is_some() && settings.compiles {
        return Err(Raise::BADARG);
    }
    let is_unicode =
        is_compiled.as_ref().map_or(settings.options.unicode, |regexp| regexp.options.unicode);
    let is_binary = |value: Value| heap.kind(value) == ValueKind::Bits;
    let re = AtomIndex::new("re");
    let is_text = is_compiled.is_none() && !is_binary(expression);
    if settings.is_global && !(is_unicode && is_text) {
        let function = AtomIndex::new("grun");
        if is_compiled.is_some() {
            let options = heap.tuple(&[options, false.into()]);
            let args = vec![subject, expression, options];
            return Ok(NativeNext::Call { module: re, function, args });
        }
        let bytes = bytes_of(heap, expression)?;
        let pattern = match pattern(heap, bytes, settings.options) {
            Ok(pattern) => pattern,
            Err(error) if settings.reports_errors => {
                return Ok(NativeNext::Return(compile_error(heap, error)));
            }
            Err(_) => return Err(Raise::BADARG),
        };
        // The options of compiling are done with.
        let options = heap.tuple(&[options, true.into(), expression]);
        return Ok(NativeNext::Call {
            module: re,
            function,
            args: vec![subject, pattern, options],
        });
    }
    if is_unicode && (!is_binary(subject) || is_text) {
        return Ok(NativeNext::Call {
            module: re,
            function: AtomIndex::new("urun"),
            args: args.to_vec(),
        });
    }
    execute(heap, subject, expression, &settings).map(NativeNext::Return)
}

fn execute(
    heap: &mut Heap,
    subject: Value,
    expression: Value,
    settings: &Settings,
) -> Result<Value> {
    let regexp = match compiled(heap, expression) {
        Some(found) => found?,
        None => match regexp(bytes_of(heap, expression)?, settings.options) {
            Ok(regexp) => regexp,
            Err(error) if settings.reports_errors => return Ok(compile_error(heap, error)),
            Err(_) => return Err(Raise::BADARG),
        },
    };
    let bytes = bytes_of(heap, subject)?;
    let is_damaged = regexp.options.unicode && std::str::from_utf8(&bytes).is_err();
    if settings.start.offset > bytes.len() || is_damaged {
        return Err(Raise::BADARG);
    }
    let start = Start { anchored: settings.options.anchored, ..settings.start };
    match regexp.search(&bytes, start, settings.steps.unwrap_or(STEPS_MAX)) {
        Ok(Some(spans)) => {
            let subject = Subject { value: subject, bytes: &bytes };
            captured(heap, &regexp, subject, &spans, settings)
        }
        Err(exhausted) if settings.reports_errors => {
            let reason = match exhausted {
                Exhausted::Steps => "match_limit",
                Exhausted::Depth => "match_limit_recursion",
            };
            Ok(heap.tuple(&[atom::ERROR.into(), AtomIndex::new(reason).into()]))
        }
        Ok(None) | Err(_) => Ok(AtomIndex::new("nomatch").into()),
    }
}

type Span = Option<(usize, usize)>;

/// The subject of a search, and its bytes.
#[derive(Clone, Copy)]
struct Subject<'a> {
    value: Value,
    bytes: &'a [u8],
}

/// `{match, Parts}` of a match, or `match`.
fn captured(
    heap: &mut Heap,
    regexp: &Regexp,
    subject: Subject<'_>,
    spans: &Spans,
    settings: &Settings,
) -> Result<Value> {
    let all: Vec<Span> = spans.chunks_exact(2).map(|span| span[0].zip(span[1])).collect();
    let assigned = all.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
    let parts: Vec<Span> = match &settings.wanted {
        Wanted::Nothing => return Ok(AtomIndex::new("match").into()),
        Wanted::All => all[..assigned].to_vec(),
        Wanted::AllButFirst => all[1.min(assigned)..assigned].to_vec(),
        Wanted::First => vec![all[0]],
        Wanted::AllNames => regexp.names.values().map(|groups| part_of(&all, groups)).collect(),
        Wanted::Some(values) => {
            let parts = values.iter().map(|value| part_named(heap, regexp, &all, *value));
            parts.collect::<Result<_>>()?
        }
    };
    let name = AtomIndex::new("match").into();
    if parts.is_empty() && matches!(settings.wanted, Wanted::AllNames | Wanted::Some(_)) {
        return Ok(name);
    }
    let parts: Vec<Value> = parts
        .into_iter()
        .map(|span| part_value(heap, subject, span, settings.form, regexp.options.unicode))
        .collect();
    let parts = heap.list(&parts);
    Ok(heap.tuple(&[name, parts]))
}

/// The part of the first of these groups that has matched.
fn part_of(all: &[Span], groups: &[u32]) -> Span {
    groups.iter().find_map(|group| all.get(*group as usize).copied().flatten())
}

/// A part by its number or its name.
fn part_named(heap: &Heap, regexp: &Regexp, all: &[Span], value: Value) -> Result<Span> {
    if let Some(number) = value.as_small() {
        let number = usize::try_from(number).map_err(|_| Raise::BADARG)?;
        return Ok(all.get(number).copied().flatten());
    }
    let name = match value.as_atom() {
        Some(name) => name.as_str().as_bytes().to_vec(),
        None => bytes_of(heap, value)?,
    };
    let groups = std::str::from_utf8(&name).ok().and_then(|name| regexp.names.get(name));
    Ok(groups.and_then(|groups| part_of(all, groups)))
}

fn part_value(
    heap: &mut Heap,
    subject: Subject<'_>,
    span: Span,
    form: Form,
    unicode: bool,
) -> Value {
    let bytes = span.map_or(&[][..], |(from, to)| &subject.bytes[from.min(to)..to]);
    match form {
        Form::Index => {
            let (from, len) = span.map_or((Value::small(-1), 0), |(from, to)| {
                (Value::size(from), to.saturating_sub(from))
            });
            heap.tuple(&[from, Value::size(len)])
        }
        // A part of a binary shares its bytes.
        Form::Binary if heap.kind(subject.value) == ValueKind::Bits => {
            let (from, to) = span.unwrap_or_default();
            let part = heap.part(subject.value, from.min(to) * 8, (to - from.min(to)) * 8);
            part.unwrap_or_else(|| heap.binary(bytes))
        }
        Form::Binary => heap.binary(bytes),
        Form::List => {
            let codes: Vec<Value> = match std::str::from_utf8(bytes) {
                Ok(text) if unicode => {
                    text.chars().map(|c| Value::small(u32::from(c).into())).collect()
                }
                Ok(_) | Err(_) => bytes.iter().map(|byte| Value::small((*byte).into())).collect(),
            };
            heap.list(&codes)
        }
    }
}
