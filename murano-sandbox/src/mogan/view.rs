//! How a row is shown in each era.

use serde_json::{Map, Value, json};

use super::MoganEra;
use crate::clock::seconds_text;
use crate::json::{Fields as _, Object, pick};

/// The document at the root of the version, by whose members the eras are told.
pub(super) fn version(era: MoganEra, base: &str) -> Value {
    let mut names = vec![era.collection(), era.flavors(), "availability_zones"];
    if era >= MoganEra::Instances {
        names.push("keypairs");
    }
    if era == MoganEra::Servers {
        names.extend(["aggregates", "nodes", "server_groups", "manageable_servers"]);
    }
    let mut root = json!({ "id": "v1" });
    for name in names {
        let link =
            |path: &str, rel: &str| json!({ "href": format!("{base}{path}/{name}/"), "rel": rel });
        root.set(name, json!([link("/v1", "self"), link("", "bookmark")]));
    }
    root
}

pub(super) fn links(base: &str, kind: &str, id: &str) -> Value {
    let link =
        |path: &str, rel: &str| json!({ "href": format!("{base}{path}/{kind}/{id}"), "rel": rel });
    json!([link("/v1", "self"), link("", "bookmark")])
}

/// A time with whole seconds; null where there is none.
pub(super) fn time(value: &Value) -> Value {
    let text = |at| format!("{}+00:00", seconds_text(at));
    value.as_i64().map_or(Value::Null, |at| text(at).into())
}

/// The form of times in the answer to a creation.
pub(super) fn exact_time(value: &Value) -> Value {
    let text = |at: i64| {
        let rest = at.rem_euclid(1_000_000);
        format!("{}.{rest:06}+00:00", seconds_text(at))
    };
    value.as_i64().map_or(Value::Null, |at| text(at).into())
}

/// The status as the era has it: the first one does not tell what happens to the power.
pub(super) fn status(row: &Value, era: MoganEra) -> &str {
    match (era, row.text("status")) {
        (MoganEra::Nimble, "building" | "deleting" | "error") | (_, "active") => row.text("status"),
        (MoganEra::Nimble, _) => "active",
        (_, other) => other,
    }
}

/// The power as the states of the first era have it: what it is, and what it is going to be.
pub(super) fn nimble_power(row: &Value) -> Value {
    let target = match row.text("status") {
        "powering-on" => json!("power on"),
        "powering-off" => json!("power off"),
        "rebooting" => json!("rebooting"),
        _ => Value::Null,
    };
    json!({ "power_state": row["power"], "target_power_state": target })
}

/// All members of an instance. `is_admin` says who looks.
pub(super) fn whole(row: &Value, era: MoganEra, base: &str, is_admin: bool) -> Object {
    let id = row.text("id");
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("uuid", id.into());
    put("name", row["name"].clone());
    put("description", row["description"].clone());
    put("status", status(row, era).into());
    if era > MoganEra::Nimble || !row["power"].is_null() {
        put("power_state", row["power"].clone());
    }
    put("project_id", row["project_id"].clone());
    put("user_id", row["user_id"].clone());
    put(era.flavor_key(), row["flavor"].clone());
    put("image_uuid", row["image"].clone());
    put("availability_zone", row["zone"].clone());
    put(era.properties_key(), row["properties"].clone());
    put("links", links(base, era.collection(), id));
    put("created_at", time(&row["created"]));
    put("updated_at", time(&row["updated"]));
    put("launched_at", time(&row["launched"]));
    if era < MoganEra::Servers {
        put("network_info", network_info(row));
        return shown;
    }
    put("addresses", addresses(row));
    put("locked", (!row["lock"].is_null()).into());
    put("partitions", json!({}));
    put("key_name", row["key_name"].clone());
    if row.text("status") == "error" {
        put("fault", row["fault"].clone());
    }
    if is_admin {
        put("node", json!("node-1"));
        put("affinity_zone", Value::Null);
        put("system_metadata", json!({}));
    }
    shown
}

/// The members that a plain list has, and those that come whatever is asked for.
pub(super) fn brief(era: MoganEra) -> (&'static [&'static str], &'static [&'static str]) {
    const NIMBLE: &[&str] = &["uuid", "name", "description", "status"];
    const LATER: &[&str] = &["uuid", "name", "description", "status", "power_state"];
    match era {
        MoganEra::Nimble => (NIMBLE, &["links"]),
        MoganEra::Instances => (LATER, &["links", "network_info"]),
        MoganEra::Servers => (LATER, &["links", "addresses", "locked"]),
    }
}

/// Some members of an instance.
pub(super) fn some(whole: Object, names: &[&str], era: MoganEra) -> Value {
    let (_, always) = brief(era);
    let names: Vec<&str> = names.iter().chain(always).copied().collect();
    Value::Object(pick(&Value::Object(whole), &names))
}

/// The networks an instance that has been built is connected to.
fn ports(row: &Value) -> impl Iterator<Item = &Value> {
    let is_built = !row["launched"].is_null();
    row.items("networks").iter().filter(move |_| is_built)
}

fn fixed_ips(port: &Value) -> Value {
    json!([{ "ip_address": port["address"], "subnet_id": port["subnet_id"] }])
}

pub(super) fn network_info(row: &Value) -> Value {
    let mut info = json!({});
    for port in ports(row) {
        let shown = json!({ "network": port["net_id"], "mac_address": port["mac_address"],
            "fixed_ips": fixed_ips(port) });
        info.set(port.text("port_id"), shown);
    }
    info
}

fn addresses(row: &Value) -> Value {
    let mut all = json!({});
    for port in ports(row) {
        let mut of_network = all[port.text("net_id")]
            .as_array()
            .cloned()
            .unwrap_or_default();
        of_network.push(json!({ "addr": port["address"], "type": "fixed" }));
        all.set(port.text("net_id"), of_network);
    }
    all
}

pub(super) fn nics(row: &Value) -> Value {
    let nic = |port: &Value| {
        json!({ "port_id": port["port_id"], "network_id": port["net_id"],
            "mac_address": port["mac_address"], "fixed_ips": fixed_ips(port), "floating_ip": null })
    };
    json!({ "nics": ports(row).map(nic).collect::<Vec<_>>() })
}

/// A type or flavor; `is_listed` shortens it where lists are short.
pub(super) fn flavor(row: &Value, era: MoganEra, base: &str, is_listed: bool) -> Value {
    let mut shown = pick(row, &["name", "description", "is_public"]);
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("uuid", row["id"].clone());
    put("links", links(base, era.flavors(), row.text("id")));
    if era == MoganEra::Servers && is_listed {
        return Value::Object(shown);
    }
    put("created_at", time(&row["created"]));
    put("updated_at", Value::Null);
    if era == MoganEra::Servers {
        put("resources", json!({}));
        put("disabled", false.into());
    } else {
        put("extra_specs", row["extra_specs"].clone());
    }
    Value::Object(shown)
}
