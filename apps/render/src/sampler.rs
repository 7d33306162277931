//! Random numbers for one light path: Sobol's points, scrambled and shuffled for each pixel and purpose.
//!
//! Points of a Sobol sequence fill the unit square more evenly than independent ones, so that a picture needs
//! fewer of them. Each pixel and each pair of dimensions has a scramble of its own, a pure function of the seed,
//! the pixel and the dimension. B. Burley, "Practical hash-based Owen scrambling", Journal of Computer Graphics
//! Techniques 9 (2020) 1–20; T. Kollig, A. Keller, "Efficient multidimensional sampling", Computer Graphics
//! Forum 21 (2002) 557–563.

use talka_app_common::philox4x32;

/// The random numbers of one sample of one pixel.
#[derive(Clone, Debug)]
pub struct Sampler {
    seed: u32,
    pixel: u32,
    sample: u32,
    dimension: u32,
}

impl Sampler {
    /// Numbers for sample number `sample` of pixel number `pixel` of the whole picture.
    pub fn new(seed: u32, pixel: u32, sample: u32) -> Self {
        Self { seed, pixel, sample, dimension: 0 }
    }

    /// The next two numbers, each at least 0 and below 1.
    pub fn pair(&mut self) -> [f64; 2] {
        let [shuffle, first, second, _] = philox4x32([self.pixel, self.dimension, 0, 0], [self.seed, 0]);
        self.dimension += 1;
        let index = scramble(self.sample, shuffle);
        // The first dimension of Sobol's sequence is its index with the bits in reverse order.
        let points = [scramble(index.reverse_bits(), first), scramble(second_dimension(index), second)];
        points.map(|point| f64::from(point) / 4_294_967_296.0)
    }
}

fn second_dimension(index: u32) -> u32 {
    let (mut rest, mut direction, mut point) = (index, 1 << 31, 0);
    while rest != 0 {
        if rest & 1 == 1 {
            point ^= direction;
        }
        rest >>= 1;
        direction ^= direction >> 1;
    }
    point
}

/// Owen's scramble: flips each bit depending on those above it, which keeps evenly spread points so.
fn scramble(point: u32, seed: u32) -> u32 {
    let mut x = point.reverse_bits();
    x = x.wrapping_add(seed);
    x ^= x.wrapping_mul(0x6c50_b47c);
    x ^= x.wrapping_mul(0xb82f_1e52);
    x ^= x.wrapping_mul(0xc7af_e638);
    x ^= x.wrapping_mul(0x8d22_f6e6);
    x.reverse_bits()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What makes the points worth their trouble: any 16 consecutive ones from a multiple of 16 on put one
        /// point into each cell of every grid of 16 cells (1×16, 2×8, 4×4, 8×2, 16×1).
        #[test]
        fn puts_one_point_into_each_elementary_cell(seed: u32, pixel: u32, block in 0..8_u32, wide in 0..5_u32) {
            let mut seen = [false; 16];
            for sample in 16 * block..16 * (block + 1) {
                let mut sampler = Sampler::new(seed, pixel, sample);
                sampler.pair();
                let [x, y] = sampler.pair();
                let columns = 1 << wide;
                let cell = (x * f64::from(columns)) as usize + columns as usize * (y * f64::from(16 / columns)) as usize;
                prop_assert!(!std::mem::replace(&mut seen[cell], true));
            }
        }
    }

    #[test]
    fn gives_other_numbers_to_each_pixel_dimension_and_seed() {
        let mut sampler = Sampler::new(1, 2, 3);
        let first = sampler.pair();
        assert_ne!(first, sampler.pair());
        assert_ne!(first, Sampler::new(1, 3, 3).pair());
        assert_ne!(first, Sampler::new(2, 2, 3).pair());
        assert_eq!(first, Sampler::new(1, 2, 3).pair());
    }
}
