//! Scenarios and their verdicts.

mod chaos;
mod controls;
mod disks;
mod erlang;
mod explained;
mod faults;
mod histories;
mod mutations;
mod own_code;
mod quorum;
mod raft;
mod scenarios;
mod sites;
mod story;
mod timeline;
mod upkeep;
mod verdict;
mod verdicts;
