use crate::{cx::Cx, find, manual::examples, report::Batch};

/// Guard bare-metal instances against changes of their power, rebuilding and deletion
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano instance lock db-1",
))]
pub(crate) struct Args {
    /// Names or ids
    #[arg(value_name = "INSTANCE", required = true)]
    instances: Vec<String>,
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    let mut batch = Batch::new(cx);
    for name in &args.instances {
        let outcome = async { Ok(find::instance(cx, name).await?.lock().await?) };
        if batch.add(outcome.await).is_some() {
            cx.ui().note(format!("instance \"{name}\" is locked"));
        }
    }
    batch.finish()
}
