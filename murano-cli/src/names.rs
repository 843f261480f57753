//! Spellings of commands: `env create`, `env-create` and `environment-create` are one.

use std::ffi::OsString;

use clap::{Arg, Command, builder::Resettable};

use crate::tree;

/// The names of python-muranoclient's commands, and noun and verb that they mean. Under them the old
/// client's habits and layouts are kept: see `classic`.
pub(crate) const OLD: [(&str, [&str; 2]); 39] = [
    ("app-show", ["app", "show"]),
    ("bundle-import", ["bundle", "import"]),
    ("bundle-save", ["bundle", "save"]),
    ("category-create", ["category", "create"]),
    ("category-delete", ["category", "delete"]),
    ("category-list", ["category", "list"]),
    ("category-show", ["category", "show"]),
    ("class-schema", ["schema", "show"]),
    ("deployment-list", ["deployment", "list"]),
    ("env-template-add-app", ["template", "add-app"]),
    ("env-template-clone", ["template", "clone"]),
    ("env-template-create", ["template", "create"]),
    ("env-template-create-env", ["template", "create-env"]),
    ("env-template-del-app", ["template", "del-app"]),
    ("env-template-delete", ["template", "delete"]),
    ("env-template-list", ["template", "list"]),
    ("env-template-show", ["template", "show"]),
    ("env-template-update", ["template", "update"]),
    ("environment-action-call", ["action", "call"]),
    ("environment-action-get-result", ["action", "result"]),
    ("environment-apps-edit", ["app", "edit"]),
    ("environment-create", ["env", "create"]),
    ("environment-delete", ["env", "delete"]),
    ("environment-deploy", ["env", "deploy"]),
    ("environment-list", ["env", "list"]),
    ("environment-model-edit", ["env", "model-edit"]),
    ("environment-model-show", ["env", "model-show"]),
    ("environment-rename", ["env", "rename"]),
    ("environment-session-create", ["session", "create"]),
    ("environment-show", ["env", "show"]),
    ("package-create", ["package", "create"]),
    ("package-delete", ["package", "delete"]),
    ("package-download", ["package", "download"]),
    ("package-import", ["package", "import"]),
    ("package-list", ["package", "list"]),
    ("package-save", ["package", "save"]),
    ("package-show", ["package", "show"]),
    ("package-update", ["package", "update"]),
    ("static-action-call", ["action", "call-static"]),
];

/// Noun and verb of an old name.
pub(crate) fn old(name: &str) -> Option<[&'static str; 2]> {
    let found = OLD.iter().find(|(old, _)| *old == name);
    found.map(|(_, line)| *line)
}

/// The command of a noun and a verb.
pub(crate) fn command<'a>(tree: &'a Command, [noun, verb]: [&str; 2]) -> Option<&'a Command> {
    tree.find_subcommand(noun)?.find_subcommand(verb)
}

/// A command line with noun and verb in the place of a word that means both.
#[derive(Default)]
pub(crate) struct Line {
    pub(crate) arguments: Vec<OsString>,
    /// The old name that was typed, and where what was typed behind it begins.
    pub(crate) old: Option<(&'static str, usize)>,
    /// Noun and verb, as typed; empty where there is none.
    pub(crate) path: [String; 2],
    /// What help is wanted for and there is none.
    pub(crate) no_topic: Option<String>,
}

/// Puts `noun verb` in the place of a word that means both. All else is left to the strict parser. `nouns` is
/// the program without verbs.
pub(crate) fn rewrite(arguments: Vec<OsString>, nouns: &Command) -> Line {
    let mut loose = loose(nouns);
    let mut line = Line {
        arguments,
        ..Line::default()
    };
    let Some(place) = first_word(&line.arguments, &mut loose) else {
        return line;
    };
    if nouns.find_subcommand(&line.arguments[place]).is_none() {
        replace(&mut line, place, nouns);
    }
    line.path[0] = line.arguments[place].to_string_lossy().into_owned();
    if let Some(verb) = first_word(&line.arguments[place..], &mut loose) {
        line.path[1] = line.arguments[place + verb].to_string_lossy().into_owned();
    }
    line
}

/// The same for a word that is no noun.
fn replace(line: &mut Line, place: usize, nouns: &Command) {
    let is_help = line.arguments[place] == "help" && place + 1 < line.arguments.len();
    let place = place + usize::from(is_help);
    let word = line.arguments[place].to_string_lossy().into_owned();
    if let Some(noun_and_verb) = look_up(&word, nouns) {
        let words = noun_and_verb.map(OsString::from);
        line.arguments.splice(place..=place, words);
        let name = OLD.iter().map(|(name, _)| *name).find(|name| *name == word);
        line.old = name.filter(|_| !is_help).map(|name| (name, place + 2));
    } else if is_help && nouns.find_subcommand(&word).is_none() && !word.starts_with('-') {
        line.no_topic = Some(word).filter(|word| word != "help");
    }
}

/// A parser that knows the options that all commands have, and takes any word for a command.
fn loose(nouns: &Command) -> Command {
    // What is wrong with a value is told when the command is known. The commands themselves are left out:
    // any word will do here.
    let any_value = |argument: &Arg| {
        // Whether options go together is told then, too.
        let argument = argument.clone().conflicts_with(Resettable::Reset);
        if argument.get_action().takes_values() {
            return argument.value_parser(clap::value_parser!(OsString));
        }
        argument
    };
    Command::new("murano")
        // As the program has it.
        .infer_long_args(true)
        .args_override_self(true)
        .args(nouns.get_arguments().map(any_value))
        .allow_external_subcommands(true)
        .disable_help_subcommand(true)
}

/// The place of the first word that is no option and no value of one; at 0 is the name of what is called.
fn first_word(arguments: &[OsString], loose: &mut Command) -> Option<usize> {
    let matches = loose.try_get_matches_from_mut(arguments).ok()?;
    let (_, behind) = matches.subcommand()?;
    let behind = behind.try_get_many::<OsString>("").ok()?;
    let behind = behind.map_or(0, Iterator::count);
    Some(arguments.len() - behind - 1)
}

/// All words that mean noun and verb.
pub(crate) fn spellings(nouns: &Command) -> Vec<String> {
    let mut words: Vec<String> = OLD.iter().map(|(old, _)| (*old).to_owned()).collect();
    for noun in nouns.get_subcommands().filter(|noun| !noun.is_hide_set()) {
        let noun = tree::with_verbs(noun.clone());
        for noun_name in noun.get_name_and_visible_aliases() {
            let verbs = noun.get_subcommands().filter(|verb| !verb.is_hide_set());
            let verbs = verbs.flat_map(Command::get_name_and_visible_aliases);
            words.extend(verbs.map(|verb| format!("{noun_name}-{verb}")));
        }
    }
    words.sort();
    words.dedup();
    words
}

/// Noun and verb of a word such as `environment-create`.
fn look_up(word: &str, nouns: &Command) -> Option<[String; 2]> {
    if let Some(line) = old(word) {
        return Some(line.map(str::to_owned));
    }
    for noun in nouns.get_subcommands() {
        let names = noun
            .get_name_and_visible_aliases()
            .into_iter()
            .chain(noun.get_all_aliases());
        for verb in names.filter_map(|name| word.strip_prefix(name)?.strip_prefix('-')) {
            if let Some(verb) = tree::with_verbs(noun.clone()).find_subcommand(verb) {
                return Some([noun.get_name().to_owned(), verb.get_name().to_owned()]);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(line: &str) -> String {
        let arguments = line.split(' ').map(OsString::from).collect();
        let line = rewrite(arguments, &crate::cli::nouns());
        line.arguments.join(" ".as_ref()).into_string().unwrap()
    }

    #[test]
    fn all_spellings_mean_noun_and_verb() {
        for line in [
            "murano env create x",
            "murano env-create x",
            "murano environment-create x",
        ] {
            let expected = match line {
                "murano env create x" => line,
                _ => "murano env create x",
            };
            assert_eq!(rewritten(line), expected);
        }
        assert_eq!(
            rewritten("murano --os-cloud c --insecure environment-session-create e -f json"),
            "murano --os-cloud c --insecure session create e -f json"
        );
        assert_eq!(
            rewritten("murano environment-model-show e"),
            "murano env model-show e"
        );
        assert_eq!(
            rewritten("murano env-template-create-env t e"),
            "murano template create-env t e"
        );
        assert_eq!(
            rewritten("murano help env-create"),
            "murano help env create"
        );
    }

    #[test]
    fn what_is_no_spelling_is_left_alone() {
        for line in [
            "murano env-crate x",
            "murano",
            "murano env-",
            "murano env create env-create",
            "murano --os-cloud env-create env list",
            "murano --wrong env-create",
        ] {
            assert_eq!(rewritten(line), line);
        }
    }

    #[test]
    fn old_names_are_told_from_other_spellings() {
        let old = |line: &str| {
            let arguments = line.split(' ').map(OsString::from).collect();
            rewrite(arguments, &crate::cli::nouns()).old
        };
        assert_eq!(
            old("murano environment-list"),
            Some(("environment-list", 3))
        );
        assert_eq!(
            old("murano --os-cloud c class-schema x"),
            Some(("class-schema", 5))
        );
        for line in [
            "murano env-list",
            "murano env list",
            "murano help environment-list",
        ] {
            assert_eq!(old(line), None, "{line}");
        }
    }

    #[test]
    fn every_spelling_is_understood() {
        let nouns = crate::cli::nouns();
        let words = spellings(&nouns);
        for word in ["environment-list", "env-template-add-app", "class-schema"] {
            assert!(words.iter().any(|known| known == word), "{word}");
        }
        for word in words {
            assert!(look_up(&word, &nouns).is_some(), "{word}");
        }
    }

    #[test]
    fn old_names_lead_to_commands() {
        let tree = crate::cli::command();
        for (name, line) in OLD {
            assert!(command(&tree, line).is_some(), "{name}");
        }
    }
}
