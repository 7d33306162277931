//! A tile's file: a binary PPM whose comment says where in the picture it belongs, so that any viewer shows it.

use crate::picture::Layout;

/// The name of a tile's file in a task's result.
pub const FILE: &str = "tile.ppm";

/// One tile of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// The picture.
    pub layout: Layout,
    /// The tile's number.
    pub number: u32,
    /// Its pixels: three bytes each, row by row.
    pub pixels: Vec<u8>,
}

impl Tile {
    /// The tile as a PPM file.
    pub fn to_ppm(&self) -> Vec<u8> {
        let area = self.layout.area(self.number);
        let Layout { width, height, tiles } = self.layout;
        let head = format!(
            "P6\n# tile {} of {tiles}x{tiles} picture {width}x{height}\n{} {}\n255\n",
            self.number,
            area.columns.len(),
            area.rows.len()
        );
        let mut file = head.into_bytes();
        file.extend(&self.pixels);
        file
    }

    /// Reads what [`Tile::to_ppm`] wrote; none where the file is anything else.
    #[cfg(not(target_family = "wasm"))]
    pub fn from_ppm(file: &[u8]) -> Option<Self> {
        let mut lines = file.splitn(5, |byte| *byte == b'\n');
        let mut line = || std::str::from_utf8(lines.next()?).ok();
        let [_, comment, _, _] = [line()?, line()?, line()?, line()?];
        let pixels = lines.next()?.to_vec();
        let (number, rest) = comment.strip_prefix("# tile ")?.split_once(" of ")?;
        let (tiles, picture) = rest.split_once(" picture ")?;
        let (tiles, _) = tiles.split_once('x')?;
        let (width, height) = picture.split_once('x')?;
        let layout =
            Layout { width: width.parse().ok()?, height: height.parse().ok()?, tiles: tiles.parse().ok()? };
        let tile = Self { layout, number: number.parse().ok()?, pixels };
        if !layout.is_sound() || tile.number >= layout.count() {
            return None;
        }
        let area = layout.area(tile.number);
        let complete = tile.pixels.len() == area.columns.len() * area.rows.len() * 3;
        (complete && tile.to_ppm() == file).then_some(tile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile() -> Tile {
        let layout = Layout { width: 7, height: 5, tiles: 2 };
        Tile { layout, number: 1, pixels: (0..4 * 2 * 3).collect() }
    }

    #[test]
    fn survives_being_written_and_read() {
        let file = tile().to_ppm();
        assert!(file.starts_with(b"P6\n# tile 1 of 2x2 picture 7x5\n4 2\n255\n"));
        assert_eq!(Tile::from_ppm(&file), Some(tile()));
        let newlines = Tile { pixels: vec![b'\n'; 24], ..tile() };
        assert_eq!(Tile::from_ppm(&newlines.to_ppm()), Some(newlines));
    }

    #[test]
    fn refuses_other_files() {
        let replaced = |from: &str, to: &str| {
            let text = String::from_utf8(tile().to_ppm()).unwrap().replace(from, to);
            Tile::from_ppm(text.as_bytes())
        };
        assert_eq!(replaced("P6", "P6"), Some(tile()));
        for (from, to) in [
            ("P6", "P5"),
            ("tile 1", "tile 4"),
            ("tile 1", "tile 2"),
            ("2x2", "0x0"),
            ("7x5", "7x99999"),
            ("4 2", "2 4"),
            ("255", "65535"),
            ("\u{1}", ""),
            ("# tile", "# brick"),
        ] {
            assert_eq!(replaced(from, to), None, "{from} -> {to}");
        }
    }
}
