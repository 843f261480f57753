//! Services of a cloud: how each is called in the catalog and in the settings.

use std::sync::OnceLock;

use super::settings::Settings;
use crate::error::{Error, Result};

/// A service that requests go to.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its place among all of them.
    number: usize,
    /// What messages call it.
    pub(crate) title: &'static str,
    /// Its types in the catalog, today's first.
    pub(crate) types: &'static [&'static str],
    /// Its name in the catalog, where nothing there has one of the types.
    pub(crate) name: &'static str,
    /// The version of its API that is spoken, the last segment of its URL.
    pub(crate) version: &'static str,
    /// What its settings begin with, such as `image` in `image_endpoint_override`.
    pub(super) settings: &'static str,
    /// The variable with its URL, besides `OS_…_ENDPOINT_OVERRIDE`.
    pub(crate) variable: &'static str,
}

/// The application catalog. The second type is a spelling of old clouds. Its URL and its type are
/// the settings without a beginning, too.
pub(crate) const MURANO: Service = Service {
    number: 0,
    title: "Murano",
    types: &["application-catalog", "application_catalog"],
    name: "murano",
    version: "v1",
    settings: "application_catalog",
    variable: "MURANO_URL",
};

/// The store of images that virtual machines start from.
pub(crate) const IMAGE: Service = Service {
    number: 1,
    title: "Glance",
    types: &["image"],
    name: "glance",
    version: "v2",
    settings: "image",
    variable: "GLANCE_URL",
};

/// Maintenance of hosts. The second type stands in the service's own instructions.
pub(crate) const MAINTENANCE: Service = Service {
    number: 2,
    title: "Fenix",
    types: &["maintenance", "fenix"],
    name: "fenix",
    version: "v1",
    settings: "maintenance",
    variable: "FENIX_URL",
};

/// Instances on bare metal. The second type is that of its documents.
pub(crate) const BAREMETAL: Service = Service {
    number: 3,
    title: "Mogan",
    types: &["baremetal_compute", "baremetal-compute"],
    name: "mogan",
    version: "v1",
    settings: "baremetal_compute",
    variable: "MOGAN_URL",
};

/// The services beside Murano.
pub(super) const NEIGHBOURS: [&Service; 3] = [&IMAGE, &MAINTENANCE, &BAREMETAL];

/// Something of each service, found out when it is needed first.
#[derive(Clone, Debug, Default)]
pub(crate) struct OfEach<T>([OnceLock<T>; 1 + NEIGHBOURS.len()]);

impl<T> OfEach<T> {
    pub(crate) fn get(&self, service: &Service, find: impl FnOnce() -> Result<T>) -> Result<&T> {
        let known = &self.0[service.number];
        if let Some(found) = known.get() {
            return Ok(found);
        }
        let found = find()?;
        Ok(known.get_or_init(|| found))
    }
}

/// Settings that each service may have of its own.
const OWN: [&str; 4] = [
    "endpoint_override",
    "service_type",
    "interface",
    "region_name",
];

/// Where a service is looked for.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The URL that is used whatever the catalog says.
    pub(crate) endpoint: Option<String>,
    pub(crate) service_type: Option<String>,
    pub(crate) interface: String,
    pub(crate) region: Option<String>,
}

impl Service {
    /// Whether its 401 is about the token, whatever the words are. Murano has others.
    pub(crate) fn has_plain_401(&self) -> bool {
        self.settings != MURANO.settings
    }

    /// The name of its own setting.
    pub(crate) fn key(&self, setting: &str) -> String {
        format!("{}_{setting}", self.settings)
    }

    /// What the settings say of it: its own before those of all services. The URL and the type
    /// without a beginning are Murano's.
    pub(super) fn place(&self, settings: &Settings) -> Result<Place> {
        let own = |setting: &str| settings.get(&self.key(setting)).map(str::to_owned);
        let either = |setting: &str| own(setting).or_else(|| settings.get(setting).map(Into::into));
        let is_murano = self.settings == MURANO.settings;
        let of_murano = |setting| {
            if is_murano {
                either(setting)
            } else {
                own(setting)
            }
        };
        let interface = either("interface").unwrap_or_else(|| "public".to_owned());
        if !["public", "internal", "admin"].contains(&interface.as_str()) {
            let key = match own("interface") {
                Some(_) if !is_murano => self.key("interface"),
                _ => "interface".to_owned(),
            };
            return Err(Error::config(format!(
                "{key} is \"{interface}\", it must be public, internal or admin"
            )));
        }
        Ok(Place {
            endpoint: of_murano("endpoint_override"),
            service_type: of_murano("service_type"),
            interface,
            region: either("region_name"),
        })
    }

    /// The variables that stand for its own settings, the weaker first.
    pub(super) fn variables(&self) -> impl Iterator<Item = (String, String)> {
        let own = OWN.map(|setting| {
            let key = self.key(setting);
            (format!("OS_{}", key.to_ascii_uppercase()), key)
        });
        let url = (self.variable.to_owned(), self.key("endpoint_override"));
        own.into_iter().chain([url])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(values: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::new();
        for (key, value) in values {
            settings.set(key, *value);
        }
        settings
    }

    #[test]
    fn a_service_has_settings_of_its_own_and_those_of_all() {
        let settings = settings(&[
            ("region_name", "r1"),
            ("interface", "internalURL"),
            ("endpoint_override", "http://murano"),
            ("service_type", "catalog"),
            ("image_region_name", "r2"),
            ("image_interface", "adminURL"),
            ("image-endpoint-override", "http://glance"),
            ("image_service_type", "pictures"),
        ]);
        let murano = MURANO.place(&settings).unwrap();
        assert_eq!(
            (murano.region.as_deref(), &*murano.interface),
            (Some("r1"), "internal")
        );
        assert_eq!(murano.endpoint.as_deref(), Some("http://murano"));
        assert_eq!(murano.service_type.as_deref(), Some("catalog"));
        let image = IMAGE.place(&settings).unwrap();
        assert_eq!(
            (image.region.as_deref(), &*image.interface),
            (Some("r2"), "admin")
        );
        assert_eq!(image.endpoint.as_deref(), Some("http://glance"));
        assert_eq!(image.service_type.as_deref(), Some("pictures"));
    }

    #[test]
    fn settings_of_murano_alone_are_nobody_elses() {
        let settings = settings(&[
            ("region_name", "r1"),
            ("endpoint_override", "http://murano"),
            ("service_type", "catalog"),
            ("application_catalog_region_name", "r2"),
            ("application_catalog_interface", "internal"),
        ]);
        let murano = MURANO.place(&settings).unwrap();
        assert_eq!(
            (murano.region.as_deref(), &*murano.interface),
            (Some("r2"), "internal")
        );
        let image = IMAGE.place(&settings).unwrap();
        assert_eq!(
            (image.region.as_deref(), &*image.interface),
            (Some("r1"), "public")
        );
        assert_eq!((image.endpoint, image.service_type), (None, None));
    }

    #[test]
    fn an_unknown_interface_is_named_by_its_setting() {
        let error = IMAGE
            .place(&settings(&[("image_interface", "secret")]))
            .unwrap_err();
        assert!(
            error.to_string().starts_with("image_interface is"),
            "{error}"
        );
        let error = IMAGE
            .place(&settings(&[("interface", "secret")]))
            .unwrap_err();
        assert!(error.to_string().starts_with("interface is"), "{error}");
    }
}
