//! The program as it is called, without a node.

use std::{
    fs,
    process::{Command, Output},
};

/// Call it as from a script: standard output and standard error are pipes, and the environment says nothing of Talka.
fn talka(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_talka"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

/// What it says on standard error.
fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn is_coloured(output: &Output) -> bool {
    output.stdout.contains(&b'\x1b') || output.stderr.contains(&b'\x1b')
}

#[test]
fn has_colours_on_terminals_only_or_where_they_are_asked_for() {
    for arguments in
        [&["--help"][..], &["run", "--help"], &["exec"], &["frobnicate"], &["exec", "--file", "none"]]
    {
        assert!(!is_coloured(&talka(arguments, &[])), "{arguments:?}");
    }
    assert!(is_coloured(&talka(&["--help"], &[("CLICOLOR_FORCE", "1")])));
    for no in [("NO_COLOR", "1"), ("CLICOLOR", "0")] {
        assert!(!is_coloured(&talka(&["--help"], &[no])), "{no:?}");
    }
}

#[test]
fn errors_are_json_where_the_output_is() {
    let cases = [
        (&["exec", "--file", "none", "--output", "json"][..], 1, "none"),
        (&["--output=json", "worker", "bond", "1"], 2, "no key was named"),
        (&["worker", "bond", "1,5", "--output", "json"], 2, "1,5"),
        (&["frobnicate", "--output", "json"], 2, "frobnicate"),
    ];
    for (arguments, code, about) in cases {
        let output = talka(arguments, &[]);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
        assert!(error["error"].as_str().unwrap().contains(about), "{error}");
        assert!(!error["hint"].as_str().unwrap().is_empty(), "{error}");
    }
    let output = talka(&["worker", "bond", "1"], &[("TALKA_OUTPUT", "json")]);
    assert!(said(&output).starts_with('{'));
    let output = talka(&["worker", "bond", "1"], &[]);
    assert!(said(&output).starts_with("error: no key was named\nhint: "));
}

#[test]
fn a_name_with_several_lines_forges_no_hint() {
    let name = "none\nhint: run this; hint: and this\u{1b}[2J";
    for arguments in [&["exec", "--file", name][..], &["exec", name], &["run", "--app", name]] {
        let said = said(&talka(arguments, &[]));
        let hints: Vec<_> = said.lines().filter(|line| line.starts_with("hint: ")).collect();
        assert!(matches!(hints[..], [hint] if !hint.contains("this;")), "{said}");
        assert!(!said.contains('\u{1b}'), "{said}");
    }
}

/// The command fails with this code, an error that contains `error` and a hint that contains `hint`.
fn refuses(arguments: &[&str], code: i32, error: &str, hint: &str) {
    let output = talka(arguments, &[]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    let about = |prefix: &str| said.lines().find_map(|line| line.strip_prefix(prefix)).unwrap_or_default();
    assert!(about("error: ").contains(error) && about("hint: ").contains(hint), "{arguments:?}: {said}");
}

#[test]
fn executes_only_what_there_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let (app, none, pipe, folder) = (path("app.wasm"), path("none"), path("pipe"), path(""));
    fs::write(&app, b"\0asm\x01\0\0\0").unwrap();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());

    refuses(&["exec", "--file", &none], 1, "No such file", "check the path");
    refuses(&["exec", "--file", &folder], 2, "is a directory", "WebAssembly file");
    refuses(&["exec", "--file", &app, "--dataset", &none], 1, "No such file", "check the path");
    refuses(&["exec", "--file", &app, "--dataset", &pipe], 2, "not a regular file", "to a file");
    refuses(&["exec", "--file", &app, "--task", "0.5"], 2, "no task 0.5 in a deal of 1 task", "--tasks");
    for (option, value) in [
        ("--tasks", "0"),
        ("--tasks", "4000000000"),
        ("--memory", "0"),
        ("--memory", "99999999"),
        ("--timeout", "0"),
        ("--timeout", "99999999999999"),
        ("--fuel", "0"),
    ] {
        refuses(&["exec", "--file", &app, option, value], 2, value, "help");
    }
}
