//! The colours of the model and of the table.

use crate::{
    scene::Surface,
    terrain::Terrain,
    vector::{vec3, Vec3},
};

/// Hypsometric tints, as on a physical map: from the lowest land to the highest.
const TINTS: [Vec3; 6] = [
    vec3(0.11, 0.22, 0.11),
    vec3(0.27, 0.36, 0.17),
    vec3(0.58, 0.53, 0.28),
    vec3(0.56, 0.36, 0.18),
    vec3(0.36, 0.20, 0.12),
    vec3(0.86, 0.83, 0.78),
];

/// Metres from one contour line to the next.
const CONTOUR_INTERVAL: f64 = 100.0;
/// Half the width of a contour line on the map, in units of the model.
const CONTOUR_HALF_WIDTH: f64 = 0.0016;

/// Land of a height above the table, where the model's normal is `normal`.
pub fn land(terrain: &Terrain, height: f64, normal: Vec3) -> Surface {
    let metres = terrain.elevation(height);
    let [lowest, highest] = terrain.range;
    let colour = tint((metres - lowest) / (highest - lowest));

    let line = (metres / CONTOUR_INTERVAL + 0.5).floor() * CONTOUR_INTERVAL;
    let rise = (height - terrain.height(line)).abs();
    let steepness = (normal.x * normal.x + normal.z * normal.z).sqrt() / normal.y;
    let on_line = rise < CONTOUR_HALF_WIDTH * steepness;
    Surface::Matte(if on_line { colour * 0.45 } else { colour })
}

/// The tint at a share of the way from the lowest to the highest land.
fn tint(share: f64) -> Vec3 {
    let at = (share * (TINTS.len() - 1) as f64).clamp(0.0, (TINTS.len() - 1) as f64);
    let below = (at as usize).min(TINTS.len() - 2);
    TINTS[below].mixed(TINTS[below + 1], at - below as f64)
}

/// A lake.
pub fn water() -> Surface {
    Surface::Coated(vec3(0.02, 0.09, 0.19))
}

/// The cut through the ground at the model's edge: layers of rock.
pub fn side(terrain: &Terrain, height: f64) -> Surface {
    let layer = (terrain.elevation(height) / 70.0).floor() as i64;
    let shades = [0.52, 0.42, 0.58, 0.36, 0.47];
    let shade = shades[layer.rem_euclid(shades.len() as i64) as usize];
    Surface::Matte(vec3(1.0, 0.86, 0.70) * shade)
}

/// The table: polished dark wood.
pub fn table() -> Surface {
    Surface::Coated(vec3(0.055, 0.040, 0.030))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tints_run_from_the_lowest_to_the_highest() {
        assert_eq!(tint(-1.0), TINTS[0]);
        assert_eq!(tint(0.0), TINTS[0]);
        assert_eq!(tint(0.2), TINTS[1]);
        assert_eq!(tint(1.0), TINTS[5]);
        assert_eq!(tint(2.0), TINTS[5]);
    }
}
