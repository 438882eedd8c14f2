//! Attachments over a socket.

use std::io::{Read, Write};

use crate::support::{Answer, Program, json};
use serde_json::json as value;

const ADMIN: (&str, &str) = ("Authorization", "Basic YWRtaW46YWRtaW4=");

fn an_incident(program: &Program) -> String {
    let created = json(&program.send("POST", "/api/now/table/incident", "{}"));
    created["result"]["sys_id"]
        .as_str()
        .expect("a record has an id")
        .to_owned()
}

#[test]
fn an_attachment_goes_up_and_comes_down() {
    let program = Program::start(&[]);
    let incident = an_incident(&program);
    let up = format!(
        "/api/now/attachment/file?table_name=incident&table_sys_id={incident}&file_name=a%20b.txt"
    );
    let created = program
        .exchange(
            "POST",
            &up,
            &[ADMIN, ("Content-Type", "text/plain")],
            "hello",
        )
        .unwrap();
    assert_eq!(
        created.status,
        201,
        "{}",
        String::from_utf8_lossy(&created.body)
    );
    let record = &json(&created)["result"];
    assert_eq!(
        (
            &record["size_bytes"],
            &record["file_name"],
            &record["content_type"]
        ),
        (&value!("5"), &value!("a b.txt"), &value!("text/plain"))
    );
    assert_eq!(
        record["hash"],
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    );
    let sys_id = record["sys_id"].as_str().unwrap();
    assert_eq!(
        created.header("location").unwrap(),
        format!("{}/api/now/attachment/{sys_id}", program.url())
    );
    assert_eq!(
        record["download_link"],
        format!("{}/api/now/attachment/{sys_id}/file", program.url())
    );

    let down = program.send("GET", &format!("/api/now/attachment/{sys_id}/file"), "");
    assert_eq!(
        (down.status, &down.body[..], down.header("content-type")),
        (200, &b"hello"[..], Some("text/plain"))
    );
    let metadata: serde_json::Value =
        serde_json::from_str(down.header("x-attachment-metadata").unwrap()).unwrap();
    assert_eq!(metadata["sys_id"], sys_id);

    let list = program.send(
        "GET",
        &format!("/api/now/attachment?sysparm_query=table_name=incident%5Etable_sys_id={incident}"),
        "",
    );
    assert_eq!(
        (
            list.header("x-total-count"),
            &json(&list)["result"][0]["sys_id"]
        ),
        (Some("1"), &value!(sys_id))
    );
    assert_eq!(
        program
            .send(
                "PATCH",
                &format!("/api/now/attachment/{sys_id}"),
                r#"{"file_name":"c.txt"}"#
            )
            .status,
        204
    );
    assert_eq!(
        json(&program.send("GET", &format!("/api/now/attachment/{sys_id}"), ""))["result"]["file_name"],
        "c.txt"
    );

    program.send("DELETE", &format!("/api/now/table/incident/{incident}"), "");
    assert_eq!(
        program
            .send("GET", &format!("/api/now/attachment/{sys_id}"), "")
            .status,
        404
    );
}

#[test]
fn a_form_uploads_its_last_part() {
    let program = Program::start(&[]);
    let incident = an_incident(&program);
    let body = format!(
        "--XX\r\nContent-Disposition: form-data; name=\"table_name\"\r\n\r\nincident\r\n\
         --XX\r\nContent-Disposition: form-data; name=\"table_sys_id\"\r\n\r\n{incident}\r\n\
         --XX\r\nContent-Disposition: form-data; name=\"uploadFile\"; filename=\"x.bin\"\r\nContent-Type: image/png\r\n\r\n\
         a\r\n--XY\r\nb\r\n--XX--\r\n"
    );
    let headers = [ADMIN, ("Content-Type", "multipart/form-data; boundary=XX")];
    let created = program
        .exchange("POST", "/api/now/attachment/upload", &headers, &body)
        .unwrap();
    assert_eq!(
        created.status,
        201,
        "{}",
        String::from_utf8_lossy(&created.body)
    );
    let sys_id = json(&created)["result"]["sys_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let down = program.send("GET", &format!("/api/now/attachment/{sys_id}/file"), "");
    assert_eq!(
        (&down.body[..], down.header("content-type")),
        (&b"a\r\n--XY\r\nb"[..], Some("image/png"))
    );
    let broken = program
        .exchange("POST", "/api/now/attachment/upload", &headers, "nonsense")
        .unwrap();
    assert_eq!(broken.status, 400);
}

#[test]
fn an_attachment_needs_a_record_and_keeps_the_limits() {
    let program = Program::start(&[]);
    let incident = an_incident(&program);
    let upload = |query: &str| {
        program
            .exchange(
                "POST",
                &format!("/api/now/attachment/file?{query}"),
                &[ADMIN, ("Content-Type", "text/plain")],
                "hello",
            )
            .unwrap()
            .status
    };
    assert_eq!(upload("table_name=incident&file_name=a"), 400);
    assert_eq!(
        upload("table_name=incident&table_sys_id=nope&file_name=a"),
        404
    );
    assert_eq!(upload("table_name=nope&table_sys_id=1&file_name=a"), 400);
    program.control("PATCH", "/-/settings", r#"{"attachment_max_bytes":4}"#);
    assert_eq!(
        upload(&format!(
            "table_name=incident&table_sys_id={incident}&file_name=a.txt"
        )),
        400
    );
    program.control(
        "PATCH",
        "/-/settings",
        r#"{"attachment_max_bytes":5,"attachment_extensions":["txt"]}"#,
    );
    assert_eq!(
        upload(&format!(
            "table_name=incident&table_sys_id={incident}&file_name=a.exe"
        )),
        403
    );
    assert_eq!(
        upload(&format!(
            "table_name=incident&table_sys_id={incident}&file_name=a.txt"
        )),
        201
    );
}

fn attach(program: &Program, incident: &str, name: &str, bytes: &str) -> Answer {
    let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let path = format!(
        "/api/now/attachment/file?table_name=incident&table_sys_id={incident}&file_name={name}"
    );
    program
        .exchange(
            "POST",
            &path,
            &[ADMIN, ("Content-Type", "text/plain")],
            bytes,
        )
        .expect("an answer")
}

fn id_of(created: &Answer) -> String {
    assert_eq!(
        created.status,
        201,
        "{}",
        String::from_utf8_lossy(&created.body)
    );
    json(created)["result"]["sys_id"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn an_attachment_may_be_empty_and_have_any_name() {
    let program = Program::start(&[]);
    let incident = an_incident(&program);
    let long = "ü".repeat(127) + "x";
    assert_eq!(long.len(), 255);
    for name in [long.as_str(), "a \"b\"\r\nc;d=e.txt", "日本 😀.txt"] {
        let sys_id = id_of(&attach(&program, &incident, name, ""));
        let down = program.send("GET", &format!("/api/now/attachment/{sys_id}/file"), "");
        assert_eq!((down.status, down.body.len()), (200, 0));
        let metadata: serde_json::Value =
            serde_json::from_str(down.header("x-attachment-metadata").unwrap()).unwrap();
        assert_eq!(
            (&metadata["file_name"], &metadata["size_bytes"]),
            (&name.into(), &"0".into())
        );
        assert_eq!(
            metadata["hash"],
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let quoted = name
            .replace('"', "%22")
            .replace('\r', "%0D")
            .replace('\n', "%0A");
        let form = format!(
            "--X\r\nContent-Disposition: form-data; name=\"table_name\"\r\n\r\nincident\r\n\
             --X\r\nContent-Disposition: form-data; name=\"table_sys_id\"\r\n\r\n{incident}\r\n\
             --X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{quoted}\"\r\n\r\n\r\n--X--\r\n"
        );
        let headers = [
            ADMIN,
            ("Content-Type", "multipart/form-data; boundary=\"X\""),
        ];
        let created = program
            .exchange("POST", "/api/now/attachment/upload", &headers, &form)
            .unwrap();
        assert_eq!(json(&created)["result"]["file_name"], name);
        assert_eq!(json(&created)["result"]["size_bytes"], "0");
    }
}

#[test]
fn attachments_are_listed_in_pages() {
    let program = Program::start(&[]);
    let incident = an_incident(&program);
    for number in 0..5 {
        attach(&program, &incident, &format!("{number}.txt"), "x");
    }
    let list = program.send(
        "GET",
        &format!(
            "/api/now/attachment?sysparm_query=table_sys_id={incident}%5EORDERBYDESCfile_name&sysparm_limit=2&sysparm_offset=2"
        ),
        "",
    );
    let names: Vec<_> = json(&list)["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["file_name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["2.txt", "1.txt"]);
    assert_eq!(list.header("x-total-count"), Some("5"));
    let link = list.header("link").unwrap();
    assert!(
        link.contains("/api/now/attachment?") && link.contains("sysparm_offset=4>;rel=\"next\"")
    );
}

#[test]
fn an_attachment_is_renamed_through_either_api() {
    let program = Program::start(&[]);
    let sys_id = id_of(&attach(&program, &an_incident(&program), "a.txt", "x"));
    let one = format!("/api/now/attachment/{sys_id}");
    let row = format!("/api/now/table/sys_attachment/{sys_id}");
    for (method, path, status) in [
        ("PATCH", &one, 204),
        ("PUT", &one, 204),
        ("PATCH", &row, 200),
        ("PUT", &row, 200),
    ] {
        let name = format!("{method}-{status}.txt");
        let body = value!({ "file_name": name }).to_string();
        assert_eq!(
            program.send(method, path, &body).status,
            status,
            "{method} {path}"
        );
        assert_eq!(
            json(&program.send("GET", &one, ""))["result"]["file_name"],
            name
        );
    }
    let record = json(&program.send("GET", &one, ""));
    assert_eq!(record["result"]["sys_mod_count"], "4");
    assert_eq!(
        program.send("PATCH", &one, r#"{"file_name":""}"#).status,
        400
    );
    assert_eq!(program.send("PATCH", &one, "{}").status, 400);
    assert_eq!(program.send("POST", &one, "{}").status, 405);
    assert_eq!(program.send("DELETE", &row, "").status, 204);
    assert_eq!(program.send("GET", &format!("{one}/file"), "").status, 404);
}

#[test]
fn attributes_are_kept_with_their_attachment() {
    let program = Program::start(&[]);
    let sys_id = id_of(&attach(&program, &an_incident(&program), "a.txt", "x"));
    let all = format!("/api/now/attachment/{sys_id}/attributes");
    let add = |body: &str| program.send("POST", &all, body);
    let added = add(r#"{"key":"alt","value":"a cat"}"#);
    assert_eq!(
        (added.status, &json(&added)["result"]["value"]),
        (201, &"a cat".into())
    );
    assert_eq!(add(r#"{"key":"alt","value":"again"}"#).status, 400);
    assert_eq!(add(r#"{"key":"author"}"#).status, 400);
    assert_eq!(add(r#"{"key":"author","value":"Joe"}"#).status, 201);
    let one = format!("{all}/alt");
    assert_eq!(
        program.send("PUT", &one, r#"{"value":"a dog"}"#).status,
        200
    );
    assert_eq!(
        json(&program.send("GET", &all, ""))["result"],
        value!([{"key": "alt", "value": "a dog"}, {"key": "author", "value": "Joe"}])
    );
    assert_eq!(
        json(&program.send("GET", &one, ""))["result"],
        value!({"key": "alt", "value": "a dog"})
    );
    assert_eq!(program.send("DELETE", &one, "").status, 204);
    assert_eq!(program.send("GET", &one, "").status, 404);
    assert_eq!(program.send("DELETE", &all, "").status, 204);
    assert_eq!(json(&program.send("GET", &all, ""))["result"], value!([]));
    add(r#"{"key":"left","value":"over"}"#);
    program.send("DELETE", &format!("/api/now/attachment/{sys_id}"), "");
    assert_eq!(program.send("GET", &all, "").status, 404);
    let rows = json(&program.send("GET", "/api/now/table/sys_attachment_attribute", ""));
    assert_eq!(rows["result"], value!([]));
}

#[test]
fn who_may_not_see_a_record_sees_no_attachment_of_it() {
    let program = Program::start(&["--user", "admin:admin:admin", "joe:joe:itil"]);
    let joe = ("Authorization", "Basic am9lOmpvZQ==");
    let incident = an_incident(&program);
    let sys_id = id_of(&attach(&program, &incident, "a.txt", "x"));
    let as_joe = |method: &str, path: &str, body: &str| {
        program
            .exchange(method, path, &[joe, ("Content-Type", "text/plain")], body)
            .unwrap()
    };
    let up = format!(
        "/api/now/attachment/file?table_name=incident&table_sys_id={incident}&file_name=b.txt"
    );
    assert_eq!(
        as_joe("GET", &format!("/api/now/attachment/{sys_id}"), "").status,
        200
    );
    assert_eq!(as_joe("POST", &up, "y").status, 201);
    program.control(
        "PATCH",
        "/-/settings",
        r#"{"attachment_roles":["attacher"]}"#,
    );
    assert_eq!(as_joe("POST", &up, "y").status, 403);
    program.control(
        "PATCH",
        "/-/settings",
        r#"{"attachment_roles":["attacher","itil"]}"#,
    );
    assert_eq!(as_joe("POST", &up, "y").status, 201);
    for operation in ["write", "read"] {
        let rule = value!({"kind": "acl", "table": "incident", "operation": operation, "roles": ["nobody"]});
        program.control("POST", "/-/rules", &rule.to_string());
        assert_eq!(as_joe("POST", &up, "y").status, 404, "{operation}");
    }
    for path in ["", "/file", "/attributes"] {
        let path = format!("/api/now/attachment/{sys_id}{path}");
        assert_eq!(as_joe("GET", &path, "").status, 404, "{path}");
    }
    for api in ["attachment", "table/sys_attachment"] {
        for method in ["GET", "DELETE"] {
            let path = format!("/api/now/{api}/{sys_id}");
            assert_eq!(as_joe(method, &path, "").status, 404, "{method} {path}");
        }
    }
    assert_eq!(
        json(&as_joe("GET", "/api/now/attachment", ""))["result"],
        value!([])
    );
    assert_eq!(
        json(&as_joe("GET", "/api/now/table/sys_attachment", ""))["result"],
        value!([])
    );
}

#[test]
fn attachments_are_saved_and_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let large = "0123456789".repeat(20_000);
    let ids = {
        let program = Program::start(&[]);
        let incident = an_incident(&program);
        let ids = [
            id_of(&attach(&program, &incident, "small.txt", "x")),
            id_of(&attach(&program, &incident, "large.txt", &large)),
        ];
        let to = value!({ "directory": folder.path() }).to_string();
        program.control("POST", "/-/save", &to);
        ids
    };
    let program = Program::start(&["--data", folder.path().to_str().unwrap()]);
    for (sys_id, bytes) in ids.iter().zip(["x", &large]) {
        let down = program.send("GET", &format!("/api/now/attachment/{sys_id}/file"), "");
        assert!(down.body == bytes.as_bytes());
    }
}

/// A gigabyte goes up and comes down while the program stays small. Smaller where time is short.
#[test]
fn a_large_attachment_is_never_in_memory() {
    let mib: usize = match std::env::var_os("CI") {
        Some(_) => 1_024,
        None => 256,
    };
    let program = Program::start(&[]);
    let incident = an_incident(&program);
    let before = program.resident_kib();
    let piece = vec![b'x'; 1 << 20];
    let mut stream = program.connect().unwrap();
    write!(
        stream,
        "POST /api/now/attachment/file?table_name=incident&table_sys_id={incident}&file_name=x HTTP/1.1\r\n\
         Host: x\r\n{}: {}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        ADMIN.0,
        ADMIN.1,
        mib << 20
    )
    .unwrap();
    for _ in 0..mib {
        stream.write_all(&piece).unwrap();
    }
    let created = Program::answer_of(stream).unwrap();
    let sys_id = id_of(&created);
    assert_eq!(
        json(&created)["result"]["size_bytes"],
        (mib << 20).to_string()
    );

    let mut stream = program.connect().unwrap();
    write!(
        stream,
        "GET /api/now/attachment/{sys_id}/file HTTP/1.1\r\nHost: x\r\n{}: {}\r\nConnection: close\r\n\r\n",
        ADMIN.0, ADMIN.1
    )
    .unwrap();
    let (mut taken, mut buffer) = (0, vec![0; 1 << 20]);
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => break,
            read => taken += read,
        }
    }
    assert!(taken > mib << 20, "{taken}");
    let grown = program.resident_kib().saturating_sub(before);
    assert!(grown < 32 << 10, "{grown} KiB");
}

/// Whatever is stored, nothing is left of it: not even when the program is killed.
#[test]
fn nothing_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let temporary = [("TMPDIR", folder.path().to_str().unwrap())];
    let program = Program::start_with_environment(&[], &temporary);
    let incident = an_incident(&program);
    attach(&program, &incident, "large.txt", &"x".repeat(1 << 20));
    let left = || std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left(), 0);
    // Dropped, it is killed.
    drop(program);
    assert_eq!(left(), 0);
}
