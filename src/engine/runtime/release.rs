//! The releases of Erlang/OTP.

use std::fmt;

/// A release of Erlang/OTP that a node can run. Each is meant as it was last patched, but for the
/// oldest, which is 25.2.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum OtpRelease {
    /// OTP 25, of May 2022.
    #[default]
    Otp25,
    /// OTP 26, of May 2023.
    Otp26,
    /// OTP 27, of May 2024.
    Otp27,
    /// OTP 28, of May 2025.
    Otp28,
}

impl OtpRelease {
    /// All of them, the oldest first.
    pub const ALL: [OtpRelease; 4] =
        [OtpRelease::Otp25, OtpRelease::Otp26, OtpRelease::Otp27, OtpRelease::Otp28];

    /// Its number: 25.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            OtpRelease::Otp25 => 25,
            OtpRelease::Otp26 => 26,
            OtpRelease::Otp27 => 27,
            OtpRelease::Otp28 => 28,
        }
    }

    /// The release with this number.
    #[must_use]
    pub fn from_number(number: u64) -> Option<OtpRelease> {
        OtpRelease::ALL.into_iter().find(|release| u64::from(release.number()) == number)
    }

    /// Returns whether Erlang's documentation says that nodes of both releases work together: they
    /// do if no more than one release lies between them. Nodes further apart may connect all the
    /// same, as nodes of 25 and 29 did when they were tried.
    ///
    /// ```
    /// use nodedown::runtime::OtpRelease;
    ///
    /// assert!(OtpRelease::Otp25.is_compatible_with(OtpRelease::Otp27));
    /// assert!(!OtpRelease::Otp28.is_compatible_with(OtpRelease::Otp25));
    /// ```
    #[must_use]
    pub const fn is_compatible_with(self, other: OtpRelease) -> bool {
        self.number().abs_diff(other.number()) <= 2
    }

    /// Returns whether a start function that fails returns when its process has ended, and takes
    /// the `'EXIT'` of a linked one out of the mailbox (C19, D22).
    pub(crate) fn waits_for_failed_starts(self) -> bool {
        self >= OtpRelease::Otp26
    }

    /// Returns whether the application controller answers calls with `terminating` while it stops the
    /// applications, or leaves them without an answer (E14).
    pub(crate) fn answers_while_stopping(self) -> bool {
        self >= OtpRelease::Otp26
    }

    /// Returns whether the time of day follows the operating system's clock at once when that is
    /// set (`multi_time_warp`), or by going a little faster or slower (`no_time_warp`, A64).
    pub(crate) fn warps_time(self) -> bool {
        self >= OtpRelease::Otp26
    }

    /// Returns whether a scope of `pg` ends with a member that had watched it before it joined
    /// (G28).
    pub(crate) fn confuses_monitors_of_pg(self) -> bool {
        self == OtpRelease::Otp25
    }

    /// Returns whether a `simple_one_for_one` supervisor goes on listing a child that has ignored its
    /// restart, as one without a process (D23).
    pub(crate) fn lists_ignored_restarts(self) -> bool {
        self == OtpRelease::Otp25
    }

    /// Returns whether a `simple_one_for_one` supervisor can have an automatic shutdown (D32).
    pub(crate) fn shuts_simple_supervisors_down(self) -> bool {
        self < OtpRelease::Otp27
    }
}

impl fmt::Display for OtpRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OTP {}", self.number())
    }
}
