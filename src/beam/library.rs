//! The disk of a node as compiled code sees it: the modules and the files of an installation.
//!
//! It is all that code can see of the machine that runs the simulation: the folders that were named,
//! with everything below them, and files that were given. Each file is read when it is first asked
//! for, and is from then on the same for all nodes, seeds and threads.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::atom::AtomIndex;
use super::file::Module;
use super::image::Image;
use super::index::{Index, LoadError, Otp};
use super::kernel;
use super::native::Natives;

/// Modules and files that the nodes of simulations share.
pub struct Library {
    root: PathBuf,
    release: u32,
    index: Index,
    natives: Natives,
    /// The folders in which files may be read, with everything below them.
    folders: Vec<PathBuf>,
    given: BTreeMap<PathBuf, Arc<[u8]>>,
    images: Mutex<BTreeMap<AtomIndex, Option<Arc<Image>>>>,
    images_of_files: Mutex<BTreeMap<PathBuf, Option<Arc<Image>>>>,
    files: Mutex<BTreeMap<PathBuf, Result<FileEntry, NoSuchFile>>>,
    unusable: Mutex<BTreeMap<String, String>>,
}

/// A file or a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileEntry {
    /// A file with these bytes.
    File(Arc<[u8]>),
    /// A folder with these names in it, in their order.
    Folder(Arc<[String]>),
}

/// There is nothing of this name that code may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchFile;

impl Library {
    /// The modules of an installation of OTP, after those of other folders.
    ///
    /// # Errors
    /// When a folder cannot be listed.
    pub fn new(otp: &Otp, code: &[PathBuf]) -> Result<Library, LoadError> {
        let mut index = Index::new();
        for folder in code {
            index.add(folder)?;
        }
        let own = index.folders().to_vec();
        otp.add_to(&mut index)?;
        if index.find("erlang").is_none() || index.find("init").is_none() {
            return Err(LoadError::NoRuntime { root: otp.root.clone() });
        }
        let preloaded = index.preloaded();
        let given = preloaded.map(|(path, bytes)| (path.to_owned(), Arc::clone(bytes))).collect();
        // An application's folder is that around its modules.
        let applications = own.iter().map(|folder| application_of(folder));
        let folders = applications.chain([otp.root.clone()]).collect();
        Ok(Library {
            root: otp.root.clone(),
            release: otp.release(),
            index,
            natives: kernel::natives(otp.release()),
            folders,
            given,
            images: Mutex::default(),
            images_of_files: Mutex::default(),
            files: Mutex::default(),
            unusable: Mutex::default(),
        })
    }

    /// Gives the nodes a file of this name.
    #[must_use]
    pub fn with_file(mut self, name: impl Into<PathBuf>, contents: impl Into<Vec<u8>>) -> Library {
        self.given.insert(name.into(), contents.into().into());
        self
    }

    /// The folder of the installation.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The release of OTP: 25.
    #[must_use]
    pub fn release(&self) -> u32 {
        self.release
    }

    /// The natives that its modules call.
    #[must_use]
    pub fn natives(&self) -> &Natives {
        &self.natives
    }

    /// The folders of modules, in the order in which they are searched.
    #[must_use]
    pub fn code_path(&self) -> &[PathBuf] {
        self.index.folders()
    }

    /// The file of a module.
    #[must_use]
    pub fn file_of(&self, module: AtomIndex) -> Option<&Path> {
        self.index.find(module.as_str())
    }

    /// The code of a module, if there is such a module and it can be run.
    #[must_use]
    pub fn image(&self, module: AtomIndex) -> Option<Arc<Image>> {
        if let Some(known) = lock(&self.images).get(&module) {
            return known.clone();
        }
        let image = self.read_image(module.as_str());
        lock(&self.images).entry(module).or_insert(image).clone()
    }

    /// The code of a module in a folder that is not one of the index, if there is such a file and it can
    /// be run.
    #[must_use]
    pub fn image_in(&self, folder: &Path, module: AtomIndex) -> Option<Arc<Image>> {
        let file = normal(&folder.join(format!("{}.beam", module.as_str())));
        if let Some(known) = lock(&self.images_of_files).get(&file) {
            return known.clone();
        }
        let image = match self.entry(&file) {
            Ok(FileEntry::File(bytes)) => {
                let parsed = Module::parse(&bytes).map_err(|error| error.to_string());
                let image = parsed.and_then(|module| self.image_of(&module));
                image.map_err(|why| lock(&self.unusable).insert(module.to_string(), why)).ok()
            }
            Ok(FileEntry::Folder(_)) | Err(NoSuchFile) => None,
        };
        lock(&self.images_of_files).entry(file).or_insert(image).clone()
    }

    /// The functions of a module that others can call, with their numbers of arguments: those that it
    /// exports, and natives of its name.
    #[must_use]
    pub fn functions_of(&self, module: AtomIndex) -> BTreeSet<(AtomIndex, u8)> {
        let image = self.image(module);
        let exports = image.iter().flat_map(|image| image.exports.iter().map(|(name, _)| *name));
        let exports = exports.map(|name| (name.function(), name.parts().2));
        let natives = self.natives.names().filter(|(of, ..)| *of == module);
        exports.chain(natives.map(|(_, function, arity)| (function, arity))).collect()
    }

    fn read_image(&self, module: &str) -> Option<Arc<Image>> {
        let unusable = |problem: String| {
            lock(&self.unusable).insert(module.to_owned(), problem);
        };
        let file = self.index.load(module).map_err(|error| unusable(error.to_string())).ok()??;
        self.image_of(&file).map_err(unusable).ok()
    }

    /// The code of a module that is not one of the folders.
    ///
    /// # Errors
    /// When it says what no compiler writes.
    pub fn image_of(&self, module: &Module) -> Result<Arc<Image>, String> {
        Image::new(module, &self.natives).map_err(|error| error.to_string())
    }

    /// The modules that code asked for and that cannot be used, and why, in the order of the names.
    #[must_use]
    pub fn unusable(&self) -> Vec<(String, String)> {
        lock(&self.unusable).iter().map(|(name, why)| (name.clone(), why.clone())).collect()
    }

    /// The file or the folder of this name.
    ///
    /// # Errors
    /// When there is none that code may see.
    pub fn entry(&self, path: &Path) -> Result<FileEntry, NoSuchFile> {
        let path = normal(path);
        if let Some(contents) = self.given.get(&path) {
            return Ok(FileEntry::File(Arc::clone(contents)));
        }
        // What is not in one of the folders is not on the disk, and quickly found again.
        if !self.folders.iter().any(|folder| path.starts_with(folder)) {
            return self.read_entry(&path);
        }
        if let Some(known) = lock(&self.files).get(&path) {
            return known.clone();
        }
        let entry = self.read_entry(&path);
        lock(&self.files).entry(path).or_insert(entry).clone()
    }

    fn read_entry(&self, path: &Path) -> Result<FileEntry, NoSuchFile> {
        let mut names = BTreeSet::new();
        // A folder around what can be seen has only that in it.
        let seen = self.folders.iter().chain(self.given.keys());
        for inner in seen.filter_map(|seen| seen.strip_prefix(path).ok()) {
            let first = inner.components().next();
            names.extend(first.map(|name| name.as_os_str().to_string_lossy().into_owned()));
        }
        if self.folders.iter().any(|folder| path.starts_with(folder)) {
            if path.is_file() {
                return fs::read(path)
                    .map(|bytes| FileEntry::File(bytes.into()))
                    .map_err(|_| NoSuchFile);
            }
            let inner = fs::read_dir(path).into_iter().flatten().flatten();
            names.extend(inner.map(|entry| entry.file_name().to_string_lossy().into_owned()));
            if names.is_empty() && !path.is_dir() {
                return Err(NoSuchFile);
            }
        } else if names.is_empty() {
            return Err(NoSuchFile);
        }
        Ok(FileEntry::Folder(names.into_iter().collect()))
    }
}

/// The folder of the application whose modules are in a folder.
fn application_of(folder: &Path) -> PathBuf {
    match (folder.file_name(), folder.parent()) {
        (Some(name), Some(parent)) if name == "ebin" => parent.to_owned(),
        (_, _) => folder.to_owned(),
    }
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                normal.push(component);
            }
        }
    }
    normal
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
