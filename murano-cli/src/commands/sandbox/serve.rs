use std::{net::SocketAddr, time::Duration};

use murano_sandbox::Sandbox;

use crate::{cx::Cx, follow, report::Failure};

/// Serve an imitated Keystone and Murano until Ctrl-C, and print a clouds.yaml for them
///
/// Everything is forgotten at the end. Save the printed text as clouds.yaml and give the
/// option `--os-cloud sandbox` in another terminal.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Address and port to listen on; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// How long a deployment takes, such as 500ms or 2s
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = follow::duration)]
    deploy_time: Duration,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let sandbox = Sandbox::builder()
        .listen(args.listen)
        .deploy_time(args.deploy_time);
    let mut sandbox = sandbox
        .start()
        .await
        .map_err(|error| Failure::Other(format!("cannot listen on {}: {error}", args.listen)))?;
    cx.ui().result(&sandbox.clouds_yaml())?;
    cx.ui().note("serving until Ctrl-C");
    tokio::select! {
        ended = sandbox.wait() => {
            ended.map_err(|error| Failure::Other(format!("the sandbox has ended: {error}")).into())
        }
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}
