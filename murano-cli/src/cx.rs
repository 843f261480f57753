//! What a command has at hand: the client, the printer and the ways to print.

use std::cell::OnceCell;

use murano_sdk::{Client, auth::Settings};
use serde::Serialize;
use serde_json::Value;

use crate::{
    config::Global,
    output::{self, Columns, OutputArgs, RecordArgs},
    ui::Ui,
};

/// Context of one command.
pub(crate) struct Cx {
    ui: Ui,
    global: Global,
    base: Option<Settings>,
    client: OnceCell<Client>,
}

impl Cx {
    /// With `base`, neither variables nor files are read for the login.
    pub(crate) fn new(ui: Ui, global: Global, base: Option<Settings>) -> Self {
        Self {
            ui,
            global,
            base,
            client: OnceCell::new(),
        }
    }

    /// The client; settings are read at the first call, so that what needs no cloud asks for none.
    pub(crate) fn client(&self) -> anyhow::Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = self.global.client(self.base.as_ref())?;
        Ok(self.client.get_or_init(|| client))
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
