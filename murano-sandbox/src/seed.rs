//! Categories and libraries of a fresh catalog.

use serde_json::json;

use crate::archive;
use crate::identity::SERVICE_PROJECT;
use crate::json::Fields as _;
use crate::routes::package_upload;
use crate::state::{Store, Table};

const CATEGORIES: [&str; 9] = [
    "Application Servers",
    "Big Data",
    "Databases",
    "Key-Value Storage",
    "Load Balancers",
    "Message Queue",
    "Microsoft Services",
    "SAP",
    "Web",
];

/// A library every real catalog begins with.
struct Library {
    full_name: &'static str,
    name: &'static str,
    author: &'static str,
    description: &'static str,
    tags: &'static [&'static str],
    /// Names of its classes behind `full_name` and a dot.
    classes: &'static str,
}

/// Classes that declare no properties, so that objects of their heirs hold nothing undeclared.
const PLAIN: [&str; 3] = [
    "io.murano.Object",
    "io.murano.Application",
    "io.murano.CloudResource",
];

const LIBRARIES: [Library; 2] = [
    Library {
        full_name: "io.murano",
        name: "Core library",
        author: "murano.io",
        description: "Core MuranoPL library\n",
        tags: &["MuranoPL"],
        classes: "Object Environment CloudRegion CloudResource Application Exception StackTrace \
            SharedIp SharedIpRange File User Project configuration.Linux resources.Network \
            resources.Instance resources.LinuxInstance resources.LinuxMuranoInstance \
            resources.ConfLangInstance resources.HeatSWConfigInstance \
            resources.HeatSWConfigLinuxInstance resources.LinuxUDInstance \
            resources.WindowsInstance resources.NeutronNetworkBase resources.NeutronNetwork \
            resources.ExistingNeutronNetwork resources.NovaNetwork resources.Volume \
            resources.CinderVolume resources.ExistingCinderVolume resources.CinderVolumeBackup \
            resources.CinderVolumeSnapshot resources.MetadataAware \
            resources.InstanceAffinityGroup system.Agent system.AgentListener system.HeatStack \
            system.Resources system.InstanceNotifier system.Logger system.StatusReporter \
            system.NetworkExplorer system.SecurityGroupManager \
            system.NeutronSecurityGroupManager system.AwsSecurityGroupManager \
            system.DummySecurityGroupManager system.MistralClient system.MetadefBrowser \
            metadata.Description metadata.HelpText metadata.ModelBuilder metadata.Title \
            metadata.forms.Hidden metadata.forms.Position metadata.forms.Section \
            metadata.engine.Serialize metadata.engine.Synchronize test.TestFixture \
            test.TestFixtureWithEnvironment test.DummyNetwork",
    },
    Library {
        full_name: "io.murano.applications",
        name: "Application Development Library",
        author: "Mirantis, Inc.",
        description: "Library of base class to develop scalable Applications with MuranoPL\n",
        tags: &[],
        classes: "ReplicaProvider ReplicationGroup CloneReplicaProvider CompositeReplicaProvider \
            PoolReplicaProvider RoundrobinReplicaProvider Event ServerGroup ServerList \
            CompositeServerGroup SingleServerGroup ServerReplicationGroup TemplateServerProvider \
            Installable Configurable OpenStackSecurityConfigurable SoftwareComponent \
            SingleServerApplication MultiServerApplication MultiServerApplicationWithScaling \
            tests.TestReplication tests.TestPoolReplicaProvider \
            tests.TestRoundrobinReplicaProvider tests.TestCompositeReplicaProvider \
            tests.TestEvents tests.TestMockedServerFactory tests.TestSoftwareComponent",
    },
];

/// Fills an empty catalog.
pub(crate) fn seed(db: &mut Store) {
    for name in CATEGORIES {
        let id = db.new_id();
        let now = db.stamp();
        db.put(
            Table::Categories,
            json!({"id": id, "name": name, "created": now, "updated": now}),
        );
    }
    let owner = db
        .find(Table::Projects, "name", SERVICE_PROJECT)
        .map(|row| row.text("id"));
    let owner = owner.unwrap_or_default().to_owned();
    for library in &LIBRARIES {
        seed_library(db, &owner, library);
    }
}

fn seed_library(db: &mut Store, owner: &str, library: &Library) {
    let names: Vec<String> = library
        .classes
        .split_whitespace()
        .map(|name| format!("{}.{name}", library.full_name))
        .collect();
    let lines = names.iter().map(|name| format!("  {name}: {name}.yaml\n"));
    let manifest = format!(
        "Format: MuranoPL/1.4\nType: Library\nFullName: {}\nName: {}\nAuthor: {}\nDescription: {}\
         Tags: [{}]\nClasses:\n{}",
        library.full_name,
        library.name,
        library.author,
        json!(library.description).to_string() + "\n",
        library.tags.join(", "),
        lines.collect::<String>()
    );
    let files: Vec<(String, String)> = names
        .iter()
        .map(|name| (format!("Classes/{name}.yaml"), format!("Name: {name}\n")))
        .collect();
    let mut entries: Vec<(&str, &str)> = vec![("manifest.yaml", &manifest)];
    entries.extend(
        files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str())),
    );
    // Packing texts in memory does not fail; a catalog without libraries would still work.
    let Ok(bytes) = archive::pack(&entries) else {
        return;
    };
    let Ok(mut package) = archive::open(bytes.clone()) else {
        return;
    };
    for class in &mut package.classes {
        class.opaque = !PLAIN.contains(&class.name.as_str());
    }
    let choice = json!({"is_public": true, "enabled": true, "categories": [], "tags": []});
    package_upload::store(db, owner, (package, bytes), &choice);
}
