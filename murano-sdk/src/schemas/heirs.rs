//! Classes of the core libraries that are only made use of by their heirs.

/// Classes below `io.murano` that have no behaviour of their own, and the heirs to choose from, the usual one first.
const HEIRS: [(&str, &[&str]); 7] = [
    (
        "resources.Instance",
        &[
            "resources.LinuxMuranoInstance",
            "resources.LinuxInstance",
            "resources.LinuxUDInstance",
            "resources.HeatSWConfigLinuxInstance",
            "resources.ConfLangInstance",
            "resources.WindowsInstance",
        ],
    ),
    (
        "resources.Network",
        &[
            "resources.NeutronNetwork",
            "resources.ExistingNeutronNetwork",
            "resources.NovaNetwork",
        ],
    ),
    (
        "resources.Volume",
        &["resources.CinderVolume", "resources.ExistingCinderVolume"],
    ),
    (
        "applications.ServerGroup",
        &[
            "applications.SingleServerGroup",
            "applications.ServerList",
            "applications.CompositeServerGroup",
            "applications.ServerReplicationGroup",
        ],
    ),
    (
        "applications.ReplicaProvider",
        &[
            "applications.TemplateServerProvider",
            "applications.CloneReplicaProvider",
            "applications.PoolReplicaProvider",
            "applications.RoundrobinReplicaProvider",
            "applications.CompositeReplicaProvider",
        ],
    ),
    ("Application", &[]),
    ("Object", &[]),
];

/// The classes that may be meant by a property that takes objects of this class, which may be too many to
/// tell; or nothing where it is the class itself, as far as is known.
pub(super) fn of(class: &str) -> Option<Vec<String>> {
    let name = class.strip_prefix("io.murano.")?;
    let (_, heirs) = HEIRS.iter().find(|(known, _)| *known == name)?;
    let full = heirs.iter().map(|heir| format!("io.murano.{heir}"));
    Some(full.collect())
}
