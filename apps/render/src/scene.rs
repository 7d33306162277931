//! What stands on the table: the relief model, a few balls, and a lamp above them.

use crate::{
    elevation::Elevation,
    paint,
    terrain::{Part, Terrain},
    vector::{vec3, Ray, Vec3},
};

/// How a surface treats light. Colours are the share of red, green and blue that it sends back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Surface {
    /// Scatters light evenly.
    Matte(Vec3),
    /// Scatters light evenly under a clear coat, which mirrors at a flat angle.
    Coated(Vec3),
    /// Mirrors, the more blurred the rougher (0 to 1).
    Metal { colour: Vec3, roughness: f64 },
    /// Lets light through, bent.
    Glass,
    /// Shines.
    Lamp(Vec3),
}

/// What a ray meets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Distance along the ray.
    pub distance: f64,
    /// The place.
    pub point: Vec3,
    /// The true normal, outwards.
    pub face: Vec3,
    /// The normal to shade with.
    pub normal: Vec3,
    /// What is there.
    pub surface: Surface,
}

/// A ball.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ball {
    centre: Vec3,
    radius: f64,
    surface: Surface,
}

impl Ball {
    /// Distance to the ball's surface, seen from outside or from within.
    fn hit(&self, ray: &Ray, limit: f64) -> Option<f64> {
        let from_centre = ray.origin - self.centre;
        let half = from_centre.dot(ray.direction);
        let root = half * half - from_centre.dot(from_centre) + self.radius * self.radius;
        if root < 0.0 {
            return None;
        }
        let root = root.sqrt();
        [-half - root, -half + root].into_iter().find(|distance| *distance > 0.0 && *distance < limit)
    }
}

/// A rectangle that shines downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lamp {
    corner: Vec3,
    sides: [Vec3; 2],
    normal: Vec3,
    area: f64,
    /// What it sends out in each direction.
    pub radiance: Vec3,
}

impl Lamp {
    /// A square lamp with the given centre, side and radiance that faces the origin.
    fn new(centre: Vec3, side: f64, radiance: Vec3) -> Self {
        let normal = -centre.normalized();
        let (a, b) = normal.frame();
        let sides = [a * side, b * side];
        Self { corner: centre - (sides[0] + sides[1]) / 2.0, sides, normal, area: side * side, radiance }
    }

    /// A point of the lamp for two numbers from 0 to 1.
    pub fn point(&self, [u, v]: [f64; 2]) -> Vec3 {
        self.corner + self.sides[0] * u + self.sides[1] * v
    }

    /// The solid angle of the whole lamp, as a point of it stands for it when seen along `direction` from
    /// `distance` away; none from behind.
    pub fn solid_angle(&self, direction: Vec3, distance: f64) -> f64 {
        (-direction.dot(self.normal)).max(0.0) * self.area / (distance * distance)
    }

    fn hit(&self, ray: &Ray, limit: f64) -> Option<f64> {
        let towards = -ray.direction.dot(self.normal);
        if towards <= 0.0 {
            return None;
        }
        let distance = (ray.origin - self.corner).dot(self.normal) / towards;
        let place = ray.at(distance) - self.corner;
        let on = self.sides.iter().all(|side| (0.0..=side.dot(*side)).contains(&place.dot(*side)));
        (distance > 0.0 && distance < limit && on).then_some(distance)
    }
}

/// The share of light that a glass ball lets through to what lies in its shadow.
const GLASS_SHADOW: f64 = 0.8;

/// All that can be seen.
#[derive(Clone, Debug)]
pub struct Scene {
    terrain: Terrain,
    balls: Vec<Ball>,
    /// The lamp.
    pub lamp: Lamp,
}

impl Scene {
    /// Puts a model of `elevation` on the table, its heights stretched by `exaggeration`.
    pub fn new(elevation: &Elevation, exaggeration: f64) -> Self {
        let terrain = Terrain::new(elevation, exaggeration, 250.0);
        let ball =
            |x: f64, z: f64, radius: f64, surface| Ball { centre: vec3(x, radius, z), radius, surface };
        let gold = Surface::Metal { colour: vec3(1.0, 0.72, 0.32), roughness: 0.05 };
        let chrome = Surface::Metal { colour: vec3(0.93, 0.94, 0.96), roughness: 0.0 };
        let balls = vec![
            ball(-0.62, 1.36, 0.16, chrome),
            ball(0.36, 1.46, 0.11, gold),
            ball(1.26, 0.44, 0.19, Surface::Glass),
            ball(-0.20, 1.50, 0.075, Surface::Coated(vec3(0.55, 0.03, 0.03))),
            ball(1.12, 1.16, 0.09, Surface::Coated(vec3(0.02, 0.11, 0.36))),
            ball(1.24, -0.52, 0.12, gold),
        ];
        let lamp = Lamp::new(vec3(-2.5, 3.1, -3.9), 1.5, vec3(36.0, 31.0, 24.0));
        Self { terrain, balls, lamp }
    }

    /// The nearest thing that `ray` meets.
    pub fn hit(&self, ray: &Ray) -> Option<Hit> {
        let mut nearest = f64::INFINITY;
        let mut found = None;
        if ray.direction.y < 0.0 && ray.origin.y > 0.0 {
            nearest = -ray.origin.y / ray.direction.y;
            let up = vec3(0.0, 1.0, 0.0);
            found = Some((up, up, paint::table()));
        }
        for ball in &self.balls {
            if let Some(distance) = ball.hit(ray, nearest) {
                nearest = distance;
                let normal = (ray.at(distance) - ball.centre) / ball.radius;
                found = Some((normal, normal, ball.surface));
            }
        }
        if let Some(hit) = self.terrain.hit(ray, nearest) {
            nearest = hit.distance;
            let height = ray.at(nearest).y;
            let surface = match hit.part {
                Part::Land => paint::land(&self.terrain, height, hit.normal),
                Part::Water => paint::water(),
                Part::Side => paint::side(&self.terrain, height),
            };
            found = Some((hit.face, hit.normal, surface));
        }
        if let Some(distance) = self.lamp.hit(ray, nearest) {
            nearest = distance;
            found = Some((self.lamp.normal, self.lamp.normal, Surface::Lamp(self.lamp.radiance)));
        }
        found.map(|(face, normal, surface)| Hit {
            distance: nearest,
            point: ray.at(nearest),
            face,
            normal,
            surface,
        })
    }

    /// The share of light that comes through along `ray` up to `distance`. Glass dims it without bending it.
    pub fn light_through(&self, ray: &Ray, distance: f64) -> f64 {
        let mut share = 1.0;
        for ball in &self.balls {
            if ball.hit(ray, distance).is_some() {
                if ball.surface != Surface::Glass {
                    return 0.0;
                }
                share *= GLASS_SHADOW;
            }
        }
        if self.terrain.hit(ray, distance).is_some() {
            return 0.0;
        }
        share
    }
}

/// The light of the room, for a ray that meets nothing.
pub fn room(direction: Vec3) -> Vec3 {
    let horizon = vec3(0.34, 0.36, 0.40);
    let zenith = vec3(0.20, 0.26, 0.38);
    horizon.mixed(zenith, direction.y.max(0.0).sqrt())
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A scene with a model of a smooth hill.
    pub fn hill() -> Scene {
        let height = |i: i32| {
            let (x, z) = (f64::from(i % 20) - 9.5, f64::from(i / 20) - 9.5);
            500.0 - 2.0 * (x * x + z * z)
        };
        let metres = (0..400).map(height).collect();
        Scene::new(&Elevation { columns: 20, rows: 20, spacing: [90.0, 90.0], metres }, 1.0)
    }

    fn down(x: f64, z: f64) -> Ray {
        Ray { origin: vec3(x, 2.0, z), direction: vec3(0.0, -1.0, 0.0) }
    }

    #[test]
    fn shows_the_nearest_thing() {
        let scene = hill();
        let surface = |x, z| scene.hit(&down(x, z)).map(|hit| hit.surface);
        assert!(matches!(surface(0.05, 0.03), Some(Surface::Matte(_))));
        assert_eq!(surface(5.0, 5.0), Some(paint::table()));
        for ball in &scene.balls {
            let hit = scene.hit(&down(ball.centre.x, ball.centre.z)).unwrap();
            assert_eq!(hit.surface, ball.surface);
            assert!((hit.point.y - 2.0 * ball.radius).abs() < 1e-12);
        }
        assert_eq!(scene.hit(&Ray { origin: vec3(0.0, 1.0, 0.0), direction: vec3(0.0, 1.0, 0.0) }), None);
    }

    #[test]
    fn keeps_light_from_what_is_behind_something() {
        let scene = hill();
        assert_eq!(scene.light_through(&down(5.0, 5.0), 1.9), 1.0);
        assert_eq!(scene.light_through(&down(0.05, 0.03), 1.9), 0.0);
        for ball in &scene.balls {
            let share = if ball.surface == Surface::Glass { GLASS_SHADOW } else { 0.0 };
            assert_eq!(scene.light_through(&down(ball.centre.x, ball.centre.z), 1.999), share);
        }
    }

    proptest! {
        #[test]
        fn meets_the_lamp_in_each_of_its_points(u in 0.001..0.999_f64, v in 0.001..0.999_f64) {
            let scene = hill();
            let origin = vec3(0.0, 3.0, 0.0);
            let point = scene.lamp.point([u, v]);
            let ray = Ray { origin, direction: (point - origin).normalized() };
            let hit = scene.hit(&ray).unwrap();
            prop_assert_eq!(hit.surface, Surface::Lamp(scene.lamp.radiance));
            prop_assert!((hit.point - point).length() < 1e-9);
        }
    }
}
