//! How python-muranoclient 2.8.0 behaved, where that is not how our commands do: chosen when a command
//! is called by the name it had there.

pub(crate) mod create;
mod grammar;
mod layout;
mod login;
mod python;
mod table;

use grammar::Given;
pub(crate) use grammar::{Refusal, Translated, translate};
pub(crate) use layout::{Prints, Thing};
pub(crate) use login::{complaint, no_endpoint};

use crate::{find::Kind, names};

/// An old command and what was particular about it.
pub(crate) struct Old {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its options and arguments.
    usage: &'static str,
    /// Noun and verb, where the name alone does not say them.
    line: Option<[&'static str; 2]>,
    /// Options that our command needs to do the same; those of the user win.
    adds: &'static [&'static str],
    /// What it said before it printed anything.
    pub(crate) title: Option<&'static str>,
    /// How it printed.
    pub(crate) prints: Prints,
    /// What it said about one thing that is done, which is in the place of `{}`.
    pub(crate) done: Option<&'static str>,
    /// Its words for things that are missing, where they are its own.
    missing: Option<(Kind, &'static str)>,
    /// What it said at the end where all of several things were missing.
    pub(crate) all_missing: Option<&'static str>,
    /// The command whose output came after its own, and whether that is about the same thing.
    pub(crate) then: Option<(&'static str, bool)>,
    /// Another behaviour, with this option.
    with: Option<(&'static str, &'static Self)>,
    /// What it refused in its own words.
    refuses: Option<fn(&Given) -> Option<String>>,
}

/// The old command of this name.
pub(crate) fn of(name: &str) -> Option<&'static Old> {
    table::COMMANDS.iter().find(|old| old.name == name)
}

impl Old {
    /// Noun and verb of our command.
    pub(crate) fn line(&self) -> [&'static str; 2] {
        self.line
            .or_else(|| names::old(self.name))
            .unwrap_or_default()
    }

    /// The behaviour that the options call for.
    fn variant(&'static self, given: &Given) -> &'static Self {
        let with = self.with.filter(|(option, _)| {
            given.has(option) && given.value(option).is_none_or(|value| value != "/")
        });
        with.map_or(self, |(_, variant)| variant)
    }

    /// Its words for a thing of this kind that is missing.
    pub(crate) fn missing(&self, kind: Kind, name: &str) -> String {
        let own = self.missing.filter(|(about, _)| *about == kind);
        let text = own.map_or(
            match kind {
                Kind::Environment => "404 Not Found: Environment with id {} not found (HTTP 404)",
                Kind::Template => "Environment template {} not found",
                Kind::Category => "Category id '{}' not found",
                Kind::Package => "Package {} not found",
                // It had none.
                Kind::Instance => "Instance {} not found",
                Kind::Action => "404 Not Found: Action is not found (HTTP 404)",
            },
            |(_, text)| text,
        );
        text.replace("{}", name)
    }
}

/// What `bash-completion` prints: names and their options on one line.
pub(crate) fn completion() -> String {
    let mut words: Vec<&str> = vec!["help"];
    for old in table::COMMANDS {
        words.push(old.name);
        for item in grammar::items(old.usage) {
            words.extend(item.names);
        }
    }
    words.sort_unstable();
    words.dedup();
    words.join(" ") + "\n"
}

/// The words for a status as the server wrote them in front of its message.
pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        400 => "400 Bad Request: ",
        403 => "403 Forbidden: ",
        404 => "404 Not Found: ",
        405 => "405 Method Not Allowed: ",
        406 => "406 Not Acceptable: ",
        409 => "409 Conflict: ",
        415 => "415 Unsupported Media Type: ",
        500 => "500 Internal Server Error: ",
        503 => "503 Service Unavailable: ",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli;

    #[test]
    fn the_table_has_the_old_names() {
        let mut names: Vec<&str> = table::COMMANDS.iter().map(|old| old.name).collect();
        names.sort_unstable();
        let mut old: Vec<&str> = names::OLD.iter().map(|(name, _)| *name).collect();
        old.sort_unstable();
        assert_eq!(names, old);
        assert_eq!(names.len(), 39);
    }

    #[test]
    fn the_guide_has_the_old_names_and_commands_that_exist() {
        let guide = include_str!("../../docs/migrating.md");
        let tree = cli::command();
        let mut told = Vec::new();
        for row in guide.lines().filter_map(|line| line.strip_prefix("| `")) {
            let cells: Vec<&str> = row.split(" | ").collect();
            let [old, new, _] = cells.as_slice() else {
                continue;
            };
            told.push(old.trim_end_matches('`'));
            for command in new.split(", ").map(|command| command.trim_matches('`')) {
                let mut words = command.split(' ');
                let found = words.try_fold(&tree, |place, word| place.find_subcommand(word));
                assert!(found.is_some() || command == "help", "`murano {command}`");
            }
        }
        let mut known: Vec<&str> = names::OLD.iter().map(|(name, _)| *name).collect();
        known.extend(["bash-completion", "help"]);
        known.sort_unstable();
        assert_eq!(told, known);
        for row in guide
            .lines()
            .filter_map(|line| line.strip_prefix("| `openstack "))
        {
            let ours = row
                .split("| `murano ")
                .nth(1)
                .and_then(|rest| rest.split('`').next());
            let words = ours
                .unwrap_or_default()
                .split(" -")
                .next()
                .unwrap_or_default();
            let mut words = words.split(' ');
            let found = words.try_fold(&tree, |place, word| place.find_subcommand(word));
            assert!(found.is_some_and(|found| !found.has_subcommands()), "{row}");
        }
    }

    #[test]
    fn what_the_table_names_is_there() {
        let mut tree = cli::command();
        tree.build();
        for old in table::COMMANDS {
            if let Some((follows, _)) = old.then {
                assert!(of(follows).is_some(), "{}", old.name);
            }
            let command = names::command(&tree, old.line()).unwrap();
            let known = |name: &str| {
                command.get_arguments().any(|argument| {
                    let aliases = argument.get_all_aliases().into_iter().flatten();
                    let mut longs = argument.get_long().into_iter().chain(aliases);
                    longs.any(|long| Some(long) == name.strip_prefix("--"))
                })
            };
            let of_variant = old.with.map(|(option, _)| option);
            for item in grammar::items(old.usage) {
                let name = item.name();
                assert!(
                    name.is_empty() || of_variant == Some(name) || known(name),
                    "{} {name}",
                    old.name
                );
            }
            for option in old.adds {
                let name = option.split('=').next().unwrap_or_default();
                assert!(known(name), "{} {option}", old.name);
            }
        }
    }
}
