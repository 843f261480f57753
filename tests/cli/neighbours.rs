//! Services beside Murano, in a cloud that does not have them.

use murano_sandbox::Fault;

use crate::cloud::Cloud;

#[test]
fn a_service_that_is_missing_is_named_on_one_line() {
    let token = r#"{"token": {"expires_at": "2099-01-02T03:04:05Z", "catalog": [
        {"type": "application-catalog", "name": "murano", "endpoints": []}]}}"#;
    let login = Fault::on("POST", "/identity/v3/auth/tokens").answer(201, token);
    let cloud = Cloud::with_faults(vec![login.header("X-Subject-Token", "t").times(2)]);
    let told = "error: this cloud has no service of type maintenance (the catalog has: application-catalog)\n";
    for line in [["list", "-f", "csv"], ["delete", "1", "2"]] {
        let output = cloud.murano(&["maintenance"]).args(&line).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{line:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), told);
        assert!(output.stdout.is_empty());
    }
}
