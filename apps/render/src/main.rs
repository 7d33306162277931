//! Renders a picture of a landscape, cut into tiles over the tasks of a bag.
//!
//! A task follows light paths ([`light`]) through a scene ([`scene`]) with a relief model made of real elevations
//! ([`terrain`]) and writes its tile; `merge` puts the tiles together into a PNG.
//!
//! **Contract.** A tile depends on the options, the elevations and its number alone, to the bit, so that tiles of many workers fit together.
//!
//! **When modifying.** Keep to the contract of [`talka_app_common`], tell options in `HELP`, and look at a picture: no test sees whether it
//! is a good one.

mod camera;
mod elevation;
mod grid;
mod light;
#[cfg(not(target_family = "wasm"))]
mod merge;
mod paint;
mod picture;
mod sampler;
mod scene;
mod terrain;
mod tile;
mod vector;

use elevation::Elevation;
use picture::{render, Exposure, Layout};
use scene::Scene;
use std::process::ExitCode;
use talka_app_common::{finish, read_text, write_file, Arguments, Failure, Task};
use tile::Tile;

const HELP: &str = "\
Renders a picture of a landscape, cut into tiles over the tasks of a bag

usage: render OPTIONS TILE
       render merge --out FOLDER RESULT...

  --width N         width of the picture, up to 4096 pixels
  --height N        height of the picture, up to 4096 pixels
  --tiles N         tiles along each side: the bag has N times N tasks
  --samples N       light paths for each pixel, 1 to 65536: more is smoother
  --exaggeration X  how much steeper than nature the model is, 0.1 to 20 (default 3)
  --seed N          other random numbers for the whole picture (default 0)
  TILE              the task's own parameter: the number of the tile, from 0, row by row from the top left

The dataset is an ESRI ASCII grid of elevations in geographic coordinates. A task writes tile.ppm. merge writes
FOLDER/picture.png.
";

const OPTIONS: [&str; 6] = ["width", "height", "tiles", "samples", "exaggeration", "seed"];

fn main() -> ExitCode {
    finish(run())
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help") {
        print!("{HELP}");
        return Ok(());
    }
    #[cfg(not(target_family = "wasm"))]
    if arguments.first().is_some_and(|argument| argument == "merge") {
        return merge::merge(&arguments[1..]);
    }
    task(&Arguments::parse(arguments, &OPTIONS)?, &Task::from_env()?)
}

/// Runs one task: the tile that the last argument names.
fn task(arguments: &Arguments, task: &Task) -> Result<(), Failure> {
    let layout = Layout {
        width: arguments.required("width")?,
        height: arguments.required("height")?,
        tiles: arguments.required("tiles")?,
    };
    let exposure =
        Exposure { samples: arguments.required("samples")?, seed: arguments.optional("seed")?.unwrap_or(0) };
    let exaggeration: f64 = arguments.optional("exaggeration")?.unwrap_or(3.0);
    let number: u32 = arguments.parameter("tile")?;
    let checks = [
        (layout.is_sound(), "width and height are 1 to 4096 pixels, and a tile has at least one"),
        ((1..=65_536).contains(&exposure.samples), "there are 1 to 65536 samples"),
        ((0.1..=20.0).contains(&exaggeration), "exaggeration is 0.1 to 20"),
        (layout.is_sound() && number < layout.count(), "tiles are numbered from 0, and there are N times N"),
    ];
    if let Some((_, rule)) = checks.iter().find(|(kept, _)| !kept) {
        return Err(Failure::usage(format!("an argument is out of range: {rule}"), "see --help"));
    }

    let scene = Scene::new(&Elevation::read(&read_text(&task.dataset)?)?, exaggeration);
    let pixels = render(&scene, &layout, &exposure, &layout.area(number));
    write_file(&task.output, tile::FILE, &Tile { layout, number, pixels }.to_ppm())
}
