//! The fields of compiled code.

use serde_json::json;

use super::execution;
use crate::document::shape::{Field, NameKind, Shape};

/// The section of a file.
pub(in crate::scenario) fn section() -> Field {
    let mut fields = vec![
        Field::default(
            "code",
            Shape::list(Shape::Text),
            json!([]),
            "The folders of compiled modules, from where the file is; `*` stands for any folder: \
             `\"../_build/default/lib/*/ebin\"`.",
        ),
        Field::optional(
            "otp",
            Shape::Text,
            "The folder of Erlang/OTP; otherwise that of `NODEDOWN_OTP`, or of the `erl` on the path.",
        ),
        Field::optional(
            "config",
            Shape::Text,
            "The configuration file of all nodes, as `sys.config`.",
        ),
        Field::optional(
            "build",
            Shape::Text,
            "The command that builds the modules, which is shown where they are missing, \
             and `nodedown test` skips the scenario.",
        ),
        Field::optional(
            "vm_args",
            Shape::Text,
            "The file of arguments of all nodes, as `vm.args`; names of nodes and flags of the emulator \
             (`+P`) in it do not count.",
        ),
        Field::optional(
            "boot",
            Shape::Text,
            "The boot file of a release, such as `\"rel/bank/releases/1.0.0/start\"`; otherwise \
             `start_clean` of Erlang/OTP.",
        ),
        Field::default(
            "env",
            Shape::map(NameKind::Atom, Shape::Text),
            json!({}),
            "The environment of all nodes, as `os:getenv` has it.",
        ),
        Field::default(
            "args",
            Shape::list(Shape::Text),
            json!([]),
            "More arguments of `erl`, each word by itself, as in `vm.args`.",
        ),
    ];
    fields.extend(execution::fields());
    Field::optional(
        "erlang",
        Shape::object("the compiled code", fields),
        "Compiled Erlang or Elixir, which the nodes run on the kernel of the installed Erlang/OTP.",
    )
}

/// The fields of a node.
pub(in crate::scenario) fn of_node() -> [Field; 2] {
    let application =
        Field::required("application", Shape::Name(NameKind::Atom), "The application.");
    let restart = Field::default(
        "type",
        Shape::Choice(vec!["permanent", "transient", "temporary"]),
        "permanent",
        "The ends of the application that take the node down: all, abnormal ones, or none.",
    );
    let start = Shape::object("an application that is started", vec![application, restart]);
    [
        Field::optional(
            "runs",
            Shape::Choice(vec!["erlang", "rust"]),
            "Compiled code or services in Rust; `erlang` if left out in a file with `erlang`.",
        ),
        Field::optional(
            "start",
            Shape::list(Shape::OneOf(vec![Shape::Name(NameKind::Atom), start])),
            "The applications of compiled code that it starts, each after those that it depends on; a \
             name alone is a permanent one.",
        ),
    ]
}
