use std::{net::SocketAddr, path::PathBuf, time::Duration};

use murano_sandbox::Sandbox;

use crate::{config, cx::Cx, follow, local, manual::examples, report::Failure};

/// Serve the sandbox to any client until Ctrl-C, and print a clouds.yaml for it
///
/// It is the sandbox of `--os-cloud sandbox`, with all that was made there, unless --data or --memory
/// says otherwise. While it is served no other process can use it by itself: save the printed text as
/// clouds.yaml, then `--os-cloud sandbox` means the served one.
///
/// The passwords are known to everybody, so think before you listen on an address that others can reach.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano sandbox serve",
    "murano sandbox serve --deploy-time 0s",
))]
pub(crate) struct Args {
    /// Address and port to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Folder to keep everything in, in place of the user's own
    #[arg(long, value_name = "DIR", conflicts_with = "memory")]
    data: Option<PathBuf>,
    /// Forget everything at the end
    #[arg(long)]
    memory: bool,
    /// How long a deployment takes, such as 500ms or 2s [default: 1s]
    #[arg(long, value_name = "TIME", value_parser = follow::duration)]
    deploy_time: Option<Duration>,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let mut config = config::Sandbox::read()?;
    config.folder = args.data.unwrap_or(config.folder);
    config.deploy_time = args.deploy_time.unwrap_or(config.deploy_time);
    let builder = if args.memory {
        Sandbox::builder().deploy_time(config.deploy_time)
    } else {
        local::builder(&config)
    };
    let started = builder.listen(args.listen).start().await;
    let mut sandbox = started.map_err(|error| local::failure(&error))?;
    cx.ui().result(&sandbox.clouds_yaml())?;
    cx.ui().note("serving until Ctrl-C");
    tokio::select! {
        ended = sandbox.wait() => {
            ended.map_err(|error| Failure::Other(format!("the sandbox has ended: {error}")).into())
        }
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}
