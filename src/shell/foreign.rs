//! Lines of people who know Erlang's shell, and the commands to type instead.

/// The commands that do what functions of Erlang do, if it is not the command of that name.
const FUNCTIONS: [(&str, &str); 16] = [
    ("nodes", "nodes_of NODE"),
    ("net_adm:ping", "ping NODE NODE"),
    ("net_kernel:connect_node", "connect NODE NODE"),
    ("erlang:disconnect_node", "disconnect NODE NODE"),
    ("init:stop", "stop NODE"),
    ("erlang:halt", "halt NODE"),
    ("process_flag", "P trap_exit true"),
    ("is_process_alive", "P alive Q"),
    ("flush", "mailbox P"),
    ("gen_server:call", "P call S REQUEST"),
    ("gen_server:cast", "P cast S REQUEST"),
    ("application:start", "start X"),
    ("application:stop", "stop X"),
    ("application:which_applications", "applications NODE"),
    ("global:register_name", "P global_register NAME"),
    ("global:whereis_name", "P global_whereis NAME"),
];

/// Proposes a command for a line in Erlang; `None` if it does not look like one.
pub(super) fn instead(line: &str, usage: impl Fn(&str) -> Option<&'static str>) -> Option<String> {
    if let Some((process, message)) = line.split_once('!') {
        let (process, message) = (process.trim(), message.trim().trim_end_matches('.'));
        let is_name =
            !process.is_empty() && process.chars().all(|c| c.is_alphanumeric() || c == '_');
        let message = if message.is_empty() { "TERM" } else { message };
        return is_name
            .then(|| format!("write `P send Q {message}`: process P sends it to process Q"));
    }
    let (function, _) = line.split_once('(')?;
    let plain = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    if function.is_empty() || !function.chars().all(plain) {
        return None;
    }
    let known = FUNCTIONS.iter().find(|(name, _)| *name == function).map(|(_, usage)| *usage);
    let local = function.rsplit(':').next().unwrap_or(function);
    let known = known.or_else(|| usage(local));
    Some(match known {
        Some(usage) => format!("this is no Erlang shell: write `{usage}`"),
        None => "this is no Erlang shell: `help` lists what it understands".to_owned(),
    })
}
