//! The app's memory, as a system call sees it.

use std::ops::Range;

use wasmtime::Trap;

use super::abi::{Errno, Fault};

/// Most buffers in one scattered read or write.
const MAX_BUFFERS: u32 = 1024;

/// Most bytes that one read or write moves. Callers are used to reads and writes that do less than was asked for.
const MAX_TRANSFER: usize = 16 << 20;

/// The app's memory. An access outside traps, as one by the app itself does; the bytes looked at are counted, for
/// the app to pay.
pub(super) struct Guest<'a> {
    memory: &'a mut [u8],
    moved: u64,
}

impl<'a> Guest<'a> {
    pub(super) fn new(memory: &'a mut [u8]) -> Self {
        Self { memory, moved: 0 }
    }

    /// Bytes looked at so far.
    pub(super) fn moved(&self) -> u64 {
        self.moved
    }

    pub(super) fn slice(&mut self, at: u32, length: u32) -> Result<&mut [u8], Fault> {
        let start = at as usize;
        let slice = start.checked_add(length as usize).and_then(|end| self.memory.get_mut(start..end));
        let slice = slice.ok_or_else(|| Fault::stop(Trap::MemoryOutOfBounds))?;
        self.moved += u64::from(length);
        Ok(slice)
    }

    fn array<const N: usize>(&mut self, at: u32) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.slice(at, N as u32)?);
        Ok(bytes)
    }

    pub(super) fn read_u8(&mut self, at: u32) -> Result<u8, Fault> {
        self.array(at).map(u8::from_le_bytes)
    }

    pub(super) fn read_u16(&mut self, at: u32) -> Result<u16, Fault> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub(super) fn read_u32(&mut self, at: u32) -> Result<u32, Fault> {
        self.array(at).map(u32::from_le_bytes)
    }

    pub(super) fn read_u64(&mut self, at: u32) -> Result<u64, Fault> {
        self.array(at).map(u64::from_le_bytes)
    }

    pub(super) fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Fault> {
        let length = u32::try_from(bytes.len()).map_err(|_| Fault::stop(Trap::MemoryOutOfBounds))?;
        self.slice(at, length)?.copy_from_slice(bytes);
        Ok(())
    }

    pub(super) fn write_u32(&mut self, at: u32, value: u32) -> Result<(), Fault> {
        self.write(at, &value.to_le_bytes())
    }

    pub(super) fn write_u64(&mut self, at: u32, value: u64) -> Result<(), Fault> {
        self.write(at, &value.to_le_bytes())
    }

    /// Paths are UTF-8 without NUL.
    pub(super) fn path(&mut self, at: u32, length: u32) -> Result<String, Fault> {
        let bytes = self.slice(at, length)?;
        match std::str::from_utf8(bytes) {
            Ok(path) if !path.contains('\0') => Ok(path.to_owned()),
            _ => Err(Errno::IllegalSequence.into()),
        }
    }

    /// Lends each of the buffers of a scattered read or write to `move_bytes`, which answers how many bytes of it were
    /// used. Ends at the first that was not used in full, and answers the sum.
    pub(super) fn scatter(
        &mut self,
        buffers: u32,
        count: u32,
        mut move_bytes: impl FnMut(&mut [u8]) -> Result<usize, Fault>,
    ) -> Result<u32, Fault> {
        let mut total = 0;
        for buffer in self.buffers(buffers, count)? {
            let length = buffer.len();
            let moved = move_bytes(&mut self.memory[buffer])?;
            total += moved;
            if moved < length {
                break;
            }
        }
        self.moved += total as u64;
        Ok(total as u32)
    }

    /// The buffers of a scattered read or write, cut off at [`MAX_TRANSFER`].
    fn buffers(&mut self, at: u32, count: u32) -> Result<Vec<Range<usize>>, Fault> {
        if count > MAX_BUFFERS {
            return Err(Errno::Invalid.into());
        }
        let list = self.slice(at, count * 8)?.to_vec();
        let mut left = MAX_TRANSFER;
        let mut buffers = Vec::with_capacity(count as usize);
        for entry in list.chunks_exact(8) {
            let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | usize::from(*byte));
            let (start, length) = (word(&entry[..4]), word(&entry[4..]));
            match start.checked_add(length) {
                Some(end) if end <= self.memory.len() => {}
                _ => return Err(Fault::stop(Trap::MemoryOutOfBounds)),
            }
            let length = length.min(left);
            left -= length;
            buffers.push(start..start + length);
        }
        Ok(buffers)
    }
}
