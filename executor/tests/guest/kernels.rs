//! Work of several kinds, to compare the sandbox with the bare machine. Prints how long each kind took where there
//! is a clock, and a check sum always.

use std::{collections::HashMap, env, hint::black_box};

fn main() {
    let name = env::args().nth(1).unwrap();
    let repeat: u64 = env::args().nth(2).unwrap().parse().unwrap();
    let kernel = match name.as_str() {
        "floats" => floats,
        "integers" => integers,
        "matrix" => matrix,
        "calls" => calls,
        "map" => map,
        "sort" => sort,
        "bytes" => bytes,
        "f32x4 matrix" => vectors::matrix,
        "f32x4 blur" => vectors::blur,
        "f32x4 poly" => vectors::polynomial,
        "nothing" => |_| 0,
        _ => panic!("unknown kernel"),
    };
    let sum = (0..repeat).fold(0u64, |sum, round| sum.wrapping_add(black_box(kernel(black_box(round)))));
    println!("{sum}");
}

fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    *state >> 33
}

fn floats(round: u64) -> u64 {
    let mut state = round;
    let mut sum = 0.0f64;
    for _ in 0..200_000 {
        let x = random(&mut state) as f64 / (1u64 << 31) as f64;
        sum += (x * 6.0).sin() * (x + 0.5).ln() + (x * x - sum * 1e-9).abs().sqrt();
    }
    sum.to_bits()
}

fn integers(round: u64) -> u64 {
    let mut hash = round ^ 0xcbf29ce484222325;
    for number in 0..3_000_000u64 {
        hash = (hash ^ (number & 0xff)).wrapping_mul(0x100000001b3).rotate_left(7);
    }
    hash
}

fn matrix(round: u64) -> u64 {
    const N: usize = 128;
    let mut state = round;
    let mut fill = || (0..N * N).map(|_| random(&mut state) as f64 * 1e-6).collect::<Vec<_>>();
    let (a, b) = (fill(), fill());
    let mut c = vec![0.0; N * N];
    for i in 0..N {
        for k in 0..N {
            let x = a[i * N + k];
            for j in 0..N {
                c[i * N + j] += x * b[k * N + j];
            }
        }
    }
    c.iter().sum::<f64>().to_bits()
}

fn calls(round: u64) -> u64 {
    #[inline(never)]
    fn fibonacci(n: u64) -> u64 {
        if n < 2 {
            n
        } else {
            fibonacci(n - 1) + fibonacci(n - 2)
        }
    }
    fibonacci(24 + round % 2)
}

fn map(round: u64) -> u64 {
    let mut state = round;
    let mut map = HashMap::new();
    for _ in 0..50_000 {
        *map.entry(random(&mut state) % 20_000).or_insert(0u64) += 1;
    }
    map.iter().map(|(key, count)| key * count).fold(0, u64::wrapping_add)
}

fn sort(round: u64) -> u64 {
    let mut state = round;
    let mut numbers: Vec<_> = (0..100_000).map(|_| random(&mut state)).collect();
    numbers.sort_unstable();
    numbers[numbers.len() / 2]
}

fn bytes(round: u64) -> u64 {
    let text = "the quick brown fox jumps over the lazy dog ".repeat(2000);
    let mut counts = [0u64; 256];
    for word in text.split(' ') {
        for byte in word.bytes() {
            counts[byte as usize] += round + 1;
        }
    }
    counts.iter().zip(1..).map(|(count, weight)| count * weight).sum()
}

/// The same operations on vectors of four floats, in the instructions of each machine.
mod vectors {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    mod machine {
        use core::arch::wasm32;
        pub(super) use core::arch::wasm32::{
            f32x4_add as add, f32x4_mul as multiply, f32x4_splat as splat, v128 as Vector,
        };

        pub(super) fn load(from: &[f32; 4]) -> Vector {
            unsafe { wasm32::v128_load(from.as_ptr().cast()) }
        }

        pub(super) fn store(to: &mut [f32; 4], vector: Vector) {
            unsafe { wasm32::v128_store(to.as_mut_ptr().cast(), vector) }
        }
    }

    #[cfg(target_arch = "x86_64")]
    mod machine {
        use core::arch::x86_64;
        pub(super) use core::arch::x86_64::__m128 as Vector;

        pub(super) fn load(from: &[f32; 4]) -> Vector {
            unsafe { x86_64::_mm_loadu_ps(from.as_ptr()) }
        }

        pub(super) fn store(to: &mut [f32; 4], vector: Vector) {
            unsafe { x86_64::_mm_storeu_ps(to.as_mut_ptr(), vector) }
        }

        pub(super) fn splat(number: f32) -> Vector {
            unsafe { x86_64::_mm_set1_ps(number) }
        }

        pub(super) fn add(a: Vector, b: Vector) -> Vector {
            unsafe { x86_64::_mm_add_ps(a, b) }
        }

        pub(super) fn multiply(a: Vector, b: Vector) -> Vector {
            unsafe { x86_64::_mm_mul_ps(a, b) }
        }
    }

    #[cfg(target_arch = "aarch64")]
    mod machine {
        use core::arch::aarch64;
        pub(super) use core::arch::aarch64::float32x4_t as Vector;

        pub(super) fn load(from: &[f32; 4]) -> Vector {
            unsafe { aarch64::vld1q_f32(from.as_ptr()) }
        }

        pub(super) fn store(to: &mut [f32; 4], vector: Vector) {
            unsafe { aarch64::vst1q_f32(to.as_mut_ptr(), vector) }
        }

        pub(super) fn splat(number: f32) -> Vector {
            unsafe { aarch64::vdupq_n_f32(number) }
        }

        pub(super) fn add(a: Vector, b: Vector) -> Vector {
            unsafe { aarch64::vaddq_f32(a, b) }
        }

        pub(super) fn multiply(a: Vector, b: Vector) -> Vector {
            unsafe { aarch64::vmulq_f32(a, b) }
        }
    }

    /// Without vectors there is nothing to compare.
    #[cfg(all(target_arch = "wasm32", not(target_feature = "simd128")))]
    mod machine {
        pub(super) type Vector = [f32; 4];

        pub(super) fn load(from: &[f32; 4]) -> Vector {
            *from
        }

        pub(super) fn store(to: &mut [f32; 4], vector: Vector) {
            *to = vector;
        }

        pub(super) fn splat(number: f32) -> Vector {
            [number; 4]
        }

        pub(super) fn add(a: Vector, b: Vector) -> Vector {
            core::array::from_fn(|lane| a[lane] + b[lane])
        }

        pub(super) fn multiply(a: Vector, b: Vector) -> Vector {
            core::array::from_fn(|lane| a[lane] * b[lane])
        }
    }

    use super::random;
    use machine::{add, load, multiply, splat, store};

    fn fill(state: &mut u64, count: usize) -> Vec<[f32; 4]> {
        (0..count).map(|_| [(); 4].map(|()| random(state) as f32 * 1e-9)).collect()
    }

    fn sum(vectors: &[[f32; 4]]) -> u64 {
        vectors.iter().flatten().sum::<f32>().to_bits().into()
    }

    /// Products of matrices, four rows and a vector of columns at a time.
    pub(super) fn matrix(round: u64) -> u64 {
        const N: usize = 128;
        let mut state = round;
        let (a, b) = (fill(&mut state, N * N / 4), fill(&mut state, N * N / 4));
        let mut c = vec![[0.0; 4]; N * N / 4];
        for rows in 0..N / 4 {
            for column in 0..N / 4 {
                let mut sums = [splat(0.0); 4];
                for k in 0..N {
                    let vector = load(&b[k * N / 4 + column]);
                    for (row, sum) in sums.iter_mut().enumerate() {
                        let factor = a[(4 * rows + row) * N / 4 + k / 4][k % 4];
                        *sum = add(*sum, multiply(splat(factor), vector));
                    }
                }
                for (row, sum) in sums.into_iter().enumerate() {
                    store(&mut c[(4 * rows + row) * N / 4 + column], sum);
                }
            }
        }
        self::sum(&c)
    }

    /// Each vector with its neighbours, up and down, weighted.
    pub(super) fn blur(round: u64) -> u64 {
        const WIDTH: usize = 64;
        const HEIGHT: usize = 256;
        let mut state = round;
        let image = fill(&mut state, WIDTH * HEIGHT);
        let mut blurred = vec![[0.0; 4]; WIDTH * HEIGHT];
        let weights = [0.1, 0.2, 0.4, 0.2, 0.1].map(|weight| splat(weight));
        for place in 2 * WIDTH..WIDTH * (HEIGHT - 2) {
            let mut sum = splat(0.0);
            for (row, weight) in weights.iter().enumerate() {
                sum = add(sum, multiply(*weight, load(&image[place + row * WIDTH - 2 * WIDTH])));
            }
            store(&mut blurred[place], sum);
        }
        sum(&blurred)
    }

    /// A polynomial of many numbers, in place: each result is stored and taken up again.
    pub(super) fn polynomial(round: u64) -> u64 {
        let mut state = round;
        let mut numbers = fill(&mut state, 4096);
        for factor in [0.5, 0.25, 0.125] {
            for number in &mut numbers {
                let x = load(number);
                let mut value = splat(factor);
                for coefficient in [0.3, -0.2, 0.7, 0.1] {
                    value = add(multiply(value, x), splat(coefficient));
                }
                store(number, value);
            }
        }
        sum(&numbers)
    }
}
