//! Follows light backwards from the eye: path tracing.
//!
//! J. T. Kajiya, "The rendering equation", SIGGRAPH '86. Where a path meets a matte surface, the lamp's light is
//! sampled by a point on it, and the light of the room and of other surfaces by going on in a random direction.
//! Two liberties are taken for a quiet picture from few samples: no light of the lamp that comes to a matte
//! surface by way of a mirror or glass (caustics), and none of what a path brings from its second matte surface
//! on is brighter than [`BRIGHTEST`].

use crate::{
    sampler::Sampler,
    scene::{room, Hit, Scene, Surface},
    vector::{vec3, Ray, Vec3},
};
use std::f64::consts::{PI, TAU};

/// Surfaces that a path visits at most.
const LONGEST_PATH: u32 = 8;
/// Matte surfaces that a path visits at most: the first is seen, the others light it.
const MATTE_VISITS: u32 = 3;
/// The brightest light that a path brings to a matte surface from elsewhere than the lamp.
const BRIGHTEST: f64 = 3.0;
/// How far a new ray starts above the surface, so that rounding does not let it meet the same surface again.
const LIFT: f64 = 1e-6;
/// Refractive indices of the coat (as of water or varnish) and of glass.
const COAT_INDEX: f64 = 1.4;
const GLASS_INDEX: f64 = 1.5;

/// The light that comes to the eye along `ray`.
pub fn radiance(scene: &Scene, mut ray: Ray, sampler: &mut Sampler) -> Vec3 {
    let mut light = Vec3::ZERO;
    let mut share = Vec3::ONE;
    let mut matte_visits = 0;
    for _ in 0..LONGEST_PATH {
        let Some(hit) = scene.hit(&ray) else {
            light += dimmed(share.filtered(room(ray.direction)), matte_visits);
            break;
        };
        let towards = -ray.direction.dot(hit.normal);
        let (next, colour) = match hit.surface {
            Surface::Lamp(radiance) => {
                if matte_visits == 0 {
                    light += share.filtered(radiance);
                }
                break;
            }
            Surface::Glass => (through_glass(&hit, ray.direction, sampler), Vec3::ONE),
            Surface::Metal { colour, roughness } => {
                let mirrored = ray.direction.reflected(hit.normal);
                let blurred = mirrored + on_sphere(sampler.pair()) * roughness;
                (leaving(&hit, blurred.normalized()), colour)
            }
            surface @ (Surface::Coated(colour) | Surface::Matte(colour)) => {
                if let Surface::Coated(_) = surface {
                    let mirrored = mirrored_share(towards, COAT_INDEX);
                    // What is seen at first glance is mirrored as often as not: else the few paths that see the
                    // lamp in a dark table would be bright dots.
                    let odds = if matte_visits == 0 { 0.5 } else { mirrored };
                    if sampler.pair()[0] < odds {
                        share = share * (mirrored / odds);
                        ray = leaving(&hit, ray.direction.reflected(hit.normal));
                        continue;
                    }
                    share = share * ((1.0 - mirrored) / (1.0 - odds));
                }
                let lit = from_lamp(scene, &hit, sampler).filtered(colour);
                light += dimmed(share.filtered(lit), matte_visits);
                matte_visits += 1;
                if matte_visits == MATTE_VISITS {
                    break;
                }
                // With the directions drawn by the cosine, the share sent back is the colour itself.
                let scattered = hit.normal + on_sphere(sampler.pair());
                (leaving(&hit, scattered.normalized()), colour)
            }
        };
        if next.direction.dot(hit.face) <= 0.0 && hit.surface != Surface::Glass {
            break;
        }
        share = share.filtered(colour);
        ray = next;
    }
    light
}

/// Limits light that has already met a matte surface.
fn dimmed(light: Vec3, matte_visits: u32) -> Vec3 {
    let brightest = light.max_part();
    if matte_visits == 0 || brightest <= BRIGHTEST {
        light
    } else {
        light * (BRIGHTEST / brightest)
    }
}

/// A ray from a surface outwards.
fn leaving(hit: &Hit, direction: Vec3) -> Ray {
    Ray { origin: hit.point + hit.face * LIFT, direction }
}

/// The lamp's light that a white matte surface sends back.
fn from_lamp(scene: &Scene, hit: &Hit, sampler: &mut Sampler) -> Vec3 {
    let to_lamp = scene.lamp.point(sampler.pair()) - hit.point;
    let distance = to_lamp.length();
    let direction = to_lamp / distance;
    let cosine = direction.dot(hit.normal);
    if cosine <= 0.0 || direction.dot(hit.face) <= 0.0 {
        return Vec3::ZERO;
    }
    let seen = scene.lamp.solid_angle(direction, distance);
    if seen == 0.0 {
        return Vec3::ZERO;
    }
    let through = scene.light_through(&leaving(hit, direction), distance);
    scene.lamp.radiance * (cosine * seen / PI * through)
}

/// Into the glass or out of it, or mirrored at its surface.
fn through_glass(hit: &Hit, direction: Vec3, sampler: &mut Sampler) -> Ray {
    let outside = direction.dot(hit.normal) < 0.0;
    let (normal, ratio) = if outside { (hit.normal, 1.0 / GLASS_INDEX) } else { (-hit.normal, GLASS_INDEX) };
    let cosine = -direction.dot(normal);
    let bent_square = 1.0 - ratio * ratio * (1.0 - cosine * cosine);
    // Schlick's formula wants the greater of the two angles.
    let share = if bent_square <= 0.0 {
        1.0
    } else {
        mirrored_share(if outside { cosine } else { bent_square.sqrt() }, GLASS_INDEX)
    };
    if sampler.pair()[0] < share {
        Ray { origin: hit.point + normal * LIFT, direction: direction.reflected(normal) }
    } else {
        let bent = direction * ratio + normal * (ratio * cosine - bent_square.sqrt());
        Ray { origin: hit.point - normal * LIFT, direction: bent.normalized() }
    }
}

/// The share of light that a clear surface mirrors: C. Schlick, "An inexpensive BRDF model for physically-based
/// rendering", Computer Graphics Forum 13 (1994).
fn mirrored_share(cosine: f64, index: f64) -> f64 {
    let head_on = (index - 1.0) / (index + 1.0);
    let head_on = head_on * head_on;
    let rest = (1.0 - cosine).clamp(0.0, 1.0);
    let square = rest * rest;
    head_on + (1.0 - head_on) * square * square * rest
}

/// A direction for two numbers from 0 to 1, all equally likely.
fn on_sphere([u, v]: [f64; 2]) -> Vec3 {
    let z = 1.0 - 2.0 * u;
    let radius = (1.0 - z * z).max(0.0).sqrt();
    let (sine, cosine) = libm::sincos(TAU * v);
    vec3(radius * cosine, radius * sine, z)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::tests::hill;
    use proptest::prelude::*;

    /// A matte place far out on the table, from where the lamp looks small.
    fn far_place() -> Hit {
        let up = vec3(0.0, 1.0, 0.0);
        let surface = Surface::Matte(Vec3::ONE);
        Hit { distance: 1.0, point: vec3(30.0, 0.0, 20.0), face: up, normal: up, surface }
    }

    /// A small lamp lights a place with radiance · cosine · solid angle / π.
    #[test]
    fn agrees_with_the_inverse_square_law_far_from_the_lamp() {
        let (scene, place) = (hill(), far_place());
        let count = 64;
        let sum = (0..count)
            .fold(Vec3::ZERO, |sum, sample| sum + from_lamp(&scene, &place, &mut Sampler::new(1, 1, sample)));
        let to_centre = scene.lamp.point([0.5, 0.5]) - place.point;
        let (distance, direction) = (to_centre.length(), to_centre.normalized());
        let expected = scene.lamp.radiance.x * direction.y * scene.lamp.solid_angle(direction, distance) / PI;
        assert!((sum.x / f64::from(count) / expected - 1.0).abs() < 0.01);
    }

    #[test]
    fn gives_no_light_to_what_is_turned_away_from_the_lamp() {
        let down = vec3(0.0, -1.0, 0.0);
        let place = Hit { face: down, normal: down, ..far_place() };
        assert_eq!(from_lamp(&hill(), &place, &mut Sampler::new(1, 1, 1)), Vec3::ZERO);
    }

    #[test]
    fn sees_the_lamp_and_the_room_as_they_are() {
        let scene = hill();
        let origin = vec3(0.0, 3.0, 0.0);
        let to_lamp = (scene.lamp.point([0.5, 0.5]) - origin).normalized();
        let seen = |direction| radiance(&scene, Ray { origin, direction }, &mut Sampler::new(1, 1, 1));
        assert_eq!(seen(to_lamp), scene.lamp.radiance);
        assert_eq!(seen(vec3(0.0, 1.0, 0.0)), room(vec3(0.0, 1.0, 0.0)));
    }

    proptest! {
        #[test]
        fn goes_straight_through_a_glass_pane(x in -0.9..0.9_f64, z in -0.4..0.4_f64, pixel: u32) {
            let up = vec3(0.0, 1.0, 0.0);
            let pane = |point| Hit { distance: 1.0, point, face: up, normal: up, surface: Surface::Glass };
            let incoming = vec3(x, -1.0, z).normalized();
            let mut sampler = Sampler::new(0, pixel, 0);
            let inside = through_glass(&pane(Vec3::ZERO), incoming, &mut sampler);
            prop_assume!(inside.direction.y < 0.0);
            // Snell's law: the sines of the two angles are as 1.5 to 1.
            let sine = |direction: Vec3| (1.0 - direction.y * direction.y).sqrt();
            prop_assert!((sine(incoming) - GLASS_INDEX * sine(inside.direction)).abs() < 1e-9);
            // The lower face of the pane has its normal downwards.
            let lower = Hit { face: -up, normal: -up, ..pane(inside.at(1.0)) };
            let outside = through_glass(&lower, inside.direction, &mut sampler);
            prop_assume!(outside.direction.y < 0.0);
            prop_assert!((outside.direction - incoming).length() < 1e-9);
        }

        #[test]
        fn mirrors_no_more_light_than_there_is(cosine in 0.0..=1.0_f64) {
            let share = mirrored_share(cosine, GLASS_INDEX);
            prop_assert!((0.04..=1.0).contains(&share));
            prop_assert!(share <= mirrored_share(cosine * 0.9, GLASS_INDEX));
        }

        #[test]
        fn draws_directions_of_length_one(u in 0.0..1.0_f64, v in 0.0..1.0_f64) {
            prop_assert!((on_sphere([u, v]).length() - 1.0).abs() < 1e-12);
        }
    }
}
