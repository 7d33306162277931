//! System calls on descriptors.

use super::{
    abi::{
        directory_entry, rights, DescriptorStat, Errno, Fault, FileStat, FileType, APPEND, DESCRIPTOR_FLAGS,
    },
    descriptors::{Descriptor, OpenFile},
    guest::Guest,
    tree::NodeId,
    Wasi,
};

/// Place of the entry `..` among those of a directory. `.` comes before it, and nodes have higher numbers.
const PARENT_COOKIE: u64 = 2;

impl Wasi {
    pub(super) fn fd_read(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        buffers: u32,
        count: u32,
        read: u32,
    ) -> Result<(), Fault> {
        let total = match self.descriptors.get_mut(descriptor)? {
            Descriptor::Stdin { position } => guest.scatter(buffers, count, |buffer| {
                let rest = &self.stdin[*position..];
                let length = buffer.len().min(rest.len());
                buffer[..length].copy_from_slice(&rest[..length]);
                *position += length;
                Ok(length)
            })?,
            Descriptor::File(file) if file.read => guest.scatter(buffers, count, |buffer| {
                let length = self.tree.read(file.node, file.position, buffer)?;
                file.position += length as u64;
                Ok(length)
            })?,
            Descriptor::Directory(_) => return Err(Errno::IsDirectory.into()),
            _ => return Err(Errno::BadDescriptor.into()),
        };
        guest.write_u32(read, total)
    }

    pub(super) fn fd_pread(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        buffers: u32,
        count: u32,
        mut offset: u64,
        read: u32,
    ) -> Result<(), Fault> {
        let file = *self.file(descriptor)?;
        if !file.read {
            return Err(Errno::BadDescriptor.into());
        }
        let total = guest.scatter(buffers, count, |buffer| {
            let length = self.tree.read(file.node, offset, buffer)?;
            offset = offset.saturating_add(length as u64);
            Ok(length)
        })?;
        guest.write_u32(read, total)
    }

    pub(super) fn fd_write(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        buffers: u32,
        count: u32,
        written: u32,
    ) -> Result<(), Fault> {
        let total = match self.descriptors.get_mut(descriptor)? {
            Descriptor::Stdout => guest.scatter(buffers, count, |buffer| {
                self.tree.charge(buffer.len() as u64)?;
                self.stdout.extend_from_slice(buffer);
                Ok(buffer.len())
            })?,
            Descriptor::Stderr => guest.scatter(buffers, count, |buffer| {
                self.stderr.write(buffer);
                Ok(buffer.len())
            })?,
            Descriptor::File(file) if file.write => guest.scatter(buffers, count, |buffer| {
                if file.append {
                    file.position = self.tree.size(file.node)?;
                }
                self.tree.write(file.node, file.position, buffer)?;
                file.position += buffer.len() as u64;
                Ok(buffer.len())
            })?,
            Descriptor::Directory(_) => return Err(Errno::IsDirectory.into()),
            _ => return Err(Errno::BadDescriptor.into()),
        };
        guest.write_u32(written, total)
    }

    pub(super) fn fd_pwrite(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        buffers: u32,
        count: u32,
        mut offset: u64,
        written: u32,
    ) -> Result<(), Fault> {
        let node = self.writable_file(descriptor)?;
        let total = guest.scatter(buffers, count, |buffer| {
            self.tree.write(node, offset, buffer)?;
            offset = offset.saturating_add(buffer.len() as u64);
            Ok(buffer.len())
        })?;
        guest.write_u32(written, total)
    }

    pub(super) fn fd_close(&mut self, _guest: &mut Guest<'_>, descriptor: u32) -> Result<(), Fault> {
        let closed = self.descriptors.remove(descriptor)?;
        self.closed(closed);
        Ok(())
    }

    pub(super) fn fd_renumber(&mut self, _guest: &mut Guest<'_>, from: u32, to: u32) -> Result<(), Fault> {
        if let Some(closed) = self.descriptors.replace(from, to)? {
            self.closed(closed);
        }
        Ok(())
    }

    pub(super) fn fd_seek(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        offset: i64,
        whence: u32,
        position: u32,
    ) -> Result<(), Fault> {
        let size = match self.descriptors.get(descriptor)? {
            Descriptor::File(file) => self.tree.size(file.node)?,
            Descriptor::Directory(_) => return Err(Errno::BadDescriptor.into()),
            _ => return Err(Errno::NotSeekable.into()),
        };
        let file = self.file_mut(descriptor)?;
        let origin = match whence {
            0 => 0,
            1 => file.position,
            2 => size,
            _ => return Err(Errno::Invalid.into()),
        };
        file.position = origin.checked_add_signed(offset).ok_or(Errno::Invalid)?;
        guest.write_u64(position, file.position)
    }

    pub(super) fn fd_tell(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        position: u32,
    ) -> Result<(), Fault> {
        match self.descriptors.get(descriptor)? {
            Descriptor::File(file) => guest.write_u64(position, file.position),
            Descriptor::Directory(_) => Err(Errno::BadDescriptor.into()),
            _ => Err(Errno::NotSeekable.into()),
        }
    }

    pub(super) fn fd_fdstat_get(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        stat: u32,
    ) -> Result<(), Fault> {
        const COMMON: u64 = rights::ALL & !(rights::FD_READ | rights::FD_WRITE);
        // Without the rights to seek and tell the C library does not take a stream for a terminal or a file.
        const STREAM: u64 = COMMON & !(rights::FD_SEEK | rights::FD_TELL);
        let answer = match self.descriptors.get(descriptor)? {
            Descriptor::Stdin { .. } => DescriptorStat {
                file_type: FileType::Unknown,
                flags: 0,
                rights: STREAM | rights::FD_READ | rights::POLL,
                inheriting: 0,
            },
            Descriptor::Stdout | Descriptor::Stderr => DescriptorStat {
                file_type: FileType::Unknown,
                flags: 0,
                rights: STREAM | rights::FD_WRITE | rights::POLL,
                inheriting: 0,
            },
            Descriptor::File(file) => DescriptorStat {
                file_type: FileType::Regular,
                flags: if file.append { APPEND as u16 } else { 0 },
                rights: COMMON
                    | if file.read { rights::FD_READ } else { 0 }
                    | if file.write { rights::FD_WRITE } else { 0 },
                inheriting: 0,
            },
            Descriptor::Directory(_) => DescriptorStat {
                file_type: FileType::Directory,
                flags: 0,
                rights: COMMON,
                inheriting: rights::ALL,
            },
        };
        guest.write(stat, &answer.encode())
    }

    pub(super) fn fd_fdstat_set_flags(
        &mut self,
        _guest: &mut Guest<'_>,
        descriptor: u32,
        flags: u32,
    ) -> Result<(), Fault> {
        if flags > DESCRIPTOR_FLAGS {
            return Err(Errno::Invalid.into());
        }
        if let Descriptor::File(file) = self.descriptors.get_mut(descriptor)? {
            file.append = flags & APPEND != 0;
        }
        Ok(())
    }

    pub(super) fn fd_filestat_get(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        stat: u32,
    ) -> Result<(), Fault> {
        let answer = match self.descriptors.get(descriptor)?.node() {
            Some(node) => self.tree.stat(node)?,
            None => FileStat { inode: 0, file_type: FileType::Unknown, size: 0 },
        };
        guest.write(stat, &answer.encode())
    }

    pub(super) fn fd_filestat_set_size(
        &mut self,
        _guest: &mut Guest<'_>,
        descriptor: u32,
        size: u64,
    ) -> Result<(), Fault> {
        let node = self.writable_file(descriptor)?;
        self.tree.resize(node, size)
    }

    pub(super) fn fd_allocate(
        &mut self,
        _guest: &mut Guest<'_>,
        descriptor: u32,
        offset: u64,
        length: u64,
    ) -> Result<(), Fault> {
        let node = self.writable_file(descriptor)?;
        let end = offset.checked_add(length).ok_or(Errno::FileTooBig)?;
        if end > self.tree.size(node)? {
            self.tree.resize(node, end)?;
        }
        Ok(())
    }

    /// Advice is for those who can be faster or slower.
    pub(super) fn fd_advise(
        &mut self,
        _guest: &mut Guest<'_>,
        descriptor: u32,
        _offset: u64,
        _length: u64,
        _advice: u32,
    ) -> Result<(), Fault> {
        self.file(descriptor)?;
        Ok(())
    }

    /// Nothing is volatile here.
    pub(super) fn fd_sync(&mut self, _guest: &mut Guest<'_>, descriptor: u32) -> Result<(), Fault> {
        self.descriptors.get(descriptor)?;
        Ok(())
    }

    pub(super) fn fd_datasync(&mut self, guest: &mut Guest<'_>, descriptor: u32) -> Result<(), Fault> {
        self.fd_sync(guest, descriptor)
    }

    pub(super) fn fd_prestat_get(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        stat: u32,
    ) -> Result<(), Fault> {
        let path = self.preopened(descriptor)?;
        // The first word says that it is a directory.
        guest.write_u32(stat, 0)?;
        guest.write_u32(stat.wrapping_add(4), path.len() as u32)
    }

    pub(super) fn fd_prestat_dir_name(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        name: u32,
        length: u32,
    ) -> Result<(), Fault> {
        let path = self.preopened(descriptor)?;
        if (length as usize) < path.len() {
            return Err(Errno::NameTooLong.into());
        }
        guest.write(name, path.as_bytes())
    }

    /// Entries follow one another until the buffer is full; the last may be cut off. A buffer that is not full tells
    /// that there are no more.
    pub(super) fn fd_readdir(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        buffer: u32,
        length: u32,
        cookie: u64,
        used: u32,
    ) -> Result<(), Fault> {
        let directory = self.descriptors.directory(descriptor)?.node;
        let parent = match self.descriptors.directory(descriptor)?.preopened {
            Some(_) => directory,
            None => self.tree.parent(directory)?,
        };
        let mut listing = Listing { guest, at: buffer, left: length };
        for (place, name, node) in [(1, ".", directory), (PARENT_COOKIE, "..", parent)] {
            if cookie < place && listing.left > 0 {
                listing.push(place, node, name, FileType::Directory)?;
            }
        }
        for entry in self.tree.entries(directory, cookie.max(PARENT_COOKIE))? {
            if listing.left == 0 {
                break;
            }
            listing.push(entry.node, entry.node, entry.name, entry.file_type)?;
        }
        let filled = length - listing.left;
        guest.write_u32(used, filled)
    }

    fn closed(&mut self, descriptor: Descriptor) {
        if let Some(node) = descriptor.node() {
            self.tree.closed(node);
        }
    }

    fn file(&self, descriptor: u32) -> Result<&OpenFile, Errno> {
        match self.descriptors.get(descriptor)? {
            Descriptor::File(file) => Ok(file),
            Descriptor::Directory(_) => Err(Errno::BadDescriptor),
            _ => Err(Errno::NotSeekable),
        }
    }

    fn file_mut(&mut self, descriptor: u32) -> Result<&mut OpenFile, Errno> {
        match self.descriptors.get_mut(descriptor)? {
            Descriptor::File(file) => Ok(file),
            _ => Err(Errno::BadDescriptor),
        }
    }

    fn writable_file(&self, descriptor: u32) -> Result<NodeId, Errno> {
        let file = self.file(descriptor)?;
        if !file.write {
            return Err(Errno::BadDescriptor);
        }
        Ok(file.node)
    }

    fn preopened(&self, descriptor: u32) -> Result<&'static str, Errno> {
        match self.descriptors.get(descriptor)? {
            Descriptor::Directory(directory) => directory.preopened.ok_or(Errno::BadDescriptor),
            _ => Err(Errno::BadDescriptor),
        }
    }
}

/// The buffer of `fd_readdir`.
struct Listing<'g, 'm> {
    guest: &'g mut Guest<'m>,
    at: u32,
    left: u32,
}

impl Listing<'_, '_> {
    fn push(&mut self, next: u64, node: NodeId, name: &str, file_type: FileType) -> Result<(), Fault> {
        for part in [&directory_entry(next, node, name.len(), file_type)[..], name.as_bytes()] {
            let length = part.len().min(self.left as usize);
            self.guest.write(self.at, &part[..length])?;
            self.at = self.at.wrapping_add(length as u32);
            self.left -= length as u32;
        }
        Ok(())
    }
}
