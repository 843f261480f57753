//! The request that makes an instance, checked before it is sent: the service does not look at the
//! form of what it is given, and stores what it cannot show again.

use std::{collections::BTreeMap, ops::RangeInclusive};

use base64::Engine as _;
use serde_json::{Map, Value, json};

use super::{Era, Instance};
use crate::{
    client::Client,
    error::{Error, Result},
    id::is_uuid,
    request::{Request, awaitable},
};

/// Longest text of a name, a description or a value, in characters.
const LONGEST: usize = 255;

/// Where an instance is connected to.
///
/// ```
/// use murano_sdk::instances::Network;
///
/// let fast = Network::new("8e8ceb07-4641-4188-9b22-840755e92ee2").port_type("10GE");
/// let own = Network::port("6cefb080-77bb-4bf9-8695-c10401e86c05");
/// assert_ne!(fast, own);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    place: Place,
    port_type: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Network(String),
    Port(String),
}

impl Network {
    /// A network, by its id.
    pub fn new(network_id: impl Into<String>) -> Self {
        Self {
            place: Place::Network(network_id.into()),
            port_type: None,
        }
    }

    /// A port that is there, by its id; for [`Era::Servers`].
    pub fn port(port_id: impl Into<String>) -> Self {
        Self {
            place: Place::Port(port_id.into()),
            port_type: None,
        }
    }

    /// The kind of connection, such as `10GE`; not for [`Era::Servers`].
    pub fn port_type(mut self, kind: impl Into<String>) -> Self {
        self.port_type = Some(kind.into());
        self
    }

    pub(super) fn json(&self, era: Era) -> Result<Value> {
        let mut json = match &self.place {
            Place::Network(id) => json!({ "net_id": checked_uuid("the network", id)? }),
            Place::Port(id) => {
                era.needs(Era::Servers, "connect an instance to a port that is there")?;
                json!({ "port_id": checked_uuid("the port", id)? })
            }
        };
        if let Some(kind) = &self.port_type {
            if era == Era::Servers {
                let text = format!("{era} knows no types of ports: leave out \"{kind}\"");
                return Err(Error::invalid(text));
            }
            json["port_type"] = checked_text("the type of a port", kind)?.into();
        }
        Ok(json)
    }
}

/// Request of [`Instances::create`](super::Instances::create).
#[derive(Clone)]
#[must_use = "requests do nothing until awaited"]
pub struct CreateInstance {
    client: Client,
    name: String,
    image: String,
    flavor: String,
    networks: Vec<Network>,
    properties: BTreeMap<String, String>,
    texts: Vec<(&'static str, String)>,
    /// What came with [`Era::Instances`].
    later: Map<String, Value>,
    files: Vec<Value>,
    hints: Map<String, Value>,
}

// What an instance is told at its start may hold passwords.
impl std::fmt::Debug for CreateInstance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreateInstance")
            .field("name", &self.name)
            .field("image", &self.image)
            .field("flavor", &self.flavor)
            .finish_non_exhaustive()
    }
}

impl CreateInstance {
    pub(super) fn new(client: Client, [name, image, flavor]: [String; 3], first: Network) -> Self {
        Self {
            client,
            name,
            image,
            flavor,
            networks: vec![first],
            properties: BTreeMap::new(),
            texts: Vec::new(),
            later: Map::new(),
            files: Vec::new(),
            hints: Map::new(),
        }
    }

    /// Connects it to one more network.
    pub fn network(mut self, network: Network) -> Self {
        self.networks.push(network);
        self
    }

    /// What it is for; an empty text is left out.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.texts.push(("description", text.into()));
        self
    }

    /// Where it shall stand.
    pub fn availability_zone(mut self, zone: impl Into<String>) -> Self {
        self.texts.push(("availability_zone", zone.into()));
        self
    }

    /// Notes a value of the user under a name.
    pub fn property(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.properties.insert(name.into(), value.into());
        self
    }

    /// Key pair whose owner may log in; from [`Era::Instances`] on.
    pub fn key_name(self, name: impl Into<String>) -> Self {
        self.later("key_name", name.into().into())
    }

    /// What the instance is told at its first start; from [`Era::Instances`] on.
    pub fn user_data(self, data: impl AsRef<[u8]>) -> Self {
        self.later("user_data", base64(data.as_ref()).into())
    }

    /// Writes a file onto the disk; from [`Era::Instances`] on.
    pub fn file(mut self, path: impl Into<String>, content: impl AsRef<[u8]>) -> Self {
        let file = json!({ "path": path.into(), "contents": base64(content.as_ref()) });
        self.files.push(file);
        self
    }

    /// Makes as many as there is room for, at least the first number; the answer is one of them, and
    /// their names get numbers. From [`Era::Instances`] on.
    pub fn count(self, count: RangeInclusive<u32>) -> Self {
        let this = self.later("min_count", (*count.start()).into());
        this.later("max_count", (*count.end()).into())
    }

    /// A wish for the place, such as the `group` of servers to stand with; for [`Era::Servers`].
    pub fn hint(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.hints.insert(name.into(), value.into());
        self
    }

    /// Any other member of the request, such as `partitions`; from [`Era::Instances`] on.
    pub fn member(self, name: &str, value: impl Into<Value>) -> Self {
        self.later(name, value.into())
    }

    fn later(mut self, name: &str, value: Value) -> Self {
        self.later.insert(name.to_owned(), value);
        self
    }

    pub(super) fn request(&self, era: Era) -> Result<Request> {
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        put("name", checked_text("the name", &self.name)?.into());
        put("image_uuid", checked_uuid("the image", &self.image)?.into());
        let flavor = checked_uuid("the flavor", &self.flavor)?;
        put(era.flavor_key(), flavor.into());
        let networks = self.networks.iter().map(|network| network.json(era));
        put("networks", networks.collect::<Result<_>>()?);
        for (name, text) in self.texts.iter().filter(|(_, text)| !text.is_empty()) {
            put(name, checked_text(name, text)?.into());
        }
        if !self.properties.is_empty() {
            for (name, value) in &self.properties {
                check_property(name, value)?;
            }
            put(era.properties_key(), json!(self.properties));
        }
        if let Some(name) = self.later.keys().next() {
            era.needs(Era::Instances, &format!("create with `{name}`"))?;
        }
        if !self.files.is_empty() {
            era.needs(Era::Instances, "write files onto an instance")?;
            put("personality", Value::Array(self.files.clone()));
        }
        body.extend(self.later.clone());
        let mut body = Value::Object(body);
        if !self.hints.is_empty() {
            era.needs(Era::Servers, "follow hints")?;
        }
        if era == Era::Servers {
            body = json!({ "server": body });
            if !self.hints.is_empty() {
                body["scheduler_hints"] = Value::Object(self.hints.clone());
            }
        }
        Ok(era.request(Request::post, &[]).json(body))
    }

    async fn send(self) -> Result<Instance> {
        // What is wrong in every era is told before anybody is asked.
        checked_text("the name", &self.name)?;
        checked_uuid("the image", &self.image)?;
        checked_uuid("the flavor", &self.flavor)?;
        let era = Era::of(&self.client).await?;
        self.client.json(self.request(era)?).await
    }
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

pub(super) fn checked_text<'a>(what: &str, text: &'a str) -> Result<&'a str> {
    if (1..=LONGEST).contains(&text.chars().count()) {
        return Ok(text);
    }
    let text = format!("{what} must have 1 to {LONGEST} characters");
    Err(Error::invalid(text))
}

pub(super) fn checked_uuid<'a>(what: &str, text: &'a str) -> Result<&'a str> {
    if is_uuid(text) {
        return Ok(text);
    }
    let text = format!("{what} must be given by its id, a UUID: \"{text}\" is none");
    Err(Error::invalid(text))
}

pub(super) fn check_property(name: &str, value: &str) -> Result<()> {
    checked_text("the name of a property", name)?;
    let is_known = |c: char| c.is_ascii_alphanumeric() || "-_:. ".contains(c);
    if !name.chars().all(is_known) {
        let text = format!(
            "the name of the property \"{name}\" may have letters, digits, blanks and - _ : . only"
        );
        return Err(Error::invalid(text));
    }
    if value.chars().count() > LONGEST {
        let text = format!("the value of the property \"{name}\" has over {LONGEST} characters");
        return Err(Error::invalid(text));
    }
    Ok(())
}

awaitable!(CreateInstance => Instance);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::ErrorKind, request::Body};

    const ID: &str = "efe0a06f-ca95-4808-b41e-9f55b9c5eb98";

    fn create(name: &str) -> CreateInstance {
        let client = Client::builder().endpoint("http://127.0.0.1:1").token("t");
        let ids = [name, ID, ID].map(str::to_owned);
        CreateInstance::new(client.build().unwrap(), ids, Network::new(ID))
    }

    fn body(request: &Request) -> Value {
        match &request.body {
            Body::Json(json) => json.clone(),
            _ => Value::Null,
        }
    }

    #[test]
    fn each_era_gets_its_own_words() {
        let create = create("db").description("").property("My Key", "x");
        let old = create.request(Era::Nimble).unwrap();
        assert_eq!(old.path.as_str(), "/instances");
        assert_eq!(
            body(&old),
            json!({ "name": "db", "image_uuid": ID, "instance_type_uuid": ID,
                "networks": [{ "net_id": ID }], "extra": { "My Key": "x" } })
        );
        let new = create.hint("group", ID).count(2..=3);
        let new = new.request(Era::Servers).unwrap();
        assert_eq!(new.path.as_str(), "/servers");
        assert_eq!(
            body(&new),
            json!({ "server": { "name": "db", "image_uuid": ID, "flavor_uuid": ID,
                "networks": [{ "net_id": ID }], "metadata": { "My Key": "x" },
                "min_count": 2, "max_count": 3 }, "scheduler_hints": { "group": ID } })
        );
    }

    #[test]
    fn what_the_service_would_choke_on_is_not_sent() {
        let wrong = |create: CreateInstance, era| create.request(era).err().unwrap().kind();
        let mut image = create("x");
        image.image = "ubuntu".to_owned();
        for create in [
            create(""),
            create(&"x".repeat(256)),
            image,
            create("x").network(Network::new("lan")),
            create("x").description("x".repeat(256)),
            create("x").property("a/b", "c"),
            create("x").property("a", "c".repeat(256)),
            create("x").network(Network::new(ID).port_type("")),
        ] {
            assert_eq!(wrong(create, Era::Nimble), ErrorKind::Invalid);
        }
        let typed = create("x").network(Network::new(ID).port_type("10GE"));
        assert_eq!(wrong(typed, Era::Servers), ErrorKind::Invalid);
    }

    #[test]
    fn what_an_era_lacks_is_told() {
        let lacks = |create: CreateInstance, era| create.request(era).err().unwrap().kind();
        for create in [
            create("x").key_name("mine"),
            create("x").file("/etc/motd", "hello"),
            create("x").user_data("#!/bin/sh"),
            create("x").member("partitions", json!({ "root_gb": 1 })),
        ] {
            assert_eq!(lacks(create.clone(), Era::Nimble), ErrorKind::Unsupported);
            assert!(create.request(Era::Servers).is_ok());
        }
        let secret = create("x").member("adminPass", "hush");
        assert!(!format!("{secret:?}").contains("hush"));
        for create in [
            create("x").hint("group", ID),
            create("x").network(Network::port(ID)),
        ] {
            assert_eq!(lacks(create, Era::Instances), ErrorKind::Unsupported);
        }
    }
}
