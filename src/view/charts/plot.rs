//! Axes, points and lines in SVG.

use std::fmt::Write;
use std::time::Duration;

use crate::engine::time::round_duration;
use crate::view::html::escaped;
use crate::view::ticks::round_times;

/// The room on the left and below for the words of the axes.
pub(super) const LEFT: f64 = 44.0;
const BELOW: f64 = 22.0;

/// A plot under construction: x and y go from 0 to 1, y upwards.
pub(super) struct Plot {
    width: f64,
    height: f64,
    left: f64,
    text: String,
}

/// The form of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// All was well.
    Dot,
    /// Nothing was tested.
    Ring,
    /// Something did not hold.
    Cross,
}

impl Plot {
    /// An empty plot with the rule of its x axis.
    pub(super) fn new(width: f64, height: f64, left: f64) -> Plot {
        let mut plot = Plot { width, height, left, text: String::new() };
        plot.line((0.0, 0.0), (1.0, 0.0), "axis");
        plot
    }

    fn x(&self, x: f64) -> f64 {
        self.left + x.clamp(0.0, 1.0) * (self.width - self.left - 12.0)
    }

    fn y(&self, y: f64) -> f64 {
        8.0 + (1.0 - y.clamp(0.0, 1.0)) * (self.height - BELOW - 8.0)
    }

    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        let [x1, x2] = [x1, x2].map(|x| self.x(x));
        let [y1, y2] = [y1, y2].map(|y| self.y(y));
        let _ = writeln!(
            self.text,
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        );
    }

    /// A line that rises in steps from point to point.
    pub(super) fn stairs(&mut self, points: &[(f64, f64)], class: &str) {
        let mut path = String::new();
        let mut last = 0.0;
        for (index, (x, y)) in points.iter().enumerate() {
            let (x, y, before) = (self.x(*x), self.y(*y), self.y(last));
            let start = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{start}{x:.1} {before:.1}L{x:.1} {y:.1}");
            last = points[index].1;
        }
        let _ = writeln!(self.text, "<path class=\"{class}\" d=\"{path}\"/>");
    }

    /// A point with what it says when one points at it.
    pub(super) fn point(&mut self, (x, y): (f64, f64), form: Form, size: f64, title: &str) {
        let (x, y, r) = (self.x(x), self.y(y), size);
        let shape = match form {
            Form::Dot => format!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\">"),
            Form::Ring => {
                format!("<circle class=\"ring\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r:.1}\">")
            }
            Form::Cross => {
                let [left, top, right, bottom] = [x - r, y - r, x + r, y + r];
                format!(
                    "<path class=\"cross\" d=\"M{left:.1} {top:.1}L{right:.1} {bottom:.1}M{left:.1} \
                     {bottom:.1}L{right:.1} {top:.1}\">"
                )
            }
        };
        let end = if form == Form::Cross { "</path>" } else { "</circle>" };
        let _ = writeln!(self.text, "{shape}<title>{}</title>{end}", escaped(title));
    }

    /// A word beside a place, on the side where there is more room.
    pub(super) fn word(&mut self, (x, y): (f64, f64), text: &str) {
        let (anchor, by) = if x > 0.5 { ("end", -5.0) } else { ("start", 5.0) };
        let (x, y, text) = (self.x(x) + by, self.y(y), escaped(text));
        let _ = writeln!(
            self.text,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        );
    }

    /// A word at the x axis.
    pub(super) fn tick_x(&mut self, x: f64, text: &str) {
        self.line((x, 0.0), (x, 1.0), "axis");
        let (x, y) = (self.x(x).min(self.width - 22.0), self.height - 6.0);
        let text = escaped(text);
        let _ = writeln!(
            self.text,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{text}</text>"
        );
    }

    /// A word at the y axis.
    pub(super) fn tick_y(&mut self, y: f64, text: &str) {
        let (x, y) = (self.left - 6.0, self.y(y) + 4.0);
        let text = escaped(text);
        let _ = writeln!(
            self.text,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"end\">{text}</text>"
        );
    }

    /// A band of the plot in the colour of panels.
    pub(super) fn stripe(&mut self, from: f64, to: f64) {
        let (x, y, w, h) =
            (self.x(0.0), self.y(to), self.x(1.0) - self.x(0.0), self.y(from) - self.y(to));
        let _ = writeln!(
            self.text,
            "<rect class=\"stripe\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\"/>"
        );
    }

    pub(super) fn finish(self, title: &str) -> String {
        let (width, height, title) = (self.width, self.height, escaped(title));
        format!(
            "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
             aria-label=\"{title}\">\n{}</svg>\n",
            self.text
        )
    }
}

/// A logarithmic scale of times.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogScale {
    least: f64,
    most: f64,
}

impl LogScale {
    /// The scale from a little below the shortest time to a little above the longest.
    pub(super) fn of(times: impl Iterator<Item = u64>) -> LogScale {
        let (least, most) = times
            .fold((u64::MAX, 1), |(least, most), time| (least.min(time.max(1)), most.max(time)));
        let [least, most] = [least.min(most), most].map(|time| (time as f64).log10());
        // At least a third of a decade, so that there is more than one tick.
        let margin = ((0.35 - (most - least)) / 2.0).max(0.06);
        LogScale { least: least - margin, most: most + margin }
    }

    pub(super) fn at(self, time: u64) -> f64 {
        ((time.max(1) as f64).log10() - self.least) / (self.most - self.least)
    }

    /// Round times on it with their words: powers of ten, their doubles and fives if there is room, and
    /// steps of the same length where that is one time or two.
    pub(super) fn ticks(self) -> Vec<(f64, String)> {
        let steps: &[f64] = if self.most - self.least > 2.5 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let powers = (self.least.floor() as i32)..=(self.most.ceil() as i32);
        let times =
            powers.flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
        let mut within: Vec<u64> = times
            .filter(|time| (self.least..=self.most).contains(&time.log10()))
            .map(|time| time.round() as u64)
            .collect();
        if within.len() < 3 {
            let [least, most] = [self.least, self.most].map(|power| 10_f64.powf(power) as u64);
            (within, _) = round_times(least, most, 5);
        }
        let text = |time: u64| round_duration(Duration::from_nanos(time));
        within.into_iter().map(|time| (self.at(time), text(time))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_scale_has_several_ticks() {
        let scale = LogScale::of([7_400_000_000, 9_100_000_000].into_iter());
        let ticks = scale.ticks();
        assert!(ticks.len() >= 3, "{ticks:?}");
        assert!(ticks.iter().all(|(at, _)| (0.0..=1.0).contains(at)), "{ticks:?}");
    }

    #[test]
    fn a_scale_of_times_has_more_than_one_tick() {
        for times in [[3_000_000_000, 5_000_000_000], [90_000_000, 90_000_000], [1, 10_000]] {
            let ticks = LogScale::of(times.into_iter()).ticks();
            assert!((2..9).contains(&ticks.len()), "{times:?}: {ticks:?}");
            assert!(ticks.iter().all(|(at, _)| (0.0..=1.0).contains(at)), "{ticks:?}");
        }
    }
}
