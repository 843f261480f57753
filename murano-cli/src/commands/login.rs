use std::{
    fmt, io,
    sync::{Arc, Mutex, PoisonError},
};

use murano_sdk::{
    Client, Secret, Timestamp,
    auth::{SecretKind, SecretSource, Settings, TokenInfo},
};
use serde::Serialize;
use serde_json::json;

use crate::{
    cx::Cx,
    manual::examples,
    output::{RecordArgs, columns},
    report::{Failure, hinted},
    secrets::{self, HelperCommand, Keyring},
    ui::Ui,
};

/// Log in to a cloud, so that later commands need no password
///
/// What is missing of user, project and secret is asked for. The secret is kept in the keyring of the system, the token
/// there or in a file that is yours alone; clouds.yaml stays as it is. Each cloud has a login of its
/// own. Without a keyring the login lasts as long as its token.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano login",
    "murano login --os-cloud sandbox-admin",
))]
pub(crate) struct Args {
    /// Ask for a one-time passcode from the beginning; else it is asked for when Keystone wants it
    #[arg(long)]
    totp: bool,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Login>()?;
    let Some(mut settings) = cx.settings_for_login()? else {
        return Ok(());
    };
    let user = complete(cx.ui(), &mut settings, args.totp)?;
    let asking = Asking {
        ui: cx.ui().clone(),
        command: HelperCommand::of(&settings)?,
        answer: Arc::default(),
    };
    let answer = asking.answer.clone();
    let given = given(&settings);
    let client = secrets::client(cx.global(), settings, asking)?;
    let token = match client.log_in().await {
        Ok(token) => token,
        Err(error)
            if error.kind() == murano_sdk::ErrorKind::Config && !cx.ui().in_is_terminal() =>
        {
            let hint = "on a terminal `murano login` asks; OS_PASSWORD, OS_PASSWORD_COMMAND or OS_PASSCODE \
                        answers before it asks";
            return Err(hinted(error, hint));
        }
        Err(error) => return Err(error.into()),
    };
    if let (Some(user), Some(url)) = (user, client.auth_url())
        && let Err(error) = secrets::remember(&url, &user)
    {
        cx.ui()
            .note(format!("the name of the user is not remembered: {error}"));
    }
    let asked = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
    let login = Login::new(&client, token, keep(cx.ui(), &client, asked.or(given)));
    cx.print_record(&login, &args.output)
}

/// Asks for what makes up the login apart from secrets. Gives the user where that was asked.
fn complete(ui: &Ui, settings: &mut Settings, totp: bool) -> anyhow::Result<Option<String>> {
    let has =
        |settings: &Settings, keys: &[&str]| keys.iter().any(|key| settings.get(key).is_some());
    let asks = ui.in_is_terminal();
    if settings.get("auth_url").is_none() {
        let text = "there is no Keystone to log in to: set OS_CLOUD to an entry of clouds.yaml, or OS_AUTH_URL";
        return Err(Failure::Usage(text.to_owned()).into());
    }
    let mut user = None;
    let credentials = [
        "token",
        "application_credential_id",
        "application_credential_name",
    ];
    if !has(settings, &credentials) {
        if asks && !has(settings, &["username", "user_id"]) {
            let answer = ui.ask("user name")?;
            settings.set("username", &answer);
            user = Some(answer);
        }
        let scopes = [
            "project_id",
            "project_name",
            "domain_id",
            "domain_name",
            "system_scope",
            "trust_id",
        ];
        if asks && !has(settings, &scopes) {
            settings.set("project_name", ui.ask("project")?);
        }
    }
    if totp && settings.get("passcode").is_none() {
        if !asks {
            let text = "nobody can be asked for the passcode: set OS_PASSCODE";
            return Err(Failure::Usage(text.to_owned()).into());
        }
        settings.set("passcode", ui.ask_secret("passcode")?.expose());
    }
    Ok(user)
}

/// The secret of the command line or the variables. One in a file will be found there again.
fn given(settings: &Settings) -> Option<Secret> {
    let keys = [SecretKind::Password, SecretKind::ApplicationCredential].map(SecretKind::setting);
    let key = keys.into_iter().find(|key| settings.get(key).is_some())?;
    let is_in_file = secrets::is_in_file(settings, key);
    settings.get(key).filter(|_| !is_in_file).map(Secret::from)
}

/// Keeps the secret, where there is one to keep, and says where it is.
fn keep(ui: &Ui, client: &Client, secret: Option<Secret>) -> &'static str {
    let (Some(secret), Some(account)) = (secret, client.account()) else {
        return "as configured";
    };
    match Keyring::of_system().keep(&account, &secret) {
        Ok(()) => "keyring",
        Err(error) => {
            ui.note(format!(
                "the secret is not kept, because there is no keyring ({error}): this login lasts as long as its \
                 token"
            ));
            "not kept"
        }
    }
}

/// Asks the user for secrets, and remembers the one that lasts.
struct Asking {
    ui: Ui,
    command: Option<HelperCommand>,
    answer: Arc<Mutex<Option<Secret>>>,
}

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asking")
    }
}

impl SecretSource for Asking {
    fn secret(&self, kind: SecretKind, account: &str) -> io::Result<Option<Secret>> {
        if let (Some(command), true) = (&self.command, kind != SecretKind::Passcode) {
            return command.run().map(Some);
        }
        if !self.ui.in_is_terminal() {
            return Ok(None);
        }
        let what = match kind {
            SecretKind::Passcode => "passcode",
            SecretKind::ApplicationCredential => "secret",
            _ => "password",
        };
        let secret = self.ui.ask_secret(&format!("{what} of {account}"))?;
        if kind != SecretKind::Passcode {
            let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
            *answer = Some(secret.clone());
        }
        Ok(Some(secret))
    }
}

/// What has come of it.
#[derive(Serialize)]
struct Login {
    auth_url: Option<String>,
    user: Option<String>,
    project: Option<String>,
    roles: Vec<String>,
    expires_at: Option<Timestamp>,
    secret: &'static str,
}

impl Login {
    fn new(client: &Client, token: TokenInfo, secret: &'static str) -> Self {
        Self {
            auth_url: client.auth_url(),
            user: token.user,
            project: token.project,
            roles: token.roles,
            expires_at: token.expires_at,
            secret,
        }
    }
}

columns!(Login {
    auth_url   "Keystone" brief => |l| json!(l.auth_url),
    user       "User"     brief => |l| json!(l.user),
    project    "Project"  brief => |l| json!(l.project),
    roles      "Roles"    brief => |l| json!(l.roles),
    expires_at "Expires"  brief => |l| json!(l.expires_at),
    secret     "Secret"   brief => |l| l.secret.into(),
});
