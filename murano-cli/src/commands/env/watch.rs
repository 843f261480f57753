use std::{future::IntoFuture as _, time::Duration};

use murano_sdk::environments::{Changes, Environment};
use tokio::sync::mpsc;

use crate::{
    cx::Cx,
    find, follow,
    manual::examples,
    output::{self, Format, OutputArgs, Stream, printable},
    report::Failure,
};

/// Watch the environments of the project, or one of them, until Ctrl-C
///
/// On a terminal it is a table that is drawn anew; elsewhere each change is a line, and with `-f json`
/// an event on a line of its own. Watching one environment ends when it is gone.
#[derive(clap::Args)]
#[command(before_help = examples!(
    "murano env watch --duration 1s",
    "murano env watch shop --duration 1s --interval 500ms -f json",
))]
pub(crate) struct Args {
    /// Name or id; without it all are watched
    env: Option<String>,
    /// Time between two looks, such as 500ms or 10s
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = follow::duration)]
    interval: Duration,
    /// Stop after this time, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", value_parser = follow::duration)]
    duration: Option<Duration>,
    #[command(flatten)]
    output: OutputArgs,
}

/// What a look has found, away from the watch it came from.
struct Look {
    all: Vec<Environment>,
    changed: Vec<Environment>,
    gone: Vec<Environment>,
}

impl From<Changes<'_>> for Look {
    fn from(changes: Changes<'_>) -> Self {
        Self {
            all: changes.all.to_vec(),
            changed: changes.changed.into_iter().cloned().collect(),
            gone: changes.gone,
        }
    }
}

pub(crate) async fn run(args: Args, cx: &Cx) -> anyhow::Result<()> {
    args.output.check::<Environment>()?;
    let mut watch = cx.client()?.environments().watch().interval(args.interval);
    if let Some(name) = &args.env {
        watch = watch.only(find::environment(cx, name).await?.id());
    }
    if let Some(time) = args.duration {
        watch = watch.lasting(time);
    }
    let (sender, mut looks) = mpsc::unbounded_channel();
    let mut watch = watch
        .observe(move |changes| {
            // Nobody takes it when the watching has ended.
            let _ = sender.send(Look::from(changes));
        })
        .into_future();
    let mut screen = Screen::new(cx, &args.output);
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            biased;
            Some(look) = looks.recv() => screen.show(&look)?,
            ended = &mut watch => {
                while let Ok(look) = looks.try_recv() {
                    screen.show(&look)?;
                }
                return Ok(ended?);
            }
            // That is how a watch ends.
            _ = &mut interrupted => return Err(Failure::Shown(130).into()),
        }
    }
}

/// Shows looks: a table in place of the last one on a terminal, else lines.
struct Screen<'a> {
    cx: &'a Cx,
    args: &'a OutputArgs,
    stream: Stream<'a>,
    height: usize,
}

impl<'a> Screen<'a> {
    fn new(cx: &'a Cx, args: &'a OutputArgs) -> Self {
        Self {
            cx,
            args,
            stream: Stream::new("environment", args),
            height: 0,
        }
    }

    fn show(&mut self, look: &Look) -> anyhow::Result<()> {
        if self.args.format == Format::Table && self.cx.ui().out_is_terminal() {
            return self.draw(&look.all);
        }
        for env in &look.changed {
            let line = self.stream.next(env)?;
            self.cx.ui().result(&line)?;
        }
        for env in &look.gone {
            if self.args.format == Format::Json {
                let event = output::event("gone", serde_json::to_value(env)?);
                self.cx.ui().result(&(output::json_line(&event) + "\n"))?;
            } else {
                let text = format!("environment \"{}\" is gone", env.name);
                self.cx.ui().note(text);
            }
        }
        Ok(())
    }

    fn draw(&mut self, all: &[Environment]) -> anyhow::Result<()> {
        let table = output::list(all, self.args, self.cx.look(self.args.look))?;
        let up = match self.height {
            0 => String::new(),
            // Back to the first line of the last table, and away with it.
            height => format!("\x1b[{height}A\x1b[J"),
        };
        let table = if self.args.is_table() {
            table
        } else {
            printable(&table)
        };
        self.height = table.lines().count();
        self.cx.ui().styled(&(up + &table))?;
        Ok(())
    }
}
