//! Models worked out by hand from their definitions.

use serde_json::json;

use super::*;

/// One machine in the network of the environment or in another.
pub(super) const MACHINE: &str = "\
Version: 2.1
Templates:
  otherNetwork:
  - ?: {type: io.example.Network}
    net: $.machine.network[0]
    subnet: $.machine.network[1]
Application:
  ?:
    type: io.example.Web
  title: $.main.title
  instance:
    ?: {type: io.example.Machine}
    name: generateHostname($.machine.pattern, 1)
    flavor: $.machine.flavor
    keyname: $.machine.keyPair
    floating: $.main.floating
    networks:
      useEnvironmentNetwork: $.machine.network[0]=null
      custom: switch($.machine.network[0], $=null=>list(), $!=null=>$otherNetwork)
Forms:
- main:
    fields:
    - {name: license, type: string, description: MIT, hidden: true, required: false}
    - {name: title, type: string, label: Title, initial: Web server}
    - {name: floating, type: boolean, initial: false, required: false}
- machine:
    fields:
    - {name: flavor, type: flavor, required: false, requirements: {min_disk: 8}}
    - {name: network, type: network, required: false, murano_networks: translate}
    - name: pattern
      type: string
      initial: web-#
      maxLength: 10
      regexpValidator: '^[a-z][-\\w#]*$'
      errorMessages: {invalid: Just letters}
";

#[test]
fn a_machine_in_the_network_of_the_environment() {
    assert_eq!(
        built(MACHINE, "flavor: m1.small"),
        json!({
            "?": {"type": "io.example.Web", "id": "ID"},
            "title": "Web server",
            "instance": {
                "?": {"type": "io.example.Machine", "id": "ID"},
                "name": "web-1",
                "flavor": "m1.small",
                "keyname": null,
                "floating": false,
                "networks": {"useEnvironmentNetwork": true, "custom": []},
            },
        })
    );
}

#[test]
fn a_machine_in_another_network() {
    let answers = "main: {floating: yes}\nmachine: {network: 'n1,s1', pattern: ''}\n";
    // The pattern needs an answer.
    let error = definition(MACHINE).read_answers(answers).unwrap_err();
    assert_eq!(error.to_string(), "machine.pattern: an answer is required");
    let model = built(
        MACHINE,
        "{main: {floating: on}, machine: {network: [n1, s1]}}",
    );
    assert_eq!(model["instance"]["floating"], true);
    assert_eq!(
        model["instance"]["networks"],
        json!({
            "useEnvironmentNetwork": false,
            "custom": [{"?": {"type": "io.example.Network", "id": "ID"}, "net": "n1", "subnet": "s1"}],
        })
    );
}

/// As many copies of a template as an answer says.
pub(super) const CLUSTER: &str = "\
Version: 2
Templates:
  node:
    ?: {type: io.example.Node}
    host:
      ?: {type: io.example.Host}
      name: generateHostname($.cluster.pattern, $index + $.cluster.seeds)
  seed:
    ?: {type: io.example.Seed}
    number: $index
    node: $node
Application:
  ?: {type: io.example.Cluster}
  seeds: repeat($seed, $.cluster.seeds)
  nodes: repeat($node, $.cluster.nodes - 1)
  capacity: $.cluster.seeds + $.cluster.nodes
Forms:
- cluster:
    fields:
    - {name: seeds, type: integer, initial: 1, minValue: 0}
    - {name: nodes, type: integer, initial: 3, minValue: 1, maxValue: 5}
    - {name: pattern, type: string, required: false, initial: 'node-#'}
    validators:
    - expr: $.cluster.nodes < 2 or not $.cluster.pattern.bool() or '#' in $.cluster.pattern
      message: >-
        A '#' is needed
        in the pattern
";

#[test]
fn a_cluster_of_copies() {
    let host = |number: u8| {
        let name = format!("node-{number}");
        let host = json!({"?": {"type": "io.example.Host", "id": "ID"}, "name": name});
        json!({"?": {"type": "io.example.Node", "id": "ID"}, "host": host})
    };
    assert_eq!(
        built(CLUSTER, ""),
        json!({
            "?": {"type": "io.example.Cluster", "id": "ID"},
            "seeds": [{"?": {"type": "io.example.Seed", "id": "ID"}, "number": 1, "node": host(2)}],
            "nodes": [host(2), host(3)],
            "capacity": 4,
        })
    );
    assert_eq!(built(CLUSTER, "{seeds: 0, nodes: '1'}")["nodes"], json!([]));
}

#[test]
fn rules_over_all_answers_of_a_form() {
    let cluster = definition(CLUSTER);
    let build = |text| cluster.build(&cluster.read_answers(text)?, None);
    let error = build("pattern: same").unwrap_err();
    assert_eq!(error.to_string(), "cluster: A '#' is needed in the pattern");
    assert!(build("{pattern: same, nodes: 1}").is_ok());
    // Without a pattern each machine gets a name of its own.
    let model = build("{pattern: '', nodes: 3}").unwrap();
    let name = |at: usize| {
        model["nodes"][at]["host"]["name"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(name(0).len() == 15 && name(0) != name(1), "{model}");
}

/// Objects that others refer to, parameters, a name, and what only newer formats have.
pub(super) const NEWER: &str = "\
Version: 2.4
Parameters:
  port: 8000 + 80
  sizes: {small: Small one, large: Large one}
  7th: ignored
Templates:
  machine:
    ?: {type: io.example.Machine}
    size: $.main.size
Application:
  ?: {type: io.example.App}
  port: $.main.port
  first: {one: ref(machine), same: ref(machine)}
  second: ref(machine)
  other: ref(machine, spare)
  id: ref(machine, spare, true)
  whole: ref(machine, spare, false)
  none: ref(nothing)
  label: !yaql \"name().toUpper()\"
  !yaql \"'KEY'.toLower()\": 1
  form: $forms.main.size
Forms:
- main:
    fields:
    - {name: port, type: integer, initial: $port}
    - {name: size, type: choice, choices: $sizes, label: $.no.such}
";

#[test]
fn objects_that_others_refer_to() {
    let newer = definition(NEWER);
    let size = &newer.forms()[0].fields[1];
    assert_eq!(
        (size.choices.len(), size.choices[1].label.as_str()),
        (2, "Large one")
    );
    assert_eq!(size.label.as_deref(), Some("$.no.such"));
    let answers = newer.read_answers("size: large").unwrap();
    let model = newer.build(&answers, Some("thing")).unwrap();
    let machine = &model["first"]["one"];
    let id = &machine["?"]["id"];
    assert_eq!(machine["size"], "large");
    assert_eq!((&model["first"]["same"], &model["second"]), (id, id));
    assert_ne!(&model["other"]["?"]["id"], id);
    assert_eq!(model["id"], model["other"]["?"]["id"]);
    assert_eq!(model["whole"], model["other"]);
    assert_eq!(
        (&model["none"], &model["port"]),
        (&Json::Null, &json!(8080))
    );
    assert_eq!(
        (&model["label"], &model["key"], &model["form"]),
        (&json!("THING"), &json!(1), &json!("large"))
    );
    assert_eq!(model["?"]["name"], "thing");
    assert!(model.get("7th").is_none());
}

/// An application that uses others of the environment.
#[test]
fn references_to_applications_of_the_environment() {
    let text = "\
Application:
  ?: {type: io.example.Blog}
  server: $.main.server
  monitoring: $.main.monitoring
  databases: $.main.databases
  env: $.main.env
Forms:
- main:
    fields:
    - {name: server, type: io.example.Web}
    - {name: monitoring, type: [io.example.Agent, io.example.Probe], required: false}
    - {name: databases, type: databaselist, initial: 'a, b_1'}
    - {name: env, type: string, initial: 'K=V, k2=v2'}
";
    assert_eq!(
        built(text, "server: 5f1c"),
        json!({
            "?": {"type": "io.example.Blog", "id": "ID", "name": "thing"},
            "server": "5f1c",
            "monitoring": null,
            "databases": ["a", "b_1"],
            "env": "K=V, k2=v2",
        })
    );
    let error = definition(text)
        .build(&Answers::default(), None)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "main.server needs an answer, it has no default"
    );
    let classes = vec!["io.example.Agent".to_owned(), "io.example.Probe".to_owned()];
    let kind = definition(text).forms()[0].fields[1].kind.clone();
    assert_eq!(kind, Kind::Application { classes });
}
