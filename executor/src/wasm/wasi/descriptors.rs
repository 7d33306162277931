//! What is open.

use super::{
    abi::{rights, Errno, FileType},
    tree::{NodeId, IN, OUT, TMP},
};

/// Most descriptors at a time.
const MAX_OPEN: usize = 1024;

/// Something open.
pub(super) struct Descriptor {
    pub(super) target: Target,
    /// What may be done with it. Only the rights to read and to write have an effect.
    pub(super) rights: u64,
    /// What may be done with what is opened through it. Of no effect.
    pub(super) inheriting: u64,
    pub(super) flags: u32,
}

/// What a descriptor is open on.
pub(super) enum Target {
    Stdin {
        position: usize,
    },
    Stdout,
    Stderr,
    File {
        node: NodeId,
        position: u64,
    },
    Directory {
        node: NodeId,
        /// The path of a directory that was open at the start.
        preopened: Option<&'static str>,
    },
}

impl Descriptor {
    fn stream(target: Target, right: u64) -> Self {
        Self { target, rights: rights::STREAM | right, inheriting: 0, flags: 0 }
    }

    /// A file, open to `rights` of reading and writing.
    pub(super) fn file(node: NodeId, rights: u64, flags: u32) -> Self {
        let target = Target::File { node, position: 0 };
        Self { target, rights: rights::FILE | rights, inheriting: 0, flags }
    }

    pub(super) fn directory(node: NodeId, preopened: Option<&'static str>, flags: u32) -> Self {
        let inheriting = rights::DIRECTORY | rights::FILE | rights::FD_READ | rights::FD_WRITE;
        let target = Target::Directory { node, preopened };
        Self { target, rights: rights::DIRECTORY, inheriting, flags }
    }

    /// The file or directory that it is open on.
    pub(super) fn node(&self) -> Option<NodeId> {
        match self.target {
            Target::File { node, .. } | Target::Directory { node, .. } => Some(node),
            Target::Stdin { .. } | Target::Stdout | Target::Stderr => None,
        }
    }

    pub(super) fn file_type(&self) -> FileType {
        match self.target {
            Target::File { .. } => FileType::Regular,
            Target::Directory { .. } => FileType::Directory,
            Target::Stdin { .. } | Target::Stdout | Target::Stderr => FileType::Unknown,
        }
    }

    /// Fails if it is not open for reading, or writing.
    pub(super) fn check(&self, right: u64) -> Result<(), Errno> {
        match self.target {
            Target::Directory { .. } => Err(Errno::IsDirectory),
            _ if self.rights & right == 0 => Err(Errno::BadDescriptor),
            _ => Ok(()),
        }
    }
}

/// All that is open, by number. The lowest free number is given out first.
pub(super) struct Descriptors(Vec<Option<Descriptor>>);

impl Descriptors {
    /// The standard streams, and the directories that are there at the start. A program looks for a path in the one with
    /// the longest name that fits, and for a relative path as if it were below `/`: so `/` is the directory of results by
    /// another name, and not one above it.
    pub(super) fn new() -> Self {
        let directory = |node, path| Descriptor::directory(node, Some(path), 0);
        let open = [
            Descriptor::stream(Target::Stdin { position: 0 }, rights::FD_READ),
            Descriptor::stream(Target::Stdout, rights::FD_WRITE),
            Descriptor::stream(Target::Stderr, rights::FD_WRITE),
            directory(IN, "/in"),
            directory(OUT, "/out"),
            directory(TMP, "/tmp"),
            directory(OUT, "/"),
        ];
        Self(open.into_iter().map(Some).collect())
    }

    /// The files and directories that are open at the start.
    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.0.iter().flatten().filter_map(Descriptor::node)
    }

    pub(super) fn get(&self, number: u32) -> Result<&Descriptor, Errno> {
        self.0.get(number as usize).and_then(Option::as_ref).ok_or(Errno::BadDescriptor)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Result<&mut Descriptor, Errno> {
        self.0.get_mut(number as usize).and_then(Option::as_mut).ok_or(Errno::BadDescriptor)
    }

    /// The directory that a descriptor is open on.
    pub(super) fn directory(&self, number: u32) -> Result<NodeId, Errno> {
        match self.get(number)?.target {
            Target::Directory { node, .. } => Ok(node),
            _ => Err(Errno::NotDirectory),
        }
    }

    /// The file that a descriptor is open on, if it is open for reading, or writing.
    pub(super) fn file(&self, number: u32, right: u64) -> Result<NodeId, Errno> {
        let descriptor = self.get(number)?;
        match descriptor.target {
            Target::File { node, .. } => descriptor.check(right).map(|()| node),
            Target::Directory { .. } => Err(Errno::BadDescriptor),
            _ => Err(Errno::NotSeekable),
        }
    }

    /// The file that a descriptor is open on, and its position.
    pub(super) fn position(&mut self, number: u32) -> Result<(NodeId, &mut u64), Errno> {
        match &mut self.get_mut(number)?.target {
            Target::File { node, position } => Ok((*node, position)),
            Target::Directory { .. } => Err(Errno::BadDescriptor),
            _ => Err(Errno::NotSeekable),
        }
    }

    /// Fails if nothing more can be opened.
    pub(super) fn check_room(&self) -> Result<(), Errno> {
        if self.0.len() >= MAX_OPEN && self.0.iter().all(Option::is_some) {
            return Err(Errno::TooManyOpen);
        }
        Ok(())
    }

    pub(super) fn add(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        self.check_room()?;
        let number = self.0.iter().position(Option::is_none).unwrap_or_else(|| {
            self.0.push(None);
            self.0.len() - 1
        });
        self.0[number] = Some(descriptor);
        Ok(number as u32)
    }

    pub(super) fn remove(&mut self, number: u32) -> Result<Descriptor, Errno> {
        self.0.get_mut(number as usize).and_then(Option::take).ok_or(Errno::BadDescriptor)
    }

    /// Moves a descriptor to the number of another, which is answered.
    pub(super) fn replace(&mut self, from: u32, to: u32) -> Result<Option<Descriptor>, Errno> {
        self.get(to)?;
        self.get(from)?;
        if from == to {
            return Ok(None);
        }
        let moved = self.remove(from)?;
        Ok(self.0[to as usize].replace(moved))
    }
}
