//! Points, directions and colours: three numbers.

use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// Three numbers: a point or direction (x east, y up, z south), or a colour (linear red, green, blue).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vec3 {
    pub x: f64,
    pub y: f64,
    pub z: f64,
}

/// A [`Vec3`] of its three numbers.
pub const fn vec3(x: f64, y: f64, z: f64) -> Vec3 {
    Vec3 { x, y, z }
}

impl Vec3 {
    pub const ZERO: Self = vec3(0.0, 0.0, 0.0);
    pub const ONE: Self = vec3(1.0, 1.0, 1.0);

    pub fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    pub fn cross(self, other: Self) -> Self {
        vec3(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )
    }

    pub fn length(self) -> f64 {
        self.dot(self).sqrt()
    }

    pub fn normalized(self) -> Self {
        self / self.length()
    }

    /// The greatest of the three numbers.
    pub fn max_part(self) -> f64 {
        self.x.max(self.y).max(self.z)
    }

    /// The product of each number with its like: light on a colour.
    pub fn filtered(self, other: Self) -> Self {
        vec3(self.x * other.x, self.y * other.y, self.z * other.z)
    }

    /// The way from here to `other`, of which `share` is gone.
    pub fn mixed(self, other: Self, share: f64) -> Self {
        self * (1.0 - share) + other * share
    }

    /// The mirror image of this direction at a surface with the given unit normal.
    pub fn reflected(self, normal: Self) -> Self {
        self - normal * (2.0 * self.dot(normal))
    }

    /// Two unit vectors that make a right-angled frame with this unit vector.
    ///
    /// T. Duff et al., "Building an orthonormal basis, revisited", Journal of Computer Graphics Techniques 6
    /// (2017).
    pub fn frame(self) -> (Self, Self) {
        let sign = 1_f64.copysign(self.z);
        let a = -1.0 / (sign + self.z);
        let b = self.x * self.y * a;
        (
            vec3(1.0 + sign * self.x * self.x * a, sign * b, -sign * self.x),
            vec3(b, sign + self.y * self.y * a, -self.y),
        )
    }
}

impl Add for Vec3 {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        vec3(self.x + other.x, self.y + other.y, self.z + other.z)
    }
}

impl AddAssign for Vec3 {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Vec3 {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        vec3(self.x - other.x, self.y - other.y, self.z - other.z)
    }
}

impl Mul<f64> for Vec3 {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        vec3(self.x * factor, self.y * factor, self.z * factor)
    }
}

impl Div<f64> for Vec3 {
    type Output = Self;
    fn div(self, divisor: f64) -> Self {
        vec3(self.x / divisor, self.y / divisor, self.z / divisor)
    }
}

impl Neg for Vec3 {
    type Output = Self;
    fn neg(self) -> Self {
        vec3(-self.x, -self.y, -self.z)
    }
}

/// A half-line: where it starts, and its unit direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    pub origin: Vec3,
    pub direction: Vec3,
}

impl Ray {
    pub fn at(&self, distance: f64) -> Vec3 {
        self.origin + self.direction * distance
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn frames_are_right_angled(x in -1.0..1.0_f64, y in -1.0..1.0_f64, z in -1.0..1.0_f64) {
            prop_assume!(vec3(x, y, z).length() > 0.01);
            let normal = vec3(x, y, z).normalized();
            let (a, b) = normal.frame();
            for product in [a.dot(b), a.dot(normal), b.dot(normal), a.length() - 1.0, b.length() - 1.0] {
                prop_assert!(product.abs() < 1e-12);
            }
        }

        #[test]
        fn mirror_images_keep_their_length_and_turn_round(x in -1.0..1.0_f64, z in -1.0..1.0_f64) {
            let incoming = vec3(x, -1.0, z).normalized();
            let outgoing = incoming.reflected(vec3(0.0, 1.0, 0.0));
            prop_assert!((outgoing.length() - 1.0).abs() < 1e-12);
            prop_assert_eq!(outgoing.y, -incoming.y);
        }
    }
}
