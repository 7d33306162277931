//! A guide of the documentation whose commands are run, and whose output is compared with what it shows.
//!
//! ````text
//! ```rust primes.rs        a file that the reader writes
//! ```console               what the reader types, and what is printed
//! $ talka app list
//! ID  NAME     …           anything in the rest of the line
//! …                        any lines
//! ```
//! ````

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

use anyhow::{bail, ensure, Context as _, Result};

/// Anything, in what a guide shows of an output.
const ANYTHING: char = '…';
/// Begins the line that tells how a command ended.
const END: &str = "\u{1}ended ";

/// What a guide has its reader do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// Write a file.
    Write { name: String, text: String },
    /// Type a command, and see its output.
    Type { command: String, output: Vec<String> },
}

/// The steps of a guide in Markdown.
fn steps(guide: &str) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut lines = guide.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        match info.split_once(' ') {
            Some((_, name)) => {
                steps.push(Step::Write { name: name.into(), text: block.join("\n") + "\n" });
            }
            None if info == "console" => {
                for line in block {
                    match (line.strip_prefix("$ "), steps.last_mut()) {
                        (Some(command), _) => {
                            steps.push(Step::Type { command: command.into(), output: Vec::new() });
                        }
                        (None, Some(Step::Type { output, .. })) => output.push(line.into()),
                        (None, _) => bail!("an output without a command: {line}"),
                    }
                }
            }
            None => {}
        }
    }
    Ok(steps)
}

/// Do what a guide says, in a shell that begins in `folder`. Gives how many commands were typed.
pub fn follow(guide: &str, folder: &Path, environment: &[(&str, String)]) -> Result<usize> {
    let mut shell = Shell::start(folder, environment)?;
    let mut typed = 0;
    for step in steps(guide)? {
        match step {
            Step::Write { name, text } => shell.write(&name, &text)?,
            Step::Type { command, output } => {
                let printed = shell.run(&command)?;
                let shown: Vec<_> = output.iter().map(String::as_str).collect();
                let lines: Vec<_> = printed.iter().map(String::as_str).collect();
                ensure!(
                    are_like(&shown, &lines),
                    "$ {command}\nthe guide shows\n{}\nand this was printed\n{}",
                    output.join("\n"),
                    printed.join("\n")
                );
                typed += 1;
            }
        }
    }
    Ok(typed)
}

/// A shell that commands are typed into. What it runs in the background ends with it.
struct Shell {
    child: Child,
    input: ChildStdin,
    output: BufReader<std::process::ChildStdout>,
}

impl Shell {
    fn start(folder: &Path, environment: &[(&str, String)]) -> Result<Self> {
        let mut child = Command::new("bash")
            .args(["--norc", "--noprofile"])
            .current_dir(folder)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut input = child.stdin.take().context("its input is piped")?;
        let output = BufReader::new(child.stdout.take().context("its output is piped")?);
        writeln!(input, "exec 2>&1; trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT")?;
        Ok(Self { child, input, output })
    }

    /// Write a file where the shell is.
    fn write(&mut self, name: &str, text: &str) -> Result<()> {
        let place = self.run("pwd")?.concat();
        fs::write(Path::new(&place).join(name), text)
            .with_context(|| format!("cannot write {name} in {place}"))
    }

    /// The lines that a command prints. It must succeed.
    fn run(&mut self, command: &str) -> Result<Vec<String>> {
        let quoted = command.replace('\'', r"'\''");
        // Nothing that runs may read what is typed next.
        writeln!(self.input, "eval '{quoted}' </dev/null; printf '\\n\\001ended %d\\n' $?")?;
        let mut printed: Vec<String> = Vec::new();
        for line in self.output.by_ref().lines() {
            let line = line?;
            if let Some(status) = line.strip_prefix(END) {
                let text = printed.join("\n");
                ensure!(status == "0", "$ {command}\nended with status {status}\n{text}");
                while printed.last().is_some_and(String::is_empty) {
                    printed.pop();
                }
                return Ok(printed);
            }
            printed.push(line);
        }
        bail!("$ {command}\nthe shell ended\n{}", printed.join("\n"))
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // Where the shell is gone already, so is what it ran.
        let _ = writeln!(self.input, "exit");
        let _ = self.child.wait();
    }
}

/// Whether lines are those that are shown.
fn are_like(shown: &[&str], lines: &[&str]) -> bool {
    match (shown.split_first(), lines.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first.chars().eq([ANYTHING]) => {
            are_like(rest, lines) || lines.split_first().is_some_and(|(_, lines)| are_like(shown, lines))
        }
        (Some((first, rest)), Some((line, lines))) => is_like(first, line) && are_like(rest, lines),
        _ => false,
    }
}

/// Whether a line is the one that is shown.
fn is_like(shown: &str, line: &str) -> bool {
    let (shown, line) = (shown.trim_end(), line.trim_end());
    match shown.split_once(ANYTHING) {
        None => shown == line,
        Some((before, after)) => line.strip_prefix(before).is_some_and(|rest| {
            let ends = rest.char_indices().map(|(index, _)| index).chain([rest.len()]);
            ends.into_iter().any(|index| is_like(after, &rest[index..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_files_to_write_and_commands_to_type() {
        let guide = "Text\n```rust a.rs\nfn main() {}\n```\n```console\n$ ls\na.rs\n$ pwd\n```\n```\nnot a step\n```\n";
        let typed = |command: &str, output: &[&str]| Step::Type {
            command: command.into(),
            output: output.iter().map(|line| (*line).into()).collect(),
        };
        let file = Step::Write { name: "a.rs".into(), text: "fn main() {}\n".into() };
        assert_eq!(steps(guide).unwrap(), [file, typed("ls", &["a.rs"]), typed("pwd", &[])]);
    }

    #[test]
    fn shows_an_output_with_gaps() {
        assert!(are_like(&["a … c", "…", "z"], &["a b c", "x", "y", "z"]));
        assert!(are_like(&["…"], &[]) && are_like(&["a…"], &["a"]));
        assert!(!are_like(&["a … c"], &["a b d"]));
        assert!(!are_like(&["a"], &["a", "b"]) && !are_like(&["a", "b"], &["a"]));
    }

    #[test]
    fn fails_where_the_output_is_another_or_the_command_fails() {
        let here = std::env::temp_dir();
        assert_eq!(follow("```console\n$ x=5\n$ echo $x\n5\n```", &here, &[]).unwrap(), 2);
        assert!(follow("```console\n$ echo 6\n5\n```", &here, &[]).is_err());
        assert!(follow("```console\n$ false\n```", &here, &[]).is_err());
        assert!(follow("```console\n$ exit\n```", &here, &[]).is_err());
    }
}
