//! `murano stats`: what the service counts.

mod env;
mod instance;
mod requests;

use murano_sdk::statistics::{AggregatedStatistics, InstanceStatistics, RequestStatistics};
use serde_json::{Value, json};

use crate::{cx::Cx, output::columns};

#[derive(clap::Subcommand)]
pub(crate) enum Verb {
    Env(env::Args),
    Instance(instance::Args),
    Requests(requests::Args),
}

pub(crate) async fn run(verb: Verb, cx: &Cx) -> anyhow::Result<()> {
    match verb {
        Verb::Env(args) => env::run(args, cx).await,
        Verb::Instance(args) => instance::run(args, cx).await,
        Verb::Requests(args) => requests::run(args, cx).await,
    }
}

/// A word for the service's number.
fn kind(number: i64) -> Value {
    match number {
        200 => "instance".into(),
        100 => "application".into(),
        0 => "other".into(),
        other => other.into(),
    }
}

columns!(InstanceStatistics {
    instance_id "ID"       brief => |s| s.instance_id.as_str().into(),
    type        "Type"     brief => |s| kind(s.kind),
    type_name   "Class"    brief => |s| json!(s.type_name),
    type_title  "Title"    brief => |s| json!(s.type_title),
    unit_count  "Units"    brief => |s| json!(s.unit_count),
    active      "Active"   brief => |s| s.active.into(),
    duration    "Duration" brief => |s| s.duration.into(),
});

columns!(AggregatedStatistics {
    type     "Type"     brief => |s| kind(s.kind),
    count    "Count"    brief => |s| s.count.into(),
    duration "Duration" brief => |s| s.duration.into(),
});

columns!(RequestStatistics {
    host                  "Host"          brief => |s| s.host.as_str().into(),
    request_count         "Requests"      brief => |s| s.request_count.into(),
    error_count           "Errors"        brief => |s| s.error_count.into(),
    average_response_time "Response Time" brief => |s| s.average_response_time.into(),
    requests_per_second   "Requests/s"    brief => |s| s.requests_per_second.into(),
    errors_per_second     "Errors/s"      full  => |s| s.errors_per_second.into(),
    cpu_count             "CPUs"          full  => |s| json!(s.cpu_count),
    cpu_percent           "CPU %"         brief => |s| s.cpu_percent.clone(),
    requests_per_tenant   "By Project"    full  => |s| json!(s.per_project()),
    created               "Created"       full  => |s| json!(s.created),
    updated               "Updated"       brief => |s| json!(s.updated),
});
