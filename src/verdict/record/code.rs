//! The compiled code of a run, and how that of another run differs.

use std::fmt;

use crate::scenario::{CodeDigests, Scenario};
use crate::spelling::first_few;

/// The most names that are told.
const TOLD: usize = 8;

/// The compiled code that the nodes of a run ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCode {
    /// The version of Erlang/OTP: `25.2.3`.
    pub otp: String,
    /// The digests of the scenario's own modules and files.
    pub digests: CodeDigests,
}

/// The differences between the code of two runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeDifference {
    /// The versions of Erlang/OTP, if they differ.
    pub otp: Option<[String; 2]>,
    /// The modules and files that both have, and that differ.
    pub changed: Vec<String>,
    /// Those that only the other one has.
    pub added: Vec<String>,
    /// Those that only this one has.
    pub removed: Vec<String>,
}

impl RecordedCode {
    /// The code of a scenario, if it has some.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Option<RecordedCode> {
        let installed = scenario.erlang.as_ref()?.installed.as_ref().ok()?;
        let (otp, digests) = (installed.version.clone(), installed.digests.clone());
        Some(RecordedCode { otp, digests })
    }

    /// The differences to other code; `None` if there are none.
    #[must_use]
    pub fn difference(&self, other: &RecordedCode) -> Option<CodeDifference> {
        let only = |one: &CodeDigests, other: &CodeDigests| -> Vec<String> {
            one.keys().filter(|name| !other.contains_key(*name)).cloned().collect()
        };
        let (own, others) = (&self.digests, &other.digests);
        let changed = own
            .iter()
            .filter(|(name, digest)| others.get(*name).is_some_and(|other| other != *digest));
        let difference = CodeDifference {
            otp: (self.otp != other.otp).then(|| [self.otp.clone(), other.otp.clone()]),
            changed: changed.map(|(name, _)| name.clone()).collect(),
            added: only(others, own),
            removed: only(own, others),
        };
        (difference != CodeDifference::default()).then_some(difference)
    }
}

impl fmt::Display for CodeDifference {
    /// The changes since the first run, in one line: `bank_server differs; bank_log is new`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CodeDifference { otp, changed, added, removed } = self;
        let mut parts = Vec::new();
        for (names, one, several) in [
            (changed, "differs", "differ"),
            (added, "is new", "are new"),
            (removed, "is gone", "are gone"),
        ] {
            if !names.is_empty() {
                let verb = if names.len() == 1 { one } else { several };
                parts.push(format!("{} {verb}", first_few(names, TOLD, ", ")));
            }
        }
        if let Some([one, other]) = otp {
            parts.push(format!("Erlang/OTP is {other} instead of {one}"));
        }
        f.write_str(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(otp: &str, digests: &[(&str, &str)]) -> RecordedCode {
        let owned = |(name, digest): &(&str, &str)| ((*name).to_owned(), (*digest).to_owned());
        RecordedCode { otp: otp.to_owned(), digests: digests.iter().map(owned).collect() }
    }

    #[test]
    fn code_that_has_changed_is_told_by_the_names_of_its_modules() {
        let one = code("25.2.3", &[("bank", "1"), ("bank_log", "2"), ("bank_server", "3")]);
        let check = |other: &RecordedCode, expected: Option<&str>| {
            let said = one.difference(other).map(|difference| difference.to_string());
            assert_eq!(said.as_deref(), expected);
        };
        check(&one, None);
        let changed = code("25.2.3", &[("bank", "9"), ("bank_log", "2"), ("bank_server", "8")]);
        check(&changed, Some("bank, bank_server differ"));
        let other = code("27.1", &[("bank", "1"), ("bank_log", "7"), ("bank_new", "4")]);
        let text = "bank_log differs; bank_new is new; bank_server is gone; \
                    Erlang/OTP is 27.1 instead of 25.2.3";
        check(&other, Some(text));
        let many: Vec<String> = (0..10).map(|number| format!("m{number}")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "1")).collect();
        let said = code("25", &many).difference(&code("25", &[])).unwrap().to_string();
        assert_eq!(said, "m0, m1, m2, m3, m4, m5, m6, m7 and 2 more are gone");
    }
}
