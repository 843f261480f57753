use murano_sdk::auth::TokenCache;

use crate::{
    cx::Cx,
    manual::examples,
    report::{Batch, Failure},
    secrets::{self, Keyring},
};

/// Forget the login to a cloud: its token, which ends at once, and its secret
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano logout",
    "murano logout --all",
))]
pub(crate) struct Args {
    /// Forget the logins to all clouds; their tokens end by themselves
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let keyring = Keyring::of_system();
    if args.all {
        return match secrets::cache(&keyring) {
            Some(cache) => forget_all(cx, &cache, &keyring),
            None => Ok(()),
        };
    }
    let Some(settings) = cx.settings_for_login()? else {
        return Ok(());
    };
    let source = secrets::Kept::of(&settings)?;
    let client = secrets::client(cx.global(), settings, source)?;
    let account = client.account().unwrap_or_default();
    let secret = keyring.forget(&account).unwrap_or_default();
    let ended = client.log_out().await;
    if let Some(url) = client.auth_url()
        && let Err(error) = secrets::forget(&url)
    {
        cx.ui()
            .note(format!("the name of the user is still remembered: {error}"));
    }
    cx.ui().note(match (ended?, secret) {
        (true, _) => format!("logged out: {account}"),
        (false, true) => format!("the secret is forgotten: {account}"),
        (false, false) => format!("there was no login: {account}"),
    });
    Ok(())
}

fn forget_all(cx: &Cx, cache: &TokenCache, keyring: &Keyring) -> anyhow::Result<()> {
    let mut batch = Batch::new(cx);
    let logins = cache.logins();
    for login in &logins {
        // A secret that was never kept, or a keyring that is not there, leaves nothing to forget.
        let _ = keyring.forget(&login.account);
        batch.add(cache.forget(login).map_err(Into::into));
    }
    if let Some(path) = crate::config::users_file()
        && let Err(error) = std::fs::remove_file(&path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        let text = format!("cannot remove {}: {error}", path.display());
        batch.add::<()>(Err(Failure::Other(text).into()));
    }
    cx.ui().note(format!("logins forgotten: {}", logins.len()));
    batch.finish()
}
