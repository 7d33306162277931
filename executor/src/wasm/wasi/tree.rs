//! The files and directories that an app sees: `/in`, `/out` and `/tmp`, in memory, and nothing else.
//!
//! No call here names a file of the host but the dataset, which was opened before the app started. There is nothing
//! to escape to. Nodes are numbered in the order in which they are made, and directories are listed in that
//! order: it is the app's own doing, and stays the same while entries come and go.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

use talka_primitives::manifest::{MAX_NAME_BYTES, MAX_OUTPUT_ENTRIES, MAX_PATH_BYTES};

use super::{
    abi::{Errno, Exit, Fault, FileStat, FileType, Times},
    meter::{Meter, DATASET_WORK, NODE_WORK, STEP_WORK},
};
use crate::{output::ProducedFile, wasm::stop::Stopped};

/// Names a file or directory; its inode number. Never used twice.
pub(super) type NodeId = u64;

/// The directory `/in`.
pub(super) const IN: NodeId = 1;
/// The directory `/out`.
pub(super) const OUT: NodeId = 2;
/// The directory `/tmp`.
pub(super) const TMP: NodeId = 3;

/// Most bytes that are read from the dataset at once: a slow disk must not keep the watchdog waiting.
const DATASET_PIECE: usize = 1 << 20;

struct Node {
    kind: Kind,
    parent: NodeId,
    times: Times,
    /// Whether it is in a directory still.
    linked: bool,
    /// Descriptors open on it.
    open: u32,
}

enum Kind {
    Directory(Directory),
    File(Vec<u8>),
    Dataset,
}

#[derive(Default)]
struct Directory {
    names: BTreeMap<String, NodeId>,
    order: BTreeMap<NodeId, String>,
}

/// The dataset, on the host.
pub(super) struct Dataset {
    pub(super) file: File,
    pub(super) size: u64,
}

/// What an app may still write.
struct Budget {
    used: u64,
    limit: u64,
}

/// All files and directories.
pub(super) struct Tree {
    nodes: Nodes,
    next: NodeId,
    /// Nodes that were there at the start.
    given: usize,
    dataset: Option<Dataset>,
    budget: Budget,
}

/// Where a path leads: a name in a directory, whether or not there is something of that name.
pub(super) struct Place {
    /// A directory.
    pub(super) directory: NodeId,
    /// A name in it; empty for the directory itself.
    pub(super) name: String,
    /// Whether the path was written in a way that only a directory can have.
    pub(super) must_be_directory: bool,
}

/// An entry of a directory.
pub(super) struct Entry<'a> {
    pub(super) node: NodeId,
    pub(super) name: &'a str,
    pub(super) file_type: FileType,
}

impl Tree {
    /// `/in` with the dataset, and empty `/out` and `/tmp`, for at most `limit` bytes of output.
    pub(super) fn new(dataset: Option<Dataset>, limit: u64) -> Self {
        let mut nodes = Nodes::default();
        for id in [IN, OUT, TMP] {
            nodes.insert(id, Node::new(Kind::Directory(Directory::default()), id));
        }
        let budget = Budget { used: 0, limit };
        let mut tree = Self { nodes, next: TMP + 1, given: 0, dataset, budget };
        if tree.dataset.is_some() {
            tree.insert(IN, "dataset", Kind::Dataset);
        }
        tree.given = tree.nodes.len();
        tree
    }

    /// Counts `bytes` of output, and stops an app that goes over its limit.
    pub(super) fn charge(&mut self, bytes: u64) -> Result<(), Fault> {
        match self.budget.used.checked_add(bytes) {
            Some(used) if used <= self.budget.limit => self.budget.used = used,
            _ => return Err(Fault::stop(Exit::OutputLimit)),
        }
        Ok(())
    }

    /// The node with this name in a directory.
    pub(super) fn child(&self, directory: NodeId, name: &str) -> Result<NodeId, Errno> {
        self.directory(directory)?.names.get(name).copied().ok_or(Errno::NotFound)
    }

    pub(super) fn is_directory(&self, node: NodeId) -> bool {
        self.directory(node).is_ok()
    }

    pub(super) fn stat(&self, node: NodeId) -> Result<FileStat, Errno> {
        let node_ref = self.node(node)?;
        let (file_type, times) = (node_ref.file_type(), node_ref.times);
        Ok(FileStat { inode: node, file_type, size: self.size(node)?, times })
    }

    /// When a file or directory was last read and written, for an app to change.
    pub(super) fn times_mut(&mut self, node: NodeId) -> Result<&mut Times, Errno> {
        if self.is_read_only(node) {
            return Err(Errno::ReadOnly);
        }
        self.nodes.get_mut(node).map(|node| &mut node.times).ok_or(Errno::NotFound)
    }

    /// Length of a file, in bytes; of a directory, nothing.
    pub(super) fn size(&self, node: NodeId) -> Result<u64, Errno> {
        Ok(match &self.node(node)?.kind {
            Kind::Directory(_) => 0,
            Kind::File(content) => content.len() as u64,
            Kind::Dataset => self.dataset.as_ref().map_or(0, |dataset| dataset.size),
        })
    }

    /// Entries of a directory that come after the node `after`.
    pub(super) fn entries(
        &self,
        directory: NodeId,
        after: NodeId,
    ) -> Result<impl Iterator<Item = Entry<'_>>, Errno> {
        let following = self.directory(directory)?.order.range(after.saturating_add(1)..);
        Ok(following.filter_map(|(node, name)| {
            let file_type = self.node(*node).ok()?.file_type();
            Some(Entry { node: *node, name, file_type })
        }))
    }

    pub(super) fn parent(&self, node: NodeId) -> Result<NodeId, Errno> {
        Ok(self.node(node)?.parent)
    }

    /// Whether a file or directory can't be changed.
    pub(super) fn is_read_only(&self, node: NodeId) -> bool {
        node == IN || matches!(self.nodes.get(node), Some(Node { kind: Kind::Dataset, .. }))
    }

    /// Notes that a descriptor was opened.
    pub(super) fn opened(&mut self, node: NodeId) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.open += 1;
        }
    }

    /// Notes that a descriptor was closed.
    pub(super) fn closed(&mut self, node: NodeId) {
        if let Some(found) = self.nodes.get_mut(node) {
            found.open -= 1;
            self.collect(node);
        }
    }

    /// Makes an empty file.
    pub(super) fn create_file(&mut self, place: &Place, meter: &mut Meter) -> Result<NodeId, Fault> {
        self.check_new(place, 0, meter)?;
        self.check_space()?;
        meter.pay(NODE_WORK)?;
        Ok(self.insert(place.directory, &place.name, Kind::File(Vec::new())))
    }

    /// Makes an empty directory.
    pub(super) fn create_directory(&mut self, place: &Place, meter: &mut Meter) -> Result<(), Fault> {
        if self.find(place).is_ok() {
            return Err(Errno::Exists.into());
        }
        self.check_new(place, 0, meter)?;
        self.check_space()?;
        meter.pay(NODE_WORK)?;
        self.insert(place.directory, &place.name, Kind::Directory(Directory::default()));
        Ok(())
    }

    /// The node at a place.
    pub(super) fn find(&self, place: &Place) -> Result<NodeId, Errno> {
        let node =
            if place.name.is_empty() { place.directory } else { self.child(place.directory, &place.name)? };
        if place.must_be_directory && !self.is_directory(node) {
            return Err(Errno::NotDirectory);
        }
        Ok(node)
    }

    /// Removes a file from its directory.
    pub(super) fn remove_file(&mut self, place: &Place) -> Result<(), Errno> {
        let node = self.find(place)?;
        if self.is_directory(node) {
            return Err(Errno::IsDirectory);
        }
        self.unlink(place, node)
    }

    /// Removes an empty directory.
    pub(super) fn remove_directory(&mut self, place: &Place) -> Result<(), Errno> {
        let node = self.find(place)?;
        if place.name.is_empty() {
            return Err(Errno::Busy);
        }
        if !self.directory(node)?.names.is_empty() {
            return Err(Errno::NotEmpty);
        }
        self.unlink(place, node)
    }

    /// Moves a file or directory, in the place of a file or empty directory that may be there.
    pub(super) fn rename(&mut self, from: &Place, to: &Place, meter: &mut Meter) -> Result<(), Fault> {
        let node = self.find(from)?;
        if from.name.is_empty() || to.name.is_empty() {
            return Err(Errno::Busy.into());
        }
        if self.is_read_only(from.directory) {
            return Err(Errno::ReadOnly.into());
        }
        let moves_directory = self.is_directory(node);
        if to.must_be_directory && !moves_directory {
            return Err(Errno::NotDirectory.into());
        }
        let replaced = match self.child(to.directory, &to.name) {
            Ok(same) if same == node => return Ok(()),
            Ok(replaced) => Some(replaced),
            Err(Errno::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        if moves_directory && self.is_inside(to.directory, node, meter)? {
            return Err(Errno::Invalid.into());
        }
        let below = self.longest_path_below(node, meter)?;
        self.check_new(to, below, meter)?;
        if let Some(replaced) = replaced {
            match (moves_directory, self.is_directory(replaced)) {
                (true, false) => return Err(Errno::NotDirectory.into()),
                (false, true) => return Err(Errno::IsDirectory.into()),
                (true, true) if !self.directory(replaced)?.names.is_empty() => {
                    return Err(Errno::NotEmpty.into())
                }
                _ => self.unlink(to, replaced)?,
            }
        }
        self.detach(from, node)?;
        self.attach(to.directory, &to.name, node);
        Ok(())
    }

    /// Reads from a file at `offset`; answers the number of bytes.
    pub(super) fn read(
        &self,
        node: NodeId,
        offset: u64,
        buffer: &mut [u8],
        meter: &mut Meter,
    ) -> Result<usize, Fault> {
        let left = self.size(node)?.saturating_sub(offset);
        let length = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let buffer = &mut buffer[..length];
        meter.pay(length as u64)?;
        match (&self.node(node)?.kind, &self.dataset) {
            (Kind::File(content), _) if length > 0 => {
                buffer.copy_from_slice(&content[offset as usize..][..length]);
            }
            (Kind::Dataset, Some(dataset)) if length > 0 => dataset.read(offset, buffer, meter)?,
            _ => {}
        }
        Ok(length)
    }

    /// Writes to a file at `offset`, all of it.
    pub(super) fn write(
        &mut self,
        node: NodeId,
        offset: u64,
        bytes: &[u8],
        meter: &mut Meter,
    ) -> Result<(), Fault> {
        let end = offset.checked_add(bytes.len() as u64).ok_or(Errno::FileTooBig)?;
        if bytes.is_empty() {
            return Ok(());
        }
        meter.pay(bytes.len() as u64)?;
        if end > self.size(node)? {
            self.resize(node, end, meter)?;
        }
        self.content(node)?[offset as usize..end as usize].copy_from_slice(bytes);
        Ok(())
    }

    /// Cuts a file off or fills it up with zeros.
    pub(super) fn resize(&mut self, node: NodeId, size: u64, meter: &mut Meter) -> Result<(), Fault> {
        let former = self.size(node)?;
        if let Some(grown) = size.checked_sub(former) {
            self.charge(grown)?;
            meter.pay(grown)?;
            let content = self.content(node)?;
            let grown = usize::try_from(grown).map_err(|_| Fault::stop(Stopped::OutOfMemory))?;
            content.try_reserve(grown).map_err(|_| Fault::stop(Stopped::OutOfMemory))?;
            content.resize(content.len() + grown, 0);
        } else {
            let content = self.content(node)?;
            content.truncate(size as usize);
            // Rarely enough for the copying to be paid by what was written before.
            if content.len() < content.capacity() / 4 {
                content.shrink_to_fit();
            }
            self.budget.used -= former - size;
        }
        Ok(())
    }

    /// What is left in `/out` at the end.
    pub(super) fn into_entries(mut self) -> (Vec<ProducedFile>, Vec<String>) {
        let (mut files, mut empty) = (Vec::new(), Vec::new());
        let mut open = vec![(OUT, String::new())];
        while let Some((node, path)) = open.pop() {
            match self.nodes.remove(node).map(|node| node.kind) {
                Some(Kind::Directory(directory)) if directory.names.is_empty() && node != OUT => {
                    empty.push(path)
                }
                Some(Kind::Directory(directory)) => {
                    let separator = if path.is_empty() { "" } else { "/" };
                    open.extend(
                        directory
                            .names
                            .iter()
                            .map(|(name, child)| (*child, format!("{path}{separator}{name}"))),
                    );
                }
                Some(Kind::File(content)) => files.push(ProducedFile { path, content }),
                Some(Kind::Dataset) | None => {}
            }
        }
        empty.sort();
        (files, empty)
    }

    fn node(&self, node: NodeId) -> Result<&Node, Errno> {
        self.nodes.get(node).ok_or(Errno::NotFound)
    }

    fn directory(&self, node: NodeId) -> Result<&Directory, Errno> {
        match &self.node(node)?.kind {
            Kind::Directory(directory) => Ok(directory),
            _ => Err(Errno::NotDirectory),
        }
    }

    fn content(&mut self, node: NodeId) -> Result<&mut Vec<u8>, Errno> {
        match self.nodes.get_mut(node).map(|node| &mut node.kind) {
            Some(Kind::File(content)) => Ok(content),
            Some(Kind::Directory(_)) => Err(Errno::IsDirectory),
            Some(Kind::Dataset) => Err(Errno::ReadOnly),
            None => Err(Errno::NotFound),
        }
    }

    /// Checks that something whose paths go on for `below` bytes can be put at a place.
    fn check_new(&self, place: &Place, below: usize, meter: &mut Meter) -> Result<(), Fault> {
        if self.is_read_only(place.directory) {
            return Err(Errno::ReadOnly.into());
        }
        if place.name.is_empty() || !self.node(place.directory)?.linked {
            return Err(Errno::NotFound.into());
        }
        if place.name.len() > MAX_NAME_BYTES {
            return Err(Errno::NameTooLong.into());
        }
        if self.path_length(place.directory, meter)? + place.name.len() + below > MAX_PATH_BYTES {
            return Err(Errno::NameTooLong.into());
        }
        Ok(())
    }

    fn check_space(&self) -> Result<(), Errno> {
        if self.nodes.len() - self.given >= MAX_OUTPUT_ENTRIES {
            return Err(Errno::NoSpace);
        }
        Ok(())
    }

    fn insert(&mut self, directory: NodeId, name: &str, kind: Kind) -> NodeId {
        let node = self.next;
        self.next += 1;
        self.nodes.insert(node, Node::new(kind, directory));
        self.attach(directory, name, node);
        node
    }

    fn attach(&mut self, directory: NodeId, name: &str, node: NodeId) {
        if let Some(Node { kind: Kind::Directory(entries), .. }) = self.nodes.get_mut(directory) {
            entries.names.insert(name.to_owned(), node);
            entries.order.insert(node, name.to_owned());
        }
        if let Some(node) = self.nodes.get_mut(node) {
            node.parent = directory;
        }
    }

    fn detach(&mut self, place: &Place, node: NodeId) -> Result<(), Errno> {
        if self.is_read_only(place.directory) {
            return Err(Errno::ReadOnly);
        }
        if let Some(Node { kind: Kind::Directory(entries), .. }) = self.nodes.get_mut(place.directory) {
            entries.names.remove(&place.name);
            entries.order.remove(&node);
        }
        Ok(())
    }

    fn unlink(&mut self, place: &Place, node: NodeId) -> Result<(), Errno> {
        self.detach(place, node)?;
        if let Some(found) = self.nodes.get_mut(node) {
            found.linked = false;
            self.collect(node);
        }
        Ok(())
    }

    /// Frees a node that nothing leads to.
    fn collect(&mut self, node: NodeId) {
        if self.nodes.get(node).is_some_and(|node| !node.linked && node.open == 0) {
            if let Some(Node { kind: Kind::File(content), .. }) = self.nodes.remove(node) {
                self.budget.used -= content.len() as u64;
            }
        }
    }

    /// Length of the path of a directory, with a `/` after each name.
    fn path_length(&self, mut directory: NodeId, meter: &mut Meter) -> Result<usize, Fault> {
        let mut length = 0;
        loop {
            meter.pay(STEP_WORK)?;
            let parent = self.parent(directory)?;
            if parent == directory {
                return Ok(length);
            }
            let name = self.directory(parent)?.order.get(&directory);
            length += name.map_or(0, String::len) + 1;
            directory = parent;
        }
    }

    /// Length of the longest path that goes on from a node, with a `/` before each name.
    fn longest_path_below(&self, node: NodeId, meter: &mut Meter) -> Result<usize, Fault> {
        let mut longest = 0;
        let mut open = vec![(node, 0)];
        while let Some((node, length)) = open.pop() {
            meter.pay(STEP_WORK)?;
            longest = longest.max(length);
            if let Ok(directory) = self.directory(node) {
                open.extend(directory.names.iter().map(|(name, child)| (*child, length + 1 + name.len())));
            }
        }
        Ok(longest)
    }

    fn is_inside(&self, mut node: NodeId, directory: NodeId, meter: &mut Meter) -> Result<bool, Fault> {
        while node != directory {
            meter.pay(STEP_WORK)?;
            match self.parent(node)? {
                root if root == node => return Ok(false),
                parent => node = parent,
            }
        }
        Ok(true)
    }
}

/// Files and directories by number.
#[derive(Default)]
struct Nodes(BTreeMap<NodeId, Node>);

impl Nodes {
    fn get(&self, node: NodeId) -> Option<&Node> {
        #[cfg(test)]
        super::tests::looked_up();
        self.0.get(&node)
    }

    fn get_mut(&mut self, node: NodeId) -> Option<&mut Node> {
        #[cfg(test)]
        super::tests::looked_up();
        self.0.get_mut(&node)
    }

    fn insert(&mut self, id: NodeId, node: Node) {
        self.0.insert(id, node);
    }

    fn remove(&mut self, node: NodeId) -> Option<Node> {
        self.0.remove(&node)
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

impl Node {
    fn new(kind: Kind, parent: NodeId) -> Self {
        Self { kind, parent, times: Times::default(), linked: true, open: 0 }
    }

    fn file_type(&self) -> FileType {
        match self.kind {
            Kind::Directory(_) => FileType::Directory,
            Kind::File(_) | Kind::Dataset => FileType::Regular,
        }
    }
}

impl Dataset {
    fn read(&self, offset: u64, buffer: &mut [u8], meter: &mut Meter) -> Result<(), Fault> {
        let failed = |error: io::Error| Fault::stop(Stopped::Dataset(error));
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        for piece in buffer.chunks_mut(DATASET_PIECE) {
            meter.pay(DATASET_WORK)?;
            file.read_exact(piece).map_err(failed)?;
        }
        Ok(())
    }
}
