//! `nodedown export`: a run in the format of another program.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use flate2::{Compression, GzBuilder};

use super::diff::is_trace;
use super::files::Outputs;
use super::input::{Input, Origin};
use super::nearby::scenario_path;
use super::numbers::parse_seed;
use super::view::{check_window, picture_of_run, trace_picture};
use super::{Ending, Failure};
use crate::engine::time::{Time, parse_duration};
use crate::engine::trace::Detail;
use crate::explore::command_for;
use crate::scenario::Plan;
use crate::scenario::services::Programs;
use crate::scenario::simulation::Simulation;
use crate::verdict::check;
use crate::view::{ExportFormat, ExportScope, Graph, NotExported, PageLink, Picture, export};

#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  nodedown export partition --as mermaid --operation 1  # for a README
  nodedown export chat-failover --as perfetto --out run.json.gz
  nodedown export seen.jsonl --as shiviz --from 20s --to 20.1s
  nodedown export partition --as csv --selection '#t=29-30&h=ops@b'
  nodedown export partition --as dot --at 25s           # who sees whom
  nodedown export partition --as dot --at 25s --processes db1@a")]
pub(super) struct ExportArguments {
    /// Scenario file (which is run), the record of a run, or a trace
    #[arg(value_parser = scenario_path())]
    file: PathBuf,
    /// Format to write
    #[arg(long = "as", value_name = "FORMAT", value_parser = format_name())]
    format: ExportFormat,
    /// Seed of all random choices [default: the scenario's]
    #[arg(long, value_name = "N", value_parser = parse_seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// File to write to; packed if its name ends in `.gz` [default: standard output]
    ///
    /// A scenario with several transports runs once with each, and makes a file for each.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Export from this time on only, such as `19.5s`
    #[arg(long, value_name = "TIME", value_parser = parse_duration, default_value = "0s", help_heading = "Part")]
    from: Duration,
    /// Export up to this time only
    #[arg(long, value_name = "TIME", value_parser = parse_duration, help_heading = "Part")]
    to: Option<Duration>,
    /// Export only what operation N led to, and what led to its end
    #[arg(long, value_name = "N", help_heading = "Part")]
    operation: Option<u32>,
    /// Export what a link of a page shows, from its `#` on
    ///
    /// Copy the link with `y`. Of it count the time in view, the lanes that are
    /// hidden, and the chosen record with what is shown with it.
    #[arg(long, value_name = "LINK", conflicts_with = "operation", help_heading = "Part")]
    selection: Option<PageLink>,
    /// For `dot`: the nodes, applications and connections at this time
    #[arg(long, value_name = "TIME", value_parser = parse_duration,
          conflicts_with_all = ["operation", "from", "to"], help_heading = "Part")]
    at: Option<Duration>,
    /// With `--at`: the processes of a node, below those that started them
    #[arg(long, value_name = "NODE", requires = "at", help_heading = "Part")]
    processes: Option<String>,
    /// Show at most N messages one by one; for `otlp`, take at most N operations
    #[arg(long, value_name = "N", help_heading = "Part")]
    messages: Option<usize>,
    /// Space all instants of a picture evenly instead of to scale
    #[arg(long, help_heading = "Part")]
    order: bool,
    /// Export all of it, even if it is more than readers of the format take well
    #[arg(long, help_heading = "Part")]
    force: bool,
}

fn format_name() -> impl TypedValueParser<Value = ExportFormat> {
    PossibleValuesParser::new(ExportFormat::names())
        .map(|name| name.parse().expect("one of the names"))
}

impl ExportArguments {
    fn scope(&self) -> ExportScope {
        ExportScope {
            from: Time::ZERO + self.from,
            to: self.to.map_or(Time::MAX, |to| Time::ZERO + to),
            operation: self.operation,
            selection: self.selection.clone(),
            messages: self.messages,
            is_ordered: self.order,
            is_forced: self.force,
            graph: match (self.at.map(|at| Time::ZERO + at), &self.processes) {
                (None, _) => Graph::Traffic,
                (Some(at), None) => Graph::StateAt(at),
                (Some(at), Some(node)) => Graph::Processes(node.clone(), at),
            },
        }
    }

    /// Warns of a link that was copied from the page of another run.
    fn warn_of_link(&self, picture: &Picture) -> Result<(), Failure> {
        let copied = self.selection.as_ref().and_then(|link| link.digest.as_deref());
        if let Some((copied, own)) = copied.zip(picture.digest())
            && copied != own
        {
            writeln!(
                anstream::stderr(),
                "warning: the link is of a run with digest {copied}, this one has {own}: it may show \
                 something else here"
            )?;
        }
        Ok(())
    }
}

/// Exporting is no judging: it succeeds whatever the verdict is.
pub(super) fn export_run(
    programs: &Programs,
    arguments: &ExportArguments,
) -> Result<Ending, Failure> {
    check_window(arguments.from, arguments.to)?;
    if arguments.at.is_some() && arguments.format != ExportFormat::Dot {
        let text = format!("--at is for `--as dot`, not for `{}`", arguments.format);
        return Err(Failure::Usage(vec![text]));
    }
    let mut outputs = Outputs::beside(&[&arguments.file]);
    let path = arguments.out.as_deref().unwrap_or(Path::new("-"));
    let sources = sources(programs, arguments)?;
    let files = outputs.open_for_each("--out", Some(path), sources.len())?;
    for (file, source) in files.into_iter().zip(sources) {
        let picture = &source.picture(programs, arguments)?;
        arguments.warn_of_link(picture)?;
        let is_packed =
            file.path().is_some_and(|path| path.extension().is_some_and(|it| it == "gz"));
        let mut text = Vec::new();
        export(picture, arguments.format, &arguments.scope(), &mut text).map_err(|error| {
            match error {
                NotExported::Write(error) => Failure::Output(error),
                other @ (NotExported::TooMany { .. }
                | NotExported::NoOperation(..)
                | NotExported::NoRecord(..)
                | NotExported::NoNode { .. }) => Failure::Usage(vec![other.to_string()]),
            }
        })?;
        file.write(|out| {
            if !is_packed {
                return out.write_all(&text);
            }
            let mut packer = GzBuilder::new().mtime(0).write(out, Compression::best());
            packer.write_all(&text)?;
            packer.finish().map(drop)
        })?;
    }
    Ok(Ending::Pass)
}

/// Something of which there is a picture.
enum PictureSource {
    Trace,
    Plan(Box<Plan>, Rc<Origin>),
}

fn sources(
    programs: &Programs,
    arguments: &ExportArguments,
) -> Result<Vec<PictureSource>, Failure> {
    if is_trace(&arguments.file)? {
        return Ok(vec![PictureSource::Trace]);
    }
    let (scenario, origin) = Input::read(&arguments.file, programs)?.into_scenario();
    let (seed, origin) = (arguments.seed.unwrap_or(scenario.seed), Rc::new(origin));
    let plans = scenario.plans(seed);
    Ok(plans.map(|plan| PictureSource::Plan(Box::new(plan), Rc::clone(&origin))).collect())
}

impl PictureSource {
    fn picture(self, programs: &Programs, arguments: &ExportArguments) -> Result<Picture, Failure> {
        let PictureSource::Plan(plan, origin) = self else {
            return trace_picture(&arguments.file);
        };
        let command = command_for("view", &arguments.file.display().to_string(), plan.seed);
        let run = Simulation::new(*plan, programs).detail(Detail::Full).with_twin().run();
        origin.warn_of_difference(&run)?;
        Ok(picture_of_run(programs, &run, &check(&run), command))
    }
}
