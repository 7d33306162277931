//! The cells of a regular grid that a ray passes over, in order: J. Amanatides, A. Woo, "A fast voxel traversal
//! algorithm for ray tracing", Eurographics '87.

use crate::vector::Ray;

/// A cell that a ray passes over, and the distances at which it enters and leaves it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub column: usize,
    pub row: usize,
    pub enter: f64,
    pub leave: f64,
}

impl Step {
    /// The ray's lowest height over the cell.
    pub fn lowest(&self, ray: &Ray) -> f64 {
        ray.at(self.enter).y.min(ray.at(self.leave).y)
    }
}

/// Iterates over the cells below a ray.
#[derive(Clone, Debug)]
pub struct Steps {
    axes: [Axis; 2],
    at: f64,
    leave: f64,
}

/// One direction of the grid.
#[derive(Clone, Copy, Debug)]
struct Axis {
    cell: i64,
    step: i64,
    /// First cell, and the one after the last.
    bounds: [i64; 2],
    /// Distance at which the ray crosses into the next cell, and from there into the one after.
    next: f64,
    stride: f64,
}

impl Steps {
    /// The cells that `ray` passes between the distances `enter` and `leave`. `corner` is the place of cell
    /// (0, 0), `size` that of one cell; `bounds` are the first column and row, and those after the last.
    pub fn new(
        ray: &Ray,
        corner: [f64; 2],
        size: [f64; 2],
        bounds: [usize; 4],
        enter: f64,
        leave: f64,
    ) -> Self {
        let start = ray.at(enter);
        let axis = |at: f64, origin: f64, direction: f64, corner: f64, size: f64, low: usize, high: usize| {
            let bounds = [low as i64, high as i64];
            let cell = (((at - corner) / size) as i64).clamp(bounds[0], bounds[1] - 1);
            if direction == 0.0 {
                return Axis { cell, step: 0, bounds, next: f64::INFINITY, stride: 0.0 };
            }
            let (step, border) = if direction > 0.0 { (1, cell + 1) } else { (-1, cell) };
            let next = (corner + border as f64 * size - origin) / direction;
            Axis { cell, step, bounds, next, stride: size / direction.abs() }
        };
        let axes = [
            axis(start.x, ray.origin.x, ray.direction.x, corner[0], size[0], bounds[0], bounds[2]),
            axis(start.z, ray.origin.z, ray.direction.z, corner[1], size[1], bounds[1], bounds[3]),
        ];
        Self { axes, at: enter, leave }
    }
}

impl Iterator for Steps {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let [x, z] = self.axes;
        let inside = |axis: Axis| (axis.bounds[0]..axis.bounds[1]).contains(&axis.cell);
        if self.at > self.leave || !inside(x) || !inside(z) {
            return None;
        }
        let axis = if x.next < z.next { 0 } else { 1 };
        let crossing = &mut self.axes[axis];
        let leave = crossing.next.min(self.leave);
        let step = Step { column: x.cell as usize, row: z.cell as usize, enter: self.at, leave };
        self.at = crossing.next;
        crossing.cell += crossing.step;
        crossing.next += crossing.stride;
        Some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::vec3;
    use proptest::prelude::*;

    #[test]
    fn crosses_the_cells_on_its_way() {
        let ray = Ray { origin: vec3(0.5, 0.0, 0.25), direction: vec3(2.0, 0.0, 1.0).normalized() };
        let cells: Vec<_> = Steps::new(&ray, [0.0, 0.0], [1.0, 1.0], [0, 0, 3, 3], 0.0, 9.0)
            .map(|step| (step.column, step.row))
            .collect();
        assert_eq!(cells, [(0, 0), (1, 0), (1, 1), (2, 1)]);
    }

    proptest! {
        #[test]
        fn covers_the_way_without_a_gap(
            x in 0.0..8.0_f64, z in 0.0..8.0_f64, angle in 0.0..std::f64::consts::TAU,
        ) {
            let ray = Ray { origin: vec3(x, 0.0, z), direction: vec3(libm::cos(angle), 0.0, libm::sin(angle)) };
            let steps: Vec<_> = Steps::new(&ray, [0.0, 0.0], [1.0, 1.0], [0, 0, 8, 8], 0.0, 20.0).collect();
            for pair in steps.windows(2) {
                prop_assert_eq!(pair[0].leave, pair[1].enter);
                let moved = pair[0].column.abs_diff(pair[1].column) + pair[0].row.abs_diff(pair[1].row);
                prop_assert_eq!(moved, 1);
            }
            for step in steps {
                let middle = ray.at((step.enter + step.leave) / 2.0);
                prop_assert!((middle.x - step.column as f64 - 0.5).abs() <= 0.5 + 1e-9);
                prop_assert!((middle.z - step.row as f64 - 0.5).abs() <= 0.5 + 1e-9);
            }
        }
    }
}
