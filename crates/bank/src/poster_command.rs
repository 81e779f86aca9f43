//! `bank poster`: one poster, a list of places, or how small a code may be.

use crate::{DAY_S, Mistyped, say};
use anyhow::{Context, Result, anyhow, bail};
use bank::{
    SystemEntropy, TicketOrder,
    folder::{Folder, write_public},
    issue_ticket,
    poster::{
        Distance, Fonts, Page, Piece, PosterCode, PosterContent, PosterError, PosterFormat, Size,
        Trials, render_page, sample_code, smallest, stickers_a_sheet,
    },
    printing::{BatchError, BatchOrder, Means, Stickers, poster_content, print_batch, read_places},
    publishing::Published,
    tickets::TicketOrderError,
};
use clap::Args;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Pause between two lines about the progress of a batch.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

pub const EXAMPLES: &str = "\
Examples:
  One poster for a branch:
    bank poster --data bank --branch LQ01 --product FLOW --out poster.pdf
  A sheet of stickers to cut, each to be read from 30 cm:
    bank poster --data bank --branch LQ01 --size 80x100 --cut-sheet --distance 30cm --out stickers.pdf
  Every place of a list, numbered, with the list at the end and beside it as CSV:
    bank poster --data bank --places places.csv --out posters.pdf
  How small a code may be at half a metre:
    bank poster --smallest --distance 0.5m --out preview.png

A list of places is CSV; its first line names the columns, in English or Chinese:
  branch,place,product,grid,officer,copies,size
  LQ01,South market stall 3,FLOW,LQ01-02,,1,a4
branch (网点) and place (地点) must be there; product (产品), grid (网格), officer (客户经理),
copies (份数) and size (尺寸) may be. Every line is checked before anything is printed.";

#[derive(Debug, Args)]
pub struct PosterArgs {
    /// The bank's folder.
    #[arg(long, required_unless_present = "smallest")]
    data: Option<PathBuf>,
    /// Branch code, e.g. LQ01.
    #[arg(long, required_unless_present_any = ["places", "smallest"], requires = "data")]
    branch: Option<String>,
    /// Product code, e.g. FLOW; without one the branch's usual product.
    #[arg(long, requires = "branch")]
    product: Option<String>,
    /// Grid code, e.g. LQ01-02.
    #[arg(long, requires = "branch")]
    grid: Option<String>,
    /// Campaign code, for counting.
    #[arg(long)]
    campaign: Option<String>,
    /// Days the code is valid.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3650))]
    days: u16,
    /// A list of places (CSV): one ticket each, one PDF, and the list beside it as CSV.
    #[arg(long, conflicts_with_all = ["branch", "smallest"])]
    places: Option<PathBuf>,
    /// The paper: a3, a4, a5, or stickers of 80x100 or 60x80 mm.
    #[arg(long, default_value = "a4")]
    size: Size,
    /// The distance it must be readable from, e.g. 0.5m or 50cm; 0.15m to 5m. Without one the code
    /// is as large as the layout has it, and the sheet says how far that is read.
    #[arg(long)]
    distance: Option<Distance>,
    /// Puts stickers side by side on A4, with marks to cut along.
    #[arg(long)]
    cut_sheet: bool,
    /// Tries how small a code may be at --distance (0.5m unless given). With --out, a picture shows
    /// the smallest that still reads beside the recommended size, both at their true size. Takes
    /// the code of --branch, or a sample.
    #[arg(long)]
    smallest: bool,
    /// The file to write: .pdf, .png or .svg; .pdf for a list of places.
    #[arg(long, required_unless_present = "smallest")]
    out: Option<PathBuf>,
}

/// Does what the arguments say.
pub fn run(args: &PosterArgs) -> Result<()> {
    match (&args.data, &args.places, &args.out) {
        _ if args.smallest => try_sizes(args),
        (Some(data), Some(places), Some(out)) => print_places(args, data, places, out),
        (Some(data), None, Some(out)) => print_one(args, data, out),
        // The parser has seen to it.
        _ => bail!(Mistyped("--data and --out are needed".into())),
    }
}

fn format_of(out: &Path) -> Result<PosterFormat> {
    let extension = out.extension().unwrap_or_default().to_string_lossy();
    PosterFormat::from_extension(&extension).ok_or_else(|| {
        let file = out.display();
        Mistyped(format!("{file}: a poster is written as .png, .svg or .pdf")).into()
    })
}

fn write(out: &Path, bytes: &[u8]) -> Result<()> {
    write_public(out, bytes).with_context(|| format!("could not write {}", out.display()))?;
    say(out.display());
    Ok(())
}

fn print_one(args: &PosterArgs, data: &Path, out: &Path) -> Result<()> {
    let format = format_of(out)?;
    if args.cut_sheet && !args.size.is_sticker() {
        bail!(Mistyped(format!("--cut-sheet is for stickers; size {} is none", args.size)));
    }
    let content = issued(args, data)?;
    let piece = Piece { content: &content, size: args.size, distance: args.distance, number: None };
    let page = if args.cut_sheet {
        let pieces = vec![piece; stickers_a_sheet(args.size).unwrap_or(1)];
        Page::of_stickers(args.size, &pieces, None)
    } else {
        Page::of(&piece, None)
    };
    let fonts = Fonts::of_system()?;
    write(out, &render_page(&page.map_err(asked_too_much)?, format, &fonts)?)
}

/// What the paper cannot do was typed by somebody; the rest is the program's to answer for.
fn asked_too_much(error: PosterError) -> anyhow::Error {
    match error {
        PosterError::TooFar { .. } | PosterError::TooLargeToShow { .. } => {
            Mistyped(error.to_string()).into()
        }
        other => other.into(),
    }
}

/// The content for a new ticket of the branch asked for.
fn issued(args: &PosterArgs, data: &Path) -> Result<PosterContent> {
    let folder = Folder::at(data);
    folder.identity()?;
    let published = Published::load(&folder)?;
    let catalogue = published.catalogue();
    let branch = args.branch.as_deref().unwrap_or_default();
    let usual = catalogue.branches.iter().find(|known| known.code.as_str() == branch);
    let usual = usual.map_or("", |branch| &branch.usual_product);
    let order = TicketOrder {
        branch,
        product: args.product.as_deref().unwrap_or(usual),
        grid: args.grid.as_deref(),
        officer: None,
        campaign: args.campaign.as_deref(),
        valid_for_s: u64::from(args.days) * DAY_S,
    };
    let now = bank::system_clock()();
    match issue_ticket(&folder, catalogue, &order, now, &SystemEntropy) {
        Ok(ticket) => Ok(poster_content(catalogue, &ticket)?),
        Err(TicketOrderError::Folder(error)) => Err(error.into()),
        Err(unknown) => Err(Mistyped(unknown.to_string()).into()),
    }
}

fn print_places(args: &PosterArgs, data: &Path, places: &Path, out: &Path) -> Result<()> {
    if format_of(out)? != PosterFormat::Pdf {
        bail!(Mistyped(format!("{}: a list of places is printed as .pdf", out.display())));
    }
    let bytes =
        std::fs::read(places).with_context(|| format!("could not read {}", places.display()))?;
    let mistyped =
        |error: &dyn std::fmt::Display| anyhow!(Mistyped(format!("{}: {error}", places.display())));
    let list = read_places(&bytes).map_err(|error| mistyped(&error))?;
    let folder = Folder::at(data);
    folder.identity()?;
    let published = Published::load(&folder)?;
    let order = BatchOrder {
        size: args.size,
        distance: args.distance,
        stickers: if args.cut_sheet { Stickers::OnA4 } else { Stickers::OnLabels },
        campaign: args.campaign.as_deref(),
        valid_for_s: u64::from(args.days) * DAY_S,
    };
    let fonts = Fonts::of_system()?;
    let means = Means { folder: &folder, catalogue: published.catalogue(), fonts: &fonts };
    let now = bank::system_clock()();
    let mut progress = progress_lines();
    let printed = print_batch(&means, &list, &order, now, &SystemEntropy, &mut progress);
    let printed = printed.map_err(|error| match error {
        BatchError::Places(faults) => mistyped(&faults),
        BatchError::Piece { line, source: source @ PosterError::TooFar { .. } } => {
            mistyped(&format_args!("line {line}: {source}"))
        }
        other => other.into(),
    })?;
    // The list first: without it nobody knows where the posters belong.
    write(&out.with_extension("list.csv"), &printed.list)?;
    write(out, &printed.pdf)?;
    say(format_args!("{} places on {} pages", printed.places, printed.pages));
    Ok(())
}

/// Says on the error stream how far a batch has come, on one line where somebody looks on.
#[expect(clippy::print_stderr, reason = "the program's answer to its user")]
fn progress_lines() -> impl FnMut(usize, usize) {
    let mut said = Instant::now();
    let mut spoken = false;
    let watched = std::io::stderr().is_terminal();
    move |done, due| {
        let last = done == due && spoken;
        if said.elapsed() < PROGRESS_EVERY && !last {
            return;
        }
        spoken = true;
        said = Instant::now();
        if watched {
            let end = if done == due { "\n" } else { "" };
            eprint!("\rpage {done} of {due}{end}");
        } else {
            eprintln!("page {done} of {due}");
        }
    }
}

fn try_sizes(args: &PosterArgs) -> Result<()> {
    if let Some(out) = &args.out {
        format_of(out)?;
    }
    let code: PosterCode = match (&args.data, &args.branch) {
        (Some(data), Some(_)) => issued(args, data)?.code,
        _ => sample_code(),
    };
    let distance = match args.distance {
        Some(distance) => distance,
        None => "0.5m".parse()?,
    };
    let trials = smallest(&code, distance)?;
    say(table(&trials));
    match trials.smallest() {
        None => bail!("no size was read at {distance} m"),
        Some(smallest) => say(format_args!("smallest that reads: {:.1} mm", smallest.side_mm)),
    }
    if let Some(recommended) = trials.recommended() {
        say(format_args!("recommended: {:.1} mm", recommended.side_mm));
    }
    let Some(out) = &args.out else { return Ok(()) };
    let page = trials.preview().map_err(asked_too_much)?;
    write(out, &render_page(&page, format_of(out)?, &Fonts::of_system()?)?)
}

/// What was tried, a line each.
fn table(trials: &Trials) -> String {
    let Trials { distance, modules, .. } = trials;
    let mut text = format!(
        "a code of {modules} modules, blank edge included, at {distance} m, 720p over 60 degrees\n\
         size mm  module mm  pixels a module  reads"
    );
    for trial in &trials.trials {
        text += &format!(
            "\n{:7.1}  {:9.2}  {:15.2}  {}",
            trial.side_mm,
            trial.module_mm,
            trial.pixels_a_module,
            if trial.reads { "yes" } else { "no" }
        );
    }
    text
}
