//! The file system of a node: folders, links, and files of bytes.
//!
//! It stands on the same disk as the files of terms, and loses what they lose: what is written is in
//! the operating system's cache, a sync of a file moves it on to the disk, and a crash takes back what
//! was not moved. Names are not bytes: a file that was made, renamed or deleted stays so, as in a file
//! system with a journal; one that was made and not synced is there after a crash, and empty.
//!
//! Names of files are absolute, with `/` between their parts, and without `.` and `..`.

mod byte_file;

use std::collections::BTreeMap;

use super::disk::{DiskFault, Loss};
use byte_file::ByteFile;

/// The reason why a file system has not done what it was asked to do, by its name in POSIX.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Errno {
    /// There is something of this name already.
    #[error("eexist")]
    Exists,
    /// There is nothing of this name.
    #[error("enoent")]
    NotFound,
    /// A part of the name is no folder.
    #[error("enotdir")]
    NotFolder,
    /// It is a folder.
    #[error("eisdir")]
    IsFolder,
    /// The folder is not empty.
    #[error("enotempty")]
    NotEmpty,
    /// A folder cannot be moved into itself, and there is nothing before the first byte.
    #[error("einval")]
    Invalid,
    /// Too many links lead from one to another.
    #[error("eloop")]
    Loop,
    /// There is no room on the disk.
    #[error("enospc")]
    NoSpace,
    /// The disk could not be synced.
    #[error("eio")]
    Io,
}

/// The number of a file, which stays the same when it gets another name.
pub type FileNumber = u64;

/// The thing that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A folder.
    Folder,
    /// A file.
    File(FileNumber),
    /// A link to another name.
    Link(String),
}

/// The treatment of a name that is itself one of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastLink {
    /// The name that it leads to is meant.
    Followed,
    /// The link is meant.
    Kept,
}

/// The files that can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Openable {
    /// Those that are there.
    Existing,
    /// Those too that are made by it.
    New,
}

/// The properties of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStatus {
    /// Its number.
    pub number: FileNumber,
    /// Its bytes.
    pub size: usize,
    /// The number of its names.
    pub names: u32,
    /// Its permissions.
    pub mode: u32,
    /// The second at which it was last written to, since 1970.
    pub written: i64,
}

/// The files and folders of a node.
#[derive(Clone, Debug)]
pub struct FileSystem {
    names: BTreeMap<String, Named>,
    files: BTreeMap<FileNumber, ByteFile>,
    last: FileNumber,
    faults: Vec<DiskFault>,
}

impl Default for FileSystem {
    /// An empty folder `/tmp`, and nothing else.
    fn default() -> FileSystem {
        FileSystem {
            names: BTreeMap::from([("/tmp".to_owned(), Named::Folder)]),
            files: BTreeMap::new(),
            last: 0,
            faults: Vec::new(),
        }
    }
}

/// The largest file: there is no room for more.
const BYTES_MAX: usize = 1 << 30;
/// The most links that are followed for one name.
const LINKS_MAX: usize = 40;
/// Names.
impl FileSystem {
    /// The thing with a name.
    ///
    /// # Errors
    /// [`Errno::NotFound`], [`Errno::NotFolder`], [`Errno::Loop`].
    pub fn find(&self, path: &str, link: LastLink) -> Result<Named, Errno> {
        let path = self.resolved(path, link)?;
        self.at(&path).cloned().ok_or(Errno::NotFound)
    }

    /// The name that is left when the links in it have been followed.
    fn resolved(&self, path: &str, link: LastLink) -> Result<String, Errno> {
        let mut path = path.to_owned();
        for _ in 0..LINKS_MAX {
            let Some((found, target)) = self.first_link(&path, link) else { return Ok(path) };
            let rest = path[found.len()..].to_owned();
            let folder = parent(&found);
            let joined =
                if target.starts_with('/') { target } else { format!("{folder}/{target}") };
            path = normal(&(joined + &rest));
        }
        Err(Errno::Loop)
    }

    /// The first link on the way to a name.
    fn first_link(&self, path: &str, link: LastLink) -> Option<(String, String)> {
        let ends = path.match_indices('/').skip(1).map(|(end, _)| end);
        let whole = (link == LastLink::Followed).then_some(path.len());
        ends.chain(whole).find_map(|end| match self.names.get(&path[..end]) {
            Some(Named::Link(target)) => Some((path[..end].to_owned(), target.clone())),
            Some(Named::Folder | Named::File(_)) | None => None,
        })
    }

    fn at(&self, path: &str) -> Option<&Named> {
        if path == "/" { Some(&Named::Folder) } else { self.names.get(path) }
    }

    /// Is there a folder in which something of this name can be made?
    fn check_parent(&self, path: &str) -> Result<(), Errno> {
        match self.at(parent(path)) {
            Some(Named::Folder) => Ok(()),
            Some(Named::File(_) | Named::Link(_)) => Err(Errno::NotFolder),
            None => Err(Errno::NotFound),
        }
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// [`Errno::Exists`]; [`Errno::NotFound`] without the folder around it; [`Errno::NoSpace`].
    pub fn make_folder(&mut self, path: &str) -> Result<(), Errno> {
        let path = self.resolved(path, LastLink::Kept)?;
        self.check_room()?;
        if self.at(&path).is_some() {
            return Err(Errno::Exists);
        }
        self.check_parent(&path)?;
        self.names.insert(path, Named::Folder);
        Ok(())
    }

    /// Makes a folder and those around it, where there are none.
    pub fn ensure_folder(&mut self, path: &str) {
        let ends = path.match_indices('/').skip(1).map(|(end, _)| end);
        for end in ends.chain([path.len()]).filter(|end| *end > 1) {
            self.names.entry(path[..end].to_owned()).or_insert(Named::Folder);
        }
    }

    /// The names in a folder, in their order.
    ///
    /// # Errors
    /// [`Errno::NotFound`], [`Errno::NotFolder`].
    pub fn list(&self, path: &str) -> Result<Vec<String>, Errno> {
        let path = self.resolved(path, LastLink::Followed)?;
        match self.at(&path) {
            None => return Err(Errno::NotFound),
            Some(Named::File(_) | Named::Link(_)) => return Err(Errno::NotFolder),
            Some(Named::Folder) => {}
        }
        let inside = if path == "/" { path } else { path + "/" };
        let below = self.names.range(inside.clone()..).map(|(name, _)| name);
        let below = below.take_while(|name| name.starts_with(&inside));
        let names = below.map(|name| &name[inside.len()..]);
        Ok(names.filter(|name| !name.contains('/')).map(str::to_owned).collect())
    }

    /// Deletes a file or a link.
    ///
    /// # Errors
    /// [`Errno::NotFound`]; [`Errno::IsFolder`].
    pub fn delete(&mut self, path: &str) -> Result<(), Errno> {
        let path = self.resolved(path, LastLink::Kept)?;
        match self.at(&path) {
            None => Err(Errno::NotFound),
            Some(Named::Folder) => Err(Errno::IsFolder),
            Some(Named::File(_) | Named::Link(_)) => {
                self.forget(&path);
                Ok(())
            }
        }
    }

    /// Deletes a folder that is empty.
    ///
    /// # Errors
    /// [`Errno::NotFound`]; [`Errno::NotFolder`]; [`Errno::NotEmpty`].
    pub fn delete_folder(&mut self, path: &str) -> Result<(), Errno> {
        let path = self.resolved(path, LastLink::Kept)?;
        match self.at(&path) {
            None => return Err(Errno::NotFound),
            Some(Named::File(_) | Named::Link(_)) => return Err(Errno::NotFolder),
            Some(Named::Folder) if !self.list(&path)?.is_empty() => return Err(Errno::NotEmpty),
            Some(Named::Folder) => {}
        }
        self.names.remove(&path);
        Ok(())
    }

    /// Gives a file, a link or a folder another name. What had it before is gone.
    ///
    /// # Errors
    /// [`Errno::NotFound`]; [`Errno::Invalid`] for a folder into itself; [`Errno::IsFolder`],
    /// [`Errno::NotFolder`] and [`Errno::NotEmpty`] for one in the place of a file and the other way
    /// round.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), Errno> {
        let (from, to) = (self.resolved(from, LastLink::Kept)?, self.resolved(to, LastLink::Kept)?);
        let moved = self.at(&from).cloned().ok_or(Errno::NotFound)?;
        if from == to {
            return Ok(());
        }
        let is_folder = moved == Named::Folder;
        if is_folder && to.starts_with(&format!("{from}/")) || from == "/" {
            return Err(Errno::Invalid);
        }
        if from.starts_with(&format!("{to}/")) {
            return Err(Errno::NotEmpty);
        }
        self.check_parent(&to)?;
        match self.at(&to) {
            Some(Named::Folder) if !is_folder => return Err(Errno::IsFolder),
            Some(Named::Folder) => self.delete_folder(&to)?,
            Some(Named::File(_) | Named::Link(_)) if is_folder => return Err(Errno::NotFolder),
            Some(Named::File(number)) if moved == Named::File(*number) => return Ok(()),
            Some(Named::File(_) | Named::Link(_)) => self.forget(&to),
            None => {}
        }
        self.names.remove(&from);
        self.names.insert(to.clone(), moved);
        if is_folder {
            let inside = format!("{from}/");
            let below = self.names.range(inside.clone()..);
            let below = below.take_while(|(name, _)| name.starts_with(&inside));
            let below: Vec<String> = below.map(|(name, _)| name.clone()).collect();
            for name in below {
                if let Some(named) = self.names.remove(&name) {
                    self.names.insert(format!("{to}{}", &name[from.len()..]), named);
                }
            }
        }
        Ok(())
    }

    /// Gives a file a second name.
    ///
    /// # Errors
    /// [`Errno::NotFound`]; [`Errno::Exists`]; [`Errno::IsFolder`].
    pub fn link(&mut self, from: &str, to: &str) -> Result<(), Errno> {
        let (from, to) =
            (self.resolved(from, LastLink::Followed)?, self.resolved(to, LastLink::Kept)?);
        let number = match self.at(&from) {
            None => return Err(Errno::NotFound),
            Some(Named::File(number)) => *number,
            Some(Named::Folder | Named::Link(_)) => return Err(Errno::IsFolder),
        };
        self.check_new(&to)?;
        self.names.insert(to, Named::File(number));
        if let Some(file) = self.files.get_mut(&number) {
            file.names += 1;
        }
        Ok(())
    }

    /// Makes a link to a name, which need not be there.
    ///
    /// # Errors
    /// [`Errno::NotFound`] without a folder for it; [`Errno::Exists`].
    pub fn link_to_name(&mut self, target: &str, path: &str) -> Result<(), Errno> {
        let path = self.resolved(path, LastLink::Kept)?;
        self.check_new(&path)?;
        self.names.insert(path, Named::Link(target.to_owned()));
        Ok(())
    }

    fn check_new(&self, path: &str) -> Result<(), Errno> {
        self.check_room()?;
        self.check_parent(path)?;
        if self.at(path).is_some() { Err(Errno::Exists) } else { Ok(()) }
    }

    fn check_room(&self) -> Result<(), Errno> {
        if self.has(DiskFault::Full) { Err(Errno::NoSpace) } else { Ok(()) }
    }

    /// Takes a name away, and its file when nobody needs that any more.
    fn forget(&mut self, path: &str) {
        if let Some(Named::File(number)) = self.names.remove(path)
            && let Some(file) = self.files.get_mut(&number)
        {
            file.names -= 1;
            self.drop_unused(number);
        }
    }

    fn drop_unused(&mut self, number: FileNumber) {
        if self.files.get(&number).is_some_and(|file| file.names == 0 && file.openings == 0) {
            self.files.remove(&number);
        }
    }
}

/// Files.
impl FileSystem {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Errno::NotFound`]; [`Errno::IsFolder`]; [`Errno::NoSpace`].
    pub fn open(&mut self, path: &str, which: Openable, now: i64) -> Result<FileNumber, Errno> {
        let path = self.resolved(path, LastLink::Followed)?;
        let number = match self.at(&path) {
            Some(Named::File(number)) => *number,
            Some(Named::Folder | Named::Link(_)) => return Err(Errno::IsFolder),
            None => {
                self.check_parent(&path)?;
                if which == Openable::Existing {
                    return Err(Errno::NotFound);
                }
                self.check_room()?;
                self.last += 1;
                self.files.insert(self.last, ByteFile::new(now));
                self.names.insert(path, Named::File(self.last));
                self.last
            }
        };
        if let Some(file) = self.files.get_mut(&number) {
            file.openings += 1;
        }
        Ok(number)
    }

    /// Closes a file that was opened.
    pub fn close(&mut self, number: FileNumber) {
        if let Some(file) = self.files.get_mut(&number) {
            file.openings = file.openings.saturating_sub(1);
            self.drop_unused(number);
        }
    }

    /// The bytes of a file.
    #[must_use]
    pub fn bytes(&self, number: FileNumber) -> &[u8] {
        self.files.get(&number).map_or(&[], |file| &file.bytes)
    }

    /// The properties of a file.
    #[must_use]
    pub fn status(&self, number: FileNumber) -> Option<FileStatus> {
        let file = self.files.get(&number)?;
        Some(FileStatus {
            number,
            size: file.bytes.len(),
            names: file.names,
            mode: file.mode,
            written: file.written,
        })
    }

    /// Writes bytes at a place. What lies between the end and the place becomes zeros.
    ///
    /// # Errors
    /// [`Errno::NoSpace`]: nothing was written.
    pub fn write(
        &mut self,
        number: FileNumber,
        at: usize,
        bytes: &[u8],
        now: i64,
    ) -> Result<(), Errno> {
        self.check_room()?;
        let Some(file) = self.files.get_mut(&number) else { return Ok(()) };
        let end = at.checked_add(bytes.len()).filter(|end| *end <= BYTES_MAX);
        let end = end.ok_or(Errno::NoSpace)?;
        if file.bytes.len() < end && !bytes.is_empty() {
            file.bytes.resize(end, 0);
            file.is_resized = true;
        }
        file.bytes.get_mut(at..end).unwrap_or_default().copy_from_slice(bytes);
        file.note(at..end);
        file.written = now;
        Ok(())
    }

    /// Cuts a file off at a length, or makes it as long as that with zeros.
    ///
    /// # Errors
    /// [`Errno::NoSpace`] when it would become longer.
    pub fn resize(&mut self, number: FileNumber, len: usize, now: i64) -> Result<(), Errno> {
        let has_room = self.check_room();
        let Some(file) = self.files.get_mut(&number) else { return Ok(()) };
        if len > file.bytes.len() {
            has_room?;
        }
        if len > BYTES_MAX {
            return Err(Errno::NoSpace);
        }
        let old = file.bytes.len();
        file.bytes.resize(len, 0);
        if len < old {
            // What is there when it grows again is not what was there.
            file.note(len..old);
        }
        file.is_resized = true;
        file.written = now;
        Ok(())
    }

    /// Sets the permissions of a file, or the second at which it was written to.
    pub fn set_status(&mut self, number: FileNumber, mode: Option<u32>, written: Option<i64>) {
        if let Some(file) = self.files.get_mut(&number) {
            file.mode = mode.unwrap_or(file.mode);
            file.written = written.unwrap_or(file.written);
        }
    }

    /// A sync of a file comes to its end: what was written to it is safe from a crash.
    ///
    /// # Errors
    /// [`Errno::Io`]: what has been written since the last sync never will be safe, even if a later
    /// sync succeeds.
    pub fn sync(&mut self, number: FileNumber) -> Result<(), Errno> {
        let (fails, lies) = (self.has(DiskFault::FsyncError), self.has(DiskFault::Lying));
        if let Some(file) = self.files.get_mut(&number) {
            if fails {
                let had_any = file.is_resized || !file.unsynced.is_empty();
                file.unsynced.clear();
                file.is_resized = false;
                return if had_any { Err(Errno::Io) } else { Ok(()) };
            }
            file.claim();
        }
        if !lies && !fails {
            self.files.values_mut().for_each(ByteFile::make_safe);
        }
        Ok(())
    }
}

/// The disk below the files.
impl FileSystem {
    fn has(&self, fault: DiskFault) -> bool {
        self.faults.contains(&fault)
    }

    pub(super) fn set_faults(&mut self, faults: &[DiskFault]) {
        self.faults = faults.to_vec();
    }

    fn close_all(&mut self) {
        for file in self.files.values_mut() {
            file.openings = 0;
        }
        self.files.retain(|_, file| file.names > 0);
    }

    /// Is there no byte in it?
    pub(super) fn is_empty(&self) -> bool {
        self.files.values().all(|file| file.bytes.is_empty())
    }

    /// Everything that is not safe is lost.
    pub(super) fn crash(&mut self, loss: Loss) {
        for file in self.files.values_mut() {
            file.crash(loss);
        }
        self.close_all();
    }

    /// Everything is written out, as when a node stops in order.
    pub(super) fn sync_all(&mut self) {
        let numbers: Vec<FileNumber> = self.files.keys().copied().collect();
        for number in numbers {
            // Nobody is there any more to hear of an error.
            let _ = self.sync(number);
        }
        self.close_all();
    }

    /// Changes one byte of each file, which `draw` chooses of so many: whether there was one.
    pub(super) fn damage(&mut self, mut draw: impl FnMut(usize) -> usize) -> bool {
        let mut any = false;
        for file in self.files.values_mut().filter(|file| !file.bytes.is_empty()) {
            let place = draw(file.bytes.len());
            for copy in [&mut file.bytes, &mut file.claimed, &mut file.safe] {
                if let Some(byte) = copy.get_mut(place) {
                    *byte ^= 0xff;
                }
            }
            any = true;
        }
        any
    }
}

/// The folder that something of a name is in.
#[must_use]
pub fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((parent, _)) => parent,
    }
}

/// An absolute name without `.` and `..`.
#[must_use]
pub fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(system: &mut FileSystem, path: &str, text: &str) -> FileNumber {
        let file = system.open(path, Openable::New, 0).unwrap();
        let end = system.bytes(file).len();
        system.write(file, end, text.as_bytes(), 0).unwrap();
        file
    }

    fn text(system: &FileSystem, path: &str) -> Result<String, Errno> {
        match system.find(path, LastLink::Followed)? {
            Named::File(number) => Ok(String::from_utf8(system.bytes(number).to_vec()).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_crash_takes_back_what_was_not_synced() {
        let mut system = FileSystem::default();
        let file = written(&mut system, "/log", "one");
        system.sync(file).unwrap();
        system.write(file, 1, b"NE two", 0).unwrap();
        written(&mut system, "/other", "lost");
        assert_eq!(text(&system, "/log").unwrap(), "oNE two");
        system.crash(Loss::Node);
        assert_eq!(text(&system, "/log").unwrap(), "one");
        assert_eq!(text(&system, "/other").unwrap(), "", "its name is there");
    }

    #[test]
    fn what_a_failed_sync_gave_up_no_later_one_makes_safe() {
        let mut system = FileSystem::default();
        let file = written(&mut system, "/log", "one ");
        system.set_faults(&[DiskFault::FsyncError]);
        assert_eq!(system.sync(file), Err(Errno::Io));
        assert_eq!(system.sync(file), Ok(()), "there is nothing that it would try again");
        system.set_faults(&[]);
        system.write(file, 4, b"two", 0).unwrap();
        system.sync(file).unwrap();
        system.crash(Loss::Node);
        assert_eq!(text(&system, "/log").unwrap(), "\0\0\0\0two");
    }

    #[test]
    fn a_lying_disk_loses_what_it_acknowledged_with_the_power_only() {
        for (loss, expected) in [(Loss::Node, "one"), (Loss::Power, "")] {
            let mut system = FileSystem::default();
            let file = written(&mut system, "/log", "one");
            system.set_faults(&[DiskFault::Lying]);
            system.sync(file).unwrap();
            system.crash(loss);
            assert_eq!(text(&system, "/log").unwrap(), expected, "{loss:?}");
        }
    }

    #[test]
    fn a_full_disk_takes_nothing_and_keeps_what_it_has() {
        let mut system = FileSystem::default();
        let file = written(&mut system, "/log", "one");
        system.set_faults(&[DiskFault::Full]);
        assert_eq!(system.write(file, 3, b"two", 0), Err(Errno::NoSpace));
        assert_eq!(system.open("/new", Openable::New, 0), Err(Errno::NoSpace));
        assert_eq!(system.make_folder("/folder"), Err(Errno::NoSpace));
        system.set_faults(&[]);
        for at in [BYTES_MAX, usize::MAX] {
            assert_eq!(system.write(file, at, b"x", 0), Err(Errno::NoSpace));
            assert_eq!(system.resize(file, at.saturating_add(1), 0), Err(Errno::NoSpace));
        }
        assert_eq!(system.resize(file, 1, 0), Ok(()));
        assert_eq!(text(&system, "/log").unwrap(), "o");
    }

    #[test]
    fn names_are_made_moved_and_deleted_as_posix_has_it() {
        let mut system = FileSystem::default();
        assert_eq!(system.make_folder("/a/b"), Err(Errno::NotFound));
        system.make_folder("/a").unwrap();
        system.make_folder("/a/b").unwrap();
        assert_eq!(system.make_folder("/a"), Err(Errno::Exists));
        written(&mut system, "/a/b/c", "text");
        assert_eq!(system.delete_folder("/a/b"), Err(Errno::NotEmpty));
        assert_eq!(system.delete("/a/b"), Err(Errno::IsFolder));
        assert_eq!(system.rename("/a", "/a/b/d"), Err(Errno::Invalid));
        system.rename("/a/b", "/d").unwrap();
        assert_eq!(text(&system, "/d/c").unwrap(), "text");
        assert_eq!(system.list("/").unwrap(), ["a", "d", "tmp"]);
        system.link("/d/c", "/e").unwrap();
        system.delete("/d/c").unwrap();
        assert_eq!(text(&system, "/e").unwrap(), "text");
        system.link_to_name("../e", "/a/link").unwrap();
        assert_eq!(text(&system, "/a/link").unwrap(), "text");
        assert_eq!(system.find("/a/link", LastLink::Kept), Ok(Named::Link("../e".to_owned())));
        system.link_to_name("/loop", "/loop").unwrap();
        assert_eq!(system.find("/loop", LastLink::Followed), Err(Errno::Loop));
        assert_eq!(system.rename("/e", "/a"), Err(Errno::IsFolder));
    }

    #[test]
    fn what_is_cut_off_is_not_there_again_when_the_file_grows() {
        let mut system = FileSystem::default();
        let file = written(&mut system, "/log", "abcdef");
        system.sync(file).unwrap();
        system.resize(file, 0, 0).unwrap();
        system.write(file, 4, b"xy", 0).unwrap();
        system.sync(file).unwrap();
        system.crash(Loss::Node);
        assert_eq!(text(&system, "/log").unwrap(), "\0\0\0\0xy");
    }

    #[test]
    fn a_file_without_a_name_is_there_until_it_is_closed() {
        let mut system = FileSystem::default();
        let file = written(&mut system, "/log", "one");
        system.delete("/log").unwrap();
        assert_eq!(system.bytes(file), b"one");
        system.close(file);
        assert_eq!(system.status(file), None);
    }
}
