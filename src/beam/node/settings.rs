//! The settings of a node that its files say: `vm.args` and `sys.config`.

use std::collections::BTreeMap;
use std::time::Duration;

use thiserror::Error;

use crate::beam::atom::AtomIndex;
use crate::beam::machine::Machine;
use crate::beam::value::Value;
use crate::beam::words::{LineSyntax, words_of};
use crate::engine::runtime::{AutoConnect, NodeConfig};
use crate::engine::term::{Atom, Term};

/// A text of arguments that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: a quotation that begins here does not end")]
pub struct VmArgsError {
    /// The line.
    pub line: usize,
}

/// The words of a file of arguments for `erl`, as `vm.args` is: without the comments, and without
/// the flags of the emulator (`+P 100000`) that a simulated node has no use for.
///
/// ```
/// use nodedown::beam::node::vm_args;
///
/// let words = vm_args("## the name\n-sname a@x\n+K true\n-kernel net_ticktime '8'  # seconds\n")?;
/// assert_eq!(words, ["-sname", "a@x", "-kernel", "net_ticktime", "8"]);
/// # Ok::<(), nodedown::beam::node::VmArgsError>(())
/// ```
///
/// # Errors
/// When a quotation does not end.
pub fn vm_args(text: &str) -> Result<Vec<String>, VmArgsError> {
    let mut words = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        let found = words_of(text, LineSyntax::VmArgs);
        if !found.is_closed {
            return Err(VmArgsError { line });
        }
        words.extend(found.words);
    }
    Ok(without_emulator_flags(words))
}

/// The flags of the emulator that set what processes have at first, and the names of these settings.
const PROCESS_FLAGS: [(&str, &str); 5] = [
    ("+hms", "min_heap_size"),
    ("+hmbs", "min_bin_vheap_size"),
    ("+hmax", "max_heap_size"),
    ("+hmaxk", "kill"),
    ("+hmaxel", "error_logger"),
];
/// The one that says where messages are kept.
const MESSAGES_FLAG: &str = "+hmqd";
/// The one that says as which level warnings are logged.
const WARNINGS: &str = "+W";

/// Sets what the processes of a machine have at first.
pub(super) fn set_defaults(args: &[String], machine: &mut Machine) {
    for (flag, values) in flags(args) {
        let Some(value) = values.first() else { continue };
        let number = value.parse().ok().map(Value::small);
        let word = Value::atom(AtomIndex::new(value));
        let setting = PROCESS_FLAGS.iter().find(|(name, _)| *name == flag);
        match setting {
            Some((_, part @ ("kill" | "error_logger"))) => {
                machine.set_default_limit(part, word);
            }
            Some((_, name)) => {
                // A size that cannot be is none.
                let _ = number.and_then(|number| machine.set_default(name, number));
            }
            None if flag == MESSAGES_FLAG => {
                let _ = machine.set_default("message_queue_data", word);
            }
            None => {}
        }
    }
}

pub(super) fn without_emulator_flags(words: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut skips = false;
    for word in words {
        let is_flag = is_flag(&word);
        if is_flag {
            let has_effect = word == MESSAGES_FLAG
                || word == WARNINGS
                || PROCESS_FLAGS.iter().any(|(name, _)| *name == word.as_str());
            skips = word.starts_with('+') && !has_effect;
        }
        if let Some(level) = word.strip_prefix(WARNINGS).filter(|level| !level.is_empty()) {
            kept.extend([WARNINGS.to_owned(), level.to_owned()]);
        } else if !skips {
            kept.push(word);
        }
        // A flag of the emulator has at most one value.
        skips &= is_flag;
    }
    kept
}

/// The level at which warnings are logged, by `+W`.
pub(super) fn warning_level(args: &[String]) -> &'static str {
    let mut levels = flags(args).into_iter().filter(|(flag, _)| *flag == WARNINGS);
    match levels.next_back().and_then(|(_, values)| values.first()).map(String::as_str) {
        Some("e") => "error",
        Some("i") => "info",
        Some(_) | None => "warning",
    }
}

/// Does the node get its name from the first node that it connects to?
pub(super) fn is_unnamed(args: &[String]) -> bool {
    let mut names = flags(args).into_iter().filter(|(flag, _)| matches!(*flag, "-name" | "-sname"));
    names.next().is_some_and(|(_, values)| values == ["undefined"])
}

/// Does a word begin a flag, of `erl` or of the emulator?
fn is_flag(word: &str) -> bool {
    word.starts_with(['-', '+'])
}

/// The flags of arguments, each with its values, in their order.
pub(super) fn flags(args: &[String]) -> Vec<(&str, &[String])> {
    let starts: Vec<usize> = (0..args.len()).filter(|at| is_flag(&args[*at])).collect();
    let ends = starts.iter().skip(1).copied().chain([args.len()]);
    let pairs = starts.iter().copied().zip(ends);
    pairs.map(|(start, end)| (args[start].as_str(), &args[start + 1..end])).collect()
}

/// The environment that a node begins with: these variables, and those of the flag `-env`.
pub(super) fn environment(
    given: &BTreeMap<String, String>,
    args: &[String],
) -> BTreeMap<String, String> {
    let mut variables = given.clone();
    for (flag, values) in flags(args) {
        if let ("-env", [name, value @ ..]) = (flag, values) {
            variables.insert(name.clone(), value.join(" "));
        }
    }
    variables
}

/// The arguments that a simulated node makes nothing of, and why. A flag that `erl` does not know is
/// none of them: `init:get_argument/1` has it.
pub(super) fn without_effect(args: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    let before = args.iter().take_while(|word| !is_flag(word));
    notes.extend(before.map(|word| format!("`{word}` follows no flag, and has no effect")));
    for (flag, _) in flags(args) {
        let why = match flag {
            "-proto_dist" | "-ssl_dist_opt" | "-ssl_dist_optfile" | "-epmd_module"
            | "-start_epmd" | "-erl_epmd_port" | "-no_epmd" => {
                "the network of the simulation connects the nodes"
            }
            "-remsh" | "-shell" | "-oldshell" | "-user" => "a simulated node has no shell",
            "-loader" | "-hosts" | "-master" | "-id" | "-mode" | "-path" | "-code_path_choice" => {
                "modules are read from the folders of `code`"
            }
            "-heart" => "`restart` of the node says when it starts again",
            "-detached" | "-daemon" | "-smp" | "-man" => "nothing runs on the machine",
            "-args_file" | "-vm_args" => "name the file as `vm_args`",
            _ => continue,
        };
        notes.push(format!("`{flag}` has no effect: {why}"));
    }
    notes
}

/// The term of a file that ends in a full stop, as `sys.config` and the files of applications are.
///
/// # Errors
/// The reason why it cannot be read.
pub fn read_term(text: &str) -> Result<Term, String> {
    let text = without_comments(text);
    let text = text.trim_end().strip_suffix('.').ok_or("it does not end in a full stop")?;
    text.parse::<Term>().map_err(|error| error.to_string())
}

fn without_comments(text: &str) -> String {
    let (mut kept, mut quote) = (String::new(), None);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, quote) {
            (end, Some(open)) if end == open => quote = None,
            ('\'' | '"', None) => quote = Some(character),
            ('%', None) => {
                characters.by_ref().find(|character| *character == '\n');
                kept.push('\n');
                continue;
            }
            _ => {}
        }
        kept.push(character);
        if character == '\\' || (character == '$' && quote.is_none()) {
            kept.extend(characters.next());
        }
    }
    kept
}

/// Makes the settings of a node those that its arguments and the parameters of the application
/// kernel say. Returns what contradicts the node.
pub(super) fn apply(args: &[String], configs: &[Term], config: &mut NodeConfig) -> Vec<String> {
    let mut problems = Vec::new();
    for (flag, values) in flags(args) {
        if flag.contains(char::is_whitespace) {
            let words: Vec<String> =
                flag.split_whitespace().map(|word| format!("\"{word}\"")).collect();
            let words = words.join(", ");
            problems.push(format!("`{flag}` is one word: write each word by itself: {words}"));
        }
        match (flag, values) {
            ("-name" | "-sname", [name]) if name != "undefined" => {
                let (own, whole) = (config.name.as_str(), name.contains('@'));
                let same = if whole { own == name } else { own.split('@').next() == Some(name) };
                if !same {
                    problems.push(format!("{flag} {name}: the node is {own}"));
                }
            }
            ("-setcookie", [cookie]) => config.cookie = Atom::new(cookie),
            ("-hidden", _) => config.hidden = true,
            ("-connect_all", [value]) => config.connect_all = value != "false",
            ("-kernel", values) => {
                for pair in values.chunks_exact(2) {
                    if let Ok(value) = pair[1].parse() {
                        kernel_parameter(&pair[0], &value, config);
                    }
                }
            }
            (_, _) => {}
        }
    }
    for parameters in configs.iter().filter_map(kernel_parameters) {
        for parameter in parameters {
            if let Some([Term::Atom(name), value]) = parameter.as_tuple() {
                kernel_parameter(name.as_str(), value, config);
            }
        }
    }
    problems
}

/// The parameters of the application kernel in a file of configuration.
fn kernel_parameters(config: &Term) -> Option<&[Term]> {
    let applications = config.as_list()?;
    applications.iter().find_map(|application| match application.as_tuple() {
        Some([name, parameters]) if name.is_atom("kernel") => parameters.as_list(),
        Some(_) | None => None,
    })
}

/// Those parameters that are settings of the network of the simulation.
fn kernel_parameter(name: &str, value: &Term, config: &mut NodeConfig) {
    let setup_time = || {
        let time = match value {
            Term::Float(time) => *time,
            other => f64::from(i32::try_from(other.as_integer()?).ok()?),
        };
        (time > 0.0 && time <= 120.0).then(|| Duration::from_secs_f64(time))
    };
    let seconds = || value.as_integer().and_then(|time| u64::try_from(time).ok());
    match name {
        "net_ticktime" => {
            if let Some(time) = seconds() {
                config.net_ticktime = Duration::from_secs(time);
            }
        }
        "net_setuptime" => {
            if let Some(time) = setup_time() {
                config.net_setuptime = time;
            }
        }
        "prevent_overlapping_partitions" => {
            config.prevent_overlapping_partitions = !value.is_atom("false");
        }
        "dist_auto_connect" => {
            config.auto_connect = match value.as_atom().map(Atom::as_str) {
                Some("never") => AutoConnect::Never,
                Some("once") => AutoConnect::Once,
                Some(_) | None => AutoConnect::Always,
            };
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::network::HostId;
    use crate::engine::runtime::{World, WorldConfig};

    fn host() -> HostId {
        World::new(WorldConfig::default()).add_host("x")
    }

    #[test]
    fn words_are_kept_together_by_quotations() {
        let check = |text: &str, expected: &[&str]| assert_eq!(vm_args(text).unwrap(), expected);
        check("", &[]);
        check("# only a comment", &[]);
        check("-a b#c 'd e' \"f g\" h\\ i", &["-a", "b#c", "d e", "f g", "h i"]);
        check("+P 100000 -env X 1\n+A30\n-x", &["-env", "X", "1", "-x"]);
        check(
            "-kernel inet_dist_use_interface '{127,0,0,1}'",
            &["-kernel", "inet_dist_use_interface", "{127,0,0,1}"],
        );
        assert_eq!(vm_args("-a\n-b 'c"), Err(VmArgsError { line: 2 }));
    }

    #[test]
    fn arguments_and_parameters_of_the_kernel_are_settings_of_the_node() {
        let mut config = NodeConfig::new("a@x", host());
        let args = vm_args(
            "-sname a -setcookie secret -hidden -connect_all false\n\
             -kernel net_ticktime 8 dist_auto_connect never",
        );
        let file =
            "[{other,[]},{kernel,[{net_setuptime,2},{prevent_overlapping_partitions,false}]}]";
        let problems = apply(&args.unwrap(), &[file.parse().unwrap()], &mut config);
        assert_eq!(problems, [""; 0]);
        let expected = NodeConfig {
            cookie: crate::atom!("secret"),
            hidden: true,
            connect_all: false,
            auto_connect: AutoConnect::Never,
            net_ticktime: Duration::from_secs(8),
            net_setuptime: Duration::from_secs(2),
            prevent_overlapping_partitions: false,
            ..NodeConfig::new("a@x", config.host)
        };
        assert_eq!(config, expected);
    }

    #[test]
    fn a_setup_time_may_be_a_part_of_a_second() {
        for (given, expected) in [("0.3", 300), ("2", 2000), ("0", 7000), ("121", 7000)] {
            let mut config = NodeConfig::new("a@x", host());
            let args = vm_args(&format!("-kernel net_setuptime {given}")).unwrap();
            apply(&args, &[], &mut config);
            assert_eq!(config.net_setuptime, Duration::from_millis(expected), "{given}");
        }
    }

    #[test]
    fn the_last_level_of_warnings_counts() {
        let table = [("-a b", "warning"), ("+Wi", "info"), ("+W i -x +W e +A 3", "error")];
        for (text, expected) in table {
            assert_eq!(warning_level(&vm_args(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn a_file_of_configuration_may_have_comments() {
        let text = "%% -*- erlang -*-\n[{a,[{b,\"50% %\"},{c,'%'}]}]. % the end\n";
        assert_eq!(read_term(text), Ok("[{a,[{b,\"50% %\"},{c,'%'}]}]".parse().unwrap()));
        assert!(read_term("[]").unwrap_err().contains("full stop"));
        assert!(read_term("[{].").is_err());
    }

    #[test]
    fn what_a_simulated_node_makes_nothing_of_is_told() {
        let check = |text: &str, expected: &[&str]| {
            let notes = without_effect(&vm_args(text).unwrap());
            assert_eq!(notes.len(), expected.len(), "{notes:?}");
            for (note, expected) in notes.iter().zip(expected) {
                assert!(note.contains(expected), "{note}");
            }
        };
        check("-setcookie secret -kernel net_ticktime 8 -bank mode test -env A b", &[]);
        check(
            "word -heart",
            &["`word` follows no flag, and has no effect", "`-heart` has no effect: `restart`"],
        );
        check("-proto_dist inet_tls -remsh a@x", &["the network of the simulation", "no shell"]);
        let mut config = NodeConfig::new("a@x", host());
        let together = vec!["-setcookie secret".to_owned()];
        let problems = apply(&together, &[], &mut config);
        let expected = "`-setcookie secret` is one word: write each word by itself: \
                        \"-setcookie\", \"secret\"";
        assert_eq!(problems, [expected]);
    }

    #[test]
    fn variables_of_the_environment_are_given_or_are_arguments() {
        let given = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
        let args = vm_args("-env B 2 -env C -x y").unwrap();
        let all: Vec<String> = environment(&given, &args)
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(all, ["A=1", "B=2", "C="]);
    }

    #[test]
    fn the_name_of_another_node_is_a_contradiction() {
        let mut config = NodeConfig::new("a@x", host());
        let args = vm_args("-name b@x").unwrap();
        assert_eq!(apply(&args, &[], &mut config), ["-name b@x: the node is a@x"]);
        let args = vm_args("-name a@x -sname a").unwrap();
        assert_eq!(apply(&args, &[], &mut config), [""; 0]);
    }
}
