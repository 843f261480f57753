//! Completion: what the scripts of the shells ask the program at each key.
//!
//! `murano __complete bash LINE BREAKS`, and for the other shells `murano __complete SHELL =CURRENT WORD…`,
//! where CURRENT is the word at the cursor and the others are those before it. The answer is `files`, or
//! `words` and a line for each of them, with its help behind a tab. There is no call to a cloud, and
//! whatever is missing or broken leaves less to offer.

mod line;
mod options;
mod scripts;

use std::{
    ffi::{OsStr, OsString},
    fmt::Write as _,
    io::Write as _,
    process::ExitCode,
    sync::Arc,
};

use clap::{Arg, Command, ValueEnum as _, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};

#[cfg(not(any(test, fuzzing)))]
use self::line::Line;
#[cfg(any(test, fuzzing))]
pub(crate) use self::line::Line;
pub(crate) use self::scripts::Shell;
use crate::{cache::Names, config, find::Kind, names, tree};

/// The word by which scripts ask.
pub(crate) const WORD: &str = "__complete";

/// Marks the place of a file.
const FILE: &str = "file";

/// Gives the names met; asked only when names are wanted.
type Met = Arc<dyn Fn() -> Names + Send + Sync>;

/// The arguments that take a name, by their ids.
const NAMED: [(&str, Kind); 14] = [
    ("env", Kind::Environment),
    ("envs", Kind::Environment),
    ("template", Kind::Template),
    ("templates", Kind::Template),
    ("package", Kind::Package),
    ("packages", Kind::Package),
    ("fqn", Kind::Package),
    ("kind", Kind::Package),
    ("category", Kind::Category),
    ("categories", Kind::Category),
    ("add_category", Kind::Category),
    ("remove_category", Kind::Category),
    ("instance", Kind::Instance),
    ("instances", Kind::Instance),
];

/// Answers a script.
pub(crate) fn print(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    // A shell that no longer listens has no use for an error.
    let _ = std::io::stdout().write_all(answer(arguments).as_bytes());
    ExitCode::SUCCESS
}

/// The answer to a script; `arguments` are what follows the word.
fn answer(arguments: impl Iterator<Item = OsString>) -> String {
    let mut arguments = arguments.map(|text| text.to_string_lossy().into_owned());
    let shell = arguments.next().unwrap_or_default();
    let Ok(shell) = Shell::from_str(&shell, false) else {
        return String::new();
    };
    let first = arguments.next().unwrap_or_default();
    let line = if shell == Shell::Bash {
        Line::parse(&first, &arguments.next().unwrap_or_default())
    } else {
        Line {
            words: ["murano".to_owned()].into_iter().chain(arguments).collect(),
            current: first.strip_prefix('=').unwrap_or(&first).to_owned(),
            ..Line::default()
        }
    };
    let words = line.words.clone();
    let met: Met = Arc::new(move || match options::read(&words) {
        Some(global) => global.names(|| global.settings(None)),
        None => Names::none(),
    });
    let candidates = candidates(&line, &met);
    if candidates.iter().any(is_file) {
        return "files\n".to_owned();
    }
    let mut answer = "words\n".to_owned();
    for candidate in candidates {
        let value = candidate.get_value().to_string_lossy();
        let help = candidate.get_help().map(ToString::to_string);
        let help = help.as_deref().and_then(|help| help.lines().next());
        // Writing to a text does not fail.
        let _ = match shell {
            Shell::Bash => match line.replacement(&value) {
                Some(text) => writeln!(answer, "{text}"),
                None => Ok(()),
            },
            _ => writeln!(answer, "{value}\t{}", help.unwrap_or_default()),
        };
    }
    answer
}

/// What may stand at the cursor.
fn candidates(line: &Line, met: &Met) -> Vec<CompletionCandidate> {
    let nouns = crate::cli::nouns();
    let words = line.words.iter().map(OsString::from).collect();
    let mut words = names::rewrite(words, &nouns).arguments;
    let is_first = !words
        .iter()
        .skip(1)
        .any(|word| nouns.find_subcommand(word).is_some());
    let spellings = if is_first && line.current.contains('-') && !line.current.starts_with('-') {
        names::spellings(&nouns)
    } else {
        Vec::new()
    };
    let index = words.len();
    words.push(OsString::from(&line.current));
    let mut tree = completed(nouns, &words, met);
    let found = clap_complete::engine::complete(&mut tree, words, index, None);
    let mut found = found.unwrap_or_default();
    // Options are for who types a dash; others may wait for a name that was never met.
    if !line.current.starts_with('-') {
        found.retain(|found| !found.get_value().to_string_lossy().starts_with('-'));
    }
    let spellings = spellings
        .into_iter()
        .filter(|word| word.starts_with(&line.current));
    found.extend(spellings.map(CompletionCandidate::new));
    found
}

/// The tree with what can be offered for the arguments of what is typed. Options that every command has are
/// many: only the most used of them are offered before one is begun. The last of the words is at the cursor.
fn completed(tree: Command, words: &[OsString], met: &Met) -> Command {
    let mut nouns = words.iter().skip(1).filter_map(|word| word.to_str());
    // Others have instances of Nova, of which nothing is known here.
    let is_bare_metal = nouns.find(|word| tree.find_subcommand(word).is_some()) == Some("instance");
    let is_long = words.last().is_some_and(|current| current.len() > 2);
    let argument = move |argument: Arg| {
        let aliases: Vec<String> = argument
            .get_all_aliases()
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let hidden = argument.is_hide_set() || (argument.is_hide_short_help_set() && !is_long);
        // The engine looks for visible names only.
        let argument = argument.visible_aliases(aliases).hide(hidden);
        let id = argument.get_id().as_str();
        if id == "os_cloud" {
            return argument.add(ArgValueCompleter::new(|current: &OsStr| {
                beginning(config::clouds(), current)
            }));
        }
        let named = NAMED.iter().find(|(named, _)| *named == id);
        let named = named.filter(|(_, kind)| *kind != Kind::Instance || is_bare_metal);
        if let (Some((_, kind)), true) = (named, argument.get_possible_values().is_empty()) {
            let (met, kind) = (Arc::clone(met), *kind);
            return argument.add(ArgValueCompleter::new(move |current: &OsStr| {
                beginning(met().get(kind), current)
            }));
        }
        match argument.get_value_hint() {
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath => {
                argument.add(ArgValueCompleter::new(|_: &OsStr| {
                    vec![CompletionCandidate::new("").tag(Some(FILE.into()))]
                }))
            }
            _ => argument,
        }
    };
    walk(tree, words, &argument)
}

/// The names that begin like this.
fn beginning(names: Vec<String>, current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let names = names.into_iter();
    let names = names.filter(|name| name.starts_with(&*current));
    names.map(CompletionCandidate::new).collect()
}

/// Changes the arguments of the commands that occur among the words. Of the others the names are enough,
/// and leaving out their arguments saves most of the time.
fn walk(command: Command, words: &[OsString], change: &impl Fn(Arg) -> Arg) -> Command {
    let command = command.mut_args(change);
    command.mut_subcommands(|below| {
        let is_typed = |name| words.iter().any(|word| word == name);
        if is_typed(below.get_name()) || below.get_all_aliases().any(is_typed) {
            return walk(tree::with_verbs(below), words, change);
        }
        let aliases =
            |all: &mut dyn Iterator<Item = &str>| all.map(str::to_owned).collect::<Vec<_>>();
        Command::new(below.get_name().to_owned())
            .about(below.get_about().cloned().unwrap_or_default())
            .aliases(aliases(&mut below.get_aliases()))
            .visible_aliases(aliases(&mut below.get_visible_aliases()))
            .hide(below.is_hide_set())
    })
}

fn is_file(candidate: &CompletionCandidate) -> bool {
    candidate
        .get_tag()
        .is_some_and(|tag| tag.to_string() == FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(line: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let names = || Names::of("cloud", Some(folder.path()));
        names().add(Kind::Environment, &["shop", "my shop", "depot"]);
        names().add(Kind::Template, &["market"]);
        names().add(Kind::Category, &["Web", "Games"]);
        names().add(Kind::Package, &["com.example.Greeter"]);
        let path = folder.path().to_owned();
        let met: Met = Arc::new(move || Names::of("cloud", Some(&path)));
        let candidates = candidates(&Line::parse(line, ""), &met);
        let values = candidates.iter().map(|found| {
            let value = found.get_value().to_string_lossy();
            format!("{value}{}", if is_file(found) { "FILE" } else { "" })
        });
        values.collect()
    }

    #[test]
    fn commands_and_their_spellings_are_offered() {
        assert_eq!(offered("murano depl"), ["deployment"]);
        assert!(offered("murano env ").contains(&"model-edit".to_owned()));
        assert_eq!(offered("murano environment sh"), ["show"]);
        assert_eq!(offered("murano environment-li"), ["environment-list"]);
        assert_eq!(offered("murano env-cr"), ["env-create"]);
        assert_eq!(offered("murano static-"), ["static-action-call"]);
        assert!(offered("murano env environment-li").is_empty());
        assert!(offered("murano nonsense").is_empty());
    }

    #[test]
    fn options_are_offered_behind_a_dash() {
        assert_eq!(offered("murano env create x --reg"), ["--region"]);
        assert_eq!(offered("murano environment-create x --reg"), ["--region"]);
        assert_eq!(offered("murano env list -f j"), ["json"]);
        assert_eq!(offered("murano env list --format=j"), ["--format=json"]);
        assert_eq!(
            offered("murano env list --os-us"),
            [
                "--os-username",
                "--os-user-id",
                "--os-user-domain-name",
                "--os-user-domain-id"
            ]
        );
        let short = offered("murano env list --");
        assert!(short.contains(&"--os-cloud".to_owned()) && short.contains(&"--column".to_owned()));
        assert!(!short.contains(&"--os-username".to_owned()), "{short:?}");
    }

    #[test]
    fn names_are_offered_where_names_are_wanted() {
        for command in [
            "env show",
            "env-show",
            "environment-show",
            "app list",
            "session create",
        ] {
            assert_eq!(offered(&format!("murano {command} s")), ["shop"]);
        }
        assert_eq!(offered("murano env delete shop de"), ["depot"]);
        assert_eq!(offered("murano --os_cloud x env show d"), ["depot"]);
        assert_eq!(offered("murano env show 'my"), ["my shop"]);
        assert_eq!(offered("murano template show "), ["market"]);
        assert_eq!(offered("murano app add shop com."), ["com.example.Greeter"]);
        assert_eq!(
            offered("murano package list --type "),
            ["Application", "Library"]
        );
        assert_eq!(offered("murano package import x -c Web,G"), ["Web,Games"]);
        assert!(!offered("murano env create ").contains(&"shop".to_owned()));
    }

    #[test]
    fn files_are_left_to_the_shell() {
        assert_eq!(offered("murano package import gre"), ["FILE"]);
        assert_eq!(offered("murano app add shop X --model "), ["FILE"]);
    }

    #[test]
    fn a_question_that_makes_no_sense_has_no_answer() {
        let answer = |words: &[&str]| answer(words.iter().map(OsString::from));
        assert_eq!(answer(&[]), "");
        assert_eq!(answer(&["tcsh", "=x"]), "");
        assert_eq!(answer(&["zsh", "=env", "--os-cloud"]), "words\n");
        assert_eq!(answer(&["bash", "murano categ", ""]), "words\ncategory\n");
        assert!(answer(&["fish", "=categ"]).starts_with("words\ncategory\tCategories"));
    }

    #[test]
    fn every_place_of_a_name_is_known() {
        fn check(command: &Command) {
            for argument in command.get_arguments() {
                let shown = argument.get_value_names().unwrap_or_default();
                let shown = shown.first().map(ToString::to_string).unwrap_or_default();
                let wanted = [
                    "ENV",
                    "ENVIRONMENT",
                    "TEMPLATE",
                    "PACKAGE",
                    "CATEGORY",
                    "FQN",
                ];
                let id = argument.get_id().as_str();
                assert!(
                    !wanted.contains(&&*shown) || NAMED.iter().any(|(named, _)| *named == id),
                    "`{}` takes a name: add its argument `{id}` to NAMED",
                    command.get_name()
                );
            }
            command.get_subcommands().for_each(check);
        }
        let mut tree = crate::cli::command();
        tree.build();
        check(&tree);
    }
}
