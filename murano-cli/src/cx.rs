//! What a command has at hand: the client, the printer and the ways to print.

use std::{
    cell::{Cell, OnceCell},
    fmt::Display,
    io,
};

use murano_sandbox::Account;
use murano_sdk::{Client, ErrorKind, auth::Settings, repository::Repository};
use serde::Serialize;
use serde_json::Value;

use crate::{
    cache::Names,
    classic::{self, Old, Prints, Thing},
    config::{self, Global},
    local::{self, Local},
    output::{self, Columns, Format, Listing, Look, LookArgs, OutputArgs, QueryArgs, RecordArgs},
    report::Failure,
    secrets::{self, Kept},
    ui::Ui,
};

/// Context of one command.
pub(crate) struct Cx {
    ui: Ui,
    global: Global,
    base: Option<Settings>,
    /// What the command line, variables and files say, once they were read.
    plain: OnceCell<Settings>,
    client: OnceCell<Client>,
    names: OnceCell<Names>,
    /// Ends after the client, whose connections it serves.
    sandbox: OnceCell<Local>,
    classic: Cell<Option<&'static Old>>,
    /// How the old command printed, unless the user says how to print.
    layout: Cell<Option<Prints>>,
}

impl Cx {
    /// With `base`, neither variables nor files are read for the login.
    pub(crate) fn new(ui: Ui, global: Global, base: Option<Settings>) -> Self {
        Self {
            ui,
            global,
            base,
            plain: OnceCell::new(),
            client: OnceCell::new(),
            names: OnceCell::new(),
            sandbox: OnceCell::new(),
            classic: Cell::new(None),
            layout: Cell::new(None),
        }
    }

    /// Behaves like this command of the old client from now on, in print where `in_print` says so.
    pub(crate) fn behave_like(&self, old: &'static Old, in_print: bool) {
        self.ui.set_quiet(true);
        self.classic.set(Some(old));
        self.layout.set(in_print.then_some(old.prints));
    }

    /// The old client's command by whose name this one was called. None under all other spellings.
    pub(crate) fn classic(&self) -> Option<&'static Old> {
        self.classic.get()
    }

    /// Whether results are printed as the old client did. Under one of its names they are, unless the
    /// user says how to print.
    pub(crate) fn prints_like_old(&self) -> bool {
        self.layout.get().is_some()
    }

    /// Prints a sentence of the old client to stdout where one of its names was used.
    pub(crate) fn classic_line(&self, text: impl Display) -> anyhow::Result<()> {
        if self.classic.get().is_some() {
            self.ui.result(&output::printable(&format!("{text}\n")))?;
        }
        Ok(())
    }

    /// Tells what has become of a thing: in a note, or in the old client's sentence, if it had one.
    pub(crate) fn done(&self, thing: impl Display, note: impl Display) -> anyhow::Result<()> {
        match self.classic.get() {
            Some(Old {
                done: Some(sentence),
                ..
            }) => self.classic_line(sentence.replace("{}", &thing.to_string())),
            Some(_) => Ok(()),
            None => {
                self.ui.note(note);
                Ok(())
            }
        }
    }

    /// The client; settings are read at the first call, so that what needs no cloud asks for none.
    pub(crate) fn client(&self) -> anyhow::Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = match (&self.base, self.global.sandbox_account()?) {
            // Whom nothing is kept for.
            (None, Some(account)) => self.passing_client(&self.sandbox(account)?),
            (Some(base), _) => self.passing_client(base),
            (None, None) => {
                let settings = self.settings()?;
                let source = Kept::of(&settings)?;
                secrets::client(&self.global, settings, source)
            }
        };
        let client = client.map_err(|error| self.worded(error))?;
        Ok(self.client.get_or_init(|| client))
    }

    /// What is wrong with the settings, in the old client's words where one of its names was used.
    fn worded(&self, error: murano_sdk::Error) -> anyhow::Error {
        match (self.classic.get(), self.plain_settings()) {
            (Some(_), Ok(settings)) if error.kind() == ErrorKind::Config => {
                let complaint = classic::complaint(&settings);
                complaint.map_or(error.into(), |text| Failure::Other(text.to_owned()).into())
            }
            _ => error.into(),
        }
    }

    /// The names met under this login, for completion.
    pub(crate) fn names(&self) -> &Names {
        self.names.get_or_init(|| match self.base {
            Some(_) => Names::none(),
            None => self.global.names(|| self.plain_settings()),
        })
    }

    fn passing_client(&self, base: &Settings) -> murano_sdk::Result<Client> {
        secrets::builder(self.global.settings(Some(base))?).build()
    }

    /// What the command line, variables and files say.
    pub(crate) fn plain_settings(&self) -> murano_sdk::Result<Settings> {
        if let Some(settings) = self.plain.get() {
            return Ok(settings.clone());
        }
        let account = self.global.sandbox_account()?.map(local::settings);
        let base = self.base.as_ref().or(account.as_ref());
        let settings = self.global.settings(base)?;
        Ok(self.plain.get_or_init(|| settings).clone())
    }

    /// The settings of the user: the same, and secrets that are kept elsewhere.
    pub(crate) fn settings(&self) -> anyhow::Result<Settings> {
        let mut settings = self.plain_settings()?;
        secrets::fill_in(&mut settings);
        Ok(settings)
    }

    /// The same for a login that is kept. The sandbox inside the commands has no need of one: that is told.
    pub(crate) fn settings_for_login(&self) -> anyhow::Result<Option<Settings>> {
        if self.base.is_some() || self.global.sandbox_account()?.is_some() {
            self.ui
                .note("the sandbox inside the commands needs no login");
            return Ok(None);
        }
        self.settings().map(Some)
    }

    pub(crate) fn global(&self) -> &Global {
        &self.global
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

    /// Where packages are fetched from that are not here, which may be nowhere. Needs no cloud.
    pub(crate) fn repository(&self) -> anyhow::Result<Repository> {
        let settings = match (&self.base, self.global.sandbox_account()?) {
            (None, Some(account)) => self.global.settings(Some(&local::settings(account))),
            (base, _) => self.global.settings(base.as_ref()),
        };
        let mut builder = Repository::builder().settings(&settings?)?;
        if let Some(location) = self.global.repository() {
            builder = builder.location(location);
        }
        Ok(builder.build()?)
    }

    pub(crate) fn ui(&self) -> &Ui {
        &self.ui
    }

    /// Whether errors are told at length.
    pub(crate) fn is_debug(&self) -> bool {
        self.global.debug
    }

    /// Tells programs what has happened, on stderr; people see it in other ways.
    pub(crate) fn event(&self, name: &str, about: &impl Serialize) {
        if self.ui.is_for_programs()
            && let Ok(about) = serde_json::to_value(about)
        {
            self.ui.document(&output::event(name, about));
        }
    }

    /// How tables look.
    pub(crate) fn look(&self, args: LookArgs) -> Look {
        Look::new(args, &self.ui)
    }

    /// Prints many things of one kind.
    pub(crate) fn print_list<T: Columns + Serialize>(
        &self,
        items: &[T],
        args: &OutputArgs,
    ) -> anyhow::Result<()> {
        let mut list = self.list(args)?;
        items.iter().try_for_each(|item| list.push(item))?;
        list.print()
    }

    /// A list that is printed when it is complete; of its things no more is kept until then than is printed.
    pub(crate) fn list<'a, T: Columns + Serialize>(
        &'a self,
        args: &'a OutputArgs,
    ) -> anyhow::Result<List<'a, T>> {
        Ok(List {
            cx: self,
            listing: Listing::new(args)?,
            is_table: args.is_table(),
            look: args.look,
            classic: self.layout.get().map(|layout| (layout, Vec::new())),
            names: Vec::new(),
        })
    }

    /// Prints all things of one kind that there are.
    pub(crate) fn print_all<T: Columns + Serialize>(
        &self,
        items: &[T],
        args: &OutputArgs,
    ) -> anyhow::Result<()> {
        self.print_list(items, args)?;
        if let Some(kind) = T::KIND {
            self.names().replace(kind, &names(items));
        }
        Ok(())
    }

    /// Prints one thing.
    pub(crate) fn print_record<T: Columns + Serialize>(
        &self,
        item: &T,
        args: &RecordArgs,
    ) -> anyhow::Result<()> {
        if let Some(layout) = self.layout.get() {
            self.print_classic(&layout.record(&thing(item)?))?;
        } else {
            let text = output::record(item, args, self.look(args.look))?;
            self.print(&text, args.is_table())?;
        }
        if let Some(kind) = T::KIND {
            self.names().add(kind, &item.names());
        }
        Ok(())
    }

    /// Prints free-form JSON: the members of an object, or the value itself.
    pub(crate) fn print_value(&self, value: &Value, args: &RecordArgs) -> anyhow::Result<()> {
        let Some(layout) = self.layout.get() else {
            let text = output::value(value, args, self.look(args.look))?;
            return Ok(self.print(&text, args.is_table())?);
        };
        self.print_classic(&layout.record(&Thing::of(value.clone())))
    }

    fn print(&self, text: &str, is_table: bool) -> io::Result<()> {
        if is_table {
            self.ui.styled(text)
        } else {
            self.ui.result(text)
        }
    }

    /// Prints a document as it is.
    pub(crate) fn print_document(&self, value: &Value, format: Format) -> anyhow::Result<()> {
        self.print_parts(value, (format, &QueryArgs::default()))
    }

    /// Prints a document, or what is selected of it.
    pub(crate) fn print_parts(
        &self,
        value: &Value,
        (format, query): (Format, &QueryArgs),
    ) -> anyhow::Result<()> {
        let Some(layout) = self.layout.get() else {
            return Ok(self.ui.result(&query.text(value, format)?)?);
        };
        self.print_classic(&layout.record(&Thing::of(value.clone())))
    }

    fn print_classic(&self, text: &str) -> anyhow::Result<()> {
        if let Some(Old {
            title: Some(title), ..
        }) = self.classic.get()
        {
            self.classic_line(title)?;
        }
        Ok(self.ui.result(text)?)
    }
}

/// Things of one kind on their way to the printer.
pub(crate) struct List<'a, T: 'static> {
    cx: &'a Cx,
    listing: Listing<'a, T>,
    is_table: bool,
    look: LookArgs,
    /// The same for the layout of an old command.
    classic: Option<(Prints, Vec<Thing>)>,
    /// What the things are called, for completion.
    names: Vec<String>,
}

impl<T: Columns + Serialize> List<'_, T> {
    pub(crate) fn push(&mut self, item: &T) -> anyhow::Result<()> {
        if T::KIND.is_some() {
            self.names.extend(item.names());
        }
        match &mut self.classic {
            Some((layout, things)) => things.push(layout.kept(thing(item)?)),
            None => self.listing.push(item)?,
        }
        Ok(())
    }

    pub(crate) fn print(self) -> anyhow::Result<()> {
        if let Some((layout, things)) = self.classic {
            self.cx.print_classic(&layout.list(things))?;
        } else {
            let text = self.listing.text(self.cx.look(self.look))?;
            self.cx.print(&text, self.is_table)?;
        }
        if let Some(kind) = T::KIND {
            self.cx.names().add(kind, &self.names);
        }
        Ok(())
    }
}

fn names<T: Columns>(items: &[T]) -> Vec<String> {
    items.iter().flat_map(Columns::names).collect()
}

/// A thing in the form that old layouts take.
fn thing<T: Columns + Serialize>(item: &T) -> anyhow::Result<Thing> {
    Ok(Thing {
        columns: output::by_key(item),
        document: serde_json::to_value(item)?,
    })
}
