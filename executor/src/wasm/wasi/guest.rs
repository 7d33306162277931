//! The app's memory, as a system call sees it.

use std::ops::Range;

use wasmtime::Trap;

use super::{
    abi::{Errno, Fault},
    meter::{Meter, ACCESS_WORK, STEP_WORK},
};

/// Most buffers in one scattered read or write.
const MAX_BUFFERS: u32 = 1024;

/// The app's memory. An access outside traps, as one by the app itself does; the app pays for each.
pub(super) struct Guest<'a> {
    memory: Memory<'a>,
    pub(super) meter: &'a mut Meter,
}

impl<'a> Guest<'a> {
    pub(super) fn new(memory: &'a mut [u8], meter: &'a mut Meter) -> Self {
        Self { memory: Memory(memory), meter }
    }

    /// A part of the memory, and the meter for what is done with it.
    pub(super) fn slice(&mut self, at: u32, length: u32) -> Result<(&mut [u8], &mut Meter), Fault> {
        let range = self.memory.range(at as usize, length as usize)?;
        self.meter.pay(ACCESS_WORK + u64::from(length))?;
        #[cfg(test)]
        super::tests::moved(length as usize);
        Ok((self.memory.get_mut(range), self.meter))
    }

    fn array<const N: usize>(&mut self, at: u32) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.slice(at, N as u32)?.0);
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
        self.slice(at, length)?.0.copy_from_slice(bytes);
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
        let (bytes, _) = self.slice(at, length)?;
        match std::str::from_utf8(bytes) {
            Ok(path) if !path.contains('\0') => Ok(path.to_owned()),
            _ => Err(Errno::IllegalSequence.into()),
        }
    }

    /// Lends each of the buffers of a scattered read or write to `move_bytes`, which pays for the bytes that it moves
    /// and answers how many. Ends at the first buffer that was not used in full, and answers the sum.
    pub(super) fn scatter(
        &mut self,
        buffers: u32,
        count: u32,
        mut move_bytes: impl FnMut(&mut [u8], &mut Meter) -> Result<usize, Fault>,
    ) -> Result<u32, Fault> {
        let mut total = 0;
        for buffer in self.buffers(buffers, count)? {
            self.meter.pay(STEP_WORK)?;
            let length = buffer.len();
            let moved = move_bytes(self.memory.get_mut(buffer), self.meter)?;
            #[cfg(test)]
            super::tests::moved(moved);
            total += moved as u32;
            if moved < length {
                break;
            }
        }
        Ok(total)
    }

    /// The buffers of a scattered read or write. Together they have no more bytes than the answer can tell.
    fn buffers(&mut self, at: u32, count: u32) -> Result<Vec<Range<usize>>, Fault> {
        if count > MAX_BUFFERS {
            return Err(Errno::Invalid.into());
        }
        let list = self.slice(at, count * 8)?.0.to_vec();
        let mut total = 0u32;
        let mut buffers = Vec::with_capacity(count as usize);
        for entry in list.chunks_exact(8) {
            let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
            let (start, length) = (word(&entry[..4]), word(&entry[4..]));
            buffers.push(self.memory.range(start as usize, length as usize)?);
            total = total.checked_add(length).ok_or(Errno::Invalid)?;
        }
        Ok(buffers)
    }
}

/// The bytes themselves.
struct Memory<'a>(&'a mut [u8]);

impl Memory<'_> {
    /// The place of some bytes, all of them inside.
    fn range(&self, start: usize, length: usize) -> Result<Range<usize>, Fault> {
        match start.checked_add(length) {
            Some(end) if end <= self.0.len() => Ok(start..end),
            _ => Err(Fault::stop(Trap::MemoryOutOfBounds)),
        }
    }

    fn get_mut(&mut self, range: Range<usize>) -> &mut [u8] {
        &mut self.0[range]
    }
}
