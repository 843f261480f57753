//! Settings of the program: options of the command line over what the SDK reads from variables and
//! `clouds.yaml`. The program's only reader of the environment.

use std::{path::PathBuf, time::Duration};

use etcetera::BaseStrategy as _;
use murano_sandbox::{ACCOUNTS, Account, Fenix, MoganEra};
use murano_sdk::auth::{Settings, Source};

use crate::{cache::Names, follow, report::Failure, ui::Colour};

/// The settings that tell one login from another.
const LOGIN: [&str; 12] = [
    "auth_url",
    "endpoint_override",
    "region_name",
    "username",
    "user_id",
    "user_domain_name",
    "user_domain_id",
    "project_name",
    "project_id",
    "project_domain_name",
    "project_domain_id",
    "application_credential_id",
];

/// Options that every command has, before it or after it.
///
/// No `Debug`: there are secrets in it.
#[derive(clap::Args)]
#[command(next_help_heading = "Global options")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(crate) struct Global {
    /// Entry of clouds.yaml to use; `sandbox` needs none, see `murano sandbox --help`
    #[arg(long, global = true, value_name = "NAME")]
    os_cloud: Option<String>,
    /// Print results and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Tell each step, such as a call to the cloud, on a line
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Show each call to the cloud as a curl line and each answer with its body, tokens as hashes and
    /// passwords masked; tell more about errors
    #[arg(long, global = true)]
    pub(crate) debug: bool,
    /// Show the calls to the cloud and how long they took
    #[arg(long, global = true)]
    pub(crate) timing: bool,
    #[command(flatten)]
    login: Login,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    connection: Connection,
    /// Longest time without a sign of the server where nothing else is said.
    #[arg(skip)]
    patience: Option<String>,
}

/// Options of the old client that only stand before the command, as all of its own did.
#[derive(clap::Args)]
pub(crate) struct Classic {
    /// The same as --debug
    #[arg(short = 'd', hide = true)]
    d: bool,
    /// The same as --api-timeout
    #[arg(long, hide = true, value_name = "SECONDS", value_parser = positive)]
    timeout: Option<f64>,
    /// Has no effect, nor had it ever
    #[arg(long, hide = true)]
    include_password: bool,
    /// Version of the API
    #[arg(long, hide = true, value_name = "VERSION")]
    murano_api_version: Option<String>,
    /// Service that has the packages
    #[arg(long, hide = true, value_name = "SERVICE", value_parser = ["murano", "glance", "glare"])]
    murano_packages_service: Option<String>,
    /// URL of Glare, a service of the past
    #[arg(long, hide = true, value_name = "URL")]
    glare_url: Option<String>,
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| *number > 0.0);
    number.ok_or_else(|| format!("{text} must be greater than 0"))
}

impl Classic {
    /// Fails where something is wanted that there is no longer. Variables count under old names.
    pub(crate) fn check(&self, is_old_name: bool) -> Result<(), Failure> {
        let chosen = |option: &Option<String>, name: &str| {
            let variable = || text(name).filter(|_| is_old_name);
            option.clone().or_else(variable)
        };
        let version = chosen(&self.murano_api_version, "MURANO_API_VERSION");
        if version.is_some_and(|version| version != "1") {
            let text = "there is version 1 of the API only";
            return Err(Failure::Other(text.to_owned()));
        }
        let service = chosen(&self.murano_packages_service, "MURANO_PACKAGES_SERVICE");
        if service.is_some_and(|service| service == "glance" || service == "glare") {
            let text = "You set murano-packages-service to glare, which is not supported: packages are in Murano";
            return Err(Failure::Other(text.to_owned()));
        }
        Ok(())
    }
}

/// Who you are.
#[derive(clap::Args)]
#[command(next_help_heading = "Login")]
#[expect(
    clippy::struct_field_names,
    reason = "they are the names of the options"
)]
struct Login {
    /// How to log in: password, token, v3applicationcredential, v3totp, v3multifactor or none
    #[arg(long, global = true, hide_short_help = true, value_name = "TYPE")]
    os_auth_type: Option<String>,
    /// URL of Keystone
    #[arg(long, global = true, hide_short_help = true, value_name = "URL")]
    os_auth_url: Option<String>,
    /// Name of the user
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME", aliases = ["os-user-name", "os-user_name", "os_user_name"])]
    os_username: Option<String>,
    /// Id of the user
    #[arg(long, global = true, hide_short_help = true, value_name = "ID")]
    os_user_id: Option<String>,
    /// Domain of the user, by name
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME")]
    os_user_domain_name: Option<String>,
    /// Domain of the user, by id
    #[arg(long, global = true, hide_short_help = true, value_name = "ID")]
    os_user_domain_id: Option<String>,
    /// Password; other users of this computer may see it, a variable or a file is better
    #[arg(long, global = true, hide_short_help = true, value_name = "PASSWORD")]
    os_password: Option<String>,
    /// Command that prints the password or the secret of the application credential
    #[arg(long, global = true, hide_short_help = true, value_name = "COMMAND")]
    os_password_command: Option<String>,
    /// One-time passcode, the second factor of a login
    #[arg(long, global = true, hide_short_help = true, value_name = "PASSCODE")]
    os_passcode: Option<String>,
    /// Token to use in place of a password
    #[arg(long, global = true, hide_short_help = true, value_name = "TOKEN", aliases = ["os-auth-token", "os_auth_token"])]
    os_token: Option<String>,
    /// Application credential, by id
    #[arg(long, global = true, hide_short_help = true, value_name = "ID")]
    os_application_credential_id: Option<String>,
    /// Application credential, by name
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME")]
    os_application_credential_name: Option<String>,
    /// Secret of the application credential
    #[arg(long, global = true, hide_short_help = true, value_name = "SECRET")]
    os_application_credential_secret: Option<String>,
    /// Use no Keystone: send the token as it is to the URL given by --murano-url
    #[arg(long, global = true, hide_short_help = true)]
    os_no_client_auth: bool,
    /// Project to work in, by name
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME", aliases = ["os-tenant-name", "os_tenant_name"])]
    os_project_name: Option<String>,
    /// Project to work in, by id
    #[arg(long, global = true, hide_short_help = true, value_name = "ID", aliases = ["os-tenant-id", "os_tenant_id"])]
    os_project_id: Option<String>,
    /// Domain of the project, by name
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME")]
    os_project_domain_name: Option<String>,
    /// Domain of the project, by id
    #[arg(long, global = true, hide_short_help = true, value_name = "ID")]
    os_project_domain_id: Option<String>,
    /// Domain of user and project where nothing else is said, by id
    #[arg(long, global = true, hide_short_help = true, value_name = "ID")]
    os_default_domain: Option<String>,
    /// Domain to work in instead of a project, by name
    #[arg(long, global = true, hide_short_help = true, value_name = "NAME")]
    os_domain_name: Option<String>,
    /// Domain to work in instead of a project, by id
    #[arg(long, global = true, hide_short_help = true, value_name = "ID")]
    os_domain_id: Option<String>,
    /// Trust to act under
    #[arg(long, global = true, hide_short_help = true, value_name = "ID")]
    os_trust_id: Option<String>,
}

/// Where Murano is.
#[derive(clap::Args)]
#[command(next_help_heading = "Endpoint")]
struct Place {
    /// URL of Murano in place of the catalog's
    #[arg(long, global = true, hide_short_help = true, value_name = "URL")]
    murano_url: Option<String>,
    /// URL of Glance in place of the catalog's
    #[arg(long, global = true, hide_short_help = true, value_name = "URL")]
    glance_url: Option<String>,
    /// URL of Fenix in place of the catalog's
    #[arg(long, global = true, hide_short_help = true, value_name = "URL")]
    fenix_url: Option<String>,
    /// URL of Mogan in place of the catalog's
    #[arg(long, global = true, hide_short_help = true, value_name = "URL")]
    mogan_url: Option<String>,
    /// Repository of packages that are given by their names: a URL or a folder
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "URL",
        visible_alias = "repo-url"
    )]
    murano_repo_url: Option<String>,
    /// Region whose endpoint is used
    #[arg(long, global = true, hide_short_help = true, value_name = "REGION")]
    os_region_name: Option<String>,
    /// Interface whose endpoint is used: public, internal or admin
    #[arg(long, global = true, hide_short_help = true, value_name = "INTERFACE", aliases = ["os-endpoint-type", "os_endpoint_type"])]
    os_interface: Option<String>,
    /// Type of the service in the catalog
    #[arg(long, global = true, hide_short_help = true, value_name = "TYPE")]
    os_service_type: Option<String>,
}

/// How to get there.
#[derive(clap::Args)]
#[command(next_help_heading = "Connection")]
struct Connection {
    /// Accept any certificate
    #[arg(long, global = true, hide_short_help = true)]
    insecure: bool,
    /// Log in anew and keep no token for later commands
    #[arg(long, global = true, hide_short_help = true)]
    no_cache: bool,
    /// PEM file of the only authorities to trust
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE", aliases = ["ca-file"])]
    os_cacert: Option<String>,
    /// PEM file of a client certificate
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE", aliases = ["cert-file"])]
    os_cert: Option<String>,
    /// PEM file of the key of the client certificate
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE", aliases = ["key-file"])]
    os_key: Option<String>,
    /// Longest time to connect, 10 by default
    #[arg(long, global = true, hide_short_help = true, value_name = "SECONDS")]
    connect_timeout: Option<String>,
    /// Longest time without a sign of the server, 60 by default
    #[arg(long, global = true, hide_short_help = true, value_name = "SECONDS")]
    api_timeout: Option<String>,
}

impl Global {
    /// Takes over what the old client's own options say, and how patient it was.
    pub(crate) fn add_classic(&mut self, classic: &Classic, is_old_name: bool) {
        // The old client had the option, without any effect.
        self.verbose &= !is_old_name;
        self.debug |= classic.d || (is_old_name && is_set("MURANOCLIENT_DEBUG"));
        self.patience = is_old_name.then(|| "600".to_owned());
        if let Some(seconds) = classic.timeout {
            let timeout = &mut self.connection.api_timeout;
            timeout.get_or_insert_with(|| seconds.to_string());
        }
    }

    /// The names met under this login; none where it is not clear.
    pub(crate) fn names(&self, settings: impl FnOnce() -> murano_sdk::Result<Settings>) -> Names {
        let login = match self.sandbox_account() {
            Ok(Some(account)) => Some(account.cloud.to_owned()),
            _ => settings().ok().map(|settings| {
                let values = LOGIN.map(|key| settings.get(key).unwrap_or_default());
                values.join("\n")
            }),
        };
        let folder = cache_folder();
        login.map_or_else(Names::none, |login| Names::of(&login, folder.as_deref()))
    }

    /// The settings of these options over `base`, else over variables and files.
    pub(crate) fn settings(&self, base: Option<&Settings>) -> murano_sdk::Result<Settings> {
        let mut settings = match base {
            Some(base) => base.clone(),
            None => Settings::load(self.os_cloud.as_deref())?,
        };
        settings.add_layer(self.layer());
        if self.login.os_no_client_auth || (base.is_none() && is_set("OS_NO_CLIENT_AUTH")) {
            settings.set("auth_type", "none");
        }
        if let Some(patience) = self
            .patience
            .as_ref()
            .filter(|_| settings.get("api_timeout").is_none())
        {
            settings.set("api_timeout", patience);
        }
        Ok(settings)
    }

    /// Whether tokens may be kept between commands.
    pub(crate) fn keeps_tokens(&self, settings: &Settings) -> bool {
        !self.connection.no_cache && settings.keeps_tokens()
    }

    /// Where packages are fetched from that are given by their names.
    pub(crate) fn repository(&self) -> Option<String> {
        let given = self.place.murano_repo_url.clone();
        given.or_else(|| text("MURANO_REPO_URL"))
    }

    /// The account of the sandbox that is asked for by its name, unless the user has a cloud of that name.
    pub(crate) fn sandbox_account(&self) -> murano_sdk::Result<Option<&'static Account>> {
        let cloud = self.os_cloud.clone().or_else(|| text("OS_CLOUD"));
        let named = |account: &&Account| cloud.as_deref() == Some(account.cloud);
        match ACCOUNTS.iter().find(named) {
            Some(account) if !Settings::knows_cloud(account.cloud)? => Ok(Some(account)),
            _ => Ok(None),
        }
    }

    /// What the user is called, as far as the options and, unless there are settings of another kind,
    /// the variables tell. It is no matter whether the name is right.
    pub(crate) fn user_name(&self, with_variables: bool) -> Option<String> {
        let mut variables = ["OS_USERNAME", "OS_USER_NAME"].into_iter();
        let option = self.login.os_username.clone();
        option.or_else(|| variables.find_map(text).filter(|_| with_variables))
    }

    /// Whether the command line says where to go.
    pub(crate) fn has_address(&self) -> bool {
        self.login.os_auth_url.is_some() || self.place.murano_url.is_some()
    }

    /// What the command line says.
    fn layer(&self) -> Settings {
        let (login, place, connection) = (&self.login, &self.place, &self.connection);
        let insecure = connection.insecure.then(|| "true".to_owned());
        let values = [
            ("auth_url", &login.os_auth_url),
            ("username", &login.os_username),
            ("user_id", &login.os_user_id),
            ("user_domain_name", &login.os_user_domain_name),
            ("user_domain_id", &login.os_user_domain_id),
            ("password", &login.os_password),
            ("password_command", &login.os_password_command),
            ("passcode", &login.os_passcode),
            ("token", &login.os_token),
            (
                "application_credential_id",
                &login.os_application_credential_id,
            ),
            (
                "application_credential_name",
                &login.os_application_credential_name,
            ),
            (
                "application_credential_secret",
                &login.os_application_credential_secret,
            ),
            ("project_name", &login.os_project_name),
            ("project_id", &login.os_project_id),
            ("project_domain_name", &login.os_project_domain_name),
            ("project_domain_id", &login.os_project_domain_id),
            ("default_domain", &login.os_default_domain),
            ("domain_name", &login.os_domain_name),
            ("domain_id", &login.os_domain_id),
            ("trust_id", &login.os_trust_id),
            ("endpoint_override", &place.murano_url),
            ("image_endpoint_override", &place.glance_url),
            ("maintenance_endpoint_override", &place.fenix_url),
            ("baremetal_compute_endpoint_override", &place.mogan_url),
            ("region_name", &place.os_region_name),
            ("interface", &place.os_interface),
            ("service_type", &place.os_service_type),
            ("cacert", &connection.os_cacert),
            ("cert", &connection.os_cert),
            ("key", &connection.os_key),
            ("connect_timeout", &connection.connect_timeout),
            ("api_timeout", &connection.api_timeout),
            ("insecure", &insecure),
            // Last: a credential that comes after it would take it away.
            ("auth_type", &login.os_auth_type),
        ];
        let mut layer = Settings::new();
        for (key, value) in values {
            if let Some(value) = value {
                layer.set(key, value);
            }
        }
        layer
    }
}

/// How the sandbox of this user is run.
pub(crate) struct Sandbox {
    /// Where it is kept: `MURANO_SANDBOX_DIR`, else a folder among the user's data.
    pub(crate) folder: PathBuf,
    /// How long a deployment takes: `MURANO_SANDBOX_DEPLOY_TIME`, else a second.
    pub(crate) deploy_time: Duration,
    /// How long to wait for another process: `MURANO_SANDBOX_WAIT`, else ten seconds.
    pub(crate) wait: Duration,
    /// Which maintenance service it has: `MURANO_SANDBOX_FENIX`, `early` or `late`.
    pub(crate) fenix: Fenix,
    /// The Mogan beside Murano: `MURANO_SANDBOX_MOGAN`, else the earliest.
    pub(crate) mogan: MoganEra,
}

impl Sandbox {
    pub(crate) fn read() -> Result<Self, Failure> {
        let folder = match variable("MURANO_SANDBOX_DIR").filter(|folder| !folder.is_empty()) {
            Some(folder) => PathBuf::from(folder),
            None => etcetera::choose_base_strategy()
                .map(|base| base.data_dir().join("murano").join("sandbox"))
                .map_err(|_| {
                    let text =
                        "there is no home folder for the sandbox: name one in MURANO_SANDBOX_DIR";
                    Failure::Usage(text.to_owned())
                })?,
        };
        Ok(Self {
            folder,
            deploy_time: time("MURANO_SANDBOX_DEPLOY_TIME", Duration::from_secs(1))?,
            wait: time("MURANO_SANDBOX_WAIT", Duration::from_secs(10))?,
            fenix: fenix()?,
            mogan: mogan()?,
        })
    }
}

fn fenix() -> Result<Fenix, Failure> {
    match text("MURANO_SANDBOX_FENIX").as_deref() {
        None | Some("early") => Ok(Fenix::Early),
        Some("late") => Ok(Fenix::Late),
        Some(other) => {
            let text = format!("MURANO_SANDBOX_FENIX={other}: it is early or late");
            Err(Failure::Usage(text))
        }
    }
}

fn mogan() -> Result<MoganEra, Failure> {
    match text("MURANO_SANDBOX_MOGAN").as_deref() {
        None | Some("nimble") => Ok(MoganEra::Nimble),
        Some("instances") => Ok(MoganEra::Instances),
        Some("servers") => Ok(MoganEra::Servers),
        Some(other) => {
            let text = format!("MURANO_SANDBOX_MOGAN={other}: it is nimble, instances or servers");
            Err(Failure::Usage(text))
        }
    }
}

fn time(name: &str, usual: Duration) -> Result<Duration, Failure> {
    let parse = |value: String| {
        follow::duration(&value).map_err(|help| Failure::Usage(format!("{name}={value}: {help}")))
    };
    text(name).map_or(Ok(usual), parse)
}

/// What `--os-cloud` may be: the entries of clouds.yaml, as far as it can be read, and the sandbox.
pub(crate) fn clouds() -> Vec<String> {
    let mut names = Settings::clouds().unwrap_or_default();
    for account in ACCOUNTS {
        if !names.iter().any(|name| name == account.cloud) {
            names.push(account.cloud.to_owned());
        }
    }
    names
}

/// The folder of this program among what the user can do without.
fn cache_folder() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.cache_dir().join("murano"))
}

/// Where the user wants colours: nowhere with `NO_COLOR`, everywhere with `CLICOLOR_FORCE`, else on terminals that
/// have them, unless `CLICOLOR` is 0.
pub(crate) fn colour() -> Colour {
    let is = |name: &str, value: &str| variable(name).is_some_and(|it| it == value);
    if is_set("NO_COLOR") {
        Colour::Never
    } else if is_set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0") {
        Colour::Always
    } else if is("CLICOLOR", "0") || is("TERM", "dumb") {
        Colour::Never
    } else {
        Colour::OnTerminals
    }
}

/// The widest table by `CLIFF_MAX_TERM_WIDTH`, 0 for any width, as other OpenStack clients have it. Whatever else it
/// says is no reason to fail.
pub(crate) fn max_width() -> Option<u16> {
    text("CLIFF_MAX_TERM_WIDTH")?.parse().ok()
}

/// Whether tables are to fit a terminal that they do not go to, by `CLIFF_FIT_WIDTH`.
pub(crate) fn fit_width() -> bool {
    is_set("CLIFF_FIT_WIDTH") && text("CLIFF_FIT_WIDTH").is_none_or(|fit| fit != "0")
}

/// The editor that the user wants.
pub(crate) fn editor() -> Option<String> {
    let wanted = ["VISUAL", "EDITOR"].into_iter().filter_map(variable);
    let mut wanted = wanted.filter_map(|editor| editor.into_string().ok());
    wanted.find(|editor| !editor.trim().is_empty())
}

/// Where a setting comes from, in words for the user.
pub(crate) fn place(source: &Source) -> String {
    match source {
        Source::Explicit => "command line".to_owned(),
        source => source.to_string(),
    }
}

/// Whether the keyring may be asked: not with `MURANO_KEYRING=none`.
pub(crate) fn keyring_wanted() -> bool {
    text("MURANO_KEYRING").is_none_or(|wanted| wanted != "none")
}

/// Where tokens are kept; `None` where the user has no folders.
pub(crate) fn token_folder() -> Option<PathBuf> {
    Some(cache_folder()?.join("tokens"))
}

/// The file with the users of earlier logins.
pub(crate) fn users_file() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.data_dir().join("murano").join("users.json"))
}

/// The variables of the process, for files that name them; what is no text is left out.
pub(crate) fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        Some((name, value.into_string().ok()?))
    })
}

fn is_set(name: &str) -> bool {
    variable(name).is_some_and(|value| !value.is_empty())
}

fn text(name: &str) -> Option<String> {
    let value = variable(name)?.into_string().ok()?;
    Some(value).filter(|value| !value.is_empty())
}

fn variable(name: &str) -> Option<std::ffi::OsString> {
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    std::env::var_os(name)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        global: Global,
    }

    fn layer(arguments: &[&str]) -> Settings {
        let arguments = ["murano"].into_iter().chain(arguments.iter().copied());
        Line::try_parse_from(arguments).unwrap().global.layer()
    }

    #[test]
    fn options_become_settings_under_their_names_in_clouds_yaml() {
        let settings = layer(&[
            "--os-tenant-name",
            "demo",
            "--insecure",
            "--os-endpoint-type=internalURL",
            "--glance-url=http://glance",
        ]);
        assert_eq!(settings.get("project_name"), Some("demo"));
        assert_eq!(settings.get("insecure"), Some("true"));
        assert_eq!(settings.get("interface"), Some("internal"));
        assert_eq!(
            settings.get("image_endpoint_override"),
            Some("http://glance")
        );
        assert_eq!(settings.get("password"), None);
    }

    #[test]
    fn the_method_survives_the_credential() {
        let settings = layer(&["--os-auth-type", "none", "--os-auth-token", "t"]);
        assert_eq!(settings.get("auth_type"), Some("none"));
        assert_eq!(settings.get("token"), Some("t"));
    }
}
