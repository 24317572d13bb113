//! The findings of a preflight of compiled modules, for people and for programs.

use std::fmt::Write;

use super::Styles;
use super::columns::{Cells, table};
use super::sweep::count;
use crate::beam::index::Otp;
use crate::beam::preflight::{Imports, Missing, ModuleReport, Needed, Report, UnknownOpcode};
use crate::formats::Version;
use crate::formats::beam::{
    ImportsJson, MissingFunctionJson, ModuleJson, NeededFunctionJson, OpcodeJson, OtpJson,
    PreflightJson,
};
use crate::spelling::first_few;

/// The most modules of a table that shows all of them.
const MODULES_MAX: usize = 30;
/// The most functions of a list that does not show all of them.
const FUNCTIONS_MAX: usize = 25;
/// The most names of those who call a function.
const CALLERS_MAX: usize = 3;

/// The extent of the findings that are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreflightLayout {
    /// Only the calls of the given modules.
    Short,
    /// Also what only libraries and OTP call, with the way to it.
    Full,
}

/// The findings of a preflight, for people. In full, also what only libraries and OTP need.
#[must_use]
pub fn preflight_text(report: &Report, layout: PreflightLayout, styles: &Styles) -> String {
    let mut text = modules_text(report, styles);
    let in_full = layout == PreflightLayout::Full;
    text += &opcodes_text(report, styles);
    let missing: Vec<Finding> =
        report.missing.iter().map(|missing| (&missing.needed, advice(missing))).collect();
    let [natives, nifs, outside] = [&report.natives, &report.nifs, &report.outside]
        .map(|needed| needed.iter().map(|needed| (needed, String::new())).collect());
    for (title, needed) in [
        ("Functions that are nowhere", missing),
        ("Functions of Erlang in C that nodedown does not have", natives),
        ("Functions of libraries in C (NIFs), which nodedown does not run", nifs),
        ("Calls that reach out of the simulation", outside),
    ] {
        text += &needed_text(title, &needed, in_full, styles);
    }
    for unrunnable in &report.unrunnable {
        let _ = writeln!(text, "\n{}cannot be run{:#}: {unrunnable}", styles.bad, styles.bad);
    }
    for unreadable in &report.unreadable {
        let _ =
            writeln!(text, "\n{}unreadable{:#}: {unreadable}", styles.doubtful, styles.doubtful);
    }
    let _ = writeln!(text, "\n{}", conclusion(report, styles));
    text
}

/// A function that is needed, and what to do about it.
type Finding<'a> = (&'a Needed, String);

fn modules_text(report: &Report, styles: &Styles) -> String {
    let shown = |module: &&ModuleReport| {
        let imports = module.imports;
        report.modules.len() <= MODULES_MAX || imports.missing + imports.missing_natives > 0
    };
    let titles = [
        "module",
        "compiled by",
        "functions",
        "calls: own",
        "libraries",
        "OTP",
        "in C",
        "in C, missing",
        "nowhere",
    ];
    let mut rows = vec![titles.map(str::to_owned).to_vec()];
    rows.extend(report.modules.iter().filter(shown).map(module_row));
    if report.modules.len() > 1 {
        rows.push(total_row(report));
    }
    let Styles { title, .. } = styles;
    format!("{title}Modules{title:#}\n{}", table(&rows, Cells::Right, styles))
}

fn module_row(module: &ModuleReport) -> Vec<String> {
    let mut row = vec![module.name.to_string(), compiled_by(module), module.functions.to_string()];
    row.extend(import_cells(&module.imports));
    row
}

fn compiled_by(module: &ModuleReport) -> String {
    match (module.release, &module.compiler) {
        (Some(release), _) => format!("OTP {release}"),
        (None, Some(version)) => format!("compiler {version}"),
        (None, None) => "unknown".to_owned(),
    }
}

fn import_cells(imports: &Imports) -> [String; 6] {
    let Imports { given, libraries, otp, natives, missing_natives, missing } = *imports;
    [given, libraries, otp, natives, missing_natives, missing].map(|number| number.to_string())
}

fn total_row(report: &Report) -> Vec<String> {
    let modules = &report.modules;
    let sum = |of: fn(&Imports) -> usize| modules.iter().map(|it| of(&it.imports)).sum::<usize>();
    let total = Imports {
        given: sum(|it| it.given),
        libraries: sum(|it| it.libraries),
        otp: sum(|it| it.otp),
        natives: sum(|it| it.natives),
        missing_natives: sum(|it| it.missing_natives),
        missing: sum(|it| it.missing),
    };
    let mut releases: Vec<String> = modules.iter().map(compiled_by).collect();
    releases.sort();
    releases.dedup();
    let functions: usize = modules.iter().map(|module| module.functions).sum();
    let name = format!("all {}", count(modules.len() as u64, "module"));
    let mut row = vec![name, releases.join(", "), functions.to_string()];
    row.extend(import_cells(&total));
    row
}

fn opcodes_text(report: &Report, styles: &Styles) -> String {
    if report.opcodes.is_empty() {
        return String::new();
    }
    let Styles { title, .. } = styles;
    let mut text = format!("\n{title}Instructions that nodedown does not execute{title:#}\n");
    for unknown in &report.opcodes {
        let times: usize = unknown.modules.values().sum();
        let names: Vec<String> = unknown.modules.keys().map(ToString::to_string).collect();
        let (name, arity) = (unknown.opcode.name, unknown.opcode.arity);
        let _ = writeln!(
            text,
            "  {name}/{arity}, {}, in {}",
            count(times as u64, "time"),
            first_few(&names, CALLERS_MAX, ", ")
        );
    }
    text
}

/// Advice about a function that is nowhere.
fn advice(missing: &Missing) -> String {
    let (module, function, _) = missing.needed.name.parts();
    if !missing.has_module {
        let elixir = module.as_str().starts_with("Elixir.");
        let whose = if elixir { ", or install Elixir if it is Elixir's own" } else { "" };
        return format!("there is no module {module}: name its folder with --code{whose}");
    }
    match missing.other_arities.as_slice() {
        [] => format!("{module} has no function {function}"),
        arities => {
            let arities: Vec<String> =
                arities.iter().map(|it| format!("{function}/{it}")).collect();
            format!("{module} has {}", arities.join(", "))
        }
    }
}

fn needed_text(title: &str, needed: &[Finding], in_full: bool, styles: &Styles) -> String {
    let direct: Vec<_> = needed.iter().filter(|(it, _)| !it.callers.is_empty()).collect();
    let own_stubs = needed.iter().filter(|(it, _)| it.callers.is_empty() && it.way.is_empty());
    let further: Vec<_> =
        needed.iter().filter(|(it, _)| it.callers.is_empty() && !it.way.is_empty()).collect();
    let own_stubs = own_stubs.count();
    if direct.is_empty() && own_stubs == 0 && (further.is_empty() || !in_full) {
        return String::new();
    }
    let Styles { title: bold, faint, .. } = styles;
    let mut text = format!("\n{bold}{title}{bold:#}\n");
    let mut last = "";
    let shown = if in_full { direct.len() } else { FUNCTIONS_MAX.min(direct.len()) };
    for (needed, advice) in &direct[..shown] {
        let callers: Vec<String> = needed.callers.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            text,
            "  {}  called by {}",
            needed.name,
            first_few(&callers, CALLERS_MAX, ", ")
        );
        if !advice.is_empty() && advice != last {
            let _ = writeln!(text, "    {faint}{advice}{faint:#}");
        }
        last = advice;
    }
    if shown < direct.len() {
        let _ = writeln!(text, "  {faint}and {} more: --full{faint:#}", direct.len() - shown);
    }
    if own_stubs > 0 {
        let _ = writeln!(text, "  {} that others call", count(own_stubs as u64, "function"));
    }
    if in_full {
        for (needed, _) in &further {
            let way: Vec<String> = needed.way.iter().map(ToString::to_string).collect();
            let _ = writeln!(text, "  {}  by way of {}", needed.name, way.join(" -> "));
        }
    } else if !further.is_empty() {
        let number = further.len();
        let _ = writeln!(
            text,
            "  {faint}and {number} more that only libraries and OTP call: --full{faint:#}"
        );
    }
    text
}

fn conclusion(report: &Report, styles: &Styles) -> String {
    let Styles { good, bad, .. } = styles;
    if report.is_complete() {
        return format!("{good}complete{good:#}: everything that these modules call is there");
    }
    let direct = |needed: &[Needed]| needed.iter().filter(|it| !it.callers.is_empty()).count();
    let missing = report.missing.iter().filter(|it| !it.needed.callers.is_empty()).count();
    let parts = [
        (missing, "function that is nowhere", "functions that are nowhere"),
        (direct(&report.natives), "function of Erlang in C", "functions of Erlang in C"),
        (direct(&report.nifs), "function of a library in C", "functions of libraries in C"),
        (report.opcodes.len(), "instruction", "instructions"),
        (report.unrunnable.len(), "module that cannot be run", "modules that cannot be run"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(number, _, _)| *number > 0)
        .map(|(number, one, many)| format!("{number} {}", if *number == 1 { one } else { many }))
        .collect();
    format!("{bad}incomplete{bad:#}: {}", parts.join(", "))
}

/// The findings of a preflight with this Erlang/OTP, for programs.
#[must_use]
pub fn preflight_json(report: &Report, otp: &Otp) -> PreflightJson {
    let all = |list: &[Needed]| list.iter().map(needed_json).collect();
    PreflightJson {
        beam: Version,
        complete: report.is_complete(),
        modules: report.modules.iter().map(module_json).collect(),
        opcodes: report.opcodes.iter().map(opcode_json).collect(),
        missing: report.missing.iter().map(missing_json).collect(),
        natives: all(&report.natives),
        nifs: all(&report.nifs),
        outside: all(&report.outside),
        unrunnable: report.unrunnable.clone(),
        unreadable: report.unreadable.clone(),
        otp: OtpJson { root: otp.root.display().to_string(), version: otp.version.clone() },
    }
}

fn module_json(module: &ModuleReport) -> ModuleJson {
    let Imports { given, libraries, otp, natives, missing_natives, missing } = module.imports;
    ModuleJson {
        name: module.name.as_str().to_owned(),
        file: module.path.display().to_string(),
        compiler: module.compiler.clone(),
        release: module.release,
        functions: module.functions as u64,
        imports: ImportsJson {
            given: given as u64,
            libraries: libraries as u64,
            otp: otp as u64,
            natives: natives as u64,
            missing_natives: missing_natives as u64,
            missing: missing as u64,
        },
    }
}

fn opcode_json(unknown: &UnknownOpcode) -> OpcodeJson {
    let modules = unknown.modules.iter();
    OpcodeJson {
        name: unknown.opcode.name.to_owned(),
        arity: unknown.opcode.arity,
        number: unknown.opcode.number,
        since: unknown.opcode.since,
        modules: modules.map(|(module, times)| (module.as_str(), *times as u64)).collect(),
    }
}

fn missing_json(missing: &Missing) -> MissingFunctionJson {
    MissingFunctionJson {
        needed: needed_json(&missing.needed),
        module_found: missing.has_module,
        other_arities: missing.other_arities.clone(),
    }
}

fn needed_json(needed: &Needed) -> NeededFunctionJson {
    NeededFunctionJson {
        function: needed.name.to_string(),
        callers: needed.callers.iter().map(ToString::to_string).collect(),
        way: needed.way.iter().map(ToString::to_string).collect(),
    }
}
