//! The paths between all hosts; each is laid when it is first used.

use std::collections::BTreeMap;
use std::time::Duration;

use super::HostId;
use super::path::{Path, PathConfig};
use crate::rng::Stream;
use crate::time::Time;

/// All paths that are in use, by number, and what those will be like that are not.
#[derive(Debug)]
pub(super) struct Paths {
    /// Each of them can be that of many paths.
    configs: Vec<PathConfig>,
    /// What paths are usually like: within one host, and between two.
    usual: [u32; 2],
    special: BTreeMap<(HostId, HostId), u32>,
    all: Vec<Path>,
    /// The paths that belong to one pair of hosts only.
    own: BTreeMap<(HostId, HostId), u32>,
    /// The usual paths, where all hosts can share one.
    shared: [Option<u32>; 2],
}

impl Paths {
    pub(super) fn new(same_host: PathConfig, between_hosts: PathConfig) -> Paths {
        Paths {
            configs: vec![same_host, between_hosts],
            usual: [0, 1],
            special: BTreeMap::new(),
            all: Vec::new(),
            own: BTreeMap::new(),
            shared: [None, None],
        }
    }

    /// Says what the path from one host to another is like, which is not in use.
    pub(super) fn add_special(&mut self, from: HostId, to: HostId, config: PathConfig) {
        let config = self.add_config(config);
        self.special.insert((from, to), config);
    }

    /// The path from one host to another.
    pub(super) fn number(&mut self, from: HostId, to: HostId) -> u32 {
        if let Some(number) = self.own.get(&(from, to)) {
            return *number;
        }
        let kind = usize::from(from != to);
        let usual = self.usual[kind];
        let can_share = self.configs[usual as usize].has_no_state();
        if !can_share || self.special.contains_key(&(from, to)) {
            return self.lay(from, to);
        }
        *self.shared[kind].get_or_insert_with(|| {
            self.all.push(Path::new(usual));
            self.all.len() as u32 - 1
        })
    }

    /// Replaces what the path from one host to another is like; nothing puts it back. Returns the
    /// path, which belongs to these hosts only from now on.
    pub(super) fn set(&mut self, from: HostId, to: HostId, config: Option<PathConfig>) -> u32 {
        let own = self.own.get(&(from, to)).copied();
        let number = own.unwrap_or_else(|| self.lay(from, to));
        let config = config.map(|config| self.add_config(config));
        self.all[number as usize].set(config);
        number
    }

    /// What the path from one host to another is like, and what it is usually like.
    pub(super) fn now_and_usually(&self, from: HostId, to: HostId) -> [&PathConfig; 2] {
        let special = self.special.get(&(from, to)).copied();
        let usual = special.unwrap_or(self.usual[usize::from(from != to)]);
        let own = self.own.get(&(from, to)).map(|number| self.all[*number as usize].config());
        [own.unwrap_or(usual), usual].map(|config| &self.configs[config as usize])
    }

    /// When something sent now would arrive, were it the only thing under way.
    #[inline]
    pub(super) fn arrival(
        &mut self,
        number: u32,
        now: Time,
        bytes: usize,
        draws: impl FnOnce() -> Stream,
        gap: impl Fn(u32) -> Duration,
    ) -> Time {
        let path = &mut self.all[number as usize];
        let config = &self.configs[path.config() as usize];
        path.arrival(config, now, bytes, draws, gap)
    }

    /// Whether a path lets only so many bytes through at a time.
    pub(super) fn is_limited(&self, number: u32) -> bool {
        !self.configs[self.all[number as usize].config() as usize].has_no_state()
    }

    fn add_config(&mut self, config: PathConfig) -> u32 {
        self.configs.push(config);
        self.configs.len() as u32 - 1
    }

    /// Lays the path from one host to another that belongs to them only.
    fn lay(&mut self, from: HostId, to: HostId) -> u32 {
        let special = self.special.get(&(from, to)).copied();
        let config = special.unwrap_or(self.usual[usize::from(from != to)]);
        self.all.push(Path::new(config));
        let number = self.all.len() as u32 - 1;
        self.own.insert((from, to), number);
        number
    }
}
