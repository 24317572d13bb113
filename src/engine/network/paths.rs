//! The paths between all hosts; each is added when it is first used.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ids::HostId;
use super::path::{ConfigId, Path, PathConfig};
use crate::engine::rng::Stream;
use crate::engine::time::Time;

/// A path in use, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PathId(u32);

/// All paths that are in use, and the properties of those that are not.
#[derive(Debug)]
pub(super) struct Paths {
    /// Each of them can be shared by many paths.
    configs: Vec<PathConfig>,
    /// The properties of a usual path: within one host, and between two.
    usual: [ConfigId; 2],
    special: BTreeMap<(HostId, HostId), ConfigId>,
    all: Vec<Path>,
    /// The paths that belong to one pair of hosts only.
    own: BTreeMap<(HostId, HostId), PathId>,
    /// The usual paths, where all hosts can share one.
    shared: [Option<PathId>; 2],
}

impl Paths {
    pub(super) fn new(same_host: PathConfig, between_hosts: PathConfig) -> Paths {
        Paths {
            configs: vec![same_host, between_hosts],
            usual: [ConfigId(0), ConfigId(1)],
            special: BTreeMap::new(),
            all: Vec::new(),
            own: BTreeMap::new(),
            shared: [None, None],
        }
    }

    /// Sets the properties of a path that is not in use.
    pub(super) fn add_special(&mut self, from: HostId, to: HostId, config: PathConfig) {
        let config = self.add_config(config);
        self.special.insert((from, to), config);
    }

    /// The path from one host to another.
    pub(super) fn number(&mut self, from: HostId, to: HostId) -> PathId {
        if let Some(number) = self.own.get(&(from, to)) {
            return *number;
        }
        let kind = usize::from(from != to);
        let usual = self.usual[kind];
        let can_share = self.configs[usual.index()].has_no_state();
        if !can_share || self.special.contains_key(&(from, to)) {
            return self.add_own(from, to);
        }
        *self.shared[kind].get_or_insert_with(|| {
            self.all.push(Path::new(usual));
            PathId(self.all.len() as u32 - 1)
        })
    }

    /// Changes the properties of the path from one host to another; none resets them. Returns the path,
    /// which belongs to these hosts only from now on.
    pub(super) fn set(&mut self, from: HostId, to: HostId, config: Option<PathConfig>) -> PathId {
        let own = self.own.get(&(from, to)).copied();
        let number = own.unwrap_or_else(|| self.add_own(from, to));
        let config = config.map(|config| self.add_config(config));
        self.all[number.0 as usize].set(config);
        number
    }

    /// The present and the usual properties of the path from one host to another.
    pub(super) fn now_and_usually(&self, from: HostId, to: HostId) -> [&PathConfig; 2] {
        let special = self.special.get(&(from, to)).copied();
        let usual = special.unwrap_or(self.usual[usize::from(from != to)]);
        let own = self.own.get(&(from, to)).map(|number| self.all[number.0 as usize].config());
        [own.unwrap_or(usual), usual].map(|config| &self.configs[config.index()])
    }

    /// The time at which a segment arrives that is sent now, if none is in front of it.
    #[inline]
    pub(super) fn arrival(
        &mut self,
        number: PathId,
        now: Time,
        bytes: usize,
        draws: impl FnOnce() -> Stream,
        gap: impl Fn(u32) -> Duration,
    ) -> Time {
        let path = &mut self.all[number.0 as usize];
        let config = &self.configs[path.config().index()];
        path.arrival(config, now, bytes, draws, gap)
    }

    /// Returns whether the bandwidth of a path is limited.
    pub(super) fn is_limited(&self, number: PathId) -> bool {
        !self.configs[self.all[number.0 as usize].config().index()].has_no_state()
    }

    fn add_config(&mut self, config: PathConfig) -> ConfigId {
        self.configs.push(config);
        ConfigId(self.configs.len() as u32 - 1)
    }

    /// Adds a path from one host to another that belongs to them only.
    fn add_own(&mut self, from: HostId, to: HostId) -> PathId {
        let special = self.special.get(&(from, to)).copied();
        let config = special.unwrap_or(self.usual[usize::from(from != to)]);
        self.all.push(Path::new(config));
        let number = PathId(self.all.len() as u32 - 1);
        self.own.insert((from, to), number);
        number
    }
}
