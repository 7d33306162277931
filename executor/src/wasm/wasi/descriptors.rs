//! What is open.

use super::{
    abi::Errno,
    tree::{NodeId, IN, OUT},
};

/// Most descriptors at a time.
const MAX_OPEN: usize = 1024;

/// Something open.
pub(super) enum Descriptor {
    Stdin { position: usize },
    Stdout,
    Stderr,
    File(OpenFile),
    Directory(OpenDirectory),
}

#[derive(Clone, Copy)]
pub(super) struct OpenFile {
    pub(super) node: NodeId,
    pub(super) position: u64,
    pub(super) read: bool,
    pub(super) write: bool,
    pub(super) append: bool,
}

#[derive(Clone, Copy)]
pub(super) struct OpenDirectory {
    pub(super) node: NodeId,
    /// The path of a directory that was open at the start.
    pub(super) preopened: Option<&'static str>,
}

impl Descriptor {
    /// The file or directory that it is open on.
    pub(super) fn node(&self) -> Option<NodeId> {
        match self {
            Self::File(file) => Some(file.node),
            Self::Directory(directory) => Some(directory.node),
            Self::Stdin { .. } | Self::Stdout | Self::Stderr => None,
        }
    }
}

/// All that is open, by number. The lowest free number is given out first.
pub(super) struct Descriptors(Vec<Option<Descriptor>>);

impl Descriptors {
    /// The standard streams, `/in` and `/out`.
    pub(super) fn new() -> Self {
        let directory = |node, path| Descriptor::Directory(OpenDirectory { node, preopened: Some(path) });
        let open = [
            Descriptor::Stdin { position: 0 },
            Descriptor::Stdout,
            Descriptor::Stderr,
            directory(IN, "/in"),
            directory(OUT, "/out"),
        ];
        Self(open.into_iter().map(Some).collect())
    }

    pub(super) fn get(&self, number: u32) -> Result<&Descriptor, Errno> {
        self.0.get(number as usize).and_then(Option::as_ref).ok_or(Errno::BadDescriptor)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Result<&mut Descriptor, Errno> {
        self.0.get_mut(number as usize).and_then(Option::as_mut).ok_or(Errno::BadDescriptor)
    }

    pub(super) fn directory(&self, number: u32) -> Result<OpenDirectory, Errno> {
        match self.get(number)? {
            Descriptor::Directory(directory) => Ok(*directory),
            _ => Err(Errno::NotDirectory),
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
