//! Faults of classes and their members.

use super::{class_with, package, single, told};

fn classes(cases: &[(&str, &str, &str)]) {
    for (from, to, expected) in cases {
        single("Classes/Shop.yaml", &[(&class_with(from, to), expected)]);
    }
}

#[test]
fn faults_of_classes_have_places() {
    classes(&[
        ("Name: Shop", "Name: [", "error :3:1: invalid"),
        (
            "Name: Shop",
            "Name: !x Shop",
            "error :2:7: the server does not know the tag",
        ),
        (
            "Name: Shop",
            "Name: Shap",
            "error : the class \"io.example.Shop\" of manifest.yaml",
        ),
        (
            "Name: Shop",
            "Name: no:Shop",
            "error :2:7: Name: \"no:Shop\" has a prefix",
        ),
        (
            "std: io",
            "std: 1io",
            "error :1:34: the namespace \"1io.murano\"",
        ),
        (
            "[std:Application",
            "[sdt:Application",
            "error :3:11: Extends: \"sdt:Application\" has",
        ),
        (
            "[std:Application, Till]",
            "$.x()",
            "error :3:10: Extends: \"$.x()\" is no name",
        ),
        (
            "Extends",
            "Import: {a: b}\nExtends",
            "error :3:9: Import: it is a mapping",
        ),
        (
            "Extends",
            "Extend",
            "warning :3:1: the key \"Extend\" means nothing in a class",
        ),
        (
            "m:Title:",
            "n:Title:",
            "error :4:8: Meta: \"n:Title\" has a prefix",
        ),
        (
            "m:Plain]",
            "{a: b, c: d}]",
            "error :4:31: Meta must be a list of class names",
        ),
        (
            "Usage: Class",
            "Usage: Klass",
            "error :20:8: Usage of the class is \"Klass\"",
        ),
        (
            "Usage: Class",
            "Usage: Meta\nCardinality: Two",
            "error :21:1: Cardinality is \"Two\", it must be One or Many",
        ),
        (
            "Usage: Class",
            "Usage: Meta\nInherited: maybe",
            "error :21:1: Inherited is \"maybe\", it must be true or false",
        ),
        (
            "Usage: Class",
            "Usage: Meta\nApplies: [Type, Tape]",
            "error :21:1: Applies is a list, it must be one or several of Package, Type",
        ),
        (
            "Usage: Class",
            "Applies: Tape",
            "warning :20:1: Applies means nothing in a class without Usage: Meta",
        ),
        ("Name: Till", "- Till", "error :"),
        (
            "---\n",
            "---\ntext\n---\n",
            "error :19:1: a class must be a mapping",
        ),
        (
            "---\n",
            "---\nUsage: Class\n---\nUsage: Class\n---\n",
            "error :21:1: a second class",
        ),
    ]);
}

#[test]
fn faults_of_members_have_places() {
    classes(&[
        (
            "Contract: $.int().notNull(), ",
            "",
            "error :6:3: the property \"size\" has no Contract",
        ),
        (
            "Usage: InOut",
            "Usage: Both",
            "error :6:58: Usage of the property \"size\" is \"Both\"",
        ),
        (
            "Usage: InOut",
            "usage: InOut",
            "warning :6:51: the key \"usage\" means nothing in the",
        ),
        (
            "empty:\n",
            "empty: [a]\n",
            "error :8:10: the method \"empty\" is a list",
        ),
        (
            "Scope: Public",
            "Scope: World",
            "warning :10:5: Scope of the method \"sell\" is",
        ),
        (
            "Scope: Public",
            "Usage: Deed",
            "error :10:12: Usage of the method \"sell\" is \"Deed\", it must be one of Action",
        ),
        (
            "Scope: Public",
            "Usage: Action",
            "warning :10:5: Usage of the method \"sell\" is Action",
        ),
        (
            "Scope: Public",
            "Scope: Session\n    Usage: Action",
            "error :11:12: the method \"sell\" is an Action of Scope Session",
        ),
        (
            "Body:",
            "Bodies:",
            "warning :16:5: the key \"Bodies\" means nothing in the method",
        ),
        (
            "VarArgs",
            "Many",
            "error :14:35: Usage of the argument \"rest\" of the method \"sell\"",
        ),
        (
            "      - what:",
            "      - plain\n      - what:",
            "error :12:9: Arguments of the method",
        ),
        (
            "Usage: VarArgs",
            "Usage: KwArgs",
            "error :15:15: the argument \"more\" of the method \"sell\" must stand before",
        ),
        (
            "what:\n",
            "what:\n        other:\n",
            "error :12:9: Arguments of the method \"sell\"",
        ),
        (
            "Methods:",
            "Workflow: {a: }\nMethods:",
            "warning :7:1: Workflow means nothing beside",
        ),
    ]);
    let class = "Name: io.example.Shop\nProperties: [a]\nMethods: {b: {Arguments: [c: ]}}\n---\n{}\n---\n\
        Name: io.example.Till\n";
    let found = told(&package(&[("Classes/Shop.yaml", class)]));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].contains("Properties is a list, it must be a mapping"),
        "{found:?}"
    );
    assert!(
        found[1].contains("is empty, it must be a mapping with a Contract"),
        "{found:?}"
    );
}
