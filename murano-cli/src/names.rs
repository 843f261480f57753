//! Spellings of commands: `env create`, `env-create` and `environment-create` are one.

use std::ffi::OsString;

use clap::Command;

/// Old names that are not noun and verb.
const IRREGULAR: [(&str, [&str; 2]); 6] = [
    ("environment-session-create", ["session", "create"]),
    ("environment-apps-edit", ["app", "edit"]),
    ("environment-action-call", ["action", "call"]),
    ("environment-action-get-result", ["action", "result"]),
    ("static-action-call", ["action", "call-static"]),
    ("class-schema", ["schema", "show"]),
];

/// Puts `noun verb` in the place of a word that means both. All else is left to the strict parser.
pub(crate) fn rewrite(mut arguments: Vec<OsString>, tree: &Command) -> Vec<OsString> {
    let loose = tree
        .clone()
        .allow_external_subcommands(true)
        .disable_help_subcommand(true);
    let Ok(matches) = loose.try_get_matches_from(&arguments) else {
        return arguments;
    };
    let Some((word, rest)) = matches.subcommand() else {
        return arguments;
    };
    let Ok(Some(rest)) = rest.try_get_many::<OsString>("") else {
        // A command of the tree.
        return arguments;
    };
    let mut place = arguments.len() - rest.len() - 1;
    let mut word = word.to_owned();
    if word == "help"
        && let Some(next) = arguments.get(place + 1)
    {
        word = next.to_string_lossy().into_owned();
        place += 1;
    }
    if let Some(noun_and_verb) = look_up(&word, tree) {
        arguments.splice(place..=place, noun_and_verb.map(OsString::from));
    }
    arguments
}

/// Noun and verb of a word such as `environment-create`.
fn look_up(word: &str, tree: &Command) -> Option<[String; 2]> {
    if let Some((_, [noun, verb])) = IRREGULAR.iter().find(|(old, _)| *old == word) {
        return Some([(*noun).to_owned(), (*verb).to_owned()]);
    }
    for noun in tree.get_subcommands() {
        let verbs = noun
            .get_name_and_visible_aliases()
            .into_iter()
            .chain(noun.get_all_aliases());
        for verb in verbs.filter_map(|name| word.strip_prefix(name)?.strip_prefix('-')) {
            if let Some(verb) = noun.find_subcommand(verb) {
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
        let arguments = rewrite(arguments, &crate::cli::command());
        arguments.join(" ".as_ref()).into_string().unwrap()
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
    fn the_irregular_names_lead_to_commands() {
        let tree = crate::cli::command();
        for (old, [noun, verb]) in IRREGULAR {
            let noun = tree.find_subcommand(noun).unwrap();
            assert!(noun.find_subcommand(verb).is_some(), "{old}");
        }
    }
}
