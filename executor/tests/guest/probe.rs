//! An app that looks at everything it can see. The first argument says what to do.

use std::{
    collections::{HashMap, HashSet},
    env, fs,
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Read, Seek, SeekFrom, Write},
    path::Path,
    process, thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

fn main() {
    match env::args().nth(1).as_deref() {
        Some("survey") => survey().unwrap(),
        Some("files") => files().unwrap(),
        Some("scratch") => scratch().unwrap(),
        Some("escape") => escape(),
        Some("random") => print!("{}", random()),
        Some("flood-stdout") => flood(io::stdout()),
        Some("flood-stderr") => flood_a_while(io::stderr(), 40 << 20),
        Some("flood-file") => flood(File::create("/out/flood").unwrap()),
        Some("flood-scratch") => flood(File::create("/tmp/flood").unwrap()),
        Some("flood-sparse") => File::create("/out/flood").unwrap().set_len(1 << 50).unwrap(),
        Some("flood-names") => flood_names(),
        Some("flood-descriptors") => flood_descriptors(),
        Some("flood-and-delete") => flood_and_delete(),
        Some("panic") => panic!("on purpose"),
        Some("exit") => process::exit(17),
        Some("recurse") => println!("{}", recurse(&mut Vec::new(), 0)),
        Some("sum") => sum(),
        other => panic!("unknown mode {other:?}"),
    }
}

/// Everything that could differ between machines or runs.
fn survey() -> io::Result<()> {
    println!("arguments {:?}", env::args().collect::<Vec<_>>());
    println!("environment {:?}", env::vars().collect::<Vec<_>>());
    let mut stdin = String::new();
    io::stdin().read_to_string(&mut stdin)?;
    println!("stdin {stdin:?}");
    if let Ok(dataset) = env::var("TALKA_DATASET") {
        println!("dataset {:?}", fs::read_to_string(dataset)?);
    }
    println!("in {:?}", names("/in")?);

    println!("random {}", random());
    println!("time {:?}", SystemTime::now().duration_since(UNIX_EPOCH).unwrap());
    let start = Instant::now();
    thread::sleep(Duration::from_secs(3600));
    assert!(start.elapsed() >= Duration::from_secs(3600));
    while start.elapsed() < Duration::from_secs(3601) {}
    println!("elapsed {:?}", start.elapsed());

    fs::create_dir_all("/out/parts/first")?;
    fs::write("/out/parts/first/one.txt", "one")?;
    fs::write("/out/parts/two.txt", "two")?;
    fs::write("/out/summary.txt", format!("{:?}", names("/out/parts")?))?;
    fs::create_dir("/out/empty")?;
    let metadata = fs::metadata("/out/summary.txt")?;
    println!("modified {:?}", metadata.modified()?.duration_since(UNIX_EPOCH).unwrap());
    println!("out {:?}", names("/out")?);
    eprintln!("to the log");
    Ok(())
}

fn random() -> String {
    let map: HashMap<_, _> = (0..100).map(|number| (format!("key {number}"), number)).collect();
    map.values().map(|number| number.to_string()).collect::<Vec<_>>().join(" ")
}

fn names(directory: impl AsRef<Path>) -> io::Result<Vec<String>> {
    fs::read_dir(directory)?
        .map(|entry| {
            let entry = entry?;
            let kind = if entry.file_type()?.is_dir() { "/" } else { "" };
            Ok(entry.file_name().to_string_lossy().into_owned() + kind)
        })
        .collect()
}

fn files() -> io::Result<()> {
    // Content: append, seek, overwrite, truncate, fill up.
    let path = "/out/file";
    fs::write(path, "0123456789")?;
    OpenOptions::new().append(true).open(path)?.write_all(b"abc")?;
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    file.seek(SeekFrom::Start(2))?;
    file.write_all(b"XX")?;
    assert_eq!(file.seek(SeekFrom::End(-3))?, 10);
    let mut rest = String::new();
    file.read_to_string(&mut rest)?;
    assert_eq!(rest, "abc");
    assert!(file.seek(SeekFrom::Current(-100)).is_err());
    file.set_len(5)?;
    assert_eq!(fs::read(path)?, b"01XX4");
    file.set_len(7)?;
    assert_eq!(fs::read(path)?, b"01XX4\0\0");
    file.seek(SeekFrom::Start(9))?;
    file.write_all(b"end")?;
    assert_eq!(fs::read(path)?, b"01XX4\0\0\0\0end");
    assert_eq!(file.metadata()?.len(), 12);
    file.sync_all()?;

    // What may not be.
    assert_eq!(File::create_new(path).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(File::open("/out/missing").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(fs::create_dir(path).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::write("/out", "x").unwrap_err().kind(), ErrorKind::IsADirectory);
    assert_eq!(File::open("/out/file/below").unwrap_err().kind(), ErrorKind::NotADirectory);
    assert!(File::open(path)?.write(b"x").is_err());
    assert!(OpenOptions::new().write(true).open(path)?.read(&mut [0]).is_err());
    assert!(fs::hard_link(path, "/out/link").is_err());
    assert!(fs::write(format!("/out/{}", "n".repeat(256)), "x").is_err());

    // Times, as copying sets them.
    assert_ne!(file.metadata()?.modified()?, UNIX_EPOCH);
    file.set_modified(UNIX_EPOCH)?;
    assert_eq!(file.metadata()?.modified()?, UNIX_EPOCH);
    assert_ne!(file.metadata()?.accessed()?, UNIX_EPOCH);

    // Removed, and still open.
    let mut ghost = OpenOptions::new().read(true).write(true).create(true).open("/out/ghost")?;
    fs::remove_file("/out/ghost")?;
    ghost.write_all(b"boo")?;
    ghost.rewind()?;
    let mut boo = String::new();
    ghost.read_to_string(&mut boo)?;
    assert_eq!(boo, "boo");
    assert!(!Path::new("/out/ghost").exists());

    // Renames.
    fs::rename(path, "/out/renamed")?;
    fs::write("/out/other", "other")?;
    fs::rename("/out/renamed", "/out/other")?;
    assert_eq!(fs::read("/out/other")?.len(), 12);
    fs::create_dir_all("/out/a/b/c")?;
    fs::write("/out/a/b/c/deep", "deep")?;
    assert!(fs::rename("/out/a", "/out/a/b/c/inside").is_err());
    fs::create_dir("/out/target")?;
    fs::rename("/out/a", "/out/target")?;
    assert_eq!(fs::read("/out/target/b/c/deep")?, b"deep");
    assert_eq!(fs::rename("/out/other", "/out/target").unwrap_err().kind(), ErrorKind::IsADirectory);
    assert_eq!(fs::rename("/out/target", "/out/other").unwrap_err().kind(), ErrorKind::NotADirectory);
    assert_eq!(fs::read("/out/target/b/../../target/./b/c/deep")?, b"deep");

    // Directories.
    assert!(fs::remove_dir("/out/target").is_err());
    assert_eq!(fs::remove_file("/out/target").unwrap_err().kind(), ErrorKind::IsADirectory);
    for number in 0..300 {
        fs::write(format!("/out/target/b/{number}"), number.to_string())?;
    }
    let listed = names("/out/target/b")?;
    assert_eq!(listed.len(), 301);
    assert_eq!(listed.iter().collect::<HashSet<_>>().len(), 301);
    // Removes entries while it lists them.
    fs::remove_dir_all("/out/target")?;
    assert_eq!(names("/out")?, ["other"]);

    // Paths have an end, also for what is moved.
    let mut deep = "/out/deep".to_owned();
    while fs::create_dir(&deep).is_ok() {
        deep += "/directory";
    }
    assert!((1000..1050).contains(&deep.len()));
    assert!(fs::rename("/out/deep", "/out/deep-and-some-more").is_err());
    fs::rename("/out/deep", "/out/d")?;
    fs::remove_dir_all("/out/d")?;

    // Nothing of it in /in.
    assert!(fs::write("/in/new", "x").is_err());
    assert!(fs::create_dir("/in/new").is_err());
    assert!(fs::remove_file("/in/dataset").is_err());
    assert!(fs::rename("/in/dataset", "/out/mine").is_err());
    assert!(fs::rename("/out/other", "/in/dataset").is_err());
    assert!(OpenOptions::new().write(true).open("/in/dataset").is_err());
    assert!(OpenOptions::new().read(true).write(true).truncate(true).open("/in/dataset").is_err());
    let mut dataset = File::open("/in/dataset")?;
    dataset.seek(SeekFrom::Start(4))?;
    let mut word = [0; 3];
    dataset.read_exact(&mut word)?;
    fs::write("/out/word", word)?;
    assert_eq!(fs::copy("/in/dataset", "/out/copy")?, dataset.metadata()?.len());
    Ok(())
}

/// Paths as programs have them that know nothing of where they run.
fn scratch() -> io::Result<()> {
    fs::write("relative.txt", "relative")?;
    for path in ["relative.txt", "./relative.txt", "/relative.txt", "/out/relative.txt"] {
        assert_eq!(fs::read(path)?, b"relative", "{path}");
    }
    assert_eq!(env::current_dir()?, Path::new("/"));
    fs::create_dir("nothing")?;
    assert_eq!(names(".")?, ["relative.txt", "nothing/"]);
    assert_eq!(names(".")?, names("/out")?);
    assert_eq!(fs::read("in/dataset")?, fs::read("/in/dataset")?);

    fs::create_dir("/tmp/work")?;
    fs::write("/tmp/work/part", "part")?;
    fs::write("/tmp/left", "left behind")?;
    assert_eq!(names("/tmp")?, ["work/", "left"]);
    fs::create_dir_all("made/of")?;
    fs::rename("/tmp/work/part", "made/of/part")
}

fn escape() {
    for path in [
        "/etc/passwd",
        "etc/passwd",
        "../etc/passwd",
        "/in/../etc/passwd",
        "/in/../../../../etc/passwd",
        "/out/../out/../../etc/passwd",
        "/out/./../etc/passwd",
        "/proc/self/environ",
        "/in/..",
        "..",
        "/dev/null",
    ] {
        assert!(File::open(path).is_err(), "{path}");
        assert!(fs::metadata(path).is_err(), "{path}");
        assert!(fs::read_dir(path).is_err(), "{path}");
    }
    for path in ["../escaped", "/out/../escaped", "/out/a/../../escaped", "/in/escaped", "/tmp/../escaped"] {
        assert!(fs::write(path, "x").is_err(), "{path}");
        assert!(fs::create_dir_all(path).is_err(), "{path}");
    }
    fs::write("/out/mine", "x").unwrap();
    assert!(fs::rename("/out/mine", "/out/../mine").is_err());
    assert!(fs::rename("/out/mine", "/in/mine").is_err());
}

fn flood(mut to: impl Write) {
    let block = [b'x'; 65536];
    loop {
        to.write_all(&block).unwrap();
    }
}

fn flood_a_while(mut to: impl Write, bytes: usize) {
    let block = [b'x'; 65536];
    for _ in 0..bytes / block.len() {
        to.write_all(&block).unwrap();
    }
    to.write_all(b"the end").unwrap();
}

fn flood_names() {
    let made = (0..).take_while(|number| File::create(format!("/out/{number}")).is_ok()).count();
    println!("{made}");
}

fn flood_descriptors() {
    let mut open = Vec::new();
    while let Ok(file) = File::create("/out/file") {
        open.push(file);
    }
    println!("{}", open.len());
}

fn flood_and_delete() {
    for _ in 0..20 {
        fs::write("/out/scratch", vec![1; 8 << 20]).unwrap();
        fs::remove_file("/out/scratch").unwrap();
    }
}

fn recurse(seen: &mut Vec<u32>, depth: u32) -> u32 {
    if depth == u32::MAX {
        return 0;
    }
    seen.push(depth);
    recurse(seen, depth + 1) + seen[depth as usize]
}

fn sum() {
    let mut state = 1u64;
    let mut sum = 0.0f64;
    for _ in 0..1_000_000 {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let x = (state >> 11) as f64 / (1u64 << 53) as f64;
        sum += (x * 6.0).sin() * (x + 0.5).ln() + x.sqrt();
    }
    println!("{sum:?}");
}
