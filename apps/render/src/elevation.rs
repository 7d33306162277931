//! Elevations of real land: the ASCII grid that geographic information systems exchange.

use talka_app_common::Failure;

/// A grid of elevations, row by row from north to south, each row from west to east.
#[derive(Clone, Debug, PartialEq)]
pub struct Elevation {
    pub columns: usize,
    pub rows: usize,
    /// Metres from a sample to the next: from west to east, and from north to south.
    pub spacing: [f64; 2],
    /// Metres above the sea.
    pub metres: Vec<f64>,
}

/// Metres on the ground for one degree of latitude: a quarter of the meridian is 10 002 km long.
const METRES_PER_DEGREE: f64 = 111_133.0;

/// The longest side of a grid, in samples.
const LONGEST_SIDE: usize = 2_048;

/// What the head of a grid may tell.
const KEYS: [&str; 8] =
    ["ncols", "nrows", "xllcorner", "xllcenter", "yllcorner", "yllcenter", "cellsize", "nodata_value"];

const HINT: &str =
    "give an ESRI ASCII grid in geographic coordinates: ncols, nrows, xllcorner, yllcorner, cellsize";

impl Elevation {
    /// Reads an ESRI ASCII grid whose coordinates are degrees. No sample may be missing.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let broken = |problem: String| Failure::data(problem, HINT);
        let mut words = text.split_ascii_whitespace().peekable();
        let (mut size, mut degrees, mut missing) = ([0.0; 2], [f64::NAN; 2], None);
        while let Some(key) =
            words.next_if(|word| word.starts_with(|first: char| first.is_ascii_alphabetic()))
        {
            let known = key.to_ascii_lowercase();
            if !KEYS.contains(&known.as_str()) {
                return Err(broken(format!("the dataset starts with {key}, as no elevation grid does")));
            }
            let value =
                words.next().and_then(|word| word.parse::<f64>().ok()).filter(|value| value.is_finite());
            let value = value.ok_or_else(|| broken(format!("the dataset's {key} is not a number")))?;
            match known.as_str() {
                "ncols" => size[0] = value,
                "nrows" => size[1] = value,
                "yllcorner" | "yllcenter" => degrees[0] = value,
                "cellsize" => degrees[1] = value,
                "nodata_value" => missing = Some(value),
                // The longitude: the model does not depend on it.
                _ => {}
            }
        }
        let [columns, rows] = size.map(|side| side as usize);
        let [south, step] = degrees;
        if !(2..=LONGEST_SIDE).contains(&columns) || !(2..=LONGEST_SIDE).contains(&rows) {
            return Err(broken(format!("the dataset is a grid of {columns} by {rows}")));
        }
        if !(step > 0.0 && south >= -90.0 && south + step * rows as f64 <= 90.0) {
            return Err(broken(format!("the dataset lies {south}° north with steps of {step}°")));
        }
        let metres = words
            .map(|word| {
                word.parse().ok().filter(|metres: &f64| metres.is_finite() && Some(*metres) != missing)
            })
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| broken("the dataset has a sample without an elevation".into()))?;
        if metres.len() != columns * rows {
            return Err(broken(format!("the dataset has {} samples, not {columns} by {rows}", metres.len())));
        }
        let north_south = step * METRES_PER_DEGREE;
        let middle = (south + step * rows as f64 / 2.0).to_radians();
        Ok(Self { columns, rows, spacing: [north_south * libm::cos(middle), north_south], metres })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str =
        "ncols 3\nnrows 2\nxllcorner 10\nyllcorner 59.999\ncellsize 0.001\nNODATA_value -9999\n";

    #[test]
    fn reads_samples_and_the_distances_between_them() {
        let elevation = Elevation::read(&format!("{HEAD}1 2 3\n4 5 6.5\n")).unwrap();
        assert_eq!((elevation.columns, elevation.rows), (3, 2));
        assert_eq!(elevation.metres, [1.0, 2.0, 3.0, 4.0, 5.0, 6.5]);
        assert!((elevation.spacing[1] - 111.133).abs() < 1e-9);
        assert!((elevation.spacing[0] / elevation.spacing[1] - 0.5).abs() < 1e-9);
    }

    #[test]
    fn refuses_missing_samples_and_other_files() {
        for text in [
            format!("{HEAD}1 2 3\n4 5\n"),
            format!("{HEAD}1 2 3\n4 5 -9999\n"),
            format!("{HEAD}1 2 3\n4 5 x\n"),
            "ncols 1\nnrows 1\nyllcorner 0\ncellsize 1\n5\n".into(),
            "ncols 2\nnrows 2\nyllcorner 500000\ncellsize 90\n1 2 3 4\n".into(),
            "Date,USD\n".into(),
            "ncols".into(),
            String::new(),
        ] {
            assert_eq!(Elevation::read(&text).unwrap_err().exit_status(), 1, "{text}");
        }
    }
}
