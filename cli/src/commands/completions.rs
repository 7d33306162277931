use std::io::Write as _;

use clap::{Args, CommandFactory as _};
use clap_complete::{generate, Shell};

use crate::{cli::Cli, error::CliError};

/// Print a script that lets a shell complete commands and options
///
/// For bash, for example: `talka completions bash > ~/.local/share/bash-completion/completions/talka`.
#[derive(Args, Debug)]
pub(crate) struct Command {
    /// The shell
    shell: Shell,
}

pub(crate) fn run(Command { shell }: Command) -> Result<(), CliError> {
    std::io::stdout().write_all(&script(shell)).map_err(CliError::io("write to", "standard output"))
}

fn script(shell: Shell) -> Vec<u8> {
    let mut script = Vec::new();
    generate(shell, &mut Cli::command(), "talka", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum as _;

    #[test]
    fn know_every_command() {
        for shell in Shell::value_variants() {
            let script = String::from_utf8(script(*shell)).unwrap();
            for command in Cli::command().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell} does not know {}", command.get_name());
            }
        }
    }
}
