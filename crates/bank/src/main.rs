//! The bank's program: make a bank, run its gateway, print its posters.

mod ledger_command;
mod poster_command;

use anyhow::{Context, Result};
use bank::{
    Bank, SystemEntropy, TicketOrder,
    folder::Folder,
    issue_ticket,
    publishing::{Published, Signing, sign_catalogue},
    server_keys::{add_server_key, revoke_server_key},
    setup,
    tickets::{IssuedTicket, TicketOrderError},
};
use clap::{Args, Parser, Subcommand};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

const DAY_S: u64 = 24 * 3600;

/// 三步示范银行的网关 / the gateway of a Sanbu bank.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a sandbox bank: keys, catalogue, trust file.
    Init {
        /// The bank's folder; made if it is not there.
        #[arg(long)]
        data: PathBuf,
        /// Where the app finds the bank: https, or http on loopback.
        #[arg(long, default_value = setup::DEFAULT_ADDRESS)]
        address: String,
        /// A catalogue of your own instead of the sandbox's.
        #[arg(long)]
        catalogue: Option<PathBuf>,
        /// For https: a certificate chain or a public key, in PEM, that the app pins. Give the
        /// server's, and better also a spare whose private half is kept elsewhere.
        #[arg(long)]
        server_key: Vec<PathBuf>,
        /// For https: the authority behind the server's certificate, in PEM. If there is none,
        /// those that Mozilla lists.
        #[arg(long)]
        authority: Vec<PathBuf>,
    },
    /// Runs the gateway until it is interrupted.
    Serve {
        /// The bank's folder.
        #[arg(long)]
        data: PathBuf,
        /// Address and port; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:8700")]
        listen: SocketAddr,
        /// Where the bytes of parts are kept: s3://bucket/prefix; its keys come from AWS_*
        /// variables. The bank's folder if not given.
        #[arg(long)]
        objects: Option<String>,
    },
    /// Prints posters and stickers with a branch code: one, or a whole list of places.
    #[command(after_long_help = poster_command::EXAMPLES)]
    Poster(poster_command::PosterArgs),
    /// Prints the text of a branch code, for a printer's own layout.
    Ticket {
        #[command(flatten)]
        ticket: TicketArgs,
        /// Staff number, for an officer's own code.
        #[arg(long)]
        officer: Option<String>,
    },
    /// The catalogue of branches, products and notices.
    #[command(subcommand)]
    Catalogue(CatalogueCommand),
    /// The bank's keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    #[command(flatten)]
    Ledger(ledger_command::LedgerCommand),
}

#[derive(Debug, Subcommand)]
enum CatalogueCommand {
    /// Checks the edited catalogue.json and brings it into force.
    Sign {
        /// The bank's folder.
        #[arg(long)]
        data: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Makes a new sealing key; envelopes sealed to the old one are still opened.
    RotateSealing {
        /// The bank's folder.
        #[arg(long)]
        data: PathBuf,
    },
    /// Makes a new key for tickets; what the old one signed stays good until it ends.
    RotateTicket {
        /// The bank's folder.
        #[arg(long)]
        data: PathBuf,
        /// The old key was stolen: refuse every ticket and poster it signed.
        #[arg(long)]
        revoke_old: bool,
    },
    /// Adds a key that the server may show over https. Do this before it shows it.
    AddServer {
        /// The bank's folder.
        #[arg(long)]
        data: PathBuf,
        /// A certificate chain or a public key, in PEM.
        #[arg(long)]
        server_key: PathBuf,
    },
    /// Refuses a key of the server from now on.
    RevokeServer {
        /// The bank's folder.
        #[arg(long)]
        data: PathBuf,
        /// A certificate chain or a public key, in PEM.
        #[arg(long)]
        server_key: PathBuf,
    },
}

#[derive(Debug, Args)]
struct TicketArgs {
    /// The bank's folder.
    #[arg(long)]
    data: PathBuf,
    /// Branch code, e.g. LQ01.
    #[arg(long)]
    branch: String,
    /// Product code, e.g. FLOW.
    #[arg(long)]
    product: String,
    /// Grid code, e.g. LQ01-02.
    #[arg(long)]
    grid: Option<String>,
    /// Campaign code, for counting.
    #[arg(long)]
    campaign: Option<String>,
    /// Days the code is valid.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3650))]
    days: u16,
}

/// What the caller typed cannot be; exit code 2, as for wrong options.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Mistyped(String);

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")),
        )
        .init();
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error(&error);
            ExitCode::from(if error.is::<Mistyped>() { 2 } else { 1 })
        }
    }
}

#[expect(clippy::print_stderr, reason = "the program's answer to its user")]
fn say_error(error: &anyhow::Error) {
    eprintln!("bank: {error:#}");
}

#[expect(clippy::print_stdout, reason = "the program's answer to its user")]
fn say(text: impl std::fmt::Display) {
    println!("{text}");
}

fn run(command: Command) -> Result<()> {
    let now = bank::system_clock()();
    match command {
        Command::Init { data, address, catalogue, server_key, authority } => {
            let mut options = setup::InitOptions { address, ..setup::InitOptions::default() };
            if let Some(path) = catalogue {
                options.catalogue = read_text(&path)?;
            }
            options.server_keys = server_key.iter().map(read_text).collect::<Result<_>>()?;
            options.authorities = authority.iter().map(read_text).collect::<Result<_>>()?;
            let trust = setup::init(&data, &options, now, &SystemEntropy)?;
            say(format_args!("made {} in {}", trust.name_en, data.display()));
            say(format_args!("the app trusts it by {}", data.join("trust.json").display()));
        }
        Command::Serve { data, listen, objects } => serve(&data, listen, objects.as_deref())?,
        Command::Poster(args) => poster_command::run(&args)?,
        Command::Ticket { ticket, officer } => say(issue(&ticket, officer.as_deref())?.code()),
        Command::Catalogue(CatalogueCommand::Sign { data }) => {
            match sign_catalogue(&Folder::at(data), now)? {
                Signing::Signed(version) => say(format_args!("catalogue {version} is in force")),
                Signing::Unchanged(version) => {
                    say(format_args!("nothing was changed; catalogue {version} stays in force"));
                }
            }
        }
        Command::Keys(KeysCommand::RotateSealing { data }) => {
            let key = setup::rotate_sealing_key(&data, now, &SystemEntropy)?;
            say(format_args!("new sealing key {}", key.id().to_hex()));
        }
        Command::Keys(KeysCommand::RotateTicket { data, revoke_old }) => {
            let key = setup::rotate_ticket_key(&data, revoke_old, now, &SystemEntropy)?;
            say(format_args!("new ticket key {}", key.id().to_hex()));
        }
        Command::Keys(KeysCommand::AddServer { data, server_key }) => {
            let pin = add_server_key(&data, read_text(&server_key)?.as_bytes(), now)?;
            say(format_args!("the server may show {}", pin.to_hex()));
        }
        Command::Keys(KeysCommand::RevokeServer { data, server_key }) => {
            let pin = revoke_server_key(&data, read_text(&server_key)?.as_bytes(), now)?;
            say(format_args!("refused from now on: {}", pin.to_hex()));
        }
        Command::Ledger(command) => say(ledger_command::run(command, now)?),
    }
    Ok(())
}

fn read_text(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    std::fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))
}

fn serve(data: &Path, listen: SocketAddr, objects: Option<&str>) -> Result<()> {
    let bank = Bank::open_at(data, bank::system_clock(), objects)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen)
            .await
            .with_context(|| format!("could not listen on {listen}"))?;
        say(format_args!("listening on http://{}", listener.local_addr()?));
        let shutdown = CancellationToken::new();
        tokio::spawn(stop_when_told(shutdown.clone()));
        tokio::spawn(reload_when_told(bank.clone()));
        bank::serve(listener, bank, shutdown).await?;
        tracing::info!("stopped");
        Ok(())
    })
}

#[cfg(unix)]
async fn stop_when_told(shutdown: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("SIGTERM can be listened to");
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    shutdown.cancel();
}

#[cfg(not(unix))]
async fn stop_when_told(shutdown: CancellationToken) {
    let _ = tokio::signal::ctrl_c().await;
    shutdown.cancel();
}

/// SIGHUP takes up a newly signed catalogue or key without a pause.
#[cfg(unix)]
async fn reload_when_told(bank: Bank) {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hang_up = signal(SignalKind::hangup()).expect("SIGHUP can be listened to");
    while hang_up.recv().await.is_some() {
        match bank.reload() {
            Ok(()) => tracing::info!("took up the folder's catalogue and keys"),
            Err(error) => tracing::error!(%error, "kept the catalogue and keys in force"),
        }
    }
}

#[cfg(not(unix))]
async fn reload_when_told(_: Bank) {}

fn issue(args: &TicketArgs, officer: Option<&str>) -> Result<IssuedTicket> {
    let folder = Folder::at(&args.data);
    folder.identity()?;
    let published = Published::load(&folder)?;
    let order = TicketOrder {
        branch: &args.branch,
        product: &args.product,
        grid: args.grid.as_deref(),
        officer,
        campaign: args.campaign.as_deref(),
        valid_for_s: u64::from(args.days) * DAY_S,
    };
    let now = bank::system_clock()();
    match issue_ticket(&folder, published.catalogue(), &order, now, &SystemEntropy) {
        Ok(issued) => Ok(issued),
        Err(TicketOrderError::Folder(error)) => Err(error.into()),
        Err(unknown) => Err(Mistyped(unknown.to_string()).into()),
    }
}
