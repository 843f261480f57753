use std::path::PathBuf;

use murano_sdk::ErrorKind;

use super::{
    arguments::{ArgumentArgs, Method},
    show,
};
use crate::{cx::Cx, files, manual::examples, output::RecordArgs, report::OrHint as _};

/// Call a static method of a class, and print what it returns
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano action call-static com.example.Greeter greeting --arg name=Zed",
))]
pub(crate) struct Args {
    /// Name of the class
    class: String,
    /// Name of the method
    method: String,
    #[command(flatten)]
    arguments: ArgumentArgs,
    /// Fully qualified name of the package that has the class
    #[arg(long, value_name = "FQN", alias = "package-name")]
    package: Option<String>,
    /// Version or range of versions of the class
    #[arg(long, value_name = "SPEC", default_value = ">=0")]
    class_version: String,
    /// Where to write a result that is a file; - is standard output
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    #[command(flatten)]
    output: RecordArgs,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    if let Some(path) = &args.save {
        files::check_target(cx, path, "a file")?;
    }
    let method = Method {
        class: &args.class,
        name: &args.method,
        package: args.package.as_deref(),
        version: &args.class_version,
    };
    let arguments = args.arguments.read(cx, &method).await?;
    let mut call = cx.client()?.call_static(&args.class, &args.method);
    call = call.arguments(arguments).version(&args.class_version);
    if let Some(package) = &args.package {
        call = call.package(package);
    }
    let result = {
        let _spinner = cx.ui().spinner("waiting for the result");
        call.await
    };
    let result = result.or_hint(ErrorKind::Timeout, || {
        "the service waits no longer, the method may go on: look before calling it again".to_owned()
    })?;
    show(cx, &result, &args.output, args.save.as_deref())
}
