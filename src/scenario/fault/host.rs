//! Faults of hosts and of sites: loss of power, and its return.

use super::draw::{Draw, DrawForm, DrawLimits, DrawMoment, FaultGroup, pick};
use super::effect::{
    Effect, FaultForm, Fields, Reading, Summary, Writing, host_id, of, restart_after,
};
use super::{Fault, FaultCategory, FaultKind, Reach, Site};
use crate::document::shape::{Field, NameKind, Shape};
use crate::engine::network::HostId;
use crate::engine::rng::Stream;
use crate::engine::runtime::World;
use crate::engine::term::Atom;

fn host(name: &'static str) -> Field {
    Field::required(name, Shape::Name(NameKind::Host), "The host.")
}

fn site(name: &'static str) -> Field {
    Field::required(name, Shape::Name(NameKind::Site), "The site.")
}

fn read_site(reading: &Reading<'_, '_>) -> Option<Site> {
    let hosts = reading.resolver.hosts_named(reading.value)?;
    Some(Site { name: reading.value.atom()?, hosts })
}

pub(super) const CRASH_HOST: FaultForm = FaultForm {
    name: "crash_host",
    about: "Cuts the power of a host with all its nodes; peers notice by silence.",
    fields: |name| vec![host(name), restart_after()],
    read: |reading| Some(vec![Fault::CrashHost(reading.value.atom()?)]),
};

pub(super) struct CrashHost(pub(super) Atom);

impl Effect for CrashHost {
    fn inject(&self, world: &World) {
        world.crash_host(host_id(world, self.0));
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        idle_without_power(world, host_id(world, self.0))
    }

    fn summary(&self) -> Summary {
        Summary {
            category: Some(FaultCategory::CrashHost),
            reach: Reach::Lost,
            undo: Some(Fault::StartHost(self.0)),
            hosts: vec![self.0],
            ..Summary::default()
        }
    }

    fn describe(&self) -> String {
        format!("host {} loses power", self.0)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        of(&CRASH_HOST, self.0)
    }
}

pub(super) const START_HOST: FaultForm = FaultForm {
    name: "start_host",
    about: "Gives a host its power back; the nodes that were up start again.",
    fields: |name| vec![host(name)],
    read: |reading| Some(vec![Fault::StartHost(reading.value.atom()?)]),
};

pub(super) struct StartHost(pub(super) Atom);

impl Effect for StartHost {
    fn inject(&self, world: &World) {
        world.start_host(host_id(world, self.0));
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        idle_with_power(world, host_id(world, self.0))
    }

    fn summary(&self) -> Summary {
        Summary { hosts: vec![self.0], ..Summary::default() }
    }

    fn describe(&self) -> String {
        format!("host {} has power again", self.0)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        of(&START_HOST, self.0)
    }
}

pub(super) const CRASH_SITE: FaultForm = FaultForm {
    name: "crash_site",
    about: "Cuts the power of a site with all its hosts and nodes; peers notice by silence.",
    fields: |name| vec![site(name), restart_after()],
    read: |reading| Some(vec![Fault::CrashSite(read_site(reading)?)]),
};

pub(super) struct CrashSite<'f>(pub(super) &'f Site);

impl Effect for CrashSite<'_> {
    fn inject(&self, world: &World) {
        self.0.hosts.iter().for_each(|host| world.crash_host(host_id(world, *host)));
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        all_in_vain(&self.0.hosts, |name| idle_without_power(world, host_id(world, name)))
    }

    fn summary(&self) -> Summary {
        Summary {
            category: Some(FaultCategory::CrashSite),
            reach: Reach::Lost,
            undo: Some(Fault::StartSite(self.0.clone())),
            hosts: self.0.hosts.clone(),
            ..Summary::default()
        }
    }

    fn describe(&self) -> String {
        format!("site {} loses power", self.0.name)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        of(&CRASH_SITE, self.0.name)
    }
}

pub(super) const START_SITE: FaultForm = FaultForm {
    name: "start_site",
    about: "Gives a site its power back; the nodes that were up start again.",
    fields: |name| vec![site(name)],
    read: |reading| Some(vec![Fault::StartSite(read_site(reading)?)]),
};

pub(super) struct StartSite<'f>(pub(super) &'f Site);

impl Effect for StartSite<'_> {
    fn inject(&self, world: &World) {
        self.0.hosts.iter().for_each(|host| world.start_host(host_id(world, *host)));
    }

    fn without_effect(&self, world: &World) -> Option<String> {
        all_in_vain(&self.0.hosts, |name| idle_with_power(world, host_id(world, name)))
    }

    fn summary(&self) -> Summary {
        Summary { hosts: self.0.hosts.clone(), ..Summary::default() }
    }

    fn describe(&self) -> String {
        format!("site {} has power again", self.0.name)
    }

    fn write(&self, _: &Writing<'_>) -> Fields {
        of(&START_SITE, self.0.name)
    }
}

/// The reason why a loss of power would change nothing.
fn idle_without_power(world: &World, host: HostId) -> Option<String> {
    let name = world.host_name(host);
    if !world.has_power(host) {
        return Some(format!("{name} has no power"));
    }
    let idle = world.nodes_on(host).into_iter().all(|node| !world.is_up(node));
    idle.then(|| format!("no node on {name} is up"))
}

/// The reason why a return of power would change nothing.
fn idle_with_power(world: &World, host: HostId) -> Option<String> {
    let name = world.host_name(host);
    if world.has_power(host) {
        return Some(format!("{name} has power"));
    }
    let idle = !world.nodes_on(host).into_iter().any(|node| world.has_lost_power(node));
    idle.then(|| format!("no node on {name} was up when it lost power"))
}

/// The reasons of all of these; `None` if something would change for one of them.
fn all_in_vain(names: &[Atom], why: impl Fn(Atom) -> Option<String>) -> Option<String> {
    let whys: Option<Vec<String>> = names.iter().map(|name| why(*name)).collect();
    whys.map(|whys| whys.join(", "))
}

pub(super) const CRASH_HOST_DRAW: DrawForm = DrawForm {
    name: "crash_host",
    about: "A host loses power with all its nodes.",
    read: |_| Some(FaultKind::CrashHost),
    ..DrawForm::LASTING
};

/// A host of which all nodes may be struck loses power.
pub(super) struct AnyHost;

impl Draw for AnyHost {
    fn form(&self) -> &'static DrawForm {
        &CRASH_HOST_DRAW
    }

    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        let hosts = moment.context.hosts.iter().filter(|(_, own)| all_struck(own, moment.nodes));
        let (host, nodes) = pick(&hosts.collect::<Vec<_>>(), rng)?;
        moment.down_together(nodes, Fault::CrashHost(*host))
    }

    fn idle(&self, limits: &DrawLimits) -> Option<&'static str> {
        (!limits.fits_one_of(&limits.groups.hosts))
            .then_some("no host has nodes of the chaos only, and no more than the budget")
    }
}

pub(super) const CRASH_SITE_DRAW: DrawForm = DrawForm {
    name: "crash_site",
    about: "A site loses power with all its hosts and nodes.",
    read: |_| Some(FaultKind::CrashSite),
    ..DrawForm::LASTING
};

/// A site of which all nodes may be struck loses power.
pub(super) struct AnySite;

impl Draw for AnySite {
    fn form(&self) -> &'static DrawForm {
        &CRASH_SITE_DRAW
    }

    fn draw(&self, moment: &DrawMoment<'_>, rng: &mut Stream) -> Option<FaultGroup> {
        let sites = moment.context.sites.iter().filter(|(_, own)| all_struck(own, moment.nodes));
        let (site, nodes) = pick(&sites.collect::<Vec<_>>(), rng)?;
        moment.down_together(nodes, Fault::CrashSite(site.clone()))
    }

    fn idle(&self, limits: &DrawLimits) -> Option<&'static str> {
        (!limits.fits_one_of(&limits.groups.sites))
            .then_some("no site has nodes of the chaos only, and no more than the budget")
    }
}

fn all_struck(own: &[Atom], nodes: &[Atom]) -> bool {
    !own.is_empty() && own.iter().all(|node| nodes.contains(node))
}
