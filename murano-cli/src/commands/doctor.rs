use murano_sdk::{
    auth::{Settings, TokenCache},
    doctor::{Check, Health},
};
use serde_json::json;

use crate::{
    config,
    cx::Cx,
    manual::examples,
    output::{OutputArgs, columns, printable},
    report::Failure,
    secrets::{self, Keyring},
};

/// Look for what is wrong with configuration, network, login and service, and say what to do
///
/// Each thing is one line: how it is, what was found, and the remedy. Fails where something keeps commands from working.
#[derive(clap::Args)]
#[command(before_help = examples!("murano doctor", "murano doctor -f json"))]
pub(crate) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Check>()?;
    let mut checks = Vec::new();
    match cx
        .settings()
        .and_then(|settings| Ok((settings, cx.client()?)))
    {
        Ok((settings, client)) => {
            checks.push(configuration(&settings));
            checks.extend(client.examine().await);
        }
        Err(error) => {
            let remedy =
                "`murano config show` lists what is in force; `murano --help` has the options";
            checks.push(Check::fail(
                "configuration",
                error.root_cause().to_string(),
                remedy,
            ));
        }
    }
    let keyring = Keyring::of_system();
    checks.push(cache(secrets::cache(&keyring)));
    checks.push(match keyring.check() {
        Ok(()) => Check::ok("keyring", "keeps secrets"),
        Err(error) => Check::warn(
            "keyring",
            format!("not there: {error}"),
            "a helper command (OS_PASSWORD_COMMAND) is another safe place for the password",
        ),
    });
    if args.output.is_plain() {
        let lines: String = checks.iter().map(|check| line(check) + "\n").collect();
        cx.ui().result(&lines)?;
    } else {
        cx.print_list(&checks, &args.output)?;
    }
    if checks.iter().any(|check| check.health == Health::Fail) {
        return Err(Failure::Shown(1).into());
    }
    Ok(())
}

/// A check for people.
fn line(check: &Check) -> String {
    let health = match check.health {
        Health::Ok => "ok  ",
        Health::Warn => "warn",
        _ => "fail",
    };
    let remedy = check.remedy.as_ref().map(|remedy| format!(" -> {remedy}"));
    let text = format!(
        "{health} {}: {}{}",
        check.name,
        check.finding,
        remedy.unwrap_or_default()
    );
    printable(&text)
}

fn configuration(settings: &Settings) -> Check {
    let sources = settings
        .iter()
        .map(|(_, setting)| config::place(&setting.source));
    let mut sources: Vec<String> = sources.collect();
    sources.sort_unstable();
    sources.dedup();
    Check::ok("configuration", format!("from {}", sources.join(", ")))
}

fn cache(cache: Option<TokenCache>) -> Check {
    let remedy = "make the folder writable, or name another one in XDG_CACHE_HOME; each command logs in by itself";
    let Some(cache) = cache else {
        return Check::warn("cache", "there is no home folder", remedy);
    };
    match cache.check() {
        Ok(()) => {
            let (count, folder) = (cache.logins().len(), cache.folder().display());
            Check::ok("cache", format!("logins in {folder}: {count}"))
        }
        Err(error) => Check::warn("cache", error.to_string(), remedy),
    }
}

columns!(Check {
    health  "Health"  brief => |c| json!(c.health),
    name    "Name"    brief => |c| c.name.as_str().into(),
    finding "Finding" brief => |c| c.finding.as_str().into(),
    remedy  "Remedy"  brief => |c| json!(c.remedy),
});
