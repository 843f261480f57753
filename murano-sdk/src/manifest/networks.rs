//! Default networks of an environment, between documents and object models.

use serde_json::{Value, json};

use super::{
    Networks,
    merge::Places,
    notation::{self, Spec},
};
use crate::model::object_class;

const EXISTING: &str = "io.murano.resources.ExistingNeutronNetwork";
/// What the server makes where nothing is said.
const GENERATED: [&str; 2] = [
    "io.murano.resources.NeutronNetwork",
    "io.murano.resources.NovaNetwork",
];

/// The object model for what the document says, over what is there.
pub(super) fn merged(networks: &Networks, current: &Value, name: &str) -> Value {
    let (environment, flat) = match networks {
        Networks::Existing {
            network,
            subnetwork,
        } => {
            let mut object = json!({ notation::CLASS: EXISTING });
            for (key, said) in [
                ("internalNetworkName", network),
                ("internalSubnetworkName", subnetwork),
            ] {
                if let Some(said) = said {
                    object[key] = said.as_str().into();
                }
            }
            (object, Value::Null)
        }
        Networks::Object { environment, flat } => (environment.clone(), flat.clone()),
    };
    let side = |value: &Value, place: &str, there: Option<&Value>| match Spec::of_value(value) {
        Some(spec) => {
            let mut places = Places::default();
            places.assign(spec, place.to_owned(), there);
            places.object(spec, place)
        }
        None => value.clone(),
    };
    let (old_environment, old_flat) = (current.get("environment"), current.get("flat"));
    let mut environment = side(&environment, "environment", old_environment);
    let flat = side(&flat, "flat", old_flat);
    let same = |old: Option<&Value>, new: &Value| notation::alike(old.unwrap_or(&Value::Null), new);
    if same(old_environment, &environment) && same(old_flat, &flat) {
        return current.clone();
    }
    // The server wants a name there when it is changed.
    if environment.get("name").is_none() {
        environment["name"] = format!("{name}-network").into();
    }
    json!({ "environment": environment, "flat": flat })
}

/// What there is to say about the networks of a model; nothing where the server made them. `convert` writes
/// an object in the notation of documents.
pub(super) fn told(networks: &Value, convert: impl Fn(&Value) -> Value) -> Option<Networks> {
    let environment = networks.get("environment").filter(|it| it.is_object())?;
    let flat = networks.get("flat").unwrap_or(&Value::Null);
    let class = object_class(environment)?;
    if class == EXISTING && flat.is_null() {
        let text = |key| {
            environment
                .get(key)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        return Some(Networks::Existing {
            network: text("internalNetworkName"),
            subnetwork: text("internalSubnetworkName"),
        });
    }
    let is_generated = GENERATED.contains(&class) && flat.is_null();
    (!is_generated).then(|| Networks::Object {
        environment: convert(environment),
        flat: convert(flat),
    })
}
