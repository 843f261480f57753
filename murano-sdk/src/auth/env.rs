//! Settings from environment variables.

use super::{
    service::NEIGHBOURS,
    settings::{Settings, Source},
};

/// Variables and the setting each stands for; of two for one setting the later wins.
const VARIABLES: [(&str, &str); 39] = [
    ("OS_AUTH_TYPE", "auth_type"),
    ("OS_AUTH_URL", "auth_url"),
    ("OS_USER_NAME", "username"),
    ("OS_USERNAME", "username"),
    ("OS_USER_ID", "user_id"),
    ("OS_PASSWORD", "password"),
    ("OS_PASSWORD_COMMAND", "password_command"),
    ("OS_PASSCODE", "passcode"),
    ("OS_USER_DOMAIN_ID", "user_domain_id"),
    ("OS_USER_DOMAIN_NAME", "user_domain_name"),
    ("OS_TENANT_ID", "project_id"),
    ("OS_PROJECT_ID", "project_id"),
    ("OS_TENANT_NAME", "project_name"),
    ("OS_PROJECT_NAME", "project_name"),
    ("OS_PROJECT_DOMAIN_ID", "project_domain_id"),
    ("OS_PROJECT_DOMAIN_NAME", "project_domain_name"),
    ("OS_DEFAULT_DOMAIN", "default_domain"),
    ("OS_DOMAIN_ID", "domain_id"),
    ("OS_DOMAIN_NAME", "domain_name"),
    ("OS_SYSTEM_SCOPE", "system_scope"),
    ("OS_TRUST_ID", "trust_id"),
    ("OS_AUTH_TOKEN", "token"),
    ("OS_TOKEN", "token"),
    ("OS_APPLICATION_CREDENTIAL_ID", "application_credential_id"),
    (
        "OS_APPLICATION_CREDENTIAL_NAME",
        "application_credential_name",
    ),
    (
        "OS_APPLICATION_CREDENTIAL_SECRET",
        "application_credential_secret",
    ),
    ("OS_REGION_NAME", "region_name"),
    ("OS_ENDPOINT_TYPE", "interface"),
    ("OS_INTERFACE", "interface"),
    ("OS_SERVICE_TYPE", "service_type"),
    ("OS_ENDPOINT", "endpoint_override"),
    (
        "OS_APPLICATION_CATALOG_ENDPOINT_OVERRIDE",
        "endpoint_override",
    ),
    ("MURANO_URL", "endpoint_override"),
    ("OS_CACERT", "cacert"),
    ("OS_CERT", "cert"),
    ("OS_KEY", "key"),
    ("OS_INSECURE", "insecure"),
    ("OS_IDENTITY_API_VERSION", "identity_api_version"),
    ("OS_CONNECT_TIMEOUT", "connect_timeout"),
];

/// The variable's value in this process.
#[expect(
    clippy::disallowed_methods,
    reason = "the SDK's only reader of the environment"
)]
pub(super) fn read(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

pub(super) fn settings(variable: &dyn Fn(&str) -> Option<String>) -> Settings {
    let mut settings = Settings::new();
    let mut read = |name: &str, key: &str| {
        if let Some(value) = variable(name) {
            settings.insert(key, value, Source::Variable(name.to_owned()));
        }
    };
    for (name, key) in VARIABLES {
        read(name, key);
    }
    for (name, key) in NEIGHBOURS.iter().flat_map(|service| service.variables()) {
        read(&name, &key);
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_names_win_over_old_ones() {
        let settings = settings(&|name| match name {
            "OS_TENANT_NAME" => Some("old".to_owned()),
            "OS_PROJECT_NAME" => Some("new".to_owned()),
            "OS_ENDPOINT_TYPE" => Some("internalURL".to_owned()),
            _ => None,
        });
        assert_eq!(settings.get("project_name"), Some("new"));
        assert_eq!(settings.get("interface"), Some("internal"));
    }

    #[test]
    fn other_services_have_variables_of_their_own() {
        let settings = settings(&|name| match name {
            "OS_IMAGE_ENDPOINT_OVERRIDE" => Some("http://old".to_owned()),
            "GLANCE_URL" => Some("http://new".to_owned()),
            "OS_IMAGE_REGION_NAME" => Some("r2".to_owned()),
            _ => None,
        });
        assert_eq!(settings.get("image_endpoint_override"), Some("http://new"));
        assert_eq!(settings.get("image_region_name"), Some("r2"));
        assert_eq!(settings.get("endpoint_override"), None);
    }
}
