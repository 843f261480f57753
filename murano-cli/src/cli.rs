//! The tree of commands at a glance, and the road through it.

use std::ffi::OsString;

use clap::{
    Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand as _, error::ErrorKind,
};
use murano_sdk::auth::Settings;

use crate::{
    classic::{self, Refusal, Translated},
    commands::{
        self, action, api, app, apply, auth, bundle, category, completion, deployment, diff,
        doctor, env, export, instance, login, logout, maintenance, man, package, reference,
        sandbox, schema, session, stats, template,
    },
    config::{self, Global},
    cx::Cx,
    log::Log,
    manual::examples,
    names, report,
    tree::{self, Verbs},
    ui::{Streams, Ui},
};

/// Client for the OpenStack application catalog
#[derive(Parser)]
#[command(
    name = "murano",
    version,
    infer_long_args = true,
    args_override_self = true,
    max_term_width = 100
)]
#[command(
    before_help = examples!(
        "murano --os-cloud sandbox env list",
        "murano env create --help",
        "murano sandbox demo",
    ),
    after_help = report::EXIT_CODES,
    subcommand_required = true,
    arg_required_else_help = true
)]
struct Options {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    classic: config::Classic,
}

#[derive(clap::Subcommand)]
enum Noun {
    /// Environments: what applications are deployed into
    #[command(subcommand, visible_alias = "environment")]
    Env(Verbs<env::Verb>),
    /// Sessions: private copies of an environment that are edited, then deployed
    #[command(subcommand)]
    Session(Verbs<session::Verb>),
    /// Applications of an environment
    #[command(subcommand)]
    App(Verbs<app::Verb>),
    /// Deployments: what the engine did, and why it failed
    #[command(subcommand)]
    Deployment(Verbs<deployment::Verb>),
    /// Actions: what deployed applications can be asked to do
    #[command(subcommand)]
    Action(Verbs<action::Verb>),
    // `-f` is the file there, as it is with other tools.
    #[command(mut_arg("format", |argument| argument.short(None)))]
    Apply(apply::Args),
    Diff(diff::Args),
    Export(export::Args),
    /// Templates: environments to be, with their applications
    #[command(subcommand, visible_alias = "env-template")]
    Template(Verbs<template::Verb>),
    /// Packages of the catalog
    #[command(subcommand)]
    Package(Verbs<package::Verb>),
    /// Bundles: packages that belong together
    #[command(subcommand)]
    Bundle(Verbs<bundle::Verb>),
    /// Categories of the catalog
    #[command(subcommand)]
    Category(Verbs<category::Verb>),
    /// Schemas: what classes take
    #[command(subcommand)]
    Schema(Verbs<schema::Verb>),
    /// Statistics: what the service counts
    #[command(subcommand)]
    Stats(Verbs<stats::Verb>),
    /// Maintenance of hosts with Fenix: sessions, and what projects say to them
    #[command(subcommand)]
    Maintenance(Verbs<maintenance::Verb>),
    /// Bare-metal instances of Mogan, which clouds may have beside Murano
    #[command(subcommand)]
    Instance(Verbs<instance::Verb>),
    Api(api::Args),
    /// An imitated cloud on this computer: `--os-cloud sandbox` works without any set-up
    ///
    /// Nothing real is created: there are no machines, no networks and no stacks, and a deployment is
    /// played by the clock. The imitation answers as a Murano would, so that commands, scripts and
    /// packages can be tried without a cloud.
    ///
    /// With `--os-cloud sandbox` or `OS_CLOUD=sandbox` every command starts it inside its own process, works
    /// with it and ends it; what was made is there for the next command. An entry of that name in
    /// clouds.yaml wins, and variables with the login of another cloud are not looked at. sandbox-demo2 is
    /// another user of the same project, sandbox-alt a user of another project, sandbox-admin the
    /// administrator.
    ///
    /// `MURANO_SANDBOX_DIR` is the folder it is kept in, `MURANO_SANDBOX_DEPLOY_TIME` how long a deployment
    /// takes (1s), `MURANO_SANDBOX_WAIT` how long to wait for another process that uses the folder (10s),
    /// `MURANO_SANDBOX_FENIX` which maintenance service there is: `early`, or `late` with all calls,
    /// `MURANO_SANDBOX_MOGAN` which service of bare-metal instances: `nimble`, `instances` or `servers`.
    #[command(subcommand)]
    Sandbox(Verbs<sandbox::Verb>),
    Login(login::Args),
    Logout(logout::Args),
    /// Logins that are kept between commands
    #[command(subcommand)]
    Auth(Verbs<auth::Verb>),
    /// Configuration: what the program goes by
    #[command(subcommand)]
    Config(Verbs<commands::config::Verb>),
    Doctor(doctor::Args),
    Completion(completion::Args),
    Man(man::Args),
    #[command(hide = true)]
    Reference(reference::Args),
    /// What the exit codes mean
    #[command(hide = true, help_template = report::EXIT_CODES)]
    ExitCodes,
    /// The old names of commands and their options, on one line
    #[command(hide = true)]
    BashCompletion,
}

impl Noun {
    async fn run(self, cx: &Cx) -> anyhow::Result<()> {
        match self {
            Self::Env(Verbs(verb)) => env::run(verb, cx).await,
            Self::Session(Verbs(verb)) => session::run(verb, cx).await,
            Self::App(Verbs(verb)) => app::run(verb, cx).await,
            Self::Deployment(Verbs(verb)) => deployment::run(verb, cx).await,
            Self::Action(Verbs(verb)) => action::run(verb, cx).await,
            Self::Apply(args) => apply::run(args, cx).await,
            Self::Diff(args) => diff::run(args, cx).await,
            Self::Export(args) => export::run(args, cx).await,
            Self::Template(Verbs(verb)) => template::run(verb, cx).await,
            Self::Package(Verbs(verb)) => package::run(verb, cx).await,
            Self::Bundle(Verbs(verb)) => bundle::run(verb, cx).await,
            Self::Category(Verbs(verb)) => category::run(verb, cx).await,
            Self::Schema(Verbs(verb)) => schema::run(verb, cx).await,
            Self::Stats(Verbs(verb)) => stats::run(verb, cx).await,
            Self::Maintenance(Verbs(verb)) => maintenance::run(verb, cx).await,
            Self::Instance(Verbs(verb)) => instance::run(verb, cx).await,
            Self::Api(args) => api::run(args, cx).await,
            Self::Sandbox(Verbs(verb)) => sandbox::run(verb, cx).await,
            Self::Login(args) => login::run(args, cx).await,
            Self::Logout(args) => logout::run(args, cx).await,
            Self::Auth(Verbs(verb)) => auth::run(verb, cx).await,
            Self::Config(Verbs(verb)) => commands::config::run(verb, cx),
            Self::Doctor(args) => doctor::run(args, cx).await,
            Self::Completion(args) => completion::run(&args, cx),
            Self::Man(args) => man::run(&args, cx),
            Self::Reference(args) => reference::run(&args, cx),
            Self::ExitCodes => Ok(cx.ui().result(&format!("{}\n", report::EXIT_CODES))?),
            Self::BashCompletion => Ok(cx.ui().result(&classic::completion())?),
        }
    }
}

/// The program with its nouns, which have no verbs yet.
pub(crate) fn nouns() -> Command {
    tree::spelled(Noun::augment_subcommands(Options::command()))
}

/// The program with all its commands.
#[cfg(test)]
pub(crate) fn command() -> Command {
    nouns().mut_subcommands(tree::with_verbs)
}

/// The program with the command of this noun and verb alone, or with all verbs of the noun where there is no such
/// one. `help` shows them all; for another word that is no noun the nouns are enough.
pub(crate) fn branch(nouns: Command, [noun, verb]: [&str; 2]) -> Command {
    match nouns.find_subcommand(noun) {
        Some(noun) => tree::spelled(Options::command()).subcommand(tree::with_verb(noun, verb)),
        None if noun == "help" => nouns.mut_subcommands(tree::with_verbs),
        None => nouns,
    }
}

/// Runs one command line, the program's name first, and gives its exit code. With `base`, neither
/// variables nor files are read for the login.
pub(crate) async fn run(arguments: Vec<OsString>, streams: Streams, base: Option<Settings>) -> u8 {
    let ui = Ui::new(streams);
    let alone = arguments.len() <= 1;
    let Read {
        arguments,
        classic,
        tree,
    } = match read(arguments) {
        Ok(line) => line,
        Err(refusal) => {
            ui.line(refusal.text);
            return refusal.code;
        }
    };
    if wants_json(&arguments) {
        ui.set_for_programs();
    }
    let parsed = parse(arguments, tree);
    let Cli { mut options, noun } = match parsed {
        Ok(cli) => cli,
        Err(error) => return explain(&ui, &error, alone),
    };
    options
        .global
        .add_classic(&options.classic, classic.is_some());
    ui.set_quiet(options.global.quiet);
    let log = Log::start(&ui, &options.global);
    let cx = Cx::new(ui, options.global, base);
    if let Some(line) = &classic {
        cx.behave_like(line.old, !line.has_format);
    }
    let outcome = match (options.classic.check(classic.is_some()), classic) {
        (Err(failure), _) => Err(failure.into()),
        (Ok(()), Some(line)) => run_classic(noun, &cx, line).await,
        (Ok(()), None) => noun.run(&cx).await,
    };
    let code = match outcome {
        Ok(()) => 0,
        Err(error) => report::show(&cx, &error),
    };
    if let Some(log) = log {
        log.finish(cx.ui());
    }
    code
}

/// A line as our own parser takes it.
struct Read {
    arguments: Vec<OsString>,
    /// What was typed, where that was a line of the old client.
    classic: Option<Translated>,
    /// The commands that the line needs.
    tree: Command,
}

fn read(arguments: Vec<OsString>) -> Result<Read, Refusal> {
    let nouns = nouns();
    let mut line = names::rewrite(arguments, &nouns);
    if let Some(word) = line.no_topic {
        let text = format!("'{word}' is not a valid subcommand");
        return Err(Refusal { text, code: 1 });
    }
    if let Some((name, place)) = line.old
        && let Some(old) = classic::of(name)
    {
        let mut own = branch(nouns.clone(), old.line());
        // Gives the command the options that all have.
        own.build();
        let words = line.arguments.split_off(place);
        let own = names::command(&own, old.line()).unwrap_or(&own);
        let mut translated = classic::translate(old, own, words)?;
        line.arguments.truncate(place - 2);
        let words = translated.old.line().map(OsString::from);
        line.arguments.extend(words);
        line.arguments.append(&mut translated.words);
        return Ok(Read {
            tree: branch(nouns, translated.old.line()),
            arguments: line.arguments,
            classic: Some(translated),
        });
    }
    let [noun, verb] = &line.path;
    Ok(Read {
        tree: branch(nouns, [noun, verb]),
        arguments: line.arguments,
        classic: None,
    })
}

/// Runs a command of the old client, and what that ran behind it.
async fn run_classic(noun: Noun, cx: &Cx, line: Translated) -> anyhow::Result<()> {
    let outcome = noun.run(cx).await;
    let has_done_something = outcome.as_ref().err().is_none_or(report::is_partly);
    let follows = line.old.then.filter(|_| has_done_something);
    if let Some((old, is_about)) =
        follows.and_then(|(name, is_about)| Some((classic::of(name)?, is_about)))
    {
        let subject = line.subject.filter(|_| is_about);
        let words = [
            "murano".into(),
            old.line()[0].into(),
            old.line()[1].into(),
            "--".into(),
        ];
        let words = words.into_iter().chain(subject).collect();
        let next = parse(words, branch(nouns(), old.line()))?;
        cx.behave_like(old, !line.has_format);
        Box::pin(next.noun.run(cx)).await?;
    }
    outcome
}

/// What a line says.
struct Cli {
    options: Options,
    noun: Noun,
}

fn parse(arguments: Vec<OsString>, mut tree: Command) -> Result<Cli, clap::Error> {
    let matches = tree.try_get_matches_from_mut(arguments)?;
    let cli = || {
        let options = Options::from_arg_matches(&matches)?;
        let noun = Noun::from_arg_matches(&matches)?;
        Ok(Cli { options, noun })
    };
    cli().map_err(|error: clap::Error| error.format(&mut tree))
}

/// Whether results are wanted as JSON, and so errors too. Looks at the words: also of a line that
/// cannot be parsed.
fn wants_json(arguments: &[OsString]) -> bool {
    let words = arguments.iter().map(|word| word.to_string_lossy());
    let words: Vec<_> = words.take_while(|word| word != "--").collect();
    let is_option = |word: &str| word == "-f" || (word.len() > 5 && "--format".starts_with(word));
    words
        .iter()
        .any(|word| word == "-fjson" || word == "-f=json")
        || words
            .windows(2)
            .any(|pair| is_option(&pair[0]) && pair[1] == "json")
        || words
            .iter()
            .filter_map(|word| word.split_once('='))
            .any(|(option, value)| is_option(option) && value == "json")
}

/// Prints what the parser has to say instead of running a command.
fn explain(ui: &Ui, error: &clap::Error, alone: bool) -> u8 {
    // The program alone is a question, not a mistake.
    let is_help = alone && error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    let printed = if is_help {
        ui.help(&error.render())
    } else if ui.is_for_programs() && error.use_stderr() {
        ui.document(&report::of_usage(error));
        Ok(())
    } else {
        ui.usage(error)
    };
    match printed {
        Err(error) => report::exit_code(&error.into()),
        Ok(()) if is_help || !error.use_stderr() => 0,
        Ok(()) => report::USAGE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn a_branch_is_as_in_the_whole() {
        let nouns = nouns();
        let mut whole = command();
        whole.build();
        let mut commands = 0;
        for noun in whole.get_subcommands() {
            for verb in noun
                .get_subcommands()
                .filter(|verb| verb.get_name() != "help")
            {
                let line = [noun.get_name(), verb.get_name()];
                let mut branch = branch(nouns.clone(), line);
                branch.build();
                let alone = names::command(&branch, line).unwrap();
                let help = |command: &Command| command.clone().render_long_help().to_string();
                assert_eq!(help(alone), help(verb), "{line:?}");
                commands += 1;
            }
        }
        assert!(commands > 100, "{commands}");
    }

    /// By the way the program goes.
    fn parsed(line: &str) -> Result<Cli, clap::Error> {
        let words = line.split(' ').map(OsString::from);
        let read = read(words.collect()).ok().unwrap();
        parse(read.arguments, read.tree)
    }

    #[test]
    fn global_options_stand_before_and_after_the_command() {
        for line in [
            "murano --os-cloud c --debug env list",
            "murano env list --os-cloud c --debug",
            "murano env --debug list --os_cloud=c",
            "murano --debug env-list",
            "murano --debug environment-list --os-cloud c",
        ] {
            let cli = parsed(line);
            assert!(cli.is_ok_and(|cli| cli.options.global.debug), "{line}");
        }
    }

    #[test]
    fn options_that_do_not_go_together_are_told_wherever_they_stand() {
        for line in [
            "murano -q -v env list",
            "murano env -q -v list",
            "murano env list -q -v",
            "murano -q -v env-list",
        ] {
            let error = parsed(line).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::ArgumentConflict, "{line}: {error}");
        }
        let error = parsed("murano -q -v env list --help").err().unwrap();
        assert_eq!(error.kind(), ErrorKind::DisplayHelp);
    }

    #[test]
    fn json_is_wanted_in_every_spelling() {
        let wants = |line: &str| {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            wants_json(&words)
        };
        for line in [
            "-f json",
            "-fjson",
            "-f=json",
            "--format json",
            "--format=json",
            "--form json",
        ] {
            assert!(wants(&format!("murano env list {line}")), "{line}");
        }
        for line in ["-f yaml", "-f -- json", "json", "-- -f json", "--for json"] {
            assert!(!wants(&format!("murano env list {line}")), "{line}");
        }
    }

    #[test]
    fn long_options_may_be_shortened_while_they_are_unambiguous() {
        assert!(parsed("murano env create x --reg R --join-net 1").is_ok());
        assert!(parsed("murano package list --lim 1 --class x --class_name y").is_ok());
        assert!(parsed("murano env create x --join 1").is_err());
    }

    #[test]
    fn every_verb_occurs_in_a_transcript() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/cli");
        let mut transcripts = String::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                transcripts += &std::fs::read_to_string(path).unwrap();
            }
        }
        for noun in command().get_subcommands() {
            for verb in noun.get_subcommands() {
                let line = format!("murano {} {}", noun.get_name(), verb.get_name());
                let typed = transcripts.lines().any(|typed| typed.contains(&line));
                assert!(typed, "no transcript has `{line}`");
            }
        }
    }

    #[test]
    fn every_route_has_a_command_that_exists() {
        let table = include_str!("../../docs/api-coverage.md");
        let tree = command();
        let mut routes = 0;
        for row in table.lines().filter(|line| line.starts_with("| ")) {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            let Some(line) = cells.get(5).and_then(|cell| cell.strip_prefix("`murano ")) else {
                continue;
            };
            let mut place = &tree;
            for word in line.trim_end_matches('`').split(' ') {
                let found = place.find_subcommand(word);
                place = found.unwrap_or_else(|| panic!("there is no `murano {line}"));
            }
            assert!(
                !place.has_subcommands(),
                "`murano {line} is no whole command"
            );
            routes += 1;
        }
        // Those of Murano, of Fenix, of Glance and of Mogan.
        assert_eq!(routes, 57 + 14 + 6 + 23);
    }
}
