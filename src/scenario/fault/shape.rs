//! The shapes of faults and of what sets them off.

use crate::document::shape::{Field, NameKind, Object, Shape, Variant, Variants};
use crate::scenario::file::shape::U32;
use crate::scenario::network::{distribution, path_fields};

pub(in crate::scenario) fn shape() -> Shape {
    let steps = Shape::Integer { min: 0, max: i128::from(u64::MAX) };
    let fields = vec![
        Field::optional("name", Shape::Text, "What reports call the fault."),
        Field::optional("at", Shape::Duration, "When it strikes, from the start of the run."),
        Field::optional("at_step", steps, "After how many steps of the run it strikes."),
        Field::optional(
            "when",
            condition(),
            "What sets it off, the first time that it is seen, or each time.",
        ),
        Field::optional(
            "each",
            Shape::Boolean,
            "Whether it strikes each time that this is seen; what is seen while it waits to strike does \
             not count.",
        ),
        Field::optional(
            "at_most",
            Shape::Integer { min: 1, max: i128::from(u32::MAX) },
            "How often it strikes at the most.",
        ),
        Field::optional("after", Shape::Duration, "How long after that it strikes."),
        Field::optional("from", Shape::Duration, "What is seen before this time does not count."),
        Field::optional("until", Shape::Duration, "What is seen from this time on does not count."),
    ];
    let mut variants = node_faults();
    variants.extend(disk_faults());
    variants.extend(network_faults());
    variants.extend(clock_faults());
    variants.push(kill());
    Shape::Object(Object {
        what: "a fault",
        fields,
        variants: Variants::Keyed(variants),
        exactly_one_of: vec![vec!["at", "when", "at_step"]],
        requires: vec![
            ("after", "when"),
            ("from", "when"),
            ("until", "when"),
            ("each", "when"),
            ("at_most", "when"),
        ],
        ..Object::default()
    })
}

/// A kind of fault; the first field is the one that names it.
fn kind(about: &'static str, fields: Vec<Field>) -> Variant {
    Variant { name: fields[0].name, about, fields }
}

fn node(name: &'static str) -> Field {
    Field::required(name, Shape::Name(NameKind::Node), "The node.")
}

/// One node, or all of a place: a fault for each.
fn nodes(name: &'static str) -> Field {
    let about = "The node; a host or a site stands for each of its nodes.";
    Field::required(name, Shape::Name(NameKind::Place), about)
}

fn restart_after() -> Field {
    Field::optional(
        "restart_after",
        Shape::Duration,
        "How long after it starts again; never if left out.",
    )
}

fn lasting() -> Field {
    Field::optional("for", Shape::Duration, "How long it lasts; to the end of the run if left out.")
}

fn one_way(about: &'static str) -> Field {
    Field::default("one_way", Shape::Boolean, false, about)
}

fn node_faults() -> Vec<Variant> {
    let site = |name| Field::required(name, Shape::Name(NameKind::Site), "The site.");
    let host = Field::required("crash_host", Shape::Name(NameKind::Host), "The host.");
    let factor = Field::required(
        "factor",
        Shape::Number { min: 0.01 },
        "How many times as long its work takes.",
    );
    vec![
        kind("Kills a node; its peers notice at once.", vec![nodes("crash"), restart_after()]),
        kind(
            "Cuts the power of a host with all its nodes; peers notice by silence.",
            vec![host, restart_after()],
        ),
        kind(
            "Gives a host its power back; the nodes that were up start again.",
            vec![Field::required("start_host", Shape::Name(NameKind::Host), "The host.")],
        ),
        kind(
            "Cuts the power of a site with all its hosts and nodes; peers notice by silence.",
            vec![site("crash_site"), restart_after()],
        ),
        kind(
            "Gives a site its power back; the nodes that were up start again.",
            vec![site("start_site")],
        ),
        kind("Stops a node in order.", vec![nodes("stop"), restart_after()]),
        kind("Starts a node that is down.", vec![nodes("start")]),
        kind("Freezes a node; its connections stay open.", vec![nodes("pause"), lasting()]),
        kind("Lets a paused node go on.", vec![nodes("resume")]),
        kind("Makes the work on a node take longer.", vec![nodes("slow_node"), factor, lasting()]),
    ]
}

fn disk_faults() -> Vec<Variant> {
    let disk = |name| {
        let about = "The node; a host or a site stands for all its nodes.";
        Field::required(name, Shape::Name(NameKind::Place), about)
    };
    let latency =
        Field::required("latency", distribution("a latency"), "How long a sync takes then.");
    let of = Field::optional(
        "of",
        Shape::Choice(vec!["fsync_error", "full_disk", "slow_disk", "lying_disk"]),
        "What is put right; all of it if left out.",
    );
    vec![
        kind(
            "Makes syncs of a disk fail (`EIO`): what was to be made safe never will be, even though \
             a later sync succeeds.",
            vec![disk("fsync_error"), lasting()],
        ),
        kind(
            "Fills a disk (`ENOSPC`): nothing can be written.",
            vec![disk("full_disk"), lasting()],
        ),
        kind("Makes syncs of a disk slow.", vec![disk("slow_disk"), latency, lasting()]),
        kind(
            "Makes a disk acknowledge syncs that it has not done: they are lost if its host loses \
             power (`crash_host`).",
            vec![disk("lying_disk"), lasting()],
        ),
        kind(
            "Damages a disk: a record of each file, drawn from the seed, has a wrong checksum, which \
             is noticed when it is read.",
            vec![disk("corrupt_disk")],
        ),
        kind("Puts a disk right; what is damaged stays so.", vec![disk("mend_disk"), of]),
    ]
}

fn network_faults() -> Vec<Variant> {
    let places = || Shape::some(Shape::Name(NameKind::Place));
    let groups = Shape::List { item: Box::new(places()), min: 2, max: None };
    let alone = Shape::OneOf(vec![Shape::Name(NameKind::Place), places()]);
    let hosts = Shape::pair(Shape::Name(NameKind::HostOrSite));
    let usual_path = vec![
        Field::required("usual_path", hosts.clone(), ENDS),
        one_way("Put the way from the first to the second right only."),
    ];
    let mut slow_path = vec![Field::required("slow_path", hosts, ENDS)];
    slow_path.extend(path_fields());
    slow_path.push(one_way("Change the way from the first to the second only."));
    slow_path.push(lasting());
    vec![
        kind(
            "Cuts all paths between groups of nodes, in silence.",
            cut(
                Field::required("partition", groups.clone(), GROUPS),
                "Cut only what goes from an earlier group to a later one.",
            ),
        ),
        kind(
            "Cuts nodes, hosts or sites off from all other nodes, in silence.",
            cut(
                Field::required("isolate", alone, "Who is cut off, together."),
                "Cut only what goes from them to the others.",
            ),
        ),
        kind(
            "Ends every partition, or one.",
            vec![Field::required(
                "heal",
                Shape::OneOf(vec![Shape::Choice(vec!["all"]), U32]),
                "`all`, or the number of a partition.",
            )],
        ),
        kind(
            "Breaks the connections that are open between groups of nodes; new ones work.",
            vec![
                Field::required("break_connections", groups.clone(), GROUPS),
                Field::default(
                    "silently",
                    Shape::Boolean,
                    false,
                    "Whether nobody is told: what is sent over them is lost, as behind a firewall that \
                     has forgotten them. Else both ends learn of it at once.",
                ),
            ],
        ),
        kind(
            "The first node closes its connection to the second.",
            vec![Field::required(
                "disconnect",
                Shape::pair(Shape::Name(NameKind::Node)),
                "The two nodes.",
            )],
        ),
        kind(
            "The first node connects to the second, unless it is connected.",
            vec![Field::required(
                "connect",
                Shape::pair(Shape::Name(NameKind::Node)),
                "The two nodes.",
            )],
        ),
        kind("Changes the path between two hosts.", slow_path),
        kind("Puts the path between two hosts back as the scenario has it.", usual_path),
    ]
}

const GROUPS: &str = "The groups; a host or a site stands for its nodes.";

const ENDS: &str = "Its two ends; a site stands for its hosts.";

/// The fields of a cut; `who` is cut off.
fn cut(who: Field, about_one_way: &'static str) -> Vec<Field> {
    vec![
        who,
        one_way(about_one_way),
        Field::optional("heal_after", Shape::Duration, "How long it lasts."),
        Field::optional(
            "number",
            U32,
            "What `heal` calls it; how many partitions the file has before it if left out.",
        ),
    ]
}

fn clock_faults() -> Vec<Variant> {
    let by = Field::required("by", Shape::SignedDuration, "How far: \"+5s\", \"-5s\".");
    let ppm = Field::required(
        "ppm",
        Shape::Integer { min: -999_999, max: 1_000_000 },
        "Parts per million; slow if negative.",
    );
    vec![
        kind("Makes the system clock of a node jump.", vec![nodes("clock_step"), by]),
        kind(
            "Makes the clocks of a node run fast or slow.",
            vec![nodes("clock_drift"), ppm, lasting()],
        ),
    ]
}

fn kill() -> Variant {
    let name = Shape::Name(NameKind::Atom);
    let on = Shape::Name(NameKind::Node);
    kind(
        "Sends an exit signal to a process.",
        vec![
            Field::required("kill", name, "An application, or the registered name of a process."),
            Field::optional("on", on, "Its node; wherever it runs if left out."),
            Field::default("reason", Shape::Term, "kill", "The exit reason, an Erlang term."),
        ],
    )
}

fn condition() -> Shape {
    let operations = Field::required(
        "operations_completed",
        Shape::Integer { min: 1, max: i128::from(u32::MAX) },
        "How many.",
    );
    let about = "This many operations have succeeded.";
    let mut variants = event_variants();
    variants.push(kind(about, vec![operations]));
    Shape::Object(Object {
        what: "a condition",
        variants: Variants::Keyed(variants),
        ..Object::default()
    })
}

/// What a single record of the trace shows.
pub(in crate::scenario) fn event_variants() -> Vec<Variant> {
    let application =
        |name| Field::required(name, Shape::Name(NameKind::Application), "The application.");
    let other = |name, about| Field::optional(name, Shape::Name(NameKind::Node), about);
    let on = || other("on", "Where; anywhere if left out.");
    let seen_by = || other("seen_by", "The node that notices; any if left out.");
    let process = Field::required("process_exited", Shape::Name(NameKind::Atom), "Its name.");
    vec![
        kind("An application has started.", vec![application("application_started"), on()]),
        kind("An application has stopped.", vec![application("application_stopped"), on()]),
        kind("A node has been found to be down.", vec![node("nodedown"), seen_by()]),
        kind("A connection to a node has come up.", vec![node("nodeup"), seen_by()]),
        kind("A registered process has ended.", vec![process, on()]),
    ]
}
