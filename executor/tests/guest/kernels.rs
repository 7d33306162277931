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
