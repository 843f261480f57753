//! What a command has at hand: the client, the printer and the ways to print.

use std::cell::OnceCell;

use murano_sandbox::Account;
use murano_sdk::{Client, auth::Settings};
use serde::Serialize;
use serde_json::Value;

use crate::{
    config::{self, Global},
    local::{self, Local},
    output::{self, Columns, OutputArgs, RecordArgs},
    ui::Ui,
};

/// Context of one command.
pub(crate) struct Cx {
    ui: Ui,
    global: Global,
    base: Option<Settings>,
    client: OnceCell<Client>,
    /// Ends after the client, whose connections it serves.
    sandbox: OnceCell<Local>,
}

impl Cx {
    /// With `base`, neither variables nor files are read for the login.
    pub(crate) fn new(ui: Ui, global: Global, base: Option<Settings>) -> Self {
        Self {
            ui,
            global,
            base,
            client: OnceCell::new(),
            sandbox: OnceCell::new(),
        }
    }

    /// The client; settings are read at the first call, so that what needs no cloud asks for none.
    pub(crate) fn client(&self) -> anyhow::Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = match (&self.base, self.global.sandbox_account()?) {
            (None, Some(account)) => self.global.client(Some(&self.sandbox(account)?))?,
            (base, _) => self.global.client(base.as_ref())?,
        };
        Ok(self.client.get_or_init(|| client))
    }

    /// The login to the sandbox, which is started in this process unless the command line leads elsewhere.
    fn sandbox(&self, account: &Account) -> anyhow::Result<Settings> {
        let mut settings = local::settings(account);
        if !self.global.has_address() {
            let sandbox = Local::start(&config::Sandbox::read()?)?;
            settings.set("auth_url", &*sandbox.auth_url);
            self.sandbox.get_or_init(|| sandbox);
        }
        Ok(settings)
    }

    /// What the user is called, without a login.
    pub(crate) fn user_name(&self) -> Option<String> {
        self.global.user_name(self.base.is_none())
    }

    pub(crate) fn ui(&self) -> &Ui {
        &self.ui
    }

    /// Whether errors are told at length.
    pub(crate) fn is_debug(&self) -> bool {
        self.global.debug
    }

    /// Prints many things of one kind.
    pub(crate) fn print_list<T: Columns + Serialize>(
        &self,
        items: &[T],
        args: &OutputArgs,
    ) -> anyhow::Result<()> {
        let text = output::list(items, args, self.ui.out_is_terminal())?;
        Ok(self.ui.result(&text)?)
    }

    /// Prints one thing.
    pub(crate) fn print_record<T: Columns + Serialize>(
        &self,
        item: &T,
        args: &RecordArgs,
    ) -> anyhow::Result<()> {
        let text = output::record(item, args, self.ui.out_is_terminal())?;
        Ok(self.ui.result(&text)?)
    }

    /// Prints free-form JSON: the members of an object, or the value itself.
    pub(crate) fn print_value(&self, value: &Value, args: &RecordArgs) -> anyhow::Result<()> {
        let text = output::value(value, args, self.ui.out_is_terminal())?;
        Ok(self.ui.result(&text)?)
    }
}
