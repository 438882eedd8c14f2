//! Other people's servers and proxies as child processes, each with a folder and ports of its own, and gone
//! when the test is.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::path_text;

/// A running part.
pub struct Part {
    child: Child,
    folder: tempfile::TempDir,
}

impl Part {
    /// nginx, with these directives inside its `http` block. It listens where they say.
    pub fn nginx(http: &str, ports: &[u16]) -> Part {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().display();
        let configuration = format!(
            "daemon off; master_process off; pid {at}/pid; error_log {at}/error.log;\n\
             events {{ worker_connections 512; }}\n\
             http {{ access_log off; client_body_temp_path {at}/body; proxy_temp_path {at}/proxy;\n\
             fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;\n{http}\n}}\n"
        );
        let file = write(folder.path(), "nginx.conf", &configuration);
        let mut nginx = program("nginx");
        nginx.args(["-c", &file, "-e", &format!("{at}/error.log")]);
        Part::started(nginx, folder, ports)
    }

    /// haproxy, with these sections after its `defaults`.
    pub fn haproxy(sections: &str, ports: &[u16]) -> Part {
        let folder = tempfile::tempdir().expect("a folder");
        let configuration = format!(
            "global\n  maxconn 200\ndefaults\n  timeout connect 2s\n  timeout client 60s\n  \
             timeout server 60s\n{sections}\n"
        );
        let file = write(folder.path(), "haproxy.cfg", &configuration);
        let mut haproxy = program("haproxy");
        haproxy.args(["-db", "-f", &file]);
        Part::started(haproxy, folder, ports)
    }

    /// squid, which asks for this user and password if any. What it lets through is in its `access.log`, and
    /// the whole head of what it was asked in `heads.log`.
    pub fn squid(credentials: Option<(&str, &str)>, port: u16) -> Part {
        Part::squid_with(credentials, "", port)
    }

    /// squid with these directives before what it lets through.
    pub fn squid_with(credentials: Option<(&str, &str)>, directives: &str, port: u16) -> Part {
        let folder = tempfile::tempdir().expect("a folder");
        let at = folder.path().display();
        // What it takes for a password is asked of a program, here of one line.
        let access = match credentials {
            None => "http_access allow all\n".to_owned(),
            Some((user, password)) => {
                let asked = write(
                    folder.path(),
                    "ask",
                    &format!(
                        "#!/bin/sh\nwhile read -r shown; do\n\
                         [ \"$shown\" = '{user} {password}' ] && echo OK || echo ERR\ndone\n"
                    ),
                );
                format!(
                    "auth_param basic program /bin/sh {asked}\nauth_param basic children 1 startup=1\n\
                     acl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all\n"
                )
            }
        };
        // It does not run as root; the user of its package is then let into the folder.
        let id = Command::new("id").arg("-un").output().expect("id runs");
        let user = match String::from_utf8_lossy(&id.stdout).trim() {
            "root" => "proxy".to_owned(),
            name => name.to_owned(),
        };
        let open = fs::Permissions::from_mode(0o777);
        fs::set_permissions(folder.path(), open).expect("a folder of this test's");
        let configuration = format!(
            "http_port 127.0.0.1:{port}\n{directives}{access}cache deny all\npid_filename none\n\
             cache_effective_user {}\naccess_log stdio:{at}/access.log\n\
             logformat head %rm %ru %>h\naccess_log stdio:{at}/heads.log head\ncache_log {at}/cache.log\n\
             coredump_dir {at}\nshutdown_lifetime 0 seconds\nlogfile_rotate 0\n\
             visible_hostname proxy.test\npinger_enable off\nnetdb_filename none\n\
             cache_store_log none\n",
            user
        );
        let file = write(folder.path(), "squid.conf", &configuration);
        let mut squid = program("squid");
        // By its name it keeps apart from others of this machine what it shares in memory.
        squid.args(["-N", "-n", &format!("snow{port}"), "-f", &file]);
        Part::started(squid, folder, &[port])
    }

    /// microsocks, a SOCKS5 server, which asks for this user and password if any.
    pub fn microsocks(credentials: Option<(&str, &str)>, port: u16) -> Part {
        let mut microsocks = program("microsocks");
        microsocks.args(["-i", "127.0.0.1", "-p", &port.to_string()]);
        if let Some((user, password)) = credentials {
            microsocks.args(["-u", user, "-P", password]);
        }
        let folder = tempfile::tempdir().expect("a folder");
        Part::started(microsocks, folder, &[port])
    }

    /// Another program that listens at these ports.
    pub fn run(command: Command, ports: &[u16]) -> Part {
        let mut tied = program(&command.get_program().to_string_lossy());
        tied.args(command.get_args());
        let set = command.get_envs();
        tied.envs(set.filter_map(|(name, value)| Some((name, value?))));
        Part::started(tied, tempfile::tempdir().expect("a folder"), ports)
    }

    /// Stops the part where it is: it does not take, read or answer anything any more, and what it has stays open.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-s", name, &id]).status();
    }

    /// What the part has written into a file of its folder.
    pub fn log(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// What was written into a file of its folder from this place on, as soon as it is so many lines: squid
    /// writes of a call when it is over.
    pub fn wait_for_lines(&self, name: &str, from: usize, count: usize) -> String {
        let until = Instant::now() + Duration::from_secs(30);
        loop {
            let written = self.log(name).split_off(from);
            if written.matches('\n').count() >= count {
                return written;
            }
            assert!(Instant::now() < until, "{name} stays short: {written}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn started(mut command: Command, folder: tempfile::TempDir, ports: &[u16]) -> Part {
        let output = fs::File::create(folder.path().join("output")).expect("a file");
        let errors = output.try_clone().expect("a file");
        let child = command
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut part = Part { child, folder };
        for port in ports {
            part.wait_for(*port);
        }
        part
    }

    fn wait_for(&mut self, port: u16) {
        let until = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err()
            && TcpStream::connect(("::1", port)).is_err()
        {
            let ended = self.child.try_wait().expect("a child");
            assert!(
                ended.is_none() && Instant::now() < until,
                "it does not listen ({ended:?}): {}{}{}",
                self.log("output"),
                self.log("error.log"),
                self.log("cache.log")
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Not killed at first: squid takes away what it has in shared memory.
        self.signal("TERM");
        self.signal("CONT");
        let until = Instant::now() + Duration::from_secs(5);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ports that are free, for servers that cannot choose one themselves: none of those that the system gives to whoever
/// asks for any, for such a server may take seconds until it has it.
pub fn free_ports<const COUNT: usize>() -> [u16; COUNT] {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    const FIRST: u32 = 10_000;
    const LAST: u32 = 32_000;
    [(); COUNT].map(|()| {
        // Other programs of tests may look for some at the same time.
        let begin = std::process::id().wrapping_mul(101);
        let mut ports = std::iter::repeat_with(|| {
            let place = begin.wrapping_add(ASKED.fetch_add(1, Ordering::Relaxed));
            (FIRST + place % (LAST - FIRST)) as u16
        });
        let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
        ports.find(is_free).expect("a free port")
    })
}

/// A program that is killed when the test is.
fn program(name: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", name]);
    command
}

fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, content).expect("a file");
    path_text(path)
}
