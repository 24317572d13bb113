//! The code and the files of compiled nodes: read once, and shared by all nodes, seeds and threads.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use sha2::{Digest as _, Sha256};

use crate::beam::Library;
use crate::beam::index::{Index, LoadError, Otp, OtpError, read_module};

/// The code and the files of the nodes of a scenario.
pub struct InstalledCode {
    /// The files that the nodes see.
    pub(crate) library: Arc<Library>,
    /// The version of Erlang/OTP: `25.2.3`.
    pub version: String,
    /// The digests of its modules and files when they were read.
    pub digests: CodeDigests,
    /// The applications that can be started, in the order of their names.
    pub applications: Vec<String>,
    /// The scenario's own modules that cannot be used, each with the reason.
    pub unusable: Vec<(String, String)>,
}

/// The SHA-256 of each of the scenario's own modules and files, in hexadecimal, by their names.
pub type CodeDigests = BTreeMap<String, String>;

impl fmt::Debug for InstalledCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstalledCode")
            .field("version", &self.version)
            .field("modules", &self.digests.len())
            .finish_non_exhaustive()
    }
}

/// The places of code and files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Places {
    pub otp: Option<PathBuf>,
    pub code: Vec<PathBuf>,
    pub config: Option<PathBuf>,
}

/// The reason why code cannot be used.
pub(super) enum Problem {
    /// There is no Erlang/OTP.
    Otp(OtpError),
    /// The folder of code with this place in the list cannot be used.
    Code(usize, LoadError),
    /// The configuration file cannot be read.
    Config(std::io::Error),
}

/// The code that has been read and is still in use.
static IN_USE: Mutex<BTreeMap<Places, Weak<InstalledCode>>> = Mutex::new(BTreeMap::new());

/// Reads what is in these places, unless a run of this program uses it already.
pub(super) fn installed(places: &Places) -> Result<Arc<InstalledCode>, Problem> {
    let mut in_use = IN_USE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = in_use.get(places).and_then(Weak::upgrade) {
        return Ok(known);
    }
    let read = Arc::new(read(places)?);
    in_use.retain(|_, known| known.strong_count() > 0);
    in_use.insert(places.clone(), Arc::downgrade(&read));
    Ok(read)
}

fn read(places: &Places) -> Result<InstalledCode, Problem> {
    let otp = Otp::find(places.otp.as_deref()).map_err(Problem::Otp)?;
    let mut own = Index::new();
    for (place, folder) in places.code.iter().enumerate() {
        own.add(folder).map_err(|error| Problem::Code(place, error))?;
    }
    let mut digests = CodeDigests::new();
    let mut unusable = Vec::new();
    for (module, path) in own.modules() {
        digests.insert(module.to_owned(), digest_of(path));
        if let Err(error) = read_module(path) {
            unusable.push((module.to_owned(), error.to_string()));
        }
    }
    let library = Library::new(&otp, &places.code);
    let mut library = library.map_err(|error| Problem::Code(0, error))?;
    if let Some(config) = &places.config {
        let contents = fs::read(config).map_err(Problem::Config)?;
        let name = config.file_name().unwrap_or_default().to_string_lossy();
        digests.insert(name.into_owned(), hexadecimal(&contents));
        library = library.with_file(config.clone(), contents);
    }
    let applications = applications(library.code_path());
    let version = otp.version;
    Ok(InstalledCode { library: Arc::new(library), version, digests, applications, unusable })
}

fn digest_of(path: &Path) -> String {
    fs::read(path).map(|bytes| hexadecimal(&bytes)).unwrap_or_default()
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digits: Vec<String> =
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// The applications whose files are in these folders.
fn applications(folders: &[PathBuf]) -> Vec<String> {
    let files = folders.iter().filter_map(|folder| fs::read_dir(folder).ok());
    let names = files.flatten().flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_suffix(".app").map(str::to_owned)
    });
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    names.dedup();
    names
}
