//! System calls on descriptors.

use super::{
    abi::{
        directory_entry, rights, time_flags, DescriptorStat, Errno, Fault, FileStat, FileType, Times, APPEND,
        DESCRIPTOR_FLAGS,
    },
    clock::REAL_TIME,
    descriptors::{Descriptor, Target},
    guest::Guest,
    meter::STEP_WORK,
    tree::NodeId,
    Wasi,
};
use crate::wasm::stop::Stopped;

/// Place of the entry `..` among those of a directory. `.` comes before it, and nodes have higher numbers.
const PARENT_COOKIE: u64 = 2;

/// Largest number that stands for an advice.
const ADVICE: u32 = 5;

impl Wasi {
    pub(super) fn fd_read(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        buffers: u32,
        count: u32,
        read: u32,
    ) -> Result<(), Fault> {
        let descriptor = self.descriptors.get_mut(descriptor)?;
        descriptor.check(rights::FD_READ)?;
        let total = match &mut descriptor.target {
            Target::Stdin { position } => guest.scatter(buffers, count, |buffer, meter| {
                let rest = &self.stdin[*position..];
                let length = buffer.len().min(rest.len());
                meter.pay(length as u64)?;
                buffer[..length].copy_from_slice(&rest[..length]);
                *position += length;
                Ok(length)
            })?,
            Target::File { node, position } => guest.scatter(buffers, count, |buffer, meter| {
                let length = self.tree.read(*node, *position, buffer, meter)?;
                *position += length as u64;
                Ok(length)
            })?,
            Target::Stdout | Target::Stderr | Target::Directory { .. } => {
                return Err(Errno::BadDescriptor.into())
            }
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
        let node = self.descriptors.file(descriptor, rights::FD_READ)?;
        let total = guest.scatter(buffers, count, |buffer, meter| {
            let length = self.tree.read(node, offset, buffer, meter)?;
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
        let descriptor = self.descriptors.get_mut(descriptor)?;
        descriptor.check(rights::FD_WRITE)?;
        let append = descriptor.flags & APPEND != 0;
        let total = match &mut descriptor.target {
            Target::Stdout => guest.scatter(buffers, count, |buffer, meter| {
                meter.pay(buffer.len() as u64)?;
                self.tree.charge(buffer.len() as u64)?;
                self.stdout.try_reserve(buffer.len()).map_err(|_| Fault::stop(Stopped::OutOfMemory))?;
                self.stdout.extend_from_slice(buffer);
                Ok(buffer.len())
            })?,
            Target::Stderr => guest.scatter(buffers, count, |buffer, meter| {
                meter.pay(buffer.len() as u64)?;
                self.stderr.write(buffer);
                self.progress.write(buffer);
                Ok(buffer.len())
            })?,
            Target::File { node, position } => guest.scatter(buffers, count, |buffer, meter| {
                if append {
                    *position = self.tree.size(*node)?;
                }
                self.tree.write(*node, *position, buffer, meter)?;
                *position += buffer.len() as u64;
                Ok(buffer.len())
            })?,
            Target::Stdin { .. } | Target::Directory { .. } => return Err(Errno::BadDescriptor.into()),
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
        let node = self.descriptors.file(descriptor, rights::FD_WRITE)?;
        let total = guest.scatter(buffers, count, |buffer, meter| {
            self.tree.write(node, offset, buffer, meter)?;
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
        answer: u32,
    ) -> Result<(), Fault> {
        let (node, position) = self.descriptors.position(descriptor)?;
        let origin = match whence {
            0 => 0,
            1 => *position,
            2 => self.tree.size(node)?,
            _ => return Err(Errno::Invalid.into()),
        };
        *position = origin.checked_add_signed(offset).ok_or(Errno::Invalid)?;
        guest.write_u64(answer, *position)
    }

    pub(super) fn fd_tell(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        answer: u32,
    ) -> Result<(), Fault> {
        let (_, position) = self.descriptors.position(descriptor)?;
        guest.write_u64(answer, *position)
    }

    pub(super) fn fd_fdstat_get(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        stat: u32,
    ) -> Result<(), Fault> {
        let descriptor = self.descriptors.get(descriptor)?;
        let answer = DescriptorStat {
            file_type: descriptor.file_type(),
            flags: descriptor.flags as u16,
            rights: descriptor.rights,
            inheriting: descriptor.inheriting,
        };
        guest.write(stat, &answer.encode())
    }

    pub(super) fn fd_fdstat_set_flags(
        &mut self,
        _guest: &mut Guest<'_>,
        descriptor: u32,
        flags: u32,
    ) -> Result<(), Fault> {
        let descriptor = self.descriptors.get_mut(descriptor)?;
        if flags > DESCRIPTOR_FLAGS {
            return Err(Errno::Invalid.into());
        }
        descriptor.flags = flags;
        Ok(())
    }

    /// Rights can be given up, and not taken.
    pub(super) fn fd_fdstat_set_rights(
        &mut self,
        _guest: &mut Guest<'_>,
        descriptor: u32,
        rights: u64,
        inheriting: u64,
    ) -> Result<(), Fault> {
        let descriptor = self.descriptors.get_mut(descriptor)?;
        if rights & !descriptor.rights != 0 || inheriting & !descriptor.inheriting != 0 {
            return Err(Errno::NotCapable.into());
        }
        descriptor.rights = rights;
        descriptor.inheriting = inheriting;
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
            None => FileStat { inode: 0, file_type: FileType::Unknown, size: 0, times: Times::default() },
        };
        guest.write(stat, &answer.encode())
    }

    pub(super) fn fd_filestat_set_size(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        size: u64,
    ) -> Result<(), Fault> {
        let node = self.descriptors.file(descriptor, rights::FD_WRITE)?;
        self.tree.resize(node, size, guest.meter)
    }

    pub(super) fn fd_filestat_set_times(
        &mut self,
        _guest: &mut Guest<'_>,
        descriptor: u32,
        accessed: u64,
        modified: u64,
        flags: u32,
    ) -> Result<(), Fault> {
        let node = self.descriptors.get(descriptor)?.node().ok_or(Errno::BadDescriptor)?;
        self.set_times(node, Times { accessed, modified }, flags)
    }

    pub(super) fn fd_allocate(
        &mut self,
        guest: &mut Guest<'_>,
        descriptor: u32,
        offset: u64,
        length: u64,
    ) -> Result<(), Fault> {
        let node = self.descriptors.file(descriptor, rights::FD_WRITE)?;
        let end = offset.checked_add(length).ok_or(Errno::FileTooBig)?;
        if end > self.tree.size(node)? {
            self.tree.resize(node, end, guest.meter)?;
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
        advice: u32,
    ) -> Result<(), Fault> {
        self.descriptors.position(descriptor)?;
        if advice > ADVICE {
            return Err(Errno::Invalid.into());
        }
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
        let directory = self.descriptors.directory(descriptor)?;
        let parent = self.tree.parent(directory)?;
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
            listing.guest.meter.pay(STEP_WORK)?;
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

    /// Sets the times of a file or directory that `flags` name.
    pub(super) fn set_times(&mut self, node: NodeId, times: Times, flags: u32) -> Result<(), Fault> {
        use time_flags::{ACCESSED, ACCESSED_NOW, ALL, MODIFIED, MODIFIED_NOW};
        let has = |flag| flags & flag != 0;
        let both = has(ACCESSED) && has(ACCESSED_NOW) || has(MODIFIED) && has(MODIFIED_NOW);
        if flags > ALL || both {
            return Err(Errno::Invalid.into());
        }
        let set = self.tree.times_mut(node)?;
        let now = if has(ACCESSED_NOW | MODIFIED_NOW) { self.clock.read(REAL_TIME) } else { 0 };
        for (time, given, one, one_now) in [
            (&mut set.accessed, times.accessed, ACCESSED, ACCESSED_NOW),
            (&mut set.modified, times.modified, MODIFIED, MODIFIED_NOW),
        ] {
            match (has(one), has(one_now)) {
                (true, _) => *time = given,
                (_, true) => *time = now,
                _ => {}
            }
        }
        Ok(())
    }

    fn preopened(&self, descriptor: u32) -> Result<&'static str, Errno> {
        match self.descriptors.get(descriptor)?.target {
            Target::Directory { preopened, .. } => preopened.ok_or(Errno::BadDescriptor),
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
