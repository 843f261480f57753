//! What is said about an import on the command line.

use murano_sdk::import::{Action, Import, OnConflict, Step};

use crate::cx::Cx;

/// What to do where the catalog has a package of this name or class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Exists {
    /// Leave what is there
    #[value(alias = "s")]
    Skip,
    /// Replace it
    #[value(alias = "u")]
    Update,
    /// Do nothing more
    #[value(alias = "a")]
    Abort,
}

impl From<Exists> for OnConflict {
    fn from(exists: Exists) -> Self {
        match exists {
            Exists::Skip => Self::Skip,
            Exists::Update => Self::Update,
            Exists::Abort => Self::Abort,
        }
    }
}

/// How requirements are treated.
#[derive(clap::Args)]
pub(crate) struct Requirements {
    /// Leave what the packages require alone
    #[arg(long)]
    pub(crate) no_deps: bool,
    /// Go on without requirements that are nowhere to be found
    #[arg(long)]
    pub(crate) skip_missing: bool,
}

/// Options of every import.
#[derive(clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(crate) struct ImportArgs {
    /// Category to put them into; several are apart by commas
    #[arg(short, long, value_name = "CATEGORY", value_delimiter = ',')]
    categories: Vec<String>,
    /// Tag to add to those of the manifests; several are apart by commas
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    tags: Vec<String>,
    /// Show them to all projects (administrators only)
    #[arg(long)]
    is_public: bool,
    /// Do not offer them yet
    #[arg(long)]
    disabled: bool,
    /// Treat what is only required the same: categories, tags, --is-public and --disabled
    #[arg(long)]
    deps_alike: bool,
    /// What to do where the catalog has a package already; without it you are asked on a terminal, and
    /// elsewhere the import has failed
    #[arg(long, value_name = "ACTION", value_enum)]
    exists_action: Option<Exists>,
    /// The same for what is only required; by default as for the others
    #[arg(long, value_name = "ACTION", value_enum)]
    dep_exists_action: Option<Exists>,
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Leave the images alone that the packages ask for
    #[arg(long)]
    pub(crate) no_images: bool,
    #[command(flatten)]
    pub(crate) requirements: Requirements,
}

impl ImportArgs {
    pub(crate) fn apply(&self, cx: &Cx, mut import: Import) -> Import {
        import = import
            .categories(&self.categories)
            .tags(&self.tags)
            .alike(self.deps_alike);
        if self.is_public {
            import = import.public(true);
        }
        if self.disabled {
            import = import.enabled(false);
        }
        if let Some(exists) = self.exists_action {
            import = import.on_conflict(exists.into());
        }
        if let Some(exists) = self.dep_exists_action {
            import = import.on_dependency_conflict(exists.into());
        }
        if !cx.ui().in_is_terminal() {
            return import;
        }
        let (ui, classic) = (cx.ui().clone(), cx.classic().is_some());
        import.ask(move |step, error| {
            let question = if classic {
                "What do you want to do? (s)kip, (u)pdate, (a)bort".to_owned()
            } else {
                format!("{}: {error}: (s)kip, (u)pdate or (a)bort?", step.name)
            };
            let choices = [
                ("s", OnConflict::Skip),
                ("u", OnConflict::Update),
                ("a", OnConflict::Abort),
            ];
            // Nobody answers any longer.
            ui.choose(&question, &choices).unwrap_or(OnConflict::Fail)
        })
    }

    /// What will be done, in a word.
    pub(crate) fn word(&self, step: &Step) -> &'static str {
        let exists = self.dep_exists_action.filter(|_| !step.main);
        match (step.action, exists.or(self.exists_action)) {
            (Action::Conflict, Some(Exists::Skip)) => "skip",
            (Action::Conflict, Some(Exists::Update)) => "update",
            (Action::Conflict, Some(Exists::Abort)) => "abort",
            (action, _) => action.as_str(),
        }
    }
}
