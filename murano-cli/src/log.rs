//! What `--debug`, `--verbose` and `--timing` tell of the calls to the cloud, on stderr.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    fmt,
    layer::{Context, SubscriberExt as _},
};

use crate::{
    config::Global,
    output::{self, Look, OutputArgs, columns},
    ui::Ui,
};

/// Listens to the SDK as long as it lives.
pub(crate) struct Log {
    _listening: DefaultGuard,
    calls: Option<Calls>,
}

type Calls = Arc<Mutex<Vec<Call>>>;

/// One answered or broken call.
#[derive(Clone, Serialize)]
struct Call {
    name: String,
    status: Option<u64>,
    milliseconds: f64,
}

columns!(Call {
    name         "Call"   brief => |c| c.name.as_str().into(),
    status       "Status" brief => |c| c.status.into(),
    milliseconds "ms"     brief => |c| format!("{:.1}", c.milliseconds).into(),
});

impl Log {
    /// Starts to listen: for the wire with `--debug`, for steps with `--verbose`, for durations with `--timing`;
    /// without any of them it costs nothing.
    pub(crate) fn start(ui: &Ui, options: &Global) -> Option<Self> {
        let Global {
            debug,
            verbose,
            timing,
            ..
        } = *options;
        if !debug && !verbose && !timing {
            return None;
        }
        let told = [
            ("murano_sdk::wire", debug),
            ("murano_sdk::retry", debug || verbose),
            ("murano_sdk::auth", verbose),
        ];
        let told = told.into_iter().filter(|(_, is_told)| *is_told);
        let told = told.map(|(target, _)| (target, Level::DEBUG));
        let lines = (debug || verbose).then(|| {
            let ui = ui.clone();
            let lines = fmt::layer()
                .with_ansi(false)
                .with_target(false)
                .with_level(false)
                .without_time()
                .with_writer(move || Line(ui.clone()));
            lines.with_filter(Targets::new().with_targets(told))
        });
        let steps = verbose.then(|| Steps(ui.clone()).with_filter(transport()));
        let calls = timing.then(Calls::default);
        let stopwatch = calls.clone();
        let stopwatch = stopwatch.map(|calls| Stopwatch(calls).with_filter(transport()));
        let subscriber = Registry::default().with(lines).with(steps).with(stopwatch);
        Some(Self {
            _listening: tracing::subscriber::set_default(subscriber),
            calls,
        })
    }

    /// Shows the durations where they were wanted.
    pub(crate) fn finish(self, ui: &Ui) {
        let Some(calls) = self.calls else { return };
        let mut calls = calls.lock().unwrap_or_else(PoisonError::into_inner).clone();
        calls.push(Call {
            name: format!("{} calls", calls.len()),
            status: None,
            milliseconds: calls.iter().map(|call| call.milliseconds).sum(),
        });
        if let Ok(table) = output::list(&calls, &OutputArgs::table(), Look::PLAIN) {
            table.lines().for_each(|line| ui.line(line));
        }
    }
}

/// Where calls are told.
fn transport() -> Targets {
    Targets::new().with_target("murano_sdk::transport", Level::DEBUG)
}

impl Call {
    /// The call that a record is about, unless it is about something else.
    fn of(event: &Event<'_>) -> Option<Self> {
        let mut seen = Seen::default();
        event.record(&mut seen);
        Some(Self {
            name: seen.call,
            status: seen.status,
            milliseconds: seen.elapsed_ms?,
        })
    }
}

/// Tells the calls one by one.
struct Steps(Ui);

impl<S: Subscriber> Layer<S> for Steps {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if let Some(call) = Call::of(event) {
            let status = call.status.map(|status| status.to_string());
            let status = status.as_deref().unwrap_or("no answer");
            self.0.line(format!(
                "{}: {status} in {:.0} ms",
                call.name, call.milliseconds
            ));
        }
    }
}

/// Collects the calls.
struct Stopwatch(Calls);

impl<S: Subscriber> Layer<S> for Stopwatch {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if let Some(call) = Call::of(event) {
            let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            calls.push(call);
        }
    }
}

/// The members of a record that count here.
#[derive(Default)]
struct Seen {
    call: String,
    status: Option<u64>,
    elapsed_ms: Option<f64>,
}

impl Visit for Seen {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "elapsed_ms" {
            self.elapsed_ms = Some(value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.status = Some(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "call" {
            self.call = format!("{value:?}");
        }
    }
}

/// One record of the log.
struct Line(Ui);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.line(String::from_utf8_lossy(bytes).trim_end());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
