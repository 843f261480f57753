use murano_sdk::packages::{Package, UpdatePackage};

use crate::{cx::Cx, find, manual::examples, output::RecordArgs, report::Failure};

/// Change what the catalog says about a package
///
/// All changes are made, or none.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano package update Greeter --add-tag demo --add-category Web",
    "murano package update Greeter --disable",
))]
pub(crate) struct Args {
    /// Id, fully qualified name or name
    package: String,
    /// Name for people
    #[arg(long)]
    name: Option<String>,
    /// What it does
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    switches: Switches,
    #[command(flatten)]
    output: RecordArgs,
}

/// Tags and categories.
#[derive(clap::Args)]
struct Words {
    /// Have exactly these tags: repeated, several
    #[arg(long, value_name = "TAG", conflicts_with_all = ["add_tag", "remove_tag"])]
    tag: Vec<String>,
    /// The same as several --tag
    #[arg(long, value_name = "TAG", num_args = 0.., hide = true, conflicts_with_all = ["add_tag", "remove_tag"])]
    tags: Option<Vec<String>>,
    /// Have this tag, too
    #[arg(long, value_name = "TAG")]
    add_tag: Vec<String>,
    /// Have this tag no longer
    #[arg(long, value_name = "TAG")]
    remove_tag: Vec<String>,
    /// Be in exactly these categories: repeated, several
    #[arg(long, value_name = "CATEGORY", conflicts_with_all = ["add_category", "remove_category"])]
    category: Vec<String>,
    /// Be in this category, too
    #[arg(long, value_name = "CATEGORY")]
    add_category: Vec<String>,
    /// Be in this category no longer
    #[arg(long, value_name = "CATEGORY")]
    remove_category: Vec<String>,
}

#[derive(clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
struct Switches {
    /// Offer it
    #[arg(long, overrides_with_all = ["disable", "enabled"])]
    enable: bool,
    /// Offer it no longer
    #[arg(long, overrides_with_all = ["enable", "enabled"])]
    disable: bool,
    /// The same as --enable or --disable
    #[arg(long, value_name = "BOOL", hide = true, value_parser = clap::builder::BoolishValueParser::new())]
    enabled: Option<bool>,
    /// Show it to all projects (administrators only)
    #[arg(long, overrides_with_all = ["private", "is_public"])]
    public: bool,
    /// Show it to the project only
    #[arg(long, overrides_with_all = ["public", "is_public"])]
    private: bool,
    /// The same as --public or --private
    #[arg(long, value_name = "BOOL", hide = true, value_parser = clap::builder::BoolishValueParser::new())]
    is_public: Option<bool>,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Package>()?;
    if args.is_empty() && cx.classic().is_none() {
        let text = "nothing is to be changed: `murano package update --help` shows what can be";
        return Err(Failure::Usage(text.to_owned()).into());
    }
    let package = find::package(cx, &args.package).await?;
    let mut update = cx.client()?.package(&package.id).update();
    if let Some(name) = &args.name {
        update = update.name(name);
    }
    if let Some(text) = &args.description {
        update = update.description(text);
    }
    update = args.words.apply(update, &package);
    if let Some(enabled) = args.switches.enabled() {
        update = update.enabled(enabled);
    }
    if let Some(public) = args.switches.public() {
        update = update.public(public);
    }
    cx.print_record(&update.await?, &args.output)
}

impl Args {
    fn is_empty(&self) -> bool {
        self.name.is_none()
            && self.description.is_none()
            && self.words.is_empty()
            && self.switches.enabled().is_none()
            && self.switches.public().is_none()
    }
}

impl Words {
    fn is_empty(&self) -> bool {
        let all = [
            &self.tag,
            &self.add_tag,
            &self.remove_tag,
            &self.category,
            &self.add_category,
            &self.remove_category,
        ];
        self.tags.is_none() && all.iter().all(|words| words.is_empty())
    }

    /// The service fails for what is added and there already, and for what is removed and not there.
    fn apply(&self, mut update: UpdatePackage, package: &Package) -> UpdatePackage {
        if self.tags.is_some() || !self.tag.is_empty() {
            update = update.tags(self.tags.iter().flatten().chain(&self.tag));
        }
        let (new, old) = changes(&self.add_tag, &self.remove_tag, &package.tags);
        if !new.is_empty() {
            update = update.add_tags(new);
        }
        if !old.is_empty() {
            update = update.remove_tags(old);
        }
        if !self.category.is_empty() {
            update = update.categories(&self.category);
        }
        let (new, old) = changes(
            &self.add_category,
            &self.remove_category,
            &package.categories,
        );
        if !new.is_empty() {
            update = update.add_categories(new);
        }
        if !old.is_empty() {
            update = update.remove_categories(old);
        }
        update
    }
}

/// What of the words has to be added and removed.
fn changes<'a>(
    add: &'a [String],
    remove: &'a [String],
    there: &[String],
) -> (Vec<&'a String>, Vec<&'a String>) {
    let new = add.iter().filter(|word| !there.contains(word)).collect();
    let old = remove.iter().filter(|word| there.contains(word)).collect();
    (new, old)
}

impl Switches {
    fn enabled(&self) -> Option<bool> {
        let written = (self.enable || self.disable).then_some(self.enable);
        written.or(self.enabled)
    }

    fn public(&self) -> Option<bool> {
        let written = (self.public || self.private).then_some(self.public);
        written.or(self.is_public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_sent() {
        let words = |words: &[&str]| -> Vec<String> { words.iter().map(|&w| w.into()).collect() };
        let (add, remove, there) = (words(&["a", "b"]), words(&["c", "d"]), words(&["a", "c"]));
        assert_eq!(
            changes(&add, &remove, &there),
            (vec![&add[1]], vec![&remove[0]])
        );
    }
}
