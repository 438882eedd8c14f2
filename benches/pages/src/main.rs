//! Serves tables of incidents on loopback, until standard input ends.

use std::{
    error::Error,
    io::{self, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::Arc,
    thread,
    time::Duration,
};

use clap::Parser;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use snow_pages::{
    answer::Tables,
    connection::{Delivery, serve},
    tables::Table,
    tls,
};

/// Serves pages of a table as fast as a socket takes them, to measure clients with.
///
/// Prints "WORDS URL" for each --port, and ends when its standard input does.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// A table and its number of rows, as NAME=ROWS; may be given more than once.
    #[arg(long, value_parser = table, required = true)]
    table: Vec<(String, usize)>,
    /// A port, by words with commas between: http or https; plain or gzip; length or chunked; 20ms.
    #[arg(long, value_parser = port, required = true)]
    port: Vec<(String, Delivery)>,
    /// Where the authority of https is written, as PEM.
    #[arg(long)]
    ca_file: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let tables = args
        .table
        .into_iter()
        .map(|(name, rows)| (name, Table::new(rows)));
    let tables: &'static Tables = Box::leak(Box::new(tables.collect()));
    let (config, ca_pem) = tls::generate()?;
    if let Some(path) = args.ca_file {
        std::fs::write(path, ca_pem)?;
    }
    for (words, delivery) in args.port {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let scheme = if delivery.tls { "https" } else { "http" };
        println!("{words} {scheme}://{}", listener.local_addr()?);
        let config = config.clone();
        thread::spawn(move || accept(&listener, tables, delivery, &config));
    }
    io::stdout().flush()?;
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

fn accept(
    listener: &TcpListener,
    tables: &'static Tables,
    delivery: Delivery,
    config: &Arc<ServerConfig>,
) {
    for stream in listener.incoming().flatten() {
        let config = config.clone();
        thread::spawn(move || {
            // A client that goes away is nothing to tell of.
            let _ = attend(stream, tables, delivery, config);
        });
    }
}

fn attend(
    stream: TcpStream,
    tables: &'static Tables,
    delivery: Delivery,
    config: Arc<ServerConfig>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    match delivery.tls {
        false => serve(stream, tables, delivery),
        true => {
            let connection = ServerConnection::new(config).map_err(io::Error::other)?;
            serve(StreamOwned::new(connection, stream), tables, delivery)
        }
    }
}

fn table(text: &str) -> Result<(String, usize), String> {
    let (name, rows) = text.split_once('=').ok_or("it is not NAME=ROWS")?;
    let rows = rows.parse().map_err(|_| "ROWS is no number")?;
    Ok((name.to_owned(), rows))
}

fn port(text: &str) -> Result<(String, Delivery), String> {
    let mut delivery = Delivery {
        tls: false,
        gzip: false,
        chunked: false,
        latency: Duration::ZERO,
    };
    for word in text.split(',') {
        match word {
            "http" | "https" => delivery.tls = word == "https",
            "plain" | "gzip" => delivery.gzip = word == "gzip",
            "length" | "chunked" => delivery.chunked = word == "chunked",
            _ => {
                let latency = word
                    .strip_suffix("ms")
                    .and_then(|number| number.parse().ok());
                let latency = latency.ok_or(format!("{word} is no word of a port"))?;
                delivery.latency = Duration::from_millis(latency);
            }
        }
    }
    Ok((text.to_owned(), delivery))
}
