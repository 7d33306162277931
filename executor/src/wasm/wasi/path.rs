//! System calls on paths.

use super::{
    abi::{open_flags, rights, Errno, Fault, Times, DESCRIPTOR_FLAGS},
    descriptors::Descriptor,
    guest::Guest,
    meter::STEP_WORK,
    tree::Place,
    Wasi,
};

/// Longest path that is looked at, in bytes.
const MAX_PATH_ARGUMENT: u32 = 4096;

impl Wasi {
    /// Follows a path, which may not lead out of the directory `descriptor`. There are no links.
    fn place(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        at: u32,
        length: u32,
    ) -> Result<Place, Fault> {
        let base = self.descriptors.directory(descriptor)?;
        if length > MAX_PATH_ARGUMENT {
            return Err(Errno::NameTooLong.into());
        }
        let path = guest.path(at, length)?;
        if path.is_empty() {
            return Err(Errno::NotFound.into());
        }
        if path.starts_with('/') {
            return Err(Errno::NotCapable.into());
        }
        let mut way = vec![base];
        let mut names = path.split('/').filter(|name| !name.is_empty() && *name != ".").peekable();
        while let Some(name) = names.next() {
            guest.meter.pay(STEP_WORK)?;
            let here = way.last().copied().ok_or(Errno::NotCapable)?;
            if name == ".." {
                way.pop();
            } else if names.peek().is_some() {
                let next = self.tree.child(here, name)?;
                if !self.tree.is_directory(next) {
                    return Err(Errno::NotDirectory.into());
                }
                way.push(next);
            } else {
                let must_be_directory = path.ends_with('/') || path.ends_with("/.");
                return Ok(Place { directory: here, name: name.to_owned(), must_be_directory });
            }
        }
        let directory = way.last().copied().ok_or(Errno::NotCapable)?;
        Ok(Place { directory, name: String::new(), must_be_directory: true })
    }

    #[allow(clippy::too_many_arguments, reason = "the signature is WASI's")]
    pub(super) fn path_open(
        &mut self,
        guest: &mut Guest<'_>,
        directory: u32,
        _lookup_flags: u32,
        path: u32,
        path_length: u32,
        open_flags: u32,
        rights: u64,
        _inheriting: u64,
        descriptor_flags: u32,
        opened: u32,
    ) -> Result<(), Fault> {
        let place = self.place(guest, directory, path, path_length)?;
        if descriptor_flags > DESCRIPTOR_FLAGS {
            return Err(Errno::Invalid.into());
        }
        self.descriptors.check_room()?;
        let has = |flag| open_flags & flag != 0;
        let write = rights & rights::FD_WRITE != 0;
        // As elsewhere: what is not opened to be written is opened to be read, asked for or not.
        let readable = if write { rights & rights::FD_READ } else { rights::FD_READ };
        let node = match self.tree.find(&place) {
            Ok(_) if has(open_flags::CREATE) && has(open_flags::EXCLUSIVE) => {
                return Err(Errno::Exists.into())
            }
            Ok(node) => node,
            Err(Errno::NotFound) if has(open_flags::CREATE) => {
                if has(open_flags::DIRECTORY) || place.must_be_directory {
                    return Err(Errno::Invalid.into());
                }
                self.tree.create_file(&place, guest.meter)?
            }
            Err(error) => return Err(error.into()),
        };
        let descriptor = if self.tree.is_directory(node) {
            if write || has(open_flags::TRUNCATE) {
                return Err(Errno::IsDirectory.into());
            }
            Descriptor::directory(node, None, descriptor_flags)
        } else {
            if has(open_flags::DIRECTORY) {
                return Err(Errno::NotDirectory.into());
            }
            if self.tree.is_read_only(node) && (write || has(open_flags::TRUNCATE)) {
                return Err(Errno::ReadOnly.into());
            }
            if has(open_flags::TRUNCATE) {
                self.tree.resize(node, 0, guest.meter)?;
            }
            Descriptor::file(node, readable | rights & rights::FD_WRITE, descriptor_flags)
        };
        self.tree.opened(node);
        let number = self.descriptors.add(descriptor)?;
        guest.write_u32(opened, number)
    }

    pub(super) fn path_filestat_get(
        &mut self,
        guest: &mut Guest<'_>,
        directory: u32,
        _lookup_flags: u32,
        path: u32,
        path_length: u32,
        stat: u32,
    ) -> Result<(), Fault> {
        let place = self.place(guest, directory, path, path_length)?;
        let node = self.tree.find(&place)?;
        guest.write(stat, &self.tree.stat(node)?.encode())
    }

    #[allow(clippy::too_many_arguments, reason = "the signature is WASI's")]
    pub(super) fn path_filestat_set_times(
        &mut self,
        guest: &mut Guest<'_>,
        directory: u32,
        _lookup_flags: u32,
        path: u32,
        path_length: u32,
        accessed: u64,
        modified: u64,
        flags: u32,
    ) -> Result<(), Fault> {
        let place = self.place(guest, directory, path, path_length)?;
        let node = self.tree.find(&place)?;
        self.set_times(node, Times { accessed, modified }, flags)
    }

    pub(super) fn path_create_directory(
        &mut self,
        guest: &mut Guest<'_>,
        directory: u32,
        path: u32,
        path_length: u32,
    ) -> Result<(), Fault> {
        let place = self.place(guest, directory, path, path_length)?;
        self.tree.create_directory(&place, guest.meter)
    }

    pub(super) fn path_remove_directory(
        &mut self,
        guest: &mut Guest<'_>,
        directory: u32,
        path: u32,
        path_length: u32,
    ) -> Result<(), Fault> {
        let place = self.place(guest, directory, path, path_length)?;
        Ok(self.tree.remove_directory(&place)?)
    }

    pub(super) fn path_unlink_file(
        &mut self,
        guest: &mut Guest<'_>,
        directory: u32,
        path: u32,
        path_length: u32,
    ) -> Result<(), Fault> {
        let place = self.place(guest, directory, path, path_length)?;
        Ok(self.tree.remove_file(&place)?)
    }

    #[allow(clippy::too_many_arguments, reason = "the signature is WASI's")]
    pub(super) fn path_rename(
        &mut self,
        guest: &mut Guest<'_>,
        from_directory: u32,
        from: u32,
        from_length: u32,
        to_directory: u32,
        to: u32,
        to_length: u32,
    ) -> Result<(), Fault> {
        let from = self.place(guest, from_directory, from, from_length)?;
        let to = self.place(guest, to_directory, to, to_length)?;
        self.tree.rename(&from, &to, guest.meter)
    }

    /// There are no links to read.
    #[allow(clippy::too_many_arguments, reason = "the signature is WASI's")]
    pub(super) fn path_readlink(
        &mut self,
        guest: &mut Guest<'_>,
        directory: u32,
        path: u32,
        path_length: u32,
        _buffer: u32,
        _buffer_length: u32,
        _used: u32,
    ) -> Result<(), Fault> {
        let place = self.place(guest, directory, path, path_length)?;
        self.tree.find(&place)?;
        Err(Errno::Invalid.into())
    }
}
