//! Erlang/OTP and Elixir as they are installed: where they are, and which release.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use thiserror::Error;

use super::{Index, LoadError};

/// The variable of the environment that says where OTP is.
const VARIABLE: &str = "NODEDOWN_OTP";
/// The oldest and the newest release whose modules can be read.
const RELEASES: std::ops::RangeInclusive<u32> = 25..=29;

/// An installation of Erlang/OTP, or a release of a system that brings its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Otp {
    /// Its folder, in which `lib/kernel-…` lies.
    pub root: PathBuf,
    /// Its version: `25.2.3`, or `25` where no more is known.
    pub version: String,
}

/// The reason why there is no OTP to read modules from.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OtpError {
    /// None is installed, as far as can be seen.
    #[error(
        "no Erlang/OTP is found: there is no erl on the path, and {VARIABLE} is not set\n  \
         install it (apt install erlang, brew install erlang), or say where it is: --otp DIR"
    )]
    NotInstalled,
    /// The folder that was named is not one of OTP.
    #[error("{} is no folder of Erlang/OTP: it has no lib/kernel-*/ebin{}", root.display(), hint(root))]
    NoOtp {
        /// The folder.
        root: PathBuf,
    },
    /// The release is too old or too new.
    #[error("{} is Erlang/OTP {version}: modules of OTP 25 to 29 can be read", root.display())]
    Unsupported {
        /// Its folder.
        root: PathBuf,
        /// Its version.
        version: String,
    },
}

/// The folder that was probably meant.
fn hint(root: &Path) -> String {
    let near = ["lib/erlang", "../lib/erlang", "..", "erlang"].map(|path| root.join(path));
    match near.into_iter().find(|folder| kernel(folder).is_some()) {
        Some(folder) => format!("\n  did you mean {}?", folder.display()),
        None => String::new(),
    }
}

impl Otp {
    /// The installation that is asked for: the folder that was named, the one that the variable
    /// `NODEDOWN_OTP` names, or that of the `erl` on the path.
    ///
    /// # Errors
    ///
    /// When there is none, or its release cannot be read.
    pub fn find(named: Option<&Path>) -> Result<Otp, OtpError> {
        let variable =
            || env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
        match named.map(Path::to_owned).or_else(variable) {
            Some(root) => Otp::at(&root),
            None => Otp::at(&on_path().ok_or(OtpError::NotInstalled)?),
        }
    }

    /// The installation in a folder.
    ///
    /// # Errors
    ///
    /// When it is none, or its release cannot be read.
    pub fn at(root: &Path) -> Result<Otp, OtpError> {
        let Some(kernel) = kernel(root) else {
            return Err(OtpError::NoOtp { root: root.to_owned() });
        };
        let release = start_data(root).or_else(|| release_of_kernel(&kernel));
        let version = release.map_or_else(
            || format!("with kernel {}", numbers_text(&kernel)),
            |release| exact_version(root, release).unwrap_or_else(|| release.to_string()),
        );
        if release.is_some_and(|release| RELEASES.contains(&release)) {
            Ok(Otp { root: root.to_owned(), version })
        } else {
            Err(OtpError::Unsupported { root: root.to_owned(), version })
        }
    }

    /// The number of the release: 25.
    #[must_use]
    pub fn release(&self) -> u32 {
        self.version.split('.').next().and_then(|number| number.parse().ok()).unwrap_or_default()
    }

    /// The folders of its modules: the newest version of each library, in the order of the names,
    /// with kernel and stdlib first, as Erlang's code path has them.
    #[must_use]
    pub fn folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<(u8, String, PathBuf)> = libraries(&self.root)
            .into_iter()
            .map(|(name, (_, folder))| (rank(&name), name, folder.join("ebin")))
            .filter(|(_, _, folder)| folder.is_dir())
            .collect();
        folders.sort();
        folders.into_iter().map(|(_, _, folder)| folder).collect()
    }

    /// An index of all its modules.
    ///
    /// # Errors
    ///
    /// When a folder cannot be listed.
    pub fn index(&self) -> Result<Index, LoadError> {
        let mut index = Index::new();
        self.add_to(&mut index)?;
        Ok(index)
    }

    /// Adds its folders at the end of an index. A release of a system has the modules that a node
    /// begins with only in the program of its runtime system.
    pub(in crate::beam) fn add_to(&self, index: &mut Index) -> Result<(), LoadError> {
        self.folders().iter().try_for_each(|folder| index.add_folder(folder))?;
        match self.emulator() {
            Some((name, program)) if index.find("erlang").is_none() => {
                index.add_emulator(&program, &self.root.join("lib").join(name).join("ebin"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The folder and the program of its runtime system, of the newest version: `erts-16.4`.
    fn emulator(&self) -> Option<(String, PathBuf)> {
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let programs = entries.filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let program = entry.path().join("bin/beam.smp");
            let version = numbers(name.strip_prefix("erts-")?);
            program.is_file().then_some((version, name, program))
        });
        programs.max().map(|(_, name, program)| (name, program))
    }
}

/// The folders of Elixir's own modules, where the `elixir` on the path belongs to; none without it.
#[must_use]
pub fn elixir_folders() -> Vec<PathBuf> {
    let root = program("elixir").and_then(|program| Some(program.parent()?.parent()?.to_owned()));
    let Some(lib) = root.map(|root| root.join("lib")) else { return Vec::new() };
    super::glob::folders(&lib.join("*").join("ebin"))
}

fn rank(library: &str) -> u8 {
    match library {
        "kernel" => 0,
        "stdlib" => 1,
        _ => 2,
    }
}

/// The numbers of a version, in their order.
type Numbers = Vec<u32>;

/// The libraries of an installation, each with its newest version.
fn libraries(root: &Path) -> BTreeMap<String, (Numbers, PathBuf)> {
    let mut libraries: BTreeMap<String, (Numbers, PathBuf)> = BTreeMap::new();
    for entry in fs::read_dir(root.join("lib")).into_iter().flatten().flatten() {
        let folder_name = entry.file_name().to_string_lossy().into_owned();
        let (name, version) = folder_name.split_once('-').unwrap_or((&folder_name, ""));
        let version = numbers(version);
        match libraries.get(name) {
            Some((other, _)) if *other >= version => {}
            Some(_) | None => {
                libraries.insert(name.to_owned(), (version, entry.path()));
            }
        }
    }
    libraries
}

fn numbers(version: &str) -> Numbers {
    version.split('.').map(|number| number.parse().unwrap_or(0)).collect()
}

fn numbers_text(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

/// The version of the kernel of an installation, if it is one.
fn kernel(root: &Path) -> Option<Numbers> {
    let (version, folder) = libraries(root).remove("kernel")?;
    folder.join("ebin").is_dir().then_some(version)
}

/// The release as `releases/start_erl.data` says it: `13.1.5 25`.
fn start_data(root: &Path) -> Option<u32> {
    let text = fs::read_to_string(root.join("releases/start_erl.data")).ok()?;
    let release = text.split_whitespace().nth(1)?.parse().ok()?;
    // The system that brings its own OTP has a version of its own there.
    root.join(format!("releases/{release}/OTP_VERSION")).is_file().then_some(release)
}

fn exact_version(root: &Path, release: u32) -> Option<String> {
    let text = fs::read_to_string(root.join(format!("releases/{release}/OTP_VERSION"))).ok()?;
    let version = text.trim().trim_end_matches("**");
    version.starts_with(&format!("{release}.")).then(|| version.to_owned())
}

/// The release that a kernel belongs to.
fn release_of_kernel(version: &[u32]) -> Option<u32> {
    match version {
        [8, 5, ..] => Some(25),
        [9, ..] => Some(26),
        [10, 0..=2, ..] => Some(27),
        [10, ..] => Some(28),
        [11, ..] => Some(29),
        _ => None,
    }
}

/// The installation that the `erl` on the path belongs to.
fn on_path() -> Option<PathBuf> {
    let erl = program("erl")?;
    let around = erl.ancestors().skip(1);
    let root = around.take(3).find(|folder| kernel(folder).is_some()).map(Path::to_owned);
    root.or_else(|| root_in_script(&erl)).or_else(|| answer_of(&erl))
}

/// The file of a program on the path, with all links followed.
fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let files = env::split_paths(&path).map(|folder| folder.join(name));
    files.filter(|file| file.is_file()).find_map(|file| fs::canonicalize(file).ok())
}

/// The folder that the script `erl` itself names.
fn root_in_script(erl: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(erl).ok()?;
    let roots = text.lines().filter_map(|line| line.trim().strip_prefix("ROOTDIR="));
    let mut roots = roots.map(|root| PathBuf::from(root.trim_matches('"')));
    roots.find(|root| kernel(root).is_some())
}

/// The folder that `erl` itself says, which may be the script of a manager of versions.
fn answer_of(erl: &Path) -> Option<PathBuf> {
    let ask = "io:format(\"~ts\", [code:root_dir()]), halt().";
    let output = Command::new(erl).args(["-noshell", "-eval", ask]).output().ok()?;
    let root = PathBuf::from(String::from_utf8(output.stdout).ok()?);
    kernel(&root).map(|_| root)
}
