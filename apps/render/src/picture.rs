//! The picture, cut into tiles, and the file that holds one.

use crate::{
    camera::Camera,
    light::radiance,
    sampler::Sampler,
    scene::Scene,
    vector::{vec3, Vec3},
};
use std::ops::Range;

/// Size of the picture and how it is cut: `tiles` columns and as many rows of tiles, numbered row by row from the
/// top left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Width of the picture in pixels.
    pub width: u32,
    /// Height of the picture in pixels.
    pub height: u32,
    /// Tiles along each side.
    pub tiles: u32,
}

/// The pixels of a tile, as columns and rows of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// The columns.
    pub columns: Range<u32>,
    /// The rows.
    pub rows: Range<u32>,
}

impl Layout {
    /// The area of tile number `tile`. Tiles differ by one pixel in size where the picture cannot be cut evenly.
    pub fn area(&self, tile: u32) -> Area {
        let cut = |length: u32, at: u32| (u64::from(length) * u64::from(at) / u64::from(self.tiles)) as u32;
        let (column, row) = (tile % self.tiles, tile / self.tiles);
        Area {
            columns: cut(self.width, column)..cut(self.width, column + 1),
            rows: cut(self.height, row)..cut(self.height, row + 1),
        }
    }

    /// Whether a picture can be cut like this: no tile is empty, and no side is longer than 4096 pixels.
    pub fn is_sound(&self) -> bool {
        self.tiles > 0 && self.width.min(self.height) >= self.tiles && self.width.max(self.height) <= 4_096
    }

    /// Number of tiles.
    pub fn count(&self) -> u32 {
        self.tiles * self.tiles
    }
}

/// How the picture is taken: equal for all its tiles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exposure {
    /// Light paths for each pixel.
    pub samples: u32,
    /// Chooses other random numbers for the whole picture.
    pub seed: u32,
}

/// Renders an area: three bytes a pixel, row by row. A pixel's colour does not depend on the area it is in.
pub fn render(scene: &Scene, layout: &Layout, exposure: &Exposure, area: &Area) -> Vec<u8> {
    let (width, height) = (f64::from(layout.width), f64::from(layout.height));
    let camera = camera(width / height);
    let mut bytes = Vec::with_capacity(area.columns.len() * area.rows.len() * 3);
    for row in area.rows.clone() {
        for column in area.columns.clone() {
            let mut sum = Vec3::ZERO;
            for sample in 0..exposure.samples {
                let mut sampler = Sampler::new(exposure.seed, row * layout.width + column, sample);
                let [x, y] = sampler.pair();
                let place = [(f64::from(column) + x) / width, (f64::from(row) + y) / height];
                let ray = camera.ray(place, &mut sampler);
                sum += developed(radiance(scene, ray, &mut sampler));
            }
            let mean = sum / f64::from(exposure.samples);
            bytes.extend([mean.x, mean.y, mean.z].map(byte));
        }
    }
    bytes
}

/// The view of the scene: from the south-east and above, over the model's front edge.
fn camera(aspect: f64) -> Camera {
    Camera::new(vec3(0.85, 1.50, 2.80), vec3(0.09, 0.0, 0.30), 0.35, aspect, 0.028)
}

/// Light as a film answers to it, from 0 to 1. K. Narkowicz's fit of the Academy Color Encoding System's curve
/// (2016). It is taken of each sample, so that a bright one cannot outweigh all others of a pixel's.
fn developed(light: Vec3) -> Vec3 {
    let curve = |x: f64| ((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)).clamp(0.0, 1.0);
    vec3(curve(light.x), curve(light.y), curve(light.z))
}

/// Linear light from 0 to 1 as a byte of an sRGB picture (IEC 61966-2-1).
fn byte(linear: f64) -> u8 {
    let encoded =
        if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * libm::pow(linear, 1.0 / 2.4) - 0.055 };
    (encoded * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::tests::hill;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_covered_by_its_tiles_without_overlap(width in 1..200_u32, height in 1..200_u32, tiles in 1..9_u32) {
            let layout = Layout { width, height, tiles };
            prop_assume!(layout.is_sound());
            let mut covered = vec![0; (width * height) as usize];
            for tile in 0..layout.count() {
                let Area { columns, rows } = layout.area(tile);
                prop_assert!(!columns.is_empty() && !rows.is_empty());
                for row in rows {
                    for column in columns.clone() {
                        covered[(row * width + column) as usize] += 1;
                    }
                }
            }
            prop_assert!(covered.iter().all(|times| *times == 1));
        }
    }

    #[test]
    fn of_no_pixels_or_too_many_is_not_sound() {
        for (width, height, tiles) in [(0, 0, 0), (5, 5, 0), (3, 9, 4), (4_097, 9, 1)] {
            assert!(!Layout { width, height, tiles }.is_sound());
        }
    }

    #[test]
    fn has_the_same_pixels_in_whatever_area_they_are_rendered() {
        let (scene, exposure) = (hill(), Exposure { samples: 2, seed: 3 });
        let layout = Layout { width: 31, height: 20, tiles: 3 };
        let whole = render(&scene, &layout, &exposure, &Area { columns: 0..31, rows: 0..20 });
        for tile in 0..layout.count() {
            let area = layout.area(tile);
            let length = area.columns.len() * 3;
            let pixels = render(&scene, &layout, &exposure, &area);
            for (row, line) in area.rows.zip(pixels.chunks_exact(length)) {
                let start = (row as usize * 31 + area.columns.start as usize) * 3;
                assert_eq!(line, &whole[start..start + length]);
            }
        }
    }

    #[test]
    fn encodes_the_ends_and_the_middle_of_the_scale() {
        assert_eq!([0.0, 0.001, 0.215_861, 1.0].map(byte), [0, 3, 128, 255]);
    }
}
