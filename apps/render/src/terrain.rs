//! A model of a landscape, standing on a table: real elevations as a surface that a ray can hit.

use crate::{
    elevation::Elevation,
    grid::Steps,
    vector::{vec3, Ray, Vec3},
};

/// Cells along one side of a block: rays step over whole blocks that lie below them.
const BLOCK: usize = 8;

const UP: Vec3 = vec3(0.0, 1.0, 0.0);

/// A relief model. Its footprint is centred on the origin, 2 wide from west to east; its foot stands at y = 0.
#[derive(Clone, Debug)]
pub struct Terrain {
    columns: usize,
    rows: usize,
    /// Size of a cell from west to east, and from north to south.
    cell: [f64; 2],
    /// The north-western corner.
    corner: [f64; 2],
    /// Height of each sample above the table, and its normal; row by row from north to south.
    heights: Vec<f64>,
    normals: Vec<Vec3>,
    /// The highest corner of each cell, and of each block of cells.
    cell_tops: Vec<f64>,
    block_tops: Vec<f64>,
    block_columns: usize,
    block_rows: usize,
    top: f64,
    /// Metres above the sea at height 0, and metres for one unit of height.
    foot: f64,
    metres: f64,
    /// Elevations of the lowest and the highest sample in metres.
    pub range: [f64; 2],
}

/// Where a ray meets the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TerrainHit {
    /// Distance along the ray.
    pub distance: f64,
    /// Normal of the surface's triangle.
    pub face: Vec3,
    /// Normal of the smooth surface that the triangles stand for.
    pub normal: Vec3,
    /// What of the model it is.
    pub part: Part,
}

/// Parts of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    /// The land.
    Land,
    /// A lake: samples that are level with all their neighbours.
    Water,
    /// The cut through the ground at the model's edge.
    Side,
}

impl Terrain {
    /// Builds the model with heights stretched by `exaggeration` and `thickness` metres of ground below the
    /// lowest sample.
    pub fn new(elevation: &Elevation, exaggeration: f64, thickness: f64) -> Self {
        let Elevation { columns, rows, spacing, metres: samples } = elevation;
        let (columns, rows) = (*columns, *rows);
        let scale = 2.0 / (spacing[0] * (columns - 1) as f64);
        let cell = [spacing[0] * scale, spacing[1] * scale];
        let corner = [-1.0, -cell[1] * (rows - 1) as f64 / 2.0];
        let lowest = samples.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let foot = lowest - thickness;
        let heights: Vec<_> = samples.iter().map(|metres| (metres - foot) * scale * exaggeration).collect();

        let at = |column: usize, row: usize| heights[row * columns + column];
        let mut normals = Vec::with_capacity(heights.len());
        for row in 0..rows {
            for column in 0..columns {
                let (west, east) = (column.saturating_sub(1), (column + 1).min(columns - 1));
                let (north, south) = (row.saturating_sub(1), (row + 1).min(rows - 1));
                let dx = (at(east, row) - at(west, row)) / ((east - west) as f64 * cell[0]);
                let dz = (at(column, south) - at(column, north)) / ((south - north) as f64 * cell[1]);
                normals.push(vec3(-dx, 1.0, -dz).normalized());
            }
        }

        let mut cell_tops = Vec::with_capacity((columns - 1) * (rows - 1));
        let (block_columns, block_rows) = ((columns - 1).div_ceil(BLOCK), (rows - 1).div_ceil(BLOCK));
        let mut block_tops = vec![0.0_f64; block_columns * block_rows];
        for row in 0..rows - 1 {
            for column in 0..columns - 1 {
                let top = at(column, row)
                    .max(at(column + 1, row))
                    .max(at(column, row + 1))
                    .max(at(column + 1, row + 1));
                cell_tops.push(top);
                let block = &mut block_tops[row / BLOCK * block_columns + column / BLOCK];
                *block = block.max(top);
            }
        }
        let top = block_tops.iter().copied().fold(0.0, f64::max);
        let metres = 1.0 / (scale * exaggeration);
        let range = [lowest, highest];
        Self {
            columns,
            rows,
            cell,
            corner,
            heights,
            normals,
            cell_tops,
            block_tops,
            block_columns,
            block_rows,
            top,
            foot,
            metres,
            range,
        }
    }

    /// Metres above the sea of a height above the table.
    pub fn elevation(&self, height: f64) -> f64 {
        self.foot + height * self.metres
    }

    /// Height above the table of an elevation in metres.
    pub fn height(&self, elevation: f64) -> f64 {
        (elevation - self.foot) / self.metres
    }

    /// The nearest point closer than `limit` in which `ray` meets the model from outside.
    pub fn hit(&self, ray: &Ray, limit: f64) -> Option<TerrainHit> {
        let far = [-self.corner[0], -self.corner[1]];
        let (mut enter, mut leave) = (0.0, limit);
        let mut entered_by = None;
        let slabs = [
            (ray.origin.x, ray.direction.x, self.corner[0], far[0], vec3(1.0, 0.0, 0.0)),
            (ray.origin.z, ray.direction.z, self.corner[1], far[1], vec3(0.0, 0.0, 1.0)),
            (ray.origin.y, ray.direction.y, 0.0, self.top, vec3(0.0, 1.0, 0.0)),
        ];
        for (origin, direction, low, high, axis) in slabs {
            if direction == 0.0 {
                if origin < low || origin > high {
                    return None;
                }
                continue;
            }
            let (a, b) = ((low - origin) / direction, (high - origin) / direction);
            let (near, away) = if a < b { (a, b) } else { (b, a) };
            if near > enter {
                enter = near;
                entered_by = Some(axis * -1_f64.copysign(direction));
            }
            leave = leave.min(away);
        }
        if enter >= leave {
            return None;
        }
        if let Some(face) = entered_by.filter(|face| face.y == 0.0) {
            let point = ray.at(enter);
            if point.y < self.height_at(point.x, point.z) {
                return Some(TerrainHit { distance: enter, face, normal: face, part: Part::Side });
            }
        }
        self.march_blocks(ray, enter, leave)
    }

    /// Height of the surface above a point of the footprint, as the triangles have it along cell edges.
    fn height_at(&self, x: f64, z: f64) -> f64 {
        let place = |value: f64, corner: f64, size: f64, cells: usize| {
            let at = ((value - corner) / size).clamp(0.0, cells as f64);
            let cell = (at as usize).min(cells - 1);
            (cell, at - cell as f64)
        };
        let (column, u) = place(x, self.corner[0], self.cell[0], self.columns - 1);
        let (row, v) = place(z, self.corner[1], self.cell[1], self.rows - 1);
        let [a, b, c, d] = self.corners(column, row).map(|index| self.heights[index]);
        if u + v < 1.0 {
            a + (b - a) * u + (c - a) * v
        } else {
            d + (c - d) * (1.0 - u) + (b - d) * (1.0 - v)
        }
    }

    /// Indices of a cell's corners: north-west, north-east, south-west, south-east.
    fn corners(&self, column: usize, row: usize) -> [usize; 4] {
        let index = row * self.columns + column;
        [index, index + 1, index + self.columns, index + self.columns + 1]
    }

    fn march_blocks(&self, ray: &Ray, enter: f64, leave: f64) -> Option<TerrainHit> {
        let size = [self.cell[0] * BLOCK as f64, self.cell[1] * BLOCK as f64];
        let bounds = [0, 0, self.block_columns, self.block_rows];
        let mut steps = Steps::new(ray, self.corner, size, bounds, enter, leave);
        steps.find_map(|step| {
            let top = self.block_tops[step.row * self.block_columns + step.column];
            if step.lowest(ray) > top {
                return None;
            }
            let (column, row) = (step.column * BLOCK, step.row * BLOCK);
            let bounds =
                [column, row, (column + BLOCK).min(self.columns - 1), (row + BLOCK).min(self.rows - 1)];
            let mut cells = Steps::new(ray, self.corner, self.cell, bounds, step.enter, step.leave);
            cells.find_map(|cell| {
                let top = self.cell_tops[cell.row * (self.columns - 1) + cell.column];
                if cell.lowest(ray) > top {
                    return None;
                }
                self.hit_cell(ray, cell.column, cell.row)
            })
        })
    }

    /// The nearer of the points in which `ray` meets a cell's two triangles from above.
    fn hit_cell(&self, ray: &Ray, column: usize, row: usize) -> Option<TerrainHit> {
        let corners = self.corners(column, row);
        let x = self.corner[0] + self.cell[0] * column as f64;
        let z = self.corner[1] + self.cell[1] * row as f64;
        let [nw, ne, sw, se] = corners;
        let points = [
            vec3(x, self.heights[nw], z),
            vec3(x + self.cell[0], self.heights[ne], z),
            vec3(x, self.heights[sw], z + self.cell[1]),
            vec3(x + self.cell[0], self.heights[se], z + self.cell[1]),
        ];
        let triangle = |a: usize, b: usize, c: usize| {
            let hit = hit_triangle(ray, points[a], points[b], points[c])?;
            let normal = self.normals[corners[a]] * (1.0 - hit.u - hit.v)
                + self.normals[corners[b]] * hit.u
                + self.normals[corners[c]] * hit.v;
            Some((hit, normal.normalized()))
        };
        let (hit, normal) = match (triangle(0, 2, 1), triangle(3, 1, 2)) {
            (Some(one), Some(two)) => {
                if one.0.distance <= two.0.distance {
                    one
                } else {
                    two
                }
            }
            (one, two) => one.or(two)?,
        };
        let level = corners.iter().all(|corner| self.normals[*corner] == UP);
        let part = if level { Part::Water } else { Part::Land };
        Some(TerrainHit { distance: hit.distance, face: hit.face, normal, part })
    }
}

/// Where a ray meets a triangle, as shares of the way from its first corner to the others.
#[derive(Clone, Copy, Debug, PartialEq)]
struct TriangleHit {
    distance: f64,
    u: f64,
    v: f64,
    face: Vec3,
}

/// Meets a triangle from the side on which its corners run anticlockwise: T. Möller, B. Trumbore, "Fast, minimum
/// storage ray/triangle intersection", Journal of Graphics Tools 2 (1997) 21–28.
fn hit_triangle(ray: &Ray, a: Vec3, b: Vec3, c: Vec3) -> Option<TriangleHit> {
    let (ab, ac) = (b - a, c - a);
    let normal = ab.cross(ac);
    let towards = -ray.direction.dot(normal);
    if towards <= 0.0 {
        return None;
    }
    let from_a = ray.origin - a;
    let distance = from_a.dot(normal) / towards;
    let moment = from_a.cross(ray.direction);
    let (u, v) = (ac.dot(moment) / towards, -ab.dot(moment) / towards);
    if distance > 0.0 && u >= 0.0 && v >= 0.0 && u + v <= 1.0 {
        Some(TriangleHit { distance, u, v, face: normal.normalized() })
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use talka_app_common::philox4x32;

    /// A rugged grid of 30 by 20 samples.
    fn rugged() -> Terrain {
        let metres = (0..600).map(|i| f64::from(philox4x32([i, 0, 0, 0], [5, 5])[0] % 800)).collect();
        Terrain::new(&Elevation { columns: 30, rows: 20, spacing: [80.0, 90.0], metres }, 2.0, 100.0)
    }

    /// The nearest triangle of all, without the grid's help.
    fn by_exhaustion(terrain: &Terrain, ray: &Ray) -> Option<f64> {
        let cells =
            (0..terrain.rows - 1).flat_map(|row| (0..terrain.columns - 1).map(move |column| (column, row)));
        cells
            .filter_map(|(column, row)| terrain.hit_cell(ray, column, row))
            .map(|hit| hit.distance)
            .min_by(f64::total_cmp)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn meets_the_nearest_triangle(
            x in -1.5..1.5_f64, z in -1.5..1.5_f64, to_x in -0.9..0.9_f64, to_z in -0.6..0.6_f64,
        ) {
            let terrain = rugged();
            let origin = vec3(x, terrain.top + 0.3, z);
            let ray = Ray { origin, direction: (vec3(to_x, 0.1, to_z) - origin).normalized() };
            let found = terrain.hit(&ray, f64::INFINITY);
            if found.is_none_or(|hit| hit.part != Part::Side) {
                let found = found.map(|hit| hit.distance);
                prop_assert_eq!(found, by_exhaustion(&terrain, &ray));
            }
        }

        #[test]
        fn meets_a_triangle_where_the_ray_is_aimed(u in 0.01..0.98_f64, share in 0.01..0.98_f64, swap: bool) {
            let v = (1.0 - u) * share;
            let (a, b, c) = (vec3(0.0, 0.1, 0.0), vec3(0.2, 0.4, 1.0), vec3(1.0, -0.1, 0.3));
            let origin = vec3(0.7, 2.0, -0.4);
            let direction = (a + (b - a) * u + (c - a) * v - origin).normalized();
            let hit = hit_triangle(&Ray { origin, direction }, a, b, c);
            prop_assert!(hit.is_some_and(|hit| (hit.u - u).abs() < 1e-9 && (hit.v - v).abs() < 1e-9));
            let beside = if swap { a + (b - a) * -u } else { b + (c - b) * (1.0 + v) };
            let direction = (beside - origin).normalized();
            let missed = Ray { origin, direction };
            prop_assert_eq!(hit_triangle(&missed, a, b, c), None);
            let back = Ray { origin: vec3(0.7, -2.0, -0.4), direction: vec3(0.0, 1.0, 0.0) };
            prop_assert_eq!(hit_triangle(&back, a, b, c), None);
        }

        #[test]
        fn stands_on_sides_that_end_at_its_surface(z in -0.7..0.7_f64, y in 0.0..0.3_f64) {
            let terrain = rugged();
            let ray = Ray { origin: vec3(-3.0, y, z), direction: vec3(1.0, 0.0, 0.0) };
            let below = y < terrain.height_at(-1.0, z);
            let side = terrain.hit(&ray, f64::INFINITY).is_some_and(|hit| hit.part == Part::Side);
            prop_assert_eq!(side, below);
        }
    }

    #[test]
    fn tells_water_from_land() {
        let metres = vec![300.0; 100];
        let flat =
            Terrain::new(&Elevation { columns: 10, rows: 10, spacing: [80.0, 80.0], metres }, 2.0, 100.0);
        let down = Ray { origin: vec3(0.1, 2.0, 0.1), direction: vec3(0.0, -1.0, 0.0) };
        assert_eq!(flat.hit(&down, f64::INFINITY).map(|hit| hit.part), Some(Part::Water));
        assert_eq!(rugged().hit(&down, f64::INFINITY).map(|hit| hit.part), Some(Part::Land));
        assert_eq!(flat.hit(&down, 0.5), None);
    }

    #[test]
    fn knows_the_elevation_of_a_height() {
        let terrain = rugged();
        let [lowest, highest] = terrain.range;
        assert!((terrain.elevation(terrain.top) - highest).abs() < 1e-9);
        assert!((terrain.elevation(0.0) - (lowest - 100.0)).abs() < 1e-9);
    }
}
