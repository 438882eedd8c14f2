//! snow-instance: a ServiceNow instance on loopback.
//!
//! It is written from what is known of real instances, not from what any one client sends: every
//! client may be tried on it.

mod answer;
mod api;
mod args;
mod attachments;
mod clock;
mod collation;
mod control;
mod database;
mod dictionary;
mod instance;
mod locale;
mod page;
mod query;
mod rate;
mod request;
mod rules;
mod server;
mod settings;
mod shared;
mod sign_in;
mod transform;
mod world;

use std::{
    error::Error,
    fs,
    io::{Read, Write},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

use args::Args;
use server::Tls;

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    let outcome = runtime.block_on(run(&args));
    // Requests that hang on purpose must not keep the program.
    runtime.shutdown_timeout(Duration::ZERO);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&*error),
    }
}

fn fail(error: &dyn Error) -> ExitCode {
    eprintln!("snow-instance: {error}");
    ExitCode::FAILURE
}

async fn run(args: &Args) -> Result<(), Box<dyn Error + Send + Sync>> {
    let instance = world::build(args)?;
    let tls = if args.https {
        Some(Tls::generate()?)
    } else {
        None
    };
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(|error| format!("--listen {}: {error}", args.listen))?;
    let scheme = if args.https { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr()?);
    if let (Some(path), Some(tls)) = (&args.ca_file, &tls) {
        write_in_one_piece(path, &tls.ca_pem)?;
    }
    if let (Some(path), Some(tls)) = (&args.client_certificate_file, &tls) {
        write_in_one_piece(path, &tls.client_pem)?;
    }
    announce(args, &url)?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    tokio::select! {
        never = server::serve(instance, listener, tls.map(|tls| tls.acceptor)) => match never {},
        _ = terminated.recv() => Ok(()),
        _ = interrupted.recv() => Ok(()),
        () = stdin_closed(args.exit_with_stdin) => Ok(()),
    }
}

fn announce(args: &Args, url: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut text = format!("listening on {url}\n");
    for user in world::users(args) {
        text += &format!(
            "user {} password {} roles {}\n",
            user.name,
            user.password,
            user.roles.join(",")
        );
    }
    for client in world::clients(args) {
        text += &format!("oauth client {} secret {}\n", client.id, client.secret);
    }
    // In one piece, and whatever becomes of it: a script may read the first line and close the pipe.
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    if let Some(path) = &args.url_file {
        write_in_one_piece(path, &format!("{url}\n"))?;
    }
    Ok(())
}

/// Whoever waits for the file never sees half of it.
fn write_in_one_piece(path: &Path, text: &str) -> Result<(), String> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    fs::write(&part, text)
        .and_then(|()| fs::rename(&part, path))
        .map_err(|error| format!("{}: {error}", path.display()))
}

async fn stdin_closed(watched: bool) {
    if !watched {
        return std::future::pending().await;
    }
    let (closed, end) = oneshot::channel::<()>();
    // A thread of its own: a read of the runtime would keep the program from ending for other reasons.
    std::thread::spawn(move || {
        let mut ignored = [0; 4096];
        while matches!(std::io::stdin().read(&mut ignored), Ok(1..)) {}
        drop(closed);
    });
    let _ = end.await;
}
