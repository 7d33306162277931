//! Where choices come from: a seeded generator, or the bytes of a coverage-guided fuzzer.

/// A source of choices.
#[derive(Clone, Debug)]
pub enum Dice {
    /// Pseudo-random, without an end.
    Seeded(fastrand::Rng),
    /// These bytes, the last first; zeros when they are used up.
    Bytes(Vec<u8>),
}

impl Dice {
    /// A generator with this seed.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(fastrand::Rng::with_seed(seed))
    }

    /// Whether there is nothing more to choose by.
    pub fn is_used_up(&self) -> bool {
        matches!(self, Self::Bytes(bytes) if bytes.is_empty())
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        match self {
            Self::Seeded(generator) => generator.u8(..),
            Self::Bytes(bytes) => bytes.pop().unwrap_or_default(),
        }
    }

    /// A number below `bound`, which is more than 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        let number = match bound {
            ..=256 => u32::from(self.byte()) % bound.max(1),
            _ => u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()]) % bound,
        };
        debug_assert!(number < bound);
        number
    }

    /// Whether something happens that happens once in this number of times.
    pub fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }
}

/// Damage some bytes: change a few, take some out, put some in, or cut off the end.
pub fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..1 + dice.below(3) {
        if bytes.is_empty() {
            return bytes.push(dice.byte());
        }
        let at = dice.below(bytes.len() as u32) as usize;
        match dice.below(8) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, dice.byte()),
            2 => {
                bytes.remove(at);
            }
            3 => bytes[at] ^= 1 << dice.below(8),
            4 => {
                let end = (at + 1 + dice.below(8) as usize).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            // Numbers at which something changes.
            5 => bytes[at] = dice.of(&[0, 1, 2, 3, 0x7f, 0x80, 0xfe, 0xff]),
            _ => bytes[at] = dice.byte(),
        }
    }
}

/// A number that depends on these and on nothing else: what happens whatever the adversary does. (SplitMix64.)
pub fn mix(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0x9e37_79b9_7f4a_7c15, |state, number| {
        let mut z = (state ^ number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}
