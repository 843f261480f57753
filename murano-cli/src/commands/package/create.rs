use std::path::PathBuf;

use murano_sdk::archive::{CreateFault, NewPackage, PackageFile, PackageSource, PackageType};

use crate::{
    classic::create,
    cx::Cx,
    manual::examples,
    report::{Failure, hinted},
};

/// Make a package of a folder of classes or of a Heat template, without a server
///
/// Prints the path of the archive, which appears when it is complete and such that a server takes it. The
/// same files and options make the same bytes.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano package create --classes-dir greeter/Classes --ui greeter/UI/ui.yaml --output greeter.zip",
    "murano package create --template hot/template.yaml --name Stack",
))]
pub(crate) struct Args {
    #[command(flatten)]
    content: Content,
    #[command(flatten)]
    manifest: Manifest,
    /// The archive to write; by default one in the working folder, with the name of the template or with
    /// the full name
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Where the files come from.
#[derive(clap::Args)]
struct Content {
    /// Heat template to make an application of
    #[arg(short, long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// Folder of MuranoPL classes
    #[arg(short, long, value_name = "FOLDER")]
    classes_dir: Option<PathBuf>,
    /// Folder of files that come along
    #[arg(short, long, value_name = "FOLDER")]
    resources_dir: Option<PathBuf>,
    /// Form for the dashboard; applications of classes need one
    #[arg(short, long, value_name = "FILE")]
    ui: Option<PathBuf>,
    /// Image; by default a parcel
    #[arg(short, long, value_name = "FILE")]
    logo: Option<PathBuf>,
}

/// What the manifest says.
#[derive(clap::Args)]
struct Manifest {
    /// Name for people; by default that of the class of the application, or of the template
    #[arg(short, long)]
    name: Option<String>,
    /// Name by which other packages know it; by default the same, with its namespace
    #[arg(short, long, value_name = "NAME")]
    full_name: Option<String>,
    /// Who made it; by default the name you log in with, where an option or a variable tells it
    #[arg(short, long)]
    author: Option<String>,
    /// Tags to find it by
    #[arg(long, value_name = "TAG", num_args = 0.., value_delimiter = ',')]
    tags: Option<Vec<String>>,
    /// What it does; by default what the template says
    #[arg(short, long, value_name = "TEXT")]
    description: Option<String>,
    /// Application or Library; by default an application, if one of the classes is
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Version, such as 1.2.0
    #[arg(long, value_name = "VERSION", alias = "version")]
    package_version: Option<String>,
    /// Package it needs, with the versions that will do, such as io.murano=>=1.0; repeated, several
    #[arg(long, value_name = "FULL_NAME[=VERSIONS]", value_parser = requirement)]
    require: Vec<(String, Option<String>)>,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let new = new_package(args, cx)?;
    let own = new.clone();
    let made = tokio::task::spawn_blocking(move || {
        let package = own.create()?;
        let warnings = package.warnings()?;
        Ok((package, warnings))
    });
    let made: murano_sdk::Result<(PackageFile, _)> = made.await?;
    let (package, warnings) = made.map_err(|error| worded(cx, &new, error))?;
    if cx.classic().is_some() {
        return cx.classic_line(create::done(package.path()));
    }
    for warning in warnings {
        cx.ui().note(format!("warning: {warning}"));
    }
    let name = &package.manifest().full_name;
    cx.ui().note(format!("package \"{name}\" is made"));
    Ok(cx.ui().result(&format!("{}\n", package.path().display()))?)
}

fn new_package(args: Args, cx: &Cx) -> Result<NewPackage, Failure> {
    let Args {
        content,
        manifest,
        output,
    } = args;
    let is_old = cx.classic().is_some();
    let usage =
        |old: &str, text: &str| Err(Failure::Usage(if is_old { old } else { text }.to_owned()));
    let mut new = match (content.template, content.classes_dir) {
        (Some(file), None) => NewPackage::from_template(file),
        (None, Some(folder)) => NewPackage::from_classes(folder),
        (Some(_), Some(_)) => {
            let text = "name either a --template or a --classes-dir, not both";
            return usage(create::EITHER, text);
        }
        (None, None) => {
            let text = "name a Heat template (--template) or a folder of classes (--classes-dir)";
            return usage(create::NEITHER, text);
        }
    };
    let is_template = matches!(new.source, PackageSource::Template(_));
    new.kind = match manifest.kind.as_deref().map(str::to_lowercase).as_deref() {
        None => None,
        Some("application") => Some(PackageType::Application),
        Some("library") => Some(PackageType::Library),
        Some(_) if is_old && is_template => None,
        Some(_) => return usage(create::TYPE, "--type must be Application or Library"),
    };
    new.full_name = manifest.full_name;
    new.name = manifest.name;
    new.author = manifest.author.or_else(|| cx.user_name());
    new.tags = manifest.tags;
    new.description = manifest.description;
    new.version = manifest.package_version;
    new.require = manifest.require;
    new.ui = content.ui;
    new.resources = content.resources_dir;
    new.logo = content.logo;
    new.output = output;
    if is_old {
        create::forget(&mut new);
    } else if is_template && new.ui.is_some() {
        let text = "--ui is for classes: the server makes the form of a Heat template";
        return Err(Failure::Usage(text.to_owned()));
    } else if is_template && new.kind.is_some() {
        let text = "--type is for classes: a Heat template is always an application";
        return Err(Failure::Usage(text.to_owned()));
    }
    Ok(new)
}

/// The error with the option that helps, or in the old client's words.
fn worded(cx: &Cx, new: &NewPackage, error: murano_sdk::Error) -> anyhow::Error {
    let source = std::error::Error::source(&error);
    let Some(fault) = source.and_then(|source| source.downcast_ref()) else {
        return error.into();
    };
    let old = cx.classic().and_then(|_| create::sentence(fault, new));
    if let Some(sentence) = old {
        return Failure::Other(sentence).into();
    }
    let hint = match fault {
        CreateFault::NoType => "`--type Library --full-name NAME` makes a library of the classes",
        CreateFault::NoFullName | CreateFault::SeveralApplications => {
            "`--full-name NAME` says how the package is called"
        }
        CreateFault::NoForm => "`--ui FILE` takes a form along, `--type Library` needs none",
        _ => return error.into(),
    };
    hinted(error, hint)
}

/// A full name and perhaps versions, such as `io.murano`, `io.murano=1.0`, `io.murano=>=1.0` or
/// `io.murano>=1.0`.
fn requirement(text: &str) -> Result<(String, Option<String>), String> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || "._".contains(c)));
    let (name, range) = text.split_at(end.unwrap_or(text.len()));
    let range = range.strip_prefix('=').unwrap_or(range).trim();
    if name.is_empty() {
        return Err("write a full name, and = and versions behind it".to_owned());
    }
    let range = Some(range.to_owned()).filter(|range| !range.is_empty());
    Ok((name.to_owned(), range))
}

#[cfg(test)]
mod tests {
    use super::requirement;

    #[test]
    fn requirements_have_a_name_and_perhaps_versions() {
        for (text, name, range) in [
            ("io.murano", "io.murano", None),
            ("io.murano=", "io.murano", None),
            ("io.murano=1.0", "io.murano", Some("1.0")),
            ("io.murano=>=1.0,<2", "io.murano", Some(">=1.0,<2")),
            ("io.murano>=1.0", "io.murano", Some(">=1.0")),
            ("io.x_1 ~1", "io.x_1", Some("~1")),
        ] {
            let expected = (name.to_owned(), range.map(str::to_owned));
            assert_eq!(requirement(text), Ok(expected), "{text}");
        }
        assert!(requirement("=1").is_err() && requirement("").is_err());
    }
}
