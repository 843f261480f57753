//! The reference of all commands, as Markdown.

use std::fmt::Write as _;

use clap::{Arg, Command};

use super::{below, examples_of, global_options, own_arguments, whole};
use crate::report::EXIT_CODES;

const HEAD: &str = "\
# Reference

Every command with its arguments and options. The program makes this page: `murano reference`. The same is shown by
`murano COMMAND --help`, and by `man murano-COMMAND` once `murano man` has written the pages.

The options at the [end](#options-of-every-command) belong to every command.

";

/// The reference of a whole program.
pub(crate) fn reference() -> String {
    let (program, nouns) = whole();
    let mut text = HEAD.to_owned();
    examples(&mut text, &program);
    for noun in nouns {
        let path = format!("murano {}", noun.get_name());
        section(&mut text, &noun, &path, 2);
    }
    text += "## Options of every command\n\nThey stand anywhere behind `murano`.\n\n";
    for option in global_options(&program) {
        argument(&mut text, option);
    }
    text += "\n## Exit codes\n\n";
    for line in EXIT_CODES.lines().skip(1) {
        let (code, meaning) = line.trim().split_once(' ').unwrap_or((line, ""));
        push(&mut text, format_args!("- `{code}`: {}\n", meaning.trim()));
    }
    text
}

fn section(text: &mut String, command: &Command, path: &str, level: usize) {
    push(text, format_args!("{} {path}\n\n", "#".repeat(level)));
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        push(text, format_args!("{}\n\n", escaped(&about.to_string())));
    }
    examples(text, command);
    let mut below = below(command).peekable();
    if below.peek().is_some() {
        for command in below {
            section(
                text,
                command,
                &format!("{path} {}", command.get_name()),
                level + 1,
            );
        }
        return;
    }
    let usage = command.clone().render_usage().to_string();
    push(
        text,
        format_args!("{}\n\n", usage.replacen("Usage: ", "Usage: `", 1) + "`"),
    );
    let mut own = own_arguments(command).peekable();
    if own.peek().is_some() {
        own.for_each(|own| argument(text, own));
        text.push('\n');
    }
}

fn examples(text: &mut String, command: &Command) {
    let examples = examples_of(command);
    if examples.is_empty() {
        return;
    }
    *text += "```console\n";
    for example in examples {
        push(text, format_args!("$ {}\n", example.replace('\n', "\n> ")));
    }
    *text += "```\n\n";
}

fn argument(text: &mut String, argument: &Arg) {
    let short = argument.get_short().map(|short| format!("-{short}, "));
    push(
        text,
        format_args!("- `{}{argument}`", short.unwrap_or_default()),
    );
    if let Some(help) = argument.get_long_help().or(argument.get_help()) {
        let help = escaped(&help.to_string()).replace("\n\n", "\n\n  ");
        push(text, format_args!(": {help}"));
    }
    let takes_value = argument.get_action().takes_values();
    let values: Vec<_> = argument.get_possible_values();
    let values = values
        .iter()
        .filter(|value| !value.is_hide_set() && takes_value);
    let values: Vec<_> = values
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !values.is_empty() {
        push(text, format_args!("; one of {}", values.join(", ")));
    }
    let defaults = argument.get_default_values().iter().filter(|_| takes_value);
    let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() {
        push(text, format_args!(" (default: `{}`)", defaults.join(", ")));
    }
    text.push('\n');
}

/// A text in which placeholders such as `<NAME>` are no tags.
fn escaped(text: &str) -> String {
    text.trim_end().replace('<', "\\<")
}

/// Writing to a text does not fail.
fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(what);
}
