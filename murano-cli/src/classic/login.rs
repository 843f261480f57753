//! What the old client said about credentials that are not there.

use murano_sdk::auth::Settings;

/// The first thing that is missing, in its order of looking.
pub(crate) fn complaint(settings: &Settings) -> Option<&'static str> {
    let has = |keys: &[&str]| {
        keys.iter()
            .any(|key| settings.get(key).is_some_and(|value| !value.is_empty()))
    };
    if !has(&[
        "username",
        "user_id",
        "token",
        "application_credential_id",
        "application_credential_name",
    ]) {
        return Some(
            "You must provide a username via either --os-username or env[OS_USERNAME] or a token via \
             --os-auth-token or env[OS_AUTH_TOKEN]",
        );
    }
    if settings.get("auth_type") == Some("none") {
        return (!has(&["endpoint_override"])).then_some(
            "If you specify --os-no-client-auth you must also specify a Murano API URL via either --murano-url or \
             env[MURANO_URL]",
        );
    }
    if !has(&["project_name", "project_id"]) {
        return Some(
            "You must provide a project name or project id via --os-project-name, --os-project-id, \
             env[OS_PROJECT_ID] or env[OS_PROJECT_NAME]. You may use os-project and os-tenant interchangeably.",
        );
    }
    (!has(&["auth_url"]))
        .then_some("You must provide an auth url via either --os-auth-url or via env[OS_AUTH_URL]")
}

/// That the catalog has no such service.
pub(crate) fn no_endpoint(settings: &Settings) -> String {
    let get = |key: &str, usual: &str| settings.get(key).unwrap_or(usual).to_owned();
    let interface = get("interface", "public");
    let service = get("service_type", "application-catalog");
    let region = get("region_name", "None");
    format!("{interface}URL endpoint for {service} service in {region} region not found")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_first_is_told_first() {
        let mut settings = Settings::new();
        let mut told = Vec::new();
        for (key, value) in [
            ("username", "u"),
            ("project_id", "p"),
            ("auth_url", "http://k"),
        ] {
            told.extend(complaint(&settings));
            settings.set(key, value);
        }
        assert_eq!(complaint(&settings), None);
        let words: Vec<&str> = told
            .iter()
            .filter_map(|text| text.split(' ').nth(4))
            .collect();
        assert_eq!(words, ["username", "project", "auth"]);
        settings.set("auth_type", "none");
        assert!(complaint(&settings).is_some_and(|text| text.ends_with("env[MURANO_URL]")));
    }
}
