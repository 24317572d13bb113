//! The index of modules: the folders that code is looked for in, in their order.
//!
//! A folder is listed when it is added, a module is read when somebody asks for it. Of two modules
//! of one name the one in the earlier folder counts, as in Erlang's code path.

mod glob;
mod otp;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use super::file::{FileError, Module};

pub use otp::{Otp, OtpError, elixir_folders};

/// The largest file that is read as a module.
const LARGEST_FILE: u64 = 64 << 20;

/// The modules of some folders, by name.
#[derive(Clone, Debug, Default)]
pub struct Index {
    folders: Vec<PathBuf>,
    modules: BTreeMap<String, PathBuf>,
    /// The modules that lie in the program of a runtime system.
    preloaded: BTreeMap<String, Arc<[u8]>>,
}

/// The reason why a module of a folder cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file or the folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file or the folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file is no module that can be used.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: FileError,
    },
    /// The file is named for another module than the one in it, so that nobody would find it.
    #[error("{}: the module in it is {module}: rename the file to {module}.beam", path.display())]
    Misnamed {
        /// The file.
        path: PathBuf,
        /// The module that lies in it.
        module: String,
    },
    /// No folder has this name, or fits this pattern.
    #[error("no folder {}{}", path.display(), if *pattern { ": nothing fits the pattern" } else { "" })]
    NoFolder {
        /// The folder, or the pattern.
        path: PathBuf,
        /// It has a `*` or a `?`.
        pattern: bool,
    },
    /// An installation without the modules that each node begins with.
    #[error(
        "{} has no runtime system: neither lib/erts-*/ebin nor erts-*/bin/beam.smp has the modules \
         `erlang` and `init`",
        root.display()
    )]
    NoRuntime {
        /// The folder of the installation.
        root: PathBuf,
    },
    /// There is no module in the folder, nor in its `ebin`.
    #[error("{} has no compiled modules (files that end in .beam)", path.display())]
    Empty {
        /// The folder, or the pattern.
        path: PathBuf,
    },
}

impl LoadError {
    fn read(path: &Path, source: io::Error) -> LoadError {
        LoadError::Read { path: path.to_owned(), source }
    }
}

impl Index {
    /// An index without folders.
    #[must_use]
    pub fn new() -> Index {
        Index::default()
    }

    /// The folders in the order in which they are searched.
    #[must_use]
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// The names of all modules and their files, in the order of the names.
    pub fn modules(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.modules.iter().map(|(name, path)| (name.as_str(), path.as_path()))
    }

    /// The file of a module.
    #[must_use]
    pub fn find(&self, module: &str) -> Option<&Path> {
        self.modules.get(module).map(PathBuf::as_path)
    }

    /// Reads a module, if one of the folders has it.
    ///
    /// # Errors
    ///
    /// When its file cannot be read, is none of a module, or is that of another module.
    pub fn load(&self, module: &str) -> Result<Option<Module>, LoadError> {
        let Some(path) = self.find(module) else { return Ok(None) };
        let loaded = match self.preloaded.get(module) {
            Some(bytes) => parse_module(path, bytes)?,
            None => read_module(path)?,
        };
        if loaded.name != module {
            return Err(LoadError::Misnamed { path: path.to_owned(), module: loaded.name });
        }
        Ok(Some(loaded))
    }

    /// Adds a folder at the end.
    ///
    /// # Errors
    ///
    /// When it cannot be listed.
    pub fn add_folder(&mut self, folder: &Path) -> Result<(), LoadError> {
        for (name, path) in modules_in(folder).map_err(|error| LoadError::read(folder, error))? {
            self.modules.entry(name).or_insert(path);
        }
        self.folders.push(folder.to_owned());
        Ok(())
    }

    /// Adds the modules that lie in the program of a runtime system, those that it begins with, as if
    /// they were in this folder.
    fn add_emulator(&mut self, program: &Path, folder: &Path) -> Result<(), LoadError> {
        let whole = fs::read(program).map_err(|error| LoadError::read(program, error))?;
        for bytes in modules_within(&whole) {
            if let Ok(module) = Module::parse(bytes)
                && !self.modules.contains_key(&module.name)
            {
                let path = folder.join(format!("{}.beam", module.name));
                self.modules.insert(module.name.clone(), path);
                self.preloaded.insert(module.name, bytes.into());
            }
        }
        Ok(())
    }

    /// The modules that lie in the program of a runtime system: the file that each would be, and its
    /// bytes.
    pub(super) fn preloaded(&self) -> impl Iterator<Item = (&Path, &Arc<[u8]>)> {
        self.preloaded.iter().filter_map(|(name, bytes)| Some((self.find(name)?, bytes)))
    }

    /// Adds what somebody wrote in the place of a folder: the folder itself, its `ebin` when its own
    /// modules are there, or all folders that fit a pattern with `*` and `?`, in the order of their
    /// names.
    ///
    /// # Errors
    ///
    /// When there is no such folder, or no module in any of them.
    pub fn add(&mut self, written: &Path) -> Result<(), LoadError> {
        let pattern = glob::is_pattern(written);
        let folders = if pattern { glob::folders(written) } else { vec![written.to_owned()] };
        if !folders.iter().any(|folder| folder.is_dir()) {
            return Err(LoadError::NoFolder { path: written.to_owned(), pattern });
        }
        let before = self.modules.len();
        let mut found = false;
        for folder in folders {
            let ebin = folder.join("ebin");
            let own = modules_in(&folder).map_err(|error| LoadError::read(&folder, error))?;
            let chosen = if own.is_empty() && ebin.is_dir() { ebin } else { folder };
            self.add_folder(&chosen)?;
            found |= self.modules.len() > before || !own.is_empty();
        }
        if found { Ok(()) } else { Err(LoadError::Empty { path: written.to_owned() }) }
    }
}

/// The parts of a larger file that begin like a module and are as long as they say.
fn modules_within(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts = bytes
        .windows(12)
        .enumerate()
        .filter(|(_, head)| head.starts_with(b"FOR1") && head.ends_with(b"BEAM"));
    starts.filter_map(|(start, head)| {
        let len = u32::from_be_bytes([head[4], head[5], head[6], head[7]]) as usize;
        bytes.get(start..start.checked_add(len)?.checked_add(8)?)
    })
}

/// Reads the module in a file.
///
/// # Errors
///
/// When the file cannot be read, or is none of a module.
pub fn read_module(path: &Path) -> Result<Module, LoadError> {
    parse_module(path, &read_file(path)?)
}

/// The module that the bytes of a file are.
///
/// # Errors
///
/// When they are none of a module.
pub fn parse_module(path: &Path, bytes: &[u8]) -> Result<Module, LoadError> {
    Module::parse(bytes).map_err(|source| LoadError::File { path: path.to_owned(), source })
}

/// The bytes of the file of a module.
///
/// # Errors
///
/// When it cannot be read, or is larger than any module.
pub fn read_file(path: &Path) -> Result<Vec<u8>, LoadError> {
    let read = || {
        let size = fs::metadata(path)?.len();
        if size > LARGEST_FILE {
            let text = format!("{size} bytes are more than any module has");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
        }
        fs::read(path)
    };
    read().map_err(|error| LoadError::read(path, error))
}

/// The names of the modules in a folder, and their files.
fn modules_in(folder: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut modules = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(module) = name.and_then(|name| name.strip_suffix(".beam")) {
            modules.insert(module.to_owned(), path);
        }
    }
    Ok(modules)
}

/// All files of modules in a folder and the folders below it, in the order of their paths. Folders
/// whose names begin with a dot are left out.
///
/// # Errors
///
/// When a folder cannot be listed, or there is no module at all.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let (mut files, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let failed = |error| LoadError::read(&folder, error);
        // Links may lead back to where they are.
        if !seen.insert(fs::canonicalize(&folder).map_err(failed)?) {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (path, name) = (entry.path(), entry.file_name());
            if path.is_dir() && !name.to_string_lossy().starts_with('.') {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "beam") && path.is_file() {
                files.insert(path);
            }
        }
    }
    if files.is_empty() {
        return Err(LoadError::Empty { path: folder.to_owned() });
    }
    Ok(files.into_iter().collect())
}
