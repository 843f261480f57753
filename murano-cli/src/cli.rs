//! The tree of commands at a glance, and the road through it.

use std::ffi::OsString;

use clap::{Arg, Command, CommandFactory as _, FromArgMatches as _, Parser, error::ErrorKind};
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
    manual::{self, examples},
    names::{self, Line},
    report,
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
    arg_required_else_help = true
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    classic: config::Classic,
    #[command(subcommand)]
    noun: Noun,
}

#[derive(clap::Subcommand)]
enum Noun {
    /// Environments: what applications are deployed into
    #[command(subcommand, visible_alias = "environment")]
    Env(env::Verb),
    /// Sessions: private copies of an environment that are edited, then deployed
    #[command(subcommand)]
    Session(session::Verb),
    /// Applications of an environment
    #[command(subcommand)]
    App(app::Verb),
    /// Deployments: what the engine did, and why it failed
    #[command(subcommand)]
    Deployment(deployment::Verb),
    /// Actions: what deployed applications can be asked to do
    #[command(subcommand)]
    Action(action::Verb),
    // `-f` is the file there, as it is with other tools.
    #[command(mut_arg("format", |argument| argument.short(None)))]
    Apply(apply::Args),
    Diff(diff::Args),
    Export(export::Args),
    /// Templates: environments to be, with their applications
    #[command(subcommand, visible_alias = "env-template")]
    Template(template::Verb),
    /// Packages of the catalog
    #[command(subcommand)]
    Package(package::Verb),
    /// Bundles: packages that belong together
    #[command(subcommand)]
    Bundle(bundle::Verb),
    /// Categories of the catalog
    #[command(subcommand)]
    Category(category::Verb),
    /// Schemas: what classes take
    #[command(subcommand)]
    Schema(schema::Verb),
    /// Statistics: what the service counts
    #[command(subcommand)]
    Stats(stats::Verb),
    /// Maintenance of hosts with Fenix: sessions, and what projects say to them
    #[command(subcommand)]
    Maintenance(maintenance::Verb),
    /// Bare-metal instances of Mogan, which clouds may have beside Murano
    #[command(subcommand)]
    Instance(instance::Verb),
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
    Sandbox(sandbox::Verb),
    Login(login::Args),
    Logout(logout::Args),
    /// Logins that are kept between commands
    #[command(subcommand)]
    Auth(auth::Verb),
    /// Configuration: what the program goes by
    #[command(subcommand)]
    Config(commands::config::Verb),
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
            Self::Env(verb) => env::run(verb, cx).await,
            Self::Session(verb) => session::run(verb, cx).await,
            Self::App(verb) => app::run(verb, cx).await,
            Self::Deployment(verb) => deployment::run(verb, cx).await,
            Self::Action(verb) => action::run(verb, cx).await,
            Self::Apply(args) => apply::run(args, cx).await,
            Self::Diff(args) => diff::run(args, cx).await,
            Self::Export(args) => export::run(args, cx).await,
            Self::Template(verb) => template::run(verb, cx).await,
            Self::Package(verb) => package::run(verb, cx).await,
            Self::Bundle(verb) => bundle::run(verb, cx).await,
            Self::Category(verb) => category::run(verb, cx).await,
            Self::Schema(verb) => schema::run(verb, cx).await,
            Self::Stats(verb) => stats::run(verb, cx).await,
            Self::Maintenance(verb) => maintenance::run(verb, cx).await,
            Self::Instance(verb) => instance::run(verb, cx).await,
            Self::Api(args) => api::run(args, cx).await,
            Self::Sandbox(verb) => sandbox::run(verb, cx).await,
            Self::Login(args) => login::run(args, cx).await,
            Self::Logout(args) => logout::run(args, cx).await,
            Self::Auth(verb) => auth::run(verb, cx).await,
            Self::Config(verb) => commands::config::run(verb, cx),
            Self::Doctor(args) => doctor::run(args, cx).await,
            Self::Completion(args) => completion::run(&args, cx),
            Self::Man(args) => man::run(&args, cx),
            Self::Reference(args) => reference::run(&args, cx),
            Self::ExitCodes => Ok(cx.ui().result(&format!("{}\n", report::EXIT_CODES))?),
            Self::BashCompletion => Ok(cx.ui().result(&classic::completion(&command()))?),
        }
    }
}

/// The tree of commands, in which each option with dashes may be written with underscores too.
pub(crate) fn command() -> Command {
    fn underscored(argument: Arg) -> Arg {
        match argument.get_long() {
            Some(long) if long.contains('-') => {
                let alias = long.replace('-', "_");
                argument.alias(alias)
            }
            _ => argument,
        }
    }
    fn walk(command: Command) -> Command {
        let command = match command.get_name() {
            // A page of its own rather than a command.
            "exit-codes" => command,
            _ => manual::with_template(command),
        };
        command.mut_args(underscored).mut_subcommands(walk)
    }
    walk(Cli::command())
}

/// Runs one command line, the program's name first, and gives its exit code. With `base`, neither
/// variables nor files are read for the login.
pub(crate) async fn run(arguments: Vec<OsString>, streams: Streams, base: Option<Settings>) -> u8 {
    let ui = Ui::new(streams);
    let alone = arguments.len() <= 1;
    let mut tree = command();
    let (arguments, classic) = match read(arguments, &mut tree) {
        Ok(line) => line,
        Err(refusal) => {
            ui.line(refusal.text);
            return refusal.code;
        }
    };
    if wants_json(&arguments) {
        ui.set_for_programs();
    }
    let parsed = parse(arguments, &mut tree);
    // To take the tree apart takes as long as to build it, and the program is about to end anyway.
    std::mem::forget(tree);
    let mut cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return explain(&ui, &error, alone),
    };
    cli.global.add_classic(&cli.classic, classic.is_some());
    ui.set_quiet(cli.global.quiet);
    let log = Log::start(&ui, &cli.global);
    let cx = Cx::new(ui, cli.global, base);
    if let Some(line) = &classic {
        cx.behave_like(line.old, !line.has_format);
    }
    let outcome = match (cli.classic.check(classic.is_some()), classic) {
        (Err(failure), _) => Err(failure.into()),
        (Ok(()), Some(line)) => run_classic(cli.noun, &cx, line).await,
        (Ok(()), None) => cli.noun.run(&cx).await,
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

/// The line as our own parser takes it, and what was typed where that was a line of the old client.
fn read(
    arguments: Vec<OsString>,
    tree: &mut Command,
) -> Result<(Vec<OsString>, Option<Translated>), Refusal> {
    let Line {
        mut arguments,
        old,
        no_topic,
    } = names::rewrite(arguments, tree);
    if let Some(word) = no_topic {
        let text = format!("'{word}' is not a valid subcommand");
        return Err(Refusal { text, code: 1 });
    }
    let Some((old, place)) = old.and_then(|(name, place)| Some((classic::of(name)?, place))) else {
        return Ok((arguments, None));
    };
    // Gives each command the options that all have.
    tree.build();
    let Some(verb) = names::command(tree, old.line()) else {
        return Ok((arguments, None));
    };
    let words = arguments.split_off(place);
    let mut translated = classic::translate(old, verb, words)?;
    arguments.truncate(place - 2);
    arguments.extend(translated.old.line().map(OsString::from));
    arguments.append(&mut translated.words);
    Ok((arguments, Some(translated)))
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
        let next = parse(words, &mut command())?;
        cx.behave_like(old, !line.has_format);
        Box::pin(next.noun.run(cx)).await?;
    }
    outcome
}

fn parse(arguments: Vec<OsString>, tree: &mut Command) -> Result<Cli, clap::Error> {
    let matches = tree.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(tree))
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
    fn global_options_stand_before_and_after_the_command() {
        for line in [
            "murano --os-cloud c --debug env list",
            "murano env list --os-cloud c --debug",
            "murano env --debug list --os_cloud=c",
        ] {
            let cli = parse(
                line.split(' ').map(OsString::from).collect(),
                &mut command(),
            );
            assert!(cli.is_ok_and(|cli| cli.global.debug), "{line}");
        }
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
        let parse = |line: &str| {
            let words = line.split(' ').map(OsString::from);
            parse(words.collect(), &mut command())
        };
        assert!(parse("murano env create x --reg R --join-net 1").is_ok());
        assert!(parse("murano package list --lim 1 --class x --class_name y").is_ok());
        assert!(parse("murano env create x --join 1").is_err());
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
