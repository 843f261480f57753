//! Help, manual pages and reference: renderings of the tree of commands.

pub(crate) mod man;
pub(crate) mod markdown;

use clap::{Arg, Command};

use crate::cli;

/// The help of a command: what it does, how it is typed, then the details.
const TEMPLATE: &str = "\
{about-with-newline}
{before-help}{usage-heading} {usage}

{all-args}{after-help}";

const HEADING: &str = "Examples:";

/// Examples of a command, for `#[command(before_help = examples!(…))]` at its arguments. Each is a line
/// for the shell; one that ends with a backslash is continued by the next.
///
/// `tests/cli/examples.rs` runs every one of them, by itself, and says there what it finds.
macro_rules! examples {
    ($($line:literal),+ $(,)?) => {
        concat!("Examples:" $(, "\n  ", $line)+)
    };
}
pub(crate) use examples;

/// Puts the examples of a command between what it does and its usage.
pub(crate) fn with_template(command: Command) -> Command {
    command.help_template(TEMPLATE)
}

/// The examples of a command; each may be several lines.
pub(crate) fn examples_of(command: &Command) -> Vec<String> {
    let text = command.get_before_help().map(ToString::to_string);
    let lines = text.as_deref().and_then(|text| text.strip_prefix(HEADING));
    let mut examples: Vec<String> = Vec::new();
    for line in lines.unwrap_or_default().lines().map(str::trim_start) {
        match examples.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.push_str("\n  ");
                last.push_str(line);
            }
            _ if line.is_empty() => {}
            _ => examples.push(line.to_owned()),
        }
    }
    examples
}

/// The options that every command has.
fn global_options(root: &Command) -> impl Iterator<Item = &Arg> {
    let arguments = root.get_arguments();
    arguments.filter(|argument| argument.is_global_set() && !argument.is_hide_set())
}

/// What help shows of a command apart from the options that every command has.
fn own_arguments(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|argument| {
        let id = argument.get_id().as_str();
        !argument.is_global_set() && !argument.is_hide_set() && id != "help" && id != "version"
    })
}

/// The program itself, and its nouns with their verbs, as far as help shows them. The nouns come one after
/// the other, because they are large.
fn whole() -> (Command, impl Iterator<Item = Command>) {
    fn built(program: Command) -> Command {
        // What `help` would say is in the pages.
        let mut program = program.disable_help_subcommand(true);
        program.build();
        program
    }
    let nouns = cli::nouns();
    let names: Vec<String> = below(&nouns)
        .map(|noun| noun.get_name().to_owned())
        .collect();
    let program = built(nouns.clone());
    let nouns = names.into_iter().filter_map(move |noun| {
        let mut branch = built(cli::branch(nouns.clone(), [&noun, ""]));
        branch.find_subcommand_mut(noun).map(std::mem::take)
    });
    (program, nouns)
}

/// The commands below this one that help shows.
fn below(command: &Command) -> impl Iterator<Item = &Command> {
    let commands = command.get_subcommands();
    commands.filter(|command| !command.is_hide_set() && command.get_name() != "help")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_continues_an_example() {
        let command = Command::new("x").before_help(examples!("a b \\", "c", "d"));
        assert_eq!(examples_of(&command), ["a b \\\n  c", "d"]);
        assert!(examples_of(&Command::new("x").before_help("Other text")).is_empty());
    }

    #[test]
    fn every_command_has_an_example_of_itself() {
        fn check(command: &Command, path: &str) {
            for below in below(command) {
                check(below, &format!("{path} {}", below.get_name()));
            }
            if command.has_subcommands() {
                return;
            }
            let examples = examples_of(command);
            assert!(
                examples.iter().any(|example| example.contains(path)),
                "`{path} --help` has no example of it: put \
                 #[command(before_help = examples!(\"{path} …\"))] at its Args, see commands/env/create.rs"
            );
        }
        check(&cli::command(), "murano");
    }
}
