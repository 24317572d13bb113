//! Settings that could have their defaults, delays that could be constant, and faults that depend
//! on steps.

use std::time::Duration;

use serde_json::Value;

use super::search::{Edit, ONE_NODE, ShrinkSearch, edit};
use crate::document::shape::{Field, Presence};
use crate::engine::network::{Delay, PathConfig};
use crate::engine::runtime::RestartPolicy;
use crate::engine::time::{Time, nanos};
use crate::engine::trace::{Fact, FaultFact, TraceRecord};
use crate::scenario::Scenario;
use crate::scenario::fault::{Fault, Trigger};
use crate::scenario::services::Affinity;
use crate::scenario::services::transport::Transport;

/// The multiples of the median that are tried as a constant delay, the likeliest first.
pub(super) const TIMES: [u32; 3] = [1, 2, 5];

/// Gives every path a constant delay, this multiple of its median, and no loss.
pub(super) fn constant_paths(scenario: &mut Scenario, times: u32) {
    (0..paths(scenario).len()).for_each(|place| make_constant(scenario, place, times));
}

/// The same, path by path; and paths that are as usual.
pub(super) fn simplify_paths(search: &mut ShrinkSearch<'_>) {
    search.now("delays");
    search.each(|scenario| {
        let own = (0..scenario.network.paths.len())
            .map(|place| edit(move |it| drop(it.network.paths.remove(place))));
        let places = 0..paths(&mut scenario.clone()).len();
        let single = places.flat_map(|place| {
            let constant = TIMES.map(|times| edit(move |it| make_constant(it, place, times)));
            let other = [
                edit(move |it| paths(it)[place].loss_ppm = 0),
                edit(move |it| paths(it)[place].bandwidth = None),
            ];
            constant.into_iter().chain(other)
        });
        let all = TIMES.map(|times| edit(move |it| constant_paths(it, times)));
        all.into_iter().chain(own).chain(single).collect()
    });
}

/// All paths, including those that faults switch to.
fn paths(scenario: &mut Scenario) -> Vec<&mut PathConfig> {
    let network = &mut scenario.network;
    let faults = scenario.faults.iter_mut().filter_map(|fault| {
        if let Fault::SetPath { path, .. } = &mut fault.fault { path.as_mut() } else { None }
    });
    let usual = [&mut network.same_host, &mut network.between_hosts];
    let usual = usual.into_iter().chain(network.between_sites.as_mut());
    let own = network.paths.iter_mut().map(|own| &mut own.path);
    usual.chain(own).chain(faults).collect()
}

fn make_constant(scenario: &mut Scenario, place: usize, times: u32) {
    let path = &mut *paths(scenario)[place];
    if !matches!(path.latency, Delay::Constant(_)) {
        path.latency = Delay::Constant(times * one_digit(path.latency.median()));
    }
    path.loss_ppm = 0;
    path.bandwidth = None;
}

/// The duration with one digit only: 700us for 683.4us.
fn one_digit(duration: Duration) -> Duration {
    let nanos = nanos(duration);
    let unit = 10_u64.pow(nanos.checked_ilog10().unwrap_or_default());
    Duration::from_nanos((nanos + unit / 2) / unit * unit)
}

/// Removes settings that are the default anyway.
pub(super) fn defaults(search: &mut ShrinkSearch<'_>) {
    search.now("settings");
    let context = search.context;
    let usual = context.parse(ONE_NODE);
    search.each(|scenario| {
        let mut edits: Vec<Edit> = vec![
            edit(|it| it.transports = vec![Transport::Distribution]),
            edit(stop_reconnecting),
            edit(|it| it.network.between_sites = None),
        ];
        for (place, application) in scenario.applications.iter().enumerate() {
            edits.push(edit(move |it| it.applications[place].start_delay = Duration::ZERO));
            let program = context.catalogue.service(application.service.as_str());
            let settings = program.map_or(&[][..], |program| &program.config);
            edits.extend(
                settings
                    .iter()
                    .cloned()
                    .map(|field| edit(move |it| reset(&mut it.applications[place].config, &field))),
            );
        }
        for (place, workload) in scenario.workloads.iter().enumerate() {
            edits.push(edit(move |it| it.workloads[place].affinity = Affinity::None));
            let program = context.catalogue.client(workload.client.as_str());
            let settings = program.map_or(&[][..], |program| &program.config);
            edits.extend(
                settings
                    .iter()
                    .cloned()
                    .map(|field| edit(move |it| reset(&mut it.workloads[place].config, &field))),
            );
        }
        let node = usual.nodes[0].clone();
        let cookie = node.cookie;
        edits.push(edit(move |it| it.nodes.iter_mut().for_each(|node| node.cookie = cookie)));
        for place in 0..scenario.nodes.len() {
            let node = node.clone();
            edits.push(edit(move |it| {
                let own = &it.nodes[place];
                let (name, host, cookie) = (own.name, own.host, own.cookie);
                let net_ticktime = it.network.net_ticktime;
                it.nodes[place] =
                    crate::scenario::NodeSpec { name, host, cookie, net_ticktime, ..node.clone() };
            }));
            edits.push(edit(move |it| it.nodes[place].hidden = false));
            edits.push(edit(move |it| it.nodes[place].reconnect = None));
            edits.extend(restarts(scenario, place));
            edits.push(edit(move |it| it.nodes[place].start_delay = Duration::ZERO));
            edits.push(edit(move |it| it.nodes[place].starts_at = Duration::ZERO));
        }
        edits
    });
}

/// Turns automatic reconnection off.
fn stop_reconnecting(scenario: &mut Scenario) {
    scenario.network.reconnect = None;
    scenario.nodes.iter_mut().for_each(|node| node.reconnect = None);
}

/// A node that is not started again, or always after the same time and without end.
fn restarts(scenario: &Scenario, place: usize) -> Vec<Edit> {
    let Some(policy) = scenario.nodes[place].restart else { return Vec::new() };
    let plain = RestartPolicy::default();
    let same = RestartPolicy { after: policy.after, ..plain };
    [None, Some(plain), Some(same), Some(RestartPolicy { limit: policy.limit, ..same })]
        .map(|restart| edit(move |it| it.nodes[place].restart = restart))
        .into()
}

/// Sets a setting to its default.
fn reset(config: &mut Value, field: &Field) {
    let Some(settings) = config.as_object_mut() else { return };
    match &field.presence {
        Presence::Default(default) => {
            settings.insert(field.name.to_owned(), default.clone());
        }
        Presence::Optional => drop(settings.shift_remove(field.name)),
        Presence::Required => {}
    }
}

/// Turns faults at a step number into faults at a time: step numbers mean nothing to people, and
/// something else in another run.
pub(super) fn faults_at_times(search: &mut ShrinkSearch<'_>) {
    search.now("faults");
    let hangs = |trigger: &Trigger| matches!(trigger, Trigger::AtStep(_));
    if !search.best.faults.iter().any(|fault| hangs(&fault.trigger)) {
        return;
    }
    let struck = search.when_faults_struck();
    search.each(|scenario| {
        let places =
            (0..scenario.faults.len()).filter(|place| hangs(&scenario.faults[*place].trigger));
        let timed = places.filter_map(|place| Some((place, *struck.get(place)?.as_ref()?)));
        timed
            .map(|(place, at)| {
                edit(move |it| it.faults[place].trigger = Trigger::At(at.since_start()))
            })
            .collect()
    });
}

impl ShrinkSearch<'_> {
    /// The time at which each fault of the best plan is injected, if it is.
    fn when_faults_struck(&self) -> Vec<Option<Time>> {
        let scenario = &self.best;
        let plan = scenario.plan(self.seeds[0]);
        let run = crate::scenario::simulation::Simulation::new(plan, self.context.programs).run();
        let struck = |place: u32| {
            let strikes = |record: &&TraceRecord| matches!(record.fact, Fact::Fault(FaultFact::Injected { fault, .. }) if fault == place);
            run.trace.records().iter().find(strikes).map(|record| record.at)
        };
        // Faults of a plan are in the order of their times, and so are those of a plan's scenario.
        (0..scenario.faults.len() as u32).map(struck).collect()
    }
}
