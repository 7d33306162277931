//! `render merge`: the tiles of a bag become one PNG.

use crate::{
    picture::Layout,
    tile::{Tile, FILE},
};
use std::{ffi::OsString, fs, path::Path};
use talka_app_common::{check_parts, write_file, Arguments, Failure};

/// Merges the result folders named on the command line into `--out`.
pub fn merge(arguments: &[OsString]) -> Result<(), Failure> {
    let arguments = Arguments::parse(arguments, &["out"])?;
    let out: String = arguments.required("out")?;
    let tiles =
        arguments.rest().iter().map(|folder| read(Path::new(folder))).collect::<Result<Vec<_>, _>>()?;
    let (layout, pixels) = join(&tiles)?;
    let png = encode(&layout, &pixels).map_err(|error| {
        Failure::data(format!("cannot write the picture: {error}"), "check the tasks' results")
    })?;
    write_file(Path::new(&out), "picture.png", &png)?;
    println!("{} by {} pixels from {} tiles: {out}/picture.png", layout.width, layout.height, tiles.len());
    Ok(())
}

fn read(folder: &Path) -> Result<Tile, Failure> {
    let path = folder.join(FILE);
    let hint = "give folders with results of render, as they were fetched";
    let file = fs::read(&path)
        .map_err(|error| Failure::data(format!("cannot read {}: {error}", path.display()), hint))?;
    Tile::from_ppm(&file)
        .ok_or_else(|| Failure::data(format!("{} is not a tile of this app", path.display()), hint))
}

/// Puts tiles, given in any order, in their places. All tiles of the picture must be there.
pub fn join(tiles: &[Tile]) -> Result<(Layout, Vec<u8>), Failure> {
    check_parts(&tiles.iter().map(|tile| (tile.number, tile.layout.count())).collect::<Vec<_>>())?;
    let layout = tiles[0].layout;
    if tiles.iter().any(|tile| tile.layout != layout) {
        return Err(Failure::data("the tiles are of different pictures", "give the results of one deal"));
    }
    let mut pixels = vec![0; layout.width as usize * layout.height as usize * 3];
    for tile in tiles {
        let area = layout.area(tile.number);
        let length = area.columns.len() * 3;
        for (row, line) in area.rows.zip(tile.pixels.chunks_exact(length)) {
            let start = (row as usize * layout.width as usize + area.columns.start as usize) * 3;
            pixels[start..start + length].copy_from_slice(line);
        }
    }
    Ok((layout, pixels))
}

fn encode(layout: &Layout, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, layout.width, layout.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The tiles of a picture whose pixels are all different.
    fn cut(width: u32, height: u32, tiles: u32) -> (Vec<Tile>, Vec<u8>) {
        let layout = Layout { width, height, tiles };
        let pixel = |column: u32, row: u32| [column as u8, row as u8, 7];
        let of = |columns: std::ops::Range<u32>, rows: std::ops::Range<u32>| {
            rows.flat_map(|row| columns.clone().flat_map(move |column| pixel(column, row))).collect()
        };
        let tile = |number| {
            let area = layout.area(number);
            Tile { layout, number, pixels: of(area.columns, area.rows) }
        };
        ((0..layout.count()).map(tile).collect(), of(0..width, 0..height))
    }

    proptest! {
        #[test]
        fn puts_each_pixel_in_its_place(width in 5..60_u32, height in 5..60_u32, tiles in 1..5_u32) {
            let (mut tiles, picture) = cut(width, height, tiles);
            tiles.reverse();
            prop_assert_eq!(join(&tiles).unwrap().1, picture);
        }
    }

    #[test]
    fn writes_a_png_with_these_pixels() {
        let (tiles, picture) = cut(12, 9, 2);
        let folder = tempfile::tempdir().unwrap();
        let mut arguments = vec!["--out".into(), folder.path().as_os_str().to_owned()];
        for tile in tiles {
            let result = folder.path().join(tile.number.to_string());
            fs::create_dir(&result).unwrap();
            write_file(&result, FILE, &tile.to_ppm()).unwrap();
            arguments.push(result.into_os_string());
        }
        merge(&arguments).unwrap();

        let file = fs::File::open(folder.path().join("picture.png")).unwrap();
        let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height, info.color_type), (12, 9, png::ColorType::Rgb));
        assert_eq!(pixels, picture);
    }

    #[test]
    fn refuses_a_missing_tile_and_tiles_of_two_pictures() {
        let (mut tiles, _) = cut(12, 9, 2);
        tiles[3].layout.height = 10;
        assert!(join(&tiles).unwrap_err().to_string().contains("different pictures"));
        tiles.remove(3);
        assert!(join(&tiles).unwrap_err().to_string().contains("part 3 of 4 is missing"));
    }
}
