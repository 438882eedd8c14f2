//! Every example does what its first lines promise.

mod support;

use std::fs;
use std::process::Command;

use support::c::{Program, text};
use support::instance::Instance;
use support::{has, root};

fn cpp_example(name: &str, instance: &Instance) -> Program {
    Program::cpp("c++17", &[&format!("examples-cpp/{name}.cpp")]).against(instance)
}

fn example(name: &str, instance: &Instance) -> Program {
    Program::c(&format!("examples-c/{name}.c")).against(instance)
}

#[test]
fn every_example_is_run_here_and_in_the_demo() {
    let this = include_str!("examples.rs");
    let demo = fs::read_to_string(root().join("examples-c/demo.sh")).expect("the demo");
    for (folder, ending) in [("examples-c", "c"), ("examples-cpp", "cpp")] {
        let entries = fs::read_dir(root().join(folder)).expect("the examples");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        for path in paths.filter(|path| path.extension().is_some_and(|found| found == ending)) {
            let name = path
                .file_stem()
                .expect("a name")
                .to_str()
                .expect("a name in UTF-8");
            assert!(
                this.contains(&format!("example(\"{name}\"")),
                "{name} is not run here"
            );
            assert!(
                demo.contains(&format!("show {name}")),
                "{name} is not in the demo"
            );
        }
    }
}

/// Make takes no name with a space, and the folder of the checkout may have one.
#[test]
fn the_demo_is_built_wherever_the_checkout_lies() {
    if !has("make", "make") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let checkout = folder.path().join("my own");
    fs::create_dir_all(checkout.join("target/debug")).expect("room");
    fs::write(checkout.join("target/debug/libsnow.so"), "").expect("room");
    let parts = [
        "Makefile",
        "Cargo.toml",
        "build.rs",
        "examples-c",
        "examples-cpp",
    ];
    let mut cp = Command::new("cp");
    cp.arg("-r").args(parts.map(|part| root().join(part)));
    assert!(cp.arg(&checkout).status().expect("cp runs").success());
    // It looks into the folders of the examples, and builds nothing there.
    let mut make = Command::new("make");
    make.args(["--dry-run", "demo"]).current_dir(&checkout);
    make.env_remove("CARGO_TARGET_DIR").env_remove("MAKEFLAGS");
    let output = make.output().expect("make runs");
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(
        output.status.success() && said.contains("02_token_callback.cpp"),
        "{said}"
    );
}

#[test]
fn basic_auth() {
    let instance = Instance::start();
    let output = example("01_basic_auth", &instance).run(&[]);
    assert_eq!(output.lines().count(), 5, "{output}");
    assert!(
        output.lines().all(|line| line.starts_with("INC")),
        "{output}"
    );
}

#[test]
fn a_session_of_ones_own() {
    let instance = Instance::https(&[]);
    let output = example("02_session", &instance)
        .env(
            "SNOW_CA_FILE",
            instance.ca_file().to_str().expect("a path in UTF-8"),
        )
        .run(&[]);
    assert_eq!(output, "The instance holds 75 incidents.\n");
}

#[test]
fn oauth_from_the_first_token_to_its_renewal() {
    let instance = Instance::start();
    let login = example("03_oauth_login", &instance);
    let file = login.folder().join("token.json");
    let path = file.to_str().expect("a path in UTF-8");
    let output = login.run(&[path]);
    assert_eq!(
        output,
        format!("The token is in {path}; it can be renewed.\n")
    );
    let first = fs::read_to_string(&file).expect("the token file");

    let refresh = example("04_oauth_refresh", &instance);
    let output = refresh.run(&[path]);
    assert!(output.starts_with("Signed in by token: INC"), "{output}");
    assert_eq!(
        fs::read_to_string(&file).expect("the token file"),
        first,
        "nothing to renew yet"
    );

    instance.control("POST", "/-/tokens/expire", "");
    let output = refresh.run(&[path]);
    assert!(
        output.starts_with(&format!("A new token is in {path}.\n")),
        "{output}"
    );
    assert_ne!(fs::read_to_string(&file).expect("the token file"), first);
}

#[test]
fn client_credentials() {
    let instance = Instance::start();
    let output = example("05_client_credentials", &instance).run(&[]);
    assert_eq!(output, "The application sees 75 incidents.\n");
}

#[test]
fn create_update_delete() {
    let instance = Instance::start();
    let output = example("06_create_update_delete", &instance).run(&[]);
    let lines: Vec<_> = output.lines().collect();
    assert!(lines[0].starts_with("Opened INC"), "{output}");
    assert_eq!(lines[1..], ["Its state is now 6.", "Deleted it."]);
}

/// To print the NULL that such a field gives would be undefined.
#[test]
fn fields_that_are_hidden() {
    let instance = Instance::start();
    for (table, field) in [("incident", "number"), ("sys_attachment", "content_type")] {
        let rule = format!(
            r#"{{"kind":"acl","table":"{table}","operation":"read","field":"{field}","roles":["none"],
                "admin_overrides":false}}"#
        );
        instance.control("POST", "/-/rules", &rule);
    }
    let login = example("03_oauth_login", &instance);
    login.run(&["token.json"]);
    let token = login.folder().join("token.json");
    let path = token.to_str().expect("a path in UTF-8");
    let output = example("04_oauth_refresh", &instance).run(&[path]);
    assert_eq!(output, "Signed in by token: (hidden).\n");
    let output = example("06_create_update_delete", &instance).run(&[]);
    assert!(output.starts_with("Opened (hidden).\n"), "{output}");
    let attachments = example("12_attachments", &instance);
    fs::write(attachments.folder().join("disk.log"), "line\n").expect("room");
    let output = attachments.run(&["disk.log", "copy.log"]);
    assert!(
        output.starts_with("(hidden) has disk.log: (hidden), 5 bytes\n"),
        "{output}"
    );
}

#[test]
fn queries() {
    let instance = Instance::start();
    let output = example("07_queries", &instance).run(&[]);
    for encoded in [
        "  stateIN1,2,3^assigned_to.department.name=IT^ORassigned_toISEMPTY\n",
        "  priorityBETWEEN1@2^NQescalation>=1^opened_at>=2020-01-01 00:00:00\n",
        "  short_descriptionLIKE2^^10 files\n",
        "  active=true^caller_idISNOTEMPTY^NQstate=3^caller_idISNOTEMPTY^ORDERBYDESCnumber^EQ\n",
        "refused: field: ",
    ] {
        assert!(output.contains(encoded), "{output}");
    }
}

#[test]
fn errors() {
    let instance = Instance::start();
    let output = example("08_errors", &instance).run(&[]);
    let statuses: Vec<_> = output
        .lines()
        .filter_map(|line| line.strip_prefix("SNOW_")?.split(':').next())
        .collect();
    assert_eq!(
        statuses,
        [
            "NOT_FOUND",
            "BAD_REQUEST",
            "UNAUTHENTICATED",
            "INVALID_ARGUMENT"
        ]
    );
}

#[test]
fn threads() {
    let instance = Instance::start();
    let output = example("09_threads", &instance).run(&[]);
    let counts = output
        .lines()
        .map(|line| line.rsplit(' ').next().expect("a count"));
    assert_eq!(
        counts
            .map(|count| count.parse::<u32>().expect("a number"))
            .sum::<u32>(),
        75
    );
}

#[test]
fn export_csv() {
    let instance = Instance::with(&["--generate", "incident=2500"]);
    let export = example("10_export", &instance);
    let output = export.output(&["incident", "number,short_description", "out.csv"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stderr),
        "2500 rows came, 2500 were expected, 0 are hidden from this user; 4 requests\n"
    );
    let csv = fs::read_to_string(export.folder().join("out.csv")).expect("the export");
    assert_eq!(csv.lines().count(), 2501);
    assert_eq!(csv.lines().next(), Some("number,short_description"));
    // The library takes a blank behind a comma for none.
    let output = export.output(&["incident", "number, state", "blank.csv"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let csv = fs::read_to_string(export.folder().join("blank.csv")).expect("the export");
    assert_eq!(csv.lines().next(), Some("number,state"));
    assert!(!csv.lines().any(|line| line.ends_with(',')), "{csv}");
    // A table without columns, or without some that were asked for, is none.
    for names in [String::new(), "f,".repeat(300)] {
        let output = export.output(&["incident", &names, "none.csv"]);
        assert!(!output.status.success(), "{names}");
        assert!(!export.folder().join("none.csv").exists(), "{names}");
    }
    // Where a row has nothing but an empty value, it is a row still.
    let output = export.output(&["incident", "correlation_id", "column.csv"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let csv = fs::read_to_string(export.folder().join("column.csv")).expect("the export");
    assert!(csv.lines().skip(1).any(|line| line == r#""""#), "{csv}");
    assert!(csv.lines().all(|line| !line.is_empty()), "{csv}");

    // A page that breaks off leaves no file, neither whole nor in part.
    instance.control(
        "POST",
        "/-/faults",
        r#"{"path":"/api/now/table/incident","after":1,"count":0,"fault":{"kind":"cut","at":500}}"#,
    );
    let output = export.output(&["incident", "number,short_description", "broken.csv"]);
    assert!(!output.status.success());
    assert!(
        text(&output.stderr).contains("10_export: the answer broke off"),
        "{output:?}"
    );
    for entry in fs::read_dir(export.folder()).expect("the folder") {
        let name = entry.expect("an entry").file_name();
        assert!(!name.to_string_lossy().starts_with("broken"), "{name:?}");
    }
}

#[test]
fn any_path() {
    let instance = Instance::start();
    let path = "/api/x_snow/echo/tickets";
    let output = example("11_any_path", &instance).run(&[path, "{\"reason\":\"solved\"}"]);
    assert!(output.starts_with("200, application/json"), "{output}");
    assert_eq!(instance.requests(path).len(), 1, "it is posted once");
    let output = example("11_any_path", &instance).run(&["/api/now/table/incident"]);
    assert!(output.contains("[{"), "{output}");
    assert!(output.contains("piece by piece."), "{output}");
}

#[test]
fn attachments() {
    let instance = Instance::start();
    let example = example("12_attachments", &instance);
    let content = "line\n".repeat(1000);
    fs::write(example.folder().join("disk.log"), &content).expect("room");
    let output = example.run(&["disk.log", "copy.log"]);
    assert!(
        output.contains(" has disk.log: text/plain, 5000 bytes"),
        "{output}"
    );
    let copy = fs::read_to_string(example.folder().join("copy.log")).expect("the copy");
    assert_eq!(copy, content);
    let missing = example.output(&["none.log", "copy.log"]);
    assert!(!missing.status.success());
    assert!(text(&missing.stderr).contains("none.log cannot be read"));
}

#[test]
fn log() {
    let instance = Instance::start();
    let output = example("13_log", &instance).run(&[]);
    assert!(
        output.contains("info: GET /api/now/table/incident 200 in "),
        "{output}"
    );
    assert!(
        output.contains("error: GET /api/now/table/incident/0"),
        "{output}"
    );
    assert!(
        output.contains("2 requests, 1 failed, 0 made again, "),
        "{output}"
    );
}

#[test]
fn list_incidents_in_cpp() {
    if !has("c++", "g++") {
        return;
    }
    let instance = Instance::start();
    let output = cpp_example("01_list_incidents", &instance).run(&[]);
    assert!(output.starts_with("Opened INC"), "{output}");
    assert_eq!(output.lines().count(), 6, "{output}");
    let wrong = cpp_example("01_list_incidents", &instance).env("SNOW_PASSWORD", "wrong");
    let wrong = wrong.output(&[]);
    assert!(!wrong.status.success());
    assert!(text(&wrong.stderr).starts_with("01_list_incidents: "));
}

#[test]
fn a_token_callback_in_cpp() {
    if !has("c++", "g++") {
        return;
    }
    let instance = Instance::start();
    let example = cpp_example("02_token_callback", &instance);
    let count = "The instance holds 75 incidents.\n";
    let output = example.run(&["token.json"]);
    assert_eq!(output, format!("A token is in token.json.\n{count}"));
    assert_eq!(example.run(&["token.json"]), count);
    instance.control("POST", "/-/tokens/expire", "");
    let output = example.run(&["token.json"]);
    assert_eq!(output, format!("A token is in token.json.\n{count}"));
    let nowhere = example.output(&["no/such/folder/token.json"]);
    assert!(!nowhere.status.success());
    assert!(text(&nowhere.stderr).contains("no/such/folder/token.json"));
}

#[test]
fn doctor() {
    let instance = Instance::start();
    let output = example("14_doctor", &instance).run(&[]);
    assert!(output.contains("rows of incident can be read"), "{output}");
}

#[test]
fn arrow() {
    let instance = Instance::start();
    let output = example("15_arrow", &instance).run(&[]);
    let lines: Vec<_> = output.lines().collect();
    assert_eq!(
        lines[..3],
        ["priority is l", "number is u", "opened_at is tsu:UTC"]
    );
    assert!(lines[3].starts_with("INC"), "{output}");
    assert_eq!(lines[4], "75 rows, 12 of priority 1");
    let wrong = example("15_arrow", &instance).env("SNOW_PASSWORD", "wrong");
    let wrong = wrong.output(&[]);
    assert!(!wrong.status.success());
    assert!(text(&wrong.stderr).contains("refuses the credentials"));
}
