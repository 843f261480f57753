//! The tree of commands, of which no more is built than a line needs.
//!
//! There are 120 commands, and each gets a copy of the fifty options that all have. To build them all takes
//! several times the memory and the time of what a short command does besides.

use clap::{Arg, ArgMatches, Command, Error, FromArgMatches, Subcommand, builder::CommandExt};

use crate::manual;

/// The verbs of a noun, which [`with_verbs`] adds to its command when they are needed.
pub(crate) struct Verbs<V>(pub(crate) V);

/// How to add the verbs of a noun.
#[derive(Clone, Copy, Debug)]
struct Unbuilt(fn(Command) -> Command);

impl CommandExt for Unbuilt {}

impl<V: Subcommand> Subcommand for Verbs<V> {
    fn augment_subcommands(noun: Command) -> Command {
        noun.add(Unbuilt(V::augment_subcommands))
    }

    fn augment_subcommands_for_update(noun: Command) -> Command {
        noun.add(Unbuilt(V::augment_subcommands_for_update))
    }

    fn has_subcommand(name: &str) -> bool {
        V::has_subcommand(name)
    }
}

impl<V: FromArgMatches> FromArgMatches for Verbs<V> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        V::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

/// The command of a noun with its verbs.
pub(crate) fn with_verbs(noun: Command) -> Command {
    match noun.get::<Unbuilt>().copied() {
        // What is there cannot be taken out of a command: what adds nothing is put in its place.
        Some(Unbuilt(add)) => add(noun).add(Unbuilt(|noun| noun)).mut_subcommands(spelled),
        None => noun,
    }
}

/// The command of a noun with one of its verbs, or with all where there is no such verb.
pub(crate) fn with_verb(noun: &Command, verb: &str) -> Command {
    let whole = with_verbs(noun.clone());
    match whole.find_subcommand(verb) {
        Some(verb) => noun.clone().subcommand(verb.clone()),
        None => whole,
    }
}

/// A command whose options with dashes may be written with underscores too, and whose help is laid out as
/// all are.
pub(crate) fn spelled(command: Command) -> Command {
    fn underscored(argument: Arg) -> Arg {
        match argument.get_long() {
            Some(long) if long.contains('-') => {
                let alias = long.replace('-', "_");
                argument.alias(alias)
            }
            _ => argument,
        }
    }
    let command = match command.get_name() {
        // A page of its own rather than a command.
        "exit-codes" => command,
        _ => manual::with_template(command),
    };
    command.mut_args(underscored).mut_subcommands(spelled)
}
