//! The code and the files of compiled nodes: read once, and shared by all nodes, seeds and threads.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use sha2::{Digest as _, Sha256};

use super::doubts::Doubts;
use crate::beam::index::{
    Index, LoadError, Otp, OtpError, elixir_folders, parse_module, read_file,
};
use crate::beam::node::{VmArgsError, read_term, vm_args};
use crate::beam::{AtomIndex, Library};
use crate::document::diagnostic::{quoted, suggestion};
use crate::engine::term::{Atom, Term};

/// The code and the files of the nodes of a scenario.
pub struct InstalledCode {
    /// The files that the nodes see.
    pub(crate) library: Arc<Library>,
    /// The version of Erlang/OTP: `25.2.3`.
    pub version: String,
    /// The digests of its modules and files when they were read.
    pub digests: CodeDigests,
    /// The files of the applications that can be started, by their names.
    pub applications: BTreeMap<String, PathBuf>,
    /// The folders of the scenario's own modules.
    folders: Vec<PathBuf>,
    /// The names of the scenario's own modules.
    modules: Vec<String>,
    /// The scenario's own modules that cannot be used, each with the reason.
    pub unusable: Vec<(String, String)>,
    /// The doubts about its modules, each with the remedy.
    pub doubts: Vec<(String, String)>,
    /// The arguments of the scenario's file of them, but for the name of the node.
    pub vm_args: Vec<String>,
}

/// The SHA-256 of each of the scenario's own modules and files, in hexadecimal, by their names.
pub type CodeDigests = BTreeMap<String, String>;

impl InstalledCode {
    /// The applications that must run before this one, as its file says; those that may be missing are
    /// left out. Nothing if there is no such file that can be read.
    #[must_use]
    pub fn needed_by(&self, application: &str) -> Vec<String> {
        let file = self.applications.get(application);
        let text = file.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
        let Ok(term) = read_term(&text) else { return Vec::new() };
        let fields = term.tagged("application").and_then(|parts| parts.get(1)?.as_list());
        let names = |field: &str| -> Vec<String> {
            let mut found = fields.into_iter().flatten().filter_map(|pair| pair.tagged(field));
            let names = found.next().and_then(|rest| rest.first()?.as_list()).unwrap_or_default();
            names.iter().filter_map(Term::as_atom).map(|name| name.as_str().to_owned()).collect()
        };
        let optional = names("optional_applications");
        let mut needed = names("applications");
        needed.extend(names("included_applications"));
        needed.retain(|name| !optional.contains(name));
        needed
    }

    /// The applications whose files are in the scenario's own folders.
    pub(super) fn own_applications(&self) -> Vec<&str> {
        let is_own = |file: &&PathBuf| self.folders.iter().any(|folder| file.starts_with(folder));
        let own = self.applications.iter().filter(|(_, file)| is_own(file));
        own.map(|(name, _)| name.as_str()).collect()
    }

    /// The reason why a function cannot be called, and what to do; `None` if it can be.
    pub(in crate::scenario) fn lacks(
        &self,
        module: Atom,
        function: Atom,
        arity: usize,
    ) -> Option<(String, String)> {
        let name = AtomIndex::new(module.as_str());
        let called = AtomIndex::new(function.as_str());
        let callable = self.library.functions_of(name);
        if callable.is_empty() {
            if self.library.file_of(name).is_some() {
                // It cannot be read, which is told.
                return None;
            }
            let message = format!("there is no module {module} in the folders of code");
            let own: Vec<&str> = self.modules.iter().map(String::as_str).collect();
            return Some((message, suggestion(module.as_str(), &own, "modules")));
        }
        let answers_all = (AtomIndex::new("$handle_undefined_function"), 2);
        let arity = u8::try_from(arity).unwrap_or(u8::MAX);
        if callable.contains(&(called, arity)) || callable.contains(&answers_all) {
            return None;
        }
        let message = format!("{module} exports no {function}/{arity}");
        let written = |(name, arity): &(AtomIndex, u8)| format!("{}/{arity}", name.as_str());
        let same: Vec<String> =
            callable.iter().filter(|(name, _)| *name == called).map(written).collect();
        if !same.is_empty() {
            return Some((message, format!("it exports {}", quoted(&same))));
        }
        let mut others: Vec<String> = callable.iter().map(written).collect();
        others.retain(|name| !name.starts_with("module_info/"));
        let others: Vec<&str> = others.iter().map(String::as_str).collect();
        let meant = format!("{function}/{arity}");
        Some((message, suggestion(&meant, &others, "functions that it exports")))
    }
}

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
    pub vm_args: Option<PathBuf>,
    /// The boot file, with its ending.
    pub boot: Option<PathBuf>,
}

/// The reason why code cannot be used.
pub(super) enum Problem {
    /// There is no Erlang/OTP.
    Otp(OtpError),
    /// The folder of code with this place in the list cannot be used.
    Code(usize, LoadError),
    /// The file that this field names cannot be read.
    File(&'static str, io::Error),
    /// The file of arguments makes no sense.
    VmArgs(VmArgsError),
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
    let own_folders = own.folders().to_vec();
    let mut digests = CodeDigests::new();
    let mut unusable = Vec::new();
    let mut code = places.code.clone();
    let is_elixir = own.modules().any(|(module, _)| module.starts_with("Elixir."));
    if is_elixir && own.find("elixir").is_none() {
        // Builds of mix leave out what is installed with Elixir; releases have it.
        code.extend(elixir_folders());
    }
    let library = Library::new(&otp, &code);
    let mut library = library.map_err(|error| Problem::Code(0, error))?;
    let mut doubts = Doubts::default();
    let of_otp = otp.index().map_err(|error| Problem::Code(0, error))?;
    for (module, path) in own.modules() {
        let read = read_file(path).map(|bytes| {
            digests.insert(module.to_owned(), sha256_of(&bytes));
            parse_module(path, &bytes)
        });
        match read.flatten() {
            // Releases bring OTP's own modules along.
            Ok(module) if of_otp.find(&module.name).is_some() => {}
            Ok(module) => doubts.look_at(&module, library.natives(), otp.release()),
            Err(error) => unusable.push((module.to_owned(), error.to_string())),
        }
    }
    let modules = own.modules().map(|(module, _)| module.to_owned()).collect();
    let mut contents_of = |field, path: &Option<PathBuf>| -> Result<Option<Vec<u8>>, Problem> {
        let Some(path) = path else { return Ok(None) };
        let contents = fs::read(path).map_err(|error| Problem::File(field, error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        digests.insert(name.into_owned(), sha256_of(&contents));
        Ok(Some(contents))
    };
    for (field, path) in [("config", &places.config), ("boot", &places.boot)] {
        if let (Some(contents), Some(path)) = (contents_of(field, path)?, path) {
            library = library.with_file(path.clone(), contents);
        }
    }
    let vm_args = contents_of("vm_args", &places.vm_args)?.unwrap_or_default();
    let vm_args = vm_args_of_all(&String::from_utf8_lossy(&vm_args)).map_err(Problem::VmArgs)?;
    let applications = applications(library.code_path());
    let version = otp.version;
    let library = Arc::new(library);
    let doubts = doubts.told();
    Ok(InstalledCode {
        library,
        version,
        digests,
        applications,
        folders: own_folders,
        modules,
        unusable,
        doubts,
        vm_args,
    })
}

/// The words of a file of arguments, without the name: each node of a scenario has its own.
fn vm_args_of_all(text: &str) -> Result<Vec<String>, VmArgsError> {
    let mut is_name = false;
    let mut words = vm_args(text)?;
    words.retain(|word| {
        if word.starts_with(['-', '+']) {
            is_name = matches!(word.as_str(), "-name" | "-sname");
        }
        !is_name
    });
    Ok(words)
}

/// The SHA-256 of bytes, in hexadecimal.
pub(crate) fn sha256_of(bytes: &[u8]) -> String {
    let digits: Vec<String> =
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// The files of the applications in these folders, by their names; the first folder that has one counts.
fn applications(folders: &[PathBuf]) -> BTreeMap<String, PathBuf> {
    let mut applications = BTreeMap::new();
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok());
    for entry in entries.flatten().flatten() {
        let name = entry.file_name().into_string().ok();
        if let Some(name) = name.as_deref().and_then(|name| name.strip_suffix(".app")) {
            applications.entry(name.to_owned()).or_insert_with(|| entry.path());
        }
    }
    applications
}
