//! A picture of a run for papers and slides: users above, a lane for each node below.

use std::fmt::Write;
use std::time::Duration;

use crate::engine::time::{Time, round_duration};
use crate::view::faults::{FaultKind, FaultSpan};
use crate::view::html::escaped;
use crate::view::palette;
use crate::view::ticks::round_times;

use super::events::{Arrow, Events, clipped};
use super::scope::ExportScope;

const WIDTH: f64 = 1_240.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 20.0;
/// The height of the title and the axis.
const TOP: f64 = 58.0;
const USERS: f64 = 96.0;
const LANE: f64 = 84.0;
/// The distance from the top of a lane to its line.
const LINE: f64 = 54.0;

/// The most messages that are drawn one by one.
const ARROWS: usize = 600;

const INK: &str = palette::INK.light;
const SOFT: &str = palette::SOFT.light;
const BLUE: &str = palette::MESSAGE.light;
const RED: &str = palette::BAD.light;
const GREEN: &str = palette::APPLICATION.light;
const GRID: &str = palette::GRID.light;
const PAPER: &str = palette::PAPER.light;
const FAULT: &str = palette::FAULT.light;
const FAULT_WORDS: &str = palette::BAD_INK.light;
const LATE: &str = palette::LATE.light;
const LATE_EDGE: &str = palette::LATE_EDGE.light;

/// A drawing under construction.
struct Drawing<'a> {
    events: &'a Events<'a>,
    from: u64,
    to: u64,
    /// The times that have the same distance each, where the axis is that of order.
    instants: Vec<u64>,
    text: String,
}

pub(super) fn drawing(events: &Events<'_>, records: &[usize], scope: &ExportScope) -> String {
    let (from, to) = scope.window(events, records);
    let arrows: Vec<Arrow> = records.iter().filter_map(|record| events.arrow(*record)).collect();
    let most = scope.messages.unwrap_or(ARROWS);
    let few = arrows.len() <= most;
    let instants =
        if scope.is_in_order() { instants(events, &arrows, (from, to)) } else { Vec::new() };
    let mut drawing = Drawing { events, from, to, instants, text: String::new() };
    drawing.head();
    drawing.faults();
    drawing.axis();
    drawing.users();
    drawing.lanes();
    drawing.applications();
    for arrow in arrows.iter().filter(|arrow| few || arrow.end.is_none()) {
        drawing.arrow(*arrow, few && arrows.len() <= 40);
    }
    let note = if few {
        format!("{} messages between nodes", arrows.len())
    } else {
        format!("{} messages between nodes, of which those lost are drawn", arrows.len())
    };
    drawing.finish(&note)
}

/// The times of all that is drawn.
fn instants(events: &Events<'_>, arrows: &[Arrow], (from, to): (u64, u64)) -> Vec<u64> {
    let head = events.head();
    let ends = arrows.iter().flat_map(|arrow| [Some(arrow.sent), arrow.end]);
    let mut all: Vec<u64> = ends.flatten().map(|record| events.at(record)).collect();
    all.extend(head.story.iter().map(|line| line.at.as_nanos()));
    all.extend(head.faults.iter().flat_map(|fault| [Some(fault.from), fault.to]).flatten());
    all.extend([from, to]);
    all.retain(|at| (from..=to).contains(at));
    all.sort_unstable();
    all.dedup();
    all
}

impl Drawing<'_> {
    fn height(&self) -> f64 {
        TOP + USERS + LANE * self.events.order().count() as f64 + 30.0
    }

    fn x(&self, at: u64) -> f64 {
        let inner = WIDTH - LEFT - RIGHT;
        let at = at.clamp(self.from, self.to);
        if self.instants.len() > 2 {
            let place = self.instants.partition_point(|instant| *instant < at);
            return LEFT + inner * place as f64 / (self.instants.len() - 1) as f64;
        }
        LEFT + inner * (at - self.from) as f64 / (self.to - self.from).max(1) as f64
    }

    /// The height of the lane of a node.
    fn y(&self, node: usize) -> f64 {
        let place = self.events.order().position(|each| each == node);
        TOP + USERS + LANE * place.unwrap_or_default() as f64 + LINE
    }

    fn is_in(&self, from: u64, to: Option<u64>) -> bool {
        from <= self.to && to.is_none_or(|to| to >= self.from)
    }

    fn line(&mut self, [x1, y1, x2, y2]: [f64; 4], style: &str) {
        let _ = writeln!(
            self.text,
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {style}/>"
        );
    }

    fn rect(&mut self, [x, y, w, h]: [f64; 4], style: &str) {
        let _ = writeln!(
            self.text,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\" {style}/>"
        );
    }

    fn words(&mut self, x: f64, y: f64, style: &str, text: &str) {
        let _ =
            writeln!(self.text, "<text x=\"{x:.1}\" y=\"{y:.1}\" {style}>{}</text>", escaped(text));
    }

    fn cross(&mut self, x: f64, y: f64) {
        let style = format!("stroke=\"{RED}\" stroke-width=\"2\"");
        self.line([x - 4.0, y - 4.0, x + 4.0, y + 4.0], &style);
        self.line([x - 4.0, y + 4.0, x + 4.0, y - 4.0], &style);
    }

    fn head(&mut self) {
        let head = self.events.head();
        let seed = head.seed.map_or(String::new(), |seed| format!("  seed {seed}"));
        let verdict = head.verdict.map_or("", crate::view::html::word);
        let title = format!("{}{seed}  {verdict}", head.name);
        self.words(LEFT, 22.0, "font-size=\"15\" font-weight=\"bold\"", &title);
    }

    fn axis(&mut self) {
        let bottom = self.height() - 26.0;
        let ticks: Vec<u64> = if self.instants.len() > 2 {
            let step = self.instants.len().div_ceil(10);
            self.instants.iter().copied().step_by(step).collect()
        } else {
            round_times(self.from, self.to, 10).0
        };
        for at in ticks {
            let x = self.x(at);
            self.line([x, TOP - 8.0, x, bottom], &format!("stroke=\"{GRID}\""));
            let style = format!("font-size=\"11\" fill=\"{SOFT}\" text-anchor=\"middle\"");
            self.words(x, TOP - 12.0, &style, &Time::from_nanos(at).to_string());
        }
    }

    fn faults(&mut self) {
        let head = self.events.head();
        let mut free = 0.0;
        for fault in head.faults.iter().filter(|fault| !fault.is_repair()) {
            if !self.is_in(fault.from, fault.to) {
                continue;
            }
            let [x0, x1] = [fault.from, fault.to.unwrap_or(self.to)].map(|at| self.x(at));
            let width = (x1 - x0).max(2.0);
            let fill = format!("fill=\"url(#{})\"", pattern(fault.kind));
            self.rect([x0, TOP - 6.0, width, 14.0], &fill);
            let nodes = nodes_of(fault, head.nodes.len()).into_iter();
            for node in nodes.filter(|node| self.events.shows(*node)).collect::<Vec<_>>() {
                self.rect([x0, self.y(node) - LINE + 3.0, width, LANE - 6.0], &fill);
            }
            if x0 >= free {
                let text = clipped(&fault.text, 60);
                let style = format!("font-size=\"11\" fill=\"{FAULT_WORDS}\"");
                self.words(x0 + 3.0, TOP + 5.0, &style, &text);
                free = x0 + 6.2 * text.chars().count() as f64 + 12.0;
            }
        }
    }

    /// A point for each operation, at its end and its latency on a logarithmic scale.
    fn users(&mut self) {
        let columns = &self.events.head().operations;
        if columns.invoked.is_empty() {
            return;
        }
        let took = columns.took.iter().filter(|took| **took > 0);
        let (least, most) =
            took.fold((i64::MAX, 1), |(least, most), took| (least.min(*took), most.max(*took)));
        let [least, most] = [least.min(most), most].map(|took| (took.max(1_000) as f64).log10());
        let (least, most) = (least.floor(), most.ceil().max(least.floor() + 1.0));
        let y = |took: f64| {
            let part = (took.max(1.0).log10() - least) / (most - least);
            TOP + USERS - 10.0 - part.clamp(0.0, 1.0) * (USERS - 30.0)
        };
        for power in [least, most] {
            let took = 10_f64.powf(power);
            let text = round_duration(Duration::from_nanos(took as u64));
            let style = format!("font-size=\"10\" fill=\"{SOFT}\" text-anchor=\"end\"");
            self.words(LEFT - 8.0, y(took) + 3.0, &style, &text);
            self.line([LEFT, y(took), WIDTH - RIGHT, y(took)], &format!("stroke=\"{GRID}\""));
        }
        self.words(10.0, TOP + 14.0, "font-size=\"12\" font-weight=\"bold\"", "users");
        for number in 0..columns.invoked.len() {
            self.operation(number, &y);
        }
    }

    fn operation(&mut self, number: usize, y: &impl Fn(f64) -> f64) {
        let head = self.events.head();
        let columns = &head.operations;
        let Ok(took) = u64::try_from(columns.took[number]) else { return };
        let end = columns.invoked[number] + took;
        if !(self.from..=self.to).contains(&end) {
            return;
        }
        let slow = head.workloads.get(columns.workload[number]).and_then(|each| each.slow);
        let (x, y) = (self.x(end), y(took as f64));
        let begin = self.x(columns.invoked[number].max(self.from));
        let is_answered = columns.outcome[number] == 0;
        if is_answered && slow.is_some_and(|slow| took > slow) {
            self.line([begin, y, x, y], &format!("stroke=\"{LATE_EDGE}\""));
            let ring = format!("fill=\"{LATE}\" stroke=\"{LATE_EDGE}\" stroke-width=\"1.4\"");
            let _ = writeln!(self.text, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" {ring}/>");
        } else if is_answered {
            let _ = writeln!(
                self.text,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"1.8\" fill=\"{BLUE}\"/>"
            );
        } else {
            self.line([begin, y, x, y], &format!("stroke=\"{RED}\" stroke-opacity=\"0.5\""));
            self.cross(x, y);
        }
    }

    fn lanes(&mut self) {
        let head = self.events.head();
        let events = self.events;
        let shown = head.nodes.iter().enumerate().filter(|(node, _)| events.shows(*node));
        for (node, entry) in shown {
            let y = self.y(node);
            let name = "font-size=\"12\" font-weight=\"bold\" text-anchor=\"end\"";
            self.words(LEFT - 8.0, y + 4.0, name, &entry.name);
            let host = format!("font-size=\"10\" fill=\"{SOFT}\" text-anchor=\"end\"");
            self.words(LEFT - 8.0, y + 17.0, &host, &entry.host);
            let own = |node_of: u16| usize::from(node_of) == node + 1;
            for life in head.lives.iter().filter(|life| own(life.node)) {
                if !self.is_in(life.from, life.to) {
                    continue;
                }
                let [x0, x1] = [life.from, life.to.unwrap_or(self.to)].map(|at| self.x(at));
                self.line([x0, y, x1, y], &format!("stroke=\"{INK}\" stroke-width=\"1.4\""));
                if life.to.is_some_and(|to| to <= self.to) && life.why == "crashed" {
                    self.cross(x1, y);
                }
            }
            for pause in head.pauses.iter().filter(|pause| own(pause.node)) {
                if self.is_in(pause.from, pause.to) {
                    let [x0, x1] = [pause.from, pause.to.unwrap_or(self.to)].map(|at| self.x(at));
                    self.line([x0, y, x1, y], &format!("stroke=\"{PAPER}\" stroke-width=\"3\""));
                    self.line(
                        [x0, y, x1, y],
                        &format!("stroke=\"{INK}\" stroke-dasharray=\"2 4\""),
                    );
                }
            }
        }
    }

    /// A bar for each distributed application where it ran.
    fn applications(&mut self) {
        let head = self.events.head();
        for span in &head.applications {
            let place = head.distributed.iter().position(|name| *name == span.name);
            let is_shown =
                self.is_in(span.from, span.to) && self.events.shows(usize::from(span.node) - 1);
            let Some(place) = place.filter(|place| *place < 2 && is_shown) else {
                continue;
            };
            let [x0, x1] = [span.from, span.to.unwrap_or(self.to)].map(|at| self.x(at));
            let y = self.y(usize::from(span.node) - 1) - LINE + 6.0 + 14.0 * place as f64;
            self.rect([x0, y, (x1 - x0).max(2.0), 12.0], &format!("fill=\"{GREEN}\""));
            let how = if span.how == "normal" { "" } else { span.how.as_str() };
            let text = format!("{} {how}", span.name);
            if x1 - x0 > 6.4 * text.chars().count() as f64 {
                let style = format!("font-size=\"10\" font-weight=\"bold\" fill=\"{PAPER}\"");
                self.words(x0 + 4.0, y + 9.5, &style, text.trim());
            }
        }
    }

    fn arrow(&mut self, arrow: Arrow, has_label: bool) {
        let [y1, y2] = [arrow.from, arrow.to].map(|node| self.y(node));
        let x1 = self.x(self.events.at(arrow.sent));
        let Some(end) = arrow.end else {
            // Before the lane of the receiver, and so on none in between.
            let (x2, y2) = (x1 + 14.0, y2 - (y2 - y1).signum() * LANE * 0.5);
            let style = format!("stroke=\"{RED}\" stroke-width=\"1.6\" stroke-dasharray=\"4 3\"");
            self.line([x1, y1, x2, y2], &style);
            return self.cross(x2, y2);
        };
        let x2 = self.x(self.events.at(end));
        let style = format!("stroke=\"{BLUE}\" stroke-opacity=\"0.75\" marker-end=\"url(#head)\"");
        self.line([x1, y1, x2, y2], &style);
        if has_label {
            let (x, y) = (x1 + (x2 - x1) * 0.3 + 4.0, y1 + (y2 - y1) * 0.3);
            let style = format!("font-size=\"10\" fill=\"{SOFT}\"");
            self.words(x, y, &style, self.events.tag(arrow.sent));
        }
    }

    fn finish(mut self, note: &str) -> String {
        let height = self.height();
        self.words(LEFT, height - 8.0, &format!("font-size=\"11\" fill=\"{SOFT}\""), note);
        let title = escaped(&self.events.head().name);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
             width=\"{WIDTH}\" height=\"{height}\" font-family=\"system-ui, sans-serif\" \
             fill=\"{INK}\" role=\"img\"><title>{title}</title><defs>{}</defs>\
             <rect width=\"100%\" height=\"100%\" fill=\"{PAPER}\"/>\n{}</svg>\n",
            patterns(),
            self.text
        )
    }
}

/// The nodes that a fault concerns, from 0.
fn nodes_of(fault: &FaultSpan, nodes: usize) -> Vec<usize> {
    if fault.nodes.is_empty() {
        return (0..nodes).collect();
    }
    fault.nodes.iter().map(|node| usize::from(*node) - 1).filter(|node| *node < nodes).collect()
}

const fn pattern(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Crash => "crash",
        FaultKind::Slow => "slow",
        FaultKind::Clock => "clock",
        FaultKind::Disk => "disk",
        FaultKind::Cut
        | FaultKind::Reset
        | FaultKind::Signal
        | FaultKind::Repair
        | FaultKind::Other => "cut",
    }
}

/// The patterns of the bands, and the head of an arrow.
fn patterns() -> String {
    let mut text = String::new();
    for (name, path) in [
        ("crash", "M0 8L8 0"),
        ("cut", "M0 8L8 0M-2 2L2 -2M6 10L10 6"),
        ("slow", "M1 2L3 2M5 6L7 6"),
        ("clock", "M2 0L2 8"),
        ("disk", "M0 2L4 2M4 6L8 6"),
    ] {
        let ground = format!("<rect width=\"8\" height=\"8\" fill=\"{FAULT}\" opacity=\"0.35\"/>");
        let ground = if name == "crash" { ground.as_str() } else { "" };
        let _ = write!(
            text,
            "<pattern id=\"{name}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">{ground}\
             <path d=\"{path}\" stroke=\"{FAULT}\"/></pattern>"
        );
    }
    let _ = write!(
        text,
        "<marker id=\"head\" viewBox=\"0 0 6 6\" refX=\"6\" refY=\"3\" markerWidth=\"6\" \
         markerHeight=\"6\" orient=\"auto\"><path d=\"M0 0L6 3L0 6z\" fill=\"{BLUE}\"/></marker>"
    );
    text
}
