//! The Linux kernel of a host, which repeats requests for a connection that are not answered.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::engine::time::Time;

/// The release of a Linux kernel, as far as it matters.
///
/// A host asks for a connection with a SYN and repeats it until there is an answer. Since 6.5 it
/// does so after 1, 2, 3, 4, 5, 7, 11 s and so on (`tcp_syn_linear_timeouts`), before after 1, 3, 7,
/// 15 s. A path that is there again between two of them is used from the next one on.
///
/// ```
/// use nodedown::network::Kernel;
///
/// let ubuntu: Kernel = "5.15.0-91-generic".parse().unwrap();
/// assert_eq!(ubuntu.to_string(), "5.15");
/// assert!(ubuntu < Kernel::default());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kernel {
    /// The first number of the release.
    pub major: u16,
    /// The second.
    pub minor: u16,
}

/// The first release that repeats its first SYNs at even distances.
const LINEAR: Kernel = Kernel { major: 6, minor: 5 };

/// The number of repetitions at even distances (`tcp_syn_linear_timeouts`).
const LINEAR_REPETITIONS: u32 = 4;

/// The time to the first repetition.
const FIRST_GAP: Duration = Duration::from_secs(1);

impl Default for Kernel {
    /// 6.5.
    fn default() -> Kernel {
        LINEAR
    }
}

impl Kernel {
    /// The time until a SYN is sent again after this number of repetitions.
    pub(super) fn syn_gap(self, repetitions: u32) -> Duration {
        let linear = if self < LINEAR { 0 } else { LINEAR_REPETITIONS };
        FIRST_GAP.saturating_mul(1 << repetitions.saturating_sub(linear).min(20))
    }

    /// The first repetition, from `now` on, of a SYN that was first sent at `sent`.
    pub(super) fn next_syn(self, sent: Time, now: Time) -> Time {
        let mut at = sent;
        for repetitions in 0.. {
            at += self.syn_gap(repetitions);
            if at >= now {
                break;
            }
        }
        at
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A text that does not name a release of a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected the release of a Linux kernel, as `uname -r` prints it: \"5.15\", \"6.8.0-45-generic\""
)]
pub struct KernelError;

impl FromStr for Kernel {
    type Err = KernelError;

    /// Reads `5.15`, or the longer form that `uname -r` prints.
    fn from_str(text: &str) -> Result<Kernel, KernelError> {
        let (major, rest) = text.split_once('.').ok_or(KernelError)?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (minor, rest) = rest.split_at(end);
        let number = |digits: &str| {
            let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|_| are_digits).ok_or(KernelError)
        };
        if rest.is_empty() || rest.starts_with(['.', '-', '+']) {
            Ok(Kernel { major: number(major)?, minor: number(minor)? })
        } else {
            Err(KernelError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times at which a SYN that is first sent at 0 s is repeated, in seconds.
    fn repetitions(kernel: &str) -> Vec<u64> {
        let kernel: Kernel = kernel.parse().unwrap();
        let mut times = vec![0];
        while times.len() < 9 {
            let after = Time::ZERO + Duration::from_secs(*times.last().unwrap());
            let next = kernel.next_syn(Time::ZERO, after.plus_nanos(1));
            times.push(next.as_nanos() / 1_000_000_000);
        }
        times
    }

    #[test]
    fn a_syn_is_repeated_as_the_kernel_has_it() {
        assert_eq!(repetitions("6.5"), [0, 1, 2, 3, 4, 5, 7, 11, 19]);
        assert_eq!(repetitions("6.18.44-fc-v769"), repetitions("6.5"));
        assert_eq!(repetitions("6.4.9"), [0, 1, 3, 7, 15, 31, 63, 127, 255]);
        assert_eq!(repetitions("5.15.0-91-generic"), repetitions("6.4"));
    }

    #[test]
    fn a_repetition_at_this_instant_counts() {
        let at = |seconds| Time::ZERO + Duration::from_secs(seconds);
        assert_eq!(Kernel::default().next_syn(Time::ZERO, at(5)), at(5));
        assert_eq!(Kernel::default().next_syn(at(1), at(1)), at(2));
    }

    #[test]
    fn what_is_no_release_is_refused() {
        for text in ["", "6", "six.five", "6.", ".5", "6.5beta", "-6.5", "6.+5", "70000.1"] {
            assert_eq!(text.parse::<Kernel>(), Err(KernelError), "{text}");
        }
    }
}
