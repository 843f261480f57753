use murano_sdk::{Timestamp, auth::CachedLogin};
use serde::Serialize;
use serde_json::json;

use crate::{
    cx::Cx,
    manual::examples,
    output::{OutputArgs, columns},
    secrets::{self, Keyring},
};

/// List the logins whose tokens are kept, without asking any cloud
#[derive(clap::Args)]
#[command(before_help = examples!("murano auth status", "murano auth status -f json"))]
pub(crate) struct Args {
    #[command(flatten)]
    output: OutputArgs,
}

/// A login as it is shown.
#[derive(Serialize)]
struct Kept {
    cloud: Option<String>,
    account: String,
    user: Option<String>,
    project: Option<String>,
    state: &'static str,
    expires_at: Option<Timestamp>,
    token_in: &'static str,
    file: String,
}

pub(crate) fn run(args: &Args, cx: &Cx) -> anyhow::Result<()> {
    let cache = secrets::cache(&Keyring::of_system());
    let logins = cache.map(|cache| cache.logins()).unwrap_or_default();
    let shown: Vec<Kept> = logins.into_iter().map(Kept::from).collect();
    cx.print_list(&shown, &args.output)
}

impl From<CachedLogin> for Kept {
    fn from(login: CachedLogin) -> Self {
        Self {
            state: if login.usable_for.is_zero() {
                "over"
            } else {
                "good"
            },
            token_in: if login.in_vault { "keyring" } else { "file" },
            file: login.path.display().to_string(),
            cloud: login.cloud,
            account: login.account,
            user: login.user,
            project: login.project,
            expires_at: login.expires_at,
        }
    }
}

columns!(Kept {
    cloud      "Cloud"    brief => |k| json!(k.cloud),
    user       "User"     brief => |k| json!(k.user),
    project    "Project"  brief => |k| json!(k.project),
    state      "State"    brief => |k| k.state.into(),
    expires_at "Expires"  brief => |k| json!(k.expires_at),
    token_in   "Token In" brief => |k| k.token_in.into(),
    account    "Account"  full  => |k| k.account.as_str().into(),
    file       "File"     full  => |k| k.file.as_str().into(),
});
