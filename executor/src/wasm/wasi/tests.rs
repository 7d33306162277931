//! An app pays for what it makes the host do, and before it is done. What is done is counted where it happens: at each access to
//! the app's memory, by the bytes moved; at each file or directory that is looked up; and by the sizes of files.

use std::{cell::Cell, fmt::Write as _, time::Duration};

use proptest::{prelude::*, sample::select};
use talka_primitives::id::TaskId;
use tempfile::TempDir;
use wasmtime::Trap;

use super::{
    abi::Fault,
    descriptors::Descriptor,
    guest::Guest,
    meter::Meter,
    sandbox::functions,
    tree::{NodeId, Place, OUT},
    Wasi,
};
use crate::{
    job::{Cancel, Job, Limits},
    progress::Progress,
    wasm::stop::Watchdog,
};

/// What it takes to look up a file or directory, as a number of bytes moved.
const LOOK_UP: u64 = 64;
/// Directories below one another.
const DEEP: usize = 500;
/// Files in one directory.
const WIDE: usize = 300;
/// Most calls in a script.
const CALLS_MADE: usize = 100;
/// The descriptor of the deepest directory.
const DEEPEST: u64 = 7;
/// Fuel that is enough for any call.
const ENOUGH: u64 = 1 << 40;

thread_local! {
    static DONE: Cell<u64> = const { Cell::new(0) };
}

/// Counts bytes that were moved.
pub(super) fn moved(bytes: usize) {
    DONE.with(|done| done.set(done.get() + bytes as u64));
}

/// Counts a file or directory that was looked up.
pub(super) fn looked_up() {
    moved(LOOK_UP as usize);
}

type Call = fn(&mut Wasi, &mut Guest<'_>, &[u64]) -> Result<(), Fault>;

macro_rules! table {
    ($($name:ident($($argument:ident: $ty:ty),*);)*) => {
        #[allow(unused_mut, unused_variables, reason = "some have no arguments")]
        const CALLS: &[(&str, &[&str], Call)] = &[$((stringify!($name), &[$(stringify!($argument)),*], |wasi, guest, arguments| {
            let mut arguments = arguments.iter().copied();
            $(let $argument = arguments.next().unwrap_or_default() as $ty;)*
            wasi.$name(guest, $($argument),*)
        })),*];
    };
}
functions!(table);

/// Most arguments of a call.
const ARGUMENTS: usize = 9;

/// Where the memory has its contents.
const BUFFERS: u64 = 512;
const NAMES: u64 = 2_048;
const FREE: u64 = 32_768;
const MEMORY: u64 = 1 << 18;

/// A way down to the deepest directory is among them.
fn names() -> Vec<String> {
    let deep = vec!["d"; DEEP].join("/");
    let mut names: Vec<String> =
        ["a", "b", "a/b", "..", ".", "wide", "wide/7", "d", "d/d", "dataset", "", "d/../d/../a"]
            .map(str::to_owned)
            .into();
    // Too long below the deepest directory.
    names.extend(["n".repeat(40), format!("{deep}/x"), format!("{deep}/y/"), deep]);
    names
}

/// A world, with a memory and a meter.
struct World {
    wasi: Wasi,
    meter: Meter,
    memory: Vec<u8>,
    /// Bytes in all files.
    size: u64,
    /// Places and lengths of names.
    names: Vec<(u64, u64)>,
    _dir: TempDir,
}

impl World {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let dataset = dir.path().join("dataset");
        std::fs::write(&dataset, vec![7; 100_000]).unwrap();
        let job = Job {
            task: TaskId::default(),
            task_count: 1,
            module: "app.wasm".into(),
            content: None,
            arguments: vec!["one".into(), "another".into()],
            stdin: vec![1; 50_000],
            dataset: Some(dataset),
            limits: Limits {
                fuel: u64::MAX,
                memory_bytes: MEMORY,
                output_bytes: 1 << 22,
                wall_clock: Duration::MAX,
            },
            out_dir: "out".into(),
            progress: Progress::new(),
        };
        let watchdog = Watchdog::new(&job, &Cancel::new());
        let mut world = Self {
            wasi: Wasi::new(&job).unwrap(),
            meter: Meter::new(&job, &watchdog),
            memory: vec![0; MEMORY as usize],
            size: 0,
            names: Vec::new(),
            _dir: dir,
        };
        world.furnish();
        world.size = world.size();
        world
    }

    /// Deep and wide directories, of which the deepest is open; names and lists of buffers in the memory.
    fn furnish(&mut self) {
        self.meter.begin(ENOUGH).unwrap();
        let mut deepest = OUT;
        for _ in 0..DEEP {
            deepest = self.make(deepest, "d");
        }
        self.wasi.tree.opened(deepest);
        let number = self.wasi.descriptors.add(Descriptor::directory(deepest, None, 0)).unwrap();
        assert_eq!(u64::from(number), DEEPEST);
        let wide = self.make(OUT, "wide");
        let mut name = String::new();
        for number in 0..WIDE {
            name.clear();
            write!(name, "{number}").unwrap();
            let place = Place { directory: wide, name: name.clone(), must_be_directory: false };
            self.wasi.tree.create_file(&place, &mut self.meter).unwrap();
        }
        let mut at = NAMES;
        for name in names() {
            self.put(at, name.as_bytes());
            self.names.push((at, name.len() as u64));
            at += name.len() as u64;
        }
        assert!(at < FREE);
        for (number, (start, length)) in (0..).zip([(FREE, 100_000u64), (FREE, 0), (NAMES, 40), (FREE, 1)]) {
            self.put(BUFFERS + 8 * number, &(start as u32).to_le_bytes());
            self.put(BUFFERS + 8 * number + 4, &(length as u32).to_le_bytes());
        }
    }

    fn make(&mut self, directory: NodeId, name: &str) -> NodeId {
        let place = Place { directory, name: name.to_owned(), must_be_directory: true };
        self.wasi.tree.create_directory(&place, &mut self.meter).unwrap();
        self.wasi.tree.find(&place).unwrap()
    }

    fn put(&mut self, at: u64, bytes: &[u8]) {
        self.memory[at as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    /// Bytes in all files, also in those that a script makes.
    fn size(&self) -> u64 {
        (0..(DEEP + WIDE + 2 * CALLS_MADE) as u64).filter_map(|node| self.wasi.tree.size(node).ok()).sum()
    }

    /// Makes a call with this fuel; answers its result and what the host did, in bytes moved.
    fn call(&mut self, call: Call, arguments: &[u64], fuel: u64) -> (Result<(), Fault>, u64) {
        DONE.set(0);
        let mut guest = Guest::new(&mut self.memory, &mut self.meter);
        let result = guest.meter.begin(fuel).and_then(|()| call(&mut self.wasi, &mut guest, arguments));
        let done = DONE.get();
        let size = self.size();
        let grown = size.saturating_sub(self.size);
        self.size = size;
        (result, done + grown)
    }
}

/// What an argument is made of: what its name says, or any number.
#[derive(Clone, Copy, Debug)]
enum Argument {
    Fit(usize),
    Any(u64),
}

fn argument() -> impl Strategy<Value = Argument> {
    let places = select(vec![0, FREE, MEMORY - 8, MEMORY, u64::from(u32::MAX)]);
    let sizes = select(vec![1u64, 100, 4_096, 100_000, 200_000, 1 << 20, 1 << 31, 1 << 40, u64::MAX]);
    let numbers = prop_oneof![0u64..40, places, sizes];
    prop_oneof![4 => any::<usize>().prop_map(Argument::Fit), 1 => numbers.prop_map(Argument::Any)]
}

fn fuel() -> impl Strategy<Value = u64> {
    prop_oneof![3 => Just(ENOUGH), 1 => 0u64..2_000, 1 => 0u64..200_000]
}

/// All that are open at the start, and some that may be later. The deepest directory comes most often.
const DESCRIPTORS: [u64; 12] = [0, 1, 2, 3, 4, 5, 6, DEEPEST, DEEPEST, DEEPEST, 8, 9];

/// A call: every other one takes a path.
fn number() -> impl Strategy<Value = usize> {
    let of_paths =
        (0..CALLS.len()).filter(|number| CALLS[*number].0.starts_with("path_")).collect::<Vec<_>>();
    prop_oneof![0..CALLS.len(), select(of_paths)]
}

/// Arguments for these parameters; the length of a name follows it.
fn arguments_of(parameters: &[&str], given: &[Argument], names: &[(u64, u64)]) -> Vec<u64> {
    let mut name_length = 0;
    let fit = |(parameter, argument): (&&str, &Argument)| {
        let choice = match argument {
            Argument::Any(number) => return *number,
            Argument::Fit(choice) => *choice,
        };
        match *parameter {
            "fd" | "from_fd" | "to_fd" => DESCRIPTORS[choice % DESCRIPTORS.len()],
            "path" | "from" | "to" => {
                let (at, length) = names[choice % names.len()];
                name_length = length;
                at
            }
            "length" | "from_length" | "to_length" if name_length > 0 => name_length,
            "buffers" => BUFFERS + 8 * (choice as u64 % 4),
            "count" => choice as u64 % 4,
            "open" | "flags" | "cookie" => choice as u64 % 16,
            "rights" => choice as u64,
            "size" | "offset" | "length" => choice as u64 % 100_000,
            _ => FREE,
        }
    };
    parameters.iter().zip(given).map(fit).collect()
}

fn is_out_of_fuel(result: &Result<(), Fault>) -> bool {
    matches!(result, Err(Fault::Stop(reason)) if reason.downcast_ref() == Some(&Trap::OutOfFuel))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_calls_are_paid_for_before_they_are_done(
        script in prop::collection::vec(
            (number(), prop::collection::vec(argument(), ARGUMENTS), fuel()),
            1..CALLS_MADE,
        )
    ) {
        let mut world = World::new();
        for (number, given, fuel) in script {
            let (name, parameters, call) = CALLS[number];
            let arguments = arguments_of(parameters, &given, &world.names);
            let (result, done) = world.call(call, &arguments, fuel);
            let paid = world.meter.work().min(fuel.saturating_mul(8));
            prop_assert!(done <= paid, "{name}{arguments:?}: did {done} for {paid}, with {fuel} of fuel");
            prop_assert_eq!(world.meter.work() / 8 > fuel, is_out_of_fuel(&result), "{}", name);
        }
    }
}

/// The arguments that make a call do most.
#[test]
fn long_ways_are_paid_for_step_by_step() {
    let [deepest, root] = [DEEPEST, 6];
    let names = World::new().names;
    let name = |wanted: &str| {
        let number = self::names().iter().position(|name| name == wanted).unwrap();
        [names[number].0, names[number].1]
    };
    let [[a, a_length], [b, b_length], [d, d_length], [wide, wide_length]] =
        ["a", "b", "d", "wide"].map(name);
    let [x, x_length] = name(&(vec!["d"; DEEP].join("/") + "/x"));
    let (deep, all) = (DEEP as u64, WIDE as u64);
    for (wanted, arguments, steps) in [
        ("path_filestat_get", vec![root, 0, x, x_length, FREE], deep),
        ("path_create_directory", vec![deepest, a, a_length], deep),
        ("path_open", vec![deepest, 0, a, a_length, 1, 0, 0, 0, FREE], deep),
        // To the deepest, which is found to be no part of what moves.
        ("path_rename", vec![root, wide, wide_length, deepest, b, b_length], 2 * deep + all),
        // Into itself.
        ("path_rename", vec![root, d, d_length, deepest, a, a_length], deep - 1),
        ("fd_readdir", vec![root, FREE, 100_000, 0, FREE - 8], 2),
        ("fd_readdir", vec![8, FREE, 100_000, 0, FREE - 8], all),
        ("fd_write", vec![1, BUFFERS + 8, 1, FREE], 1),
    ] {
        let mut world = World::new();
        let call = |wanted: &str| CALLS.iter().find(|(name, ..)| *name == wanted).unwrap().2;
        // Descriptor 8.
        let open = world.call(call("path_open"), &[root, 0, wide, wide_length, 2, 0, 0, 0, FREE], ENOUGH);
        assert!(open.0.is_ok());
        let (result, done) = world.call(call(wanted), &arguments, ENOUGH);
        assert!(!matches!(result, Err(Fault::Stop(_))), "{wanted}: {result:?}");
        let work = world.meter.work();
        assert!(work >= steps * 1024, "{wanted}: {work} for {steps} steps");
        assert!(done <= work, "{wanted}: did {done} for {work}");
    }
}
