//! The eye: a lens of some width, which is sharp at one distance only.

use crate::{
    sampler::Sampler,
    vector::{vec3, Ray, Vec3},
};
use std::f64::consts::TAU;

/// A thin lens in front of a picture of some proportions.
#[derive(Clone, Copy, Debug)]
pub struct Camera {
    eye: Vec3,
    right: Vec3,
    up: Vec3,
    forward: Vec3,
    /// Half the picture's height at distance 1.
    half_height: f64,
    /// Width over height.
    aspect: f64,
    focus: f64,
    aperture: f64,
}

impl Camera {
    /// A camera at `eye` that looks at `target` and is sharp there. `half_height` is the tangent of half the
    /// angle of view from bottom to top; `aperture` is the radius of the lens.
    pub fn new(eye: Vec3, target: Vec3, half_height: f64, aspect: f64, aperture: f64) -> Self {
        let focus = (target - eye).length();
        let forward = (target - eye) / focus;
        let right = forward.cross(vec3(0.0, 1.0, 0.0)).normalized();
        Self { eye, right, up: right.cross(forward), forward, half_height, aspect, focus, aperture }
    }

    /// A ray that falls on the picture at `place`: 0 to 1 from left to right and from top to bottom.
    pub fn ray(&self, place: [f64; 2], sampler: &mut Sampler) -> Ray {
        let across = (2.0 * place[0] - 1.0) * self.half_height * self.aspect;
        let upwards = (1.0 - 2.0 * place[1]) * self.half_height;
        let sharp = self.eye + (self.forward + self.right * across + self.up * upwards) * self.focus;
        let [u, v] = sampler.pair();
        let radius = self.aperture * u.sqrt();
        let (sine, cosine) = libm::sincos(TAU * v);
        let origin = self.eye + self.right * (radius * cosine) + self.up * (radius * sine);
        Ray { origin, direction: (sharp - origin).normalized() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn is_sharp_where_it_looks(pixel: u32, sample in 0..64_u32) {
            let target = vec3(0.3, 0.2, -0.1);
            let camera = Camera::new(vec3(1.0, 2.0, 3.0), target, 0.4, 1.5, 0.1);
            let ray = camera.ray([0.5, 0.5], &mut Sampler::new(0, pixel, sample));
            let distance = (target - ray.origin).length();
            prop_assert!((ray.at(distance) - target).length() < 1e-9);
        }
    }

    #[test]
    fn shows_what_is_higher_above_and_what_is_east_to_the_right() {
        let camera = Camera::new(vec3(0.0, 0.0, 5.0), Vec3::ZERO, 0.4, 1.5, 0.0);
        let direction = |place| camera.ray(place, &mut Sampler::new(0, 0, 0)).direction;
        assert!(direction([0.5, 0.0]).y > 0.0);
        assert!(direction([1.0, 0.5]).x > 0.0);
        assert!(direction([0.5, 0.5]).z < -0.999);
    }
}
